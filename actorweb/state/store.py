"""The port of stores: what keeps the state of actors over time, and gives it back.

A store knows keys, sequence numbers and texts; what the texts say is its caller's business (`actorweb.values.saved`).
Records of one key have the sequence numbers 1, 2, 3 …, and a write names the number that it makes. A store that holds
another newest number than the one before refuses that write with `LostOwnership`: so of two programs that both believe
they own a key, one finds out before anything is lost (Kleppmann's fencing tokens; Orleans' ETags).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_set = object.__setattr__


class Kept(Record):
    """The newest record of a key."""

    sequence: int
    text: str

    def __init__(self, sequence: int, text: str) -> None:
        _set(self, "sequence", sequence)  # a third of the time that a Record takes: there is one for each key that is loaded
        _set(self, "text", text)


class Write(Record):
    """One record to keep. `journal` keeps it behind those before it; otherwise it takes their place."""

    key: str
    sequence: int
    text: str
    journal: bool

    def __init__(self, key: str, sequence: int, text: str, journal: bool) -> None:  # noqa: FBT001  (a field like the others)
        _set(self, "key", key)  # as above: there is one for each turn
        _set(self, "sequence", sequence)
        _set(self, "text", text)
        _set(self, "journal", journal)


class Store(ABC):
    """Keeps the records of keys.

    `name` names it in errors: a file, a database. `synchronous` tells that both calls have called `done` before they
    return, so that an actor need not wait for it. A store that is not calls `done` later, in the thread of the loop that
    called it, never from within the call.
    """

    name: str
    synchronous: bool

    @abstractmethod
    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        """Give the newest record of a key to `done`, or None where there is none.

        Errors (the second argument): `DamagedRecord`, `NewerState`, `StoreError`. It sees every write that was asked for before.
        A store that knows owners makes the caller that of the key; where another program is, the error is `LostOwnership`
        and the record is given beside it: it may be read, and no write of that key will be kept.
        """

    @abstractmethod
    def commit(self, writes: Sequence[Write], done: Callable[[Sequence[BaseException | None]], None]) -> None:
        """Keep records, all in one transaction, and tell `done` once, in order, what became of each: None when it is safe.

        A write that is fenced off gets `LostOwnership`, and the others of its transaction are kept all the same. When the
        transaction fails, every write gets its `StoreError` and none is kept. Calls are carried out in the order made.
        """

    def release(self, key: str) -> None:  # noqa: B027  (most stores know no owners)
        """Let a key go, once all that was asked for is done: whoever loads it next may own it."""

    @abstractmethod
    async def close(self) -> None:
        """Carry out what was asked for, and let go of the file or database. A closed store fails every call with `StoreError`."""
