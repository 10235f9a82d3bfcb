"""Hunts for planted bugs: `python -m tests.exploration.hunt [NAME …]`.

Each bug is planted in a copy of the package, and the exploration is run there in a process of its own. It prints how many
schedules found each, and ends with status 1 if one was not found within its budget.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.exploration.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds that one bug may be looked for."""
PROGRAM = """
import json, sys
from actorweb.testing.exploration.invariants import INVARIANTS
from actorweb.testing.exploration.faults import FAULTS
from actorweb.testing.exploration.schedule import Limits
from actorweb.testing.exploration.search import search
from tests.exploration import SCENARIOS
budget, only, names = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
laws = [law for law in INVARIANTS if not only or law.name == only]
played = 0
for name in names:
    found, done, _, failure = search(SCENARIOS[name], range(budget), laws, Limits(faults=FAULTS))
    played += done
    if failure is not None:
        print(json.dumps({"scenario": name, "schedules": played, "invariant": failure.name, "text": failure.text[:300]}))
        break
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one planted bug; `schedules` is 0 if it was not found."""

    mutation: Mutation
    schedules: int
    scenario: str
    invariant: str
    text: str


def plant(mutation: Mutation, copy: Path) -> None:
    """Plant a bug in a copy of the package. Raises `ValueError` if its text is not there exactly once."""
    module = copy / "actorweb" / mutation.module
    source = module.read_text()
    count = source.count(mutation.old)
    if count != 1:
        raise ValueError(f"“{mutation.name}” is to change {mutation.module}, where its text is {count} times: mend tests/exploration/mutations.py")
    module.write_text(source.replace(mutation.old, mutation.new))


def hunt(mutation: Mutation, *, only: str = "", root: Path = ROOT) -> Finding:
    """Plant a bug and look for it, with all invariants or with only one."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for name in ("actorweb", "tests/exploration"):
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "web", "gallery"))
        (copy / "tests" / "__init__.py").touch()
        plant(mutation, copy)
        try:
            done = _run(copy, mutation, only)
        except subprocess.TimeoutExpired:
            return Finding(mutation, 0, "", "", f"it did not end within {PATIENCE} s")
    if done.returncode:
        return Finding(mutation, 0, "", "", done.stderr)
    if not done.stdout.strip():
        return Finding(mutation, 0, "", "", "")
    found = json.loads(done.stdout)
    return Finding(mutation, found["schedules"], found["scenario"], found["invariant"], found["text"])


def _run(copy: Path, mutation: Mutation, only: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(mutation.budget), only, *mutation.scenarios],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def hunt_all(mutations: tuple[Mutation, ...] = MUTATIONS) -> Iterator[Finding]:
    """Look for all planted bugs, on all cores."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield from pool.map(hunt, mutations)


def main(names: list[str]) -> int:
    chosen = tuple(mutation for mutation in MUTATIONS if not names or any(name in mutation.name for name in names))
    missed = 0
    for finding in hunt_all(chosen):
        missed += not finding.schedules
        print(f"{finding.schedules or 'NOT FOUND':>9}  {finding.mutation.name}  [{finding.scenario}: {finding.invariant}]", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
