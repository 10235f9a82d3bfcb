"""The port through which a statechart decides the state of an actor. The kernel calls it and knows no machine.

The context of such an actor is part of a larger state, a `LogicSnapshot`. The kernel keeps that beside the context in the
actor's `Run`; a change of the context alone (a handler returned one) is joined with it when somebody next looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

from actorweb.errors import BadPlan
from actorweb.kernel import exits, life, schedule
from actorweb.kernel.cell import run_of
from actorweb.kernel.plan import After, Cancel, Every, MessagePlan, Stepped
from actorweb.kernel.reports import Crashed
from actorweb.kernel.signals import Crash
from actorweb.values.json import JsonObject
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import State
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.table import Handlers
    from actorweb.values.json import Json

E_co = TypeVar("E_co", covariant=True)

Entries = dict[str, object]
"""The entries of a plan."""


class LogicSnapshot(Snapshot[JsonObject]):
    """The whole state of an actor with a logic."""

    __slots__ = ()

    def at(self, version: int, context: object, *, ended: bool = False) -> LogicSnapshot:
        """Give the same state with this version and context, and as `stopped` if its actor has ended while it was active."""
        raise NotImplementedError


class Logic(Protocol):
    """What decides the state of an actor. One serves all actors of a behavior."""

    @property
    def events(self) -> Mapping[str, type]:
        """The messages that are declared to be events, by wire name."""
        ...

    def handlers(self, given: Handlers) -> Handlers:
        """Give the handlers that stand in the table before an author's."""
        ...

    def take(self, message: object, cell: Cell) -> object:
        """Handle what no handler of the author's takes."""
        ...

    def first(self, given: object) -> LogicSnapshot:
        """Give the first state, with nothing done for it."""
        ...

    def begin(self, cell: Cell, given: object) -> tuple[LogicSnapshot, Entries]:
        """Give the first state, and what beginning asks for. Raises what makes the start fail."""
        ...

    def resume(self, cell: Cell, before: LogicSnapshot | None) -> Entries:
        """Go on with a state that was installed from elsewhere: see that what belongs to it is there, and nothing else of the one before."""
        ...

    def step(self, cell: Cell, state: LogicSnapshot, event: object) -> tuple[LogicSnapshot, Entries]:
        """Give the state after an event, and what the step asks for. Raises what makes the turn crash."""
        ...

    def to_json(self, state: LogicSnapshot) -> Json:
        """Give a state as JSON. Raises `EncodeError`."""
        ...

    def from_json(self, data: Json, live: LogicSnapshot | None = None) -> LogicSnapshot:
        """Read a state; what of it is alive in another goes on as it is. Raises an `ActorError` for what does not fit."""
        ...

    def fitting(self, state: LogicSnapshot) -> LogicSnapshot:
        """Give the state of an older definition in this one. Raises an `ActorError` where it has no such state."""
        ...

    def message_from_json(self, messages: Mapping[str, type], data: Json) -> object:
        """Read a message or an event that came from outside. Raises `DecodeError`."""
        ...

    def alone(self) -> Logic:
        """Give the same logic for a replay: it starts no children, since what they told is in the record."""
        ...

    def kept_from_json(self, messages: Mapping[str, type], data: Json) -> object:
        """Read a message that was kept with a state. Raises `DecodeError`."""
        ...


class Hosted(Protocol[E_co]):
    """What can be an actor's logic: a machine. `E` are the messages that it declares as events."""

    def hosted(self) -> Logic:
        """Give the logic of its actors."""
        ...

    if TYPE_CHECKING:

        def __events__(self) -> E_co: ...


def state_of(cell: Cell) -> LogicSnapshot:
    """Give the state of an actor with a logic, with its present context and version."""
    run = run_of(cell)
    assert run.logic is not None  # noqa: S101  (it has had one since its start)
    state = run.logic = run.logic.at(cell._version, cell.context)
    return state


def kept(cell: Cell) -> object:
    """Give what of an actor outlives a run: its context, or the whole state where a logic decides it."""
    return cell.context if cell._behavior.logic is None or run_of(cell).logic is None else state_of(cell)


def put(cell: Cell, value: object) -> None:
    """Install what `kept` gave, without a new version."""
    if isinstance(value, LogicSnapshot):
        run_of(cell).logic = value
        value = value.context
    cell.context = value  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (read-only for handlers)


def expand(cell: Cell, given: Entries) -> tuple[Entries, LogicSnapshot]:
    """Take the step that a plan asks for, from the context that it gives, and give the plan with all that the step asks for.

    Raises `BadPlan`, and what the step raises.
    """
    logic = cell._behavior.logic
    event = given["transition"]
    if isinstance(event, Stepped):
        return given, event.state
    if logic is None:
        raise BadPlan(
            f"{cell.self}: in its MessagePlan, transition={event!r} in a behavior without a machine",
            "a behavior that was given one",
            "add .with_machine(…), or leave transition out",
        )
    if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
        raise BadPlan(f"{cell.self}: in its MessagePlan, transition={event!r}", 'an event: a mapping with a "type"', "mend the plan; nothing of it was done")
    before = state_of(cell)
    if "context" in given:
        before = before.at(cell._version, given["context"])
    state, entries = logic.step(cell, before, event)
    return {**merged(cell, given, entries), "context": state.context}, state


def merged(cell: Cell, given: Entries, more: Entries) -> Entries:
    """Join two plans: lists one after the other. Raises `BadPlan` where both say what can only be said once."""
    result = dict(given)
    for name, value in more.items():
        before = result.get(name)
        if name in result and isinstance(before, (list, tuple)) and isinstance(value, (list, tuple)):
            result[name] = [*before, *value]
        elif name == "stop" and before:
            continue
        elif name in result and name not in ("defer", "stash", "stop"):
            raise BadPlan(f"{cell.self}: two parts of one turn give {name}: {before!r} and {value!r}", "one of them", "let only one action or handler give it")
        else:
            result[name] = value
    return result


def joined(cell: Cell, entries: Entries, result: object) -> object:
    """Join what a logic's start asks for with what `on_start` returned."""
    if not entries or (result is not None and not isinstance(result, (Mapping, MessagePlan))):
        return result
    given: Entries = {}
    if isinstance(result, MessagePlan):
        given = dict(result.items())
    elif result is not None:
        given = {"context": result}
    return MessagePlan(**merged(cell, given, entries))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (checked as every plan)


def enter(kernel: Kernel, cell: Cell, state: State | None) -> Entries:
    """Begin a run: with the logic's first state, or with one that was kept. Gives what that asks for."""
    logic = cell._behavior.logic
    assert logic is not None  # noqa: S101  (the caller has looked)
    again = cell._run is not None and bool(cell._run.number)
    entries: Entries = {}
    if state is None:
        first, entries = logic.begin(cell, cell._behavior.arguments[1].get("input"))
        put(cell, first)
    else:
        put(cell, state.context)
    if again:
        cell._version += 1
        if run_of(cell).observers:
            kernel.changed[cell] = None
    life.take_up(kernel, cell, state)
    return entries if state is None else logic.resume(cell, None)


def apply(kernel: Kernel, cell: Cell, before: LogicSnapshot | None) -> None:
    """Go on with a state that was installed between two turns. Of a run that is ending nothing begins any more.

    What raises here (an author's delay, a child that cannot begin) cannot be refused any more: it is the actor's crash.
    """
    logic = cell._behavior.logic
    if logic is None or run_of(cell).ending is not None:
        return
    try:
        entries = logic.resume(cell, before)
    except Exception as error:  # noqa: BLE001  (whatever it is, the other actors of an upgrade must not be left between two codes)
        kernel.reports.publish(Crashed(cell.self, error, None, cell.context))
        exits.end(kernel, cell, Crash(error))
        return
    now = kernel.world.now()
    scheduled = entries.get("schedule")
    for entry in scheduled if isinstance(scheduled, list) else ():
        if isinstance(entry, (After, Every, Cancel)):
            schedule.enter(kernel, cell, entry, now)
