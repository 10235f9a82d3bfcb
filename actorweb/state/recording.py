"""Recording: how the state of one actor is kept, as its behavior and its spawn want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.recorder import Keep, State
from actorweb.state.history import History
from actorweb.state.journal import Journal
from actorweb.state.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.state.store import Store
    from actorweb.values.generics import Never


class Recording:
    """The kernel's `Recorder`: a history, a journal, or both."""

    __slots__ = ("_cell", "history", "journal", "journals", "recovers")

    def __init__(self, cell: Cell, history: History | None, journal: Journal | None) -> None:
        self._cell = cell
        self.history: History | None = history
        self.journal: Journal | None = journal
        self.journals: bool = journal is not None and journal.durability == "journal"
        self.recovers: bool = journal is not None

    def recover(self, done: Callable[[State | None, BaseException | None], None]) -> None:
        """Give the newest state of the journal, or None."""
        if self.journal is None:
            done(None, None)
        else:
            self.journal.recover(done)

    def record(self, state: State, message: object, done: Callable[[BaseException | None], None]) -> None:
        """Have the journal store a state before it is visible."""
        if self.journal is None:
            done(None)
        else:
            self.journal.record(state, message, done)

    def changed(self, message: object) -> None:
        """Note the present state."""
        if self.journal is not None:
            self.journal.changed(message)
        if self.history is not None:
            self.history.note(self._cell, message)

    def when_kept(self, function: Callable[[], None]) -> None:
        """Call a function once the journal has stored everything."""
        if self.journal is not None:
            self.journal.when_kept(function)

    def forget(self) -> bool:
        """Keep nothing in memory; False where a history would be lost, or what is not stored yet."""
        return self.history is None and self.journal is not None and self.journal.forget()

    def ended(self) -> None:
        """Let go: the actor has ended for good."""
        if self.journal is not None:
            self.journal.ended()


class Recordings:
    """Makes the recordings of one system, and knows its stores."""

    __slots__ = ("_kernel", "_stores")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._stores: dict[Store, Transactions] = {}

    def __call__(self, cell: Cell, behavior: Behavior[Never, object], keep: Keep | None) -> Recording:
        """Make the recording of a spawn. Raises `LostOwnership` where its key belongs to another actor."""
        history = History(behavior.history) if behavior.history else None
        if keep is None:
            return Recording(cell, history, None)
        store: Store = keep.store  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (whoever made the `Keep` was given a Store)
        return Recording(cell, history, Journal(cell, keep.key, keep.durability, self.transactions(store)))

    def transactions(self, store: Store) -> Transactions:
        """Give the way into a store."""
        made = self._stores.get(store)
        if made is None:
            made = self._stores[store] = Transactions(self._kernel, store)
        return made

    def when_idle(self, function: Callable[[], None]) -> None:
        """Call a function once nothing is on its way into any store."""
        waiting = list(self._stores.values())

        def go_on() -> None:
            if waiting:
                waiting.pop().when_idle(go_on)
            else:
                function()

        go_on()
