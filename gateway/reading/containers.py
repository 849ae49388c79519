"""The HTML elements in which mail programs keep quotes and signatures, by class, id and attribute.

Pure data and a few questions to it. Words and separators of plain text are in `phrases`.
"""

from selectolax.lexbor import LexborNode

from gateway.reading import phrases
from gateway.reading.lines import Mark

_QUOTE_CLASSES = frozenset(
    "yahoo_quoted yahoo-quoted mail-quote-collapse protonmail_quote tutanota_quote zmail_extra wmi-quote "
    "mail_android_quote uio_quote freebirdquote nylas-quote freshdesk_quote missive_quote history-quote-wrapper "
    "ms-outlook-mobile-reference-message".split(),
)
_ATTRIBUTION_CLASSES = frozenset(
    {"gmail_attr", "moz-cite-prefix", "mail-app-auto-quote-header", "yahoo-quoted-begin", "wmi-quote-header", "airmail_on"}
)
_QUOTE_NAMES = frozenset({"quote", "ms_quoted_text", "mailquote", "messagereplysection"})
_SIGNATURE_CLASSES = frozenset(
    "gmail_signature gmail_signature_prefix moz-signature composer_signature yamail-signature protonmail_signature_block "
    "elided-signature signature-text mailru-signature wmi-sign edo-signature mail-signature ms-outlook-mobile-signature "
    "bloop_sign io-ox-signature signature email-signature email_signature".split(),
)
_SIGNATURE_IDS = frozenset(
    "signature ms-outlook-mobile-signature composer_signature applemailsignature signature-content yiv_signature mail-signature "
    "ymail_android_signature _rc_sig".split(),
)
_CUT_IDS = frozenset(
    {"divrplyfwdmsg", "appendonsend", "olk_src_body_section", "mail-editor-reference-message-container", "replysplit", "zwchr"}
)
_SPARK_SIGNATURE = "messagesignaturesection"
_FIRST_WORDS = 60
_FIRST_NODES = 40


def _classes(attributes: dict[str, str]) -> set[str]:
    return {name.lower().removeprefix("x_") for name in attributes.get("class", "").split()}


def _id(attributes: dict[str, str]) -> str:
    name = attributes.get("id", "").lower()
    while name.startswith("x_"):
        name = name[2:]
    return name


def quotes(tag: str, attributes: dict[str, str]) -> int:
    """1 for an element whose content is quoted, else 0. A bare indent (Outlook, Gmail's «more indent») quotes nothing."""
    if tag == "blockquote":
        return 0 if _is_indent(attributes) else 1
    if attributes.get("name", "").lower() in _QUOTE_NAMES and tag in {"div", "span"}:
        return 1
    return 1 if _classes(attributes) & _QUOTE_CLASSES else 0


def _is_indent(attributes: dict[str, str]) -> bool:
    style = attributes.get("style", "").replace(" ", "").lower()
    cited = attributes.get("type", "").lower() == "cite" or "gmail_quote" in attributes.get("class", "")
    return not cited and ("border:none" in style or "margin:00040px" in style or style == "margin-right:0px")


def mark(tag: str, attributes: dict[str, str]) -> Mark:
    """What an element says about all that stands in it."""
    classes = _classes(attributes)
    if classes & _ATTRIBUTION_CLASSES:
        return Mark.QUOTED
    if classes & _SIGNATURE_CLASSES or _id(attributes) in _SIGNATURE_IDS or "data-signature-widget" in attributes:
        return Mark.SIGNATURE
    if "data-smartmail" in attributes and attributes["data-smartmail"] == "gmail_signature":
        return Mark.SIGNATURE
    return Mark.SIGNATURE if tag == "signature" or attributes.get("name", "").lower() == _SPARK_SIGNATURE else Mark.NONE


def cuts(tag: str, attributes: dict[str, str], node: LexborNode) -> bool:
    """Whether the old letter begins with this element and lasts to the end."""
    if not attributes:
        return False
    if _id(attributes) in _CUT_IDS:
        return True
    style = attributes.get("style", "")
    if tag == "div" and "border-top" in style.replace(" ", "").lower() and "solid" in style:
        return _opens_with_sender(node)
    return False


def _opens_with_sender(node: LexborNode) -> bool:
    """Word's thin line over «От: …» — other lines are decoration."""
    words = _first_words(node)
    head = words.split(":", 1)[0].strip().lower()
    return ":" in words and head in phrases.FIELDS


def _first_words(node: LexborNode) -> str:
    """The first characters an element shows, without looking at more than a few of its descendants."""
    waiting = [node]
    found = ""
    for _ in range(_FIRST_NODES):
        if not waiting or len(found) > _FIRST_WORDS:
            break
        current = waiting.pop()
        found += current.text_content or ""
        child = current.last_child
        while child is not None and len(waiting) < _FIRST_NODES:
            waiting.append(child)
            child = child.prev
    return " ".join(found.split())
