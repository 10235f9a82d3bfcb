"""What a step did, microstep by microstep, and what a state could do."""

from __future__ import annotations

import pytest

from actorweb.errors.machine import EndlessStep, GuardFailed
from actorweb.machine import assign, machine, microsteps, next_transitions, raise_

CHART = {
    "id": "m",
    "context": {"n": 0},
    "initial": "a",
    "on": {"ANY": {"actions": "note"}},
    "states": {
        "a": {"on": {"GO": [{"target": "b", "guard": "may", "actions": ["count", "again"]}, "c"]}, "after": {"10": "c"}},
        "b": {"always": {"target": "c", "guard": {"type": "enough", "params": {"than": 1}}}, "on": {"AGAIN": {"actions": "count"}}},
        "c": {"type": "final"},
    },
}
made = machine(
    CHART,
    actions={"count": assign({"n": lambda scope, _: scope.context["n"] + 1}), "again": raise_({"type": "AGAIN"}), "note": lambda *_: None},
    guards={"may": lambda *_: True, "enough": lambda scope, params: scope.context["n"] > params["than"]},
)


def test_a_step_is_its_own_transition_then_what_was_raised_then_always() -> None:
    steps = microsteps(made, made.initial_snapshot(), {"type": "GO"})
    assert [(step.event["type"], step.before, step.after, [way.path for way in step.transitions]) for step in steps] == [
        ("GO", "a", "b", ["states.a.on.GO[0]"]),
        ("AGAIN", "b", "b", ["states.b.on.AGAIN"]),
        ("AGAIN", "b", "c", ["states.b.always"]),
    ]
    (first,) = steps[0].transitions
    assert (first.source, first.event, first.guard, first.targets, first.actions) == ("m.a", "GO", "may", ("m.b",), ("count", "again"))


def test_an_event_that_nothing_takes_has_no_microsteps() -> None:
    assert microsteps(made, made.initial_snapshot(), {"type": "NOTHING"}) == ()
    done = made.transition(made.initial_snapshot(), {"type": "GO"})[0]
    assert done.status == "done"
    assert microsteps(made, done, {"type": "ANY"}) == next_transitions(done) == ()


def test_looking_changes_nothing() -> None:
    snapshot = made.initial_snapshot()
    microsteps(made, snapshot, {"type": "GO"})
    assert (snapshot.value, snapshot.context) == ("a", {"n": 0})
    assert made.transition(snapshot, {"type": "GO"})[0].value == "c"


def test_the_transitions_of_a_state_are_those_of_all_its_active_states() -> None:
    found = [(way.event, way.guard, way.targets) for way in next_transitions(made.initial_snapshot())]
    assert found == [("GO", "may", ("m.b",)), ("GO", "", ("m.c",)), ("xstate.after.10.m.a", "", ("m.c",)), ("ANY", "", ())]


def test_what_fails_raises() -> None:
    failing = machine(
        {"initial": "a", "states": {"a": {"on": {"GO": {"guard": "bad", "target": "a"}, "LOOP": "b"}}, "b": {"always": "c"}, "c": {"always": "b"}}},
        guards={"bad": lambda *_: 1 / 0},
    )
    with pytest.raises(GuardFailed):
        microsteps(failing, failing.initial_snapshot(), {"type": "GO"})
    with pytest.raises(EndlessStep):
        microsteps(failing, failing.initial_snapshot(), {"type": "LOOP"})
