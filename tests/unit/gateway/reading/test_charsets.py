"""Bytes nobody labels, and labels that promise less than the bytes hold."""

import pytest

from gateway.reading import charsets, parsing

RUSSIAN = ("Привет", "СРОЧНО", "ПРАВКИ ПО САЙТУ", "ГЛАВНЫЙ БУХГАЛТЕР", "Счёт №15", "Щукин Эдуард", "Не работает!", "Акт_сверки.pdf")


@pytest.mark.parametrize("charset", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("text", RUSSIAN)
def test_unlabelled_russian_is_read_in_capitals_too(text: str, charset: str) -> None:
    assert charsets.decode(text.encode(charset, "replace")).replace("?", "№") == text


@pytest.mark.parametrize("text", ["Größe", "Frösche", "été déjà", "São João", "Málaga ñoño"])
def test_western_words_stay_western(text: str) -> None:
    assert charsets.decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "iso-8859-1", "iso-8859-5", "cp866", "gb2312"])
def test_utf_8_is_read_under_any_label(declared: str) -> None:
    assert charsets.decode("Счёт №15 оплачен".encode(), declared) == "Счёт №15 оплачен"


@pytest.mark.parametrize("bytes_are", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "cp866", "iso-8859-1", ""])
def test_russian_is_read_under_the_label_of_another_charset(bytes_are: str, declared: str) -> None:
    text = "Здравствуйте! Просим прислать исправленный счёт и акт, подписи нет."
    assert charsets.decode(text.encode(bytes_are), declared) == text


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "cp866", "x-mac-cyrillic"])
@pytest.mark.parametrize("text", ["ПРИВЕТ", "СРОЧНО! ГЛАВНЫЙ БУХГАЛТЕР", "ок", "Щ", "вебСайт АйТи", "Ъ ЭФ ЦЩ"])
def test_a_label_that_is_right_is_believed(text: str, charset: str) -> None:
    assert charsets.decode(text.encode(charsets.canonical(charset)), charset) == text


def test_ukrainian_stays_ukrainian() -> None:
    text = "Їхній підрядник просить з'єднати сторінки, є ґанок і ще щось"
    assert charsets.decode(text.encode("cp1251"), "windows-1251") == text


def test_unlabelled_chinese_is_no_western_noise() -> None:
    assert charsets.decode("转发：整体提升企业服务水平".encode("gb2312"), "", ("cp1252",)) == "转发：整体提升企业服务水平"


def test_japanese_with_the_signs_of_windows_is_read() -> None:
    assert charsets.decode(b"\x1b$B-!#1ET\x1b(B ok", "iso-2022-jp") == "①１都 ok"


def test_a_subject_in_utf_7_is_read_where_the_letter_says_so() -> None:
    raw = b"From: a@b.example\nSubject: Die Fr+APY-sche\nContent-Type: text/plain; charset=%s\n\nx"
    assert parsing.parse(raw % b"utf-7").subject == "Die Frösche"
    assert parsing.parse(raw % b"utf-8").subject == "Die Fr+APY-sche"
