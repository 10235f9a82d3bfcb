"""What stands in attributes: texts composed of values, and addresses that a browser may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import TemplateError

if TYPE_CHECKING:
    from actorweb.page.grammar import Hole

UNSAFE_URL = "about:blank#blocked"
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def compose(hole: Hole, values: tuple[object, ...]) -> str:
    """Put the text of an attribute together from its pieces and its values."""
    pieces = hole.pieces
    parts = [pieces[0]]
    for piece, index in zip(pieces[1:], hole.values, strict=True):
        value = values[index]
        parts.append("" if value is None or value is False else str(value))
        parts.append(piece)
    return "".join(parts)


def attribute_text(hole: Hole, value: object) -> str | None:
    """Give the text of an attribute, or None to leave it out. Raises `TemplateError`."""
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TemplateError(
        f"the attribute {hole.name} got {value!r}", "a text, a number, a boolean or None", f"write .{hole.name}={{…}} to set a property instead"
    )


def is_safe_url(text: str) -> bool:
    """Tell whether an address can do nothing but lead somewhere (HTML: `javascript:` URLs are code)."""
    # Browsers pass over tabs, newlines and leading control characters in a scheme, so we do as well.
    cleaned = "".join(character for character in text if character > " " and character != "\x7f").lower()
    head, colon, _ = cleaned.partition(":")
    if not colon or any(sign in head for sign in "/?#"):
        return True
    return head in SCHEMES
