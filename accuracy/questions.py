"""What is asked about a letter: a question compares a reading with what the letter's project asserts.

Pure. A question answers right, wrong, or None where it does not apply; `peculiarities` takes out what is known to be nobody's fault.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from accuracy import peculiarities
from accuracy.cases import RUSSIAN, Case
from accuracy.readings import Forward, Reading

Answer = bool | None
Question = Callable[[Case, Reading], Answer]

_WHOLE = frozenset({"parse", "receive", RUSSIAN})
REPLIES = frozenset({"reply_text", "reply_html", "reply_mail"})
_NEW = frozenset({*REPLIES, "receive", RUSSIAN})
_TYPED = str.maketrans({**dict.fromkeys("–—\u2011", "-"), **dict.fromkeys("«»“”", '"'), **dict.fromkeys("‘’", "'")})
_MARKS = re.compile(r"(?m)^[> ]+")
_TAGS = re.compile(r"<[^>]*>")
_CONTROLS = dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\r")
_COMMENT = re.compile(r"\([^()]*\)")


def folded(text: str | None) -> str:
    """Words with one space between them, quotes and dashes as keyboards have them."""
    return " ".join((text or "").translate(_CONTROLS).split()).translate(_TYPED)


def squeezed(text: str) -> str:
    """Letters without quote marks and blanks, as projects wrap lines in their own ways."""
    return "".join(_MARKS.sub("", text).translate(_CONTROLS).split()).translate(_TYPED)


def mailbox(text: str | None) -> str:
    """An address without what changes nothing in it: case, comments, quotes, the root's dot (RFC 5322 §3.2.2, §3.2.4)."""
    return _COMMENT.sub("", text or "").replace('"', "").lower().strip().rstrip(".")


def _asked(case: Case, name: str) -> bool:
    return case.kind in _WHOLE and case.expected.get(name) is not None


def sender_address(case: Case, reading: Reading) -> Answer:
    """The mailbox the letter is from."""
    return mailbox(case.expected["from_addr"]) == mailbox(reading.address) if _asked(case, "from_addr") else None


def sender_name(case: Case, reading: Reading) -> Answer:
    """The name beside it."""
    return folded(case.expected["from_name"]) == folded(reading.name) if _asked(case, "from_name") else None


def subject(case: Case, reading: Reading) -> Answer:
    """The whole subject."""
    return folded(case.expected["subject"]) == folded(reading.subject) if _asked(case, "subject") else None


def text(case: Case, reading: Reading) -> Answer:
    """All pieces of text that must be there, wherever the reader sorts them."""
    if not _asked(case, "text_contains"):
        return None
    whole = squeezed(reading.whole)
    return all(squeezed(piece) in whole for piece in case.expected["text_contains"])


def reply_text(case: Case, reading: Reading) -> Answer:
    """The new text, exact after whitespace folding; nothing that must not be in it."""
    expected = case.expected
    asserted = {"text_equals", "text_regex", "text_not_contains", *(["text_contains"] if case.kind in REPLIES else [])}
    if case.kind not in _NEW or not expected.keys() & asserted:
        return None
    given = folded(reading.text)
    if any(folded(piece) in given for piece in expected.get("text_not_contains", ())):
        return False
    if "text_equals" in expected:
        return _same(case, expected["text_equals"], reading.text)
    patterns = expected.get("text_regex", ()) if case.kind in REPLIES else ()
    wanted = expected.get("text_contains", ()) if case.kind in REPLIES else ()
    return all(re.search(pattern, reading.text) for pattern in patterns) and all(folded(piece) in given for piece in wanted)


def _same(case: Case, expected: str, given: str) -> bool:
    if case.kind == "reply_html":
        expected = _TAGS.sub("", expected)
    if case.expected.get("whitespace_insensitive"):
        return "".join(expected.split()) == "".join(given.split())
    return folded(expected) == folded(given)


def signature(case: Case, reading: Reading) -> Answer:
    """The signature that was cut."""
    if case.expected.get("signature_equals") is None:
        return None
    return folded(case.expected["signature_equals"].replace("#sig#", "")) == folded(reading.signature)


def attachments(case: Case, reading: Reading) -> Answer:
    """As many files as there are, under the names they were given, with their bytes where a digest is known."""
    expected = case.expected.get("attachments")
    if case.kind == "tnef":
        return sorted(case.expected["names"]) == sorted(file.name for file in reading.files)
    if not expected or case.kind not in _WHOLE or peculiarities.is_report(case):
        return None
    names = [_plain(file.name) for file in reading.files]
    wanted = [_plain(file["filename"]) for file in expected if file.get("filename")]
    if len(names) != len(expected) or any(wanted.count(name) > names.count(name) for name in wanted):
        return False
    digests = {file.digest for file in reading.files}
    return all(file["sha256"] in digests for file in expected if file.get("sha256"))


def _plain(name: str) -> str:
    """A file name as its characters; how a project makes it safe is its own business."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name)).replace("\\", "/").rsplit("/", 1)[-1]
    return " ".join("".join(char if char.isalnum() or char in ".-" else " " for char in name).split())


def forward(case: Case, reading: Reading) -> Answer:
    """Who wrote the forwarded letter, its subject and text; and no forward where there is none."""
    if "forwarded" not in case.expected:
        return None
    if not case.expected["forwarded"]:
        return reading.forward is None
    return reading.forward is not None and _tells(case.expected["forward"], case.expected, reading, reading.forward)


def _tells(inner: Mapping[str, Any], outer: Mapping[str, Any], reading: Reading, found: Forward) -> bool:
    pairs = (
        (inner.get("from_addr"), found.address),
        (inner.get("from_name"), found.name),
        (inner.get("subject"), found.subject),
        (inner.get("body"), found.text),
        (outer.get("message_before") or None, reading.text),
    )
    pieces = inner.get("text_contains", ())
    same = all(expected is None or folded(expected).lower() == folded(given).lower() for expected, given in pairs)
    return same and all(folded(piece) in folded(found.text) for piece in pieces)


def report_found(case: Case, reading: Reading) -> Answer:
    """Recall: of delivery reports, those that were seen."""
    return reading.report if peculiarities.is_report(case) else None


def report_true(case: Case, reading: Reading) -> Answer:
    """Precision: of letters called delivery reports, those that are some."""
    return peculiarities.is_report(case) if reading.report else None


def recipient(case: Case, reading: Reading) -> Answer:
    """The addresses a report is about; where addresses are not told, how many."""
    expected = case.expected.get("failed_recipients")
    found = {one.address.lower() for one in reading.failures}
    if expected:
        return {address.lower() for address in expected} == found
    listed = case.expected.get("recipients")
    return len(listed) == len(reading.failures) if listed and peculiarities.is_report(case) else None


def permanence(case: Case, reading: Reading) -> Answer:
    """Whether a report speaks of a lasting failure: the class of the status (RFC 3463 §3.1)."""
    if not peculiarities.is_report(case):
        return None
    lasting = {one.permanent for one in reading.failures}
    if case.expected.get("is_temporary") is not None and case.expected.get("failed_recipients"):
        return lasting == {not case.expected["is_temporary"]}
    classes = {str(one["status"])[:1] for one in case.expected.get("recipients", ())}
    return lasting == {digit == "5" for digit in classes} if classes and classes <= {"4", "5"} else None


def automatic(case: Case, reading: Reading) -> Answer:
    """Automatic replies that were seen."""
    return reading.automatic if case.expected.get("is_auto_reply") and not peculiarities.is_report(case) else None


def person(case: Case, reading: Reading) -> Answer:
    """Ordinary letters that were not taken for a machine's."""
    if case.kind not in {*_WHOLE, "reply_mail"} or peculiarities.is_machine(case):
        return None
    return not reading.automatic and not reading.report


def commands(case: Case, reading: Reading) -> Answer:
    """The command lines, in order."""
    expected = case.expected.get("commands")
    return None if expected is None else [line.lower() for line in expected] == [line.lower() for line in reading.commands]


QUESTIONS: dict[str, Question] = {
    "sender address": sender_address,
    "sender name": sender_name,
    "subject": subject,
    "text": text,
    "attachments": attachments,
    "reply text": reply_text,
    "signature": signature,
    "forward": forward,
    "report found": report_found,
    "report true": report_true,
    "recipient": recipient,
    "permanence": permanence,
    "auto-reply": automatic,
    "person": person,
    "commands": commands,
}


def ask(name: str, case: Case, reading: Reading) -> Answer:
    """One question's answer; None too where the expectation is a known peculiarity of its project."""
    return None if peculiarities.excuses(name, case) else QUESTIONS[name](case, reading)


def applies(name: str, case: Case) -> bool:
    """Whether a reading of this letter could be right or wrong about it."""
    return ask(name, case, Reading(report=True)) is not None
