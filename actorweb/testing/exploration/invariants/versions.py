"""Invariants of state over time: versions, rollbacks and new code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.life import is_starting
from actorweb.kernel.reports import Restarted, RolledBack, Upgraded
from actorweb.testing.exploration.invariant import Invariant

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.reports import Report
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life, Sent


class Versions(Invariant):
    """See `sentence`."""

    name = "versions increase"
    sentence = "The version of an actor never goes back, not over a restart either, and another context has another version."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self.known: dict[Life, tuple[int, object]] = {}

    def stepped(self, life: Life | None) -> None:
        if life is None or life.cell.context is None:
            return  # before its start, or put aside
        cell = life.cell
        version, context = self.known.get(life, (-1, None))
        if cell._version < version:
            self.broken(f"{cell.self.path} went from version {version} to {cell._version}")
        elif cell._version == version and context is not None and cell.context is not context and cell.context != context:
            self.broken(f"{cell.self.path} has another context in the same version {version}: {context!r}, then {cell.context!r}")
        self.known[life] = (cell._version, cell.context)


class RolledBackWhole(Invariant):
    """See `sentence`."""

    name = "a rollback is exact"
    sentence = "What an actor was rolled back to is the very context that it had then, in the mode it had then, as a new version."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self.seen: dict[tuple[Cell, int], tuple[object, object]] = {}
        self.upgraded: bool = False

    def stepped(self, life: Life | None) -> None:
        if life is not None and life.cell.context is not None and not is_starting(life.cell):
            run = life.cell._run
            self.seen.setdefault((life.cell, life.cell._version), (life.cell.context, None if run is None else run.modes))

    def settled(self, turn: Handling) -> None:
        self.stepped(turn.life)  # a turn that has waited ends between two steps

    def reported(self, report: Report) -> None:
        if isinstance(report, Upgraded):
            self.upgraded = True
            for life in self.observer.lives.values():
                self.stepped(life)
        if not isinstance(report, RolledBack):
            return
        cell = report.ref._cell
        run = cell._run
        was = self.seen.get((cell, report.to))
        if report.version != cell._version or report.version <= report.to:
            self.broken(f"{cell.self.path} was rolled back to {report.to} as {report.version}, and is version {cell._version}")
        elif was is not None and not self.upgraded and cell.context is not was[0]:
            self.broken(f"{cell.self.path} was rolled back to version {report.to}, {was[0]!r}, and has {cell.context!r}")
        elif was is not None and run is not None and was[1] is not None and run.modes != was[1]:
            self.broken(f"{cell.self.path} was rolled back to version {report.to} in {was[1]!r}, and is in {run.modes!r}")


class CodeFitsContext(Invariant):
    """See `sentence`."""

    name = "code and context fit"
    sentence = "Old code never sees a new context, nor new code an old one."

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        del sent, direct
        cell = turn.life.cell
        kinds = cell._behavior.context_types
        if turn.kind != "start" and kinds and not isinstance(cell.context, kinds):
            self.broken(f"{cell.self.path} handles {turn.message!r} in version {cell._behavior.version} of its code with {cell.context!r}")

    def settled(self, turn: Handling) -> None:
        cell = turn.life.cell
        if turn.crashed or turn.dropped or cell.context is None:
            return
        kinds = cell._behavior.context_types
        if kinds and not isinstance(cell.context, kinds):
            self.broken(f"{cell.self.path} has version {cell._behavior.version} of its code and {cell.context!r} after {turn.message!r}")

    def reported(self, report: Report) -> None:
        if isinstance(report, Restarted):
            cell = report.ref._cell
            kinds = cell._behavior.context_types
            if kinds and not isinstance(cell.context, kinds):
                self.broken(f"{cell.self.path} was started again in version {cell._behavior.version} of its code with {cell.context!r}")


class StoredFirst(Invariant):
    """See `sentence`."""

    name = "stored before seen"
    sentence = "What a turn sent is handled by nobody before its state is stored."

    def taken(self, sent: Sent) -> None:
        source = sent.source
        turn = None if source is None else source.turn
        if turn is not None and turn.stored and turn.waits and not sent.flushed and any(each is sent for each in turn.sends):
            self.broken(f"{sent.cell.self.path} gets {sent.message!r}, and {turn.life.cell.self.path} is still being stored")
