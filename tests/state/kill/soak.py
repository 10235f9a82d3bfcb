"""The long run: `python -m tests.state.kill.soak [--kills 1000] [--seed N]`, a part of `make soak`."""

# ruff: noqa: T201  (speaks to a terminal)
from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.state.kill.harness import DurableHarness, Harness, Lost


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    given = parser.parse_args(arguments)
    kinds: tuple[tuple[str, type[Harness]], ...] = (("writes", Harness), ("replies of durable actors", DurableHarness))
    return max(soak(what, kind, given.kills, given.seed) for what, kind in kinds)


def soak(what: str, kind: type[Harness], kills: int, seed: int) -> int:
    """Kill one kind of program so many times; give the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        harness = kind(Path(folder) / "store.db", seed)
        try:
            while harness.kills < kills:
                harness.go_on()
                if (harness.kills + harness.ends) % 100 == 0:
                    print(f"{harness.kills:>6,} kills, {harness.acknowledged:,} {what} acknowledged  {time.monotonic() - begun:.0f} s", flush=True)
            harness.look()
        except Lost as lost:
            print(f"after {harness.kills} kills (--seed {seed}): {lost}")
            return 1
    print(
        f"{harness.kills:,} kills and {harness.ends} ends in {time.monotonic() - begun:.0f} s: {harness.acknowledged:,} {what} acknowledged, none lost; "
        f"{harness.pending:,} under way when killed, {len(harness.visible):,} of them kept; no record damaged"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
