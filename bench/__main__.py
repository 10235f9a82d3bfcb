"""`python -m bench [--quick]`: the budgets of the design, each as a ratio to its peer in the same run.

Rounds alternate between the peers and each figure is a median, so that a busy machine slows both.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from statistics import fmean, median

from bench import actors, plain, pyodide
from bench.rows import run as rows

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 7
MESSAGES = 60_000 if QUICK else 200_000
STYLES = ("put", "plan", "async") if sys.version_info >= (3, 12) else ("put", "plan")
missed: list[str] = []


def line(what: str, value: float, budget: float, *, most: bool = False, unit: str = "") -> None:
    """Print one row: the figure, the budget, and whether it is kept."""
    kept = value <= budget if most else value >= budget
    if not kept:
        missed.append(what)
    print(f"  {what:42} {value:9.2f}{unit:4} {'≤' if most else '≥'} {budget:g}{unit:4} {'kept' if kept else 'MISSED'}", flush=True)


def plain_rate(engine: type, name: str, messages: int) -> float:
    made = engine()
    count = max(1000, int(messages * engine.scale))
    began = time.perf_counter()
    plain.WORKLOADS[name](made, count)
    return count / (time.perf_counter() - began)


def message_rates() -> None:
    """Messages, against the limit and against peers."""
    peers = (plain.AsyncioQueues, plain.Pykka)
    ratios: dict[str, list[float]] = {style: [] for style in STYLES}
    over: dict[str, list[float]] = {peer.__name__: [] for peer in peers}
    for name in plain.WORKLOADS:
        found: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for engine in (plain.GlobalDeque, plain.Mailboxes):
                found.setdefault(engine.__name__, []).append(plain_rate(engine, name, MESSAGES))
            for style in STYLES:
                found.setdefault(style, []).append(MESSAGES / asyncio.run(actors.run(name, MESSAGES, style, time.perf_counter)))
        for peer in peers:
            found[peer.__name__] = [plain_rate(peer, name, MESSAGES) for _ in range(2)]
        rates = {key: median(values) for key, values in found.items()}
        limit = max(rates["GlobalDeque"], rates["Mailboxes"])
        for style in STYLES:
            ratios[style].append(rates[style] / limit)
        for peer in peers:
            over[peer.__name__].append(rates["put"] / rates[peer.__name__])
        line(f"{name} ({rates['put'] / 1e6:.2f} M/s of {limit / 1e6:.2f})", ratios["put"][-1], 0.20)
    budgets = {"put": 0.30, "plan": 0.22, "async": 0.15}
    for style in STYLES:
        line(f"geometric mean, {style}", geometric(ratios[style]), budgets[style])
    line("slowest workload / Pykka", min(over["Pykka"]), 5.0, unit="x")
    print(f"  {'slowest workload / asyncio.Queue':42} {min(over['AsyncioQueues']):9.2f}x")


def geometric(values: list[float]) -> float:
    return math.exp(fmean(math.log(value) for value in values))


def ask_rate() -> None:
    """Ask, against a future that a bare queue answers."""
    count = MESSAGES // 10
    ours, limit = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        plain.ask(count)
        limit.append(time.perf_counter() - began)
        ours.append(asyncio.run(actors.ask(count, time.perf_counter)))
    line(f"ask ({count / median(ours) / 1e3:.0f} k/s)", median(limit) / median(ours), 0.40)


def in_pyodide() -> None:
    """In Pyodide, against XState in JavaScript; and the import."""
    count = MESSAGES // 4
    ours, theirs = [], []
    for _ in range(1 if QUICK else 3):
        theirs.append(pyodide.xstate(count))
        ours.append(pyodide.actors(count))
    for name in ours[0]:
        line(f"{name} / XState machine in JavaScript", median(each[name] for each in theirs) / median(each[name] for each in ours), 2.0, unit="x")
    line("import actorweb in Pyodide", median(pyodide.import_time() for _ in range(1 if QUICK else 3)) * 1000, 100.0, most=True, unit=" ms")


def in_chromium() -> None:
    """Rows against lit-html in JavaScript, and clicks."""
    figures, clicks = rows.run(quick=QUICK)
    for figure in figures:
        line(f"{figure.name} ({figure.ours:.1f} ms / {figure.theirs:.1f})", figure.ratio, figure.budget, most=True, unit="x")
    line("geometric mean at 1,000 rows", geometric([figure.ratio for figure in figures if "10,000" not in figure.name]), 1.3, most=True, unit="x")
    line("click to DOM, p95", clicks[int(len(clicks) * 0.95)], 1.0, most=True, unit=" ms")


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {'quick, so rough' if QUICK else f'medians of {ROUNDS} alternating rounds'}")
    print("messages, as a part of the limit (the better of two bare trampolines)")
    message_rates()
    ask_rate()
    print("memory (tracemalloc)")
    bare, whole = actors.idle()
    line("idle actor", bare, 200, most=True, unit=" B")
    line("idle, named, supervised and watched", whole, 400, most=True, unit=" B")
    print("Pyodide in node")
    in_pyodide()
    print("Chromium, through the worker")
    in_chromium()
    print(f"missed: {', '.join(missed)}" if missed else "every budget is kept")


if __name__ == "__main__":
    main()
