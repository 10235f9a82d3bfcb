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
    """A message that nobody will handle, and why: `stopped` or `restarted`."""

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


class NothingMade(Record):
    """An `on_reply`, `on_done` or `on_error` gave None, so there was nothing to handle."""

    ref: ActorRef[Never]


class TracerFailed(Record):
    """A tracer or a subscriber raised; it was switched off."""

    error: BaseException


Report: TypeAlias = DeadLetter | Unhandled | LateReply | StrayMessage | Crashed | Started | Restarted | Stopped | Unkillable | NothingMade | TracerFailed

_QUIET = (Started, Stopped, Restarted)


class Reports:
    """The system's reports: subscribe with a function, or read them as an async iterator.

    A report that matters and that nobody subscribed to goes to the standard logger `actorweb`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._subscribers: list[Callable[[Report], None]] = []

    def __call__(self, kind: type[E], /) -> AbstractAsyncContextManager[AsyncIterator[E]]:
        """Read the reports of one type, from entering the context to leaving it."""
        return _ReportFeed(self, self._world, kind)

    def subscribe(self, function: Callable[[Report], None], /) -> Callable[[], None]:
        """Call a function with every report, in order. Gives the function that ends it."""
        self._subscribers.append(function)

        def cancel() -> None:
            if function in self._subscribers:
                self._subscribers.remove(function)

        return cancel

    @property
    def wanted(self) -> bool:
        """Whether anyone listens: a start need not be reported to nobody."""
        return bool(self._subscribers)

    def publish(self, report: Report) -> None:
        """Tell everyone. A subscriber that raises is switched off, and that is reported to the others."""
        if not self._subscribers:
            if not isinstance(report, _QUIET):
                _log(report)
            return
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(report)
            except Exception as error:  # noqa: BLE001  (any failure of a listener; it is reported, not swallowed)
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)
                self.publish(TracerFailed(error))


class _ReportFeed(Feed[E]):
    __slots__ = ("_cancel", "_kind", "_reports")

    def __init__(self, reports: Reports, world: World, kind: type[E]) -> None:
        super().__init__(world, deque())
        self._reports = reports
        self._kind = kind
        self._cancel: Callable[[], None] = lambda: None

    async def __aenter__(self) -> AsyncIterator[E]:
        self._cancel = self._reports.subscribe(self._take)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cancel()
        self.close()

    def _take(self, report: Report) -> None:
        if isinstance(report, self._kind):
            self.put(report)


def _log(report: Report) -> None:
    import logging  # noqa: PLC0415  (not part of what a page must load to start)

    logger = logging.getLogger("actorweb")
    if isinstance(report, Crashed):
        logger.error("%s crashed on %r", report.ref, report.message, exc_info=report.error)
    elif isinstance(report, TracerFailed):
        logger.error("a tracer raised and was switched off", exc_info=report.error)
    else:
        logger.warning("%r", report)
