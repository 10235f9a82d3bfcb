"""What the system tells about itself: nothing is lost silently."""

from __future__ import annotations

from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from actorweb.kernel.events import Feed
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.world import World
    from actorweb.values.generics import Never

E = TypeVar("E")


class DeadLetter(Record):
    """A message that nobody will handle, and why: `stopped`, `restarted` or `moved`."""

    ref: ActorRef[Never]
    message: object
    reason: str


class Unhandled(Record):
    """A message or signal for which the actor's mode has no handler. It is no crash."""

    ref: ActorRef[Never]
    message: object


class LateReply(Record):
    """A reply that nobody waits for: too late, a second one, or to a request that was told."""

    ref: ActorRef[Never]
    reply: object


class Dropped(Record):
    """A bounded mailbox had no room for the message; `policy` says which one goes: `drop_new` or `drop_old`."""

    ref: ActorRef[Never]
    message: object
    policy: str


class HighWater(Record):
    """More messages wait in the whole system than its high-water mark. Said once, until half of them were worked off."""

    waiting: int


class TurnTrace(Record):
    """A turn: its number, whose, who sent the message in which turn, what the handler returned, the version afterwards, the error.

    `sender` and `cause` are None for a message from outside the actors, and for a timer's.
    """

    turn: int
    ref: ActorRef[Never]
    sender: ActorRef[Never] | None
    cause: int | None
    message: object
    plan: object
    version: int
    error: BaseException | None


class StrayMessage(Record):
    """A turn that had ended sent this; it went out as if from outside."""

    ref: ActorRef[Never]
    message: object


class Crashed(Record):
    """A turn raised `error` on `message`; `context` is the last committed one, which it could not change."""

    ref: ActorRef[Never]
    error: BaseException
    message: object
    context: object


class Logged(Record):
    """A machine's `log` action wrote this."""

    ref: ActorRef[Never]
    value: object
    label: str | None


class Started(Record):
    """A run has started."""

    ref: ActorRef[Never]


class Restarted(Record):
    """A supervisor started the actor again after its run had ended for this reason."""

    ref: ActorRef[Never]
    reason: Reason


class Stopped(Record):
    """The actor has ended for good."""

    ref: ActorRef[Never]
    reason: Reason


class Unkillable(Record):
    """A coroutine of the actor did not end by its deadline; it was detached and the actor ended without it."""

    ref: ActorRef[Never]


class RolledBack(Record):
    """The actor went back to what it was at version `to`, as its version `version`."""

    ref: ActorRef[Never]
    to: int
    version: int


class Upgraded(Record):
    """A behavior's code was replaced: now of this version, in so many actors."""

    behavior: str
    version: int
    actors: int


class NotSaved(Record):
    """The state of a durable actor could not be stored. It goes on; what it has is stored with its next change, unless it lost its key."""

    ref: ActorRef[Never]
    key: str
    error: BaseException


class NothingMade(Record):
    """An `on_reply`, `on_done` or `on_error` gave None, so there was nothing to handle."""

    ref: ActorRef[Never]


class TracerFailed(Record):
    """A tracer or a subscriber raised; it was switched off."""

    error: BaseException


Report: TypeAlias = (
    DeadLetter
    | Unhandled
    | Dropped
    | HighWater
    | LateReply
    | StrayMessage
    | Crashed
    | Started
    | Restarted
    | Stopped
    | Unkillable
    | RolledBack
    | Upgraded
    | NotSaved
    | NothingMade
    | Logged
    | TracerFailed
    | TurnTrace
)
"""Everything that a system may tell: a closed union, good for `match` and `assert_never`."""

_QUIET = (Started, Stopped, Restarted, RolledBack, Upgraded)


class Reports:
    """The system's reports: subscribe with a function, or read them as an async iterator.

    A report that matters and that nobody subscribed to goes to the standard logger `actorweb`.
    """

    def __init__(self, world: World, trace: Callable[[Callable[[TurnTrace], None]], Callable[[], None]]) -> None:
        self._world = world
        self._trace = trace
        self._subscribers: list[_Subscriber] = []

    def __call__(self, kind: type[E], /) -> AbstractAsyncContextManager[AsyncIterator[E]]:
        """Read the reports of one type, from entering the context to leaving it."""
        return _ReportFeed(self, self._world, kind)

    def subscribe(self, function: Callable[[Report], None], /, *kinds: type) -> Callable[[], None]:
        """Call a function with every report of these kinds, in order; without kinds, with all but turn traces.

        Gives the function that ends it. One that raises is told no more, and that is reported. Turns are traced while
        somebody has asked for `TurnTrace`.
        """
        subscriber = _Subscriber(function, kinds)
        self._subscribers.append(subscriber)
        if TurnTrace in kinds:
            subscriber.end_trace = self._trace(function)

        def cancel() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)
            subscriber.end_trace()

        return cancel

    @property
    def wanted(self) -> bool:
        """Whether anyone listens: a start need not be reported to nobody."""
        return bool(self._subscribers)

    def publish(self, report: Report) -> None:
        """Tell everyone. A subscriber that raises is switched off, and that is reported to the others."""
        if not self._subscribers:
            if not isinstance(report, _QUIET):
                from actorweb.kernel import logbook  # noqa: PLC0415  (not part of what a page must load to start)

                logbook.write(report)
            return
        for subscriber in tuple(self._subscribers):
            if subscriber.kinds and not isinstance(report, subscriber.kinds):
                continue
            try:
                subscriber.function(report)
            except Exception as error:  # noqa: BLE001  (any failure of a listener; it is reported, not swallowed)
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)
                subscriber.end_trace()
                self.publish(TracerFailed(error))


class _Subscriber:
    __slots__ = ("end_trace", "function", "kinds")

    def __init__(self, function: Callable[[Report], None], kinds: tuple[type, ...]) -> None:
        self.function = function
        self.kinds = kinds
        self.end_trace: Callable[[], None] = lambda: None


class _ReportFeed(Feed[E]):
    __slots__ = ("_cancel", "_kind", "_reports")

    def __init__(self, reports: Reports, world: World, kind: type[E]) -> None:
        super().__init__(world, deque())
        self._reports = reports
        self._kind = kind
        self._cancel: Callable[[], None] = lambda: None

    async def __aenter__(self) -> AsyncIterator[E]:
        self._cancel = self._reports.subscribe(self._take, self._kind)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cancel()
        self.close()

    def _take(self, report: Report) -> None:
        if isinstance(report, self._kind):
            self.put(report)
