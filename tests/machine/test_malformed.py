"""What is no config is refused with its path; what is one runs, however odd or large: never a hang, never an error that is not ours."""

from __future__ import annotations

import math
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actorweb.errors import ActorError
from actorweb.errors.machine import BadMachine, GuardFailed
from actorweb.machine import MachineSnapshot, machine

DOOR: dict[str, Any] = {
    "id": "door",
    "version": "1",
    "context": {"n": 0},
    "initial": "shut",
    "tags": ["all"],
    "meta": {"of": "door"},
    "output": {"over": True},
    "entry": "ring",
    "exit": ["ring", {"type": "ring", "params": {"times": 2}}],
    "on": {"RESET": {"target": ".shut", "reenter": True, "actions": ["ring"]}, "JUMP": "#inside", "a.*": {"actions": "ring"}, "*": {}},
    "states": {
        "shut": {
            "on": {"OPEN": [{"guard": "may", "target": "open"}, {"guard": {"type": "not", "params": {"guard": "may"}}, "target": "open"}], "STAY": []},
            "after": {"1000": "open", "soon": [{"target": "open", "guard": "may"}]},
            "tags": "calm",
        },
        "open": {
            "initial": {"target": "wide", "actions": ["ring"]},
            "onDone": {"target": "ended", "actions": "ring"},
            "invoke": [{"src": "wind", "id": "w", "input": {"n": 1}, "onDone": "shut", "onError": [{"target": "shut"}], "onSnapshot": {"actions": "ring"}}],
            "states": {
                "wide": {"id": "inside", "always": [{"guard": "may", "target": "narrow"}], "on": {"PULL": "narrow", "UP": {"target": ["#door.shut"]}}},
                "narrow": {"type": "final", "output": 5},
                "before": {"type": "history", "history": "deep", "target": "wide"},
            },
            "on": {"BACK": ".before", "GO": "both"},
        },
        "both": {
            "type": "parallel",
            "route": {},
            "id": "both",
            "states": {
                "left": {"initial": "x", "states": {"x": {"on": {"T": "y"}}, "y": {"type": "final"}, "was": {"history": "shallow"}}},
                "right": {"initial": "x", "states": {"x": {"on": {"T": "y", "BOTH": {"target": ["#both.left.y", "#both.right.y"]}}}, "y": {"type": "final"}}},
            },
            "onDone": "shut",
        },
        "ended": {"type": "final"},
    },
}
EVENTS = ["OPEN", "T", "PULL", "BACK", "GO", "T", "RESET", "JUMP", "BOTH", "a.b", "UP", "odd", "xstate.done.state.door.open"]

words = st.sampled_from(
    ["shut", "open", ".shut", "..", ".", "#inside", "#door.open.wide", "#", "both", "both.left", "final", "parallel", "history", "deep", "compound", "a.*", "*"]
    + ["", "0", "may", "door", "Infinity", "-1", "\\", "xstate.init", "\ud800"]
)
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -0.0, 2**53, 10**400, math.inf, math.nan]))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, words, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(words, st.sampled_from(["type", "target", "guard", "params", "actions", "states", "initial", "on", "src"])), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
keys = st.one_of(
    words,
    st.sampled_from("after always entry exit history id initial invoke on onDone options output route states tags target type guard actions reenter".split()),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Give each place in a config as its container and its key."""
    found: list[tuple[Any, Any]] = []
    rest = [value]
    while rest:
        one = rest.pop()
        pairs = list(one.items()) if isinstance(one, dict) else list(enumerate(one)) if isinstance(one, list) else []
        found += [(one, key) for key, _ in pairs]
        rest += [inner for _, inner in pairs]
    return found


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A config that was right before one to four places were replaced, deleted, inserted or taken from elsewhere."""
    config = deepcopy(DOOR)
    for _ in range(draw(st.integers(1, 4))):
        everywhere = places(config)
        container, key = draw(st.sampled_from(everywhere)) if everywhere else (config, "id")
        what = draw(st.sampled_from(["replace", "delete", "insert", "copy"]))
        if what == "delete":
            container.pop(key, None) if isinstance(container, dict) else container.pop(key)
        elif what == "insert" and isinstance(container, list):
            container.insert(key, draw(values))
        elif what == "insert":
            container[draw(keys)] = draw(values)
        elif what == "copy" and everywhere:
            other, place = draw(st.sampled_from(everywhere))
            if place in other if isinstance(other, dict) else place < len(other):
                container[key] = deepcopy(other[place])
        else:
            container[key] = draw(values)
    return config


def look(snapshot: MachineSnapshot) -> None:
    """Ask a snapshot all that it can be asked."""
    assert snapshot.status != "error" or isinstance(snapshot.error, ActorError)
    assert isinstance(snapshot.tags, frozenset)
    assert snapshot.matches(snapshot.value)
    assert isinstance(snapshot.get_meta(), dict)
    assert isinstance(snapshot.history_value, dict)


def run(config: Any) -> None:
    """Build a machine and let it take some events."""
    built = machine(config, missing="xstate", guards={"may": lambda scope, _: len(scope.event["type"]) % 2 == 0}, actors={"wind": object()})
    snapshot = built.initial_snapshot()
    look(snapshot)
    for event in EVENTS:
        if snapshot.status != "active":
            break
        with suppress(GuardFailed):
            assert isinstance(snapshot.can({"type": event}), bool)
        snapshot, _ = built.transition(snapshot, {"type": event})
        look(snapshot)
        assert built.restore(built.persist(snapshot)).status == snapshot.status


def test_the_config_that_is_mutated_is_right() -> None:
    run(DOOR)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_config_with_mistakes_is_refused_with_the_path_or_runs(config: dict[str, Any]) -> None:
    try:
        run(config)
    except BadMachine as error:
        assert isinstance(error.path, str)
        assert all(part for part in (error.happened, error.expected, error.do))


@settings(max_examples=200)
@given(values)
@example({"initial": "a", "states": {"a": {"id": ""}}})
def test_any_json_is_refused_or_runs(config: Any) -> None:
    try:
        run(config)
    except BadMachine as error:
        assert isinstance(error.path, str)
