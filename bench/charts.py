"""The charts of the machine benchmark: configs that XState takes, one cycle of events for each, and the implementations that they name.

`bench/machines.mjs` has the same implementations by the same names in JavaScript.
"""

from __future__ import annotations

from typing import NamedTuple

from actorweb.machine import Machine, assign, machine

GROUPS, SECTIONS, LEAVES = 8, 4, 5  # 8 + 32 + 160 = 200 states below the root


class Chart(NamedTuple):
    """A config, and the types of the events of one cycle."""

    config: dict
    events: tuple[str, ...]


def _large() -> dict:
    """200 states in three levels: leaves in a row, jumps between groups, guards, assigns at entries and exits, and a custom action."""
    groups: dict = {}
    for g in range(GROUPS):
        sections: dict = {}
        for s in range(SECTIONS):
            leaves: dict = {}
            for place in range(LEAVES):
                after = f"l{place + 1}" if place + 1 < LEAVES else f"#g{g}.s{(s + 1) % SECTIONS}"
                leaves[f"l{place}"] = {"on": {"NEXT": [{"target": after, "guard": "below"}, {"target": "#g0", "actions": ["reset"]}]}}
                if place == 2:
                    leaves["l2"].update(entry=["inc"], tags=["middle"])
            sections[f"s{s}"] = {"initial": "l0", "states": leaves, "exit": ["note"], "on": {"SKIP": {"target": f"s{(s + 2) % SECTIONS}", "guard": "even"}}}
        groups[f"g{g}"] = {"id": f"g{g}", "initial": "s0", "states": sections, "entry": ["inc"], "on": {"JUMP": {"target": f"g{(g + 1) % GROUPS}"}}}
    return {"id": "large", "initial": "g0", "context": {"n": 0}, "states": groups, "on": {"COUNT": {"actions": ["inc"]}}}


def _region(other: str) -> dict:
    return {"initial": "off", "states": {"off": {"on": {"TICK": "on", other: "on"}}, "on": {"on": {"TICK": "off", other: "off"}}}}


CHARTS: dict[str, Chart] = {
    "flat toggle": Chart({"id": "toggle", "initial": "off", "states": {"off": {"on": {"TOGGLE": "on"}}, "on": {"on": {"TOGGLE": "off"}}}}, ("TOGGLE",)),
    "counter, assign and guard": Chart(
        {
            "id": "counter",
            "context": {"n": 0},
            "initial": "counting",
            "states": {"counting": {"on": {"INC": [{"guard": "below", "actions": ["inc"]}, {"actions": ["reset"]}]}}},
        },
        ("INC",),
    ),
    "3 levels": Chart(
        {
            "id": "levels",
            "context": {"n": 0},
            "initial": "off",
            "states": {
                "off": {"on": {"POWER": "on"}},
                "on": {
                    "initial": "idle",
                    "on": {"POWER": "off"},
                    "states": {
                        "idle": {"on": {"START": [{"guard": "below", "actions": ["inc"], "target": "work"}, {"actions": ["reset"], "target": "work"}]}},
                        "work": {"initial": "low", "states": {"low": {"on": {"SHIFT": "high"}}, "high": {"on": {"SHIFT": "low"}}}},
                    },
                },
            },
        },
        ("POWER", "START", "SHIFT", "POWER"),
    ),
    "4 regions": Chart(
        {"id": "regions", "type": "parallel", "states": {name: _region(name.upper()) for name in ("a", "b", "c", "d")}}, ("TICK", "A", "D", "TICK")
    ),
    "200 states": Chart(_large(), ("NEXT", "NEXT", "COUNT", "NEXT", "SKIP", "NEXT", "NEXT", "JUMP")),
}

noted = 0


def _note(*_: object) -> None:
    global noted  # noqa: PLW0603 - what a custom action is for: an effect outside
    noted += 1


def built(name: str) -> Machine:
    """Compile a chart."""
    return machine(
        CHARTS[name].config,
        actions={"inc": assign({"n": lambda scope, _: scope.context["n"] + 1}), "reset": assign({"n": 0}), "note": _note},
        guards={"below": lambda scope, _: scope.context["n"] < 1000, "even": lambda scope, _: scope.context["n"] % 2 == 0},
    )
