"""HTML bodies into lines: quote depth, quote and signature containers, and only what a reader sees.

Pure. One iterative walk over the tree, so that no depth of nesting can break it.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.reading import clean, containers, visibility
from gateway.reading.lines import Line, Mark
from helpdesk.messages import Link

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul".split(),
)
_SPACED = frozenset("p ul ol h1 h2 h3 h4 h5 h6 pre dl".split())
_SKIPPED = frozenset("head style script title template noscript object embed svg math select textarea button meta link".split())
_CELLS = frozenset({"td", "th"})
_CONDITIONAL = re.compile(r"<!\[(?:if|endif)[^\]<>]{0,200}\]>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NESTING = re.compile(r"<(/?)(?:div|blockquote|span|table|ul|ol|center|font|section|b|i|em|strong|u)\b", re.IGNORECASE)
# The parser looks up its open elements for many tags, which costs the square of their number.
_DEEPEST = 1500
# What stands below is not read.
MOST_LINES = 50_000
_ADDRESSES = ("http://", "https://", "ftp://", "mailto:", "tel:")
# Line ends inside an address do not count for browsers either.
_NOT_IN_ADDRESSES = str.maketrans("", "", "\t\r\n")
_CONTENT_ID = re.compile(rb"(?i)\bcid:([^\"'<>()\s]{1,300})")
# More than is read of a page.
_NAMED_WITHIN = 4 * 1024 * 1024
_LONGEST_ADDRESS, _LONGEST_WORDS, _MOST_LINKS = 1000, 100, 50
_FLAT_MARGIN = ("margin:0", "margin-bottom:0", "margin-top:0")


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside an element."""

    depth: int = 0
    mark: Mark = Mark.NONE
    pre: bool = False
    hidden: bool = False
    paper: bool = True
    """White text cannot be read here."""


@dataclass(slots=True)
class _Page:
    """Lines so far, and the one being written."""

    lines: list[Line] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    state: _State = field(default_factory=_State)
    blank_before: bool = False
    hidden_names: frozenset[str] = frozenset()
    styles: dict[str, dict[str, str]] = field(default_factory=dict)
    cut: bool = False
    links: list[Link] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Whether what stands here is seen, and in no quote or signature."""
        return not self.state.hidden and not self.state.depth and self.state.mark is Mark.NONE

    def declarations(self, style: str) -> dict[str, str]:
        """An inline style taken apart, once for all elements that carry the same."""
        if style not in self.styles:
            self.styles[style] = visibility.declarations(style)
        return self.styles[style]

    def write(self, text: str) -> None:
        """Add visible characters."""
        if self.state.pre:
            for number, piece in enumerate(text.replace("\r", "").split("\n")):
                if number:
                    self.end_line(force=True)
                self.words.append(piece)
            return
        folded = _folded(text)
        if (self.words and self.words[-1].endswith(" ")) or not self.words:
            folded = folded.lstrip(" ")
        if folded:
            self.words.append(folded)

    def keep(self, link: Link) -> None:
        """Remember a link that ends here: in the line that is being written, or in the last one that was."""
        if "".join(self.words).strip() or not self.lines:
            self.links.append(link)
        elif len(self.lines[-1].links) < _MOST_LINKS:
            self.lines[-1] = replace(self.lines[-1], links=(*self.lines[-1].links, link))

    def end_line(self, *, force: bool = False) -> None:
        """Close the line that is being written; an empty one counts only if forced."""
        text = "".join(self.words).replace("\u00a0", " ")
        text = text.rstrip() if text.strip() else ""
        if text or force or self.words:
            if self.blank_before and self.lines and not self.lines[-1].blank:
                self.lines.append(Line("", self.state.depth, self._mark()))
            self.blank_before = False
            self.lines.append(Line(text, self.state.depth, self._mark(), tuple(self.links)))
            self.links = []
        self.words = []

    def _mark(self) -> Mark:
        if self.cut:
            self.cut = False
            return Mark.CUT
        return self.state.mark


def lines(html: str) -> tuple[Line, ...]:
    """Visible lines of an HTML body. One nested beyond reason is read flat and counts as quoted: nobody can tell whose words it holds."""
    html = html.replace("\x00", "")
    if html.count("<") > _DEEPEST and _is_too_deep(html):
        return tuple(Line(text, 1) for text in _TAG.sub("\n", html).split("\n") if text.strip())
    cleaned = _CONDITIONAL.sub("", html) if "<![" in html else html
    parser = LexborHTMLParser(cleaned)
    root = parser.root
    if root is None:
        return ()
    sheets = [node.text() for node in parser.css("style")] if "<style" in cleaned.lower() else []
    page = _Page(hidden_names=visibility.hidden_names(sheets))
    _walk(root, page)
    page.end_line()
    return tuple(page.lines)


def content_ids(html: bytes) -> frozenset[str]:
    """The parts that a page names by their Content-ID (RFC 2392)."""
    written = (found.decode("utf-8", "replace") for found in frozenset(_CONTENT_ID.findall(html, 0, _NAMED_WITHIN)))
    return frozenset(unquote(name) if "%" in name else name for name in written)


def _is_too_deep(html: str) -> bool:
    depth = 0
    for found in _NESTING.finditer(html):
        depth = max(0, depth - 1) if found.group(1) else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def _walk(root: LexborNode, page: _Page) -> None:
    """Visit the tree in order; the stack holds where to go on, and what held outside."""
    waiting: list[tuple[LexborNode, _State | None]] = [(root, None)]
    while waiting and len(page.lines) < MOST_LINES:
        node, outside = waiting.pop()
        if outside is not None:
            _leave(node, page, outside)
            continue
        tag = node.tag
        if tag == "-text":
            if not page.state.hidden:
                page.write(node.text_content or "")
        elif tag and tag not in _SKIPPED and tag[0] != "-" and tag != "!doctype":
            outside = page.state
            _enter(node, tag, page)
            waiting.append((node, outside))
            _queue_children(node, waiting)


def _queue_children(node: LexborNode, waiting: list[tuple[LexborNode, _State | None]]) -> None:
    child = node.last_child
    while child is not None:
        waiting.append((child, None))
        child = child.prev


def _enter(node: LexborNode, tag: str, page: _Page) -> None:
    attributes = {name: value or "" for name, value in node.attributes.items()}
    if tag == "br":
        if not page.state.hidden:
            page.end_line(force=True)
        return
    if tag in _BLOCKS:
        page.end_line()
        if tag in _SPACED and not _is_flat(attributes):
            page.blank_before = True
    elif tag in _CELLS and page.words:
        page.words.append(" ")
    if containers.cuts(tag, attributes, node):
        page.end_line()
        page.cut = True
    page.state = _inside(tag, attributes, page)
    if tag == "li" and not page.state.hidden:
        page.words.append("- ")


def _is_flat(attributes: dict[str, str]) -> bool:
    """A paragraph without room around it, as Word writes lines."""
    if "mso" in attributes.get("class", "").lower():
        return True
    style = attributes.get("style", "").replace(" ", "").lower()
    return any(margin in style for margin in _FLAT_MARGIN)


def _inside(tag: str, attributes: dict[str, str], page: _Page) -> _State:
    outside = page.state
    state = outside
    if not attributes:
        return replace(state, depth=state.depth + 1) if tag == "blockquote" else replace(state, pre=True) if tag == "pre" else state
    quote = containers.quotes(tag, attributes)
    style = page.declarations(attributes.get("style", ""))
    paper = state.paper and not visibility.sets_background(style, attributes.get("bgcolor", ""))
    hidden = state.hidden or _hides(attributes, style, page) or (paper and visibility.is_white(style, attributes.get("color", "")))
    mark = state.mark if state.mark is not Mark.NONE else containers.mark(tag, attributes)
    pre = state.pre or tag == "pre" or style.get("white-space", "").startswith("pre")
    return _State(depth=state.depth + quote, mark=mark, pre=pre, hidden=hidden, paper=paper)


def _hides(attributes: dict[str, str], style: dict[str, str], page: _Page) -> bool:
    if "hidden" in attributes or visibility.hides(style):
        return True
    if not page.hidden_names:
        return False
    names = {"." + name for name in attributes.get("class", "").split()} | {"#" + attributes.get("id", "")}
    return not page.hidden_names.isdisjoint(names)


def _keep_address(node: LexborNode, page: _Page) -> None:
    """Where a link leads that does not say so itself, beside the line in which its words end."""
    address = clean.one_line((node.attributes.get("href") or "").translate(_NOT_IN_ADDRESSES)).replace(" ", "%20")
    if not (page.is_own and address.lower().startswith(_ADDRESSES) and len(address) <= _LONGEST_ADDRESS):
        return
    words = clean.one_line(node.text(deep=True) or "")
    if words and _bare(address) not in words.lower() and words.rstrip("/").lower() not in address.lower():
        page.keep(Link(words[:_LONGEST_WORDS].rstrip(), address))


def _bare(address: str) -> str:
    return address.lower().partition(":")[2].strip("/").removeprefix("www.").partition("?")[0]


def _leave(node: LexborNode, page: _Page, outside: _State) -> None:
    tag = node.tag or ""
    if tag == "a" and len(page.links) < _MOST_LINKS:
        _keep_address(node, page)
    if tag in _BLOCKS:
        page.end_line()
        if (
            tag in _SPACED
            and page.lines
            and not page.lines[-1].blank
            and not _is_flat({name: value or "" for name, value in node.attributes.items()})
        ):
            page.blank_before = True
    elif page.state.depth != outside.depth or page.state.mark is not outside.mark:
        page.end_line()
    page.state = outside


def _folded(text: str) -> str:
    """Blank space as browsers show it: any run of it is one space; no-break spaces stay."""
    if not text:
        return ""
    words = " ".join(text.replace("\u00a0", "\x00").split()).replace("\x00", "\u00a0")
    before = " " if text[0] in " \t\r\n\f" else ""
    after = " " if text[-1] in " \t\r\n\f" else ""
    return before + words + after if words else " "
