"""Supervisors: who restarts whom, and how often (OTP: `supervisor`).

A supervisor is an actor like any other. It starts its children in order and stops them in reverse. It decides about an
ended child before the child's watchers hear of the end, so that `Down.restarting` is the truth.
"""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors import ActorError, BadSpec, StartFailed
from actorweb.kernel import exits, life
from actorweb.kernel.behavior import Behavior, make_behavior
from actorweb.kernel.cell import kin_of
from actorweb.kernel.plan import MessagePlan
from actorweb.kernel.signals import Crash, Reason, Shutdown, is_abnormal
from actorweb.values.message import Request, message
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.kernel.cell import ActorContext, Cell
    from actorweb.kernel.life import Start
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never

Strategy: TypeAlias = Literal["one_for_one", "one_for_all", "rest_for_one"]
Restart: TypeAlias = Literal["permanent", "transient", "temporary"]
ChildShutdown: TypeAlias = "float | Literal['brutal_kill', 'infinity']"
RESTARTS = ("permanent", "transient", "temporary")
STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one")


class ChildSpec(Record):
    """How a supervisor starts, restarts and stops one child. Made by `child`."""

    id: str
    behavior: Behavior[Never, object]
    restart: Restart
    shutdown: ChildShutdown
    name: str | None

    @property
    def seconds(self) -> float | None:
        """How long the child may take to stop; None for as long as it wants."""
        if self.shutdown == "infinity":
            return None
        return 0.0 if self.shutdown == "brutal_kill" else float(self.shutdown)


class ChildInfo(Record):
    """One child, as `WhichChildren` tells of it."""

    id: str
    ref: ActorRef[Never] | None
    status: Literal["up", "stopped", "restarting"]


@dataclasses.dataclass(frozen=True, slots=True)
class ChildCounts:
    """The numbers that `CountChildren` gives (OTP: `supervisor:count_children/1`)."""

    specs: int
    active: int
    supervisors: int
    workers: int


@dataclasses.dataclass(frozen=True, slots=True)
class Children:
    """The context of a supervisor: the ids it was defined with, in start order."""

    ids: tuple[str, ...] = ()


@message
class WhichChildren(Request[tuple[ChildInfo, ...]]):
    """Asks a supervisor for its children, in start order."""


@message
class CountChildren(Request[ChildCounts]):
    """Asks a supervisor for the numbers of its children."""


SupervisorRequest: TypeAlias = WhichChildren | CountChildren


class SupervisorSpec(Record):
    """What a supervisor was defined with."""

    strategy: Strategy
    intensity: int
    period: float
    children: tuple[ChildSpec, ...]


class Decision(Enum):
    """What becomes of a child that has ended."""

    LEAVE = "leave"
    RESTART = "restart"
    TOGETHER = "together"
    """It starts again, after those that its strategy stops with it; what waited for them is lost."""


class Supervision:
    """What a running supervisor keeps."""

    __slots__ = ("current", "down", "entries", "group", "group_starts", "message", "restarts", "spec", "starting", "stopping", "waiting")

    def __init__(self, spec: SupervisorSpec, message: Start) -> None:
        self.spec: SupervisorSpec = spec
        # By id: the actor that runs a spec, or the spec that no actor runs. A record beside it would cost each child 48 bytes.
        self.entries: dict[str, Cell | ChildSpec] = {child.id: child for child in spec.children}
        self.waiting: list[ChildSpec] = list(spec.children)
        self.waiting.reverse()
        self.current: Cell | None = None
        self.message: Start | None = message
        self.restarts: list[float] = []
        # A restart of several: who belongs to it, who was told to stop, who is down, and who starts at present.
        self.group: list[Cell] = []
        self.group_starts: bool = False
        self.stopping: dict[Cell, None] = {}
        self.down: dict[Cell, Reason] = {}
        self.starting: Cell | None = None


def child(
    id: str,  # noqa: A002  (OTP's word, and public)
    behavior: Behavior[Never, object],
    /,
    *,
    restart: Restart = "permanent",
    shutdown: ChildShutdown | None = None,
    name: str | None = None,
) -> ChildSpec:
    """Describe one child of a supervisor.

    `restart`: `"permanent"` always, `"transient"` after an abnormal end (`Crash`, `Killed`), `"temporary"` never.
    `shutdown`: the seconds it may take to stop (5.0; for a supervisor `"infinity"`), or `"brutal_kill"`.
    Raises `BadSpec`. Source: OTP, Supervisor Behaviour, child specification.
    """
    if not isinstance(id, str) or not id:
        raise BadSpec(f"child: id={id!r}", "a text that is not empty", "give each child an id of its own")
    if not isinstance(behavior, Behavior):
        raise BadSpec(f"child {id!r}: behavior={behavior!r}", "a Behavior", "end its definition with .build()")
    if restart not in RESTARTS:
        raise BadSpec(f"child {id!r}: restart={restart!r}", f"one of {', '.join(RESTARTS)}", "choose one of them")
    if shutdown is None:
        shutdown = "infinity" if behavior.supervision is not None else 5.0
    if shutdown not in ("brutal_kill", "infinity") and (isinstance(shutdown, (bool, str)) or not shutdown >= 0):
        raise BadSpec(f"child {id!r}: shutdown={shutdown!r}", "seconds (0 or more), 'brutal_kill' or 'infinity'", "choose one of them")
    return ChildSpec(id, behavior, restart, shutdown, name)


def supervisor(
    name: str,
    /,
    *,
    strategy: Strategy = "one_for_one",
    intensity: int = 3,
    period: float = 5.0,
    children: Sequence[ChildSpec] = (),
) -> Behavior[SupervisorRequest, Children]:
    """Define a supervisor: a behavior that starts, restarts and stops its children.

    `strategy`: `"one_for_one"` restarts the child that ended; `"one_for_all"` stops all others in reverse and starts all
    again; `"rest_for_one"` does so with those that were started after it. Under the last two what waited for a
    restarted child becomes dead letters (`restarted`). More than `intensity` restarts within `period` seconds (both ends included) end the supervisor with `Shutdown`, and
    with it all its children. A failed first start is not retried: the children already started stop in reverse and the
    supervisor's start fails. A failed restart is retried and counts. Raises `BadSpec`. Source: OTP, Supervisor Behaviour.

    >>> from actorweb import child, define_behavior
    >>> worker = define_behavior("worker").with_context(0).build()
    >>> root = supervisor("root", children=[child("worker", worker)])
    """
    if strategy not in STRATEGIES:
        raise BadSpec(f"supervisor {name!r}: strategy={strategy!r}", f"one of {', '.join(STRATEGIES)}", "choose one of them")
    if isinstance(intensity, bool) or not isinstance(intensity, int) or intensity < 0:
        raise BadSpec(f"supervisor {name!r}: intensity={intensity!r}", "a whole number, 0 or more", "say how many restarts are too few to worry")
    if isinstance(period, (bool, str)) or not period > 0:
        raise BadSpec(f"supervisor {name!r}: period={period!r}", "more than 0 seconds", "say in how many seconds the restarts are counted")
    ids: set[str] = set()
    for spec in children:
        if not isinstance(spec, ChildSpec):
            raise BadSpec(f"supervisor {name!r}: children contains {spec!r}", "what child(…) gives", "write child(id, behavior)")
        if spec.id in ids:
            raise BadSpec(f"supervisor {name!r}: two children have id={spec.id!r}", "ids that differ", "rename one of them")
        ids.add(spec.id)
    definition = SupervisorSpec(strategy, intensity, period, tuple(children))
    return make_behavior(
        name,
        Children(tuple(child.id for child in children)),
        {WhichChildren: _which, CountChildren: _count},
        {"WhichChildren": WhichChildren, "CountChildren": CountChildren},
        definition,
    )


def begin(kernel: Kernel, cell: Cell, start: Start) -> None:
    """Start the children in order; the supervisor has started when the last of them has."""
    definition = cell._behavior.supervision
    if definition is None:
        return
    kin_of(cell).supervision = Supervision(definition, start)
    _start_next(kernel, cell)


def _start_next(kernel: Kernel, cell: Cell) -> None:
    state = kin_of(cell).supervision
    if state is None or state.message is None:
        return
    if not state.waiting:
        state.current = None
        start, state.message = state.message, None
        life.started(kernel, cell, start)
        return
    spec = state.waiting.pop()
    try:
        started = state.entries[spec.id] = state.current = life.spawn(kernel, spec.behavior, name=spec.name, parent=cell, spec=spec)
    except ActorError as error:
        _start_failed(kernel, cell, state, spec.id, error)
        return
    kernel.post((started, life.Start()))


def _start_failed(kernel: Kernel, cell: Cell, state: Supervision, child_id: str, cause: BaseException | None) -> None:
    start, state.message = state.message, None
    state.current = None
    failure = StartFailed(cell.self, child_id, f"{type(cause).__name__}: {cause}")
    failure.__cause__ = cause
    if start is not None:
        life.start_failed(kernel, cell, start, failure)


def interrupted_start(cell: Cell) -> Start | None:
    """Give the start that an end of the supervisor interrupts, if it has not ended yet."""
    state = None if cell._kin is None else cell._kin.supervision
    if state is None or state.message is None:
        return None
    start, state.message = state.message, None
    return start


def child_started(kernel: Kernel, cell: Cell, child_cell: Cell) -> None:
    """Go on with the supervisor's own start."""
    state = kin_of(cell).supervision
    if state is None:
        return
    if state.current is child_cell:
        _start_next(kernel, cell)
    elif state.starting is child_cell:
        state.starting = None
        _go_on_together(kernel, state)


def decide(kernel: Kernel, cell: Cell, child_cell: Cell, reason: Reason) -> Decision:
    """Say whether an ended child is started again; count it, and end the supervisor if it was once too often."""
    state = None if cell._kin is None else cell._kin.supervision
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if state is None or spec is None or state.current is child_cell:
        return Decision.LEAVE
    if cell._run is not None and (cell._run.ending is not None or cell._run.ended):
        return Decision.LEAVE
    if child_cell in state.stopping:
        # Its strategy stopped it: a temporary one is forgotten, any other starts again (OTP does the same).
        del state.stopping[child_cell]
        return Decision.LEAVE if spec.restart == "temporary" else Decision.TOGETHER
    ending = None if child_cell._run is None else child_cell._run.ending
    if ending is not None and ending.start_ignored is not None:
        return Decision.LEAVE
    if spec.restart == "temporary" or (spec.restart == "transient" and not is_abnormal(reason)):
        return Decision.LEAVE
    now = kernel.world.now()
    definition = state.spec
    state.restarts = [when for when in state.restarts if now - when <= definition.period]
    state.restarts.append(now)
    if len(state.restarts) > definition.intensity:
        exits.end(kernel, cell, Shutdown(f"{definition.intensity} restarts in {definition.period:g} s are exhausted"))
        return Decision.LEAVE
    if definition.strategy == "one_for_one":
        return Decision.RESTART
    cells = running(state)
    first = 0 if definition.strategy == "one_for_all" else cells.index(child_cell)
    # A failure during such a restart widens it: one_for_all begins again with all, rest_for_one with those from this child on.
    state.group = [each for index, each in enumerate(cells) if index >= first or each in state.down or each in state.stopping]
    state.starting = None
    state.group_starts = False
    return Decision.TOGETHER


def _go_on_together(kernel: Kernel, state: Supervision) -> None:
    """Stop what is left of a group in reverse, then start it forwards, one after the other."""
    members = state.group
    if state.starting is not None or not members:
        return
    if not any(member in state.down for member in members):
        state.group = []
        state.group_starts = False
        return
    up = [] if state.group_starts else [member for member in members if member not in state.down]
    if up:
        if up[-1] not in state.stopping:
            state.stopping[up[-1]] = None
            kernel.command(up[-1], exits.end_child)
        return
    state.group_starts = True
    member = next(member for member in members if member in state.down)
    state.starting = member
    life.start_again(kernel, member, state.down.pop(member))


def child_ended(kernel: Kernel, cell: Cell, child_cell: Cell, reason: Reason, *, decision: Decision, ignored: bool) -> None:
    """Go on with whatever waits for the end of a child."""
    run = cell._run
    if run is not None and run.ending is not None:
        kernel.command(cell, exits.proceed)
        return
    state = None if cell._kin is None else cell._kin.supervision
    if state is None or decision is Decision.RESTART:
        return
    if decision is Decision.TOGETHER:
        state.down[child_cell] = reason
        if state.starting is child_cell:
            state.starting = None
        _go_on_together(kernel, state)
        return
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if spec is None or state.entries.get(spec.id) is not child_cell:
        return
    state.entries[spec.id] = spec
    if spec.restart == "temporary":
        del state.entries[spec.id]
    if state.group:
        state.group = [each for each in state.group if each is not child_cell]
        _go_on_together(kernel, state)
    if state.current is child_cell:
        if ignored:
            _start_next(kernel, cell)
            return
        error = reason.error if isinstance(reason, Crash) else StartFailed(child_cell.self, None, f"it was stopped: {reason!r}")
        # The worker's own error says more than the StartFailed around it; a supervisor's StartFailed names its child.
        cause = error.__cause__ if isinstance(error, StartFailed) and error.child is None else error
        _start_failed(kernel, cell, state, spec.id, cause or error)


def child_of(cell: Cell, child_id: str) -> Cell | None:
    """Give the actor that runs a child spec, if there is one."""
    state = None if cell._kin is None else cell._kin.supervision
    entry = None if state is None else state.entries.get(child_id)
    return None if entry is None or isinstance(entry, ChildSpec) else entry


def running(state: Supervision) -> list[Cell]:
    """Give the actors of a supervisor, in start order."""
    return [entry for entry in state.entries.values() if not isinstance(entry, ChildSpec)]


def _info(child_id: str, entry: Cell | ChildSpec) -> ChildInfo:
    if isinstance(entry, ChildSpec):
        return ChildInfo(child_id, None, "stopped")
    restarting = entry._run is not None and (entry._run.ending is not None or (entry._run.number > 0 and life.is_starting(entry)))
    return ChildInfo(child_id, entry.self, "restarting" if restarting else "up")


def _entries(actor: ActorContext[object]) -> dict[str, Cell | ChildSpec]:
    state = None if actor._kin is None else actor._kin.supervision
    return {} if state is None else state.entries


def _which(_: WhichChildren, actor: ActorContext[Children]) -> MessagePlan[Children, tuple[ChildInfo, ...]]:
    return MessagePlan(reply=tuple(_info(child_id, entry) for child_id, entry in _entries(actor).items()))


def _count(_: CountChildren, actor: ActorContext[Children]) -> MessagePlan[Children, ChildCounts]:
    entries = _entries(actor).values()
    behaviors = [entry.behavior if isinstance(entry, ChildSpec) else entry._behavior for entry in entries]
    supervisors = sum(behavior.supervision is not None for behavior in behaviors)
    active = sum(not isinstance(entry, ChildSpec) for entry in entries)
    return MessagePlan(reply=ChildCounts(len(behaviors), active, supervisors, len(behaviors) - supervisors))
