"""Keys: in which order JavaScript reads those of a config, and which numbers it reads in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|Infinity)")
_OTHER_BASE = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_LARGEST_INDEX = 2**32 - 2


def number_of(text: str) -> float | None:
    """Give the number that JavaScript reads in a text, None if it is none: digits of base 16, 8 or 2 too, and no text at all is 0.

    >>> number_of(" 0x10 "), number_of("1e1"), number_of("NaN")
    (16, 10, None)
    """
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        number = float(stripped.replace("Infinity", "inf"))
        return int(number) if number.is_integer() else number
    if _OTHER_BASE.fullmatch(stripped):
        return int(stripped, 0)
    return None if stripped else 0


def _index(key: str) -> int | None:
    if key.isdecimal() and key.isascii() and (key == "0" or key[0] != "0") and len(key) <= len(str(_LARGEST_INDEX)):
        number = int(key)
        return number if number <= _LARGEST_INDEX else None
    return None


def in_order(mapping: Mapping[str, T]) -> list[tuple[str, T]]:
    """Give the items as JavaScript does: keys that are array indexes first, ascending, then the others as written.

    >>> in_order({"b": 1, "10": 2, "2": 3})
    [('2', 3), ('10', 2), ('b', 1)]
    """
    items = list(mapping.items())
    numbered = [(number, item) for item in items if (number := _index(item[0])) is not None]
    if not numbered:
        return items
    numbered.sort(key=lambda pair: pair[0])
    return [item for _, item in numbered] + [item for item in items if _index(item[0]) is None]
