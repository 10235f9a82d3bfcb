"""Addresses of open asks, as texts: so that a deferred answer can be kept in a state that is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from actorweb.errors import DecodeError
from actorweb.kernel import effect
from actorweb.kernel.ask import Asked

if TYPE_CHECKING:
    from actorweb.kernel.scheduler import Kernel

_systems: WeakValueDictionary[str, Addresses] = WeakValueDictionary()


class Addresses:
    """The asks of one system whose addresses were written down and that are still open."""

    __slots__ = ("__weakref__", "_count", "_id", "_kernel", "_open")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._id = kernel.world.new_id()
        self._count = 0
        self._open: dict[int, Asked] = {}
        _systems[self._id] = self

    def text_of(self, asked: Asked) -> str:
        """Give the text of an ask's address, the same each time."""
        if not asked.number:
            self._count += 1
            asked.number = self._count
            if not asked.done:
                self._open[asked.number] = asked
        return f"{self._id}/{asked.number}"

    def close(self, asked: Asked) -> None:
        """Forget an ask that has ended."""
        self._open.pop(asked.number, None)

    def find(self, number: int) -> Asked:
        """Give an open ask, or one that has ended in place of those that are not: its answer is late."""
        asked = self._open.get(number)
        if asked is None:
            asked = Asked(effect.clerk_of(self._kernel), "a request that was answered", 0.0)
            asked.done = True
        return asked


def find(text: str, path: str) -> Asked:
    """Give the ask that a text is the address of. Raises `DecodeError` for one of a system that does not run here."""
    system, _, number = text.rpartition("/")
    addresses = _systems.get(system)
    if addresses is None or not number.isdecimal():
        raise DecodeError(
            f"{path}: {text!r} is no address of an answer in a system that runs here",
            "what such a ReplyTo was written as",
            "ask again: an ask ends with its system",
        )
    return addresses.find(int(number))
