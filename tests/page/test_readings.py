"""What an element tells its page besides its look."""

from __future__ import annotations

import asyncio
import json

import pytest

from actorweb import ActorSystem, Snapshot, define_behavior, message
from actorweb.machine import emit, log, machine
from actorweb.page import define_element, html
from actorweb.page.bridge import Bridge
from actorweb.page.manifest import describe
from actorweb.page.readings import custom_states


@message
class Changed:
    n: int


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (Snapshot(0, value="default"), ()),
        (Snapshot(0, value="multiplying"), ("multiplying",)),
        (Snapshot(0, value={"a": {"b": "c"}}), ("a", "a-b", "a-b-c")),
        (Snapshot(0, value={"play": "on", "volume": {"level": "low"}}), ("play", "volume", "play-on", "volume-level", "volume-level-low")),
        (Snapshot(0, value={"a": {}}), ("a",)),
        (Snapshot(0, value="two words", tags=frozenset({"b", "a.c"})), ("two-words", "a-c", "b")),
        (Snapshot(0, value="end", status="done"), ("end", "done")),
    ],
)
def test_states_and_tags_are_custom_states(snapshot: Snapshot[int], expected: tuple[str, ...]) -> None:
    assert custom_states(snapshot) == expected


CHART = machine(
    {
        "initial": "off",
        "states": {"off": {"on": {"GO": {"target": "on", "actions": [emit({"type": "Changed", "n": 1}), log("went", "chart")]}}}, "on": {"tags": ["lit"]}},
    }
)
element = (
    define_element("aw-chart")
    .with_behavior(define_behavior("chart").with_machine(CHART).build())
    .with_event(Changed)
    .with_view(
        lambda snapshot: html(
            "<button @click={go} ?disabled={stuck}>{value}</button>", go={"type": "GO"}, value=str(snapshot.value), stuck=not snapshot.can({"type": "GO"})
        )
    )
    .build()
)


def test_the_manifest_has_the_look_and_the_states_of_a_machine_that_begins() -> None:
    first = describe(element)["first"]
    assert isinstance(first, dict)
    assert first["states"] == ["off"]
    assert "off" in json.dumps(first["look"])


async def test_an_element_is_told_the_states_and_events_of_its_machine(system: ActorSystem) -> None:
    frames: list[dict[str, object]] = []
    bridge = Bridge(system.kernel, system.reports, [element], lambda text: frames.append(json.loads(text)))
    bridge.receive(json.dumps({"ack": 0, "ops": [["mount", 1, "aw-chart", {}]]}))
    await _soon()
    bridge.receive(json.dumps({"ack": 0, "ops": [["send", 1, {"type": "GO"}]]}))
    await _soon()
    assert [entry for frame in frames for entry in frame.get("custom", [])] == [[1, ["off"]], [1, ["on", "lit"]]]
    assert [entry for frame in frames for entry in frame.get("events", [])] == [[1, "changed", {"n": 1}, True, True]]
    (words,) = [words for frame in frames for level, words in frame.get("console", []) if level == "info"]
    assert words.endswith("chart: 'went'")
    (snapshot,) = [entry[1] for entry in frames[-1]["snapshots"]] if "snapshots" in frames[-1] else [None]
    assert snapshot["value"] == "on"
    assert snapshot["tags"] == ["lit"]


async def _soon() -> None:
    await asyncio.sleep(0.01)
