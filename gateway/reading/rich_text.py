"""Text of the formats that came before HTML mail: text/enriched (RFC 1896), text/richtext (RFC 1341) and RTF.

Pure. Every reader looks at each character once; what is said about looks is dropped, what a person would read stays.
"""

import re
from dataclasses import dataclass, field

_TYPES = frozenset({"text/enriched", "text/richtext", "text/rtf", "application/rtf", "text/x-rtf", "application/x-rtf"})
_MARKUP = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\n+|[^<\n]+|<")
_NEW_LINES = {"nl": "\n", "np": "\n\n", "paragraph": "\n\n", "lt": "<"}
_HIDDEN = frozenset({"param", "comment"})
_DEEPEST = 40

# Every mark of a document is a step; what stands further down is read by nobody.
_LONGEST = 512 * 1024
_RTF = re.compile(r"\\([A-Za-z]{1,32})(-?[0-9]{1,10})?[ ]?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|[\r\n]+|[^\\{}\r\n]+|\\", re.DOTALL)
_GROUPS = 100
_SKIPPED = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf listtable "
    "listoverridetable rsidtbl generator themedata datastore latentstyles xmlnstbl mmathpr nonshppict filetbl revtbl footnote "
    "bkmkstart bkmkend fldinst".split(),
)
_WRITTEN = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "tab": "\t",
    "cell": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
}
_SIGNS = {"~": "\u00a0", "_": "\u2011", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
# Windows pages by the number a font table gives to the alphabet of a font.
_ALPHABETS = dict(
    zip(
        (0, 77, 128, 129, 134, 136, 161, 162, 163, 177, 178, 186, 204, 222, 238),
        "cp1252 mac-roman cp932 cp949 gb18030 big5 cp1253 cp1254 cp1258 cp1255 cp1256 cp1257 cp1251 cp874 cp1250".split(),
        strict=True,
    )
)


def is_rich(content_type: str) -> bool:
    """Whether this module reads the type."""
    return content_type in _TYPES


def plain(content_type: str, text: str) -> str:
    """Plain text of one of these formats; RTF keeps its bytes as characters of ISO 8859-1 or ASCII."""
    if content_type in _TYPES and text.lstrip().startswith("{\\rtf"):
        return of_rtf(text.lstrip())
    return _marked_up(text, enriched=content_type == "text/enriched") if content_type in {"text/enriched", "text/richtext"} else text


def _marked_up(text: str, *, enriched: bool) -> str:
    """Tags gone; a line end is a blank, and in enriched text all line ends in a row but one count."""
    found: list[str] = []
    hidden = verbatim = quoted = 0
    for token in _MARKUP.finditer(text):
        piece, name = token.group(), (token.group(2) or "").lower()
        step = -1 if token.group(1) else 1
        if name in _HIDDEN:
            hidden = min(max(hidden + step, 0), _DEEPEST)
        elif name == "nofill":
            verbatim = max(verbatim + step, 0)
        elif name == "excerpt":
            quoted = min(max(quoted + step, 0), _DEEPEST)
            found.append("\n" + "> " * quoted)
        elif not hidden:
            shown = _tag(name, step, enriched=enriched) if name else _unmarked(piece, verbatim, enriched=enriched)
            found.append(shown.replace("\n", "\n" + "> " * quoted) if quoted else shown)
    return "".join(found)


def _tag(name: str, step: int, *, enriched: bool) -> str:
    return _NEW_LINES.get(name, "") if step > 0 and not enriched else ""


def _unmarked(piece: str, verbatim: int, *, enriched: bool) -> str:
    if piece == "<<":
        return "<" if enriched else piece
    if piece[0] != "\n" or verbatim:
        return piece
    return "\n" * (len(piece) - 1) if enriched and len(piece) > 1 else " "


@dataclass(slots=True)
class _Group:
    """What braces enclose: whether it is shown, how many characters stand for one of Unicode, which font it is in."""

    shown: bool = True
    stand_ins: int = 1
    font: str = ""
    in_fonts: bool = False
    fresh: bool = True


@dataclass(slots=True)
class _Document:
    """RTF while it is read."""

    page: str = "cp1252"
    fonts: dict[str, str] = field(default_factory=dict)
    font: str = ""
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    written: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    skip: int = 0

    @property
    def group(self) -> _Group:
        """The innermost open group."""
        return self.groups[-1]

    def flush(self) -> None:
        """Decode bytes that stood together, in the page of their font."""
        if self.pending:
            page = self.fonts.get(self.group.font, self.page)
            self.written.append(_decoded(bytes(self.pending), page))
            self.pending.clear()

    def write(self, text: str) -> None:
        """Show a text, without the characters that stand in for Unicode ones before it."""
        if self.skip and text:
            taken = min(self.skip, len(text))
            self.skip -= taken
            text = text[taken:]
        if text and self.group.shown:
            self.flush()
            self.written.append(text)


def _decoded(data: bytes, page: str) -> str:
    try:
        return data.decode(page, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")


def of_rtf(text: str) -> str:
    """The words of an RTF document, as far as half a megabyte of it goes."""
    text = text[:_LONGEST]
    document = _Document()
    at = 0
    while found := _RTF.match(text, at):
        at = found.end()
        if found.group(1) == "bin":
            # Bytes of a picture, which may look like anything.
            at += min(max(int(found.group(2) or 0), 0), len(text) - at)
        else:
            _token(document, found)
    document.flush()
    return "".join(document.written).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip("\x00")


def _token(document: _Document, found: re.Match[str]) -> None:
    word, number, byte, sign, brace = found.groups()
    if brace:
        _brace(document, brace)
    elif word:
        _word(document, word, number)
    elif byte:
        _byte(document, byte)
    elif sign == "*":
        # «\*» opens a group that readers may pass over.
        document.group.shown = False
    elif sign:
        document.write(_SIGNS.get(sign, ""))
    elif (plain_text := found.group())[0] not in "\r\n\\":
        document.write(plain_text)


def _brace(document: _Document, brace: str) -> None:
    document.flush()
    document.skip = 0
    if brace == "{" and len(document.groups) < _GROUPS:
        above = document.group
        document.groups.append(_Group(above.shown, above.stand_ins, above.font, above.in_fonts))
    elif brace == "}" and len(document.groups) > 1:
        document.groups.pop()


def _byte(document: _Document, pair: str) -> None:
    if document.skip:
        document.skip -= 1
    elif document.group.shown:
        document.pending.append(int(pair, 16))


def _word(document: _Document, word: str, number: str | None) -> None:
    group = document.group
    if word == "u" and number:
        document.write(chr(int(number) % 0x10000))
        document.skip = group.stand_ins
        return
    if word in _SKIPPED:
        document.flush()
        group.shown, group.in_fonts = False, word == "fonttbl"
    elif word == "uc" and number:
        group.stand_ins = min(max(int(number), 0), 8)
    elif word == "ansicpg" and number:
        document.page = f"cp{int(number)}"
    elif word == "f" and number:
        document.flush()
        group.font = number
    elif word == "fcharset" and number and group.in_fonts:
        document.fonts[group.font] = _ALPHABETS.get(int(number), document.page) if int(number) > 1 else document.page
    elif word in _WRITTEN:
        document.write(_WRITTEN[word])
