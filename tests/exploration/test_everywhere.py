"""A little of the exploration on every host: what holds in the oldest CPython holds in the newest, and in a page."""

from __future__ import annotations

import pytest

from actorweb.testing import explore
from tests.exploration import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_invariant_holds_in_some_schedules(name: str) -> None:
    assert explore(SCENARIOS[name], schedules=60, seed=1_000_000, processes=1).schedules == 60
