"""The command table of the READMEs, made from the registry. Pure."""

import sys
from pathlib import Path

from helpdesk.commands.registry import CLIENT, COMMANDS, STAFF

BEGIN, END = "<!-- commands -->", "<!-- /commands -->"
_HEADS = {
    "en": "| command | in Russian | who | what it does |",
    "ru": "| команда | по-английски | кто | что делает |",
}
_WHO = {"en": {STAFF: "staff", CLIENT: "client"}, "ru": {STAFF: "студия", CLIENT: "клиент"}}


def command_table(language: str) -> str:
    """A Markdown table of every command, in a language."""
    other = "ru" if language == "en" else "en"
    rows = [
        f"| {_code(command.usage[language])} | {_code(command.usage[other])} | "
        f"{', '.join(word for who, word in _WHO[language].items() if who in command.audience)} | {command.meaning[language]} |"
        for command in COMMANDS.values()
    ]
    return "\n".join((_HEADS[language], "| --- | --- | --- | --- |", *rows))


def with_table(text: str, language: str) -> str:
    """A README with its table made anew between the marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{command_table(language)}\n{END}{after}"


def _code(usage: str) -> str:
    return " · ".join(f"`{part}`" for part in usage.split(" · "))


def _main(names: list[str]) -> None:
    """Rewrite READMEs in place: pairs of file name and language."""
    for name, language in zip(names[::2], names[1::2], strict=True):
        path = Path(name)
        path.write_text(with_table(path.read_text(encoding="utf-8"), language), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1:])
