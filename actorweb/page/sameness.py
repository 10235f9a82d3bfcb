"""When a row need not be made again: what counts as the same item and the same function."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CellType, CodeType


def is_same_item(old: object, new: object) -> bool:
    """Tell whether a row need not be made again: the same object, or a tuple of the same objects."""
    if old is new:
        return True
    if type(old) is tuple and type(new) is tuple and len(old) == len(new):
        return all(map(is_, old, new)) or all(
            a is b or (type(a) is type(b) and isinstance(a, (bool, int, str)) and a == b) for a, b in zip(old, new, strict=True)
        )
    return False


class Closure:
    """A function as it was when it was used: what it closed over may be something else by now."""

    __slots__ = ("function", "parts")

    def __init__(self, function: Callable[..., object]) -> None:
        self.function: Callable[..., object] = function
        cells = [_content(cell) for cell in getattr(function, "__closure__", None) or ()]
        named = (getattr(function, "__kwdefaults__", None) or {}).values()
        self.parts: tuple[object, ...] = (getattr(function, "__self__", None), *cells, *(getattr(function, "__defaults__", None) or ()), *named)

    def is_same(self, old: Closure) -> bool:
        """Tell whether it gives the same look for the same item as an older one: one code, closing over the same things."""
        if self.function is not old.function:
            code: CodeType | None = getattr(self.function, "__code__", None)
            if code is None or getattr(old.function, "__code__", None) is not code:
                return False
        return len(self.parts) == len(old.parts) and all(
            a is b or (type(a) is type(b) and isinstance(a, (bool, int, float, str)) and a == b) for a, b in zip(old.parts, self.parts, strict=True)
        )


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # an empty cell: the function is used before what it closes over exists
        return object()


def count_same(pairs: Iterable[tuple[object, object]]) -> int:
    """Count how many pairs of items at the beginning are the same. The pair that is not is taken as well."""
    count = 0
    for before, now in pairs:
        if before is not now:
            # An item and whether it is selected: what rows are most often made of.
            if type(now) is tuple and type(before) is tuple and len(now) == len(before) == 2:  # noqa: PLR2004
                if (before[0] is not now[0] or before[1] is not now[1]) and not is_same_item(before, now):
                    break
            elif not is_same_item(before, now):
                break
        count += 1
    return count
