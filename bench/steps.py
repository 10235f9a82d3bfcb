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
    """Let an actor tell so many events to a machine actor, batch by batch; give as `steps` does."""
    charts.noted = 0
    done = asyncio.Event()
    cycle = [{"type": event} for event in CHARTS[name].events]
    batch = cycle * (BATCH // len(cycle))

    def produce(message, actor):
        left = actor.context
        for event in batch[:left]:
            tell(event)
        # All actors wait in one queue, so this is taken when the batch has been.
        if left:
            actor.self.tell({"type": "GO"})
        else:
            done.set()
        return left - min(left, len(batch))

    async with ActorSystem() as system:
        ref = await system.spawn(define_behavior("chart").with_machine(built(name)).build())
        tell = ref.tell
        producer = await system.spawn(define_behavior("produce").with_context(count).on("GO", produce).build())
        began = time.perf_counter()
        producer.tell({"type": "GO"})
        await done.wait()
        seconds = time.perf_counter() - began
        return _ended(seconds, await system.snapshot(ref))


def _ended(seconds: float, snapshot) -> dict:
    return {"seconds": seconds, "end": {"value": snapshot.value, "context": dict(snapshot.context), "noted": charts.noted}}
