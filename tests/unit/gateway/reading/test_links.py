"""Where the links of an HTML letter lead."""

import pytest

from gateway.reading import parsing
from helpdesk.messages import Letter, Link


def letter(html: str) -> Letter:
    return parsing.parse(f"From: anna@shop.example\nContent-Type: text/html; charset=utf-8\n\n{html}\n".encode())


def test_a_link_that_hides_its_address_is_kept_beside_the_text() -> None:
    found = letter('<p>Макет лежит <a href="https://disk.example/d/1?x=2">вот\n тут</a>, посмотрите.</p>')
    assert found.text == "Макет лежит вот тут, посмотрите."
    assert found.links == (Link("вот тут", "https://disk.example/d/1?x=2"),)


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://romashka.example/">romashka.example</a>',
        '<a href="https://romashka.example/about/">https://romashka.example/about</a>',
        '<a href="mailto:anna@shop.example">anna@shop.example</a>',
        '<a href="#top">наверх</a>',
        '<a href="javascript:alert(1)">нажмите</a>',
        '<a href="https://disk.example/1"></a>',
        '<blockquote type="cite"><a href="https://disk.example/1">вот</a></blockquote>Да',
        'Да <span style="display:none"><a href="https://disk.example/1">вот</a></span>',
        'Да<div class="gmail_signature"><a href="https://disk.example/1">наш сайт</a></div>',
    ],
)
def test_links_that_say_so_themselves_or_are_nobodys_words_are_not(link: str) -> None:
    assert letter(link).links == ()


def test_a_link_under_a_header_block_is_quoted() -> None:
    old = "<p><b>От:</b> Иван &lt;ivan@studio.example&gt;<br><b>Отправлено:</b> 5 октября 2026 г. 10:00<br><b>Тема:</b> Макет</p>"
    found = letter(f'<p>Хорошо.</p><hr>{old}<p><a href="https://disk.example/1">вот</a></p>')
    assert (found.text, found.links) == ("Хорошо.", ())


SECRET = '<a href="https://admin.example/?token=1">здесь</a>'

FIELDS = (
    "<b>From:</b> Anna &lt;anna@studio.example&gt;<br><b>Sent:</b> Monday, April 1, 2026 10:00 AM<br><b>To:</b> Ivan<br><b>Subject:</b> x"
)
OUTLOOK = f"<p>См. здесь.</p><p>{FIELDS}</p><p>Пароль {SECRET}</p>"
FORWARD = f"<p>См. здесь.</p><p>---------- Forwarded message ----------<br>{FIELDS}</p><p>Пароль {SECRET}</p>"


@pytest.mark.parametrize(
    "html",
    [
        f'<p>Подробности здесь.</p><blockquote type="cite"><p>Пароль {SECRET}</p></blockquote>',
        f"<p>Готово, см. здесь.</p><p>-- <br>Иван, {SECRET}</p>",
        f"<p>/внутр пароль {SECRET}</p><p>Готово, см. здесь</p>",
        '<p><a href="https://admin.example/?token=1">/close</a></p><p>Готово, /close</p>',
        '<a href="https://admin.example/?token=1"><p>/note здесь</p></a><p>Готово: /note здесь</p>',
        OUTLOOK,
        FORWARD,
    ],
)
def test_addresses_in_lines_that_are_not_the_authors_words_stay_there(html: str) -> None:
    assert letter(html).links == ()


def test_a_link_around_a_whole_block_belongs_to_the_line_in_it() -> None:
    found = letter('<a href="https://disk.example/1"><table><tr><td>Скачать</td></tr></table></a><p>Вот макет.</p>')
    assert found.links == (Link("Скачать", "https://disk.example/1"),)


def test_an_address_is_one_line_without_blanks() -> None:
    found = letter('<p>Текст <a href=" https://x.example/a&#10;&#9;b c&#8238;d&#10;&#10;-- &#10;Студия">здесь</a></p>')
    assert found.links == (Link("здесь", "https://x.example/ab%20cd--%20Студия"),)
    assert letter('<p>Текст <a href="java&#10;script:alert(1)">здесь</a></p>').links == ()
