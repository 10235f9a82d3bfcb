"""Paths: the ways through a machine, for tests that walk something along them (model-based testing).

Source: XState, `@xstate/graph`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors.testing import BadPaths
from actorweb.machine.effects import Scope, Self
from actorweb.machine.machine import Machine
from actorweb.values.codec import dumps
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.machine.snapshot import MachineSnapshot

Event: TypeAlias = Mapping[str, object]
Events: TypeAlias = "Iterable[Event] | Callable[[MachineSnapshot], Iterable[Event]]"


class Step(Record):
    """One step of a path: what happens, and the state that it must lead to. `delay` are the milliseconds to wait for it, or None for an event to send."""

    event: Event
    state: MachineSnapshot
    delay: float | None = None

    def __str__(self) -> str:
        return f"wait {self.delay:g} ms" if self.delay is not None else dumps(self.event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (an event is JSON)


class Path(Record):
    """One way from the beginning. `state` is where it ends."""

    first: MachineSnapshot
    steps: tuple[Step, ...]

    @property
    def state(self) -> MachineSnapshot:
        """The state at the end."""
        return self.steps[-1].state if self.steps else self.first

    def __str__(self) -> str:
        way = ", ".join(str(step) for step in self.steps) or "the beginning"
        return f"{_shown(self.state.value)}: {way}"


def paths(
    machine: Machine[object],
    /,
    *,
    kind: Literal["shortest", "simple"] = "shortest",
    events: Events | None = None,
    by: Callable[[MachineSnapshot], object] | None = None,
    to: Callable[[MachineSnapshot], bool] | None = None,
    start_input: object = None,
    most: int = 10_000,
) -> tuple[Path, ...]:
    """Give the paths through a machine: one shortest to each state, or all that visit no state twice.

    `events` are those to try, or a function that gives them for a state; without them each type of event that the config
    names is tried, without fields. Delays are steps, too, the events of invoked actors only if they are among `events`.
    Two states are the same if `by` gives the same for them: value and context, without it (give `lambda s: s.value` where
    the context grows). `to` chooses the ends that are wanted. No action and no actor is run: a path is what the chart says.

    Raises `BadPaths` when more than `most` states or paths are found, and where a step fails.
    Source: XState, `getShortestPaths`, `getSimplePaths`.

    >>> from actorweb.machine import machine
    >>> light = machine({"initial": "off", "states": {"off": {"on": {"PRESS": "on"}}, "on": {"after": {"500": "off"}}}})
    >>> for path in paths(light):
    ...     print(path)
    off: the beginning
    on: {"type":"PRESS"}
    """
    return _Walk(machine, events, by, most).paths(kind, start_input, to)


class _Walk:
    """A search under way."""

    def __init__(self, machine: Machine[object], events: Events | None, by: Callable[[MachineSnapshot], object] | None, most: int) -> None:
        self._machine = machine
        self._by = by
        self._most = most
        self._events: Callable[[MachineSnapshot], Iterable[Event]]
        if callable(events):
            self._events = events
        else:
            given = list(events) if events is not None else [{"type": name} for name in _event_types(machine)]
            self._events = lambda _: given

    def paths(self, kind: str, start_input: object, to: Callable[[MachineSnapshot], bool] | None) -> tuple[Path, ...]:
        first = self._checked(self._machine.initial_snapshot(start_input), None)
        found = self._shortest(first) if kind == "shortest" else self._simple(first)
        return tuple(path for path in found if to is None or to(path.state))

    def _shortest(self, first: MachineSnapshot) -> list[Path]:
        known: dict[object, Path] = {self._key(first): Path(first, ())}
        waiting = deque(known.values())
        while waiting:
            path = waiting.popleft()
            for step in self._steps(path.state):
                key = self._key(step.state)
                if key not in known:
                    self._bounded(len(known), "states")
                    known[key] = Path(first, (*path.steps, step))
                    waiting.append(known[key])
        return list(known.values())

    def _simple(self, first: MachineSnapshot) -> list[Path]:
        found = [Path(first, ())]
        way: list[tuple[Path, list[Step]]] = [(found[0], list(self._steps(first)))]
        visited = [self._key(first)]
        while way:
            path, rest = way[-1]
            if not rest:
                way.pop()
                visited.pop()
                continue
            step = rest.pop(0)
            key = self._key(step.state)
            if key not in visited:
                self._bounded(len(found), "paths")
                longer = Path(first, (*path.steps, step))
                found.append(longer)
                visited.append(key)
                way.append((longer, list(self._steps(step.state))))
        return found

    def _steps(self, state: MachineSnapshot) -> Iterable[Step]:
        """Give the steps out of a state that lead to another."""
        if state.status != "active":
            return
        tried = [(event, None) for event in self._events(state)] + list(self._delays(state))
        for event, delay in tried:
            after = self._checked(self._machine.transition(state, event)[0], event)
            if self._key(after) != self._key(state):
                yield Step(event, after, delay)

    def _delays(self, state: MachineSnapshot) -> Iterable[tuple[Event, float | None]]:
        for node in state.configuration.nodes:
            for event, delay in node.delays:
                yield (
                    {"type": event},
                    delay
                    if isinstance(delay, (int, float))
                    else self._machine.delay(delay, Scope(state.context, {"type": event}, Self(self._machine.id)), None),
                )

    def _checked(self, state: MachineSnapshot, event: Event | None) -> MachineSnapshot:
        if state.status == "error":
            cause = state.error if isinstance(state.error, BaseException) else None
            where = "the beginning" if event is None else f"the event {event!r}"
            raise BadPaths(
                f"{self._machine.id}: {where} leads to an error: {state.error}", "steps that end", "give events with the fields that the chart wants"
            ) from cause
        return state

    def _key(self, state: MachineSnapshot) -> object:
        if self._by is not None:
            return _shown(self._by(state))
        return _shown((state.value, state.context, state.status))

    def _bounded(self, count: int, what: str) -> None:
        if count >= self._most:
            raise BadPaths(
                f"{self._machine.id}: there are more than {self._most} {what}",
                "a machine whose states can be counted",
                "tell fewer states apart with by=lambda state: state.value, try fewer events, or allow more with most=",
            )


def _event_types(machine: Machine[object]) -> list[str]:
    found: dict[str, None] = {}
    for node in machine.nodes:
        for descriptor in node.transitions:
            if not descriptor.startswith("xstate.") and not descriptor.endswith("*"):
                found[descriptor] = None
    return list(found)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
