"""State over time: what a version, a plan, a history, a journal, an upgrade and a passivation cost.

Run as a program it measures what needs a process of its own: `python -m bench.state known COUNT` the resident bytes of so
many durable actors of which the last hundredth was used lately.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from actorweb import ActorSystem, MemoryStore, MessagePlan, Request, SqliteStore, define_behavior, message
from bench.lives import resident


@message
class Add:
    by: int


@message
class Sum(Request[int]): ...


@message
class AddAsked(Request[int]):
    by: int


@dataclass(frozen=True, slots=True)
class Counter:
    count: int = 0
    step: int = 1
    name: str = "counter"


@dataclass(frozen=True, slots=True)
class Total:
    total: int = 0
    unit: str = "pieces"


class Pair(NamedTuple):
    count: int
    step: int


def answering(builder, attribute):
    return builder.on(Sum, lambda message, actor: MessagePlan(reply=getattr(actor.context, attribute, None)))


def counting(way: str):
    """A counter that changes its context in one of the ways there are."""
    start = define_behavior(f"counter-{way}")
    if way == "replace":
        builder = start.with_context(Counter()).on(Add, lambda add, actor: replace(actor.context, count=actor.context.count + add.by))
    elif way == "constructor":
        builder = start.with_context(Counter()).on(Add, lambda add, actor: Counter(actor.context.count + add.by, actor.context.step, actor.context.name))
    elif way == "named tuple":
        builder = start.with_context(Pair(0, 1)).on(Add, lambda add, actor: actor.context._replace(count=actor.context.count + add.by))
    elif way == "dict copy":
        builder = start.with_context({"count": 0, "step": 1, "name": "counter"}, copy=dict).on(
            Add, lambda add, actor: {**actor.context, "count": actor.context["count"] + add.by}
        )
    elif way == "in place":

        def mutate(add, actor):
            actor.context["count"] += add.by

        builder = start.with_context({"count": 0, "step": 1, "name": "counter"}, copy=dict).on(Add, mutate)
    elif way == "plan":
        builder = start.with_context(0).on(Add, lambda add, actor: MessagePlan(context=actor.context + add.by))
    else:
        builder = start.with_context(0).on(Add, lambda add, actor: actor.context + add.by)
    return builder.on(Sum, lambda message, actor: MessagePlan(reply=None))


async def _turns(behavior, count: int, **options: object) -> float:
    async with ActorSystem() as system:
        ref = await system.spawn(behavior, **options)
        add = Add(1)
        began = time.perf_counter()
        for _ in range(count):
            ref.tell(add)
        await ref.ask(Sum(), timeout=600)
        return time.perf_counter() - began


def turns(way: str, count: int, history: int = 0) -> float:
    """Give the seconds of so many turns that change a context."""
    builder = counting(way)
    if history:
        builder = builder.with_history(history)
    return asyncio.run(_turns(builder.build(), count))


def in_memory_store(count: int, durability: str) -> float:
    """Give the seconds of so many turns of an actor that is kept in memory."""
    return asyncio.run(_turns(counting("bare").build(), count, store=MemoryStore(keep=10), key="c", durability=durability))


# --- a history of large contexts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Large:
    rows: tuple[tuple[int, str], ...]
    title: str = ""
    changes: int = 0


def history_bytes(versions: int) -> tuple[float, float]:
    """Give the bytes that each of so many kept versions of a context of a megabyte costs, and those of the first."""
    rows = tuple((number, f"row number {number} of the table") for number in range(8_500))

    async def main() -> tuple[float, float]:
        behavior = (
            define_behavior("large")
            .with_context(Large(rows))
            .with_history(versions)
            .on(Add, lambda add, actor: replace(actor.context, changes=actor.context.changes + 1))
        )
        behavior = behavior.on(Sum, lambda message, actor: MessagePlan(reply=actor.context.changes)).build()
        async with ActorSystem() as system:
            ref = await system.spawn(behavior)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(versions):
                ref.tell(Add(1))
            assert await ref.ask(Sum(), timeout=600) == versions
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
            assert len(await system.history(ref)) == versions
            return (after - before) / versions, sum(sys.getsizeof(row) + sys.getsizeof(row[1]) for row in rows)

    tracemalloc.start()
    try:
        return asyncio.run(main())
    finally:
        tracemalloc.stop()


# --- journals, recovery, upgrades --------------------------------------------------------------------------------------


def journal(actors: int, each: int, durability: str = "journal") -> float:
    """Give the seconds in which so many actors take so many turns each, stored in a file."""
    behavior = answering(define_behavior("kept").with_context(Counter()).on(Add, lambda add, actor: Counter(actor.context.count + add.by)), "count").build()

    async def main(path: Path) -> float:
        store = SqliteStore(path)
        async with ActorSystem() as system:
            refs = [await system.spawn(behavior, store=store, key=str(number), durability=durability) for number in range(actors)]
            began = time.perf_counter()
            for _ in range(each):
                for ref in refs:
                    ref.tell(Add(1))
            assert await asyncio.gather(*(ref.ask(Sum(), timeout=600) for ref in refs)) == [each] * actors
            took = time.perf_counter() - began
        await store.close()
        return took

    with TemporaryDirectory() as place:
        return asyncio.run(main(Path(place) / "store.db"))


def recovery(actors: int) -> float:
    """Give the seconds in which so many actors are spawned from what a file holds of them."""
    behavior = answering(
        define_behavior("kept").with_context(Counter()).on(AddAsked, lambda add, actor: MessagePlan(context=Counter(add.by), reply=0)), "count"
    ).build()

    async def write(path: Path) -> None:
        store = SqliteStore(path)
        async with ActorSystem() as system:
            for first in range(0, actors, 1000):
                refs = [await system.spawn(behavior, store=store, key=str(number)) for number in range(first, min(first + 1000, actors))]
                await asyncio.gather(*(ref.ask(AddAsked(1), timeout=600) for ref in refs))
        await store.close()

    async def read(path: Path) -> float:
        store = SqliteStore(path, thread=False)
        async with ActorSystem() as system:
            began = time.perf_counter()
            refs = [await system.spawn(behavior, store=store, key=str(number)) for number in range(actors)]
            took = time.perf_counter() - began
            assert (await system.snapshot(refs[-1])).context == Counter(1)
        await store.close()
        return took

    with TemporaryDirectory() as place:
        asyncio.run(write(Path(place) / "store.db"))
        return asyncio.run(read(Path(place) / "store.db"))


def upgrade(actors: int, *, migrate: bool) -> float:
    """Give the seconds for which an upgrade of so many actors stops everything."""
    old = answering(define_behavior("upgraded").with_context(Counter()).on(Add, lambda add, actor: Counter(actor.context.count + add.by)), "count").build()
    if migrate:
        builder = define_behavior("upgraded").with_context(Total()).with_version(2).migrate(1, lambda old: {"total": old["count"], "unit": "pieces"})
        new = answering(builder.on(Add, lambda add, actor: Total(actor.context.total + add.by)), "total").build()
    else:
        new = answering(
            define_behavior("upgraded").with_context(Counter()).on(Add, lambda add, actor: Counter(actor.context.count + 2 * add.by)), "count"
        ).build()

    async def main() -> float:
        async with ActorSystem() as system:
            refs = [await system.spawn(old) for _ in range(actors)]
            refs[-1].tell(Add(1))
            await refs[-1].ask(Sum())
            began = time.perf_counter()
            await system.upgrade(new)
            took = time.perf_counter() - began
            refs[-1].tell(Add(1))
            assert await refs[-1].ask(Sum()) == (2 if migrate else 3)
            return took

    return asyncio.run(main())


# --- a million durable actors ------------------------------------------------------------------------------------------


async def _known(count: int) -> dict[str, float]:
    """Use so many durable actors one after the other; those that are idle leave memory."""
    behavior = define_behavior("known").with_context(Counter()).with_idle_timeout(0.2)
    behavior = behavior.on(
        AddAsked, lambda add, actor: MessagePlan(context=replace(actor.context, count=actor.context.count + add.by), reply=actor.context.count)
    ).build()
    with TemporaryDirectory() as place:
        store = SqliteStore(Path(place) / "store.db", keep=1)
        gc.collect()
        before = resident()
        async with ActorSystem() as system:
            refs = []
            most = 0
            began = time.perf_counter()
            for first in range(0, count, 1000):
                batch = await asyncio.gather(
                    *(system.spawn(behavior, store=store, key=str(number), durability="snapshot", timeout=600) for number in range(first, first + 1000))
                )
                await asyncio.gather(*(ref.ask(AddAsked(1), timeout=600) for ref in batch))
                refs.extend(batch)
                most = max(most, len(refs) - len(system.kernel.passive))
                while len(refs) - len(system.kernel.passive) > count // 100:  # noqa: ASYNC110  (it waits for a count, which tells nobody)
                    await asyncio.sleep(0.05)
            spawned = time.perf_counter() - began
            gc.collect()
            after = resident()
            began = time.perf_counter()
            sample = refs[:: max(1, count // 1000)]
            assert [await ref.ask(AddAsked(1)) for ref in sample] == [1] * len(sample)
            woken = (time.perf_counter() - began) / len(sample)
            passive = len(system.kernel.passive)
            for ref in refs:
                system.kernel.stop(ref)  # not the newest first, each awaited: a million of them
        await store.close()
    return {"bytes": (after - before) / count, "most": most, "passive": passive, "spawned": count / spawned, "wake": woken}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_known(int(sys.argv[2])))))
