"""Guards, descriptors and values: how they are composed and compared."""

from __future__ import annotations

from typing import Any

import pytest

from actorweb.machine import and_, machine, not_, or_, state_in
from actorweb.machine.node import matches_descriptor
from actorweb.values.state_value import matches


def passes(guard: Any) -> bool:
    config = {"initial": "a", "states": {"a": {"id": "it"}, "b": {}}, "on": {"E": {"target": ".b", "guard": guard}}}
    built = machine(config, guards={"yes": lambda *_: True, "no": lambda *_: False, "alias": "yes", "is": lambda _, params: params == 1})
    return built.transition(built.initial_snapshot(), {"type": "E"})[0].value == "b"


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("yes", True),
        ("alias", True),
        ({"type": "is", "params": 1}, True),
        ({"type": "is", "params": lambda scope: len(scope.event)}, True),
        ({"type": "is", "params": 2}, False),
        (and_("yes", "no"), False),
        (or_("no", "yes"), True),
        (not_("no"), True),
        (and_(), True),
        (or_(), False),
        (state_in("a"), True),
        (state_in("#it"), True),
        (state_in({"b": "x"}), False),
        ({"type": "and", "params": {"guards": ["yes", {"type": "not", "params": {"guard": "no"}}]}}, True),
        ({"type": "stateIn", "params": {"state": "b"}}, False),
    ],
)
def test_guards_compose(guard: Any, expected: bool) -> None:
    assert passes(guard) is expected


def test_what_comes_after_the_decision_is_not_evaluated() -> None:
    def never(*_: object) -> bool:
        raise AssertionError("evaluated")

    assert passes(or_("yes", never))
    assert not passes(and_("no", never))


@pytest.mark.parametrize(
    ("event", "descriptor", "expected"),
    [
        ("a", "a", True), ("a", "*", True), ("a", "a.*", True), ("a.b.c", "a.*", True), ("ab", "a.*", False),
        ("a.b", "a", False), ("a.b", "*.b", False), ("a.x.b", "a.*.*", False), ("xstate.done.state.m", "*", True),
    ],
)  # fmt: skip
def test_a_wildcard_stands_for_whole_tokens_at_the_end(event: str, descriptor: str, expected: bool) -> None:
    assert matches_descriptor(event, descriptor) is expected


@pytest.mark.parametrize(
    ("asked", "value", "expected"),
    [
        ("a", "a", True), ("a", {"a": "b"}, True), ("a.b", {"a": "b"}, True), ("a.b.c", {"a": "b"}, False), ({"a": "b"}, "a", False),
        ({"a": {}}, {"a": {"x": "y"}}, True), ({"a": {}}, {"a": "b"}, False), ("a.b", "a.b", True), (r"a\.b", "a.b", False),
    ],
)  # fmt: skip
def test_a_value_matches_its_beginnings(asked: Any, value: Any, expected: bool) -> None:
    assert matches(asked, value) is expected
