"""The long run: `make soak [SCHEDULES=20_000_000]`. It can be ended at any time and goes on where it was.

What it has covered, and which planted bugs the exploration finds, is written to docs/verification.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from actorweb.errors.testing import InvariantBroken
from actorweb.testing import exhaust, explore
from actorweb.testing.exploration.invariants import INVARIANTS
from actorweb.testing.exploration.search import cores
from tests.exploration import SCENARIOS
from tests.exploration.exhaustive import SMALL
from tests.exploration.hunt import hunt_all
from tests.exploration.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".cache" / "soak.json"
PAGE = ROOT / "docs" / "verification.md"
BEGIN, END = "<!-- written by make soak: begin -->", "<!-- written by make soak: end -->"
ROUND = 10_000
"""How many schedules of a scenario are played before the next one has its turn."""


class Record:
    """What was covered so far, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: dict[str, dict[str, object]] = json.loads(path.read_text()) if path.exists() else {}
        self.scenarios: dict[str, dict[str, float]] = kept.get("scenarios", {})  # type: ignore[assignment]
        self.bugs: dict[str, dict[str, object]] = kept.get("bugs", {})  # type: ignore[assignment]
        self.small: dict[str, str] = kept.get("small", {})  # type: ignore[assignment]

    def keep(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"scenarios": self.scenarios, "bugs": self.bugs, "small": self.small}, indent=1))
        new.replace(self._path)

    @property
    def total(self) -> int:
        return int(sum(entry["schedules"] for entry in self.scenarios.values()))


def soak(record: Record, schedules: int) -> int:
    """Play schedules of all scenarios in turn until so many have been played in all; give how many failures there were."""
    failures = 0
    begun, before = time.monotonic(), record.total
    while record.total < schedules:
        for name, scenario in SCENARIOS.items():
            entry = record.scenarios.setdefault(name, {"schedules": 0, "steps": 0, "seconds": 0})
            count = min(ROUND, schedules - record.total)
            if count <= 0:
                break
            try:
                explored = explore(scenario, seed=int(entry["schedules"]), schedules=count)
            except InvariantBroken as error:
                failures += 1
                print(error, flush=True)
                entry["schedules"] += count  # the story is told; the next round goes on behind it
                record.keep()
                continue
            entry["schedules"] += explored.schedules
            entry["steps"] += explored.steps
            entry["seconds"] = round(entry["seconds"] + explored.seconds, 1)
            record.keep()
            rate = (record.total - before) / (time.monotonic() - begun)
            print(f"{record.total:>12,} of {schedules:,} schedules  {rate:6.0f}/s  {name}", flush=True)
    return failures


def hunt(record: Record) -> int:
    """Look for the planted bugs that were not looked for yet; give how many were missed."""
    wanted = tuple(mutation for mutation in MUTATIONS if not record.bugs.get(mutation.name, {}).get("schedules"))
    for finding in hunt_all(wanted):
        record.bugs[finding.mutation.name] = {"schedules": finding.schedules, "scenario": finding.scenario, "invariant": finding.invariant}
        record.keep()
        print(f"{finding.schedules or 'NOT FOUND':>9}  {finding.mutation.name}", flush=True)
    return sum(not record.bugs.get(mutation.name, {}).get("schedules") for mutation in MUTATIONS)


def enumerate_small(record: Record) -> None:
    """Play every interleaving of the small scenarios."""
    for name, (scenario, depth, faults) in SMALL.items():
        record.small[name] = str(exhaust(scenario, depth=depth, faults=faults, most=40_000))
        print(f"{name}: {record.small[name]}", flush=True)
    record.keep()


def page(record: Record) -> str:
    """Write the generated section."""
    steps = int(sum(entry["steps"] for entry in record.scenarios.values()))
    lines = [
        BEGIN,
        "",
        f"`make soak SCHEDULES={record.total}` covered **{record.total:,} schedules** of {steps:,} steps on {cores()} cores.",
        "",
        "| scenario | what it does | schedules | steps |",
        "|---|---|---:|---:|",
    ]
    for name, entry in record.scenarios.items():
        told = " ".join((SCENARIOS[name].__doc__ or "").split()) if name in SCENARIOS else ""
        lines.append(f"| {name} | {told} | {int(entry['schedules']):,} | {int(entry['steps']):,} |")
    lines += ["", "Every interleaving of the small scenarios (tests/exploration/exhaustive.py):", "", "| scenario | covered |", "|---|---|"]
    lines += [f"| {name} | {covered} |" for name, covered in record.small.items()]
    found = sum(bool(bug["schedules"]) for bug in record.bugs.values())
    lines += [
        "",
        f"Planted bugs: {found} of {len(MUTATIONS)} found (`python -m tests.exploration.hunt`).",
        "",
        "| planted bug | found by schedule | in | by the invariant |",
        "|---|---:|---|---|",
    ]
    for mutation in MUTATIONS:
        bug = record.bugs.get(mutation.name, {})
        lines.append(
            f"| {mutation.name} | {bug.get('schedules') or ('**not found**' if bug else 'not looked for yet')} | {bug.get('scenario', '')} | {bug.get('invariant', '')} |"
        )
    lines += ["", "| invariant | |", "|---|---|"]
    lines += [f"| {kind.name} | {kind.sentence} |" for kind in INVARIANTS]
    lines += ["| retained | Nothing of an actor is retained after its end (weak references, in two of fifteen schedules). |", "", END]
    return "\n".join(lines)


def write(record: Record) -> None:
    """Put the generated section into the page."""
    text = PAGE.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(before + page(record) + after)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=lambda text: int(text.replace("_", "").replace(",", "")), default=20_000_000)
    parser.add_argument("--state", type=Path, default=STATE)
    given = parser.parse_args(arguments)
    record = Record(given.state)
    missed = hunt(record)
    enumerate_small(record)
    write(record)
    failures = soak(record, given.schedules)
    write(record)
    print(f"{record.total:,} schedules, {failures} failures, {missed} planted bugs not found; see docs/verification.md")
    return 1 if failures or missed else 0


if __name__ == "__main__":
    sys.exit(main())
