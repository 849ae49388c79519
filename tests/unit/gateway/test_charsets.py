"""Bytes nobody labels, and labels that promise less than the bytes hold."""

import pytest

from gateway import charsets, parsing

RUSSIAN = ("Привет", "СРОЧНО", "ПРАВКИ ПО САЙТУ", "ГЛАВНЫЙ БУХГАЛТЕР", "Счёт №15", "Щукин Эдуард", "Не работает!", "Акт_сверки.pdf")


@pytest.mark.parametrize("charset", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("text", RUSSIAN)
def test_unlabelled_russian_is_read_in_capitals_too(text: str, charset: str) -> None:
    assert charsets.decode(text.encode(charset, "replace")).replace("?", "№") == text


@pytest.mark.parametrize("text", ["Größe", "Frösche", "été déjà", "São João", "Málaga ñoño"])
def test_western_words_stay_western(text: str) -> None:
    assert charsets.decode(text.encode("cp1252")) == text


def test_unlabelled_chinese_is_no_western_noise() -> None:
    assert charsets.decode("转发：整体提升企业服务水平".encode("gb2312"), "", ("cp1252",)) == "转发：整体提升企业服务水平"


def test_japanese_with_the_signs_of_windows_is_read() -> None:
    assert charsets.decode(b"\x1b$B-!#1ET\x1b(B ok", "iso-2022-jp") == "①１都 ok"


def test_a_subject_in_utf_7_is_read_where_the_letter_says_so() -> None:
    raw = b"From: a@b.example\nSubject: Die Fr+APY-sche\nContent-Type: text/plain; charset=%s\n\nx"
    assert parsing.parse(raw % b"utf-7").subject == "Die Frösche"
    assert parsing.parse(raw % b"utf-8").subject == "Die Fr+APY-sche"
