"""The light changes by itself, lets people cross, flashes at night, and does what its chart says."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import ActorRef, ActorSystem, JsonObject
from actorweb.page.manifest import describe
from actorweb.testing import Path, paths
from components.traffic_light import Day, Night, Press, SetSpeed, light, traffic_light, traffic_light_element, view

WAYS = paths(light, events=[{"type": "Press"}, {"type": "Night"}, {"type": "Day"}], by=lambda state: (state.value, state.context["waiting"]))
MOMENT = 0.001


async def value(system: ActorSystem, ref: ActorRef[Press | Night | Day | SetSpeed, JsonObject]) -> object:
    await asyncio.sleep(MOMENT)
    return (await system.snapshot(ref)).value


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_it_does_what_its_chart_says(system: ActorSystem, way: Path) -> None:
    ref = await system.spawn(traffic_light)
    messages: dict[object, Press | Night | Day] = {"Press": Press(), "Night": Night(), "Day": Day()}
    for step in way.steps:
        if step.delay is None:
            ref.tell(messages[step.event["type"]])
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(step.delay / 1000)
        await asyncio.sleep(MOMENT)
        snapshot = await system.snapshot(ref)
        assert (snapshot.value, snapshot.context) == (step.state.value, step.state.context)


def test_the_ways_lead_to_every_state() -> None:
    reached = {node for way in WAYS for node in way.state.configuration.nodes}
    assert reached == {node for node in light.nodes if node.kind != "history"}


async def test_by_day_it_goes_round_by_itself(system: ActorSystem) -> None:
    ref = await system.spawn(traffic_light)
    seen: list[object] = []
    for seconds in (0, 2, 2, 6, 2):
        await asyncio.sleep(seconds)
        seen.append(await value(system, ref))
    assert seen == [
        {"day": {"red": "halt"}},
        {"day": "starting"},
        {"day": {"green": "flowing"}},
        {"day": "amber"},
        {"day": {"red": "halt"}},
    ]


async def test_who_presses_at_green_shortens_it_and_may_walk_at_red(system: ActorSystem) -> None:
    ref = await system.spawn(traffic_light)
    await asyncio.sleep(4.5)
    ref.tell(Press())
    assert await value(system, ref) == {"day": {"green": "ending"}}
    await asyncio.sleep(6)
    assert await value(system, ref) == {"day": {"red": "walk"}}
    assert (await system.snapshot(ref)).context == {"speed": 1, "waiting": False, "crossings": 1}


async def test_the_button_is_heard_once(system: ActorSystem) -> None:
    ref = await system.spawn(traffic_light)
    for _ in range(3):
        ref.tell(Press())
    await asyncio.sleep(2.5)
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context["crossings"]) == ({"day": {"red": "walk"}}, 1)
    assert not snapshot.context["waiting"]


async def test_a_new_speed_begins_the_phase_anew_and_keeps_the_state(system: ActorSystem) -> None:
    ref = await system.spawn(traffic_light)
    ref.tell(Press())
    await asyncio.sleep(5)
    assert await value(system, ref) == {"day": {"red": "walk"}}
    ref.tell(SetSpeed(10))
    await asyncio.sleep(0.5)
    assert await value(system, ref) == {"day": {"red": "walk"}}
    assert (await system.snapshot(ref)).context["crossings"] == 1
    await asyncio.sleep(0.15)
    assert await value(system, ref) == {"day": {"red": "hurry"}}


async def test_at_night_it_flashes_whatever_the_speed(system: ActorSystem) -> None:
    ref = await system.spawn(traffic_light)
    ref.tell(Night())
    ref.tell(SetSpeed(100))
    seen: list[object] = []
    for _ in range(3):
        seen.append(await value(system, ref))
        await asyncio.sleep(0.7)
    assert seen == [{"night": "lit"}, {"night": "dark"}, {"night": "lit"}]
    ref.tell(Day())
    assert await value(system, ref) == {"day": {"red": "halt"}}


def test_it_shows_every_state_and_where_it_is() -> None:
    assert describe(traffic_light_element)["first"]
    for way in WAYS:
        assert view(way.state).values
