"""Templates of letters and documents: strict about unknown names, HTML escaped, filters in the reader's language.

`mail/opened.txt` means `mail/<language>/opened.txt`; a template that is the same for everybody has no language folder.
"""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import cache

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, TemplateNotFound, select_autoescape

from config import wording

LANGUAGES = ("ru", "en")


class _InLanguage(BaseLoader):
    """Looks in the language's folder first."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._files = PackageLoader("templates", "")

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        folder, _, rest = template.partition("/")
        try:
            return self._files.get_source(environment, f"{folder}/{self._language}/{rest}")
        except TemplateNotFound:
            return self._files.get_source(environment, template)

    def list_templates(self) -> list[str]:
        return self._files.list_templates()


@cache
def environment(language: str) -> Environment:
    """The environment of one language, with `rubles`, `amount`, `spent`, `day`, `moment` and `plural`."""
    made = Environment(
        loader=_InLanguage(language),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html", "xml"), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(_filters(language))
    made.globals["plural"] = wording.plural
    return made


def _filters(language: str) -> dict[str, Callable[..., str]]:
    def rubles(kopecks: int) -> str:
        return wording.rubles(kopecks, language)

    def spent(minutes: int) -> str:
        return wording.spent(minutes, language)

    def day(value: date) -> str:
        return wording.day(value, language)

    def moment(value: datetime, zone: tzinfo | str) -> str:
        return wording.moment(value, zone, language)

    return {"amount": wording.amount, "rubles": rubles, "spent": spent, "day": day, "moment": moment}


def render(name: str, language: str, /, **values: object) -> str:
    """The text of a template in a language."""
    return environment(language).get_template(name).render(**values)
