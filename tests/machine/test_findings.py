"""What is legal in a chart and hardly meant."""

from __future__ import annotations

import pytest

from actorweb.machine import machine
from actorweb.machine.findings import findings
from actorweb.machine.names import names_of


def found(config: dict[str, object]) -> list[tuple[str, str]]:
    return [(each.kind, each.path) for each in findings(machine(config, missing="xstate"))]


def states(**given: object) -> dict[str, object]:
    return {"id": "m", "initial": next(iter(given)), "states": given}


def test_a_sound_chart_has_no_findings() -> None:
    assert found(states(a={"on": {"GO": "b"}}, b={"on": {"BACK": "a"}, "after": {"10": "a"}})) == []


@pytest.mark.parametrize(
    "sound",
    [
        states(a={"on": {"GO": "#deep"}}, b={"initial": "x", "states": {"x": {}, "y": {"id": "deep", "on": {"GO": "x"}}}}),
        states(a={"always": {"target": "b", "guard": "g"}}, b={}),
        states(a={"invoke": {"src": "s", "onDone": "b", "onError": "c"}}, b={}, c={"after": {"slow": "a"}}),
        states(a={"on": {"GO": "b.h"}}, b={"initial": "x", "states": {"x": {"on": {"N": "y"}}, "y": {}, "h": {"type": "history", "target": "z"}, "z": {}}}),
        states(a={"initial": "x", "states": {"x": {"on": {"END": "f"}}, "f": {"type": "final"}}, "onDone": "b"}, b={}),
        {"type": "parallel", "states": {"a": {}, "b": {"initial": "x", "states": {"x": {}}}}},
        {"id": "m", "initial": "a", "on": {"ANY": ".b"}, "states": {"a": {}, "b": {}}},
        {"id": "m", "initial": "a", "states": {"a": {}, "b": {"id": "far", "route": {}}}},
    ],
)
def test_whatever_leads_to_a_state_makes_it_reachable(sound: dict[str, object]) -> None:
    assert found(sound) == []


def test_a_state_that_nothing_leads_to_is_unreachable_and_told_once() -> None:
    assert found(states(a={}, b={"initial": "x", "states": {"x": {"on": {"GO": "y"}}, "y": {}}})) == [("unreachable", "states.b")]
    assert found(states(a={"initial": "x", "states": {"x": {}, "y": {}}})) == [("unreachable", "states.a.states.y")]


def test_behind_a_transition_that_always_passes_nothing_comes() -> None:
    assert found(states(a={"on": {"GO": [{"target": "b", "guard": "g"}, "b", {"target": "a", "guard": "h"}]}}, b={})) == [("shadowed", "states.a.on.GO[2]")]
    assert found(states(a={"always": ["b", {"target": "a", "guard": "h"}]}, b={})) == [("shadowed", "states.a.always[1]")]


def test_behind_the_same_guard_nothing_comes_either() -> None:
    same = {"type": "more", "params": {"than": 1}}
    config = states(
        a={
            "on": {
                "GO": [{"target": "b", "guard": same}, {"target": "a", "guard": {"type": "more", "params": {"than": 2}}}, {"target": "a", "guard": dict(same)}]
            }
        },
        b={},
    )
    assert found(config) == [("shadowed", "states.a.on.GO[2]")]


def test_a_region_that_exits_another_that_takes_the_event_too_is_undecided() -> None:
    config = {
        "id": "m",
        "initial": "p",
        "states": {
            "p": {
                "type": "parallel",
                "states": {
                    "a": {"initial": "x", "states": {"x": {"on": {"GO": "#m.out", "IN": "y"}}, "y": {}}},
                    "b": {"initial": "x", "states": {"x": {"on": {"GO": "y", "IN": "y"}}, "y": {}}},
                },
            },
            "out": {},
        },
    }
    assert found(config) == [("nondeterministic", "states.p.states.a.states.x.on.GO")]


def test_the_same_delay_in_a_state_and_in_one_that_is_in_it_is_undecided() -> None:
    config = states(a={"initial": "x", "after": {"100": "b"}, "states": {"x": {"after": {"100": "y"}}, "y": {}}}, b={})
    assert found(config) == [("nondeterministic", "states.a.states.x")]


def test_the_names_of_a_config_are_found_wherever_they_may_stand() -> None:
    config = {
        "id": "m",
        "initial": "a",
        "entry": "e1",
        "states": {
            "a": {
                "entry": ["e2", {"type": "e3"}],
                "exit": "x1",
                "initial": {"target": "b", "actions": "i1"},
                "states": {"b": {}},
                "invoke": [{"src": "job", "onDone": {"actions": "d1", "guard": "g1"}, "onError": {"actions": "d2"}}],
                "after": {
                    "slow": {"actions": "t1"},
                    "10": {"guard": {"type": "and", "params": {"guards": ["g2", {"type": "not", "params": {"guard": "g3"}}]}}},
                },
                "always": {"guard": "g4", "target": ".b"},
                "onDone": {"actions": "o1"},
                "on": {"GO": [{"actions": ["go"], "guard": {"type": "stateIn", "params": {"state": "#m.a"}}}, ".b"]},
            }
        },
    }
    names = names_of(machine(config, missing="xstate"))
    assert {kind: set(found) for kind, found in names.items()} == {
        "actions": {"e1", "e2", "e3", "x1", "i1", "d1", "d2", "t1", "o1", "go"},
        "guards": {"g1", "g2", "g3", "g4"},
        "actors": {"job"},
        "delays": {"slow"},
    }
    assert names["actions"]["go"] == "states.a.on.GO"
