"""Hosting: a machine as the logic of actors. Each event is a turn; what a step asks for becomes the turn's sends and plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from actorweb.errors import DecodeError, EncodeError
from actorweb.errors.machine import StepFailed
from actorweb.kernel.cell import run_of
from actorweb.kernel.logic import LogicSnapshot, state_of
from actorweb.kernel.plan import Cancel, MessagePlan, Stepped
from actorweb.kernel.reports import Unhandled
from actorweb.kernel.schedule import LastingAfter
from actorweb.kernel.signals import Down
from actorweb.kernel.table import unhandled
from actorweb.machine import family
from actorweb.machine.effects import Scope
from actorweb.machine.own import OWN, OwnEvent
from actorweb.machine.performance import Performance
from actorweb.machine.snapshot import MachineSnapshot
from actorweb.values.codec import encode_as, from_json, message_from_json, to_json
from actorweb.values.message import is_message_type, wire_name
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.logic import Entries
    from actorweb.kernel.table import Handlers
    from actorweb.machine.effects import Effect, Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.values.json import Json

_PLAIN = (str, int, float, bool, type(None))


class Hosting:
    """The kernel's `Logic`: one machine, for all actors of a behavior."""

    def __init__(self, machine: Machine[object], *, alone: bool = False) -> None:
        self._alone = alone
        self.machine: Machine[object] = machine
        self.events: Mapping[str, type] = machine.events
        self._fields: dict[type, tuple[str, tuple[str, ...]]] = {}

    # --- messages ----------------------------------------------------------------------------------------------------

    def handlers(self, given: Handlers) -> Handlers:
        """Give the handlers of a machine's own events and of its children's ends."""
        return {OwnEvent: self._own, Down: partial(self._down, given.get(Down, unhandled))}

    def take(self, message: object, cell: Cell) -> object:
        """Handle a message as an event."""
        event = message if type(message) is dict else self.event_of(message)
        if event is None or type(event.get("type")) is not str:
            unhandled(message, cell)
            return None
        return self._handle(event, cell, message)

    def event_of(self, message: object) -> Occurrence | None:
        """Give the event that a message is, or None. What has a JSON form is that; what has none, a ref say, goes as it is."""
        if isinstance(message, Mapping):
            return message
        kind = type(message)
        known = self._fields.get(kind)
        if known is None:
            if not is_message_type(kind):
                return None
            known = self._fields[kind] = (wire_name(kind), tuple(getattr(kind, "__match_args__", ())))
        name, fields = known
        event: dict[str, object] = {"type": name}
        for field in fields:
            value = getattr(message, field)
            event[field] = value if isinstance(value, _PLAIN) else _as_json(value)
        return event

    def _own(self, message: OwnEvent, cell: Cell) -> object:
        if message.to is None:
            return self._handle(message.event, cell, message)
        if message.to == "#_parent":
            family.seat_of(cell).tell_parent(message.event)
            return None
        child = _machine_state(cell).children.get(message.to)
        if child is not None and child.ref is not None:
            family.send(child.ref._cell, message.event)
        return None

    def _down(self, handler: Callable[[Down, Cell], object], signal: Down, cell: Cell) -> object:
        event = family.end_of_child(signal, _machine_state(cell))
        if event is not None:
            return self._handle(event, cell, signal)
        return None if family.is_own(signal.ref._cell, cell) else handler(signal, cell)

    def message_from_json(self, messages: Mapping[str, type], data: Json) -> object:
        """Read a declared message, or leave what is an event as it is. From outside nobody tells a machine what only it may know."""
        kind = data.get("type") if isinstance(data, Mapping) else None
        if kind in messages or not isinstance(kind, str):
            return message_from_json(messages, data)
        if kind.startswith("xstate.") and kind != "xstate.route":
            raise DecodeError(f"the event {kind!r} came from outside", "an event that is not the machine's own", "name events of yours otherwise")
        return data

    def alone(self) -> Hosting:
        """Give the same for a replay: without children."""
        return Hosting(self.machine, alone=True)

    def kept_from_json(self, messages: Mapping[str, type], data: Json) -> object:
        """Read a message that was kept with a state: also an event of the machine's own."""
        kind = data.get("type") if isinstance(data, Mapping) else None
        if kind == OWN:
            return from_json(OwnEvent, data)
        if isinstance(data, Mapping) and isinstance(kind, str) and kind.startswith("xstate.") and kind not in messages:
            return {**data, "snapshot": from_json(Snapshot[object], data["snapshot"])} if kind.startswith("xstate.snapshot.") and "snapshot" in data else data
        return self.message_from_json(messages, data)

    # --- steps -------------------------------------------------------------------------------------------------------

    def _handle(self, event: Occurrence, cell: Cell, message: object) -> object:
        """Take one event. One that asks for nothing of a plan's needs none."""
        run = cell._run or run_of(cell)
        state = run.logic
        if type(state) is not MachineSnapshot or state.version != cell._version or state.context is not cell.context:
            state = _machine_state(cell)
        seat = run.seat
        if type(seat) is not family.Seat:
            seat = family.seat_of(cell)
        after, effects, error = self.machine.take(state, event, seat.self)
        entries: Entries = {}
        if effects or error is not None or after.status != "active" or seat.sync:
            entries = self._perform(cell, after, effects, error)
        if after is state and not entries:
            if not effects and not self.machine.knows(str(event["type"])):
                cell.self._kernel.reports.publish(Unhandled(cell.self, message))
            return None
        if entries or after.status != "active" or cell._behavior.kept:
            return MessagePlan(**{**entries, "context": after.context, "transition": Stepped(event, after)})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (checked as every plan)
        return Stepped(event, after)

    def step(self, cell: Cell, state: LogicSnapshot, event: object) -> tuple[LogicSnapshot, Entries]:
        """Take the event of a handler's plan."""
        assert isinstance(state, MachineSnapshot)  # noqa: S101  (this logic has made it)
        assert isinstance(event, Mapping)  # noqa: S101  (the plan was checked)
        after, effects, error = self.machine.take(state, event, family.seat_of(cell).self)
        return after, self._perform(cell, after, effects, error)

    def _perform(self, cell: Cell, after: MachineSnapshot, effects: tuple[Effect, ...], error: BaseException | None = None) -> Entries:
        """Do what a step asks for. Raises what an action raises, else the error that broke the step off, else that of status `error`."""
        performance = Performance(cell, self.machine, alone=self._alone)
        more = performance.act(effects)
        if error is not None:
            raise error
        if after.status == "error":
            raise _failure(cell, after)
        if more:
            performance.send(effects)
        seat = family.seat_of(cell)
        if after.status != "active":
            performance.end_timers()
            if seat.invoked or after.status == "stopped":
                performance.entries["stop"] = True
        elif seat.sync:  # for each event, also one that changed nothing, as in XState
            seat.tell_parent({"type": f"xstate.snapshot.{seat.self.id}", "snapshot": after})
        return performance.entries

    # --- lives -------------------------------------------------------------------------------------------------------

    def first(self, given: object) -> LogicSnapshot:
        """Give the first state."""
        return self.machine.initial_snapshot(given)

    def begin(self, cell: Cell, given: object) -> tuple[LogicSnapshot, Entries]:
        """Take the initial step."""
        state, effects = self.machine.begin(given, family.seat_of(cell).self)
        if state.status == "error":
            raise _failure(cell, state)
        run_of(cell).logic = state
        return state, self._perform(cell, state, effects)

    def resume(self, cell: Cell, before: LogicSnapshot | None) -> Entries:
        """Let the children be those of the present state, and the `after` timers.

        A timer that is set goes on with the time that is left of it; one that is missing is set anew.
        """
        kept = run_of(cell).logic
        state = _machine_state(cell)
        earlier = kept.version if isinstance(kept, MachineSnapshot) and isinstance(before, MachineSnapshot) and kept.version < before.version else None
        if isinstance(before, MachineSnapshot):
            for child in before.children.values():
                if child not in state.children.values():
                    family.stop(cell, child)
        active = state.status == "active"
        for child in state.children.values() if active and not self._alone else ():
            if earlier is not None and family.has_ended_since(child, earlier):  # a rollback to before its end: it begins anew
                family.spawn(cell, self.machine, child)
            elif not family.is_alive(child) and family.may_go_on(child):
                family.spawn(cell, self.machine, child, again=True)
        timers = run_of(cell).timers
        scope = Scope(state.context, {"type": "xstate.init"}, family.seat_of(cell).self)
        wanted = {event: delay for node in state.configuration.nodes for event, delay in node.delays} if active else {}
        entries: list[object] = [Cancel(key) for key in timers if isinstance(key, str) and key.startswith("xstate.after.") and key not in wanted]
        for event, delay in wanted.items():
            milliseconds = None if event in timers else self.machine.delay(delay, scope, None)
            if event not in timers and milliseconds != math.inf:
                entries.append(LastingAfter(max(0.0, milliseconds or 0.0) / 1000, OwnEvent({"type": event}), key=event))
        return {"schedule": entries} if entries else {}

    def to_json(self, state: LogicSnapshot) -> Json:
        """Give the persisted form, as XState writes it, with that of the children as they are now."""
        assert isinstance(state, MachineSnapshot)  # noqa: S101  (this logic has made it)
        return encode_as(object, self.machine.persist(state, lambda child: family.persisted(child, state.version)), "state")

    def from_json(self, data: Json, live: LogicSnapshot | None = None) -> LogicSnapshot:
        """Read a persisted form. Raises `DecodeError` and `NotRestorable`."""
        if not isinstance(data, Mapping):
            raise DecodeError(f"the state of a machine is a {type(data).__name__}", "what a store or an export holds of it", "give its persisted form")
        if not isinstance(live, MachineSnapshot):
            return self.machine.restore(data)
        state = self.machine.restore(data, known=live.children)
        return state.at(live.version, state.context)

    def fitting(self, state: LogicSnapshot) -> LogicSnapshot:
        """Give the state that an older config of the machine was in, in this one. Raises `NotRestorable` with the state that is missing."""
        assert isinstance(state, MachineSnapshot)  # noqa: S101  (a logic has made it)
        return self.machine.restore(state.machine.persist(state), known=state.children).at(state.version, state.context)


def _machine_state(cell: Cell) -> MachineSnapshot:
    state = state_of(cell)
    assert isinstance(state, MachineSnapshot)  # noqa: S101  (this logic has made it)
    return state


def _as_json(value: object) -> object:
    try:
        return to_json(value)
    except EncodeError:
        return value


def _failure(cell: Cell, state: MachineSnapshot) -> BaseException:
    """Give the error of a machine in status `error`: as in XState, that of a child is the very same."""
    error = state.error
    if isinstance(error, BaseException):
        return error
    return StepFailed(f"{cell.self}: its machine is in status error: {error!r}", "a step that ends", "handle what led to it in the machine")
