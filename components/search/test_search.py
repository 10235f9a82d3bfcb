"""The search loads, finds, fails, and shows no stale answer. Its source is one of ours."""

from __future__ import annotations

import asyncio

from actorweb import ActorSystem
from components.search import Failed, Found, GetState, Query, Retry, search_with


class Shelf:
    """A source in memory that takes as long as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled: list[str] = []
        self.broken = False

    async def __call__(self, query: str) -> tuple[str, ...]:
        self.asked.append(query)
        try:
            await asyncio.sleep(10 if query == "slow" else 1)
        except asyncio.CancelledError:
            self.cancelled.append(query)
            raise
        if self.broken:
            raise ConnectionError("the shelf is empty")
        return (f"{query} 1", f"{query} 2")


async def test_it_loads_and_finds(system: ActorSystem) -> None:
    ref = await system.spawn(search_with(Shelf()))
    assert await ref.ask(GetState()) == "empty"
    ref.tell(Query(" Book "))
    assert await ref.ask(GetState()) == "loading"
    await asyncio.sleep(1.5)
    assert await ref.ask(GetState()) == "found"
    assert (await system.snapshot(ref)).context.results == ("book 1", "book 2")


async def test_a_new_search_cancels_the_one_before(system: ActorSystem) -> None:
    shelf = Shelf()
    ref = await system.spawn(search_with(shelf))
    ref.tell(Query("slow"))
    await asyncio.sleep(0.5)
    ref.tell(Query("quick"))
    await asyncio.sleep(20)
    assert shelf.cancelled == ["slow"]
    assert (await system.snapshot(ref)).context.results == ("quick 1", "quick 2")


async def test_a_stale_answer_is_not_shown(system: ActorSystem) -> None:
    ref = await system.spawn(search_with(Shelf()))
    ref.tell(Query("new"))
    ref.tell(Found("old", ("old 1",)))
    ref.tell(Failed("old", "why"))
    assert await ref.ask(GetState()) == "loading"
    assert (await system.snapshot(ref)).context.results == ()


async def test_it_fails_and_can_be_tried_again(system: ActorSystem) -> None:
    shelf = Shelf()
    shelf.broken = True
    ref = await system.spawn(search_with(shelf))
    ref.tell(Query("book"))
    await asyncio.sleep(2)
    context = (await system.snapshot(ref)).context
    assert (context.state, context.reason) == ("failed", "the shelf is empty")
    shelf.broken = False
    ref.tell(Retry())
    await asyncio.sleep(2)
    assert await ref.ask(GetState()) == "found"


async def test_an_empty_query_clears_everything(system: ActorSystem) -> None:
    shelf = Shelf()
    ref = await system.spawn(search_with(shelf))
    ref.tell(Query("book"))
    await asyncio.sleep(0.5)
    ref.tell(Query(""))
    await asyncio.sleep(2)
    assert await ref.ask(GetState()) == "empty"
    assert shelf.cancelled == ["book"]
