"""Every command there is, and every phrase that answers one."""

import ast
from pathlib import Path

import pytest
from jinja2 import meta

import helpdesk
from config.templating import LANGUAGES
from helpdesk.commands.context import FUNCTIONS
from helpdesk.commands.names import COMMAND_NAMES, CommandName, DuplicateName, register
from helpdesk.commands.registry import CLIENT, COMMANDS, STAFF, commands_for, recognise
from helpdesk.letters import environment, phrases
from helpdesk.messages import REPLY_MARKER
from helpdesk.orders import QUESTIONS

PACKAGE = Path(helpdesk.__file__).parent
MAIL = PACKAGE.parent / "templates" / "mail"
SPEAKERS = {"done", "refuse", "Said"}


def spoken_phrases() -> set[str]:
    """The keys that code says: first arguments of done(), refuse() and Said(), and the two that one variable holds."""
    found = {"spent", "taken-back"}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_every_command_has_both_languages_a_usage_and_a_meaning(command: CommandName) -> None:
    assert any(name.isascii() for name in command.names)
    assert any(not name.isascii() for name in command.names)
    for language in LANGUAGES:
        assert command.meaning[language]
        for usage in command.usage[language].split(" · "):
            found = recognise(usage)
            assert getattr(found, "name", None) == command.name, usage
    assert command.audience <= {STAFF, CLIENT}
    assert command.audience
    assert command.name in FUNCTIONS


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_russian_usage_is_russian_and_english_usage_english(command: CommandName) -> None:
    assert command.usage["en"].split()[0].isascii()
    assert not command.usage["ru"].split()[0].removeprefix("/").isascii()


def test_the_commands_that_the_studio_lives_by_are_there() -> None:
    wanted = "spent take assign price discount warranty note wait done close reopen my show help"
    assert set(wanted.split()) <= COMMANDS.keys()


def test_questions_are_commands() -> None:
    assert COMMANDS.keys() >= QUESTIONS


def test_a_client_may_close_reopen_and_ask_for_help_and_no_more() -> None:
    assert {command.name for command in commands_for(CLIENT)} == {"close", "reopen", "help"}


def test_a_name_cannot_be_given_twice() -> None:
    before = dict(COMMAND_NAMES)
    with pytest.raises(DuplicateName, match="/done of other is already a name of done"):
        register(CommandName(("other", "done"), frozenset({STAFF}), {}, {}))
    assert before == COMMAND_NAMES


def test_the_desk_has_the_same_phrases_in_both_languages() -> None:
    russian, english = phrases("ru"), phrases("en")
    assert {group: set(keys) for group, keys in russian.items()} == {group: set(keys) for group, keys in english.items()}


def test_every_phrase_that_is_said_is_worded_and_every_worded_one_is_said() -> None:
    assert spoken_phrases() == set(phrases("ru")["answers"])


@pytest.mark.parametrize("group", ["answers", "subjects"])
def test_a_phrase_speaks_of_the_same_values_in_both_languages(group: str) -> None:
    for key, russian in phrases("ru")[group].items():
        english = phrases("en")[group][key]
        parsed = [meta.find_undeclared_variables(environment("ru", "UTC").parse(text)) for text in (russian, english)]
        # A sentence may leave a value out; none may speak of what the other does not know.
        assert parsed[0] == parsed[1], key


def test_every_mail_template_is_there_in_both_languages() -> None:
    names = [sorted(path.name for path in (MAIL / language).iterdir()) for language in LANGUAGES]
    assert names[0] == names[1]


def test_every_mail_template_speaks_of_the_same_values_in_both_languages() -> None:
    for path in (MAIL / "ru").glob("*.txt"):
        texts = [path.read_text(encoding="utf-8"), (MAIL / "en" / path.name).read_text(encoding="utf-8")]
        russian, english = (meta.find_undeclared_variables(environment("ru", "UTC").parse(text)) for text in texts)
        assert russian == english, path.name


def test_every_language_has_a_reply_marker() -> None:
    assert set(REPLY_MARKER) == set(LANGUAGES)
    assert all(marker.startswith("##-") and marker.endswith("-##") for marker in REPLY_MARKER.values())
