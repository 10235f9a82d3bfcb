"""Differential fuzzing: `python -m tests.conformance.fuzz --machines 100000` compares random machines with the real xstate, step by step."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.conformance.generator import generate
from tests.conformance.interpreter import Endless
from tests.conformance.other_side import XState
from tests.conformance.run_xstate import check
from tests.conformance.shrink import shrink

# A child whose source has no actor: docs/xstate-differences.md.
KNOWN_CRASHES = ("(reading 'getSnapshot')", "(reading 'getPersistedSnapshot')")
MOST_DIFFERENT = 200  # enough is known then


def kind_of(case: Mapping[str, Any], answer: Mapping[str, Any]) -> str | None:
    """Give how this side differs from the answer of the other: a kind, a colon, the first difference. None if it does not, or nothing can be said."""
    if answer.get("endless"):
        return None
    crashes = answer.get("crashes", [])
    crashed = f"xstate crashes with {crashes[0]!r}, " if crashes else ""
    try:
        found = check({**case, "expected": answer["expected"]})
    except (Exception, Endless) as error:
        found = f"raises {type(error).__name__}: {error}"
    if found is None or any(known in crash for crash in crashes for known in KNOWN_CRASHES):
        return None
    if found.startswith("raises"):
        return crashed + found
    if found.startswith("not built"):
        return f"{crashed}not built: {found}"
    return f"{crashed}{'not refused' if answer['expected'] == [{'invalid': True}] else 'differs'}: {found}"


class Fuzz:
    """A run: what was compared and what differed."""

    def __init__(self, other: XState) -> None:
        self.other = other
        self.seen: Counter[str] = Counter()
        self.different: list[tuple[dict[str, Any], str]] = []

    def compare(self, seed: int, numbers: range) -> None:
        for case, answer in self.other.run(generate(seed, number) for number in numbers):
            self.seen["machines"] += 1
            self.seen["records"] += len(answer["expected"])
            for status in ("invalid", "endless", "crashes"):
                self.seen[status] += status in (answer if status != "invalid" else answer["expected"][0])
            self.seen["in error"] += answer["expected"][-1].get("status") == "error"
            kind = kind_of(case, answer)
            if kind is not None:
                self.different.append((dict(case), kind))

    def smallest(self, case: dict[str, Any], kind: str) -> dict[str, Any]:
        """Shrink a case that differs; give it with what the real xstate does."""
        wanted = kind.partition(":")[0]

        def differs(made: dict[str, Any]) -> bool:
            found = kind_of(made, self.other.ask(made))
            return found is not None and found.partition(":")[0] == wanted

        small = shrink(case, differs)
        return {**small, "expected": self.other.ask(small)["expected"]}


def main(arguments: list[str]) -> int:
    """Compare; print each difference at its smallest as a case that can be added to a file; give the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--first", type=int, default=0, help="the number of the first machine")
    parser.add_argument("--shrink", type=int, default=5, help="how many differences to shrink")
    asked = parser.parse_args(arguments)
    started = time.monotonic()
    with XState() as other:
        fuzz = Fuzz(other)
        for first in range(asked.first, asked.first + asked.machines, 1000):
            fuzz.compare(asked.seed, range(first, min(first + 1000, asked.first + asked.machines)))
            if len(fuzz.different) >= MOST_DIFFERENT:
                break
        for case, kind in fuzz.different[: asked.shrink]:
            small = fuzz.smallest(case, kind)
            print(f"{case['name']} {kind}\n{kind_of(small, other.ask(small))}\n{json.dumps(small)}\n")  # noqa: T201 - a program
    took = time.monotonic() - started
    counted = ", ".join(f"{number} {name}" for name, number in fuzz.seen.items())
    print(f"seed {asked.seed}: {counted}, {len(fuzz.different)} differ ({took:.0f} s)")  # noqa: T201 - a program
    return 1 if fuzz.different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
