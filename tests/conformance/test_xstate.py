"""The recorded cases of XState, all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.run_xstate import check, load

FILES = sorted((Path(__file__).parent / "xstate").glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_machines_do_what_xstate_was_recorded_to_do(path: Path) -> None:
    failed = {case["name"]: found for case in load(path) if (found := check(case)) is not None}
    name, first = next(iter(failed.items()), ("", ""))
    assert not failed, f"{len(failed)} cases differ; {name}: {first}"


def test_a_case_that_differs_is_told_with_its_place() -> None:
    case = {
        "name": "x",
        "config": {"initial": "a", "states": {"a": {}}},
        "steps": [],
        "expected": [{"value": "b", "context": {}, "status": "active", "trace": []}],
    }
    assert check(case) == "after 'start' (record 0) .value: expected 'b', got 'a'"
