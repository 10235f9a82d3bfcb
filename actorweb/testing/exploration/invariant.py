"""What an invariant is: a sentence that holds after every step of every schedule, and the code that looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from actorweb.kernel.ask import Asked
    from actorweb.kernel.reports import DeadLetter, Dropped, Report, Unhandled
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.timers import Timer
    from actorweb.kernel.watch import Notice
    from actorweb.system import ActorSystem
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life, Sent

EVENTS = (
    "sent",
    "taken",
    "held",
    "entered",
    "settled",
    "born",
    "begun",
    "started",
    "ended",
    "restarting",
    "stopping",
    "reported",
    "unmatched",
    "dropped",
    "noticed",
    "watched",
    "unwatched",
    "timer_set",
    "timer_fired",
    "asked",
    "stepped",
    "closed",
    "faulted",
)


class Invariant:
    """The base of invariants: override the events that matter, and call `broken` when the sentence does not hold.

    One is made for each schedule, so it may count. An event that is not overridden costs nothing.
    """

    name: ClassVar[str] = ""
    sentence: ClassVar[str] = ""

    def __init__(self, observer: Observer) -> None:
        self.observer: Observer = observer

    @property
    def system(self) -> ActorSystem:
        """The system that is looked at."""
        return self.observer.system

    def broken(self, text: str) -> None:
        """Say that the sentence does not hold, and where."""
        self.observer.violations.append((self.name, self.sentence, text))

    def sent(self, sent: Sent) -> None:
        """Look at a message that was put into the queue."""

    def taken(self, sent: Sent) -> None:
        """Look at a message that was taken from the queue: its turn begins, or it goes into its actor's mailbox."""

    def held(self, sent: Sent) -> None:
        """Look at a message that went into its actor's mailbox."""

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        """Look at a turn whose handler is about to be called; `direct`: with what was just taken from the queue."""

    def settled(self, turn: Handling) -> None:
        """Look at a turn that was committed, or undone (`crashed` or `dropped`)."""

    def born(self, life: Life) -> None:
        """Look at a spawn."""

    def begun(self, life: Life) -> None:
        """Look at a run that is about to start."""

    def started(self, life: Life) -> None:
        """Look at a run that has started."""

    def ended(self, life: Life, reason: Reason) -> None:
        """Look at an actor that has ended for good."""

    def restarting(self, life: Life) -> None:
        """Look at a run that has ended and is to be followed by another."""

    def stopping(self, life: Life) -> None:
        """Look at an actor whose `on_stop` is about to be called."""

    def reported(self, report: Report) -> None:
        """Look at a report of the system."""

    def unmatched(self, life: Life, report: DeadLetter | Unhandled | Dropped) -> None:
        """Look at a fate that was reported of a message which was not there to have one."""

    def dropped(self, sent: Sent, older: Sent | None) -> None:
        """Look at the oldest message of a bounded mailbox that goes because there are too many; `older` is there and stays."""

    def noticed(self, notice: Notice, watcher: Life, source: Life) -> None:
        """Look at a signal that was put into the queue."""

    def watched(self, watcher: Life, target: Life) -> None:
        """Look at a watch that begins."""

    def unwatched(self, watcher: Life, target: Life) -> None:
        """Look at a watch that was taken back."""

    def timer_set(self, timer: Timer, life: Life) -> None:
        """Look at a timer that was set."""

    def timer_fired(self, timer: Timer, life: Life) -> None:
        """Look at a timer whose message is about to be handled."""

    def asked(self, asked: Asked, asker: Life | None, target: Life) -> None:
        """Look at an ask that was sent."""

    def stepped(self, life: Life | None) -> None:
        """Look at the world after a step; `life` is whose turn it was."""

    def closed(self) -> None:
        """Look at the world after the system has ended."""

    def faulted(self, text: str) -> None:
        """Look at a fault that was injected."""


def overridden(kind: type[Invariant]) -> tuple[str, ...]:
    """Give the events that an invariant wants."""
    known = _overridden.get(kind)
    if known is None:
        known = _overridden[kind] = tuple(event for event in EVENTS if getattr(kind, event) is not getattr(Invariant, event))
    return known


_overridden: dict[type[Invariant], tuple[str, ...]] = {}
