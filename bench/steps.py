"""Steps of the charts of the machine benchmark, by the pure function and as an actor; it runs in Pyodide too."""

from __future__ import annotations

import asyncio
import time

from actorweb import ActorSystem, define_behavior
from bench import charts
from bench.charts import CHARTS, built

BATCH = 1000  # so many events wait at most


def whole(name: str, count: int) -> int:
    """Give the number of steps in whole cycles that is next to a number."""
    cycle = len(CHARTS[name].events)
    return max(1, count // cycle) * cycle


def steps(name: str, count: int) -> dict:
    """Take so many events by the pure function and run what each asks for; give the seconds and where the machine is at the end."""
    charts.noted = 0
    made = built(name)
    snapshot, _ = made.begin()
    cycle = [{"type": event} for event in CHARTS[name].events]
    rounds = range(count // len(cycle))
    take = made.take
    began = time.perf_counter()
    for _ in rounds:
        for event in cycle:
            snapshot, effects, _ = take(snapshot, event)
            for effect in effects:
                effect.run(effect.scope, effect.params)
    return _ended(time.perf_counter() - began, snapshot)


async def told(name: str, count: int) -> dict:
    """Tell so many events to an actor, and wait after each batch until it has taken them; give as `steps` does."""
    charts.noted = 0
    taken = asyncio.Event()
    behavior = define_behavior("chart").with_machine(built(name)).build()
    last = define_behavior("last").with_context(0).on("TAKEN", lambda message, actor: taken.set()).build()
    cycle = [{"type": event} for event in CHARTS[name].events]
    left = count
    async with ActorSystem() as system:
        ref = await system.spawn(behavior)
        behind = await system.spawn(last)  # all actors wait in one queue
        tell = ref.tell
        began = time.perf_counter()
        while left:
            for event in (cycle * (BATCH // len(cycle)))[:left]:
                tell(event)
            left -= min(left, BATCH // len(cycle) * len(cycle))
            behind.tell({"type": "TAKEN"})
            await taken.wait()
            taken.clear()
        seconds = time.perf_counter() - began
        return _ended(seconds, await system.snapshot(ref))


def _ended(seconds: float, snapshot) -> dict:
    return {"seconds": seconds, "end": {"value": snapshot.value, "context": dict(snapshot.context), "noted": charts.noted}}
