"""`python -m bench [--quick] [--only=PART,…] [--soak[=SECONDS] [--wall]]`: the budgets of the design, each as a ratio to its peer in the same run.

Rounds alternate between the peers and each figure is a median, so that a busy machine slows both. The parts are messages,
ask, tracing, lives, memory, codec, stores, state, machines, pyodide and chromium. `--soak` measures instead whether memory stays flat over so many seconds of load:
3600 of virtual time, or real ones with `--wall`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import subprocess
import sys
import time
from importlib.util import find_spec
from statistics import fmean, median
from typing import TYPE_CHECKING

from bench import actors, chart_peers, codec, lives, machines, peers, plain, pyodide, soak, state, stores
from tests.hosts.prepare import ROOT, others

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 7
MESSAGES = 60_000 if QUICK else 200_000
STYLES = ("put", "plan", "async") if sys.version_info >= (3, 12) else ("put", "plan")
MEGABYTE = 1_000_000
missed: list[str] = []


def line(what: str, value: float, budget: float, *, most: bool = False, unit: str = "") -> None:
    """Print one row: the figure, the budget, and whether it is kept."""
    kept = value <= budget if most else value >= budget
    if not kept:
        missed.append(what)
    print(f"  {what:42} {value:9.2f}{unit:4} {'≤' if most else '≥'} {budget:g}{unit:4} {'kept' if kept else 'MISSED'}", flush=True)


def note(what: str, value: float, unit: str = "x") -> None:
    """Print one row that has no budget."""
    print(f"  {what:42} {value:9.2f}{unit}", flush=True)


def geometric(values: list[float]) -> float:
    return math.exp(fmean(math.log(value) for value in values))


def message_rates() -> None:
    """Messages, against the limit and against peers."""
    print("messages, as a part of the limit (the better of two bare trampolines)")
    there = [peer for peer in peers.PEERS if peers.is_installed(peer)]
    ratios: dict[str, list[float]] = {style: [] for style in STYLES}
    over: dict[str, list[float]] = {peer.__name__: [] for peer in there}
    puts: dict[str, float] = {}
    for name in plain.WORKLOADS:
        found: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for engine in (plain.GlobalDeque, plain.Mailboxes):
                found.setdefault(engine.__name__, []).append(plain.rate(engine, name, MESSAGES))
            for style in STYLES:
                found.setdefault(style, []).append(MESSAGES / asyncio.run(actors.run(name, MESSAGES, style, time.perf_counter)))
        rates = {key: median(values) for key, values in found.items()}
        limit = max(rates["GlobalDeque"], rates["Mailboxes"])
        puts[name] = rates["put"]
        for style in STYLES:
            ratios[style].append(rates[style] / limit)
        line(f"{name} ({rates['put'] / 1e6:.2f} M/s of {limit / 1e6:.2f})", ratios["put"][-1], 0.20)
    # After ours: what a peer imports (xoscar brings pandas) the garbage collector walks over in every later round.
    for peer in there:
        for name, ours in puts.items():
            over[peer.__name__].append(ours / median(plain.rate(peer, name, MESSAGES) for _ in range(2)))
    budgets = {"put": 0.30, "plan": 0.22, "async": 0.15}
    for style in STYLES:
        line(f"geometric mean, {style}", geometric(ratios[style]), budgets[style])
    if "async" not in STYLES:
        _async_elsewhere(budgets["async"])
    for peer in peers.PEERS:
        what = f"slowest workload / {peer.__name__}"
        if peer not in there:
            print(f"  {what:42} not installed: pip install -r bench/requirements.lock", flush=True)
        elif peer is peers.AsyncioQueues:
            note(what, min(over[peer.__name__]))
        else:
            line(what, min(over[peer.__name__]), 5.0, unit="x")


def _async_elsewhere(budget: float) -> None:
    """Async handlers, in the newest Python of this machine: this one cannot start tasks eagerly."""
    version, python = max(others().items(), default=((3, 11), sys.executable))
    if version < (3, 12):
        print(f"  {'geometric mean, async':42} not measured: no Python 3.12 or later here", flush=True)
        return
    parts = _program(python, "async", str(MESSAGES // 4), str(ROUNDS))
    line(f"geometric mean, async, {version[0]}.{version[1]}", geometric(list(parts.values())), budget)


def _program(python: str, *arguments: str):
    """Run `bench.lives` as a program and give what it printed."""
    done = subprocess.run([python, "-m", "bench.lives", *arguments], capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


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


def _each(count: int, ours: Callable[[int], float], theirs: Callable[[int], float], share: float) -> tuple[float, float]:
    """Give the seconds of one of ours and of one of theirs, medians of alternating rounds; they do a share of the count."""
    mine, other, fewer = [], [], max(10, int(count * share))
    for _ in range(ROUNDS):
        other.append(theirs(fewer) / fewer)
        mine.append(ours(count) / count)
    return median(mine), median(other)


def tracing_cost() -> None:
    """What a tracer costs: nothing, unless it is set."""
    print("tracing, ping-pong")
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS * 2):
        for trace in ("never", "ended", "set"):
            found.setdefault(trace, []).append(asyncio.run(actors.run("ping-pong", MESSAGES, "put", time.perf_counter, trace)))
    never = median(found["never"])
    note("a tracer that was taken away / never set", median(found["ended"]) / never)
    note("a tracer that is set / never set", median(found["set"]) / never)


def life_rates() -> None:
    """Spawns, crashes with their restarts, and what a message costs among many actors."""
    print("lives")
    count = MESSAGES // 20
    mine, other = _each(count, lambda n: asyncio.run(lives.spawn_children(n)), lambda n: asyncio.run(lives.spawn_tasks(n)), 0.5)
    note(f"spawn children ({1e-3 / mine:.0f} k/s) / asyncio task", other / mine)
    if peers.is_installed(peers.Pykka):
        mine, other = _each(count, lambda n: asyncio.run(lives.spawn_one_by_one(n)), lives.spawn_pykka, 0.02)
        line(f"spawn and await ({1e-3 / mine:.0f} k/s) / Pykka", other / mine, 5.0, unit="x")
        mine, other = _each(count, lambda n: asyncio.run(lives.restarts(n)), lives.restarts_pykka, 0.02)
        line(f"crash and restart ({1e-3 / mine:.0f} k/s) / Pykka", other / mine, 5.0, unit="x")
    else:
        note("spawn and await", count / asyncio.run(lives.spawn_one_by_one(count)) / 1e3, " k/s")
        note("crash and restart", count / asyncio.run(lives.restarts(count)) / 1e3, " k/s")
    sizes = (100, 1_000, 10_000, 100_000) if QUICK else (100, 1_000, 10_000, 100_000, 1_000_000)
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    limits: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(3):
        for size in sizes:
            costs[size].append(asyncio.run(lives.per_message(size, MESSAGES)))
            limits[size].append(lives.per_message_limit(size, MESSAGES))
    few, many = sizes[0], sizes[-1]
    line(f"a message among {many:,} actors / {few}", median(costs[many]) / median(costs[few]), 1.3, most=True, unit="x")
    note("the same for the bare deque", median(limits[many]) / median(limits[few]))


def memory() -> None:
    """Bytes of actors that rest: one, and a million."""
    print("memory (tracemalloc; a million: resident)")
    bare, whole = actors.idle()
    line("idle actor", bare, 200, most=True, unit=" B")
    line("idle, named, supervised and watched", whole, 400, most=True, unit=" B")
    count = 100_000 if QUICK else 1_000_000
    used = _program(sys.executable, "idle", str(count)) * 1_000_000 / count
    line("1,000,000 idle actors" + (" (from 100,000)" if QUICK else ""), used / MEGABYTE, 400, most=True, unit=" MB")


def codec_rates() -> None:
    """Writing and reading JSON, against `json` alone on the equal data; peers in C and Rust for information."""
    print("codec, as a part of json's rate")
    for (case, direction), found in codec.measure(ROUNDS * 3).items():
        took = {who: median(each) for who, each in found.items()}
        # By rounds, each with its own json: another program's burst then spoils one ratio and not the median.
        ratio = median(theirs / ours for theirs, ours in zip(found["json"], found["actorweb"], strict=True))
        line(f"{direction} {case} ({took['actorweb'] * 1e6:.1f} us)", ratio, 0.30)
        for who in ("declared", "text only"):
            if who in took:
                note(f"  the same, {who}", took["json"] / took[who])
        for who in codec.PEERS:
            if who in took:
                note(f"  {who} / ours", took["actorweb"] / took[who])
    for who in codec.PEERS:
        if find_spec(who) is None:
            print(f"  {who:42} not installed: pip install -r bench/requirements.lock", flush=True)


def _by_rounds(theirs: list[float], ours: list[float]) -> float:
    """Give the median of the rounds' own ratios: another program's burst, or a slow moment of the disk, spoils one of them only."""
    return median(other / own for other, own in zip(theirs, ours, strict=True))


def of_stores() -> None:
    """Journals and snapshots in a file, against bare sqlite3 in the same transactions."""
    print("stores, against bare sqlite3 in the same transactions")
    scale = 1 if QUICK else 4
    for what, transactions, size in (("alone", 100 * scale, 1), ("100 in a drain", 25 * scale, 100), ("1,000 in a drain", 10 * scale, 1000)):
        ours, own, bare = [], [], []
        for _ in range(ROUNDS):
            bare.append(stores.bare_append(transactions, size))
            ours.append(stores.append(transactions, size, thread=True))
            own.append(stores.append(transactions, size, thread=False))
        rate = transactions * size / 1e3
        line(f"journal, {what} ({rate / median(ours):.1f} k/s of {rate / median(bare):.1f})", _by_rounds(bare, ours), 0.5)
        line(f"journal, {what}, without a thread", _by_rounds(bare, own), 0.5)
    rounds = [stores.append_at_once(2500 * scale) for _ in range(ROUNDS)]
    bare = [stores.bare_append_at_once(sizes) for _, sizes in rounds]
    note(f"journal, {2500 * scale:,} asked for one by one, in {len(rounds[0][1])} groups", median(bare) / median(took for took, _ in rounds))
    both = [stores.snapshots(10 * scale, 1000) for _ in range(ROUNDS)]
    note(f"snapshots, 1,000 in a drain ({10 * scale / median(ours for ours, _ in both):.1f} k/s)", median(theirs / ours for ours, theirs in both))
    both = [stores.loads(25_000 * scale) for _ in range(3)]
    note(f"newest record of {25_000 * scale:,} keys ({25 * scale / median(ours for ours, _ in both):.0f} k/s)", median(theirs / ours for ours, theirs in both))


def over_time() -> None:
    """State over time: each way to change a context, a history, a journal, and new code, against a turn with a bare context."""
    print("state over time, against turns that replace a number")
    count = MESSAGES // 4
    ways = ("bare", "plan", "constructor", "named tuple", "replace", "dict copy", "in place")
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for way in ways:
            rates.setdefault(way, []).append(count / state.turns(way, count))
        rates.setdefault("history", []).append(count / state.turns("bare", count, 100))
        for durability in ("journal", "snapshot"):
            rates.setdefault(durability, []).append(count / 4 / state.in_memory_store(count // 4, durability))
    bare = median(rates["bare"])
    told = {
        "plan": "a plan with a context",
        "constructor": "a frozen dataclass, by its constructor",
        "named tuple": "a NamedTuple, by _replace",
        "replace": "a frozen dataclass, by replace",
        "dict copy": "a mapping, copied",
        "in place": "a mapping, changed in place",
        "history": "a history of 100",
        "journal": "a journal in memory",
        "snapshot": "snapshots in memory",
    }
    for way, text in told.items():
        note(f"{text} ({median(rates[way]) / 1e3:.0f} k/s)", median(rates[way]) / bare)
    versions = 2_000 if QUICK else 10_000
    each, first = state.history_bytes(versions)
    note(f"{versions:,} versions of {first / MEGABYTE:.1f} MB, each", each, " B")
    actors = 2_000 if QUICK else 100_000
    note(f"recovery of {actors:,} actors from a file", actors / state.recovery(actors) / 1e3, " k/s")
    for each_of, turns in ((1, 500), (100, 50)):
        note(f"turns of {each_of} actors, journalled in a file", each_of * turns / state.journal(each_of, turns) / 1e3, " k/s")
    for migrate, text in ((False, "new code"), (True, "new code and a migration")):
        small, large = (median(state.upgrade(number, migrate=migrate) for _ in range(3)) for number in (10_000, 100_000))
        note(f"upgrade of 100,000 actors, {text}: one pause", large, " s")
        note("  for each actor, against 10,000 of them", large / small / 10)
    known = 20_000 if QUICK else 1_000_000
    done = subprocess.run([sys.executable, "-m", "bench.state", "known", str(known)], capture_output=True, text=True, cwd=ROOT, check=True)
    found = json.loads(done.stdout)
    note(f"{known:,} durable actors known, in memory at most", found["most"], "")
    note("  resident for each", found["bytes"], " B")
    note("  one comes back for a message after", found["wake"] * 1e3, " ms")


def machine_steps() -> None:
    """Steps of machines, against XState in node on the same charts; compiling; memory; peers in Python."""
    print("machines, against XState's actor.send in node")
    peer = machines.XState()
    rates: dict[str, float] = {}
    for name in machines.CHARTS:
        found = machines.race(name, MESSAGES // 2, ROUNDS, peer)
        rates[name] = median(found["pure"])
        for who, how in (("pure", ""), ("actor", ", an actor")):
            what = f"{name}{how} ({1e-3 / median(found[who]):.0f} k/s of {1e-3 / median(found['xstate']):.0f})"
            line(what, _by_rounds(found["xstate"], found[who]), 2.0, unit="x")
    compiling, theirs = machines.compiling_race("200 states", ROUNDS, peer)
    note(f"compile and start 200 states ({median(compiling) * 1e3:.1f} ms)", _by_rounds(theirs, compiling))
    for name in machines.CHARTS:
        there = peer.ask(memory=2000, chart=name)
        note(f"a snapshot, {name} (XState's {there['snapshot']:.0f} B)", machines.snapshot_bytes(name, 2000), " B")
        note(f"an actor, {name} (XState's {there['actor']:.0f} B)", machines.actor_bytes(name, 2000), " B")
    peer.close()
    for package, wheel in chart_peers.PACKAGES.items():
        for name in ("flat toggle", "3 levels"):
            what = f"{name} / {wheel}"
            if chart_peers.is_installed(package):
                note(what, median(chart_peers.step_seconds(package, name, machines.CHARTS[name].events, 500) for _ in range(3)) / rates[name])
            else:
                print(f"  {what:42} not installed: pip install -r bench/requirements.lock", flush=True)
    for name, found in machines.race_in_pyodide(MESSAGES // 4, 1 if QUICK else 3).items():
        for who, how in (("pure", ""), ("actor", ", an actor")):
            line(f"{name} in Pyodide{how} ({1e-3 / median(found[who]):.0f} k/s)", median(found["xstate"]) / median(found[who]), 1.0, unit="x")


def in_pyodide() -> None:
    """In Pyodide, against XState in JavaScript; and the import."""
    print("Pyodide in node")
    count = MESSAGES // 4
    ours, theirs = [], []
    for _ in range(1 if QUICK else 3):
        theirs.append(pyodide.xstate(count))
        ours.append(pyodide.actors(count))
    for name in ours[0]:
        line(f"{name} / XState machine in JavaScript", median(each[name] for each in theirs) / median(each[name] for each in ours), 2.0, unit="x")
    for name, rate in pyodide.lives(count // 5).items():
        note(name, rate / 1e3, " k/s")
    line("import actorweb in Pyodide", median(pyodide.import_time() for _ in range(1 if QUICK else 3)) * 1000, 100.0, most=True, unit=" ms")


def in_chromium() -> None:
    """Rows against lit-html in JavaScript, and clicks."""
    from bench.rows import run as rows

    print("Chromium, through the worker")
    figures, clicks = rows.run(quick=QUICK)
    for figure in figures:
        line(f"{figure.name} ({figure.ours:.1f} ms / {figure.theirs:.1f})", figure.ratio, figure.budget, most=True, unit="x")
    line("geometric mean at 1,000 rows", geometric([figure.ratio for figure in figures if "10,000" not in figure.name]), 1.3, most=True, unit="x")
    line("click to DOM, p95", clicks[int(len(clicks) * 0.95)], 1.0, most=True, unit=" ms")


def under_soak(seconds: float, *, wall: bool) -> None:
    """Memory over hours of load."""
    readings, told, took = soak.soak(seconds, wall=wall)
    print(f"soak: {seconds:g} s of {'real' if wall else 'virtual'} load in {took:.0f} s: {', '.join(f'{count:,} {what}' for what, count in told.items())}")
    print(f"  resident MB at each tenth: {' '.join(f'{reading / MEGABYTE:.1f}' for reading in readings)}")
    line("memory at the end / after the first tenth", readings[-1] / readings[0], 1.05, most=True, unit="x")


PARTS = {
    "messages": message_rates,
    "ask": ask_rate,
    "tracing": tracing_cost,
    "lives": life_rates,
    "memory": memory,
    "codec": codec_rates,
    "stores": of_stores,
    "state": over_time,
    "machines": machine_steps,
    "pyodide": in_pyodide,
    "chromium": in_chromium,
}


def option(name: str) -> str | None:
    """Give the value of `--name=value`, an empty text for `--name`, or None."""
    for argument in sys.argv[1:]:
        key, _, value = argument.partition("=")
        if key == f"--{name}":
            return value
    return None


def main() -> None:
    logging.disable(logging.CRITICAL)  # Pykka logs each crash, and Thespian decides how
    soaked = option("soak")
    if soaked is not None:
        under_soak(float(soaked or 3600), wall=option("wall") is not None)
    else:
        print(f"Python {sys.version.split()[0]}, {'quick, so rough' if QUICK else f'medians of {ROUNDS} alternating rounds'}")
        only = option("only")
        for name in PARTS if only is None else only.split(","):
            PARTS[name]()
    print(f"missed: {', '.join(missed)}" if missed else "every budget is kept")


if __name__ == "__main__":
    main()
