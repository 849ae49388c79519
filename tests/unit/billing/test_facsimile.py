from io import BytesIO

import pytest
from PIL import Image

from billing.facsimile import LARGEST_SIDE, NotAnImage, normalise


def picture(image, form):
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()


def test_the_paper_of_a_scan_becomes_transparent():
    scan = Image.new("RGB", (40, 40), "white")
    scan.paste((20, 40, 160), (10, 10, 20, 20))
    made = Image.open(BytesIO(normalise(picture(scan, "JPEG")))).convert("RGBA")
    assert made.format is None
    assert made.getpixel((1, 1))[3] == 0
    assert made.getpixel((15, 15))[3] == 255


def test_a_transparent_stamp_stays_as_it_is():
    stamp = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    stamp.paste((20, 40, 160, 255), (10, 10, 20, 20))
    made = Image.open(BytesIO(normalise(picture(stamp, "PNG")))).convert("RGBA")
    assert [made.getpixel(point)[3] for point in ((1, 1), (15, 15))] == [0, 255]


def test_a_large_scan_is_made_small():
    made = Image.open(BytesIO(normalise(picture(Image.new("RGB", (3000, 1500), "navy"), "PNG"))))
    assert made.format == "PNG"
    assert max(made.size) == LARGEST_SIDE


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nbroken", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_anything_else_is_no_image(content):
    with pytest.raises(NotAnImage):
        normalise(content)


def test_a_broken_image_is_no_image():
    whole = picture(Image.effect_noise((200, 200), 50), "PNG")
    with pytest.raises(NotAnImage):
        normalise(whole[: len(whole) // 2])
