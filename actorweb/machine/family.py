"""The family of a machine: the actors that it invokes and spawns, each a child of its actor, and what they tell each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from actorweb.errors import EncodeError, StartFailed
from actorweb.kernel.behavior import Behavior
from actorweb.kernel.builder import define_behavior
from actorweb.kernel.cell import run_of
from actorweb.kernel.recorder import State
from actorweb.kernel.signals import Crash, Normal
from actorweb.machine.effects import Self
from actorweb.machine.invoked import Invoked, kind_of
from actorweb.machine.own import LEAVE
from actorweb.machine.snapshot import MachineSnapshot
from actorweb.values.codec import encode_as
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.kernel.cell import ActorContext, Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.signals import Down
    from actorweb.machine.effects import Child, Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.values.generics import Never
    from actorweb.values.json import JsonObject


class Seat:
    """What an actor is to the machine that runs in it, or that has invoked it."""

    __slots__ = ("invoked", "parent", "self", "sync")

    def __init__(self, self_: Self, parent: Cell | None, *, invoked: bool = False, sync: bool = False) -> None:
        self.self: Self = self_
        self.parent: Cell | None = parent
        self.invoked: bool = invoked  # by a machine, which wants to hear how it ends
        self.sync: bool = sync  # each new state of it is an event of its parent's

    def tell_parent(self, event: Occurrence) -> None:
        """Send an event to the parent."""
        if self.parent is not None:
            send(self.parent, event)


def seat_of(cell: Cell) -> Seat:
    """Give the seat of an actor that runs a machine."""
    run = run_of(cell)
    seat = run.seat
    if not isinstance(seat, Seat):
        parent = None if cell._kin is None else cell._kin.parent
        if parent is not None and parent._behavior.supervision is not None:
            parent = None  # a supervisor is no parent in the sense of XState
        actor: ActorContext[JsonObject, object] = cell  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (its context is a machine's)
        seat = run.seat = Seat(Self(cell.self.path, has_parent=parent is not None, actor=actor), parent)
    return seat


def check_actor(name: str, given: object) -> None:
    """Raise `BadActor` for what a machine cannot invoke."""
    from actorweb.machine.machine import Machine  # noqa: PLC0415  (it imports the room of steps, which knows no actors)

    if not isinstance(given, (Behavior, Machine)):
        kind_of(name, given)


def behavior_of(machine: Machine[object], src: str, given: object, dependencies: object) -> Behavior[Never, object]:
    """Give the behavior of what a machine invokes by that name."""
    from actorweb.machine.machine import Machine  # noqa: PLC0415  (it imports the room of steps, which knows no actors)

    made = machine.actors[src]
    if isinstance(made, Behavior):
        if given is None or made.bound:
            return made
        if made.logic is not None:
            return made.with_input(given)
        return _bound(made, (), given) if isinstance(given, Mapping) else _bound(made, (given,), {})
    known = machine.behaviors.get(src)
    if known is None or known.dependencies is not dependencies:
        start = define_behavior(src.replace("/", "_") or "actor").with_dependencies(dependencies)
        known = start.with_machine(made).build() if isinstance(made, Machine) else kind_of(src, made).behavior(start)
        machine.behaviors[src] = known
    return known.with_input(given) if known.logic is not None else _bound(known, (given,), {})


def _bound(behavior: Behavior[Never, object, ...], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Behavior[Never, object]:
    return behavior(*args, **kwargs)


def spawn(cell: Cell, machine: Machine[object], child: Child, *, again: bool = False) -> None:
    """Start a child, as part of the turn. `again`: with the state that it had."""
    before = child.persisted if child.ref is None else persisted(child)
    if again and child.start_input is None and isinstance(before, Mapping):
        child.start_input = before.get("input")
    behavior = behavior_of(machine, child.src, child.start_input, cell._behavior.dependencies)
    state: State | None = None
    if again and behavior.logic is not None and isinstance(before, Mapping):
        whole = behavior.logic.from_json(before)
        state = State(whole, whole.version, ("default",))
    ref: ActorRef[object] = cell.self._kernel.spawn(behavior, name=child.system_id, parent=cell, state=state)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]  (any message may be sent to it: what it does not take is reported)
    child.ref = ref
    actor: ActorContext[JsonObject, object] = ref._cell  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (its context is a machine's, or nobody asks)
    run_of(ref._cell).seat = Seat(Self(child.id, has_parent=True, actor=actor), cell, invoked=True, sync=child.sync)
    cell.watch(ref)


def stop(cell: Cell, child: Child) -> None:
    """Let a child end, behind all that was sent to it."""
    if child.ref is not None:
        kernel = cell.self._kernel
        kernel.out((child.ref._cell, LEAVE))
        if child.system_id is not None:
            kernel.registry.release(child.system_id, child.ref._cell)  # the state that is entered next may invoke another of that name


def send(cell: Cell, event: Occurrence) -> None:
    """Send an event to an actor: as the message that it declares a handler for by that name, if it does. Raises `DecodeError` if it does not fit."""
    behavior = cell._behavior
    message: object = event
    if event["type"] in behavior.messages and not (behavior.logic is not None and event["type"] in behavior.logic.events):
        message = behavior.message_from_json(event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (an event is JSON, or a field is refused)
    cell.self._kernel.out((cell, message))


def is_own(target: Cell, cell: Cell) -> bool:
    """Tell whether that actor was invoked or spawned by the machine of this one."""
    seat = None if target._run is None else target._run.seat
    return isinstance(seat, Seat) and seat.invoked and seat.parent is cell


def is_alive(child: Child) -> bool:
    """Tell whether a child's actor has not ended."""
    return child.ref is not None and not (child.ref._cell._run is not None and child.ref._cell._run.ended)


def may_go_on(child: Child) -> bool:
    """Tell whether a child that has no actor was at work when its state was taken."""
    data = child.persisted if child.ref is None else persisted(child)
    return not isinstance(data, Mapping) or data.get("status", "active") == "active"


def end_of_child(signal: Down, state: MachineSnapshot) -> Occurrence | None:
    """Give the event that tells of a child's end, if the machine has not stopped it."""
    for child in state.children.values():
        if child.ref is not None and child.ref._cell is signal.ref._cell:
            if isinstance(signal.reason, Normal):
                return {"type": f"xstate.done.actor.{child.id}", "output": _output(signal.ref._cell), "actorId": child.id}
            return {"type": f"xstate.error.actor.{child.id}", "error": _error(signal), "actorId": child.id}
    return None


def _output(cell: Cell) -> object:
    run = cell._run
    if run is not None and isinstance(run.logic, MachineSnapshot):
        return None if run.logic.output is UNSET else run.logic.output
    return cell.context.output if isinstance(cell.context, Invoked) else cell.context


def _error(signal: Down) -> object:
    reason = signal.reason
    if not isinstance(reason, Crash):
        return StartFailed(signal.ref, None, f"it was stopped: {reason!r}")
    error = reason.error
    return error.__cause__ if isinstance(error, StartFailed) and error.__cause__ is not None else error


def persisted(child: Child) -> object:
    """Give the persisted form of a child as it is now."""
    if child.ref is None:
        return child.persisted
    cell = child.ref._cell
    run, logic = cell._run, cell._behavior.logic
    if logic is not None and run is not None and run.logic is not None:
        data: object = logic.to_json(run.logic.at(cell._version, cell.context))
        if run.ended and run.ending is not None and isinstance(run.ending.reason, Crash) and isinstance(data, Mapping):
            data = {**data, "status": "error"}
        return data
    ended = None if run is None or not run.ended or run.ending is None else run.ending.reason
    status = "done" if isinstance(ended, Normal) else "error" if isinstance(ended, Crash) else "active"
    form: dict[str, object] = {"status": status, "input": child.start_input}
    if isinstance(cell.context, Invoked):
        form["context"] = cell.context.context
    if status == "done":
        form["output"] = _output(cell)
    try:
        return encode_as(object, form)
    except EncodeError:
        return {"status": status}
