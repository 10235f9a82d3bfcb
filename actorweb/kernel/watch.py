"""Watching: one `Down` per watch, behind everything that the ended actor sent (OTP: `erlang:monitor/2`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.cell import kin_of, run_of
from actorweb.kernel.signals import Down, NoProc, Reason, Signal
from actorweb.kernel.table import handles, lookup, unhandled

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell


class Notice:
    """A signal on its way to one run of its receiver."""

    __slots__ = ("ended", "run", "signal", "source", "watched")

    def __init__(self, run: int, signal: Signal, source: Cell, *, watched: bool, ended: int = 0) -> None:
        self.ended: int = ended  # which run of its source it tells of
        self.run: int = run
        self.signal: Signal = signal
        self.source: Cell = source
        self.watched: bool = watched


@handles(Notice)
def notice(message: Notice, cell: Cell) -> object:
    """Hand a signal to its handler; one that is meant for an earlier run is discarded."""
    run = cell._run
    if message.run != (0 if run is None else run.number):
        return None
    if message.watched:
        since = None if run is None else run.watching.get(message.source)
        if run is None or since is None or since > message.ended:
            return None  # the watch was taken back while its Down was on the way, and perhaps begun anew (OTP: demonitor with flush)
        del run.watching[message.source]
    handler = lookup(cell, type(message.signal))
    if handler is unhandled and cell._behavior.supervision is not None:
        return None
    return handler(message.signal, cell)


def watch(cell: Cell, target: Cell) -> None:
    """Note a watch; if the target has ended, its `Down` with `NoProc()` is sent at once."""
    run = run_of(cell)
    if target in run.watching:
        return
    life = _life_of(target)
    if target._run is not None and target._run.ended:
        run.watching[target] = life + 1
        tell_down(target, cell, NoProc(), ended=life + 1)
        return
    run.watching[target] = life
    kin = kin_of(target)
    kin.watchers = (*kin.watchers, cell)


def _life_of(target: Cell) -> int:
    """Give the number of the run that an actor is in, or has in the store."""
    if target._run is not None:
        return target._run.number
    passive = target.self._kernel.passive.get(target)
    return 0 if passive is None else passive.number


def unwatch(cell: Cell, target: Cell) -> None:
    """Forget a watch."""
    run = cell._run
    if run is not None and run.watching.pop(target, None) is not None and target._kin is not None:
        target._kin.watchers = tuple(watcher for watcher in target._kin.watchers if watcher is not cell)


def tell_down(cell: Cell, watcher: Cell, reason: Reason, *, restarting: bool = False, watched: bool = True, ended: int = 0) -> None:
    """Send one actor a `Down`. It takes its place in the ordinary queue. The end of a child's failed start needs no watch."""
    run = watcher._run
    number = 0 if run is None else run.number
    cell.self._kernel.post((watcher, Notice(number, Down(cell.self, reason, restarting), cell, watched=watched, ended=ended)))


def tell_watchers(cell: Cell, reason: Reason, *, restarting: bool) -> None:
    """Send every watcher its `Down`, in the order in which they began to watch; all watches are over."""
    kin = cell._kin
    if kin is None:
        return
    watchers, kin.watchers = kin.watchers, ()
    ended = _life_of(cell) - restarting  # the next run has its number already
    for watcher in watchers:
        tell_down(cell, watcher, reason, restarting=restarting, ended=ended)


def stop_watching(cell: Cell) -> None:
    """End all watches of a run that has ended."""
    run = cell._run
    if run is None:
        return
    watching, run.watching = run.watching, {}
    for target in watching:
        if target._kin is not None:
            target._kin.watchers = tuple(watcher for watcher in target._kin.watchers if watcher is not cell)
