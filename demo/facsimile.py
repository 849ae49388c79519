"""A stamp and a signature for the demo's papers, drawn on the spot: nobody's real ones."""

import math
from pathlib import Path

from PIL import Image, ImageDraw

_SIZE = 480
_BLUE = (38, 70, 150, 215)


def draw_stamp(path: Path) -> Path:
    """A round stamp."""
    image = Image.new("RGBA", (_SIZE, _SIZE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for margin, width in ((8, 8), (26, 3), (120, 3)):
        pen.ellipse((margin, margin, _SIZE - margin, _SIZE - margin), outline=_BLUE, width=width)
    for number in range(36):
        angle = math.radians(number * 10)
        inner, outer = 150, 175 if number % 3 else 195
        middle = _SIZE / 2
        ends = [(middle + radius * math.cos(angle), middle + radius * math.sin(angle)) for radius in (inner, outer)]
        pen.line(ends, fill=_BLUE, width=5)
    pen.line([(175, 260), (225, 310), (320, 185)], fill=_BLUE, width=10, joint="curve")
    image.save(path)
    return path


def draw_signature(path: Path) -> Path:
    """A flourish."""
    image = Image.new("RGBA", (420, 160), (0, 0, 0, 0))
    points = [(20 + step * 3.6, 80 + 52 * math.sin(step / 5.5) * math.exp(-step / 70) + step / 6) for step in range(105)]
    ImageDraw.Draw(image).line(points, fill=_BLUE, width=5, joint="curve")
    image.save(path)
    return path
