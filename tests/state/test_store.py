"""The port of stores: what each store promises, and a model that each agrees with."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actorweb.state.memory import MemoryStore
from actorweb.state.sqlite import SqliteStore
from actorweb.state.store import Write
from tests.state.places import PLACES
from tests.state.specification import PROMISES, Look, Operation, Place, Promise, Reopen, check_against_model

each_place = pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)


@each_place
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_store_promises(kind: Callable[[Path], Place], promise: Promise, tmp_path: Path) -> None:
    async def main() -> None:
        await promise(kind(tmp_path))

    asyncio.run(main())


keys = st.sampled_from(["a", "b", "ä"])
writes = st.builds(Write, keys, st.integers(0, 12), st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.booleans())
follows = st.lists(st.tuples(keys, st.booleans(), st.text("xyz", max_size=3)), min_size=1, max_size=4)


@st.composite
def stories(draw: st.DrawFn) -> list[Operation]:
    """Mostly writes that follow each other, some that do not, and looks and new openings between them."""
    newest: dict[str, int] = {}
    story: list[Operation] = []
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(["follow", "follow", "follow", "any", "look", "reopen"]))
        if kind == "follow":
            batch = []
            for key, journal, text in draw(follows):
                newest[key] = newest.get(key, 0) + 1
                batch.append(Write(key, newest[key], text, journal))
            story.append(tuple(batch))
        elif kind == "any":
            write = draw(writes)
            if write.sequence == newest.get(write.key, 0) + 1:
                newest[write.key] = write.sequence
            story.append((write,))
        else:
            story.append(Look(draw(keys)) if kind == "look" else Reopen())
    return story


@each_place
@given(story=stories(), keep=st.sampled_from([None, 1, 2, 3, 1000]))
@settings(max_examples=60)
def test_a_store_agrees_with_its_model(kind: Callable[[Path], Place], story: list[Operation], keep: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = kind(Path(folder))
        kept = asyncio.run(check_against_model(place, story, keep))
        if place.survives:
            store = place.open()
            assert isinstance(store, SqliteStore)
            assert [summary.key for summary in store.keys()] == sorted(kept, key=str.encode)
            for key, records in kept.items():
                found = [(record.sequence, record.text) for record in store.records(key)]
                assert found[-len(records) :] == [(record.sequence, record.text) for record in records]
                assert keep is None or len(found) <= 2 * keep
            assert store.verify() == []
            asyncio.run(store.close())


def test_a_journal_keeps_at_least_its_last_records_and_never_twice_as_many() -> None:
    async def main(store: MemoryStore | SqliteStore) -> None:
        for number in range(1, 301):
            store.commit([Write("a", number, str(number), journal=True)], lambda outcome: None)
            records = store.records("a")
            assert [record.sequence for record in records][-10:] == list(range(max(1, number - 9), number + 1))
            assert len(records) <= 20
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(SqliteStore(Path(folder) / "store.db", keep=10, thread=False)))
    asyncio.run(main(MemoryStore(keep=10)))
