"""When a row need not be made again: what counts as the same item and the same view."""

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


def is_same_view(old: Callable[..., object], new: Callable[..., object]) -> bool:
    """Tell whether two functions give the same look for the same item: one code, closing over the same things."""
    if old is new:
        return True
    code: CodeType | None = getattr(new, "__code__", None)
    if code is None or getattr(old, "__code__", None) is not code:
        return False
    if getattr(old, "__defaults__", None) != getattr(new, "__defaults__", None):
        return False
    old_cells: Iterable[CellType] = getattr(old, "__closure__", None) or ()
    new_cells: Iterable[CellType] = getattr(new, "__closure__", None) or ()
    return all(_same_cell(a, b) for a, b in zip(old_cells, new_cells, strict=True))


def _same_cell(old: CellType, new: CellType) -> bool:
    try:
        a, b = old.cell_contents, new.cell_contents
    except ValueError:  # an empty cell: the function is used before what it closes over exists
        return False
    return a is b or (type(a) is type(b) and isinstance(a, (bool, int, float, str)) and a == b)


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
