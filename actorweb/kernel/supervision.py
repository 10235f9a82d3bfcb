"""Supervision at work: who starts whom, who is started again, and how often (OTP: `supervisor`).

A supervisor is an actor like any other. It starts its children in order and stops them in reverse. It decides about an
ended child before the child's watchers hear of the end, so that `Down.restarting` is the truth.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from actorweb.errors import ActorError, StartFailed
from actorweb.kernel import children, exits, life, restart_group
from actorweb.kernel.cell import run_of
from actorweb.kernel.child_spec import ChildSpec
from actorweb.kernel.signals import Crash, Reason, Shutdown, is_abnormal
from actorweb.kernel.timers import Deadline

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.child_spec import Backoff, SupervisorSpec
    from actorweb.kernel.children import Adding
    from actorweb.kernel.life import Start
    from actorweb.kernel.scheduler import Kernel


class Decision(Enum):
    """What becomes of a child that has ended."""

    LEAVE = "leave"
    RESTART = "restart"
    LATER = "later"
    """It starts again when its backoff is over; what waits for it goes on waiting."""
    TOGETHER = "together"
    """It starts again, after those that its strategy stops with it; what waited for them is lost."""


class Supervision:
    """What a running supervisor keeps."""

    __slots__ = (
        "adding",
        "backoffs",
        "current",
        "down",
        "dynamic",
        "entries",
        "group",
        "group_starts",
        "message",
        "restarts",
        "spec",
        "starting",
        "stopping",
        "terminating",
        "waiting",
    )

    def __init__(self, spec: SupervisorSpec, message: Start | None) -> None:
        self.spec: SupervisorSpec = spec
        self.dynamic: bool = spec.strategy == "dynamic"
        # By id (by actor, where the supervisor is dynamic): the actor that runs a spec, or the spec that no actor runs. A record beside it would cost each child 48 bytes.
        self.entries: dict[str | Cell, Cell | ChildSpec] = {child.id: child for child in spec.children}
        self.waiting: list[ChildSpec] = list(spec.children)
        self.waiting.reverse()
        self.current: Cell | None = None
        self.message: Start | None = message
        self.restarts: deque[float] = deque()
        # A request at work: the child that is started, or stopped, because somebody asked for it.
        self.adding: Adding | None = None
        self.terminating: Cell | None = None
        # A restart of several: who belongs to it, who was told to stop, who is down, and who starts at present.
        self.group: list[str | Cell] = []
        self.group_starts: bool = False
        self.stopping: dict[Cell, None] = {}
        self.down: dict[Cell, Reason] = {}
        self.starting: Cell | None = None
        self.backoffs: dict[Cell, Wait] = {}


class Wait:
    """What a child with a backoff has behind it, and the end of its wait if it waits."""

    __slots__ = ("deadline", "failures", "since")

    def __init__(self, since: float) -> None:
        self.failures: int = 0
        self.since: float = since
        self.deadline: Deadline | None = None


def state_of(cell: Cell) -> Supervision:
    """Give what a supervisor keeps."""
    run = run_of(cell)
    state = run.supervision
    if state is None:
        assert cell._behavior.supervision is not None  # noqa: S101  (only supervisors have children with a spec)
        state = run.supervision = Supervision(cell._behavior.supervision, None)
    return state


# --- the first start -------------------------------------------------------------------------------------------------


def begin(kernel: Kernel, cell: Cell, start: Start) -> None:
    """Start the children in order; the supervisor has started when the last of them has."""
    definition = cell._behavior.supervision
    if definition is None:
        return
    run_of(cell).supervision = Supervision(definition, start)
    _start_next(kernel, cell)


def _start_next(kernel: Kernel, cell: Cell) -> None:
    state = run_of(cell).supervision
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
    state = None if cell._run is None else cell._run.supervision
    if state is None or state.message is None:
        return None
    start, state.message = state.message, None
    return start


def child_started(kernel: Kernel, cell: Cell, child_cell: Cell) -> None:
    """Go on with whatever waits for the start of a child."""
    state = state_of(cell)
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if spec is not None and spec.backoff is not None:
        wait = state.backoffs.setdefault(child_cell, Wait(0.0))
        wait.since = kernel.world.now()
    if state.current is child_cell:
        _start_next(kernel, cell)
    elif state.starting is child_cell:
        state.starting = None
        restart_group.go_on(kernel, cell, state)
    elif state.adding is not None and state.adding.cell is child_cell:
        children.added(kernel, cell, state.adding, None)


# --- the end of a child ----------------------------------------------------------------------------------------------


def decide(kernel: Kernel, cell: Cell, child_cell: Cell, reason: Reason) -> Decision:
    """Say whether an ended child is started again; count it, and end the supervisor if it was once too often."""
    state = None if cell._run is None else cell._run.supervision
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if state is None or spec is None:
        return Decision.LEAVE
    wait = state.backoffs.get(child_cell)
    if wait is not None and wait.deadline is not None:
        kernel.clock.forget(wait.deadline)
        wait.deadline = None
    ending = None if child_cell._run is None else child_cell._run.ending
    if (
        state.current is child_cell
        or state.terminating is child_cell
        or (state.adding is not None and state.adding.cell is child_cell)
        or (cell._run is not None and (cell._run.ending is not None or cell._run.ended))
        or (ending is not None and (ending.start_ignored is not None or ending.moved))
    ):
        return Decision.LEAVE
    if child_cell in state.stopping or child_cell in state.down:
        # Its strategy stopped it, or somebody did while it was down: a temporary one is forgotten, any other starts again (OTP does the same).
        state.stopping.pop(child_cell, None)
        return Decision.LEAVE if spec.restart == "temporary" else Decision.TOGETHER
    if not starts_again(spec, reason):
        if spec.significant:
            _significant_ended(kernel, cell, state, child_cell)
        return Decision.LEAVE
    if spec.backoff is not None:
        return _wait(kernel, cell, child_cell, spec.backoff, reason)
    if not count_restart(kernel, cell, state):
        return Decision.LEAVE
    if state.dynamic or state.spec.strategy == "one_for_one":
        return Decision.RESTART
    restart_group.widen(kernel, state, child_cell)
    return Decision.TOGETHER


def restarts_together(cell: Cell | None) -> bool:
    """Tell whether a supervisor's strategy restarts children together."""
    spec = None if cell is None else cell._behavior.supervision
    return spec is not None and spec.strategy in ("one_for_all", "rest_for_one")


def starts_again(spec: ChildSpec, reason: Reason) -> bool:
    """Tell whether a child that ended by itself for this reason is started again."""
    return spec.restart == "permanent" or (spec.restart == "transient" and is_abnormal(reason))


def _significant_ended(kernel: Kernel, cell: Cell, state: Supervision, child_cell: Cell) -> None:
    """End the supervisor with the child whose end means its own (OTP: `auto_shutdown`)."""
    if state.spec.auto_shutdown == "all_significant":
        others = (each._kin.spec for each in running(state) if each is not child_cell and each._kin is not None)
        if any(spec is not None and spec.significant for spec in others):
            return
    exits.end(kernel, cell, Shutdown())


def count_restart(kernel: Kernel, cell: Cell, state: Supervision) -> bool:
    """Count a restart; False, and the supervisor ends, if it was once too often."""
    definition, restarts, now = state.spec, state.restarts, kernel.world.now()
    while restarts and now - restarts[0] > definition.period:
        restarts.popleft()
    restarts.append(now)
    if len(restarts) <= definition.intensity:
        return True
    exits.end(kernel, cell, Shutdown(f"{definition.intensity} restarts in {definition.period:g} s are exhausted"))
    return False


def _wait(kernel: Kernel, cell: Cell, child_cell: Cell, backoff: Backoff, reason: Reason) -> Decision:
    """Let a restart wait. It counts when its wait is over."""
    state, now = state_of(cell), kernel.world.now()
    wait = state.backoffs.setdefault(child_cell, Wait(now))
    if now - wait.since >= backoff.quiet:
        wait.failures = 0
    wait.failures += 1
    chance = kernel.world.random.random() if backoff.jitter else 0.5
    wait.since = now + backoff.delay(wait.failures, chance)  # a start that fails at once has lived no time at all
    wait.deadline = Deadline(wait.since, lambda: kernel.command(child_cell, over))
    over = partial(_waited, sup=cell, deadline=wait.deadline, reason=reason)
    kernel.clock.set(wait.deadline)
    return Decision.LATER


def _waited(kernel: Kernel, child_cell: Cell, *, sup: Cell, deadline: Deadline, reason: Reason) -> None:
    """Start a child whose backoff is over, together with those that its strategy restarts with it."""
    state = state_of(sup)
    wait = state.backoffs.get(child_cell)
    if wait is None or wait.deadline is not deadline or any(each._run is not None and each._run.ending is not None for each in (sup, child_cell)):
        return  # it was stopped, or started with a group, meanwhile
    wait.deadline = None
    if not count_restart(kernel, sup, state):
        return
    if state.dynamic or state.spec.strategy == "one_for_one":
        life.start_again(kernel, child_cell, reason)
        return
    state.down[child_cell] = reason
    restart_group.widen(kernel, state, child_cell)
    restart_group.go_on(kernel, sup, state)


# --- what waits for an end -------------------------------------------------------------------------------------------


def child_ended(kernel: Kernel, cell: Cell, child_cell: Cell, reason: Reason, *, decision: Decision, ignored: bool) -> None:
    """Go on with whatever waits for the end of a child."""
    run = cell._run
    if run is not None and run.ending is not None:
        kernel.command(cell, exits.proceed)
        return
    state = None if cell._run is None else cell._run.supervision
    if state is None or decision in (Decision.RESTART, Decision.LATER):
        return
    if decision is Decision.TOGETHER:
        state.down[child_cell] = reason
        if state.starting is child_cell:
            state.starting = None
        restart_group.go_on(kernel, cell, state)
        return
    _forget(state, child_cell)
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if state.group:
        state.group = [key for key in state.group if spec is None or key != spec.id]
        restart_group.go_on(kernel, cell, state)
    if state.current is child_cell and spec is not None:
        if ignored:
            _start_next(kernel, cell)
            return
        cause = _cause(child_cell, reason)
        _start_failed(kernel, cell, state, spec.id, cause)
    elif state.adding is not None and state.adding.cell is child_cell:
        if not ignored and state.adding.spec is None and not state.dynamic and spec is not None:
            state.entries.pop(spec.id, None)  # a child that was to be added and did not start is not kept
        children.added(kernel, cell, state.adding, None if ignored else _cause(child_cell, reason))


def _cause(child_cell: Cell, reason: Reason) -> BaseException:
    """Say why a child did not start: the worker's own error says more than the StartFailed around it; a supervisor's StartFailed names its child."""
    error = reason.error if isinstance(reason, Crash) else StartFailed(child_cell.self, None, f"it was stopped: {reason!r}")
    cause = error.__cause__ if isinstance(error, StartFailed) and error.child is None else error
    return cause or error


def _forget(state: Supervision, child_cell: Cell) -> None:
    """Take an actor that has ended for good out of everything that a supervisor keeps of it, but for its spec."""
    state.backoffs.pop(child_cell, None)
    state.stopping.pop(child_cell, None)
    state.down.pop(child_cell, None)
    if state.starting is child_cell:
        state.starting = None
    if state.terminating is child_cell:
        state.terminating = None
    spec = None if child_cell._kin is None else child_cell._kin.spec
    if spec is None:
        return
    key = child_cell if state.dynamic else spec.id
    if state.entries.get(key) is not child_cell:
        return
    if state.dynamic or spec.restart == "temporary":
        del state.entries[key]
    else:
        state.entries[key] = spec


# --- looking -----------------------------------------------------------------------------------------------------------


def child_of(cell: Cell, child_id: str) -> Cell | None:
    """Give the actor that runs a child spec, if there is one."""
    state = None if cell._run is None else cell._run.supervision
    entry = None if state is None else state.entries.get(child_id)
    return None if entry is None or isinstance(entry, ChildSpec) else entry


def running(state: Supervision) -> list[Cell]:
    """Give the actors of a supervisor, in start order."""
    return [entry for entry in state.entries.values() if not isinstance(entry, ChildSpec)]


def in_start_order(cell: Cell) -> list[Cell]:
    """Give the children of an actor in the order in which they are to be stopped last to first."""
    kin, run = cell._kin, cell._run
    if kin is None or not kin.children:
        return []
    if run is None or run.supervision is None:
        return list(kin.children)
    # The order of the specs, whatever was started again meanwhile, and then whoever is not among them any more.
    specified = {each: None for each in running(run.supervision) if each in kin.children}
    return [*specified, *(each for each in kin.children if each not in specified)]
