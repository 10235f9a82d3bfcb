"""Machines: steps per second, the time to compile and the bytes of a snapshot, against XState in node on the same charts.

Both sides take the same events and tell value, context and how often the custom action ran: a race whose ends differ is refused.
"""

from __future__ import annotations

import json
import subprocess
import time
import tracemalloc

from bench.charts import CHARTS, built
from bench.steps import steps, whole
from tests.hosts.prepare import ROOT
from tests.hosts.run import in_pyodide

IN_PYODIDE = """
import json, sys
from bench.charts import CHARTS
from bench.steps import steps, whole
count = int(sys.argv[1])
for name in CHARTS:
    steps(name, whole(name, count))
print(json.dumps({name: steps(name, whole(name, count)) for name in CHARTS}))
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


def same(ours: dict, theirs: dict) -> None:
    """Refuse a race whose ends differ."""
    if ours["end"] != theirs["end"]:
        raise AssertionError(f"not the same: {ours['end']} here, {theirs['end']} in XState")


def race(name: str, count: int, rounds: int, peer: XState) -> tuple[list[float], list[float]]:
    """Give the seconds of one step here and in XState, in alternating rounds."""
    count = whole(name, count)
    ours, theirs = [], []
    for _ in range(rounds):
        there = peer.ask(steps=count, chart=name)
        here = steps(name, count)
        same(here, there)
        ours.append(here["seconds"] / count)
        theirs.append(there["seconds"] / count)
    return ours, theirs


def compiling_race(name: str, rounds: int, peer: XState) -> tuple[list[float], list[float]]:
    """Give the seconds that it takes to compile and start a chart here and in XState, in alternating rounds."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(peer.ask(compile=10, chart=name)["seconds"] / 10)
        ours.append(compiling(name, 10) / 10)
    return ours, theirs


def race_in_pyodide(count: int, rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Give the seconds of one step of each chart in Pyodide under node, and in XState in the same node: a new process of each a round."""
    ours: dict[str, list[float]] = {name: [] for name in CHARTS}
    theirs: dict[str, list[float]] = {name: [] for name in CHARTS}
    for _ in range(rounds):
        peer = XState()
        for name in CHARTS:
            peer.ask(steps=whole(name, count), chart=name)
        there = {name: peer.ask(steps=whole(name, count), chart=name) for name in CHARTS}
        peer.close()
        status, output = in_pyodide(IN_PYODIDE, str(count))
        if status:
            raise RuntimeError(output)
        here = json.loads(output.splitlines()[-1])
        for name in CHARTS:
            same(here[name], there[name])
            ours[name].append(here[name]["seconds"] / whole(name, count))
            theirs[name].append(there[name]["seconds"] / whole(name, count))
    return ours, theirs
