"""The kernel keeps its promises in a hundred thousand schedules, and the exploration would find out if it did not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from actorweb.testing import exhaust, explore
from tests.exploration import SCENARIOS, soak
from tests.exploration.exhaustive import SMALL
from tests.exploration.hunt import ROOT, hunt, plant
from tests.exploration.mutations import MUTATIONS

SCHEDULES = 100_000
EACH = -(-SCHEDULES // len(SCENARIOS))
QUICK = ("two_leaves", "an_ask", "an_ask, one fault", "a_pair", "a_watch", "an_upgrade")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_invariant_holds_in_every_schedule(name: str) -> None:
    assert explore(SCENARIOS[name], schedules=EACH).schedules == EACH


@pytest.mark.parametrize("name", QUICK)
def test_every_invariant_holds_in_every_interleaving_of_a_small_scenario(name: str) -> None:
    scenario, depth, faults = SMALL[name]
    assert exhaust(scenario, depth=depth, faults=faults).complete


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("planted")
    for room in ("kernel", "state"):
        shutil.copytree(ROOT / "actorweb" / room, place / "actorweb" / room, ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_bug_of_the_list_can_be_planted(mutation: object, copy: Path) -> None:
    module = copy / "actorweb" / mutation.module
    before = module.read_text()
    plant(mutation, copy)
    compile(module.read_text(), str(module), "exec")
    module.write_text(before)


BY_INVARIANT = {
    "one fate": "what waited for an ended actor is no dead letter",
    "order per pair": "messages of an actor are taken in the wrong order",
    "order of a mailbox": "the stash is released in the wrong order",
    "bounds of a mailbox": "a bounded mailbox does not count off what was handled",
    "one turn at a time": "messages are handled while an async handler is at work",
    "a failed turn left nothing": "what a failed turn sent is not taken back",
    "a committed turn did all": "a tell of a plan is forgotten",
    "an ask ends once": "a deferred ask never hears that its target has ended",
    "an ask ends with its turn": "the asker does not hear of a crash",
    "no circle of asks": "a circle of asks is not seen",
    "a watch is told once": "the last watcher is not told",
    "timers": "a replaced timer fires",
    "idle timeouts": "an idle timeout fires although something happened",
    "answers to their run": "the answer to an earlier run is handled by a later one",
    "linked ends": "the end of a linked actor ends a later run",
    "who starts again": "rest_for_one stops those before the failed child",
    "no child outlives its parent": "an actor ends before its children",
    "names": "a name is kept after the end",
    "restarts within intensity": "one restart more than the intensity is allowed",
    "stop order": "children stop in the order of their start",
    "start order": "a group of children starts again in reverse",
    "on_stop once": "on_stop runs after a kill",
    "a new run is fresh": "a mode is kept over a restart",
    "versions increase": "one that was put aside comes back with its first context",
    "a rollback is exact": "a rollback leaves the mode",
    "stored before seen": "what a turn sent leaves while it is being stored",
    "code and context fit": "an upgrade forgets to migrate the context",
    "nothing is left behind": "a task is not cancelled when its actor ends",
    "sound kernel": "an ask is ended though it has ended",
    "retained": "the system keeps an actor that has ended",
}


@pytest.mark.slow
@pytest.mark.parametrize("invariant", BY_INVARIANT)
def test_each_invariant_finds_a_planted_bug_by_itself(invariant: str) -> None:
    mutation = next(mutation for mutation in MUTATIONS if mutation.name == BY_INVARIANT[invariant])
    finding = hunt(mutation, only=invariant)
    assert finding.invariant == invariant, f"{finding.schedules}: {finding.text}"


def test_a_soak_goes_on_where_it_was_and_tells_what_it_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, page = tmp_path / "soak.json", tmp_path / "verification.md"
    page.write_text(f"# Before\n{soak.BEGIN}\na stale section\n{soak.END}\nafter\n")
    monkeypatch.setattr(soak, "PAGE", page)
    assert soak.soak(soak.Record(state), 30) == 0
    again = soak.Record(state)
    assert again.total == 30
    assert soak.soak(again, 40) == 0
    assert soak.Record(state).total == 40
    soak.write(again)
    text = page.read_text()
    assert "**40 schedules**" in text
    assert "| tells | Actors that pass messages on" in text
    assert text.startswith("# Before") and text.endswith("after\n") and "stale" not in text
    assert all(mutation.name in text for mutation in MUTATIONS)
