"""What of a letter is read, what is a file, and which files the text shows within itself."""

from gateway.reading import parsing
from helpdesk.messages import Letter

PICTURE = "Content-Type: image/jpeg; name=IMG_1.jpeg\nContent-Disposition: inline; filename=IMG_1.jpeg\n"


def multipart(kind: str, *parts: str) -> str:
    boundary = f"b{len(kind)}{len(parts)}{sum(map(len, parts))}"
    return f"Content-Type: {kind}; boundary={boundary}\n\n" + "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def text(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}\n"


def html(words: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<p>{words}</p>\n"


def letter(body: str) -> Letter:
    return parsing.parse(f"From: anna@shop.example\nMIME-Version: 1.0\n{body}".encode())


def test_photos_between_texts_are_files_and_all_texts_are_read() -> None:
    found = letter(multipart("multipart/mixed", text("До"), f"{PICTURE}\nx", text("После")))
    assert found.text == "До\n\nПосле"
    assert [(file.name, file.inline) for file in found.attachments] == [("IMG_1.jpeg", False)]


def test_a_picture_that_the_text_shows_is_inline_whatever_it_says_of_itself() -> None:
    picture = "Content-Type: image/png; name=logo.png\nContent-ID: <logo@shop.example>\nContent-Disposition: attachment\n\nx"
    named = html('<img src="cid:logo%40shop.example">Привет')
    assert letter(multipart("multipart/mixed", named, picture)).attachments[0].inline
    assert not letter(multipart("multipart/mixed", html("Привет"), picture)).attachments[0].inline


def test_related_parts_begin_where_they_say() -> None:
    other = f"Content-ID: <other>\n{text('Не это')}"
    root = f"Content-ID: <root>\n{html('Это')}"
    assert letter(multipart('multipart/related; start="<root>"', other, root)).text == "Это"


def test_an_alternative_that_shows_nothing_gives_way_to_one_that_does() -> None:
    assert letter(multipart("multipart/alternative", text("Слова"), html("<img src='x'>"))).text == "Слова"


def test_a_letter_that_is_named_like_a_file_is_read_all_the_same() -> None:
    found = letter("Content-Type: text/plain; name=message.txt; charset=utf-8\n\nПривет")
    assert (found.text, found.attachments) == ("Привет", ())


def test_a_page_that_does_not_say_so_is_read_as_one() -> None:
    page = "<!DOCTYPE html>\n<html><body><p>Новая заявка</p></body></html>\n"
    assert letter(f"\n{page}").text == "Новая заявка"
    assert letter(f"Content-Type: text/plain; charset=utf-8\n\n{page}").text == "Новая заявка"
    assert letter(f"Content-Type: text/plain; charset=utf-8\n\nВот код:\n{page}").text.endswith("</html>")


def test_files_without_names_get_telling_ones() -> None:
    kinds = ("application/pdf", "application/octet-stream", "text/calendar", "text/x-vcard")
    content = ("x", "%PDF-1.4", "BEGIN:VCALENDAR", "x")
    parts = (f"Content-Type: {kind}\nContent-Disposition: attachment\n\n{held}" for kind, held in zip(kinds, content, strict=True))
    names = [file.name for file in letter(multipart("multipart/mixed", text("Файлы"), *parts)).attachments]
    assert names == ["application.pdf", "application.pdf", "invite.ics", "contact.vcf"]


def test_no_zero_byte_reaches_the_text_however_deep_its_elements_are() -> None:
    for deep in (1, 3000):
        found = letter("Content-Type: text/html; charset=utf-8\n\n" + "<div>\n" * deep + "a\x00b")
        assert found.text.replace("> ", "") == "ab"
