"""What a config may be: every mistake is told with its path, and size is no danger."""

from __future__ import annotations

from typing import Any

import pytest

from actorweb.errors.machine import BadMachine, MachineTooLarge, MissingImplementation, UnknownTarget
from actorweb.machine import machine, not_

BAD: list[tuple[dict[str, Any], str]] = [
    ({"states": {"a": {}}}, "initial"),
    ({"initial": "b", "states": {"a": {}}}, "initial"),
    ({"initial": "a", "states": {"a": {"on": {"E": "nowhere"}}}}, "states.a.on.E.target"),
    ({"initial": "a", "states": {"a": {"on": {"E": [{"target": "#no"}]}}}}, "states.a.on.E[0].target"),
    ({"initial": "a", "on": {"E": "a"}, "states": {"a": {}}}, "on.E.target"),
    ({"initial": "x.y", "states": {"x.y": {"initial": "c", "on": {"E": ".c"}, "states": {"c": {}}}}}, "states.x.y.on.E.target"),
    ({"on": {"": {}}}, "on"),
    ({"initial": "a", "states": {"a": {"on": {"E": {"cond": "x"}}}}}, "states.a.on.E.cond"),
    ({"initial": "a", "states": {"a": {"colour": 1}}}, "states.a.colour"),
    ({"initial": "a", "states": {"a": []}}, "states.a"),
    ({"initial": "a", "states": []}, "states"),
    ({"initial": "a", "states": {"a": {"type": "odd"}}}, "states.a.type"),
    ({"initial": "a", "states": {"a": {"type": "history", "history": "wide"}}}, "states.a.history"),
    ({"on": {"E": 5}}, "on.E"),
    ({"entry": 5}, "entry"),
    ({"context": 5}, "context"),
    ({"options": {"maxIterations": "many"}}, "options.maxIterations"),
    ({"initial": "a", "states": {"a": {"id": "x"}, "b": {"id": "x"}}}, "states.b.id"),
    ({"invoke": {"src": 3}}, "invoke[0].src"),
    ({"on": {"E": {"guard": 7}}}, "on.E.guard"),
]


@pytest.mark.parametrize(("config", "path"), BAD, ids=[path for _, path in BAD])
def test_a_bad_config_is_refused_with_the_path(config: dict[str, Any], path: str) -> None:
    with pytest.raises(BadMachine) as caught:
        machine(config)
    assert caught.value.path == path
    assert caught.value.code in {"AW-220", "AW-221"}


def test_a_target_that_is_no_state_names_those_that_are() -> None:
    with pytest.raises(UnknownTarget, match="one of a, b") as caught:
        machine({"initial": "a", "states": {"a": {"on": {"E": "c"}}, "b": {}}})
    assert caught.value.code == "AW-221"


@pytest.mark.parametrize(
    ("config", "name"),
    [({"entry": "ring"}, "ring"), ({"on": {"E": {"guard": "open"}}}, "open"), ({"invoke": {"src": "pay"}}, "pay"), ({"after": {"soon": {}}}, "soon")],
)
def test_a_name_without_implementation_is_refused(config: dict[str, Any], name: str) -> None:
    with pytest.raises(MissingImplementation) as caught:
        machine(config)
    assert (caught.value.name, caught.value.code) == (name, "AW-222")
    assert machine(config, missing="xstate").initial_snapshot().status == "active"


def test_guards_that_lead_back_to_themselves_are_refused() -> None:
    with pytest.raises(BadMachine, match="lead back"):
        machine({"on": {"E": {"guard": "a"}}}, guards={"a": not_("a")})


def test_a_config_that_holds_itself_is_refused() -> None:
    config: dict[str, Any] = {"initial": "a", "states": {}}
    config["states"]["a"] = {"initial": "a", "states": config["states"]}
    with pytest.raises(MachineTooLarge) as caught:
        machine(config)
    assert caught.value.code == "AW-223"


def deep(kind: dict[str, Any], levels: int) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for _ in range(levels):
        config = {**kind, "states": {"a": config}}
    return config


@pytest.mark.parametrize("kind", [{"initial": "a"}, {"type": "parallel"}], ids=["compound", "parallel"])
def test_a_thousand_levels_work(kind: dict[str, Any]) -> None:
    config = deep(kind, 1000)
    config["on"] = {"E": {"target": ".a", "reenter": True}}
    built = machine(config)
    snapshot, _ = built.transition(built.initial_snapshot(), {"type": "E"})
    assert len(snapshot.configuration.nodes) == 1001
    assert built.restore(built.persist(snapshot)).status == "active"


def test_more_levels_are_refused() -> None:
    with pytest.raises(MachineTooLarge):
        machine(deep({"initial": "a"}, 1001))


def test_ten_thousand_states_work() -> None:
    count = 10_000
    states = {f"s{number}": {"on": {"N": f"s{(number + 1) % count}"}} for number in range(count)}
    built = machine({"initial": "s0", "states": states})
    snapshot, _ = built.transition(built.initial_snapshot(), {"type": "N"})
    assert snapshot.value == "s1"


def test_ten_thousand_regions_work() -> None:
    built = machine({"type": "parallel", "states": {f"r{number}": {} for number in range(10_000)}})
    assert len(built.initial_snapshot().configuration.nodes) == 10_001


def test_keys_that_are_numbers_come_first_as_in_javascript() -> None:
    built = machine({"type": "parallel", "states": {"b": {}, "10": {}, "2": {}, "a": {}}})
    assert [node.key for node in built.nodes[1:]] == ["2", "10", "b", "a"]


def test_an_id_with_a_dot_must_be_escaped_and_the_error_says_how() -> None:
    states = {"a": {"on": {"E": "#id.1"}}, "b": {"id": "id.1"}}
    with pytest.raises(UnknownTarget, match=r'write "#id\\\.1"'):
        machine({"initial": "a", "states": states})
    assert machine({"initial": "a", "states": {**states, "a": {"on": {"E": r"#id\.1"}}}}).initial_snapshot().value == "a"


@pytest.mark.parametrize("name", ["", "a/b", 3])
def test_a_system_id_that_can_be_no_name_is_refused(name: object) -> None:
    with pytest.raises(BadMachine) as caught:
        machine({"initial": "a", "states": {"a": {"invoke": {"src": "job", "systemId": name}}}}, missing="xstate")
    assert caught.value.path == "states.a.invoke[0].systemId"


def test_a_system_id_is_persisted() -> None:
    made = machine({"initial": "a", "states": {"a": {"invoke": {"src": "job", "id": "j", "systemId": "logger"}}}}, actors={"job": lambda scope: None})
    persisted = made.persist(made.initial_snapshot())
    assert persisted["children"] == {"j": {"snapshot": None, "src": "job", "syncSnapshot": False, "systemId": "logger"}}
    assert made.restore(persisted).children["j"].system_id == "logger"
