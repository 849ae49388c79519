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
