"""The schedule of an actor: its timers, as its plans set and end them, and what it does when one expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel import work
from actorweb.kernel.cell import run_of
from actorweb.kernel.plan import After, Cancel, Every
from actorweb.kernel.table import Unkept, handles, lookup
from actorweb.kernel.timers import Timer

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell, Run
    from actorweb.kernel.recorder import SetTimer
    from actorweb.kernel.scheduler import Kernel


class LastingAfter(After):
    """A timer of a logic's. It belongs to the state, also where a start has set it, so it is kept and comes back.

    Setting its key again leaves the timer before to run out; only a `Cancel` before would have ended it (XState).
    """

    __slots__ = ()


def enter(kernel: Kernel, cell: Cell, entry: After | Every | Cancel, now: float, *, lasting: bool = True) -> None:
    """Set, replace or end one timer of an actor."""
    timers = run_of(cell).timers
    if entry.key is not None and entry.key in timers:
        before = timers.pop(entry.key)
        if lasts(entry):
            timers[before] = before
        else:
            kernel.clock.forget(before)
    if isinstance(entry, Cancel):
        work.cancel_task(run_of(cell), entry.key)
        return
    interval = entry.interval if isinstance(entry, Every) else None
    timer = Timer(cell, now + (entry.delay if isinstance(entry, After) else entry.interval), entry.message, interval=interval, mode=entry.mode, lasting=lasting)
    timers[timer if entry.key is None else entry.key] = timer
    kernel.clock.set(timer)


def lasts(entry: After | Every | Cancel) -> bool:
    """Tell whether this is a timer of a logic's."""
    return type(entry) is LastingAfter


def end_mode_timers(kernel: Kernel, run: Run) -> None:
    """End the timers that belong to the mode which is left."""
    for key, timer in tuple(run.timers.items()):
        if timer.mode:
            del run.timers[key]
            kernel.clock.forget(timer)


def restore(kernel: Kernel, cell: Cell, timers: tuple[SetTimer, ...]) -> None:
    """Set timers that were set before, each with the time that is left of it."""
    now = kernel.world.now()
    for entry in timers:
        timer = Timer(cell, now + entry.left, entry.message, interval=entry.interval, mode=entry.mode)
        run_of(cell).timers[timer if entry.key is None else entry.key] = timer
        kernel.clock.set(timer)


@handles(Timer)
def tick(timer: Timer, cell: Cell) -> object:
    """Handle the message of an expired timer, unless it was replaced, cancelled, or set by an earlier run."""
    timer.queued = False
    if not timer.live:
        return None
    if timer.interval is None:
        timer.live = False
        timers = run_of(cell).timers
        for key, value in timers.items():
            if value is timer:
                del timers[key]
                break
    message = timer.message
    result = lookup(cell, type(message))(message, cell)
    if result is None and timer.interval is None and cell._behavior.kept:
        return Unkept(None)  # that it has fired is a change of what is kept
    return result
