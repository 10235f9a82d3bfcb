"""Transactions: what the durable actors of a system write in one drain goes to their store together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors.state import LostOwnership

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.state.store import Kept, Store, Write

    Done = Callable[[BaseException | None], None]


class Transactions:
    """One system's way into one store: who owns which key, and what waits for the end of the drain.

    A synchronous store gets each write at once. Any other gets those of a drain in one transaction.
    """

    __slots__ = ("_idle", "_kernel", "_open", "_owners", "_waiting", "store")

    def __init__(self, kernel: Kernel, store: Store) -> None:
        self.store: Store = store
        self._kernel = kernel
        self._owners: dict[str, Cell] = {}
        self._waiting: list[tuple[Write, Done]] = []
        self._open: int = 0
        self._idle: list[Callable[[], None]] = []

    def claim(self, key: str, cell: Cell) -> None:
        """Make an actor the owner of a key. Raises `LostOwnership` where another actor of this system is."""
        owner = self._owners.get(key)
        if owner is not None:
            raise LostOwnership(key, self.store.name, f"{cell.self} is to be kept there, and {owner.self} is already")
        self._owners[key] = cell

    def release(self, key: str, cell: Cell) -> None:
        """Let a key go."""
        if self._owners.get(key) is cell:
            del self._owners[key]
            if self._waiting:
                self._kernel.at_drain_end(lambda: self._released(key))  # behind the last write
            else:
                self.store.release(key)

    def _released(self, key: str) -> None:
        if key not in self._owners:
            self.store.release(key)

    def write(self, write: Write, done: Done) -> None:
        """Write a record: now, or with the others of this drain."""
        if self.store.synchronous:
            self.store.commit([write], lambda errors: done(errors[0]))
            return
        self._waiting.append((write, done))
        if len(self._waiting) == 1:
            self._kernel.at_drain_end(self.flush)

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        """Give the newest record of a key, behind all that was written here."""
        self.flush()
        self.store.load(key, done)

    def flush(self) -> None:
        """Begin the transaction of what waits."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._open += 1

        def committed(errors: Sequence[BaseException | None]) -> None:
            self._open -= 1
            for (_, done), error in zip(waiting, errors, strict=True):
                done(error)
            self._rest()

        self.store.commit([write for write, _ in waiting], committed)

    def when_idle(self, function: Callable[[], None]) -> None:
        """Call a function once nothing is on its way into the store."""
        self._idle.append(function)
        self.flush()
        self._rest()

    def _rest(self) -> None:
        if not self._open and not self._waiting:
            idle, self._idle = self._idle, []
            for function in idle:
                function()
