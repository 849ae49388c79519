"""Subject tokens survive what mail programs do to subjects."""

import pytest

from helpdesk.tokens import clean_subject, find_token, strip_tokens, subject_token


@pytest.mark.parametrize("prefix", ["", "minisol", "студия 1"])
def test_a_token_of_ours_is_found_again(prefix: str) -> None:
    assert find_token(f"Re: {subject_token(14883, prefix)} Баннер", prefix) == 14883


@pytest.mark.parametrize(
    "subject",
    [
        "[ # 14883 ] Баннер",
        "Баннер [\u00a0#\u00a014883\u00a0]",
        "Отв: ［＃１４８８３］ Баннер",
        "RE: RE[2]: [#14883]",
        "[#\u200b14883]",
        "[#14883] и [#14884]",
    ],
)
def test_a_token_is_found_with_changed_blanks_and_widths(subject: str) -> None:
    assert find_token(subject) == 14883


@pytest.mark.parametrize("subject", ["", "Баннер", "#14883", "[14883]", "[#]", "[other #14883]", "[#12345678901234567890]"])
def test_what_is_no_token_names_no_ticket(subject: str) -> None:
    assert find_token(subject) is None


def test_another_studios_token_is_not_ours() -> None:
    assert find_token("[#14883]", "minisol") is None
    assert find_token("[MiniSol#14883]", "minisol") == 14883


def test_stripping_leaves_the_rest_as_one_line() -> None:
    assert strip_tokens("Re: [#1]  Баннер\r\n на главной [#2]") == "Re: Баннер на главной"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Fwd: [#5] Отв: НА: Пересл: Ответ: AW: WG: Сайт лежит",
        "RE[2]: Re(3): Re^4: FW: Сайт лежит",
        "Сайт\u202e лежит\x00",
        "Re : Сайт\tлежит",
        "  Fwd: [#5] Re: [#6]   Сайт\nлежит ",
    ],
)
def test_a_clean_subject_says_only_what_it_is_about(subject: str) -> None:
    assert clean_subject(subject) == "Сайт лежит"


def test_words_that_only_begin_like_a_mark_stay() -> None:
    assert clean_subject("Наш сайт: ошибка") == "Наш сайт: ошибка"
    assert clean_subject("Ответственный: Иванов") == "Ответственный: Иванов"


def test_a_long_subject_is_cut_and_a_hostile_one_costs_nothing() -> None:
    assert len(clean_subject("я" * 1000)) == 200
    assert clean_subject("Re: " * 100_000 + "x") == ""
    assert find_token("[ " * 1_000_000) is None
