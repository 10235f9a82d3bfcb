"""The pure functions: snapshots in, snapshots and effects out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actorweb.errors.machine import BadAction, EndlessStep, GuardFailed, NotRestorable, UnknownTarget, UnresolvedActor
from actorweb.machine import (
    Act,
    Cancel,
    Emit,
    Log,
    RaiseLater,
    Scope,
    SendTo,
    SpawnChild,
    StopChild,
    assign,
    cancel,
    emit,
    enqueue_actions,
    forward_to,
    log,
    machine,
    raise_,
    send_parent,
    send_to,
    spawn_child,
    state_in,
    stop_child,
)

COUNTER: dict[str, Any] = {
    "id": "counter",
    "initial": "low",
    "context": {"n": 0},
    "states": {
        "low": {"tags": "calm", "meta": {"hint": 1}, "on": {"UP": {"actions": "count"}}, "always": {"guard": "enough", "target": "high"}},
        "high": {"type": "parallel", "states": {"x": {}, "y": {"initial": "p", "states": {"p": {}}}}, "on": {"UP": {}}},
    },
}


def counter() -> Any:
    def add(scope: Scope, _: object) -> dict[str, object]:
        n = scope.context["n"]
        assert isinstance(n, int)
        return {"n": n + 1}

    return machine(COUNTER, actions={"count": assign(add)}, guards={"enough": lambda scope, _: scope.context["n"] == 2})


def test_a_step_gives_a_new_snapshot_and_leaves_the_old_one() -> None:
    built = counter()
    first = built.initial_snapshot()
    second, _ = built.transition(first, {"type": "UP"})
    third, _ = built.transition(second, {"type": "UP"})
    assert (first.context, second.context, third.context) == ({"n": 0}, {"n": 1}, {"n": 2})
    assert third.value == {"high": {"x": {}, "y": "p"}}
    assert COUNTER["context"] == {"n": 0}


def test_an_event_that_changes_nothing_gives_the_same_snapshot() -> None:
    built = counter()
    first = built.initial_snapshot()
    assert built.transition(first, {"type": "OTHER"}) == (first, ())


def test_a_snapshot_answers_what_it_is() -> None:
    built = counter()
    low = built.initial_snapshot()
    assert (low.has_tag("calm"), low.can({"type": "UP"}), low.get_meta()) == (True, True, {"counter.low": {"hint": 1}})
    high = built.transition(built.transition(low, {"type": "UP"})[0], {"type": "UP"})[0]
    assert high.matches("high.y.p")
    assert high.matches({"high": {"y": "p"}})
    assert not high.matches({"high": {"y": "q"}})
    assert not high.can({"type": "UP"})  # forbidden
    assert not high.has_tag("calm")


def test_actions_ask_for_effects_in_order_with_the_context_of_their_place() -> None:
    def choose(scope: Any, _: object) -> None:
        if scope.check(lambda inner, _: inner.context["n"] == 1):
            scope.enqueue("ring")

    entry = [
        "ring",
        assign({"n": 1}),
        enqueue_actions(choose),
        spawn_child("kid", id="k", input=lambda scope, _=None: scope.context["n"]),
        send_to("k", {"type": "HI"}, delay="soon"),
        forward_to("k"),
        raise_({"type": "LATER"}, delay=5, id="later"),
        cancel("later"),
        emit({"type": "OUT"}),
        log("said"),
        stop_child("k"),
    ]
    rung: list[object] = []
    built = machine(
        {"context": {"n": 0}, "entry": entry},
        actions={"ring": lambda scope, _: rung.append(scope)},
        actors={"kid": object()},
        delays={"soon": lambda *_: 9},
    )
    snapshot, effects = built.begin("given")
    assert [type(effect) for effect in effects] == [Act, Act, SpawnChild, SendTo, SendTo, RaiseLater, Cancel, Emit, Log, StopChild]
    contexts = [effect.scope.context for effect in effects if isinstance(effect, Act)]
    assert contexts == [{"n": 0}, {"n": 1}]
    assert [effect.child.start_input for effect in effects if isinstance(effect, SpawnChild)] == [1]
    assert [effect.delay for effect in effects if isinstance(effect, SendTo)] == [9, None]
    assert snapshot.children == {}
    assert rung == []  # nothing was run


def test_what_is_raised_is_handled_in_the_same_step() -> None:
    config = {"initial": "a", "states": {"a": {"on": {"GO": {"actions": raise_({"type": "ON"})}, "ON": "b"}}, "b": {}}}
    built = machine(config)
    assert built.transition(built.initial_snapshot(), {"type": "GO"})[0].value == "b"


def failing(**config: Any) -> Any:
    built = machine(config, missing="xstate")
    return built.transition(built.initial_snapshot(), {"type": "E"})[0].error


def test_a_step_that_fails_keeps_value_and_context_and_tells_the_error() -> None:
    def broken(*_: object) -> bool:
        raise ValueError("broken")

    built = machine({"context": {"n": 1}, "on": {"E": {"actions": assign({"n": 2}), "guard": broken}}})
    after, _ = built.transition(built.initial_snapshot(), {"type": "E"})
    assert (after.status, after.context) == ("error", {"n": 1})
    assert isinstance(after.error, GuardFailed)
    assert isinstance(after.error.__cause__, ValueError)
    assert after.error.code == "AW-371"
    assert built.transition(after, {"type": "E"}) == (after, ())


def test_nobody_to_send_to_is_an_error() -> None:
    assert failing(on={"E": {"actions": send_to("who", {"type": "X"})}}).code == "AW-372"
    assert isinstance(failing(on={"E": {"actions": send_parent({"type": "X"})}}), UnresolvedActor)


def test_a_step_without_end_is_stopped_by_the_limit() -> None:
    loop = {"initial": "a", "options": {"maxIterations": 50}, "states": {"a": {"on": {"E": "b"}}, "b": {"always": "c"}, "c": {"always": "b"}}}
    error = failing(**loop)
    assert isinstance(error, EndlessStep)
    assert error.code == "AW-373"


@pytest.mark.parametrize("target", [{}, {"target": "h"}], ids=["its parent's initial", "itself"])
def test_a_history_state_that_leads_to_itself_does_not_hang(target: dict[str, str]) -> None:
    config = {"initial": "h", "states": {"h": {"type": "history", **target}}}
    assert isinstance(machine(config).initial_snapshot().error, EndlessStep)


def test_what_an_action_cannot_use_is_an_error() -> None:
    for action in (raise_("X"), assign(lambda *_: 5), cancel(lambda *_: 5)):  # type: ignore[arg-type]
        error = failing(on={"E": {"actions": action}})
        assert isinstance(error, BadAction)
        assert error.code == "AW-375"
    built = counter()
    with pytest.raises(BadAction):
        built.transition(built.initial_snapshot(), {"kind": "E"})


def test_state_in_with_an_unknown_id_is_an_error() -> None:
    assert isinstance(failing(on={"E": {"guard": state_in("#no"), "actions": "x"}}).__cause__, UnknownTarget)


def test_a_persisted_snapshot_survives_json() -> None:
    config = {
        "initial": "a",
        "context": {"n": [1]},
        "states": {
            "a": {"initial": "x", "states": {"x": {"on": {"N": "y"}}, "y": {}, "h": {"type": "history"}}, "on": {"OFF": "b"}},
            "b": {"on": {"BACK": "a.h"}},
        },
    }
    built = machine(config)
    snapshot = built.initial_snapshot()
    for event in ("N", "OFF"):
        snapshot, _ = built.transition(snapshot, {"type": event})
    again = built.restore(json.loads(json.dumps(built.persist(snapshot))))
    assert (again.value, again.context, again.history_value) == ("b", {"n": [1]}, {"(machine).a.h": ("(machine).a.y",)})
    assert built.transition(again, {"type": "BACK"})[0].value == {"a": "y"}


@pytest.mark.parametrize(
    "persisted", [{"value": "gone"}, {"value": 5}, {"status": "odd"}, {"value": "low", "context": 5}, {"value": "low", "children": {"k": 1}}]
)
def test_what_does_not_fit_the_machine_is_not_restored(persisted: dict[str, object]) -> None:
    with pytest.raises(NotRestorable) as caught:
        counter().restore(persisted)
    assert caught.value.code == "AW-374"
