"""What is no config is refused with its path; what is one runs, however odd or large: never a hang, never an error that is not ours."""

from __future__ import annotations

import json
import math
import sys
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actorweb.errors import ActorError
from actorweb.errors.machine import BadAction, BadMachine, EndlessStep, GuardFailed, UnknownTarget
from actorweb.machine import MachineSnapshot, RaiseLater, assign, machine, raise_

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


# --- steps without end ---


def chain(length: int, last: str) -> dict[str, Any]:
    """States that lead to each other without an event, the last of them to that one."""
    states = {f"s{number}": {"always": f"s{number + 1}"} for number in range(length)}
    return {"initial": "s0", "states": {**states, f"s{length}": {"always": last} if last else {}}}


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (chain(3, "s1"), ["s1", "s2", "s3"]),
        ({"entry": raise_({"type": "E"}), "on": {"E": {"actions": raise_({"type": "E"})}}}, ["(machine)"]),
        ({"context": {"n": 0}, "always": {"actions": assign({"n": lambda scope, _: scope.context["n"] + 1})}}, ["(machine)"]),
    ],
    ids=["always", "raise", "always that assigns"],
)
def test_a_step_without_end_is_an_error_that_names_the_states_and_no_hang(config: dict[str, Any], names: list[str]) -> None:
    snapshot = machine(config, missing="xstate").initial_snapshot()
    assert isinstance(snapshot.error, EndlessStep)
    assert "more than 100000 microsteps" in str(snapshot.error)
    assert all(name in str(snapshot.error) for name in names)


@pytest.mark.parametrize("limit", [None, math.inf])
def test_a_long_step_that_ends_is_not_cut(limit: float | None) -> None:
    config = {**chain(20_000, ""), "options": {"maxIterations": limit}}
    assert machine(config).initial_snapshot().value == "s20000"


@pytest.mark.parametrize(("limit", "status"), [(4, "active"), (3, "error")])
def test_max_iterations_counts_the_last_look_too_as_in_xstate(limit: int, status: str) -> None:
    assert machine({**chain(3, ""), "options": {"maxIterations": limit}}).initial_snapshot().status == status


@pytest.mark.parametrize("limit", ["many", math.nan, True, [5]])
def test_max_iterations_that_is_no_number_is_refused(limit: object) -> None:
    with pytest.raises(BadMachine) as caught:
        machine({"options": {"maxIterations": limit}})
    assert caught.value.path == "options.maxIterations"


# --- delays ---


def delays(delay: Any) -> list[float]:
    """Give the delays that a machine asks for, or raise its error."""
    snapshot, effects = machine({"entry": raise_({"type": "E"}, delay=delay)}).begin()
    if isinstance(snapshot.error, Exception):
        raise snapshot.error
    return [effect.delay for effect in effects if isinstance(effect, RaiseLater)]


def test_a_delay_that_is_not_a_number_is_an_error() -> None:
    with pytest.raises(BadAction, match="nan"):
        delays(math.nan)


@pytest.mark.parametrize(("delay", "asked"), [(math.inf, math.inf), (10**400, math.inf), (-(10**400), -math.inf), (-1, -1), (0, 0)])
def test_a_delay_without_end_is_infinite(delay: float, asked: float) -> None:
    assert delays(delay) == [asked]


# --- size ---


def nested(levels: int, kind: str = "not") -> dict[str, Any]:
    guard: dict[str, Any] = {"type": "may"}
    for _ in range(levels):
        guard = {"type": kind, "params": {"guards": [guard]}}
    return guard


@pytest.mark.parametrize("kind", ["not", "and", "or"])
def test_guards_may_be_nested(kind: str) -> None:
    built = machine({"context": {}, "on": {"E": {"guard": nested(90, kind), "actions": assign({"n": 1})}}}, guards={"may": lambda *_: True})
    assert built.transition(built.initial_snapshot(), {"type": "E"})[0].context == {"n": 1}


@pytest.mark.skipif(sys.platform == "emscripten", reason="Pyodide 314 itself dies when it frees what is nested so deeply")
def test_guards_that_are_nested_too_deeply_or_hold_themselves_are_refused_with_the_path() -> None:
    itself: dict[str, Any] = {"type": "and", "params": {}}
    itself["params"]["guards"] = [itself, itself]
    for guard in (nested(5000), itself):
        with pytest.raises(BadMachine, match="nested too deeply") as caught:
            machine({"on": {"E": {"guard": guard}}}, guards={"may": lambda *_: True})
        assert caught.value.path == "on.E.guard"


@pytest.mark.skipif(sys.platform == "emscripten", reason="Pyodide 314 itself dies when it frees what is nested so deeply")
def test_params_may_be_deeper_than_the_stack() -> None:
    params: list[Any] = []
    for _ in range(5000):
        params = [params]
    guarded = {"guard": {"type": "may", "params": params}, "actions": {"type": "ring", "params": params}}
    built = machine({"on": {"E": guarded}}, guards={"may": lambda _, given: given is params}, missing="xstate")
    assert len(built.transition(built.initial_snapshot(), {"type": "E"})[1]) == 1


@pytest.mark.parametrize("where", ["entry", "tags", "on", "always", "invoke", "states", "target"])
def test_a_list_that_holds_itself_is_refused(where: str) -> None:
    itself: list[Any] = []
    itself.append(itself)
    config = {"on": {"E": {"target": itself}}} if where == "target" else {"on": {"E": itself}} if where == "on" else {where: itself}
    with pytest.raises(BadMachine):
        machine(config)


def test_thousands_of_regions_move_at_once() -> None:
    region = {"initial": "a", "states": {"a": {"always": "b"}, "b": {"on": {"T": "c"}}, "c": {}}}
    built = machine({"type": "parallel", "states": {f"r{number}": region for number in range(5000)}})
    snapshot, _ = built.transition(built.initial_snapshot(), {"type": "T"})
    assert set(json.loads(json.dumps(snapshot.value)).values()) == {"c"}


def test_huge_strings_are_names_as_any() -> None:
    name = "x" * 1_000_000
    built = machine({"initial": name, "states": {name: {"on": {name: "b"}}, "b": {}}})
    assert built.transition(built.initial_snapshot(), {"type": name})[0].value == "b"
    with pytest.raises(UnknownTarget) as caught:
        machine({"initial": "a", "states": {"a": {"on": {"E": name}}}})
    assert len(str(caught.value)) < 1000


def test_a_snapshot_of_a_thousand_levels_can_be_shown_and_compared() -> None:
    config: dict[str, Any] = {}
    for _ in range(1000):
        config = {"initial": "a", "states": {"a": config}}
    built = machine(config)
    snapshot = built.initial_snapshot()
    assert repr(snapshot) == "<active 1001 states {}>"
    assert built.restore(built.persist(snapshot)) == snapshot
