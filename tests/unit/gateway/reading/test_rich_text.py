"""Bodies in the formats that came before HTML mail."""

import pytest

from gateway.reading import parsing, rich_text


def body(kind: str, text: str) -> str:
    return parsing.parse(f"From: a@b.example\nContent-Type: {kind}; charset=utf-8\n\n{text}".encode()).text


def test_enriched_text_keeps_its_words_and_paragraphs() -> None:
    text = "<bold>Важно</bold>, <color><param>red</param>сегодня</color>\nже: 2 << 3\n\nИтог\n<nofill>a\nb</nofill>"
    assert body("text/enriched", text) == "Важно, сегодня же: 2 < 3\nИтог a\nb"


def test_rich_text_breaks_lines_where_it_says_so() -> None:
    text = "<bold>One</bold><nl>two\nthree <lt> four<comment>hidden</comment><np>five"
    assert body("text/richtext", text) == "One\ntwo three < four\n\nfive"


def test_an_excerpt_is_a_quote() -> None:
    found = parsing.parse(b"From: a@b.example\nContent-Type: text/enriched\n\nNew\n\n<excerpt>old\n\nolder</excerpt>\n\nmore")
    assert "> " not in found.text
    assert "New" in found.text


@pytest.mark.parametrize(
    ("rtf", "shown"),
    [
        (r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par 1\tab 2}", "Привет\n1\t2"),
        (r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f0 caf\'e9 \f1 \'cf\'f0}", "café Пр"),
        (r"{\rtf1\uc1 \u1055?\u1088?\u-10179?\u-8704?.}", "Пр\U0001f600."),
        (r"{\rtf1{\*\generator Word;}{\pict\bin3 }}}}a\{b\}\~c\emdash}", "a{b}\u00a0c—"),
        (r"{\rtf1{\stylesheet hidden}{\info{\author Nobody}}shown{\field{\*\fldinst HYPERLINK}{\fldrslt link}}}", "shownlink"),
    ],
)
def test_rtf_is_read_as_text(rtf: str, shown: str) -> None:
    assert body("text/rtf", rtf).replace("\u2003", " ") == shown


@pytest.mark.parametrize(
    "rtf", ["{\\rtf1", "{\\rtf1\\", "{\\rtf1 \\'g}", "{\\rtf1\\bin99999999999 x}", "{\\rtf1" + "{" * 300 + "}" * 400, "\\u99"]
)
def test_broken_rtf_breaks_nothing(rtf: str) -> None:
    rich_text.of_rtf(rtf)


def test_markdown_is_text_as_it_stands() -> None:
    assert body("text/markdown", "# Отчёт\n\n- *один*") == "# Отчёт\n\n- *один*"


def test_a_letter_of_an_unknown_text_type_is_read() -> None:
    assert body("text/x-log", "12:00 start") == "12:00 start"


def test_a_document_is_read_as_far_as_half_a_megabyte() -> None:
    words = rich_text.of_rtf("{\\rtf1 " + "word " * 200_000 + "}")
    assert 500_000 < len(words) <= 512 * 1024
