"""The recorded cases, each machine an actor in a system with its children, timers and plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorweb.errors import ActorStopped
from tests.conformance.hosted import check_hosted
from tests.conformance.run_xstate import load

FILES = sorted((Path(__file__).parent / "xstate").glob("*.jsonl"))

# Where an actor is meant to be something else than XState's.
APART = {
    "hand/restore/after-timer-lost": "an actor that goes on with a state has its `after` timers, which XState loses",
    "found/restore/stopped-takes-events": "an actor that was stopped has ended: it has no state to export, and nothing goes on from there",
    "found/restore/stopped-stays-stopped-however-it-steps": "as above",
    "random/02566": "the end of a child that was stopped meanwhile is not told; XState takes it for the end of the next child of that id",
}


def outcome(case: dict[str, Any]) -> str | None:
    """Give the first difference, or why the actor could not be asked."""
    try:
        return check_hosted(case)
    except ActorStopped as error:
        return str(error)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_machine_actor_does_what_xstate_was_recorded_to_do(path: Path) -> None:
    found = {case["name"]: outcome(case) for case in load(path)}
    failed = {name: difference for name, difference in found.items() if difference is not None and name not in APART}
    name, first = next(iter(failed.items()), ("", ""))
    assert not failed, f"{len(failed)} cases differ; {name}: {first}"
    assert all(found[name] is not None for name in APART if name in found), "a case that is listed as different is equal"
