"""Machines: steps per second, the time to compile and the bytes of a snapshot, against XState in node on the same charts.

Both sides take the same events and tell value, context and how often the custom action ran: a race whose ends differ is refused.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import tracemalloc

from actorweb import ActorSystem, define_behavior
from bench.charts import CHARTS, built
from bench.steps import steps, told, whole
from tests.hosts.prepare import ROOT
from tests.hosts.run import in_pyodide

IN_PYODIDE = """
import json, sys
from actorweb import ActorSystem, define_behavior
from bench.charts import CHARTS
from bench.steps import steps, told, whole
from pyodide.ffi import run_sync
count = int(sys.argv[1])
out = {}
for name in CHARTS:
    for _ in range(2):
        out[name] = {"pure": steps(name, whole(name, count)), "actor": run_sync(told(name, whole(name, count)))}
print(json.dumps(out))
"""


class XState:
    """XState in one node process that lives as long as the race, so that its engine is warm."""

    def __init__(self) -> None:
        command = ["node", "--expose-gc", str(ROOT / "bench" / "machines.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self._write({name: {"config": chart.config, "events": chart.events} for name, chart in CHARTS.items()})

    def _write(self, order: dict) -> None:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def ask(self, **order: object) -> dict:
        """Give the answer to an order."""
        self._write(order)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def compiling(name: str, count: int) -> float:
    """Compile and start a chart so often; give the seconds."""
    began = time.perf_counter()
    for _ in range(count):
        built(name).begin()
    return time.perf_counter() - began


def snapshot_bytes(name: str, count: int) -> float:
    """Give the bytes of one snapshot among so many."""
    made = built(name)
    made.begin()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [made.begin()[0] for _ in range(count)]
    size = (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    tracemalloc.stop()
    return size


def actor_bytes(name: str, count: int) -> float:
    """Give the bytes of one machine actor that has started, among so many."""

    async def spawn() -> float:
        behavior = define_behavior("chart").with_machine(built(name)).build()
        async with ActorSystem() as system:
            system.reports.subscribe(lambda report: None)
            kernel = system.kernel
            kernel.spawn(behavior)
            kernel.drain()
            tracemalloc.start()
            refs = [kernel.spawn(behavior) for _ in range(count)]
            while kernel.queue:
                kernel.drain()
            used = tracemalloc.get_traced_memory()[0] - refs.__sizeof__()
            tracemalloc.stop()
            return used / count

    return asyncio.run(spawn())


def same(ours: dict, theirs: dict) -> None:
    """Refuse a race whose ends differ."""
    if ours["end"] != theirs["end"]:
        raise AssertionError(f"not the same: {ours['end']} here, {theirs['end']} in XState")


def as_actor(name: str, count: int) -> dict:
    """Tell the events to an actor."""
    return asyncio.run(told(name, count))


def race(name: str, count: int, rounds: int, peer: XState) -> dict[str, list[float]]:
    """Give the seconds of one step by the pure function, as an actor, and in XState, in alternating rounds."""
    count = whole(name, count)
    found: dict[str, list[float]] = {"pure": [], "actor": [], "xstate": []}
    for _ in range(rounds):
        there = peer.ask(steps=count, chart=name)
        for who, here in (("pure", steps(name, count)), ("actor", as_actor(name, count)), ("xstate", there)):
            same(here, there)
            found[who].append(here["seconds"] / count)
    return found


def compiling_race(name: str, rounds: int, peer: XState) -> tuple[list[float], list[float]]:
    """Give the seconds that it takes to compile and start a chart here and in XState, in alternating rounds."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(peer.ask(compile=10, chart=name)["seconds"] / 10)
        ours.append(compiling(name, 10) / 10)
    return ours, theirs


def race_in_pyodide(count: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Give as `race` does, for each chart, in Pyodide under node, with XState in the same node: a new process of each a round."""
    found: dict[str, dict[str, list[float]]] = {name: {"pure": [], "actor": [], "xstate": []} for name in CHARTS}
    for _ in range(rounds):
        peer = XState()
        for name in CHARTS:
            peer.ask(steps=whole(name, count), chart=name)
        there = {name: peer.ask(steps=whole(name, count), chart=name) for name in CHARTS}
        peer.close()
        status, output = in_pyodide(IN_PYODIDE, str(count))
        if status:
            raise RuntimeError(output)
        for name, here in json.loads(output.splitlines()[-1]).items():
            for who, end in {**here, "xstate": there[name]}.items():
                same(end, there[name])
                found[name][who].append(end["seconds"] / whole(name, count))
    return found
