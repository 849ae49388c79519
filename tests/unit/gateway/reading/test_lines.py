"""Plain text into lines: quote marks and format=flowed (RFC 3676)."""

from gateway.reading.lines import of_plain


def flowed(text: str, *, delsp: bool = False) -> list[tuple[int, str]]:
    return [(line.depth, line.text) for line in of_plain(text, flowed=True, delsp=delsp)]


def test_soft_breaks_join_within_one_quote_depth_only() -> None:
    assert flowed("Hello \nworld\n> quoted \n> words\n>> deep \n> back") == [
        (0, "Hello world"),
        (1, "quoted words"),
        (2, "deep "),
        (1, "back"),
    ]


def test_delsp_takes_the_space_of_a_soft_break_away() -> None:
    assert flowed("при \nвет \n\nмир", delsp=True) == [(0, "привет"), (0, ""), (0, "мир")]


def test_stuffed_spaces_are_taken_off_once() -> None:
    assert flowed(" >no quote\n From the start\n  indented") == [(0, ">no quote"), (0, "From the start"), (0, " indented")]


def test_the_signature_delimiter_never_flows() -> None:
    assert flowed("last words \n-- \nAnna") == [(0, "last words "), (0, "-- "), (0, "Anna")]
    assert flowed("> words \n> -- \n> Anna") == [(1, "words "), (1, "-- "), (1, "Anna")]


def test_a_line_of_spaces_ends_a_paragraph() -> None:
    assert flowed("one \n  \ntwo") == [(0, "one "), (0, " "), (0, "two")]


def test_unflowed_lines_stay_as_they_are() -> None:
    assert [line.text for line in of_plain("one \ntwo")] == ["one ", "two"]


def test_marks_with_initials_are_quotes_and_arrows_are_not() -> None:
    assert [(line.depth, line.text) for line in of_plain("АЛ> слова\n>>> here <<<\na -> b")] == [
        (1, "слова"),
        (0, ">>> here <<<"),
        (0, "a -> b"),
    ]
