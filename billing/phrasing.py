"""The words of problems, from `templates/documents/problems.<language>.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from billing.checks import Problem


@cache
def phrases(language: str) -> Mapping[str, str]:
    """Every text of a language by its key."""
    return tomllib.loads((resources.files("templates") / "documents" / f"problems.{language}.toml").read_text(encoding="utf-8"))


def phrase(problem: Problem, language: str) -> str:
    """A problem in words: what is wrong and what to do."""
    return phrases(language)[problem.key].format(**problem.values)
