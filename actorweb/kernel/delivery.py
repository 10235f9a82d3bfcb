"""Messages in a wrapping of the kernel's own, which stands in the queue in the message's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell


class Wrapped:
    """The base of wrappings. What is in one may be wrapped itself."""

    __slots__ = ("message",)

    def __init__(self, message: object) -> None:
        self.message: object = message

    def undo(self, cell: Cell) -> None:
        """Take it back: it never left."""


class Delivery(Wrapped):
    """A message whose sender wants to know. `handled` is called once: when its turn has ended, or when it is lost."""

    __slots__ = ("handled",)

    def __init__(self, message: object, handled: Callable[[], None]) -> None:
        super().__init__(message)
        self.handled: Callable[[], None] = handled


def unwrap(message: object) -> object:
    """Give what is inside all wrappings."""
    while isinstance(message, Wrapped):
        message = message.message
    return message
