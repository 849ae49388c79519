from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from billing.facsimile import LARGEST_SIDE, NotAnImage, normalise


def picture(image: Image.Image, form: str) -> Any:
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()


def test_the_paper_of_a_scan_becomes_transparent() -> None:
    scan = Image.new("RGB", (40, 40), "white")
    scan.paste((20, 40, 160), (10, 10, 20, 20))
    made = Image.open(BytesIO(normalise(picture(scan, "JPEG")))).convert("RGBA")
    assert made.format is None
    assert made.getchannel("A").getpixel((1, 1)) == 0
    assert made.getchannel("A").getpixel((15, 15)) == 255


def test_a_transparent_stamp_stays_as_it_is() -> None:
    stamp = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    stamp.paste((20, 40, 160, 255), (10, 10, 20, 20))
    made = Image.open(BytesIO(normalise(picture(stamp, "PNG")))).convert("RGBA")
    assert [made.getchannel("A").getpixel(point) for point in ((1, 1), (15, 15))] == [0, 255]


def test_a_large_scan_is_made_small() -> None:
    made = Image.open(BytesIO(normalise(picture(Image.new("RGB", (3000, 1500), "navy"), "PNG"))))
    assert made.format == "PNG"
    assert max(made.size) == LARGEST_SIDE


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nbroken", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_anything_else_is_no_image(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        normalise(content)


def test_a_broken_image_is_no_image() -> None:
    whole = picture(Image.effect_noise((200, 200), 50), "PNG")
    with pytest.raises(NotAnImage):
        normalise(whole[: len(whole) // 2])
