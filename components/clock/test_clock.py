"""The clock ticks each second, pauses, and two of them tick alike."""

from __future__ import annotations

import asyncio

from actorweb import ActorSystem
from components.clock import Pause, Resume, Seconds, clock


async def test_it_ticks_each_second_without_drift(system: ActorSystem) -> None:
    ref = await system.spawn(clock)
    await asyncio.sleep(3600.5)
    assert await ref.ask(Seconds()) == 3600


async def test_two_clocks_tick_alike(system: ActorSystem) -> None:
    first, second = await system.spawn(clock), await system.spawn(clock)
    await asyncio.sleep(10.5)
    assert await first.ask(Seconds()) == await second.ask(Seconds()) == 10


async def test_a_paused_clock_stands_still(system: ActorSystem) -> None:
    ref = await system.spawn(clock)
    await asyncio.sleep(2.5)
    ref.tell(Pause())
    await asyncio.sleep(100)
    assert await ref.ask(Seconds()) == 2
    ref.tell(Resume())
    await asyncio.sleep(3.5)
    assert await ref.ask(Seconds()) == 5
