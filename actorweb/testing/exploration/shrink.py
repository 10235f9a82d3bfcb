"""Shrinking: from a failing list of choices to a shorter one that fails in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Weight: TypeAlias = "tuple[int, int, list[int]]"
"""How much a failing schedule is to read: its steps, then its choices, then their sizes."""
MOST = 4000
"""How many schedules are tried in all."""


def shrink(choices: Sequence[int], attempt: Callable[[list[int]], tuple[int, list[int]] | None], *, most: int = MOST) -> list[int]:
    """Give the least list that still fails, as far as deleting, zeroing and lowering find it.

    `attempt` plays a list and gives (steps, the choices that were taken) if it fails in the same way, else None.
    It ends when nothing that it tries makes the story shorter, or after `most` attempts.
    """
    search = _Search(attempt, most)
    if not search.take(list(choices)):
        return list(choices)
    before: list[int] | None = None
    while before != search.best and search.left:
        before = search.best
        search.delete()
        search.zero()
        search.lower()
    return search.best


class _Search:
    def __init__(self, attempt: Callable[[list[int]], tuple[int, list[int]] | None], most: int) -> None:
        self._attempt = attempt
        self._weight: Weight | None = None
        self._tried: set[tuple[int, ...]] = set()
        self.best: list[int] = []
        self.left = most

    def take(self, choices: list[int]) -> bool:
        """Try a list; keep it if it fails and is less."""
        choices = _trimmed(choices)
        key = tuple(choices)
        if not self.left or key in self._tried:
            return False
        self._tried.add(key)
        self.left -= 1
        failed = self._attempt(choices)
        if failed is None:
            return False
        steps, taken = failed
        taken = _trimmed(taken)
        weight = (steps, len(taken), taken)
        if self._weight is not None and weight >= self._weight:
            return False
        self._weight, self.best = weight, taken
        return True

    def delete(self) -> None:
        """Leave stretches out, the long ones first."""
        size = max(1, len(self.best) // 2)
        while size:
            place = 0
            while place < len(self.best) and self.left:
                if not self.take(self.best[:place] + self.best[place + size :]):
                    place += size
            size //= 2

    def zero(self) -> None:
        """Set stretches to the plainest choice."""
        size = max(1, len(self.best) // 2)
        while size:
            place = 0
            while place < len(self.best) and self.left:
                part = self.best[place : place + size]
                if any(part):
                    self.take(self.best[:place] + [0] * len(part) + self.best[place + size :])
                place += size
            size //= 2

    def lower(self) -> None:
        """Make single choices smaller."""
        place = 0
        while place < len(self.best) and self.left:
            value = self.best[place]
            for less in sorted({value // 2, value - 1}) if value else ():
                if place < len(self.best) and less < self.best[place]:
                    self.take([*self.best[:place], less, *self.best[place + 1 :]])
            place += 1


def _trimmed(choices: Sequence[int]) -> list[int]:
    """Leave out the zeros at the end: after its end a list goes on with them anyway."""
    end = len(choices)
    while end and not choices[end - 1]:
        end -= 1
    return list(choices[:end])


def to_text(choices: Sequence[int]) -> str:
    """Write a list of choices on one line: `0*4,2,1`.

    >>> to_text([0, 0, 0, 0, 2, 1])
    '0*4,2,1'
    """
    parts: list[str] = []
    place = 0
    while place < len(choices):
        end = place
        while end < len(choices) and choices[end] == choices[place]:
            end += 1
        run = end - place
        parts.append(f"{choices[place]}*{run}" if run > 2 else ",".join([str(choices[place])] * run))  # noqa: PLR2004  (shorter only then)
        place = end
    return ",".join(parts)


def from_text(text: str) -> list[int]:
    """Read what `to_text` wrote. Raises `ValueError`.

    >>> from_text("0*4,2,1")
    [0, 0, 0, 0, 2, 1]
    """
    choices: list[int] = []
    for part in text.split(",") if text.strip() else ():
        value, _, count = part.partition("*")
        choices.extend([int(value)] * int(count or 1))
    return choices
