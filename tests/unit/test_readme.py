"""The READMEs say what the program does."""

from pathlib import Path

import pytest

from helpdesk.commands.table import with_table

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.ru.md", "ru")])
def test_the_command_table_is_the_registrys(name: str, language: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert with_table(text, language) == text, "make the table anew: `make readme`"


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_every_link_of_the_readme_leads_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
