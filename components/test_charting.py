"""A chart shows each state with what it does, and where the machine is."""

from __future__ import annotations

import re

import pytest

from actorweb.machine import Machine, MachineSnapshot, Scope, assign, machine
from actorweb.page import Template
from components.charting import chart
from components.checkout.steps import chart_of_checkout
from components.player import playing_chart
from components.traffic_light import light


async def work() -> None: ...


def yes(_: Scope, __: object) -> bool:
    return True


def no(_: Scope, __: object) -> bool:
    return False


ORDER = machine(
    {
        "id": "order",
        "initial": "open",
        "context": {},
        "on": {"LOG": {"actions": "note"}},
        "states": {
            "open": {
                "initial": "cart",
                "entry": "note",
                "exit": ["note", "note"],
                "states": {
                    "cart": {"on": {"PAY": [{"guard": "full", "target": "paying", "actions": "note"}, {"target": "#gone"}]}},
                    "paying": {"tags": "busy"},
                },
                "after": {"500": "idle.deep", "LONG": {"target": "gone", "guard": yes}},
            },
            "idle": {
                "type": "parallel",
                "states": {"a": {}, "b": {"initial": "c", "states": {"c": {}, "old": {"type": "history"}}}, "deep": {"type": "history", "history": "deep"}},
                "invoke": {"src": "work", "id": "the work", "onDone": "gone", "onError": "open"},
                "onDone": "gone",
            },
            "gone": {"id": "gone", "type": "final", "always": {"guard": "full", "actions": "note"}},
        },
    },
    actions={"note": assign({})},
    guards={"full": no},
    actors={"work": work},
    delays={"LONG": 1000},
)
TAG = re.compile(r"<[^>]*>")


def written(part: object) -> str:
    """Write a template as one would see it in the document."""
    if isinstance(part, Template):
        values = [*map(written, part.values), ""]
        return "".join(text + value for text, value in zip(part.statics.strings, values, strict=True))
    if isinstance(part, list):
        return "".join(map(written, part))  # pyright: ignore[reportUnknownArgumentType]
    return "" if part is None else str(part)


def rows(drawn: str) -> list[str]:
    return [TAG.sub("", row) for row in re.findall(r"<li>(.*?)</li>", drawn)]


def boxes(drawn: str) -> dict[str, tuple[str, str]]:
    """Give the class and the mark of each box by its name."""
    found = re.findall(r"<li class=([a-z ]*) aria-current=(\w*)><span class=\"?name\"?>(.*?)</span>", drawn)
    return {name: (words, current) for words, current, name in found}


def test_each_row_says_when_under_which_condition_where_to_and_with_what() -> None:
    assert rows(written(chart(ORDER, ORDER.initial_snapshot()))) == [
        "LOG / note",
        "entry / note",
        "exit / note, note",
        "after 500 ms → idle.deep",
        "after LONG [guard] → gone",
        "PAY [full] → paying / note",
        "PAY → gone",
        "invoke / the work",
        "done → gone",
        "done → gone",
        "error → open",
        "always [full] / note",
    ]


def test_the_states_where_it_is_are_marked_and_no_others() -> None:
    drawn = boxes(written(chart(ORDER, ORDER.initial_snapshot())))
    assert {name for name, (_, current) in drawn.items() if current == "true"} == {"open", "cart"}
    assert {name for name, (words, _) in drawn.items() if "active" in words.split()} == {"open", "cart"}


def test_each_kind_of_state_has_its_own_look() -> None:
    drawn = boxes(written(chart(ORDER, ORDER.initial_snapshot())))
    assert {name: words.split()[1] for name, (words, _) in drawn.items()} == {
        "open": "compound",
        "cart": "atomic",
        "paying": "atomic",
        "idle": "parallel",
        "a": "atomic",
        "b": "compound",
        "c": "atomic",
        "old (history)": "history",
        "deep (deep history)": "history",
        "gone": "final",
    }
    assert {name for name, (words, _) in drawn.items() if "initial" in words.split()} == {"open", "cart", "c"}


def test_who_does_not_see_it_hears_where_it_is() -> None:
    value = ORDER.restore({"value": {"idle": {"a": {}, "b": "c"}}, "context": {}})
    assert "aria-label=Chart of order, now in idle.a, idle.b.c>" in written(chart(ORDER, value))


@pytest.mark.parametrize("drawn", [light, chart_of_checkout, playing_chart], ids=lambda each: str(each.id))
def test_each_state_of_the_gallery_is_drawn_once(drawn: Machine[object]) -> None:
    first: MachineSnapshot = drawn.initial_snapshot()
    assert written(chart(drawn, first)).count("<li class=") == len(drawn.nodes) - 1
