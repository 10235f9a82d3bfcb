"""Programs that are killed lose nothing that they acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.state.kill.harness import DurableHarness, Harness, Lost


@pytest.mark.slow
def test_of_50_kills_none_loses_what_was_acknowledged_shows_what_was_not_asked_for_or_damages_a_record(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "store.db", seed=1)
    while harness.kills < 50:
        harness.go_on()
    harness.look()
    assert harness.acknowledged > 1000
    assert harness.pending > 50, "most kills come while writes are under way"
    assert harness.visible, "some of those are kept, and some are not"
    assert len(harness.visible) < harness.pending


@pytest.mark.slow
def test_of_25_kills_none_takes_back_what_a_durable_actor_replied(tmp_path: Path) -> None:
    harness = DurableHarness(tmp_path / "store.db", seed=1)
    while harness.kills < 25:
        harness.go_on()
    harness.look()
    assert harness.acknowledged > 500
    assert harness.visible, "some turns were stored, and their replies had not gone out"


def test_a_program_that_acknowledges_too_early_is_found_out(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "store.db", seed=2, early=True)
    with pytest.raises(Lost, match="was acknowledged, and the newest that is there is|has a text that nobody asked for"):
        for _ in range(50):
            harness.go_on()
