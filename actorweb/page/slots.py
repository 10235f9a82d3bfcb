"""Slots: what a DOM event may point at.

A slot number names a bound message, not a place, and is never used again. So a click means what the person saw, even if
the page has been rendered anew meanwhile; and a page cannot invent messages, only point at those made for it.
"""

from __future__ import annotations

from collections import deque

from actorweb.page.template import Binding


class Slots:
    """The bound messages of one page."""

    __slots__ = ("_bound", "_last", "_retired")

    def __init__(self) -> None:
        self._bound: dict[int, object] = {}
        self._last = 0
        self._retired: deque[tuple[int, list[int]]] = deque()

    def __len__(self) -> int:
        return len(self._bound)

    def bind(self, message: object) -> int:
        """Give a new slot for a message or a `Binding`."""
        self._last += 1
        self._bound[self._last] = message
        return self._last

    def find(self, slot: int) -> object | None:
        """Give what a slot is bound to; None for a slot that never was or is no more."""
        return self._bound.get(slot)

    def retire(self, frame: int, slots: list[int]) -> None:
        """Let slots go as soon as the page has acknowledged the frame that no longer contains them."""
        if slots:
            self._retired.append((frame, slots))

    def acknowledged(self, frame: int) -> None:
        """Note that the page shows this frame."""
        while self._retired and self._retired[0][0] <= frame:
            for slot in self._retired.popleft()[1]:
                self._bound.pop(slot, None)


def is_same_binding(old: object, new: object) -> bool:
    """Tell whether a slot may be kept: the same message means the same thing."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, Binding):
        return old == new
    return bool(old == new)
