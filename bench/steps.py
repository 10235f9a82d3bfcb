"""Steps of the charts of the machine benchmark, by the pure function; it runs in Pyodide too."""

from __future__ import annotations

import time

from bench import charts
from bench.charts import CHARTS, built


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
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "end": {"value": snapshot.value, "context": dict(snapshot.context), "noted": charts.noted}}
