"""The life of a spawn: start, end, restart.

An end is a small state machine that goes on whenever something it waits for has happened: first the handler and the
tasks are cancelled, then the children end in reverse order of their start, then `on_stop` runs, then others are told.
Each step between actors is a command in the urgent lane, so a tree of any depth ends without recursion.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from actorweb.errors import BadDefinition, StartFailed
from actorweb.kernel import ask, supervision, turn, watch
from actorweb.kernel.ask import Asked
from actorweb.kernel.cell import ActorContext, Ending, kin_of, run_of
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.plan import Ignore
from actorweb.kernel.ref import ActorRef
from actorweb.kernel.reports import Crashed, DeadLetter, Restarted, Started, Stopped, Unkillable
from actorweb.kernel.signals import Crash, Killed, Normal, Reason, Shutdown
from actorweb.kernel.table import ENDING, STARTING, Go, Other, release
from actorweb.kernel.timers import Deadline, Timer
from actorweb.kernel.watch import Notice

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.supervision import ChildSpec
    from actorweb.values.generics import Never

CANCELLING, CHILDREN, STOPPING, TELLING = range(4)
DEFAULT_SHUTDOWN = 5.0
QUIET = (Timer, Notice, ask.Completion, ask.Answer, Go)
"""Kernel messages that are no dead letters: what they tell of is over with the run they were for."""


class Start:
    """The first message of a run."""

    __slots__ = ("reason", "run", "started")

    def __init__(
        self, started: Callable[[ActorRef[Never], BaseException | None], None] | None = None, *, run: int = 0, reason: Reason | None = None
    ) -> None:
        self.started = started
        self.run = run
        self.reason = reason  # why the run before ended, if this is a restart


def is_starting(cell: Cell) -> bool:
    """Tell whether an actor's run has not started yet."""
    run = cell._run
    return cell._table is STARTING or (run is not None and run.turn is not None and is_start(run.turn.message))


def is_start(message: object) -> bool:
    """Tell whether a message is the first of a run."""
    return type(message) is Start


def spawn(
    kernel: Kernel,
    behavior: Behavior[Never, object],
    *,
    name: str | None,
    parent: Cell | None,
    spec: ChildSpec | None = None,
) -> Cell:
    """Make a cell and reserve its name. Its `Start` is for the caller to send."""
    behavior.check_bound()
    cell: Cell = ActorContext()
    ref: ActorRef[object] = ActorRef(kernel, cell)
    cell._behavior = behavior
    cell._table = STARTING
    cell._kin = None
    cell._run = None
    cell._version = 0
    cell.context = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    cell.self = ref  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    if name is not None:
        if not isinstance(name, str) or not name or "/" in name:
            raise BadDefinition(f"an actor was to be named {name!r}", "a text that is not empty and has no '/'", "choose another name")
        kernel.registry.reserve(name, cell)
        kin_of(cell).name = name
    if parent is None:
        kernel.roots[cell] = None
    else:
        kin = kin_of(cell)
        kin.parent = parent
        kin.spec = spec
        family = kin_of(parent)
        if family.children is None:
            family.children = {}
        family.children[cell] = None
    return cell


def unspawn(kernel: Kernel, cell: Cell) -> None:
    """Undo a spawn whose turn raised: the actor has never been."""
    cell._table = DEAD
    run_of(cell).ended = True
    _leave(kernel, cell)


def start(message: Start, cell: Cell) -> None:
    """Make the first context and run `on_start`, which is a turn."""
    kernel = cell.self._kernel
    behavior = cell._behavior
    run = cell._run
    if message.run != (0 if run is None else run.number):
        return  # that run was ended before it began
    context = behavior.first_context()
    if run is not None and run.number:
        turn.change_context(kernel, cell, context)
    else:
        cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    if behavior.supervision is not None:
        supervision.begin(kernel, cell, message)
        return
    if behavior.start_handler is None:
        started(kernel, cell, message)
        return
    mark = len(kernel.queue)
    result = behavior.start_handler(cell)
    if isinstance(result, Awaitable):
        result = turn.begin(kernel, cell, result, message, mark, None)
    if result is not turn.PENDING:
        commit_start(kernel, cell, message, result)


def _not_started(message: Start, cell: Cell) -> None:
    """Tell who waits for a start that the actor was ended before it."""
    if message.started is not None:
        message.started(cell.self, StartFailed(cell.self, None, "it was stopped before it had started"))


STARTING[Start] = start
ENDING[Start] = _not_started


def commit_start(kernel: Kernel, cell: Cell, message: object, result: object) -> None:
    """Commit what `on_start` returned, and let the actor take messages."""
    if not isinstance(message, Start):
        return
    if type(result) is Ignore:
        ending = _begin_end(kernel, cell, Normal())
        ending.stage = TELLING
        ending.start_ignored = message
        kernel.command(cell, proceed)
        return
    turn.settle(kernel, cell, result, message, len(kernel.queue))
    if cell._table is not ENDING:
        started(kernel, cell, message)
    elif message.started is not None:
        message.started(cell.self, None)


def started(kernel: Kernel, cell: Cell, message: Start) -> None:
    """End the start: tell those who wait, and take messages."""
    release(cell)
    run = cell._run
    if run is not None and run.observers:
        kernel.changed[cell] = None
    if kernel.reports.wanted:
        kernel.reports.publish(Started(cell.self) if message.reason is None else Restarted(cell.self, message.reason))
    if message.started is not None:
        message.started(cell.self, None)
    parent = None if cell._kin is None else cell._kin.parent
    if parent is not None and parent._behavior.supervision is not None:
        supervision.child_started(kernel, parent, cell)


def start_failed(kernel: Kernel, cell: Cell, message: Start, error: BaseException) -> None:
    """End a start that raised: nothing of it is left, and whoever waits is told why."""
    if isinstance(error, StartFailed) and error.ref is cell.self:
        failure = error
    else:
        failure = StartFailed(cell.self, None, f"{type(error).__name__}: {error}")
        failure.__cause__ = error
    ending = _begin_end(kernel, cell, Crash(failure))
    ending.start_failed = message
    kernel.command(cell, proceed)


def end(kernel: Kernel, cell: Cell, reason: Reason, stopped: Callable[[], None] | None = None, timeout: float | None = None) -> None:
    """Begin to end a run, before its waiting messages. `stopped` is called when it has ended."""
    run = run_of(cell)
    if run.ended:
        if stopped is not None:
            stopped()
        return
    if run.ending is None:
        interrupted = run.turn.message if run.turn is not None else None
        never_started = cell._table is STARTING
        ending = _begin_end(kernel, cell, reason, timeout)
        ending.never_started = never_started
        if cell._behavior.supervision is not None:
            interrupted = supervision.interrupted_start(cell) or interrupted
        if isinstance(interrupted, Start):
            ending.start_failed = interrupted
        kernel.command(cell, proceed)
    if stopped is not None and run.ending is not None:
        run.ending.stopped.append(stopped)


def _begin_end(kernel: Kernel, cell: Cell, reason: Reason, timeout: float | None = None) -> Ending:
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
    if run.turn is not None or run.tasks:
        spec = None if cell._kin is None else cell._kin.spec
        given = timeout if timeout is not None else DEFAULT_SHUTDOWN if spec is None else spec.seconds
        if given is not None:
            ending.deadline = Deadline(kernel.world.now() + given, partial(kernel.command, cell, _detach))
            kernel.clock.set(ending.deadline)
    return ending


def _detach(kernel: Kernel, cell: Cell) -> None:
    """Go on without a coroutine that would not end by its deadline."""
    run = run_of(cell)
    ending = run.ending
    if ending is None:
        return
    if run.turn is not None or run.tasks:
        if run.turn is not None:
            if run.turn.asked is not None:
                run.deferred[run.turn.asked] = None
                run.turn.asked.deferred = True
            run.turn.ended = True
            kernel.undo(run.turn.sends)
            run.turn = None
        run.tasks.clear()
        kernel.reports.publish(Unkillable(cell.self))
    elif ending.stage == STOPPING:
        ending.stage = TELLING
        kernel.reports.publish(Unkillable(cell.self))
    proceed(kernel, cell)


def proceed(kernel: Kernel, cell: Cell) -> None:
    """Go on with an end as far as it goes."""
    run = cell._run
    if run is None or run.ending is None:
        return
    ending = run.ending
    if ending.stage == CANCELLING:
        if run.turn is not None or run.tasks:
            return
        ending.stage = CHILDREN
    if ending.stage == CHILDREN:
        children = None if cell._kin is None else cell._kin.children
        if children:
            last = next(reversed(children))
            if last._run is None or last._run.ending is None:
                kernel.command(last, end_child)
            return
        ending.stage = STOPPING
        if _call_on_stop(kernel, cell, ending):
            return
        ending.stage = TELLING
    if ending.stage == TELLING:
        _conclude(kernel, cell, ending)


def end_child(kernel: Kernel, cell: Cell) -> None:
    """End a child because its parent ends: with `Shutdown`, or as its spec's shutdown says."""
    spec = None if cell._kin is None else cell._kin.spec
    end(kernel, cell, Killed() if spec is not None and spec.shutdown == "brutal_kill" else Shutdown())


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
    task: asyncio.Task[object] = kernel.world.task(turn.awaited(result))

    def done(ended: asyncio.Task[object]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if ending.stage == STOPPING:
            if error is not None:
                _on_stop_raised(kernel, cell, ending, error, len(kernel.queue))
            ending.stage = TELLING
            kernel.command(cell, proceed)

    task.add_done_callback(done, context=kernel.context)
    if ending.deadline is None:
        ending.deadline = Deadline(kernel.world.now() + DEFAULT_SHUTDOWN, partial(kernel.command, cell, _detach))
        kernel.clock.set(ending.deadline)
    return True


def _on_stop_raised(kernel: Kernel, cell: Cell, ending: Ending, error: BaseException, mark: int) -> None:
    kernel.cut(mark)
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
    start_message = ending.start_failed
    run.turn = None
    run.modes = ("default",)
    if decision is not supervision.Decision.LEAVE:
        waiting = deque((*run.stash, *(run.inbox or ())))
        run.stash = []
        run.inbox = waiting
        if decision is supervision.Decision.TOGETHER:
            run.inbox = None
            _dead_letters(kernel, cell, waiting, reason, "restarted")
        run.number += 1
        run.ending = None
        cell._table = STARTING
        watch.tell_watchers(cell, reason, restarting=True)
        if decision is supervision.Decision.RESTART:
            start_again(kernel, cell, reason)
    else:
        _bury(kernel, cell, reason)
        told = kin is not None and parent is not None and parent in kin.watchers
        watch.tell_watchers(cell, reason, restarting=False)
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
    for stopped in ending.stopped:
        stopped()
    if parent is not None:
        supervision.child_ended(kernel, parent, cell, reason, decision=decision, start_failed=start_message is not None)


def _bury(kernel: Kernel, cell: Cell, reason: Reason) -> None:
    """End a spawn for good. What waited becomes dead letters; the name is free."""
    run = run_of(cell)
    run.ended = True
    cell._table = DEAD
    waiting = (*run.stash, *(run.inbox or ()))
    run.stash = []
    run.inbox = None
    _dead_letters(kernel, cell, waiting, reason, "stopped")
    _leave(kernel, cell)


def start_again(kernel: Kernel, cell: Cell, reason: Reason) -> None:
    """Begin the next run of a spawn whose run before ended for this reason."""
    kernel.post((cell, Start(run=run_of(cell).number, reason=reason)))


def _dead_letters(kernel: Kernel, cell: Cell, messages: Iterable[object], reason: Reason, why: str) -> None:
    for message in messages:
        if type(message) is Asked:
            ask.stopped(message, reason)
        elif type(message) is Delivery:
            message.handled()
            kernel.reports.publish(DeadLetter(cell.self, message.message, why))
        elif not isinstance(message, QUIET):
            kernel.reports.publish(DeadLetter(cell.self, message, why))


def _leave(kernel: Kernel, cell: Cell) -> None:
    kin = cell._kin
    if kin is not None and kin.name is not None:
        kernel.registry.release(kin.name, cell)
    if kin is not None and kin.parent is not None:
        family = kin.parent._kin
        if family is not None and family.children is not None:
            family.children.pop(cell, None)
    else:
        kernel.roots.pop(cell, None)


def _dead(message: object, cell: Cell) -> None:
    """Deal with a message to an actor that has ended."""
    if type(message) is Asked:
        ask.stopped(message)
    elif type(message) is Delivery:
        message.handled()
        cell.self._kernel.reports.publish(DeadLetter(cell.self, message.message, "stopped"))
    elif not isinstance(message, QUIET):
        cell.self._kernel.reports.publish(DeadLetter(cell.self, message, "stopped"))


DEAD = Other(_dead)
DEAD[Start] = _not_started

