"""The modules that say they are pure are those that the linter holds clear of the outside world."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "helpdesk", "gateway", "billing")

# They compute and touch nothing, but with a library that the contract keeps away from the others.
WITH_A_LIBRARY = {
    "gateway.faults": "judges SQLAlchemy's errors",
    "gateway.senders": "reads From with flanker",
    "helpdesk.digests": "renders templates",
}


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def _says_pure(file: Path) -> bool:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return re.search(r"\bPure\b", docstring) is not None


def pure_by_docstring() -> set[str]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts)
    return {_module(file) for file in files if _says_pure(file)}


def pure_by_contract() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return {module for contract in contracts if contract["name"].startswith("pure modules") for module in contract["source_modules"]}


def test_what_calls_itself_pure_is_held_to_it() -> None:
    unheld = pure_by_docstring() - pure_by_contract() - WITH_A_LIBRARY.keys()
    assert not unheld, "add them to the contract of pure modules in pyproject.toml"


def test_what_is_held_to_purity_says_so() -> None:
    assert pure_by_contract() <= pure_by_docstring()
