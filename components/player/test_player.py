"""The player plays, remembers where it was, mutes, shows captions, and does what its chart says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from actorweb import ActorRef, ActorSystem, JsonObject
from actorweb.page.manifest import describe
from actorweb.testing import Path, paths
from actorweb.values.json import StateValue
from actorweb.values.message import wire_name
from components.player import (
    PIECES,
    Captions,
    Ended,
    Faster,
    Mute,
    Pause,
    PieceBegan,
    Play,
    Seek,
    SetVolume,
    Stop,
    Tick,
    Translate,
    player,
    player_element,
    playing_chart,
    view,
)

Ref = ActorRef[Play | Pause | Stop | Faster | Seek | Mute | SetVolume | Captions | Translate | Tick, JsonObject]
Message = Play | Pause | Stop | Faster | Seek | Mute | SetVolume | Captions | Translate
TO_THE_END = {"type": "Seek", "position": 99}
PLAYBACK = [{"type": name} for name in ("Play", "Pause", "Stop", "Faster")]
VOLUME: list[JsonObject] = [{"type": "Mute"}, *({"type": "SetVolume", "volume": volume} for volume in (0, 50, 90))]
CAPTIONS = [{"type": "Captions"}, {"type": "Translate"}]
MESSAGES: dict[object, type[Play | Pause | Stop | Faster | Mute | Captions | Translate]] = {
    "Play": Play,
    "Pause": Pause,
    "Stop": Stop,
    "Faster": Faster,
    "Mute": Mute,
    "Captions": Captions,
    "Translate": Translate,
}
WAYS = (
    *paths(playing_chart, kind="simple", events=PLAYBACK, by=lambda state: state.value),
    *paths(playing_chart, events=[*PLAYBACK, TO_THE_END], by=lambda state: (state.value, state.context["piece"])),
    *paths(playing_chart, events=VOLUME),
    *paths(playing_chart, events=[{"type": "Play"}, {"type": "Mute"}, *CAPTIONS], by=lambda state: state.value),
)


def message_of(event: Mapping[str, object]) -> Message:
    name, position, volume = event["type"], event.get("position"), event.get("volume")
    if isinstance(position, int):
        return Seek(position)
    return SetVolume(volume) if isinstance(volume, int) else MESSAGES[name]()


async def sent(system: ActorSystem, ref: Ref, *messages: Message, seconds: float = 0.001) -> StateValue:
    for each in messages:
        ref.tell(each)
    await asyncio.sleep(seconds)
    return (await system.snapshot(ref)).value


def region(value: StateValue, name: str) -> StateValue:
    assert isinstance(value, Mapping)
    return value[name]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_it_does_what_its_chart_says(system: ActorSystem, way: Path) -> None:
    ref = await system.spawn(player)
    for step in way.steps:
        await sent(system, ref, message_of(step.event))
        snapshot = await system.snapshot(ref)
        assert (snapshot.value, snapshot.context) == (step.state.value, step.state.context)


def test_the_ways_lead_to_every_state() -> None:
    reached = {node for way in WAYS for node in way.state.configuration.nodes}
    assert reached == {node for node in playing_chart.nodes if node.kind != "history"}


async def test_it_plays_a_piece_after_the_other_and_tells_it(system: ActorSystem) -> None:
    ref = await system.spawn(player)
    async with ref.events(object) as events:
        await sent(system, ref, Play(), seconds=12.5)
        assert (await system.snapshot(ref)).context == {"piece": 1, "position": 0, "volume": 50}
        assert region(await sent(system, ref, seconds=20), "playback") == "ended"
        told = [await anext(events) for _ in range(3)]
    assert told == [
        {"type": wire_name(PieceBegan), "title": PIECES[1].title},
        {"type": wire_name(PieceBegan), "title": PIECES[2].title},
        {"type": wire_name(Ended)},
    ]
    assert region(await sent(system, ref, Play()), "playback") == {"on": {"playing": "normal"}}
    assert (await system.snapshot(ref)).context["piece"] == 0


async def test_twice_as_fast_is_twice_as_fast(system: ActorSystem) -> None:
    ref = await system.spawn(player)
    await sent(system, ref, Play(), Faster(), seconds=3.2)
    assert (await system.snapshot(ref)).context["position"] == 6


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([Play()], {"on": {"playing": "normal"}}),
        ([Play(), Faster()], {"on": {"playing": "fast"}}),
        ([Play(), Pause()], {"on": "paused"}),
        ([Play(), Faster(), Pause(), Play()], {"on": {"playing": "fast"}}),
    ],
)
async def test_after_a_stop_it_goes_on_as_it_was(system: ActorSystem, before: list[Message], expected: object) -> None:
    ref = await system.spawn(player)
    await sent(system, ref, *before)
    assert region(await sent(system, ref, Stop()), "playback") == "stopped"
    assert region(await sent(system, ref, Play()), "playback") == expected


async def test_nothing_ticks_while_it_does_not_play(system: ActorSystem) -> None:
    ref = await system.spawn(player)
    for quiet in (Pause(), Stop()):
        await sent(system, ref, Play(), seconds=1.5)
        await sent(system, ref, Play(), quiet)
        position = (await system.snapshot(ref)).context["position"]
        await sent(system, ref, seconds=5)
        assert (await system.snapshot(ref)).context["position"] == position


async def test_muting_remembers_how_loud_it_was_and_silence_is_muted(system: ActorSystem) -> None:
    ref = await system.spawn(player)
    seen: list[object] = []
    for each in (SetVolume(90), Mute(), Mute(), SetVolume(10), SetVolume(0), Mute()):
        value = await sent(system, ref, each)
        seen.append(region(value, "volume"))
    assert seen == [{"audible": "loud"}, "muted", {"audible": "loud"}, {"audible": "soft"}, "muted", "muted"]


async def test_captions_come_back_in_the_language_they_had(system: ActorSystem) -> None:
    ref = await system.spawn(player)
    value = await sent(system, ref, Captions(), Translate(), Captions(), Captions())
    assert region(value, "captions") == {"shown": "latin"}


@pytest.mark.parametrize(("asked", "expected"), [(-5, 0), (5, 5), (99, 12)])
async def test_a_position_stays_within_its_piece(system: ActorSystem, asked: int, expected: int) -> None:
    ref = await system.spawn(player)
    await sent(system, ref, Seek(asked))
    assert (await system.snapshot(ref)).context["position"] == expected


def test_it_shows_every_state_and_where_it_is() -> None:
    assert describe(player_element)["first"]
    for way in WAYS:
        assert view(way.state).values
