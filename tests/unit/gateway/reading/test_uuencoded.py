"""Files that lie in the text itself."""

import binascii

from gateway.reading import parsing, uuencoded
from helpdesk.messages import Letter

CONTENT = b"%PDF-1.4 " + bytes(range(120))


def encoded(content: bytes = CONTENT, name: str = "report.pdf") -> str:
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=True).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def letter(body: str) -> Letter:
    return parsing.parse(f"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode())


def test_a_uuencoded_file_leaves_the_text() -> None:
    found = letter(f"Отчёт ниже.\n\n{encoded()}\nВсё.")
    assert found.text == "Отчёт ниже.\n\nВсё."
    assert [(file.name, file.content) for file in found.attachments] == [("report.pdf", CONTENT)]


def test_two_files_and_russian_names_are_found() -> None:
    found = letter(f"Два файла\n{encoded(name='Акт.pdf')}{encoded(b'x', 'b.txt')}")
    assert [(file.name, len(file.content)) for file in found.attachments] == [("Акт.pdf", len(CONTENT)), ("b.txt", 1)]


def test_blanks_lost_at_line_ends_are_made_up() -> None:
    lines = binascii.b2a_uu(b"abc" + b"\0" * 9).decode().rstrip()
    assert uuencoded.split(f"begin 644 a\n{lines}\nend\n".encode())[1][0].content == b"abc" + b"\0" * 9


def test_prose_that_begins_so_stays_prose() -> None:
    text = "begin 644 tests today\nand tell me\nend"
    found = letter(text)
    assert (found.text, found.attachments) == (text, ())


def test_a_text_that_is_nothing_else_does_not_become_empty() -> None:
    found = letter(encoded())
    assert found.text.startswith("begin 644 report.pdf")
    assert [file.name for file in found.attachments] == ["report.pdf"]


def test_a_file_that_breaks_off_is_kept_as_far_as_it_goes() -> None:
    text, files = uuencoded.split(f"Start\n{encoded()}".encode()[:120])
    assert text == b"Start\n"
    assert CONTENT.startswith(files[0].content[:40])
