"""Passivation: a durable actor that nobody talks to leaves memory, and comes back at its next message (Orleans: deactivation).

To others nothing happens: the name, the ref and the run are the same, and nobody hears of an end. It is put aside after
the turn of its idle timeout, once its state is stored and if nothing holds it: no children, timers, tasks, links, stash,
open requests, history, nor anybody who listens to it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actorweb.kernel import exits, keeping, life, turn
from actorweb.kernel.administration import Order
from actorweb.kernel.cell import run_of
from actorweb.kernel.idle import Idle, still, stir
from actorweb.kernel.reports import Crashed
from actorweb.kernel.signals import Crash, Killed, Reason
from actorweb.kernel.table import BUSY, Go, Other, dispatch, mode_of, release

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import Recorder, State
    from actorweb.kernel.scheduler import Kernel


class Passive:
    """What is left of an actor that was put aside."""

    __slots__ = ("number", "recorder")

    def __init__(self, recorder: Recorder, number: int) -> None:
        self.recorder: Recorder = recorder
        self.number: int = number


def after_silence(cell: Cell) -> None:
    """Put an actor aside whose idle timeout has fired, once that turn is over and what it left is stored."""
    kernel, run = cell.self._kernel, run_of(cell)
    recorder, silence = run.recorder, run.silence
    if recorder is None or silence is None or not recorder.recovers:
        return
    number, silent = run.number, silence.number

    def rest() -> None:
        if run.number != number or run.silence is not silence or silence.number != silent or run.ending is not None:
            return  # something has happened
        if cell._table is BUSY:
            run.orders.append(Order(lambda _: kernel.at_drain_end(rest), lambda _: None))
        else:
            recorder.when_kept(partial(_put_aside, kernel, cell, silent))

    kernel.at_drain_end(rest)


def _put_aside(kernel: Kernel, cell: Cell, silent: int) -> None:
    run = cell._run
    recorder = None if run is None else run.recorder
    if run is None or recorder is None or run.silence is None or run.silence.number != silent or cell._table is not mode_of(cell).table:
        return
    kin = cell._kin
    held = run.timers or run.tasks or run.deferred or run.links or run.watching or run.stash or run.inbox or run.next or run.orders
    if held or run.listeners or run.observers or run.successor or (kin is not None and kin.children) or not recorder.forget():
        return
    still(cell)
    kernel.passive[cell] = Passive(recorder, run.number)
    cell.context = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (it is in the store)
    cell._table = PASSIVE
    if run.mailbox is None:
        cell._run = None
    else:
        run.recorder = None


def bring_back(kernel: Kernel, cell: Cell, reason: Reason) -> None:
    """Make an actor again of what was put aside, so that it can end for this reason: with its state, if it has an `on_stop` to run."""
    if cell._behavior.stop_handler is None or isinstance(reason, Killed):
        _unpack(kernel, cell)
    else:
        wake(kernel, cell)


def _unpack(kernel: Kernel, cell: Cell) -> Recorder:
    passive = kernel.passive.pop(cell)
    run = run_of(cell)
    run.number = passive.number
    run.recorder = passive.recorder
    return passive.recorder


def wake(kernel: Kernel, cell: Cell) -> None:
    """Read the state of an actor back into it. It is busy until it is there."""
    recorder = _unpack(kernel, cell)
    found: list[State | None] = []
    waiting = turn.Turn(kernel, cell, None, None, len(kernel.queue))
    reading = keeping.Storing(waiting, lambda: None, lambda _, error: _go_on(kernel, cell, found[0], error))
    cell._table = BUSY

    def take(state: State | None, error: BaseException | None) -> None:
        found.append(state)
        reading.take(error)

    recorder.recover(take)
    if reading.stored:
        _go_on(kernel, cell, found[0], reading.error)
    else:
        reading.wait()


def _go_on(kernel: Kernel, cell: Cell, state: State | None, error: BaseException | None) -> None:
    """Go on where the actor was put aside."""
    run, behavior = run_of(cell), cell._behavior
    if error is not None:
        kernel.reports.publish(Crashed(cell.self, error, None, None))
        exits.end(kernel, cell, Crash(error))
        if run.ending is not None:
            run.ending.never_started = True  # without a state there is nothing to hand to its on_stop
    else:
        if behavior.logic is not None and state is not None:
            from actorweb.kernel import logic  # noqa: PLC0415  (the actor has one)

            logic.put(cell, state.context)
        else:
            cell.context = behavior.first_context() if state is None else state.context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
        life.take_up(kernel, cell, state)
    if run.ending is not None:
        kernel.command(cell, exits.proceed)
        return
    stir(cell)
    release(cell)


def _wake_for(message: object, cell: Cell) -> object:
    """Bring an actor back for a message, which is the first that it handles then."""
    wake(cell.self._kernel, cell)
    table = cell._table
    return table[type(message)](message, cell) if isinstance(table, Other) else dispatch(message, cell)


def _stale(_: object, __: Cell) -> None:
    """Pass over what was for the life before."""


PASSIVE = Other(_wake_for)
PASSIVE[Go] = _stale
PASSIVE[Idle] = _stale
