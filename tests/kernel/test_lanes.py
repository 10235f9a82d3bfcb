"""The two lanes: commands and input overtake a flood, and a flood of them does not starve the rest."""

from __future__ import annotations

import asyncio

from actorweb import ActorSystem, define_behavior
from tests.kernel.counter import Count, Increment, counter


async def test_after_sixty_four_urgent_turns_one_ordinary_turn_runs(system: ActorSystem) -> None:
    seen: list[str] = []
    behavior = define_behavior("notes").on_message(lambda text, actor: seen.append(str(text))).build()
    ref, other = await system.spawn(behavior), await system.spawn(behavior)
    for _ in range(3):
        other.tell("ordinary")
    for _ in range(200):
        system.kernel.send(ref, "urgent")
    await asyncio.sleep(1)
    places = [place for place, text in enumerate(seen) if text == "ordinary"]
    assert places[0] <= 64
    assert [after - before for before, after in zip(places, places[1:], strict=False)] == [65, 65]


async def test_input_overtakes_a_flood(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    seen: list[int] = []
    system.kernel.listen(ref, lambda changed: seen.append(changed.count))  # type: ignore[attr-defined]
    for _ in range(500):
        ref.tell(Increment(1))
    system.kernel.send(ref, Increment(1000))
    await ref.ask(Count())
    assert seen[0] == 1000


async def test_what_a_page_sends_to_one_element_keeps_its_order(system: ActorSystem) -> None:
    seen: list[object] = []
    ref = await system.spawn(define_behavior("notes").on_message(lambda text, actor: seen.append(text)).build())
    for number in range(300):
        system.kernel.send(ref, number)
    await asyncio.sleep(1)
    assert seen == list(range(300))


async def test_a_command_overtakes_a_flood(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    system.reports.subscribe(lambda report: None)
    for _ in range(500):
        ref.tell(Increment(1))
    await system.stop(ref)
    assert ref._cell.context.count < 500  # type: ignore[attr-defined]
