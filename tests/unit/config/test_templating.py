"""Templates: strict, escaped in HTML, filters in the reader's language."""

import jinja2
import pytest

from config.templating import LANGUAGES, environment


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_is_well_formed(language: str) -> None:
    made = environment(language)
    assert made.loader
    texts = [name for name in made.list_templates() if name.endswith((".txt", ".html", ".xml", ".css"))]
    assert texts
    for name in texts:
        made.parse(made.loader.get_source(made, name)[0])


def test_a_name_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment("ru").from_string("{{ nobody }}").render()


def test_html_is_escaped_and_text_is_not() -> None:
    made = environment("ru").overlay(loader=jinja2.DictLoader({"a.html": "{{ word }}", "a.txt": "{{ word }}"}))
    assert made.get_template("a.html").render(word="<b>") == "&lt;b&gt;"
    assert made.get_template("a.txt").render(word="<b>") == "<b>"


def test_filters_speak_the_environments_language() -> None:
    text = "{{ 160 | spent }}, {{ 400000 | rubles }}"
    assert environment("ru").from_string(text).render() == "2 часа 40 минут, 4000 руб."
    assert environment("en").from_string(text).render() == "2 hours 40 minutes, 4000 RUB"


def test_every_letter_is_there_in_every_language() -> None:
    names = environment("ru").list_templates()
    for folder in ("mail", "setup"):
        russian, english = (
            {name.removeprefix(f"{folder}/{language}/") for name in names if name.startswith(f"{folder}/{language}/")}
            for language in LANGUAGES
        )
        assert russian == english
