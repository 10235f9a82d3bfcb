"""Keys: in which order JavaScript reads those of a config."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_LARGEST_INDEX = 2**32 - 2


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
