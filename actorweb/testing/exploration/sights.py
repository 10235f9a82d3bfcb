"""What an observer knows of the actors, messages and turns of a schedule: a second account, kept apart from the kernel's own."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.kernel.ask import Asked
from actorweb.kernel.delivery import unwrap

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.child_spec import ChildSpec, SupervisorSpec
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.timers import Timer

NEW, QUEUED, TAKEN, WAITING, DONE = range(5)
"""The stations of a message: sent within a turn, in the queue, in a turn, in its actor's mailbox or stash, at its end."""


def is_over(asked: Asked) -> bool:
    """Tell whether nobody waits for the answer any more."""
    return asked.done or (asked.future is not None and asked.future.done())


class Sent:
    """One message on its way: as it lies in the queue (`raw`), without wrappings (`inner`), and as its handler gets it. `number` counts what its source sent to its target."""

    __slots__ = ("cell", "envelope", "fate", "flushed", "inner", "message", "number", "raw", "source", "state", "target")

    def __init__(self, target: Life, raw: object, source: Life | None, number: int, envelope: object = None) -> None:
        self.target: Life = target
        self.cell: Cell = target.cell
        self.raw: object = raw
        inner = unwrap(raw)
        self.inner: object = inner
        self.message: object = inner.request if type(inner) is Asked else inner
        self.source: Life | None = source
        self.number: int = number
        self.envelope: object = envelope  # held, so that its identity is nobody else's
        self.state: int = NEW
        self.fate: str = ""
        self.flushed: bool = False  # sent before an awaited ask, so no later failure recalls it


class Life:
    """One spawn."""

    __slots__ = (
        "born",
        "cause",
        "cell",
        "children",
        "ended",
        "ending",
        "keys",
        "name",
        "next",
        "parent",
        "reason",
        "reordered",
        "run",
        "sent_to",
        "spec",
        "stash",
        "stops",
        "supervision",
        "taken_from",
        "timers",
        "turn",
        "up",
        "waiting",
        "was_up",
        "watching",
    )

    def __init__(self, cell: Cell, parent: Life | None, name: str | None, spec: ChildSpec | None, born: int) -> None:
        self.cell: Cell = cell
        self.parent: Life | None = parent
        self.name: str | None = name
        self.spec: ChildSpec | None = spec
        self.supervision: SupervisorSpec | None = cell._behavior.supervision
        self.born: int = born  # the how-manieth spawn of the schedule
        self.children: dict[Life, None] = {}
        self.run: int = 0
        self.up: bool = False  # its run has started and has not ended
        self.was_up: bool = False  # its run had started, whether or not it has ended
        self.ending: bool = False
        self.ended: bool = False
        self.cause: str = ""  # why it would end by itself: what was done to it, not to its family
        self.turn: Handling | None = None
        self.stops: int = 0  # how often on_stop was called in this run
        self.next: deque[Sent] = deque()  # what plans have inserted before all that waits
        self.waiting: deque[Sent] = deque()
        self.stash: list[Sent] = []
        self.sent_to: dict[Life, int] = {}
        self.taken_from: dict[Life | None, int] = {}
        self.timers: dict[Timer, bool] = {}  # those of this run: whether they may still fire
        self.keys: dict[str, Timer] = {}
        self.watching: dict[Life, None] = {}
        self.reason: Reason | None = None
        self.reordered: bool = False  # a child was stopped or deleted on request: the order of the specs is not that of the children any more

    def first(self) -> Sent | None:
        """Give what the actor is to handle next of what it has kept."""
        return self.next[0] if self.next else self.waiting[0] if self.waiting else None

    def run_is_on(self) -> bool:
        """Tell whether the run has started and has not ended."""
        return self.up or (self.was_up and self.ending)


class Handling:
    """One turn: a handler at work, from its call to the commit or the undoing of what it did."""

    __slots__ = (
        "asked",
        "asynchronous",
        "awaiting",
        "context",
        "crashed",
        "dropped",
        "error",
        "kind",
        "life",
        "links",
        "message",
        "modes",
        "raw",
        "result",
        "run",
        "sends",
        "spawned",
        "stashed",
        "stored",
        "timers",
        "version",
        "waits",
        "watched",
    )

    def __init__(self, life: Life, message: object, kind: str) -> None:
        cell = life.cell
        run = cell._run
        self.life: Life = life
        self.message: object = message
        self.raw: object = None  # what stood in the queue, or in the mailbox, if it was the kernel's own
        self.kind: str = kind
        self.context: object = cell.context
        self.version: int = cell._version
        self.run: int = life.run
        self.modes: tuple[str, ...] = ("default",) if run is None else run.modes
        self.links: tuple[Cell, ...] = () if run is None or not run.links else tuple(run.links)
        self.stashed: int = 0 if run is None else len(run.stash)
        self.sends: list[Sent] = []
        self.timers: list[Timer] = []
        self.spawned: list[Life] = []
        self.watched: list[Life] = []
        self.awaiting: list[Asked] = []
        self.asked: Asked | None = None
        self.result: object = None
        self.error: BaseException | None = None
        self.crashed: bool = False
        self.dropped: bool = False  # its actor had begun to end: nothing of it is committed
        self.waits: bool = False  # its handler is async and has not ended
        self.asynchronous: bool = False
        self.stored: bool = False  # its handler has ended, and what it left is on its way into a store
