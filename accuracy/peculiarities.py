"""What is to be known about the answers themselves: labels made by reading letters, and habits of the projects.

Pure. The labels lie in `labels.toml`, each with its reason; a habit is excused by its kind, never letter by letter.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from accuracy.cases import Case

# What Zammad calls files that came without a name.
_INVENTED = frozenset({"file", "image.jpg", "document.html", "message.eml", "Delivery report.txt"})
_LATIN_READ_AS_CENTRAL_EUROPEAN = frozenset("ŕűĚŔźłÎ")


@cache
def _labels() -> dict[str, dict[str, Any]]:
    content = files("accuracy").joinpath("labels.toml").read_text(encoding="utf-8")
    return {label["file"]: label for label in tomllib.loads(content)["letter"]}


def is_report(case: Case) -> bool:
    """Whether the letter is a delivery report: as its project says, or as a person who read it does."""
    label = _labels().get(case.file, {})
    return bool(label.get("report", case.expected.get("is_bounce", False)))


def is_machine(case: Case) -> bool:
    """Whether a program wrote the letter."""
    told = case.expected.get("is_auto_reply") or case.expected.get("is_feedback_report") or case.expected.get("is_bounce")
    return bool(told) or is_report(case) or bool(_labels().get(case.file, {}).get("machine"))


def excuses(question: str, case: Case) -> bool:
    """Whether a project's habit, named in the folder's README, makes its answer none."""
    expected = case.expected
    if case.corpus == "zammad":
        return _excused_zammad(question, expected)
    if case.corpus == "stalwart":
        # Raw Latin-1 headers come out as U+FFFD, backslashes of Windows paths are dropped.
        if question == "subject":
            return "\ufffd" in str(expected.get("subject"))
        return question == "attachments" and any("\ufffd" in (file.get("filename") or "") for file in expected["attachments"])
    # Text files are hashed after conversion to UTF-8, and names are made safe for a file system.
    return case.corpus == "otobo" and question == "attachments"


def _excused_zammad(question: str, expected: Any) -> bool:  # noqa: ANN401  a project's own record
    if question == "text":
        return expected["text_contains"] == ["no visible content"] or _is_mojibake(" ".join(expected["text_contains"]))
    if question == "sender name":
        return _is_mojibake(expected["from_name"] or "")
    return question == "attachments" and any((file.get("filename") or "") in _INVENTED for file in expected["attachments"])


def _is_mojibake(text: str) -> bool:
    """Western bytes read as the Central European page: letters of three languages in one text."""
    return len(_LATIN_READ_AS_CENTRAL_EUROPEAN & set(text)) > 1
