"""MemoryStore: what it does beyond what every store promises."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from actorweb.errors.state import LostOwnership, StoreError
from actorweb.state.memory import MemoryStore
from actorweb.state.store import Kept
from tests.state.specification import journal
from tests.state.steps import append, get, put


def test_two_owners_of_a_key_share_the_store_and_one_is_fenced_off() -> None:
    store = MemoryStore()
    assert put(store, journal("a", 1, "one")) == [None]
    (error,) = put(store, journal("a", 1, "other"))
    assert isinstance(error, LostOwnership)
    assert "memory: key 'a'" in str(error)
    assert get(store, "a") == Kept(1, "one")


@pytest.mark.skipif(sys.platform == "emscripten", reason="a page has no threads")
def test_in_several_threads_each_number_is_given_once() -> None:
    store = MemoryStore(keep=None)

    def race(number: int) -> int:
        return sum(put(store, journal("a", sequence, str(number))) == [None] for sequence in range(1, 501) for _ in range(2))

    with ThreadPoolExecutor(4) as pool:
        won = sum(pool.map(race, range(4)))
    assert won == len(store.records("a"))
    assert [record.sequence for record in store.records("a")] == list(range(1, won + 1))


def test_it_says_what_it_holds_after_its_end_too() -> None:
    times = iter([5.0, 4.0, 3.0])
    store = MemoryStore(name="shared", now=lambda: next(times))
    append(store, "b", "xx", "ä")
    append(store, "a", "1")
    asyncio.run(store.close())
    assert [(each.key, each.sequence, each.records, each.size, each.at) for each in store.keys()] == [("a", 1, 1, 1, 3.0), ("b", 2, 2, 4, 4.0)]
    assert [(record.sequence, record.at, record.text) for record in store.records("b")] == [(1, 5.0, "xx"), (2, 4.0, "ä")]
    assert store.records("nobody") == []
    assert "shared has been closed" in str(get(store, "a"))


def test_a_journal_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(StoreError, match="keep=0"):
        MemoryStore(keep=0)
