"""The durable part of one actor: its key in a store, in journal mode or in snapshot mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError, DecodeError
from actorweb.errors.state import DamagedRecord, LostOwnership, NotStorable
from actorweb.kernel import keeping
from actorweb.kernel.logic import kept
from actorweb.kernel.recorder import SetTimer, State
from actorweb.kernel.reports import NotSaved, Unhandled
from actorweb.state.conversion import converted
from actorweb.state.saving import restore, save, survives
from actorweb.state.store import Write
from actorweb.values.saved import saved_from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior, Definition
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import Durability
    from actorweb.state.store import Kept
    from actorweb.state.transactions import Transactions
    from actorweb.values.generics import Never
    from actorweb.values.json import Json


class Journal:
    """Keeps one actor under one key.

    In journal mode `record` stores each state before it is visible. In snapshot mode `changed` has the newest one saved
    at the end of the drain, one write at a time. The first run begins with what the store has; a later one with what is
    known here, since nobody else has written the key.
    """

    __slots__ = (
        "_at",
        "_behavior",
        "_cell",
        "_dirty",
        "_known",
        "_lost",
        "_message",
        "_open",
        "_recording",
        "_recovering",
        "_sequence",
        "_transactions",
        "_waiting",
        "durability",
        "key",
    )

    def __init__(self, cell: Cell, key: str, durability: Durability, transactions: Transactions) -> None:
        transactions.claim(key, cell)
        self.key: str = key
        self.durability: Durability = durability
        self._cell = cell
        self._transactions = transactions
        self._sequence: int | None = None  # unknown until the store was read
        self._known: State | None = None
        self._behavior: Behavior[Never, object] = cell._behavior  # whose form `_known` has
        self._at = 0.0
        self._message: object = None
        self._dirty = False
        self._open = 0  # writes on their way
        self._lost = False
        self._waiting: tuple[Callable[[], None], ...] = ()
        self._recording = False
        self._recovering: tuple[Callable[[State | None, BaseException | None], None], ...] = ()

    def recover(self, done: Callable[[State | None, BaseException | None], None]) -> None:
        """Give the newest state, or None; behind a record that is still on its way."""
        if self._recording:
            self._recovering = (*self._recovering, done)
            return
        if self._sequence is None:
            self._transactions.load(self.key, lambda kept, error: self._loaded(kept, error, done))
            return
        known = self._known
        if known is None:
            done(None, None)
            return
        cell = self._cell
        try:
            context = converted(str(cell.self), known.context, self._behavior, cell._behavior)
        except ActorError as error:
            done(None, error)
            return
        passed = cell.self._kernel.world.now() - self._at
        timers = tuple(SetTimer(timer.key, max(0.0, timer.left - passed), timer.interval, timer.mode, timer.message) for timer in known.timers)
        done(State(context, known.version, known.modes, timers), None)

    def _loaded(self, kept: Kept | None, error: BaseException | None, done: Callable[[State | None, BaseException | None], None]) -> None:
        if isinstance(error, LostOwnership) and self.durability == "snapshot":
            self._lost = True  # it may read, and goes on with that
            self._cell.self._kernel.reports.publish(NotSaved(self._cell.self, self.key, error))
        elif error is not None:
            done(None, error)
            return
        if kept is None:
            self._sequence = 0
            done(None, None)
            return
        try:
            try:
                saved = saved_from_text(kept.text)
            except DecodeError as failure:
                raise DamagedRecord(self._transactions.store.name, self.key, kept.sequence, failure.happened) from failure
            state = restore(self._cell._behavior, saved, self._where, self._cell.self._kernel.world.wall(), self._newer(saved.schema), self._unfit)
        except Exception as failure:  # noqa: BLE001  (constructors and migrations are the author's: whatever they raise fails the start)
            done(None, failure)
            return
        self._sequence = kept.sequence
        self._know(state, self._cell._behavior)
        done(state, None)

    def _unfit(self, message: Json) -> None:
        """Report the message of a stored timer that the present code does not take, as one that waited would be."""
        self._cell.self._kernel.reports.publish(Unhandled(self._cell.self, message))

    def _newer(self, version: int) -> Definition | None:
        """Give the newer code that this program has had, and that a downgrade has taken back."""
        behavior = self._cell._behavior
        known = self._cell.self._kernel.upgraded
        return next((each for each in known if each.name == behavior.name and each.version == version > behavior.version), None)

    @property
    def _where(self) -> str:
        return f"{self._transactions.store.name}: key {self.key!r}"

    def _know(self, state: State, behavior: Behavior[Never, object]) -> None:
        self._known = state
        self._behavior = behavior
        self._at = self._cell.self._kernel.world.now()

    def record(self, state: State, message: object, done: Callable[[BaseException | None], None]) -> None:
        """Store a state, and tell when it is safe."""
        behavior = self._cell._behavior  # an upgrade may come before the store has answered

        def stored(error: BaseException | None) -> None:
            self._recording = False
            if error is None:
                self._sequence = write.sequence
                self._know(state, behavior)
            done(error)
            recovering, self._recovering = self._recovering, ()
            for go_on in recovering:
                self.recover(go_on)

        try:
            write = self._write(state, message, journal=True)
        except ActorError as error:
            done(error)
            return
        self._recording = True
        self._dirty = False  # this is newer than what was to be saved
        self._transactions.write(write, stored)

    def _write(self, state: State, message: object, *, journal: bool) -> Write:
        saved = save(self._cell._behavior, state, message, self._cell.self._kernel.world.wall())
        return Write(self.key, (self._sequence or 0) + 1, saved.to_text(), journal)

    def changed(self, message: object) -> None:
        """Take note of the present state.

        In snapshot mode it is saved soon; in journal mode only what no turn has recorded, a context that an upgrade has
        migrated. Raises `NotStorable` at a first start.
        """
        kernel, cell, known = self._cell.self._kernel, self._cell, self._known
        if self.durability == "journal" and known is not None and known.version == cell._version:
            return  # it was recorded before it was visible
        state = keeping.state_of(kernel, cell)
        if known is None:
            why = survives(cell._behavior, kept(cell))
            if why is not None:
                raise NotStorable(
                    f"{cell.self} is to be kept as {self.key!r}, but its context does not survive JSON: {why}",
                    "a context that is equal after it was written and read",
                    "declare its form: give with_context a class, or a function with a return annotation, of the codec's types",
                )
        # A timer that was set again has as much left as the one before, and another end.
        new = known is not None and (bool(known.timers or state.timers) or (known.version, known.modes) != (state.version, state.modes))
        self._know(state, cell._behavior)
        if new and not self._lost:
            self._message = message
            if not self._dirty:
                self._dirty = True
                if not self._open:
                    kernel.at_drain_end(self._save)

    def _save(self) -> None:
        """Save the newest state, if it is not saved yet."""
        if not self._dirty or self._known is None:
            return
        self._dirty = False
        kernel, cell = self._cell.self._kernel, self._cell
        try:
            write = self._write(self._known, self._message, journal=self.durability == "journal")
        except ActorError as error:
            kernel.reports.publish(NotSaved(cell.self, self.key, error))
            return
        before = self._sequence
        self._sequence = write.sequence
        self._open += 1

        def saved(error: BaseException | None) -> None:
            self._open -= 1
            if error is not None:
                self._sequence = before
                self._lost = isinstance(error, LostOwnership)
                kernel.reports.publish(NotSaved(cell.self, self.key, error))
            if self._dirty and not self._lost and not self._open:
                self._save()
            if not self._open and not self._dirty and error is None:
                waiting, self._waiting = self._waiting, ()
                for function in waiting:
                    function()

        self._transactions.write(write, saved)

    def when_kept(self, function: Callable[[], None]) -> None:
        """Call a function once everything is stored; never if it cannot be."""
        if self._lost:
            return
        if self._open or self._dirty:
            self._waiting = (*self._waiting, function)
        else:
            function()

    def forget(self) -> bool:
        """Let go of the state; the next run, or the next message, reads it from the store. False if it is not stored."""
        known = self._known
        if self._lost or self._open or self._dirty or not self._sequence or known is None or known.version != self._cell._version:
            return False
        self._known = None
        self._sequence = None
        return True

    def ended(self) -> None:
        """Save what is not saved yet, and let the key go. Who takes it next reads behind this write."""
        self._save()
        self._transactions.release(self.key, self._cell)
