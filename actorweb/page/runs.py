"""The order of rows, in short: runs of consecutive numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actorweb.values.json import Json


def runs_of(numbers: Iterable[int]) -> list[Json]:
    """Give `[first, count, first, count, …]` for row numbers, which begin with 1.

    >>> runs_of([1, 2, 3, 7, 5, 6])
    [1, 3, 7, 1, 5, 2]
    """
    runs: list[Json] = []
    first = following = 0
    for number in numbers:
        if number != following:
            if following:
                runs += (first, following - first)
            first = number
        following = number + 1
    if following:
        runs += (first, following - first)
    return runs
