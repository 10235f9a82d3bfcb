"""What a supervisor answers about its children, and what it does with them when asked (OTP: `supervisor:start_child/2` and its kin).

A supervisor handles one such request at a time, as OTP's does: while a child starts or stops on request, others wait.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Literal

from actorweb.errors import ActorError, BadSpec, ChildError, ChildStartFailed
from actorweb.kernel import exits, life, supervision
from actorweb.kernel.cell import run_of
from actorweb.kernel.child_spec import ChildSpec, check_fits
from actorweb.kernel.plan import MessagePlan
from actorweb.kernel.ref import ActorRef
from actorweb.kernel.table import OCCUPIED, release
from actorweb.values.message import Request, message
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.kernel.ask import Asked
    from actorweb.kernel.cell import ActorContext, Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.supervision import Supervision
    from actorweb.values.generics import Never


@dataclasses.dataclass(frozen=True, slots=True)
class Children:
    """The context of a supervisor: the ids it was defined with, in start order."""

    ids: tuple[str, ...] = ()


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


@message
class WhichChildren(Request[tuple[ChildInfo, ...]]):
    """Asks a supervisor for its children, in start order."""


@message
class CountChildren(Request[ChildCounts]):
    """Asks a supervisor for the numbers of its children."""


class StartChild(Record, Request[ActorRef[object]]):
    """Adds a child to a supervisor and starts it; the reply is its ref once it has started.

    Refused with `ChildError`: `already_started`, `already_present` (its spec is there, stopped). If the start fails, the
    ask ends with `ChildStartFailed` and nothing is added. Source: OTP, `supervisor:start_child/2`.
    """

    spec: ChildSpec

    __wire_name__ = "StartChild"

    def __init__(self, spec: ChildSpec) -> None:
        if not isinstance(spec, ChildSpec):
            raise BadSpec(f"StartChild({spec!r})", "what child(…) gives", "write StartChild(child(id, behavior))")
        super().__init__(spec)


class TerminateChild(Record, Request[None]):
    """Stops a child as its spec's shutdown says; the reply comes when it has ended. It is not started again.

    The spec stays, as `stopped`, unless the child is temporary or the supervisor dynamic. Give the id, or the ref; a
    dynamic supervisor knows its children by ref only. Refused with `ChildError`: `not_found`. Source: OTP,
    `supervisor:terminate_child/2`.
    """

    child: str | ActorRef[Never]

    __wire_name__ = "TerminateChild"


class RestartChild(Record, Request[ActorRef[object]]):
    """Starts a stopped child again, as a new spawn; the reply is its new ref once it has started.

    Refused with `ChildError`: `running`, `restarting`, `not_found`. If the start fails, the ask ends with
    `ChildStartFailed` and the child stays stopped. Source: OTP, `supervisor:restart_child/2`.
    """

    id: str

    __wire_name__ = "RestartChild"


class DeleteChild(Record, Request[None]):
    """Forgets a stopped child. Refused with `ChildError`: `running`, `restarting`, `not_found`. Source: OTP, `supervisor:delete_child/2`."""

    id: str

    __wire_name__ = "DeleteChild"


class Adding:
    """A child that starts because it was asked for, and what stays of it if that fails."""

    __slots__ = ("asked", "cell", "spec")

    def __init__(self, cell: Cell, asked: Asked | None, spec: ChildSpec | None) -> None:
        self.cell: Cell = cell
        self.asked: Asked | None = asked
        self.spec: ChildSpec | None = spec


def which(_: WhichChildren, actor: ActorContext[Children]) -> MessagePlan[Children, tuple[ChildInfo, ...]]:
    """Answer `WhichChildren`."""
    return MessagePlan(reply=tuple(_info(entry) for entry in supervision.state_of(actor).entries.values()))


def count(_: CountChildren, actor: ActorContext[Children]) -> MessagePlan[Children, ChildCounts]:
    """Answer `CountChildren`."""
    entries = supervision.state_of(actor).entries.values()
    behaviors = [entry.behavior if isinstance(entry, ChildSpec) else entry._behavior for entry in entries]
    supervisors = sum(behavior.supervision is not None for behavior in behaviors)
    active = sum(not isinstance(entry, ChildSpec) and not _is_restarting(entry) for entry in entries)
    return MessagePlan(reply=ChildCounts(len(behaviors), active, supervisors, len(behaviors) - supervisors))


def start(request: StartChild, actor: ActorContext[Children]) -> MessagePlan[Children, ActorRef[object]]:
    """Answer `StartChild`."""
    state, spec = supervision.state_of(actor), request.spec
    entry = None if state.dynamic else state.entries.get(spec.id)
    if entry is not None:
        return _refuse(actor, request, "already_present" if isinstance(entry, ChildSpec) else "already_started")
    try:
        check_fits(actor._behavior.name, state.spec, spec)
    except BadSpec as error:
        return _failed(actor, spec.id, error)
    return _start(actor, state, spec, None)


def restart(request: RestartChild, actor: ActorContext[Children]) -> MessagePlan[Children, ActorRef[object]]:
    """Answer `RestartChild`."""
    state = supervision.state_of(actor)
    entry = None if state.dynamic else state.entries.get(request.id)
    if entry is None:
        return _refuse(actor, request, "not_found")
    if not isinstance(entry, ChildSpec):
        return _refuse(actor, request, "restarting" if _is_restarting(entry) else "running")
    return _start(actor, state, entry, entry)


def delete(request: DeleteChild, actor: ActorContext[Children]) -> MessagePlan[Children, None]:
    """Answer `DeleteChild`."""
    state = supervision.state_of(actor)
    entry = None if state.dynamic else state.entries.get(request.id)
    if entry is None:
        return _refuse(actor, request, "not_found")
    if not isinstance(entry, ChildSpec):
        return _refuse(actor, request, "restarting" if _is_restarting(entry) else "running")
    del state.entries[request.id]
    return MessagePlan(reply=None)


def terminate(request: TerminateChild, actor: ActorContext[Children]) -> MessagePlan[Children, None]:
    """Answer `TerminateChild`."""
    state, wanted = supervision.state_of(actor), request.child
    if isinstance(wanted, ActorRef):
        cell = wanted._cell
        key = cell if state.dynamic else "" if cell._kin is None or cell._kin.spec is None else cell._kin.spec.id
        entry = state.entries.get(key)
        if entry is not cell:
            return _refuse(actor, request, "not_found")
    else:
        entry = None if state.dynamic else state.entries.get(wanted)
    if entry is None:
        return _refuse(actor, request, "not_found")
    if isinstance(entry, ChildSpec):
        return MessagePlan(reply=None)
    asked = actor.self._kernel.asked
    state.terminating = entry
    actor._table = OCCUPIED
    kernel, sup = actor.self._kernel, actor
    kernel.command(entry, lambda kernel, cell: exits.end_child(kernel, cell, partial(_done, kernel, sup, asked, None)))
    return MessagePlan(defer=True)


def _start(actor: ActorContext[Children], state: Supervision, spec: ChildSpec, kept: ChildSpec | None) -> MessagePlan[Children, ActorRef[object]]:
    kernel = actor.self._kernel
    try:
        cell = life.spawn(kernel, spec.behavior, name=spec.name, parent=actor, spec=spec)
    except ActorError as error:
        return _failed(actor, spec.id, error)
    state.entries[cell if state.dynamic else spec.id] = cell
    state.adding = Adding(cell, kernel.asked, kept)
    actor._table = OCCUPIED
    kernel.queue.append((cell, life.Start()))
    return MessagePlan(defer=True)


def added(kernel: Kernel, cell: Cell, adding: Adding, failure: BaseException | None) -> None:
    """Tell who asked for a child how its start ended."""
    state = run_of(cell).supervision
    if state is None:
        return
    state.adding = None
    error: ChildStartFailed | None = None
    if failure is not None:
        spec = None if adding.cell._kin is None else adding.cell._kin.spec
        error = _start_failure(cell, "" if spec is None else spec.id, failure)
    _done(kernel, cell, adding.asked, adding.cell.self, error)


def _done(kernel: Kernel, cell: Cell, asked: Asked | None, reply: object, error: ChildStartFailed | None = None) -> None:
    """Answer a request that took its time, and take the next."""
    if asked is not None:
        asked.finish(reply, error)
    elif error is not None:
        kernel.unasked_reply(cell, error)
    if cell._table is OCCUPIED:
        release(cell)


def _refuse(
    actor: ActorContext[Children], request: object, code: Literal["already_started", "already_present", "running", "restarting", "not_found"]
) -> MessagePlan[Children]:
    return _fail(actor, ChildError(code, actor.self, request))


def _failed(actor: ActorContext[Children], child_id: str, cause: ActorError) -> MessagePlan[Children]:
    return _fail(actor, _start_failure(actor, child_id, cause))


def _fail(actor: ActorContext[Children], error: ChildError | ChildStartFailed) -> MessagePlan[Children]:
    kernel = actor.self._kernel
    if kernel.asked is not None:
        kernel.asked.finish(None, error)
    else:
        kernel.unasked_reply(actor, error)  # it was told, not asked: only a report says that nothing was done
    return MessagePlan()


def _start_failure(cell: Cell, child_id: str, cause: BaseException) -> ChildStartFailed:
    failure = ChildStartFailed(cell.self, child_id, f"{type(cause).__name__}: {cause}")
    failure.__cause__ = cause
    return failure


def _info(entry: Cell | ChildSpec) -> ChildInfo:
    if isinstance(entry, ChildSpec):
        return ChildInfo(entry.id, None, "stopped")
    spec = None if entry._kin is None else entry._kin.spec
    return ChildInfo("" if spec is None else spec.id, entry.self, "restarting" if _is_restarting(entry) else "up")


def _is_restarting(cell: Cell) -> bool:
    run = cell._run
    return run is not None and (run.ending is not None or (run.number > 0 and life.is_starting(cell)))
