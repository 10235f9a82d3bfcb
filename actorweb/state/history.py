"""History: the last versions of an actor, and the way back to one of them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.errors import Misuse
from actorweb.errors.state import NotKept
from actorweb.kernel import keeping, logic, schedule
from actorweb.kernel.cell import run_of
from actorweb.kernel.recorder import State
from actorweb.kernel.reports import RolledBack
from actorweb.kernel.table import QUEUEING, SUSPENDED, mode_of
from actorweb.state.conversion import converted
from actorweb.state.saving import check_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never
    from actorweb.values.snapshot import Snapshot


SHOWN = 12
"""How many versions an error lists."""


class Entry:
    """One version: the snapshot itself, what else rolling back needs, and the message that led to it (None if it was no message)."""

    __slots__ = ("at", "behavior", "message", "modes", "snapshot")

    def __init__(self, snapshot: Snapshot[object], modes: tuple[str, ...], behavior: Behavior[Never, object], message: object, at: float) -> None:
        self.snapshot: Snapshot[object] = snapshot
        self.modes: tuple[str, ...] = modes
        self.behavior: Behavior[Never, object] = behavior
        self.message: object = message
        self.at: float = at


class History:
    """The last versions of one actor, by reference: two contexts share whatever the turn between them left as it was."""

    __slots__ = ("entries",)

    def __init__(self, length: int) -> None:
        self.entries: deque[Entry] = deque(maxlen=length)

    def note(self, cell: Cell, message: object) -> None:
        """Keep the version that the actor has now, if it is a new one."""
        if not self.entries or self.entries[-1].snapshot.version != cell._version:
            self.entries.append(Entry(cell.snapshot, run_of(cell).modes, cell._behavior, message, cell.self._kernel.world.wall()))

    def resize(self, length: int) -> None:
        """Keep so many from now on, beginning with the newest."""
        self.entries = deque(self.entries, maxlen=length)

    def find(self, whose: str, version: int) -> Entry:
        """Give the entry of a version. Raises `NotKept`."""
        for entry in reversed(self.entries):
            if entry.snapshot.version == version:
                return entry
        versions = [str(entry.snapshot.version) for entry in self.entries]
        kept = ", ".join(versions if len(versions) <= SHOWN else [versions[0], "…", versions[-1]]) or "none"
        raise NotKept(
            f"{whose}: version {version!r} is not kept",
            f"one of the versions {kept}",
            "choose one of system.history(ref), or give the behavior a longer .with_history(…)",
        )


def whole(snapshot: Snapshot[object]) -> object:
    """Give what is kept of an actor: the context, or the whole snapshot of a machine."""
    return snapshot if isinstance(snapshot, logic.LogicSnapshot) else snapshot.context


def roll_back(kernel: Kernel, cell: Cell, history: History, version: int, finish: Callable[[BaseException | None], None]) -> None:
    """Install a version that is kept as a new one, between two turns. Raises `NotKept` and `MigrationError`.

    The timers of modes end; what was sent stays sent; the stash is not released.
    """
    whose = str(cell.self)
    entry = history.find(whose, version)
    context = converted(whose, whole(entry.snapshot), entry.behavior, cell._behavior)
    check_modes(cell._behavior, entry.modes, whose)
    run = run_of(cell)

    def carry() -> None:
        schedule.end_mode_timers(kernel, run)
        run.modes = entry.modes
        before = run.logic
        logic.put(cell, context)
        cell._version += 1
        logic.apply(kernel, cell, before)
        if run.observers:
            kernel.changed[cell] = None
        if cell._table is not QUEUEING and cell._table is not SUSPENDED and run.ending is None:
            cell._table = mode_of(cell).table
        kernel.reports.publish(RolledBack(cell.self, version, cell._version))

    state = State(context, cell._version + 1, entry.modes, keeping.timers_of(kernel, run, but_of_mode=True))
    keeping.install(kernel, cell, state, carry, finish)


def history_of(cell: Cell) -> History:
    """Give what is kept of an actor. Raises `Misuse` where nothing is."""
    recorder = None if cell._run is None else cell._run.recorder
    history = getattr(recorder, "history", None)
    if isinstance(history, History):
        return history
    raise Misuse(f"{cell.self} keeps no history", "a behavior with .with_history(n)", "add .with_history(100) to its definition")
