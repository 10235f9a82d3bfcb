"""A turn: one message handled by one actor, from taking it to committing its plan.

A turn is a transaction. What a sync handler sends is the tail of the queue behind a mark and is cut off again when the
handler raises. What an async handler sends stays in its `Turn` from its first wait on. A plan is checked as a whole
before the first thing of it happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING

from actorweb.errors import NoReply, UnhandledRequest
from actorweb.kernel import commit, exits, life, rollback
from actorweb.kernel.ask import TURN, Asked
from actorweb.kernel.cell import run_of
from actorweb.kernel.checked import check_context
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.plan import MessagePlan, Stepped
from actorweb.kernel.reports import StrayMessage
from actorweb.kernel.table import BUSY, QUEUEING, Unkept, handler_of, handles, lookup, mode_of, release, unhandled

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.tracing import Origin
    from actorweb.kernel.world import Envelope


class Turn:
    """A turn whose handler is async. Its sends wait here from its first wait on.

    Without slots on purpose: what most turns never need has its default in the class, and making one takes half the time.
    """

    eager: bool = True  # its handler has not waited yet: what it sends is the tail of the queue behind the mark
    ended: bool = False
    task: asyncio.Task[object] | None = None
    origin: Origin | None = None
    lost: Callable[[], None] | None = None  # who is to hear if its actor goes on without it

    def __init__(self, kernel: Kernel, cell: Cell, message: object, asked: Asked | None, mark: int) -> None:
        self.kernel = kernel
        self.cell = cell
        self.message = message
        self.asked = asked
        self.mark: int = mark

    def wait(self) -> None:
        """Go on with a handler that waits: take its sends out of the queue."""
        self.eager = False
        self.sends: list[Envelope] = []
        queue = self.kernel.queue
        while len(queue) > self.mark:
            self.sends.append(queue.pop())
        self.sends.reverse()

    @property
    def waits(self) -> dict[Asked, None]:
        """The asks that the handler waits for."""
        waits = self.__dict__.get("_waits")
        if waits is None:
            waits = self.__dict__["_waits"] = {}
        return waits

    def collect(self, envelope: Envelope) -> bool:
        """Take what the handler sends; False when the turn has ended, so that it goes out as if from outside."""
        if not self.ended:
            self.sends.append(envelope)
            return True
        target, message = envelope
        self.kernel.reports.publish(StrayMessage(target.self, message))
        return False

    def pass_point_of_no_return(self, envelope: Envelope) -> None:
        """Let out what was sent so far, in order, and then this."""
        kernel = self.kernel
        envelope = kernel.admit(envelope)
        if self.eager:
            kernel.queue.append(envelope)
            self.mark = len(kernel.queue)
        else:
            sends = [*kernel.admit_all(self.sends), envelope]
            self.sends = []
            tracing = kernel.tracer
            if tracing is not None:
                tracing.resume(self)
            kernel.post_all(sends)
            if tracing is not None:
                tracing.resume(None)


class Pending:
    """What `begin` gives for a handler that goes on."""

    __slots__ = ()


PENDING = Pending()


def settle(kernel: Kernel, cell: Cell, result: object, message: object, mark: int, asked: Asked | None = None) -> object:
    """Commit what a handler returned, or go on with it if it is async. Gives the result, or `PENDING`."""
    kind = type(result)
    if kind is Stepped:
        commit.change_state(kernel, cell, result.state)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (a Stepped has one)
        return result
    if kind is Unkept:
        result = result.result  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (an Unkept has one)
        kind = type(result)
    if kind is CoroutineType or (kind is not MessagePlan and isinstance(result, Awaitable)):
        result = begin(kernel, cell, result, message, mark, asked)
        if result is PENDING:
            return result
        kind = type(result)
    if cell._behavior.kept:
        from actorweb.kernel import keeping  # noqa: PLC0415  (its room opens with the first actor whose state is kept)

        return keeping.settle(kernel, cell, result, message, mark, asked)
    if kind is MessagePlan:
        commit.commit(kernel, cell, result, message, asked)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a plan is a dict)
    elif result is not None:
        if kind is not cell._behavior.context_class:
            check_context(cell, result)
        commit.change_context(kernel, cell, result)
    return result


@handles(Asked)
def serve(asked: Asked, cell: Cell) -> None:
    """Handle a request that somebody waits for."""
    kernel = cell.self._kernel
    request = asked.request
    mark = len(kernel.queue)
    handler = handler_of(request, cell)
    if handler is unhandled:
        _refuse(asked, cell)
        return
    kernel.asked = asked
    first = mode_of(cell).first
    if first is not None:
        first(cell)
    result = handler(request, cell)
    if result is not None:
        result = settle(kernel, cell, result, asked, mark, asked)
    kernel.asked = None
    if kernel.tracer is not None:
        kernel.tracer.served = result
    if not asked.done and not (result is PENDING or answers(result)):
        asked.finish(None, NoReply(cell.self, request))


@handles(Delivery)
def deliver(delivery: Delivery, cell: Cell) -> None:
    """Handle a message whose sender wants to know when that is done."""
    kernel = cell.self._kernel
    mark = len(kernel.queue)
    try:
        result = settle(kernel, cell, lookup(cell, type(delivery.message))(delivery.message, cell), delivery, mark)
    except BaseException:
        delivery.handled()
        raise
    if result is not PENDING:
        delivery.handled()


def _refuse(asked: Asked, cell: Cell) -> None:
    mode = mode_of(cell)
    known = ", ".join(sorted({kind.__name__ for kind in cell._behavior.messages.values()} | set(mode.strings))) or "no messages at all"
    asked.finish(None, UnhandledRequest(cell.self, asked.request, known))


def answers(result: object) -> bool:
    """Tell whether a result says what becomes of a request: NoReply is for all others."""
    if type(result) is not MessagePlan:
        return False
    given: dict[str, object] = result  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
    return "reply" in given or any(given.get(name) for name in ("defer", "stash", "stop"))


def begin(kernel: Kernel, cell: Cell, awaitable: object, message: object, mark: int, asked: Asked | None) -> object:
    """Go on with an async handler. Gives its result, or `PENDING` if it waits for something.

    While it waits the actor is busy and keeps what comes in its inbox. Where Python starts tasks eagerly, a handler that
    never waits has ended when this returns; raises what it raised.
    """
    turn = Turn(kernel, cell, message, asked, mark)
    if kernel.tracer is not None:
        turn.origin = kernel.tracer.origin
    coroutine = awaitable if type(awaitable) is CoroutineType else awaited(awaitable)
    token = TURN.set(turn)
    try:
        task: asyncio.Task[object] = kernel.start_task(coroutine)
    finally:
        TURN.reset(token)
    if task.done():
        turn.ended = True
        error = None if turn.mark == mark else _error_of(cell, task)
        if error is None:
            result = task.result()
            if cell._table is QUEUEING and not cell._behavior.kept:
                release(cell)  # it never waited, so no later end of the turn does it
            return result
        rollback.fail(kernel, cell, message, error, turn.mark, asked)
        if type(message) is Delivery:
            message.handled()
        return PENDING
    turn.task = task
    turn.wait()
    run_of(cell).turn = turn
    cell._table = BUSY
    task.add_done_callback(lambda ended: end_turn(turn, ended), context=kernel.context)
    return PENDING


def end_turn(turn: Turn, task: asyncio.Task[object]) -> None:
    """Commit an async turn that has waited, or undo it. One that was detached ends unheard: its actor has gone on without it."""
    if turn.ended:
        return
    tracing = turn.kernel.tracer
    if tracing is not None:
        tracing.resume(turn)
    result = _resumed(turn, task)
    if tracing is not None:
        tracing.resume(None)
    if result is not PENDING and type(turn.message) is Delivery:
        turn.message.handled()


def _resumed(turn: Turn, task: asyncio.Task[object]) -> object:
    kernel, cell, asked = turn.kernel, turn.cell, turn.asked
    run = run_of(cell)
    turn.ended = True
    if run.turn is turn:
        run.turn = None
    error = _error_of(cell, task)
    if run.ending is not None or run.ended:
        rollback.undo(turn.sends)
        if asked is not None and not asked.done:
            asked.deferred = True
            run.deferred[asked] = None
        kernel.command(cell, exits.proceed)
        return None
    mark = len(kernel.queue)
    result: object = None
    if error is None:
        result = task.result()
        try:
            turn.sends = kernel.admit_all(turn.sends)
            kernel.post_all(turn.sends)
            turn.sends = []
            if isinstance(result, Awaitable):
                check_context(cell, result)  # an awaitable of an awaitable: never a context
            if life.is_start(turn.message):
                life.commit_start(kernel, cell, turn.message, result)
            elif settle(kernel, cell, result, turn.message, mark, asked) is PENDING:
                return PENDING
        except Exception as failure:  # noqa: BLE001  (whatever the commit raises is a crash of the turn)
            error = failure
    if error is not None:
        rollback.undo(turn.sends)
        rollback.fail(kernel, cell, turn.message, error, mark, asked)
        return None
    finish(turn, result)
    return None


def finish(turn: Turn, result: object) -> None:
    """Go on after a turn that has waited and is committed."""
    kernel, cell, asked = turn.kernel, turn.cell, turn.asked
    if asked is not None and not answers(result):
        asked.finish(None, NoReply(cell.self, asked.request))
    if kernel.tracer is not None and not life.is_start(turn.message):
        kernel.trace_turn(cell, turn.message, result, None, turn.origin)
    if cell._behavior.idle is not None and not life.is_start(turn.message):
        from actorweb.kernel import idle  # noqa: PLC0415  (its room opens with the first behavior that wants it)

        if type(turn.message) is not idle.Idle:
            idle.stir(cell)
    if cell._table is BUSY and run_of(cell).turn is None:  # an order that was carried out meanwhile may be under way
        release(cell)


def _error_of(cell: Cell, task: asyncio.Task[object]) -> BaseException | None:
    if task.cancelled():
        return asyncio.CancelledError(f"{cell.self}: its handler was cancelled")
    return task.exception()


async def awaited(awaitable: object) -> object:
    """Make a coroutine of what is awaitable only."""
    if isinstance(awaitable, Awaitable):
        return await awaitable
    return awaitable
