"""Which elements of an HTML letter a reader sees: inline styles and the simple rules of style sheets.

Pure. Errs towards hidden for text that only a machine would find, as commands count where people can see them.
"""

from collections.abc import Iterable

_NOTHING = frozenset({"0", "0px", "0pt", "0em", "0%", "1px", "0.0px"})
_WHITE = frozenset(
    {"white", "#fff", "#ffffff", "#fffffe", "#fefefe", "transparent", "rgb(255,255,255)", "rgba(0,0,0,0)", "rgba(255,255,255,0)"}
)
_LONGEST_SHEET = 200_000
_BACKGROUNDS = ("background", "background-color", "background-image")


def declarations(style: str) -> dict[str, str]:
    """An inline style as names and values, lower case, without blanks."""
    found: dict[str, str] = {}
    for piece in style.split(";"):
        name, colon, value = piece.partition(":")
        if colon:
            found[name.strip().lower()] = "".join(value.lower().replace("!important", "").split())
    return found


def hides(style: dict[str, str]) -> bool:
    """Whether a style takes its element out of sight."""
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"} or style.get("mso-hide") == "all":
        return True
    if style.get("font-size") in _NOTHING or style.get("opacity") in {"0", "0.0"}:
        return True
    clipped = style.get("overflow") == "hidden"
    return clipped and any(style.get(name) in _NOTHING for name in ("max-height", "height", "width", "max-width"))


def is_white(style: dict[str, str], color: str) -> bool:
    """Whether text is written in the colour of the paper."""
    return (style.get("color") or color.strip().lower()) in _WHITE


def sets_background(style: dict[str, str], bgcolor: str) -> bool:
    """Whether the element brings a background of its own, on which white can be read."""
    values = [style.get(name, "") for name in _BACKGROUNDS] + [bgcolor.strip().lower()]
    return any(value and value not in _WHITE and value not in {"none", "initial", "inherit"} for value in values)


def hidden_names(sheets: Iterable[str]) -> frozenset[str]:
    """Classes and ids («.name», «#name») that style sheets hide everywhere. Rules for some media only do not count."""
    found: set[str] = set()
    for sheet in sheets:
        depth_media = 0
        for rule in sheet[:_LONGEST_SHEET].split("}"):
            opens = rule.count("{")
            selector, _, body = rule.rpartition("{")
            if opens > 1:
                depth_media += opens - 1
                continue
            if opens == 0:
                depth_media = max(0, depth_media - 1)
            elif not depth_media and hides(declarations(body)):
                found.update(_simple(selector))
    return frozenset(found)


def _simple(selector: str) -> list[str]:
    names = (name.strip() for name in selector.rsplit("*/", maxsplit=1)[-1].split(","))
    return [
        name[name.index(name.lstrip("abcdefghijklmnopqrstuvwxyz")[:1] or name[:1]) :] if name else "" for name in names if _is_simple(name)
    ]


def _is_simple(name: str) -> bool:
    bare = name.lstrip("abcdefghijklmnopqrstuvwxyz")
    return bare[:1] in {".", "#"} and not any(char in bare[1:] for char in ".#:[> +~")
