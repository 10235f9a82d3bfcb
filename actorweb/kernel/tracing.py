"""Tracing: what each turn was, who caused it, and what came of it.

A tracer that is not set costs nothing: to trace is to put another queue in the place of the kernel's, which notes on each
message who sent it in which turn, and to take it out again when nobody listens any more.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.errors import EncodeError
from actorweb.kernel.ask import Answer, Asked
from actorweb.kernel.delivery import Wrapped
from actorweb.kernel.effect import Effect
from actorweb.kernel.life import Start
from actorweb.kernel.mailbox import Counted, hold_counted, is_counted
from actorweb.kernel.reports import TracerFailed, TurnTrace
from actorweb.kernel.rollback import inner
from actorweb.kernel.table import HOLDING, Go, Unkept, dispatch, handles, hold, system_handlers
from actorweb.values.codec import dumps, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.turn import Turn
    from actorweb.kernel.world import Envelope, Queue
    from actorweb.values.json import Json


class Traced(Wrapped):
    """A message with the actor that sent it and the number of the turn in which it did; None for what came from outside."""

    __slots__ = ("cause", "sender")

    def __init__(self, message: object, sender: ActorRef[object] | None, cause: int | None) -> None:
        super().__init__(message)
        self.sender: ActorRef[object] | None = sender
        self.cause: int | None = cause

    def undo(self, cell: Cell) -> None:
        """Take back what is inside."""
        if isinstance(self.message, Wrapped):
            self.message.undo(cell)


class Origin:
    """The number of a turn, and where its message came from."""

    __slots__ = ("cause", "number", "sender")

    def __init__(self, number: int) -> None:
        self.number: int = number
        self.sender: ActorRef[object] | None = None
        self.cause: int | None = None


class TracingQueue:
    """The kernel's queue while somebody traces."""

    def __init__(self, tracing: Tracing, queue: Queue) -> None:
        self.queue: Queue = queue
        self._tracing = tracing

    def __len__(self) -> int:
        return len(self.queue)

    def append(self, envelope: Envelope, /) -> None:
        """Put a message in, with a note of who sends it."""
        self.queue.append(self._tracing.mark(envelope))

    def extend(self, envelopes: Iterable[Envelope], /) -> None:
        """Put messages in, in order."""
        self.queue.extend([self._tracing.mark(envelope) for envelope in envelopes])

    def popleft(self) -> Envelope:
        """Take the next message: a turn begins."""
        envelope = self.queue.popleft()
        self._tracing.begin(envelope[0])
        return envelope

    def pop(self) -> Envelope:
        """Take the last message back."""
        return self.queue.pop()


class TracingLane(deque["Envelope"]):
    """The urgent lane while somebody traces."""

    tracing: Tracing

    def popleft(self) -> Envelope:
        """Take the next message: a turn begins, or a command is carried out."""
        envelope = super().popleft()
        self.tracing.begin(envelope[0])
        return envelope


class Tracing:
    """Who listens to the turns of a kernel, and what is known of the present one."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._functions: list[Callable[[TurnTrace], None]] = []
        self._number = 0
        self._acting: ActorRef[object] | None = None
        self.origin: Origin = Origin(0)
        self.held: bool = False  # the present message was put aside: that is no turn
        self.served: object = None  # what the handler of an asked request returned
        self.queue: TracingQueue = TracingQueue(self, kernel.queue)
        self.urgent: TracingLane = TracingLane(kernel.urgent)
        self.urgent.tracing = self

    def add(self, function: Callable[[TurnTrace], None]) -> Callable[[], None]:
        """Tell a function of each turn. Gives the function that ends it."""
        self._functions.append(function)

        def cancel() -> None:
            if function in self._functions:
                self._functions.remove(function)
            self._end_if_alone()

        return cancel

    def clear(self) -> None:
        """Tell nobody any more."""
        self._functions.clear()
        self._end_if_alone()

    def _end_if_alone(self) -> None:
        if not self._functions and self._kernel.tracer is self:
            self._kernel.end_tracing()

    def begin(self, cell: Cell) -> None:
        """Number the turn that begins."""
        self._number += 1
        self._acting = cell.self
        self.held = False
        self.origin = Origin(self._number)

    def resume(self, turn: Turn | None) -> None:
        """Say that a turn goes on which has waited; None when it has done so."""
        origin = None if turn is None else turn.origin
        self._acting = None if turn is None or origin is None else turn.cell.self
        self.origin = Origin(0) if origin is None else origin

    def mark(self, envelope: Envelope) -> Envelope:
        """Note on a message who sends it."""
        cell, message = envelope
        kind = type(message)
        if kind is Start or kind is Effect or kind is Go or (kind in system_handlers and kind is not Asked and kind is not Counted):
            return envelope
        acting = self._acting
        return cell, Traced(message, acting, None if acting is None else self.origin.number)

    def rest(self) -> None:
        """End of a drain: what is sent now comes from outside."""
        self._acting = None

    def turn(self, cell: Cell, message: object, plan: object, error: BaseException | None, origin: Origin | None = None) -> None:
        """Tell of a turn that has ended. A function that raises is told no more, and that is reported."""
        inside = inner(cell, message)
        if self.held or isinstance(inside, (Start, Answer, Go)):
            self.held = False
            return
        if type(inside) is Asked:
            inside = inside.request
            if plan is None:
                plan, self.served = self.served, None
        if type(plan) is Unkept:
            plan = plan.result
        at = self.origin if origin is None else origin
        trace = TurnTrace(at.number, cell.self, at.sender, at.cause, inside, plan, cell._version, error)
        for function in tuple(self._functions):
            try:
                function(trace)
            except Exception as failure:  # noqa: BLE001  (a tracer must never change what it looks at)
                if function in self._functions:
                    self._functions.remove(function)
                self._kernel.reports.publish(TracerFailed(failure))
        self._end_if_alone()


@handles(Traced)
def take(traced: Traced, cell: Cell) -> object:
    """Handle a message and remember where it came from."""
    tracing = cell.self._kernel.tracer
    if tracing is not None:
        tracing.origin.sender, tracing.origin.cause = traced.sender, traced.cause
    return dispatch(traced.message, cell)


def _hold(message: object, cell: Cell) -> None:
    (hold_counted if is_counted(message) else hold)(message, cell)


for _table in HOLDING:
    _table[Traced] = _hold


class TraceLines:
    """A tracer that writes one JSON line a turn, the same bytes on every host: actor, message, and the context, mode (of a machine the value, too) and version after it.

    Give it to `system.kernel.trace`. What has no JSON form is shown as Python shows it. A turn that raised has `error`.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._turn = 0

    def __call__(self, trace: TurnTrace) -> None:
        self._turn += 1
        snapshot = trace.ref._cell.snapshot
        line: dict[str, Json] = {
            "turn": self._turn,
            "actor": trace.ref.path,
            "message": _shown(trace.message),
            "context": _shown(snapshot.context),
            "mode": snapshot.mode,
            "version": snapshot.version,
        }
        if snapshot.value != snapshot.mode:  # a machine's
            line["value"] = _shown(snapshot.value)
        if trace.error is not None:
            line["error"] = f"{type(trace.error).__name__}: {trace.error}"
        self._write(dumps(line))


def _shown(value: object) -> Json:
    try:
        return to_json(value)
    except EncodeError:
        return repr(value)
