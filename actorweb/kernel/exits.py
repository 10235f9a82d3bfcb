"""How a run ends.

An end is a small state machine that goes on whenever something it waits for has happened: first the handler and the
tasks are cancelled, then the children end in reverse order of their start, then `on_stop` runs, then others are told.
Each step between actors is a command in the urgent lane, so a tree of any depth ends without recursion.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING

from actorweb.errors import StartFailed
from actorweb.kernel import ask, life, rollback, stash, supervision, turn, watch
from actorweb.kernel.ask import Asked
from actorweb.kernel.cell import Ending, run_of
from actorweb.kernel.delivery import Delivery, Wrapped, unwrap
from actorweb.kernel.reports import Crashed, DeadLetter, LateReply, Stopped, Unkillable
from actorweb.kernel.signals import Crash, Killed, Reason, Shutdown
from actorweb.kernel.table import ENDING, HOLDING, STARTING, Other, handles, system_handlers
from actorweb.kernel.timers import Deadline

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel

CANCELLING, CHILDREN, STOPPING, TELLING = range(4)
DEFAULT_SHUTDOWN = 5.0


def end(kernel: Kernel, cell: Cell, reason: Reason, stopped: Callable[[], None] | None = None, timeout: float | None = None) -> None:
    """Begin to end a run, before its waiting messages. `stopped` is called when it has ended."""
    run = run_of(cell)
    if run.ended:
        if stopped is not None:
            stopped()
        return
    if cell in kernel.passive:
        from actorweb.kernel import passivation  # noqa: PLC0415  (it has put the actor aside)

        passivation.bring_back(kernel, cell, reason)
    if run.ending is None:
        interrupted = run.turn.message if run.turn is not None else None
        never_started = cell._table is STARTING or cell._table is CLEARING
        ending = begin_end(kernel, cell, reason, timeout)
        ending.never_started = never_started
        if cell._behavior.supervision is not None:
            interrupted = supervision.interrupted_start(cell) or interrupted
        if isinstance(interrupted, life.Start):
            ending.start_failed = interrupted
        kernel.command(cell, proceed)
    if stopped is not None and run.ending is not None:
        run.ending.stopped.append(stopped)


def begin_end(kernel: Kernel, cell: Cell, reason: Reason, timeout: float | None = None) -> Ending:
    """Stop taking messages, let the timers go, and cancel what runs."""
    run = run_of(cell)
    ending = run.ending = Ending(reason)
    cell._table = ENDING
    for timer in run.timers.values():
        kernel.clock.forget(timer)
    run.timers.clear()
    if run.turn is not None and run.turn.task is not None:
        run.turn.task.cancel()
    for task in tuple(run.tasks):
        task.cancel()
    run.keyed.clear()
    if run.silence is not None:
        from actorweb.kernel import idle  # noqa: PLC0415  (its room opens with the first behavior that wants it)

        idle.still(cell)
    spec = None if cell._kin is None else cell._kin.spec
    ending.seconds = timeout if timeout is not None else DEFAULT_SHUTDOWN if spec is None else spec.seconds
    # A time that somebody gave is for the whole subtree; the default is for the actor's own coroutines.
    ending.whole = timeout is not None or spec is not None
    if run.turn is not None or run.tasks or (ending.whole and cell._kin is not None and cell._kin.children):
        _set_deadline(kernel, cell, ending)
    return ending


def _set_deadline(kernel: Kernel, cell: Cell, ending: Ending) -> None:
    """Bound how long the coroutines of an actor that ends may take, from the first that is waited for."""
    if ending.deadline is None and ending.seconds is not None:
        ending.deadline = Deadline(kernel.world.now() + ending.seconds, partial(kernel.command, cell, _detach))
        kernel.clock.set(ending.deadline)


def _detach(kernel: Kernel, cell: Cell) -> None:
    """Go on without a coroutine that would not end by its deadline."""
    run = run_of(cell)
    ending = run.ending
    if ending is None:
        return
    ending.deadline = None
    if ending.stage <= CHILDREN and ending.whole:
        children = supervision.in_start_order(cell)
        if ending.stage == CHILDREN and children:
            ending.reason = Killed()  # as OTP kills a supervisor that takes too long
        for child in reversed(children):
            kernel.command(child, kill_tree)
    if run.turn is not None or run.tasks:
        if run.turn is not None:
            if run.turn.asked is not None:
                run.deferred[run.turn.asked] = None
                run.turn.asked.deferred = True
            run.turn.ended = True
            if type(run.turn.message) is Delivery:
                run.turn.message.handled()
            rollback.undo(run.turn.sends)
            if run.turn.lost is not None:
                run.turn.lost()
            run.turn = None
        run.tasks.clear()
        kernel.reports.publish(Unkillable(cell.self))
    elif ending.stage == STOPPING:
        ending.stage = TELLING
        if ending.task is not None:
            ending.task.cancel()
        kernel.reports.publish(Unkillable(cell.self))
    proceed(kernel, cell)


def proceed(kernel: Kernel, cell: Cell) -> None:
    """Go on with an end as far as it goes."""
    run = cell._run
    if run is None or run.ending is None or run.ended:
        return  # a step that was ordered twice: the end is over
    ending = run.ending
    if ending.stage == CANCELLING:
        if run.turn is not None or run.tasks:
            return
        ending.stage = CHILDREN
    if ending.stage == CHILDREN:
        if _children_end(kernel, cell, ending):
            return
        ending.stage = STOPPING
        if _call_on_stop(kernel, cell, ending):
            return
        ending.stage = TELLING
    if ending.stage == TELLING:
        _conclude(kernel, cell, ending)


def shut_down(kernel: Kernel, done: Callable[[], None]) -> None:
    """End all actors that have no parent, the newest first, one after the other."""
    kernel.closed = True
    waiting = list(kernel.roots)

    def go_on() -> None:
        while waiting:
            last = waiting.pop()
            if last in kernel.roots:
                kernel.command(last, lambda _, cell: end(kernel, cell, Shutdown(), go_on))
                return
        done()

    go_on()


def kill_all(kernel: Kernel) -> None:
    """End what has not ended, at once and without its `on_stop`."""
    for cell in tuple(kernel.roots):
        kernel.command(cell, kill_tree)


def kill_tree(kernel: Kernel, cell: Cell) -> None:
    """End an actor and all below it at once: without `on_stop`, and without waiting for any coroutine."""
    for child in reversed(supervision.in_start_order(cell)):
        kernel.command(child, kill_tree)
    ending = None if cell._run is None else cell._run.ending
    if ending is None:
        end(kernel, cell, Killed(), timeout=0.0)
    else:
        _detach(kernel, cell)


def _children_end(kernel: Kernel, cell: Cell, ending: Ending) -> bool:
    """End the children in reverse order of their start, one after the other; those of a dynamic supervisor all at once. True while one is left."""
    if ending.children is None:
        ending.children = supervision.in_start_order(cell)
        spec = cell._behavior.supervision
        if spec is not None and spec.strategy == "dynamic":
            for child in reversed(ending.children):
                kernel.command(child, end_child)
    children = ending.children
    while children and children[-1]._run is not None and children[-1]._run.ended:
        children.pop()
    if not children:
        return False
    last = children[-1]
    if last._run is None or last._run.ending is None:
        kernel.command(last, end_child)
    return True


def end_child(kernel: Kernel, cell: Cell, stopped: Callable[[], None] | None = None) -> None:
    """End a child because its parent ends or wants it to: with `Shutdown`, or as its spec's shutdown says."""
    spec = None if cell._kin is None else cell._kin.spec
    end(kernel, cell, Killed() if spec is not None and spec.shutdown == "brutal_kill" else Shutdown(), stopped)


def _call_on_stop(kernel: Kernel, cell: Cell, ending: Ending) -> bool:
    """Run `on_stop`; True if it goes on in a task."""
    handler = cell._behavior.stop_handler
    if handler is None or isinstance(ending.reason, Killed) or ending.never_started or ending.start_failed is not None:
        return False
    mark = len(kernel.queue)
    try:
        result = handler(cell)
    except Exception as error:  # noqa: BLE001  (a raise becomes the reason)
        _on_stop_raised(kernel, cell, ending, error, mark)
        return False
    if not isinstance(result, Awaitable):
        return False
    # A coroutine is the task itself: cancelled before its first step, it is closed, and not left unawaited inside another.
    task: asyncio.Task[object] = kernel.world.task(result if isinstance(result, CoroutineType) else turn.awaited(result))

    def done(ended: asyncio.Task[object]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if ending.stage == STOPPING:
            if error is not None:
                _on_stop_raised(kernel, cell, ending, error, len(kernel.queue))
            ending.stage = TELLING
            kernel.command(cell, proceed)

    task.add_done_callback(done, context=kernel.context)
    ending.task = task
    _set_deadline(kernel, cell, ending)
    return True


def _on_stop_raised(kernel: Kernel, cell: Cell, ending: Ending, error: BaseException, mark: int) -> None:
    rollback.cut(kernel, mark)
    ending.reason = Crash(error)
    kernel.reports.publish(Crashed(cell.self, error, "on_stop", cell.context))


def _conclude(kernel: Kernel, cell: Cell, ending: Ending) -> None:
    """End a run whose children have ended and whose `on_stop` has run."""
    run = run_of(cell)
    kin = cell._kin
    parent = None if kin is None else kin.parent
    reason = ending.reason
    if ending.deadline is not None:
        kernel.clock.forget(ending.deadline)
    decision = supervision.decide(kernel, parent, cell, reason) if parent is not None else supervision.Decision.LEAVE
    for asked in tuple(run.deferred):
        ask.stopped(asked, reason)
    run.deferred.clear()
    watch.stop_watching(cell)
    run.suspended = False
    start_message = ending.start_failed
    run.turn = None
    run.modes = ("default",)
    if decision is not supervision.Decision.LEAVE:
        inserted, run.next = run.next, None
        _dead_letters(kernel, cell, inserted or (), reason, "restarted")
        stash.release(run)
        run.number += 1
        run.ending = None
        if run.successor is not None:
            cell._behavior, run.successor = run.successor, None
        cell._table = STARTING
        if supervision.restarts_together(parent):
            # All that was sent before now is lost, wherever it waits. What comes behind the mark waits for the next run.
            waiting, run.inbox = run.inbox, None
            _dead_letters(kernel, cell, waiting or (), reason, "restarted")
            run.restarting = reason
            cell._table = CLEARING
            kernel.post((cell, Cleared(run.number)))
        watch.tell_watchers(cell, reason, restarting=True)
        _tell_linked(cell, reason)
        if decision is supervision.Decision.RESTART:
            life.start_again(kernel, cell, reason)
    else:
        _bury(kernel, cell, reason)
        told = kin is not None and parent is not None and parent in kin.watchers
        watch.tell_watchers(cell, reason, restarting=False)
        _tell_linked(cell, reason)
        if start_message is not None and parent is not None and parent._behavior.supervision is None and not told:
            watch.tell_down(cell, parent, reason, watched=False)
        kernel.reports.publish(Stopped(cell.self, reason)) if kernel.reports.wanted else None
        for _, closed in run.listeners:
            closed()
        run.listeners.clear()
        run.observers.clear()
    asking = start_message or ending.start_ignored
    if asking is not None and asking.started is not None:
        failure = reason.error if start_message is not None and isinstance(reason, Crash) else None
        if start_message is not None and failure is None:
            failure = StartFailed(cell.self, None, f"it was stopped: {reason!r}")
        asking.started(cell.self, failure)
    if run.ended and run.orders:
        from actorweb.kernel import administration  # noqa: PLC0415  (it was opened to give the order)

        administration.refuse(cell, reason)
    for stopped in ending.stopped:
        stopped()
    if parent is not None:
        supervision.child_ended(kernel, parent, cell, reason, decision=decision, ignored=ending.start_ignored is not None)


def _tell_linked(cell: Cell, reason: Reason) -> None:
    if cell._run is not None and cell._run.links:
        from actorweb.kernel import link  # noqa: PLC0415  (it was opened to make the link)

        link.tell_linked(cell, reason)


def _bury(kernel: Kernel, cell: Cell, reason: Reason) -> None:
    """End a spawn for good. What waited becomes dead letters; the name is free."""
    run = run_of(cell)
    run.ended = True
    cell._table = DEAD
    if run.recorder is not None:
        run.recorder.ended()
    waiting = (*(run.next or ()), *run.stash, *(run.inbox or ()))
    run.next = None
    run.stash = []
    run.inbox = None
    moved = run.ending is not None and run.ending.moved
    if moved:
        cell._table = MOVED
    _dead_letters(kernel, cell, waiting, reason, "moved" if moved else "stopped")
    life.leave(kernel, cell)


def _dead_letters(kernel: Kernel, cell: Cell, messages: Iterable[object], reason: Reason, why: str) -> None:
    for message in messages:
        _dead_letter(kernel, cell, message, reason, why)


def _dead_letter(kernel: Kernel, cell: Cell, message: object, reason: Reason | None, why: str) -> None:
    if isinstance(message, Wrapped):
        message.undo(cell)  # its place in a bounded mailbox is free
    inner = unwrap(message)
    if type(inner) is Asked:
        ask.stopped(inner, reason)
    elif type(inner) is ask.Answer:
        inner.asked.done = True  # whoever asked has ended: the answer is late, whatever was open
        kernel.reports.publish(LateReply(inner.asked.target.self, inner.reply))
    elif type(inner) not in system_handlers:  # what the kernel's own messages tell of is over with the run they were for
        kernel.reports.publish(DeadLetter(cell.self, inner, why))
    if type(message) is Delivery:
        message.handled()


def _dead(message: object, cell: Cell) -> None:
    """Deal with a message to an actor that has ended."""
    _dead_letter(cell.self._kernel, cell, message, None, "stopped")


def _moved(message: object, cell: Cell) -> None:
    """Deal with a message to an actor whose state has gone elsewhere."""
    _dead_letter(cell.self._kernel, cell, message, None, "moved")


def _lost(message: object, cell: Cell) -> None:
    """Deal with a message that was sent before its actor was restarted with others."""
    _dead_letter(cell.self._kernel, cell, message, run_of(cell).restarting, "restarted")


class Cleared:
    """Stands in the queue behind all that was sent before a restart."""

    __slots__ = ("run",)

    def __init__(self, run: int) -> None:
        self.run: int = run


@handles(Cleared)
def cleared(message: Cleared, cell: Cell) -> None:
    """Let what comes from now on wait for the next run."""
    run = run_of(cell)
    if cell._table is CLEARING and message.run == run.number:
        run.restarting = None
        cell._table = STARTING


CLEARING = Other(_lost)
for _table in (CLEARING, *HOLDING):
    _table[Cleared] = cleared
CLEARING[life.Start] = life.not_started
DEAD = Other(_dead)
MOVED = Other(_moved)
for _table in (DEAD, MOVED):
    _table[Cleared] = cleared
    _table[life.Start] = life.not_started
