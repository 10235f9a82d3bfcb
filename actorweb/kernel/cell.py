"""The actor itself: what its handlers see of it, and what the kernel keeps about it.

Most actors of a large system are idle, so a cell is small: what is rare lives in two records that are made when they
are first needed. `Kin` holds the relations (parent, name, children, watchers), `Run` what belongs to one life.
"""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Generic, TypeAlias

from actorweb.errors import Misuse
from actorweb.values.generics import TypeVar
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    import asyncio
    from collections import deque
    from collections.abc import Callable
    from random import Random

    from actorweb.kernel.administration import Order
    from actorweb.kernel.ask import Asked
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.child_spec import ChildSpec
    from actorweb.kernel.group import Places
    from actorweb.kernel.idle import Silence
    from actorweb.kernel.life import Start
    from actorweb.kernel.link import Link
    from actorweb.kernel.logic import LogicSnapshot
    from actorweb.kernel.mailbox import Mailbox
    from actorweb.kernel.recorder import Durability, Keeper, Recorder
    from actorweb.kernel.ref import ActorRef, ReplyTo
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.supervision import Supervision
    from actorweb.kernel.table import Handlers
    from actorweb.kernel.timers import Deadline, Timer
    from actorweb.kernel.turn import Turn
    from actorweb.system import ActorSystem
    from actorweb.values.generics import Never

C_co = TypeVar("C_co", covariant=True)
D_co = TypeVar("D_co", covariant=True, default=object)
M = TypeVar("M")
C = TypeVar("C")


class _Slots:
    """The storage of a cell, apart from its face: checkers then see `context` and `self` as read-only."""

    __slots__ = ("_behavior", "_kin", "_run", "_table", "_version", "context", "self")


class ActorContext(_Slots, Generic[C_co, D_co]):
    """What a handler may ask of its actor. The context itself is read here and replaced by what the handler returns.

    The names that begin with an underscore are the kernel's.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        _behavior: Behavior[Never, object]
        _kin: Kin | None
        _run: Run | None
        _table: Handlers
        _version: int

        @property
        def context(self) -> C_co:
            """The last committed context."""
            ...

        @property
        def self(self) -> ActorRef[object]:
            """The actor's own ref."""
            ...

    @property
    def snapshot(self) -> Snapshot[C_co]:
        """The last committed state, as others see it."""
        run = self._run
        if run is not None and run.logic is not None:
            state = run.logic = run.logic.at(self._version, self.context)
            whole: Snapshot[C_co] = state.at(self._version, self.context, ended=run.ended)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (the context of a machine is C)
            return whole
        mode = "default" if run is None else run.modes[-1]
        return Snapshot(self.context, self._version, mode, mode, "stopped" if run is not None and run.ended else "active")

    @property
    def dependencies(self) -> D_co:
        """What the behavior's `.with_dependencies` was given."""
        dependencies: D_co = self._behavior.dependencies  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (bound to D by the builder)
        return dependencies

    @property
    def system(self) -> ActorSystem:
        """The system that the actor lives in."""
        return self.self._kernel.system

    @property
    def reply_to(self) -> ReplyTo[object]:
        """Where the answer to the request that is being served goes. Raises `Misuse` when the message is not an ask."""
        kernel = self.self._kernel
        turn = None if self._run is None else self._run.turn
        asked = kernel.asked if turn is None else turn.asked
        if asked is None:
            raise Misuse(
                f"{self.self} reads reply_to, but the message it handles was told", "a request that came by ask", "use reply_to only where the request is asked"
            )
        return asked.reply_to

    @property
    def reason(self) -> Reason:
        """Why the run ends: for `on_stop`. Raises `Misuse` while the actor runs."""
        run = self._run
        if run is None or run.ending is None:
            raise Misuse(f"{self.self} reads its reason, but it has not ended", "a call in on_stop", "read actor.reason in on_stop only")
        return run.ending.reason

    @property
    def random(self) -> Random:
        """The world's dice: seeded in a simulated world."""
        return self.self._kernel.world.random

    def spawn(
        self, behavior: Behavior[M, C], *, name: str | None = None, store: Keeper | None = None, key: str | None = None, durability: Durability = "journal"
    ) -> ActorRef[M, C]:
        """Make a child. Its name and ref are reserved at once; it starts after the turn has committed.

        The child ends before this actor ends or restarts. A start that fails arrives as `Down(ref, Crash(StartFailed))`.
        `store`, `key` and `durability` are those of `ActorSystem.spawn`. Raises `NameTaken`, `LostOwnership` and `BadSpec`.
        """
        keep = None
        if store is not None or key is not None:
            from actorweb.kernel.recorder import keep_at  # noqa: PLC0415  (its room opens with the first durable actor)

            keep = keep_at(f"spawn({behavior})", store, key, durability)
        return self.self._kernel.spawn(behavior, name=name, parent=self, keep=keep)

    def watch(self, ref: ActorRef[Never], /) -> None:
        """Ask for exactly one `Down` when that actor's run ends; at once, with `NoProc()`, if it has ended. Idempotent per pair."""
        from actorweb.kernel import watch  # noqa: PLC0415  (watching is a function on cells)

        watch.watch(self, ref._cell)

    def unwatch(self, ref: ActorRef[Never], /) -> None:
        """Take a `watch` back: no `Down` of it is delivered any more."""
        from actorweb.kernel import watch  # noqa: PLC0415  (watching is a function on cells)

        watch.unwatch(self, ref._cell)

    def link(self, ref: ActorRef[Never], /) -> None:
        """Let the two runs end together: each ends for the other's reason, unless that is `Normal()`, or handles its `Exit`.

        An actor that has ended gives its `NoProc()` at once. Idempotent per pair. A turn that raises has linked nothing.
        Source: OTP, `erlang:link/1`.
        """
        from actorweb.kernel import link  # noqa: PLC0415  (most systems have no links: a page need not load it to start)

        link.link(self, ref._cell)

    def unlink(self, ref: ActorRef[Never], /) -> None:
        """Take a `link` back: no end travels along it any more."""
        from actorweb.kernel import link  # noqa: PLC0415  (most systems have no links: a page need not load it to start)

        link.unlink(self, ref._cell)

    def now(self) -> float:
        """Seconds on the world's clock, which never goes back."""
        return self.self._kernel.world.now()

    def new_id(self) -> str:
        """A new id, unique in the world."""
        return self.self._kernel.world.new_id()

    def __repr__(self) -> str:
        return f"<ActorContext {self.self.path}>"

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)


Cell: TypeAlias = "ActorContext[object, object]"


class Kin:
    """The relations of an actor: those that outlive a run."""

    __slots__ = ("children", "name", "number", "parent", "places", "spec", "watchers")

    def __init__(self) -> None:
        self.parent: Cell | None = None
        self.name: str | None = None
        self.number: int = 0  # given when the path of an actor without a name is first read: an int costs 40 bytes
        self.spec: ChildSpec | None = None
        self.children: dict[Cell, None] | None = None
        self.watchers: tuple[Cell, ...] = ()
        self.places: tuple[Places, ...] = ()  # in groups and topics


class Ending:
    """An end that is under way: why, how far, and who waits for it."""

    __slots__ = ("children", "deadline", "moved", "never_started", "reason", "seconds", "stage", "start_failed", "start_ignored", "stopped", "task", "whole")

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        self.stage: int = 0
        self.children: list[Cell] | None = None  # those that have yet to end, the last of them first
        self.never_started: bool = False
        self.moved: bool = False  # its state goes on elsewhere: it is not started again here
        self.deadline: Deadline | None = None
        self.seconds: float | None = None
        self.whole: bool = False  # whether the seconds are for the children, too
        self.task: asyncio.Task[object] | None = None  # that of an async on_stop
        self.start_failed: Start | None = None
        self.start_ignored: Start | None = None
        self.stopped: list[Callable[[], None]] = []


class Run:
    """One life of a spawn, as far as it is out of the ordinary."""

    __slots__ = (
        "deferred",
        "ended",
        "ending",
        "handling",
        "inbox",
        "keyed",
        "links",
        "listeners",
        "logic",
        "mailbox",
        "modes",
        "next",
        "number",
        "observers",
        "orders",
        "recorder",
        "restarting",
        "seat",
        "silence",
        "stash",
        "successor",
        "supervision",
        "suspended",
        "tasks",
        "timers",
        "turn",
        "watching",
    )

    def __init__(self) -> None:
        self.number: int = 0
        self.modes: tuple[str, ...] = ("default",)
        self.next: deque[object] | None = None  # what a plan's `next` has put before the inbox
        self.inbox: deque[object] | None = None
        self.stash: list[object] = []
        self.timers: dict[object, Timer] = {}
        self.tasks: dict[asyncio.Task[object], None] = {}
        self.keyed: dict[str, asyncio.Task[object]] = {}
        self.turn: Turn | None = None
        self.deferred: dict[Asked, None] = {}
        self.watching: dict[Cell, int] = {}  # whom it watches, and since which of their runs
        self.links: dict[Cell, Link] = {}
        self.suspended: bool = False
        self.restarting: Reason | None = None  # why the run before ended, while what was sent to it is cleared away
        self.orders: list[Order] = []
        self.silence: Silence | None = None
        self.logic: LogicSnapshot | None = None  # the whole state, where a logic decides it
        self.seat: object = None  # what the logic keeps for this actor
        self.recorder: Recorder | None = None
        self.successor: Behavior[Never, object] | None = None  # what an upgrade gives it when the turn at work has ended
        self.mailbox: Mailbox | None = None
        self.supervision: Supervision | None = None
        self.ending: Ending | None = None
        self.ended: bool = False
        self.handling: object = None
        # Those who listen belong to the spawn, not to the run: they go on over restarts.
        self.listeners: list[tuple[Callable[[object], None], Callable[[], None]]] = []
        self.observers: list[Callable[[Snapshot[object]], None]] = []


def kin_of(cell: Cell) -> Kin:
    """Give the record of relations, made at first use."""
    kin = cell._kin
    if kin is None:
        kin = cell._kin = Kin()
    return kin


def run_of(cell: Cell) -> Run:
    """Give the record of the run, made at first use."""
    run = cell._run
    if run is None:
        run = cell._run = Run()
    return run
