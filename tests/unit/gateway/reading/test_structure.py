"""How letters fall into parts, well formed and broken."""

import pytest

from config.settings import Limits
from gateway.reading import structure
from gateway.reading.limits import DEFAULT, TooMuch
from gateway.reading.structure import Node

MIXED = "multipart/mixed; boundary=b"


def contents(body: bytes, content_type: str = MIXED, limits: Limits = DEFAULT) -> list[object]:
    """Nested lists of the leaves' bytes."""

    def told(node: Node) -> object:
        return [told(child) for child in node.children] if node.children else body[node.start : node.end]

    root = structure.read(content_type, body, limits)
    return [told(child) for child in root.children]


def test_parts_lie_between_delimiters_and_the_line_end_before_one_is_its_own() -> None:
    assert contents(b"preamble\n--b\n\none\n\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepilogue\n") == [b"one\n", b"two"]
    assert contents(b"--b\r\n\r\none\r\n--b--\r\n") == [b"one"]
    assert contents(b"--b\r\rone\r--b--\r") == [b"one"]


def test_blanks_after_a_delimiter_do_not_matter() -> None:
    assert contents(b"--b \t\n\none\n--b-- \n") == [b"one"]


def test_words_that_only_begin_like_a_delimiter_are_text() -> None:
    assert contents(b"--b\n\none\n--bc\n --b\n-- b\n--b--c\n--b--\n") == [b"one\n--bc\n --b\n-- b\n--b--c"]


def test_what_nobody_closes_ends_with_the_letter() -> None:
    assert contents(b"--b\n\none\n--b\n\ntwo\n") == [b"one", b"two"]


def test_a_delimiter_of_the_outer_multipart_closes_the_inner_one() -> None:
    inner = b"Content-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n"
    assert contents(b"--b\n" + inner + b"--b\n\nnext\n--b--\n") == [[b"plain"], b"next"]
    assert contents(b"--b\n" + inner + b"--c--\ndropped\n--b\n\nnext\n--b--\n") == [[b"plain"], b"next"]


def test_the_same_delimiter_twice_begins_one_part() -> None:
    assert contents(b"--b\n--b\n\none\n--b--\n") == [b"one"]
    assert contents(b"--b\n\n--b\n\none\n--b--\n") == [b"", b"one"]


def test_a_part_without_an_empty_line_begins_with_what_is_no_field() -> None:
    assert contents(b"--b\nContent-Type: text/plain\nwords without a colon\n--b--\n") == [b"words without a colon"]
    assert contents(b"--b\nX: y\n--b\n\ntwo\n--b--\n") == [b"", b"two"]


def test_a_delimiter_with_a_colon_is_no_field() -> None:
    kind = 'multipart/mixed; boundary="=_a:b"'
    assert contents(b"--=_a:b\nX: y\n--=_a:b\n\ntwo\n--=_a:b--\n", kind) == [b"", b"two"]


def test_parts_of_a_digest_are_letters() -> None:
    root = structure.read("multipart/digest; boundary=b", b"--b\n\nFrom: a@b.example\n\nhi\n--b--\n")
    assert [child.kind for child in root.children] == ["message/rfc822"]


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=", "text/plain; boundary=b"])
def test_a_body_without_a_boundary_is_one_part(kind: str) -> None:
    root = structure.read(kind, b"--b\n\none\n--b--\n")
    assert (root.children, root.start, root.end) == ([], 0, 15)


def test_a_multipart_without_its_delimiter_is_its_text() -> None:
    root = structure.read(MIXED, b"only words\n")
    assert (root.children, root.end) == ([], len(b"only words"))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(parts=1), "parts over 1"),
        (Limits(levels=1), "levels of parts over 1"),
        (Limits(line=10), "line over 10 bytes"),
        (Limits(parts=2), "parts over 2"),
        (Limits(boundary=2), "boundary over 2 bytes"),
        (Limits(parameters=1), "parameters in content-type over 1"),
    ],
)
def test_more_than_the_limits_allow_is_named(limits: Limits, reason: str) -> None:
    inner = b"Content-Type: multipart/mixed; boundary=ccc; x=y\n\n--ccc\n\nhi\n--ccc--\n"
    with pytest.raises(TooMuch, match=reason):
        contents(b"--b\n\none\n--b\n" + inner + b"--b--\n", limits=limits)


def test_only_delimiters_of_open_multiparts_count() -> None:
    text = b"-- comment\n--bb\n--\n" * 100_000
    assert contents(b"--b\n\n" + text + b"\n--b--\n") == [text]


def test_a_file_may_have_lines_of_any_length() -> None:
    body = b"--b\nX: y\n\n" + b"x" * 100_000 + b"\n--b--"
    assert contents(body) == [b"x" * 100_000]
