"""The counter counts, multiplies, and says what it did."""

from __future__ import annotations

import asyncio

from actorweb import ActorSystem
from components.counter import BecomeCounter, BecomeMultiplier, Changed, Count, Decrement, Increment, Reset, SetLabels, SetStep, counter


async def test_it_counts_by_its_step(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    for message in (Increment(), SetStep(5), Increment(), Decrement(by=2)):
        ref.tell(message)
    assert await ref.ask(Count()) == 4


async def test_it_becomes_a_multiplier_and_a_counter_again(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    for message in (Increment(by=3), BecomeMultiplier(), Increment(), Increment(by=10), Decrement(), BecomeCounter(), Increment()):
        ref.tell(message)
    assert await ref.ask(Count()) == 31


async def test_it_emits_each_change_and_resets_in_every_mode(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with ref.events(Changed) as changes:
        for message in (Increment(), BecomeMultiplier(), Increment(by=4), Reset()):
            ref.tell(message)
        await asyncio.sleep(0.1)
        assert [(await anext(changes)).count for _ in range(3)] == [1, 4, 0]


async def test_it_keeps_its_labels(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    ref.tell(SetLabels(("a", "b")))
    await ref.ask(Count())
    assert (await system.snapshot(ref)).context.labels == ("a", "b")
