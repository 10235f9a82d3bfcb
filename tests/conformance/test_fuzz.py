"""Random machines do here what they do with the real xstate; what differs is shown at its smallest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.fuzz import Fuzz, kind_of
from tests.conformance.generator import generate
from tests.conformance.other_side import XState
from tests.conformance.run_xstate import differs, load
from tests.conformance.shrink import shrink

FILES = sorted((Path(__file__).parent / "xstate").glob("*.jsonl"))

# Of the vocabulary; what is missing here is made by few configs and is in the recorded cases: `config_text`.
ACTIONS = "log inc set setMany copy push setFromEvent calc raise sendTo sendParent cancel stopChild spawnChild emit choose throw".split()
GUARDS = "gt gte lt lte eq ne truthy evEq expr and or not stateIn fail".split()
KEYS = (
    "id initial type states on always after entry exit onDone onError onSnapshot invoke history target guard actions reenter output tags meta route context options "
    "maxIterations input delay $promise $callback $transition resolve reject start cleanup throw $expr $undefined $advance $restore $stop"
).split()


@pytest.fixture(scope="module")
def xstate() -> Iterator[XState]:
    with XState() as other:
        yield other


def words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for key, part in value.items():
            yield key
            yield from words(part)
    elif isinstance(value, list):
        for part in value:
            yield from words(part)


def test_the_real_xstate_gives_what_was_recorded_from_it(xstate: XState) -> None:
    cases = [case for path in FILES for case in load(path)]
    assert len(cases) > 687
    wrong = {case["name"]: found for case, answer in xstate.run(cases) if (found := differs(case["expected"], answer["expected"])) is not None}
    assert not wrong


@pytest.mark.parametrize(("seed", "machines"), [(1, 900), (random.randrange(10**6), 100)], ids=["the same", "fresh"])  # noqa: S311 - no secret
def test_random_machines_do_what_the_real_xstate_does(xstate: XState, seed: int, machines: int) -> None:
    fuzz = Fuzz(xstate)
    fuzz.compare(seed, range(machines))
    assert fuzz.seen["machines"] == machines
    assert fuzz.seen["records"] > 4 * machines
    shown = [f"{kind}\n{json.dumps(fuzz.smallest(case, kind))}" for case, kind in fuzz.different[:3]]
    assert not shown, f"seed {seed}: {len(fuzz.different)} of {machines} differ\n" + "\n".join(shown)


def test_the_same_seed_and_number_give_the_same_case() -> None:
    assert generate(3, 7) == generate(3, 7)
    assert generate(3, 7) != generate(3, 8) != generate(4, 8)


def test_random_machines_use_the_whole_vocabulary() -> None:
    used = {word for number in range(600) for word in words(generate(1, number))}
    assert {*ACTIONS, *GUARDS, *KEYS} - used == set()


def test_a_case_with_a_wrong_record_is_told_and_shrinks_to_what_makes_it_wrong(xstate: XState) -> None:
    def wrong(made: dict[str, Any]) -> bool:
        answer = xstate.ask(made)
        return any(record.get("error") == "boom" for record in answer["expected"]) and kind_of(made, answer) is None

    case = next(case for number in range(3000) if wrong(case := generate(2, number)))
    small = shrink(case, wrong)
    assert len(json.dumps(small)) < 400
    assert wrong(small)
    answer = xstate.ask(small)
    assert kind_of(small, answer) is None
    answer["expected"][-1]["status"] = "active"
    assert str(kind_of(small, answer)).startswith("differs: after")


def test_what_has_no_end_is_broken_off_and_not_compared(xstate: XState) -> None:
    case = {
        "config": {"initial": "a", "states": {"a": {"on": {"E": {"actions": {"type": "sendTo", "params": {"to": "$self", "event": {"type": "E"}}}}}}}},
        "steps": [{"type": "E"}],
    }
    answer = xstate.ask(case)
    assert answer["endless"]
    assert kind_of(case, answer) is None
