"""What every store promises, whatever it is made of: one specification, run against each of them on each host.

A promise is a coroutine function that is given a `Place`; `PROMISES` has all of them. `check_against_model` is for
hypothesis: it runs a story of operations against a store and against a dictionary.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from actorweb.errors.state import LostOwnership, StoreError
from actorweb.state.store import Kept, Store, Write

Promise = Callable[["Place"], Awaitable[None]]


class Place(Protocol):
    """Where stores keep. Each `open` gives a store of the same place; `survives` says that a later one finds what an earlier one kept."""

    survives: bool

    def open(self, *, keep: int | None = 1000) -> Store: ...


async def commit(store: Store, *writes: Write) -> Sequence[BaseException | None]:
    future: asyncio.Future[Sequence[BaseException | None]] = asyncio.get_running_loop().create_future()
    store.commit(writes, future.set_result)
    return await asyncio.wait_for(future, 30)


async def load(store: Store, key: str) -> Kept | BaseException | None:
    future: asyncio.Future[Kept | BaseException | None] = asyncio.get_running_loop().create_future()
    store.load(key, lambda kept, error: future.set_result(error or kept))
    return await asyncio.wait_for(future, 30)


def journal(key: str, sequence: int, text: str = "{}") -> Write:
    return Write(key, sequence, text, journal=True)


def snapshot(key: str, sequence: int, text: str = "{}") -> Write:
    return Write(key, sequence, text, journal=False)


async def an_unknown_key_has_no_record(place: Place) -> None:
    store = place.open()
    assert await load(store, "nobody") is None
    await store.close()


async def the_newest_record_is_given_back(place: Place) -> None:
    store = place.open()
    for number in (1, 2, 3):
        assert list(await commit(store, journal("a", number, f"text {number}"))) == [None]
        assert await load(store, "a") == Kept(number, f"text {number}")
    await store.close()


async def a_write_that_does_not_make_the_next_record_is_fenced_off(place: Place) -> None:
    store = place.open()
    await commit(store, journal("a", 1, "first"), journal("a", 2, "second"))
    for wrong in (-1, 0, 1, 2, 4, 2**62):
        for write in (journal("a", wrong, "wrong"), snapshot("a", wrong, "wrong")):
            (error,) = await commit(store, write)
            assert isinstance(error, LostOwnership)
            assert error.key == "a"
            assert str(wrong) in str(error)
    for wrong in (-1, 0, 2):
        (error,) = await commit(store, journal("new", wrong))
        assert isinstance(error, LostOwnership)
    assert await load(store, "a") == Kept(2, "second")
    assert await load(store, "new") is None
    await store.close()


async def a_fenced_write_leaves_the_others_of_its_transaction(place: Place) -> None:
    store = place.open()
    await commit(store, journal("b", 1, "old"))
    outcome = await commit(store, journal("a", 1, "a"), journal("b", 1, "late"), snapshot("c", 1, "c"))
    assert [type(error) for error in outcome] == [type(None), LostOwnership, type(None)]
    assert [await load(store, key) for key in "abc"] == [Kept(1, "a"), Kept(1, "old"), Kept(1, "c")]
    await store.close()


async def one_transaction_may_write_a_key_again_and_again(place: Place) -> None:
    store = place.open()
    assert list(await commit(store, journal("a", 1), snapshot("a", 2), journal("a", 3, "three"), journal("a", 3), journal("a", 4, "four")))[3] is not None
    assert await load(store, "a") == Kept(4, "four")
    await store.close()


async def a_snapshot_and_a_journal_may_take_turns(place: Place) -> None:
    store = place.open()
    for number in range(1, 20):
        assert list(await commit(store, (snapshot if number % 3 else journal)("a", number, str(number)))) == [None]
        assert await load(store, "a") == Kept(number, str(number))
    await store.close()


async def calls_are_carried_out_in_the_order_made(place: Place) -> None:
    store = place.open()
    seen: list[object] = []
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def told(what: object) -> None:
        seen.append(what)
        if len(seen) == 150 and not over.done():
            over.set_result(None)

    for number in range(1, 51):
        store.commit([journal("a", number, str(number))], told)
        store.load("a", lambda kept, error: told(kept))
        store.commit([journal("b", number)], told)
    await asyncio.wait_for(over, 30)
    expected: list[object] = []
    for number in range(1, 51):
        expected += [(None,), Kept(number, str(number)), (None,)]
    assert [tuple(what) if isinstance(what, (list, tuple)) else what for what in seen] == expected
    await store.close()


async def done_is_called_once_in_the_thread_of_the_loop_and_within_the_call_only_by_a_synchronous_store(place: Place) -> None:
    store = place.open()
    threads: list[int] = []
    store.commit([journal("a", 1)], lambda outcome: threads.append(threading.get_ident()))
    assert len(threads) == (1 if store.synchronous else 0)
    store.load("a", lambda kept, error: threads.append(threading.get_ident()))
    assert len(threads) == (2 if store.synchronous else 0)
    await load(store, "a")
    assert threads == [threading.get_ident()] * 2
    await store.close()
    assert len(threads) == 2


async def an_empty_transaction_is_told_too(place: Place) -> None:
    store = place.open()
    assert list(await commit(store)) == []
    await store.close()


KEYS = ("", "a", "A", "a ", "\u00e4", "a\u0308", "🎭", "\0", "a\0b", "a'b\"c", "%", "_", "counters/42", "x" * 3000, "1", "01", "NULL", "\ufeffa", "\uffff")


async def every_text_is_a_key_and_no_two_are_the_same(place: Place) -> None:
    store = place.open()
    outcome = await commit(store, *(journal(key, 1, f"the text of {key}") for key in KEYS))
    assert list(outcome) == [None] * len(KEYS)
    assert [await load(store, key) for key in KEYS] == [Kept(1, f"the text of {key}") for key in KEYS]
    await store.close()


async def every_text_comes_back_as_it_was(place: Place) -> None:
    store = place.open()
    texts = ("", " ", "\0", "a\0b", "1", "1.0", "null", '{"a": "ä🎭"}', "\r\n\t", "\ufeff", "long " * 200_000)
    for number, text in enumerate(texts, 1):
        assert list(await commit(store, journal("a", number, text))) == [None]
        assert await load(store, "a") == Kept(number, text)
    await store.close()


async def a_text_that_is_no_unicode_fails_its_transaction_and_no_other(place: Place) -> None:
    store = place.open()
    outcomes: list[Sequence[BaseException | None]] = []
    store.commit([journal("before", 1)], outcomes.append)
    store.commit([journal("with", 1), journal("bad", 1, "\ud800")], outcomes.append)
    store.commit([journal("after", 1)], outcomes.append)
    (failed,) = await commit(store, journal("\udfff", 1))
    assert [[type(error) for error in outcome] for outcome in outcomes] == [[type(None)], [StoreError, StoreError], [type(None)]]
    assert "surrogate" in str(failed)
    assert [await load(store, key) for key in ("before", "with", "bad", "after")] == [Kept(1, "{}"), None, None, Kept(1, "{}")]
    await store.close()


async def closing_carries_out_what_was_asked_for(place: Place) -> None:
    store = place.open()
    told: list[Sequence[BaseException | None]] = []
    for number in range(1, 101):
        store.commit([journal("a", number, str(number))], told.append)
    await store.close()
    await asyncio.sleep(0)
    assert [list(outcome) for outcome in told] == [[None]] * 100
    if place.survives:
        later = place.open()
        assert await load(later, "a") == Kept(100, "100")
        await later.close()


async def a_closed_store_fails_every_call_and_may_be_closed_again(place: Place) -> None:
    store = place.open()
    await asyncio.gather(store.close(), store.close())
    await store.close()
    outcome = await commit(store, journal("a", 1), journal("b", 1))
    assert [type(error) for error in outcome] == [StoreError, StoreError]
    error = await load(store, "a")
    assert isinstance(error, StoreError)
    assert "closed" in str(error)


async def what_was_kept_is_there_when_it_is_opened_again(place: Place) -> None:
    if not place.survives:
        return
    for number in range(1, 6):
        store = place.open()
        assert await load(store, "a") == (Kept(number - 1, str(number - 1)) if number > 1 else None)
        assert list(await commit(store, (journal if number % 2 else snapshot)("a", number, str(number)))) == [None]
        await store.close()


async def of_two_stores_of_one_place_one_is_fenced_off(place: Place) -> None:
    if not place.survives:
        return
    one, other = place.open(), place.open()
    assert list(await commit(one, journal("a", 1, "one"))) == [None]
    assert await load(other, "a") == Kept(1, "one")
    assert list(await commit(other, journal("a", 2, "other"))) == [None]
    (error,) = await commit(one, journal("a", 2, "one"))
    assert isinstance(error, LostOwnership)
    assert await load(one, "a") == Kept(2, "other")
    await one.close()
    await other.close()


PROMISES: tuple[Promise, ...] = (
    an_unknown_key_has_no_record,
    the_newest_record_is_given_back,
    a_write_that_does_not_make_the_next_record_is_fenced_off,
    a_fenced_write_leaves_the_others_of_its_transaction,
    one_transaction_may_write_a_key_again_and_again,
    a_snapshot_and_a_journal_may_take_turns,
    calls_are_carried_out_in_the_order_made,
    done_is_called_once_in_the_thread_of_the_loop_and_within_the_call_only_by_a_synchronous_store,
    an_empty_transaction_is_told_too,
    every_text_is_a_key_and_no_two_are_the_same,
    every_text_comes_back_as_it_was,
    a_text_that_is_no_unicode_fails_its_transaction_and_no_other,
    closing_carries_out_what_was_asked_for,
    a_closed_store_fails_every_call_and_may_be_closed_again,
    what_was_kept_is_there_when_it_is_opened_again,
    of_two_stores_of_one_place_one_is_fenced_off,
)


class Reopen:
    """An operation of a story: close the store and open it again."""

    def __repr__(self) -> str:
        return "Reopen()"


class Look:
    """An operation of a story: load a key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return f"Look({self.key!r})"


Operation = Reopen | Look | tuple[Write, ...]


async def check_against_model(place: Place, story: Sequence[Operation], keep: int | None) -> dict[str, list[Kept]]:
    """Run a story without waiting between its operations, and compare all that is told with a dictionary. Gives the records that must be kept."""
    store = place.open(keep=keep)
    model: dict[str, list[Kept]] = {}
    expected: list[object] = []
    told: list[object] = []
    for operation in story:
        if isinstance(operation, Reopen):
            if place.survives:
                await store.close()
                await asyncio.sleep(0)
                store = place.open(keep=keep)
        elif isinstance(operation, Look):
            records = model.get(operation.key)
            expected.append(records[-1] if records else None)
            store.load(operation.key, lambda kept, error: told.append(error or kept))
        else:
            outcome: list[type | None] = []
            for write in operation:
                records = model.get(write.key, [])
                if write.sequence != (records[-1].sequence if records else 0) + 1:
                    outcome.append(LostOwnership)
                    continue
                outcome.append(None)
                model[write.key] = [*(records if write.journal else ()), Kept(write.sequence, write.text)]
            expected.append(outcome)
            store.commit(operation, lambda outcome: told.append([None if error is None else type(error) for error in outcome]))
    for key, records in model.items():
        assert await load(store, key) == records[-1]
    await store.close()
    await asyncio.sleep(0)
    assert told == expected
    return {key: records[-keep:] if keep is not None else records for key, records in model.items()}
