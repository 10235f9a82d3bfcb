"""Inspection: what a step did, microstep by microstep, and what a state could do.

Source: XState, `getMicrosteps`, `getInitialMicrosteps`, `getNextTransitions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.machine.effects import Self
from actorweb.machine.step import Step
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.machine.effects import Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Transition
    from actorweb.machine.snapshot import MachineSnapshot
    from actorweb.values.json import StateValue


class Way(Record):
    """One transition of a config: from which state, on which event (`""` for `always`), under which guard, to which states, doing what."""

    source: str
    event: str
    guard: str
    targets: tuple[str, ...]
    actions: tuple[str, ...]
    path: str


class Microstep(Record):
    """One microstep: the event, the transitions that it took, the value before and after."""

    event: Occurrence
    transitions: tuple[Way, ...]
    before: StateValue
    after: StateValue


class _Watched(Step):
    """A step that takes notes."""

    __slots__ = ("notes",)

    notes: list[Microstep]

    def _micro(self, transitions: tuple[Transition, ...], *, initial: bool = False) -> bool:
        before = self.configuration.value
        event = self.event
        changed = super()._micro(transitions, initial=initial)
        if transitions and not initial:
            self.notes.append(Microstep(event, tuple(way_of(each) for each in transitions), before, self.configuration.value))
        return changed


def microsteps(machine: Machine[object], snapshot: MachineSnapshot, event: Occurrence) -> tuple[Microstep, ...]:
    """Give the microsteps of the step that an event makes from a snapshot: its own, then those of `always` and of raised events.

    Nothing is run and nothing changes. Raises what guards and built-in actions raise, and EndlessStep.

    >>> from actorweb.machine import machine
    >>> door = machine({"initial": "shut", "states": {"shut": {"on": {"PUSH": "moving"}}, "moving": {"always": "open"}, "open": {}}})
    >>> [(step.before, step.after) for step in microsteps(door, door.initial_snapshot(), {"type": "PUSH"})]
    [('shut', 'moving'), ('moving', 'open')]
    """
    if snapshot.status != "active":
        return ()
    step = _Watched(machine, snapshot, event, Self(machine.id))
    step.notes = []
    step.take(None)
    return tuple(step.notes)


def next_transitions(snapshot: MachineSnapshot) -> tuple[Way, ...]:
    """Give the transitions that some event, delay or guard could take from a snapshot, the innermost states first.

    >>> from actorweb.machine import machine
    >>> door = machine({"id": "door", "initial": "shut", "states": {"shut": {"on": {"PUSH": "open"}}, "open": {}}})
    >>> [(way.event, way.targets) for way in next_transitions(door.initial_snapshot())]
    [('PUSH', ('door.open',))]
    """
    found: list[Way] = []
    for node in snapshot.configuration.post if snapshot.status == "active" else ():
        for group in (*node.transitions.values(), node.always):
            found.extend(way_of(each) for each in group)
    return tuple(found)


def way_of(transition: Transition) -> Way:
    """Describe a transition."""
    return Way(
        transition.source.id,
        transition.descriptor,
        transition.guard_name,
        tuple(node.id for node in transition.targets or ()),
        tuple(call.type for call in transition.actions),
        transition.path,
    )
