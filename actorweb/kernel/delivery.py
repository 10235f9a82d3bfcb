"""A message whose sender wants to know when it has been handled, whatever came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Delivery:
    """Stands in the queue in the message's place. `handled` is called once: when its turn has ended, or when it is lost."""

    __slots__ = ("handled", "message")

    def __init__(self, message: object, handled: Callable[[], None]) -> None:
        self.message: object = message
        self.handled: Callable[[], None] = handled
