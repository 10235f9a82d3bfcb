"""Steps: what was worked out once is what would be worked out again, and each guard and action is asked once, in order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb.errors.machine import BadAction, GuardFailed
from actorweb.machine import Act, Scope, assign, machine, raise_


def counting(key: str) -> Any:
    return assign({key: lambda scope, _: scope.context[key] + 1})


CHART: dict[str, Any] = {
    "id": "m",
    "context": {"n": 0, "in": 0},
    "initial": "plain",
    "on": {"COUNT": {"actions": ["count"]}, "AWAY": ".parts", "HOME": ".plain"},
    "states": {
        "plain": {
            "entry": ["entered"],
            "on": {"GO": [{"guard": "even", "target": "deep", "actions": ["count", "told", "count"]}, {"actions": ["count"]}], "DONE": "over"},
        },
        "deep": {
            "initial": "a",
            "exit": ["told"],
            "states": {"a": {"on": {"GO": "b"}}, "b": {"on": {"GO": {"target": "#m.deep", "reenter": True}}}, "was": {"type": "history"}},
            "on": {"BACK": ".was", "COUNT": [{"guard": "even", "actions": ["raised"]}]},
        },
        "parts": {
            "type": "parallel",
            "states": {
                "x": {"initial": "a", "states": {"a": {"on": {"GO": "b", "COUNT": {"guard": "even", "target": "b"}}}, "b": {"on": {"GO": "a"}}}},
                "y": {"initial": "a", "states": {"a": {"on": {"GO": {"guard": "even", "target": "b"}}}, "b": {"always": {"guard": "even", "target": "a"}}}},
            },
            "on": {"BACK": "deep.was"},
        },
        "over": {"type": "final"},
    },
}
EVENTS = ["GO", "COUNT", "AWAY", "HOME", "BACK", "OTHER", "DONE"]


def built() -> Any:
    return machine(
        CHART,
        actions={"count": counting("n"), "entered": counting("in"), "told": lambda *_: None, "raised": raise_({"type": "GO"})},
        guards={"even": lambda scope, _: scope.context["n"] % 2 == 0},
    )


def told(effects: Any) -> list[object]:
    return [(effect.type, effect.scope.context, effect.scope.event) if isinstance(effect, Act) else effect for effect in effects]


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_a_machine_that_has_done_it_before_does_the_same_as_one_that_has_not(events: list[str]) -> None:
    practised = built()
    for _ in range(3):  # what is worked out at the first time is looked up at the second, and goes straight at the third
        snapshot = practised.initial_snapshot()
        for event in events:
            fresh = built()
            expected, asked = fresh.transition(fresh.restore(practised.persist(snapshot)), {"type": event})
            snapshot, effects = practised.transition(snapshot, {"type": event})
            assert fresh.persist(expected) == practised.persist(snapshot)
            assert told(effects) == told(asked)


def test_the_step_that_changes_nothing_gives_the_same_snapshot_each_time() -> None:
    made = built()
    snapshot = made.initial_snapshot()
    for _ in range(3):
        assert made.transition(snapshot, {"type": "OTHER"}) == (snapshot, ())
        assert made.transition(snapshot, {"type": "OTHER"})[0] is snapshot


def test_a_step_shares_what_it_leaves_as_it_is() -> None:
    made = built()
    snapshot = made.initial_snapshot()
    for _ in range(3):
        after, _ = made.transition(snapshot, {"type": "AWAY"})
        assert after.context is snapshot.context
        assert after.standing is snapshot.standing
        assert after.version == snapshot.version + 1


def asked(kind: str) -> tuple[list[Scope], Any]:
    """Give a list of what guards saw, and a machine with a guard in a compound or in two parallel states."""
    seen: list[Scope] = []

    def guard(scope: Scope, _: object) -> bool:
        seen.append(scope)
        return True

    region = {"initial": "a", "states": {"a": {"on": {"E": {"guard": "g", "target": "b"}}}, "b": {}}}
    config = region if kind == "compound" else {"type": "parallel", "states": {"x": region, "y": region}}
    return seen, machine(config, guards={"g": guard})


@pytest.mark.parametrize(("kind", "times"), [("compound", 1), ("parallel", 2)])
def test_a_guard_is_asked_once_a_step(kind: str, times: int) -> None:
    seen, made = asked(kind)
    snapshot = made.initial_snapshot()
    for number in range(1, 4):
        made.transition(snapshot, {"type": "E", "number": number})
        assert len(seen) == number * times
        assert seen[-1].event == {"type": "E", "number": number}


@pytest.mark.parametrize("other", [{}, {"x": {}}], ids=["alone", "beside another region"])
def test_a_guard_that_raises_is_named_and_is_the_cause(other: dict[str, Any]) -> None:
    def broken(*_: object) -> bool:
        raise ValueError("broken")

    state = {"on": {"E": [{"guard": "no"}, {"guard": "broken", "actions": "x"}]}}
    config = {"type": "parallel", "states": {"a": state, **dict.fromkeys(other, state)}}
    made = machine(config, guards={"broken": broken, "no": lambda *_: False}, missing="xstate")
    for _ in range(3):
        after, effects, error = made.take(made.initial_snapshot(), {"type": "E"})
        assert (after.status, effects) == ("error", ())
        assert isinstance(error, GuardFailed)
        assert "'broken' of 'E' in '(machine).a'" in str(error)
        assert isinstance(error.__cause__, ValueError)


def test_an_action_that_raises_leaves_the_snapshot_and_tells_what_was_asked_for_before_it() -> None:
    def broken(*_: object) -> int:
        raise ValueError("broken")

    made = machine(
        {"context": {"n": 1}, "on": {"E": {"actions": ["told", assign({"n": 2}), assign({"n": broken}), "told"]}}}, actions={"told": lambda *_: None}
    )
    for _ in range(3):
        after, effects, error = made.take(made.initial_snapshot(), {"type": "E"})
        assert (after.status, after.context, len(effects)) == ("error", {"n": 1}, 1)
        assert isinstance(error, ValueError)


def test_actions_see_the_context_of_their_place_in_a_straight_step() -> None:
    made = built()
    for _ in range(3):
        after, effects = made.transition(made.initial_snapshot(), {"type": "GO"})
        assert [context for _, context, _ in told(effects)] == [{"n": 1, "in": 1}]  # type: ignore[misc]
        assert after.context == {"n": 2, "in": 1}


def test_a_state_is_remembered_anew_each_time() -> None:
    made = built()
    snapshot = made.initial_snapshot()
    for state in ("b", "a", "b", "a"):
        for event in ("HOME", "AWAY", "BACK", *(["GO"] if state == "b" else [])):
            snapshot, _ = made.transition(snapshot, {"type": event})
        if snapshot.value == {"deep": "b"}:
            snapshot, _ = made.transition(snapshot, {"type": "GO"})
            assert snapshot.value == {"deep": "a"}


def test_events_that_nobody_takes_leave_nothing_behind() -> None:
    made = built()
    snapshot = made.initial_snapshot()
    for number in range(5000):
        assert made.transition(snapshot, {"type": f"odd {number}"})[0] is snapshot
    choices = snapshot.configuration.choices
    assert len(choices) <= 1024
    assert len({id(choice) for choice in choices.values()}) == 1


@pytest.mark.parametrize("event", [{}, {"kind": "E"}, {"type": 5}, {"type": ["E"]}, {"type": {}}, {"type": None}])
def test_what_has_no_type_is_no_event(event: dict[str, Any]) -> None:
    made = built()
    with pytest.raises(BadAction, match="is no event"):
        made.transition(made.initial_snapshot(), event)
