"""The command of explorations: `python -m actorweb.testing.explore MODULE:SCENARIO`.

It plays a scenario in many schedules, one seed, or one replay, and prints what it found. `explore()` itself is in
`actorweb.testing`. (Import this module by nobody: its name is that function's.)
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from actorweb.errors import ActorError
from actorweb.errors.testing import BadExploration, InvariantBroken
from actorweb.testing.exploration.exhaust import exhaust
from actorweb.testing.exploration.faults import FAULTS
from actorweb.testing.exploration.search import explore, replay
from actorweb.testing.exploration.shrink import from_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.testing.exploration.search import Scenario


def find(target: str) -> Scenario:
    """Give the scenario that MODULE:NAME means. Raises `BadExploration`."""
    module_name, _, name = target.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: object = importlib.import_module(module_name)
    except ImportError as error:
        raise BadExploration(f"{target}: there is no module {module_name!r} ({error})", "MODULE:SCENARIO", "run it where the module can be imported") from error
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise BadExploration(f"{target}: {module_name} has no function {name!r}", "an `async def` of the module's top level", "give the name of the scenario")
    return found  # pyright: ignore[reportReturnType]  (what it takes and gives shows when it is played)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status is 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m actorweb.testing.explore", description="Play a scenario in many schedules and check every invariant.")
    parser.add_argument("scenario", help="MODULE:SCENARIO")
    parser.add_argument("--schedules", type=int, default=10_000, help="how many seeds are played (10,000)")
    parser.add_argument("--seed", type=int, help="play this seed only")
    parser.add_argument("--replay", help="play these choices only, as a failure printed them")
    parser.add_argument("--exhaustive", type=int, metavar="DEPTH", help="play all choices up to this depth instead")
    parser.add_argument("--faults", default="all", help=f"all, none, or some of {','.join(FAULTS)}")
    parser.add_argument("--processes", type=int, help="how many processes (all cores)")
    given = parser.parse_args(arguments)
    faults: bool | list[str] = given.faults == "all" if given.faults in ("all", "none") else given.faults.split(",")
    try:
        scenario = find(given.scenario)
        if given.replay is not None:
            replay(scenario, from_text(given.replay), faults=faults)
            print(f"{given.scenario} holds under these choices")
        elif given.exhaustive is not None:
            print(exhaust(scenario, depth=given.exhaustive, faults=False if given.faults == "all" else faults))
        elif given.seed is not None:
            explore(scenario, schedules=1, seed=given.seed, faults=faults, processes=1)
            print(f"{given.scenario} holds under seed {given.seed}")
        else:
            explored = explore(scenario, schedules=given.schedules, faults=faults, processes=given.processes)
            print(f"{given.scenario} holds in {explored.schedules:,} schedules of {explored.steps:,} steps ({explored.seconds:.1f} s)")
    except InvariantBroken as error:
        print(error)
        return 1
    except ActorError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
