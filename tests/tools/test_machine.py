"""`actorweb diagram` and `actorweb machine check`, as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.test_run import actorweb, lines

ORDER = {
    "id": "order",
    "initial": "cart",
    "states": {
        "cart": {"on": {"PAY": {"target": "paying", "guard": "full", "actions": "note"}}},
        "paying": {"invoke": {"src": "pay", "onDone": "paid"}, "after": {"slow": "cart"}},
        "paid": {"type": "final"},
    },
}


@pytest.fixture
def order(tmp_path: Path) -> Path:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(ORDER))
    return path


def test_a_sound_chart_says_what_is_to_be_implemented(order: Path) -> None:
    done = actorweb("machine", "check", str(order))
    assert done.stdout.splitlines() == [
        "to implement, actions: note",
        "to implement, guards: full",
        "to implement, actors: pay",
        "to implement, delays: slow",
        f"{order}: 'order', 4 states, all sound",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_findings_are_told_with_their_places(order: Path) -> None:
    order.write_text(json.dumps({**ORDER, "states": {**ORDER["states"], "lost": {}}}))
    done = actorweb("machine", "check", str(order))
    assert "states.lost: unreachable: nothing leads to 'order.lost'" in done.stdout
    assert done.stdout.endswith("5 states, 1 finding\n")
    assert done.returncode == 1


def test_implementations_are_compared_both_ways(order: Path) -> None:
    (order.parent / "implemented.py").write_text("actions = {'note': print}\nguards = {'full': bool, 'empty': bool}\nactors = {}\n")
    done = actorweb("machine", "check", str(order), "--implementations", "implemented", cwd=order.parent)
    assert done.stdout.splitlines() == [
        "implemented: unused: no state uses the guard 'empty'",
        "states.paying.invoke: missing: the actor 'pay' has no implementation",
        "states.paying.after: missing: the delay 'slow' has no implementation",
        f"{order}: 'order', 4 states, 3 findings",
    ]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "no JSON"),
        ("[]", "it holds a list"),
        (json.dumps({"initial": "a", "states": {}}), "initial"),
        (json.dumps({"initial": "a", "states": {"a": {"on": {"GO": "b"}}}}), "states.a.on.GO"),
        (json.dumps({"initial": "a", "states": {"a": {"cond": 3}}}), "states.a.cond"),
    ],
)
def test_what_is_no_machine_is_refused(order: Path, text: str, expected: str) -> None:
    order.write_text(text)
    done = actorweb("machine", "check", str(order))
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_or_module_is_told(order: Path) -> None:
    assert "No such file" in actorweb("machine", "check", str(order.parent / "none.json")).stderr
    done = actorweb("machine", "check", str(order), "--implementations", "nothing_here")
    assert "there is no module 'nothing_here'" in done.stderr
    (order.parent / "wrong.py").write_text("actions = 3\n")
    assert "wrong.actions is a int" in actorweb("machine", "check", str(order), "--implementations", "wrong", cwd=order.parent).stderr


def test_a_machine_a_behavior_and_a_file_are_drawn(order: Path) -> None:
    (order.parent / "charts.py").write_text(
        "from actorweb import define_behavior\nfrom actorweb.machine import machine\n"
        "light = machine({'initial': 'off', 'states': {'off': {'on': {'PRESS': 'on'}}, 'on': {}}})\n"
        "lamp = define_behavior('lamp').with_machine(light).build()\nplain = define_behavior('plain').with_context(0).build()\n"
    )
    drawn = actorweb("diagram", "charts:light", cwd=order.parent)
    assert drawn.stdout.startswith("stateDiagram-v2\n")
    assert "s1 --> s2 : PRESS" in drawn.stdout
    assert actorweb("diagram", "charts:lamp", cwd=order.parent).stdout == drawn.stdout
    assert "invoke / pay" in actorweb("diagram", str(order)).stdout
    done = actorweb("diagram", "charts:plain", cwd=order.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert "charts:plain is no machine" in done.stderr


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_states_of_a_snapshot_are_highlighted(order: Path, *, wrapped: bool) -> None:
    kept = order.parent / "kept.json"
    persisted = {"value": "paying", "status": "active", "context": {}}
    kept.write_text(json.dumps({"behavior": "order", "context": persisted} if wrapped else persisted))
    done = actorweb("diagram", str(order), "--snapshot", str(kept))
    assert done.stdout.splitlines()[-1] == "  class s2 active"


@pytest.mark.parametrize(("text", "expected"), [("3", "no state of a machine"), ('{"value": "lost", "context": {}}', "has no state 'lost'"), ("", "no JSON")])
def test_a_snapshot_that_does_not_fit_is_refused(order: Path, text: str, expected: str) -> None:
    kept = order.parent / "kept.json"
    kept.write_text(text)
    done = actorweb("diagram", str(order), "--snapshot", str(kept))
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


LAMP = """
from actorweb import MessagePlan, Request, define_behavior, message
from actorweb.machine import assign, emit, machine

@message
class Value(Request[str]): ...

@message
class Press:
    times: int = 1

light = machine(
    {
        "context": {"presses": 0},
        "initial": "off",
        "states": {"off": {"on": {"Press": {"target": "on", "actions": ["count", "tell"]}}}, "on": {"on": {"Press": {"target": "off", "actions": "count"}}}},
    },
    actions={"count": assign({"presses": lambda scope, _: scope.context["presses"] + scope.event["times"]}), "tell": emit({"type": "Lit"})},
).with_event(Press)
lamp = define_behavior("lamp").with_machine(light).on(Value, lambda _, actor: MessagePlan(reply=actor.snapshot.value)).build()
"""


def test_a_machine_runs_between_standard_input_and_output(order: Path) -> None:
    (order.parent / "lamps.py").write_text(LAMP)
    text = lines({"type": "Press", "times": 2}, {"type": "Value"}, {"type": "Press", "times": "x"}, {"type": "NOTHING"})
    done = actorweb("run", "lamps:lamp", "--trace", text=text, cwd=order.parent)
    assert done.stdout == lines_of({"type": "Lit"}, {"reply": "on"})
    assert "message.times is 'x'" in done.stderr
    assert "Unhandled" in done.stderr
    traced = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [(line["value"], line["version"]) for line in traced] == [("on", 1), ("on", 1), ("on", 1)]
    assert done.returncode == 1


def test_a_machine_goes_on_from_run_to_run_and_its_record_is_drawn(order: Path) -> None:
    (order.parent / "lamps.py").write_text(LAMP)
    for expected in ("on", "off"):
        done = actorweb("run", "lamps:lamp", "--store", "lamp.db", text=lines({"type": "Press"}, {"type": "Value"}), cwd=order.parent)
        assert done.stdout.splitlines()[-1] == json.dumps({"reply": expected}, separators=(",", ":"))
    (order.parent / "lamp.jsonl").write_text(actorweb("store", "export", "lamp.db", cwd=order.parent).stdout)
    assert actorweb("diagram", "lamps:lamp", "--snapshot", "lamp.jsonl", cwd=order.parent).stdout.splitlines()[-1] == "  class s1 active"


def lines_of(*values: object) -> str:
    return "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values)
