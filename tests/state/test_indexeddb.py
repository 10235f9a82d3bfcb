"""The store in a browser's database: what every store promises, one owner for each key over all tabs, and what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actorweb import ActorSystem
from actorweb.errors import StartFailed
from actorweb.errors.state import DamagedRecord, LostOwnership, StoreError
from actorweb.kernel.reports import NotSaved, Report
from actorweb.state.indexeddb import IndexedDbStore
from actorweb.state.store import Kept
from tests.state.counter import AddAsked, Count, counter
from tests.state.origin import Origin, Tab
from tests.state.specification import PROMISES, Operation, Promise, check_against_model, commit, journal, load, snapshot
from tests.state.test_store import stories


def store_of(tab: Tab, *, keep: int | None = 1000, now: Callable[[], float] = lambda: 1.5) -> IndexedDbStore:
    store = IndexedDbStore(tab, keep=keep, now=now)
    tab.listen(store.receive)
    return store


class InABrowser:
    survives = True

    def __init__(self) -> None:
        self.origin = Origin()
        # Two stores of one place are kept apart by their numbers alone where there are no locks; tabs have a test of their own.
        self.origin.locks = False

    def open(self, *, keep: int | None = 1000) -> IndexedDbStore:
        return store_of(self.origin.tab(), keep=keep)


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_store_promises(promise: Promise) -> None:
    async def main() -> None:
        await promise(InABrowser())

    run(main())


@given(story=stories(), keep=st.sampled_from([None, 1, 2, 3, 1000]))
@settings(max_examples=60)
def test_it_agrees_with_the_model_of_stores(story: list[Operation], keep: int | None) -> None:
    place = InABrowser()
    kept = asyncio.run(check_against_model(place, story, keep))
    for key, records in kept.items():
        found = [place.origin.records[place_of][2] for place_of in sorted(place.origin.records) if place_of[0] == key]
        assert found[-len(records) :] == [record.text for record in records]


def test_a_journal_waits_for_the_disk_and_a_snapshot_does_not() -> None:
    async def main() -> None:
        origin = Origin()
        store = store_of(origin.tab())
        await commit(store, snapshot("a", 1), snapshot("b", 1))
        await commit(store, snapshot("a", 2), journal("b", 2))
        await commit(store, journal("a", 3))
        assert origin.transactions == [("readwrite", False, 2), ("readwrite", True, 2), ("readwrite", True, 1)]

    run(main())


def test_a_keep_below_one_is_refused() -> None:
    with pytest.raises(StoreError, match="keep=0"):
        IndexedDbStore(Origin().tab(), keep=0)


# --- tabs ----------------------------------------------------------------------------------------------------------


def test_who_loads_a_key_first_owns_it_and_the_other_tab_may_only_read() -> None:
    async def main() -> None:
        origin = Origin()
        one, other = store_of(origin.tab()), store_of(origin.tab())
        assert await load(one, "a") is None
        await commit(one, journal("a", 1, "one"))
        told: list[tuple[object, object]] = []
        other.load("a", lambda kept, error: told.append((kept, error)))
        assert await load(other, "b") is None
        ((kept, error),) = told
        assert kept == Kept(1, "one")
        assert isinstance(error, LostOwnership)
        assert "another tab keeps it" in str(error)
        outcome = await commit(other, journal("a", 2), journal("b", 1))
        assert [type(each) for each in outcome] == [LostOwnership, type(None)]
        assert list(await commit(one, journal("a", 2, "two"))) == [None]

    run(main())


def test_a_key_that_is_released_or_whose_tab_has_ended_has_a_new_owner_at_the_next_load() -> None:
    async def main() -> None:
        origin = Origin()
        first, second, third = origin.tab(), origin.tab(), origin.tab()
        one, two, three = store_of(first), store_of(second), store_of(third)
        await load(one, "a")
        await commit(one, snapshot("a", 1, "one"))
        one.release("a")
        assert await load(two, "a") == Kept(1, "one")
        assert isinstance(await load(three, "a"), LostOwnership)
        second.end()
        assert isinstance((await commit(three, snapshot("a", 2)))[0], LostOwnership), "it does not take over what it has not read"
        three.release("a")
        assert await load(three, "a") == Kept(1, "one")
        assert list(await commit(three, snapshot("a", 2))) == [None]

    run(main())


class Told:
    """What a system reports of states that were not saved."""

    def __init__(self, system: ActorSystem) -> None:
        self.reports: list[NotSaved] = []
        system.reports.subscribe(self._take)

    def _take(self, report: Report) -> None:
        if isinstance(report, NotSaved):
            self.reports.append(report)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_an_actor_of_the_losing_tab_begins_with_what_is_stored_and_says_once_that_it_saves_nothing() -> None:
    async def main() -> None:
        origin = Origin()
        async with ActorSystem() as one, ActorSystem() as other:
            owner = await one.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            assert await owner.ask(AddAsked(5)) == 5
            await settled()
            told = Told(other)
            reader = await other.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            assert await reader.ask(Count()) == 5
            (report,) = told.reports
            assert isinstance(report.error, LostOwnership)
            assert (report.ref, report.key) == (reader, "a")
            assert await reader.ask(AddAsked(1)) == 6
            assert await owner.ask(AddAsked(2)) == 7
            await settled()
            await one.stop(owner)
            assert await reader.ask(AddAsked(1)) == 7
            await settled()
            assert told.reports == [report]
            assert origin.keys == {"a": 2}
            await other.stop(reader)
            again = await other.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            assert await again.ask(AddAsked(1)) == 8

    run(main())


def test_a_journal_does_not_start_in_the_losing_tab() -> None:
    async def main() -> None:
        origin = Origin()
        async with ActorSystem() as one, ActorSystem() as other:
            await one.spawn(counter, store=store_of(origin.tab()), key="a")
            with pytest.raises(StartFailed) as refused:
                await other.spawn(counter, store=store_of(origin.tab()), key="a")
            assert isinstance(refused.value.__cause__, LostOwnership)

    run(main())


def test_an_actor_lets_its_key_go_at_its_end_behind_its_last_write() -> None:
    async def main() -> None:
        origin = Origin()
        async with ActorSystem() as one, ActorSystem() as other:
            owner = await one.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            assert await owner.ask(AddAsked(5)) == 5
            await one.stop(owner)
            await settled()
            assert origin.owners == {}
            assert origin.keys == {"a": 1}
            after = await other.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            assert await after.ask(AddAsked(1)) == 6

    run(main())


def test_without_locks_the_number_of_its_record_finds_out_the_later_writer() -> None:
    async def main() -> None:
        origin = Origin()
        origin.locks = False
        async with ActorSystem() as one, ActorSystem() as other:
            first = await one.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            second = await other.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            told = Told(other)
            await first.ask(AddAsked(1))
            await settled()
            await second.ask(AddAsked(10))
            await settled()
            await second.ask(AddAsked(10))
            await settled()
            (report,) = told.reports
            assert isinstance(report.error, LostOwnership)
            assert origin.keys == {"a": 1}

    run(main())


# --- what fails ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("QuotaExceededError", "no room left"),
        ("InvalidStateError", "not open"),
        ("VersionError", "other code"),
        ("UnknownError", "the disk failed"),
        ("NotFoundError", "not there"),
        ("SomethingNew", "it failed"),
    ],
)
def test_what_the_browser_says_is_told_in_three_lines(name: str, words: str) -> None:
    async def main() -> None:
        origin = Origin()
        store = store_of(origin.tab())
        origin.trouble = [(name, "so it says")] * 2
        errors = [*await commit(store, journal("a", 1), journal("b", 1)), await load(store, "a")]
        for error in errors:
            assert isinstance(error, StoreError)
            text = str(error)
            assert text.startswith("AW-354 IndexedDB: ")
            assert words in text
            assert f"{name}: so it says" in text
            assert "\nExpected: " in text
            assert "\nDo: " in text
        assert await load(store, "a") is None
        assert list(await commit(store, journal("a", 1))) == [None]

    run(main())


def test_without_room_an_actor_goes_on_and_its_next_change_is_saved_when_there_is_room_again() -> None:
    async def main() -> None:
        origin = Origin()
        async with ActorSystem() as system:
            told = Told(system)
            ref = await system.spawn(counter, store=store_of(origin.tab()), key="a", durability="snapshot")
            await ref.ask(AddAsked(1))
            await settled()
            origin.trouble = [("QuotaExceededError", "full")]
            assert await ref.ask(AddAsked(1)) == 2
            await settled()
            (report,) = told.reports
            assert "no room left" in str(report.error)
            assert origin.keys == {"a": 1}
            assert await ref.ask(AddAsked(1)) == 3
            await settled()
            assert origin.keys == {"a": 2}
            assert '"count":3' in str(origin.records["a", 2])
            assert len(told.reports) == 1

    run(main())


@pytest.mark.parametrize(
    ("garble", "words"),
    [
        (lambda origin: origin.records.update({("a", 2): (1500, origin.records["a", 2][1], "other")}), "checksum"),
        (lambda origin: origin.records.update({("a", 2): (1500, "x", "two")}), "not of their types"),
        (lambda origin: origin.records.update({("a", 2): (1500, 5, None)}), "not of their types"),
        (lambda origin: origin.records.pop(("a", 2)), "the newest that is left is 1"),
        (lambda origin: origin.records.clear(), "it is missing"),
        (lambda origin: origin.keys.clear(), "missing from the table of keys"),
        (lambda origin: origin.keys.update(a="two"), "missing from the table of keys"),
    ],
)
def test_a_damaged_record_is_named_and_all_others_are_read(garble: Callable[[Origin], object], words: str) -> None:
    async def main() -> None:
        origin = Origin()
        store = store_of(origin.tab())
        await commit(store, journal("b", 1), journal("a", 1, "one"), journal("a", 2, "two"))
        good = origin.keys["b"], origin.records["b", 1]
        garble(origin)
        origin.keys["b"], origin.records["b", 1] = good
        error = await load(store, "a")
        assert isinstance(error, DamagedRecord)
        assert error.key == "a"
        assert words in str(error)
        assert await load(store, "b") == Kept(1, "{}")

    run(main())
