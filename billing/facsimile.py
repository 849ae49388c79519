"""Images of stamps and signatures: whatever a scanner gave → a small PNG whose paper is transparent. Pure."""

from io import BytesIO

from PIL import Image, ImageChops, ImageFile, UnidentifiedImageError

LARGEST_SIDE = 1200
_LARGEST_PIXELS = 50_000_000
_PAPER = 235
_OPAQUE = 255


class NotAnImage(ValueError):
    """The file is no PNG or JPEG that can be printed."""


def normalise(content: bytes) -> bytes:
    """A PNG of at most LARGEST_SIDE pixels a side; where the file has no transparency, what is nearly white becomes transparent."""
    image = _open(content)
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    png = BytesIO()
    _transparent(image).quantize(method=Image.Quantize.FASTOCTREE).save(png, "PNG", optimize=True)
    return png.getvalue()


def _open(content: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(content), formats=("PNG", "JPEG"))
        if image.width * image.height > _LARGEST_PIXELS:
            message = f"the image has {image.width}×{image.height} pixels: scan it smaller, {LARGEST_SIDE} a side are plenty"
            raise NotAnImage(message)
        # WeasyPrint tells Pillow to take images that are cut off; a stamp that is cut off is to be refused.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = "the file is not a PNG or JPEG image"
        raise NotAnImage(message) from error
    return image


def _transparent(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        return image.convert("RGBA")
    colours = image.convert("RGB")
    red, green, blue = colours.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    colours.putalpha(darkest.point([_OPAQUE if value <= _PAPER else 0 for value in range(_OPAQUE + 1)]))
    return colours
