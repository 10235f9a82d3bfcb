"""Ask: watch, send and a one-shot reply. Each ask ends exactly once (OTP: `gen_server:call`).

An ask that is answered within the drain in which it was sent reads no clock and sets no timer: deadlines are given at
the end of the drain to those that are still open.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from actorweb.errors import ActorStopped, AskCycle, AskError, AskInSyncHandler, AskTimeout, MailboxFull
from actorweb.kernel.reports import LateReply, NothingMade
from actorweb.kernel.signals import NoProc
from actorweb.kernel.table import HOLDING, dispatch, handles, hold
from actorweb.kernel.timers import Deadline

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.plan import Ask
    from actorweb.kernel.ref import ReplyTo
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.turn import Turn
    from actorweb.values.message import Asks

M = TypeVar("M")
R = TypeVar("R")

TURN: ContextVar[Turn | None] = ContextVar("actorweb.turn", default=None)
"""The async turn that the running code belongs to. A sync handler has none: it is the tail of the queue."""


class Asked:
    """A request on its way, with what waits for its answer. It stands in the queue in the request's place."""

    __slots__ = ("address", "answered", "completion", "deadline", "deferred", "done", "future", "number", "request", "target", "timeout")

    def __init__(
        self,
        target: Cell,
        request: object,
        timeout: float,
        future: asyncio.Future[object] | None = None,
        answered: Callable[[object, AskError | None], None] | None = None,
        address: Cell | None = None,
        completion: Callable[[object, AskError | None], Completion] | None = None,
    ) -> None:
        self.target: Cell = target
        self.request: object = request
        self.timeout: float = timeout
        self.future: asyncio.Future[object] | None = future
        self.answered: Callable[[object, AskError | None], None] | None = answered
        # An ask in a plan: who asks, and what makes of its end the message that the asker handles.
        self.address: Cell | None = address
        self.completion: Callable[[object, AskError | None], Completion] | None = completion
        self.deadline: Deadline | None = None
        self.done: bool = False
        self.deferred: bool = False
        self.number: int = 0  # given when its address is first written down
        target.self._kernel.fresh.append(self)  # the end of the drain gives its deadline, if it is open by then

    @property
    def reply_to(self) -> ReplyTo[object]:
        """The address for a deferred answer."""
        from actorweb.kernel.ref import ReplyTo  # noqa: PLC0415  (ref imports ask)

        return ReplyTo(self)

    def finish(self, value: object, error: AskError | None = None) -> None:
        """End the ask. A second answer, or one for an asker that gave up, is reported."""
        if not self.close(value, error):
            return
        future = self.future
        if future is not None:
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)
        elif self.completion is not None and self.address is not None:
            self.target.self._kernel.post((self.address, self.completion(value, error)))
        elif self.answered is not None:
            self.answered(value, error)

    def close(self, value: object, error: AskError | None = None) -> bool:
        """Note that the ask has ended; False, and an answer is reported, if it had ended before or nobody waits any more."""
        kernel = self.target.self._kernel
        if self.deadline is not None:
            kernel.clock.forget(self.deadline)
        if self.number:
            kernel.addresses.close(self)
        if self.deferred:
            self.deferred = False
            run = self.target._run
            if run is not None:
                run.deferred.pop(self, None)
        future = self.future
        if self.done or (future is not None and future.done()):
            if error is None:
                kernel.reports.publish(LateReply(self.target.self, value))
            return False
        self.done = True
        return True


class Answer:
    """A deferred answer on its way to the asker, so that it keeps its place behind what its sender sent before."""

    __slots__ = ("asked", "completion", "reply")

    def __init__(self, asked: Asked, reply: object) -> None:
        self.asked: Asked = asked
        self.reply: object = reply
        self.completion: Completion | None = None

    @property
    def envelope(self) -> tuple[Cell, Answer]:
        """Where it goes: to the actor that asks in a plan; to nobody's actor where a future or a function waits."""
        address = self.asked.address
        if address is None:
            from actorweb.kernel import effect  # noqa: PLC0415  (effect imports this)

            address = effect.clerk_of(self.asked.target.self._kernel)
        return address, self


@handles(Answer)
def take_answer(answer: Answer, cell: Cell) -> object:
    """End the ask that an `Answer` is for; its actor handles what comes of it in this turn."""
    asked = answer.asked
    if asked.completion is None or asked.address is not cell:
        asked.finish(answer.reply)
        return None
    if not asked.close(answer.reply):
        return None
    answer.completion = asked.completion(answer.reply, None)
    return complete(answer.completion, cell)


def hold_answer(answer: Answer, cell: Cell) -> None:
    """End the ask of an actor that takes no messages at present: what comes of it waits."""
    asked = answer.asked
    if asked.completion is not None and asked.close(answer.reply):
        hold(asked.completion(answer.reply, None), cell)


for _table in HOLDING:
    _table[Answer] = hold_answer


class Completion:
    """The end of an `Ask` or a `Task` of a plan: `make(value)` is run in a turn of its actor and gives the message to handle."""

    __slots__ = ("error", "made", "make", "run", "value")

    def __init__(self, run: int, make: Callable[[Never], object] | None, value: object, error: BaseException | None) -> None:
        self.run: int = run
        self.make: Callable[[Never], object] | None = make
        self.value: object = value
        self.error: BaseException | None = error
        self.made: object = None  # the message, once its turn has come


if TYPE_CHECKING:
    from actorweb.values.generics import Never


@handles(Completion)
def complete(completion: Completion, cell: Cell) -> object:
    """Make the message of a completion and handle it, unless it is for an earlier run."""
    run = cell._run
    if completion.run != (0 if run is None else run.number):
        return None
    make: Callable[[object], object] | None = completion.make  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (Ask and Task checked the pair)
    if completion.error is not None:
        if make is None:
            raise completion.error
        made = make(completion.error)
    else:
        made = None if make is None else make(completion.value)
    if made is None:
        cell.self._kernel.reports.publish(NothingMade(cell.self))
        return None
    completion.made = made
    return dispatch(made, cell)


def refuse_in_sync_handler(kernel: Kernel, request: object) -> None:
    """Raise `AskInSyncHandler` where nothing could await the answer."""
    if kernel.draining and TURN.get() is None:
        raise AskInSyncHandler(
            f"ref.ask({request!r}) was called in a sync handler",
            "an async handler, which can await the answer",
            "make the handler `async def`, or return MessagePlan(ask=[Ask(ref, request, on_reply=…)])",
        )


async def answer_of(kernel: Kernel, target: Cell, request: Asks[M, R], timeout: float) -> R:  # noqa: ASYNC109  (an ask always has one)
    """Send a request and wait for its end. In an async handler this is a point of no return."""
    future: asyncio.Future[R] = kernel.world.future()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (resolved with the reply of this request, whose type is R)
    turn = TURN.get()
    waits = turn is not None and not turn.ended and turn.kernel is kernel
    if turn is not None and waits:
        path = _circle(turn.cell, target)
        if path:
            raise AskCycle(tuple(cell.self.path for cell in path))
    asked = Asked(target, request, timeout, future)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (as above)
    try:
        if turn is None or not waits:
            kernel.post(kernel.admit((target, asked)))
            return await future
        turn.pass_point_of_no_return((target, asked))
    except MailboxFull:
        asked.done = True  # it was never sent
        raise
    turn.waits[asked] = None
    try:
        return await future
    finally:
        del turn.waits[asked]


def ask_with(kernel: Kernel, target: Cell, request: object, timeout: float, answered: Callable[[object, AskError | None], None]) -> None:
    """Send a request from outside; its end calls `answered(reply, error)`."""
    kernel.send(target.self, Asked(target, request, timeout, answered=answered))


def plan_ask(cell: Cell, ask: Ask) -> tuple[Cell, object]:
    """Make the envelope of an `Ask` in a plan: its end is a `Completion` for the asker's run."""
    run = 0 if cell._run is None else cell._run.number
    target = ask.ref._cell
    return target, Asked(target, ask.request, ask.timeout, address=cell, completion=partial(_completion, run, ask))


def _completion(run: int, ask: Ask, value: object, error: AskError | None) -> Completion:
    return Completion(run, ask.on_reply if error is None else ask.on_error, value, error)


def give_deadlines(kernel: Kernel) -> None:
    """Give each ask that this drain left open the time at which it fails."""
    fresh = kernel.fresh
    now: float | None = None
    for asked in fresh:
        if asked.done or (asked.future is not None and asked.future.done()):
            continue
        if now is None:
            now = kernel.world.now()
        asked.deadline = Deadline(now + asked.timeout, partial(_time_out, asked))
        kernel.clock.set(asked.deadline)
    fresh.clear()


def _time_out(asked: Asked) -> None:
    asked.finish(None, AskTimeout(asked.target.self, asked.request, asked.timeout))


def stopped(asked: Asked, reason: object = None) -> None:
    """End an ask whose target has ended."""
    asked.finish(None, ActorStopped(asked.target.self, NoProc() if reason is None else reason))


def _circle(asker: Cell, target: Cell) -> list[Cell]:
    """Give the path from the asker back to itself along awaited asks, or nothing."""
    path = [asker]
    seen: dict[Cell, None] = {}

    def reaches(cell: Cell) -> bool:
        path.append(cell)
        if cell is asker:
            return True
        if cell not in seen:
            seen[cell] = None
            turn = None if cell._run is None else cell._run.turn
            if turn is not None and any(reaches(asked.target) for asked in turn.waits):
                return True
        path.pop()
        return False

    return path if reaches(target) else []
