"""The ways through a machine, for tests along its chart."""

from __future__ import annotations

import pytest

from actorweb.errors.testing import BadPaths
from actorweb.machine import assign, machine
from actorweb.testing import Path, paths

FORM = {
    "id": "form",
    "initial": "name",
    "states": {
        "name": {"on": {"NEXT": "card", "CLOSE": "closed"}},
        "card": {"on": {"NEXT": "paying", "BACK": "name", "CLOSE": "closed"}},
        "paying": {"after": {"3000": "card"}, "invoke": {"src": "pay", "id": "pay", "onDone": "paid"}},
        "paid": {"type": "final"},
        "closed": {"type": "final"},
    },
}


async def pay(scope: object) -> None: ...


form = machine(FORM, actors={"pay": pay})


def ways(found: tuple[Path, ...]) -> list[str]:
    return [str(path) for path in found]


def test_there_is_one_shortest_path_to_each_state_that_the_chart_reaches() -> None:
    assert ways(paths(form)) == [
        "name: the beginning",
        'card: {"type":"NEXT"}',
        'closed: {"type":"CLOSE"}',
        'paying: {"type":"NEXT"}, {"type":"NEXT"}',
    ]


def test_events_of_invoked_actors_are_tried_if_they_are_given() -> None:
    found = paths(form, events=[{"type": "NEXT"}, {"type": "xstate.done.actor.pay", "output": 1}])
    assert ways(found)[-1] == 'paid: {"type":"NEXT"}, {"type":"NEXT"}, {"type":"xstate.done.actor.pay","output":1}'


def test_simple_paths_visit_no_state_twice() -> None:
    found = ways(paths(form, kind="simple"))
    assert found == [
        "name: the beginning",
        'card: {"type":"NEXT"}',
        'paying: {"type":"NEXT"}, {"type":"NEXT"}',
        'closed: {"type":"NEXT"}, {"type":"CLOSE"}',
        'closed: {"type":"CLOSE"}',
    ]


def test_a_delay_is_a_step_to_wait_for() -> None:
    light = machine({"initial": "green", "states": {"green": {"after": {"slow": "red"}}, "red": {}}}, delays={"slow": lambda scope, _: 3000})
    (_, red) = paths(light)
    assert (red.steps[0].delay, str(red)) == (3000, "red: wait 3000 ms")


def test_only_the_ends_that_are_wanted_are_given() -> None:
    assert [path.state.value for path in paths(form, kind="simple", to=lambda state: state.matches("closed"))] == ["closed", "closed"]


def test_events_may_depend_on_the_state() -> None:
    found = paths(form, events=lambda state: [{"type": "NEXT"}] if state.matches("name") else [])
    assert [path.state.value for path in found] == ["name", "card"]


COUNTING = machine(
    {"id": "counting", "context": {"n": 0}, "initial": "a", "states": {"a": {"on": {"ADD": {"actions": "add"}, "END": "b"}}, "b": {}}},
    actions={"add": assign({"n": lambda scope, _: scope.context["n"] + scope.event.get("by", 1)})},
)


def test_a_context_that_grows_has_no_end_and_is_refused() -> None:
    with pytest.raises(BadPaths, match="counting: there are more than 50 states"):
        paths(COUNTING, most=50)
    with pytest.raises(BadPaths, match="more than 50 paths"):
        paths(COUNTING, kind="simple", most=50)


def test_states_are_told_apart_as_wanted() -> None:
    assert [path.state.value for path in paths(COUNTING, by=lambda state: state.value)] == ["a", "b"]


def test_a_step_that_fails_is_told() -> None:
    failing = machine(
        {"id": "f", "initial": "a", "states": {"a": {"on": {"GO": {"guard": "g", "target": "b"}}}, "b": {}}}, guards={"g": lambda scope, _: scope.event["x"]}
    )
    with pytest.raises(BadPaths, match="the event {'type': 'GO'} leads to an error") as caught:
        paths(failing)
    assert caught.value.__cause__ is not None
