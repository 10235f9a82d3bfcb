"""Damaged files: what is read is right, or an error that names it; never a wrong value, and never a hang."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from actorweb import ActorSystem
from actorweb.errors import StartFailed
from actorweb.errors.state import DamagedRecord, StoreError
from actorweb.state.sqlite import SqliteStore
from actorweb.state.sqlite_inspection import Inspection
from actorweb.state.store import Kept
from tests.state.counter import AddAsked, counter
from tests.state.specification import journal
from tests.state.steps import append, filled, get, harm, put, step_store

HARMS = {
    "its text was changed": ("UPDATE records SET text = 'other' WHERE key = 'b' AND sequence = ?", "checksum"),
    "its text was cut": ("UPDATE records SET text = substr(text, 1, 5) WHERE key = 'b' AND sequence = ?", "checksum"),
    "its checksum was changed": ("UPDATE records SET checksum = checksum + 1 WHERE key = 'b' AND sequence = ?", "checksum"),
    "its time was changed": ("UPDATE records SET at = at + 1 WHERE key = 'b' AND sequence = ?", "checksum"),
    "its text became a number": ("UPDATE records SET checksum = 'x' WHERE key = 'b' AND sequence = ?", "types"),
    "it is no text": ("UPDATE records SET text = CAST(x'ff' AS TEXT) WHERE key = 'b' AND sequence = ?", "checksum"),
    "it is missing": ("DELETE FROM records WHERE key = 'b' AND sequence = ?", "missing"),
}


@pytest.mark.parametrize("harmed", HARMS, ids=lambda name: name.replace(" ", "_"))
def test_a_damaged_newest_record_is_named_and_all_others_are_read(harmed: str, tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 3, "b": 3, "c": 3})
    statement, says = HARMS[harmed]
    harm(path, statement, 3)
    store = step_store(path)
    error = get(store, "b")
    assert isinstance(error, DamagedRecord)
    assert (error.key, error.sequence) == ("b", 3)
    assert says in str(error)
    assert f"{path}: key 'b', record 3" in str(error)
    assert [get(store, key) for key in "ac"] == [Kept(3, '{"text": "a 3"}'), Kept(3, '{"text": "c 3"}')]
    (found,) = store.verify()
    assert isinstance(found, DamagedRecord)
    assert (found.key, found.sequence) == ("b", 3)
    append(store, "a", "goes on")
    asyncio.run(store.close())


@pytest.mark.parametrize("thread", [True, False])
def test_an_actor_whose_record_is_damaged_does_not_start_and_all_others_are_recovered(thread: bool, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    keys = [f"counters/{number}" for number in range(20)]

    async def first() -> None:
        store = SqliteStore(path, thread=thread)
        async with ActorSystem() as system:
            for number, key in enumerate(keys, 1):
                await (await system.spawn(counter, store=store, key=key)).ask(AddAsked(number))
        await store.close()

    async def second() -> None:
        store = SqliteStore(path, thread=thread)
        async with ActorSystem() as system:
            started = await asyncio.gather(*(system.spawn(counter, store=store, key=key) for key in keys), return_exceptions=True)
            for number, ref in enumerate(started, 1):
                if number == 7:
                    assert isinstance(ref, StartFailed)
                    assert isinstance(ref.__cause__, DamagedRecord)
                    assert (ref.__cause__.key, ref.__cause__.sequence) == ("counters/6", 1)
                    assert str(path) in str(ref.__cause__)
                else:
                    assert await ref.ask(AddAsked(0)) == number
        await store.close()

    asyncio.run(first())
    harm(path, "UPDATE records SET text = replace(text, 'count', 'cuont') WHERE key = 'counters/6'")
    asyncio.run(second())


def test_verify_finds_every_damage_not_only_the_first(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 9, "b": 9, "c": 9})
    harm(path, "UPDATE records SET text = 'other' WHERE sequence = 4")
    harm(path, "DELETE FROM records WHERE key = 'b' AND sequence = 6")
    store = step_store(path)
    found = store.verify()
    assert [(each.key, each.sequence) for each in found if isinstance(each, DamagedRecord)] == [("a", 4), ("b", 4), ("b", 6), ("c", 4)]
    assert len(found) == 4
    with pytest.raises(DamagedRecord, match="record 4"):
        store.records("a")
    assert get(store, "b") == Kept(9, '{"text": "b 9"}')
    asyncio.run(store.close())


def test_a_key_that_is_missing_from_the_table_of_keys_is_no_new_key(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 3, "b": 3})
    harm(path, "DELETE FROM keys WHERE key = 'a'")
    store = step_store(path)
    error = get(store, "a")
    assert isinstance(error, DamagedRecord)
    assert (error.key, error.sequence) == ("a", 3)
    (found,) = store.verify()
    assert isinstance(found, DamagedRecord)
    (refused,) = put(store, journal("a", 1))
    assert isinstance(refused, StoreError)
    asyncio.run(store.close())


def test_the_records_of_one_key_are_not_those_of_another(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 3, "b": 2})
    harm(path, "UPDATE keys SET sequence = 3 WHERE key = 'b'")
    harm(path, "UPDATE records SET key = 'b' WHERE key = 'a' AND sequence = 3")
    store = step_store(path)
    error = get(store, "b")
    assert isinstance(error, DamagedRecord)
    assert (error.key, error.sequence) == ("b", 3)
    asyncio.run(store.close())


def test_a_damaged_record_can_be_removed_as_the_guide_says(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 3})
    harm(path, "UPDATE records SET text = 'other' WHERE sequence = 3")
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "inspect-a-store.md").read_text()
    (script,) = [part.split("```")[0] for part in guide.split("```sql\n")[1:]]
    connection = sqlite3.connect(path)
    connection.executescript(script.replace("counters/42", "a").replace("= 17", "= 3"))
    connection.close()
    store = step_store(path)
    assert get(store, "a") == Kept(2, '{"text": "a 2"}')
    assert store.verify() == []
    append(store, "a", "goes on")
    asyncio.run(store.close())


KEYS = {f"key {number}": 1 + number % 7 for number in range(60)}


def expected(key: str) -> Kept:
    return Kept(KEYS[key], f'{{"text": "{key} {KEYS[key]}"}}')


def read_all(path: Path) -> tuple[int, list[str]]:
    """Read a damaged file in every way. Gives how many errors were told, and what was wrong: nothing must be."""
    errors, wrong = 0, []
    try:
        store = step_store(path, timeout=0.2)
    except StoreError:
        return 1, []
    for key in KEYS:
        got = get(store, key)
        if isinstance(got, StoreError):
            errors += 1
        elif got != expected(key):
            wrong.append(f"{key}: {got!r}")
    try:
        errors += len(store.verify())
        for summary in store.keys():
            store.records(summary.key)
    except StoreError:
        errors += 1
    (told,) = put(store, journal("another", 1))
    if told is not None and not isinstance(told, StoreError):
        wrong.append(repr(told))
    asyncio.run(store.close())
    return errors, wrong


@pytest.mark.parametrize("seed", range(8))
def test_a_file_with_garbled_bytes_gives_what_was_kept_or_an_error(seed: int, tmp_path: Path) -> None:
    """Fifty places each: a byte, some bytes, or a whole block of noise or zeros."""
    dice = random.Random(seed)
    whole = filled(tmp_path / "whole.db", KEYS).read_bytes()
    told = 0
    for round_ in range(50):
        garbled = bytearray(whole)
        length = dice.choice([1, 1, 4, 64, 512, 4096])
        start = dice.randrange(len(garbled) if dice.random() < 0.8 else 200)
        noise = bytes(length) if dice.random() < 0.2 else dice.randbytes(length)
        garbled[start : start + length] = noise
        path = tmp_path / f"garbled-{round_}.db"
        path.write_bytes(garbled[: len(whole)])
        errors, wrong = read_all(path)
        assert not wrong, f"{length} bytes at {start}: {wrong}"
        told += bool(errors)
    assert told > 10


@pytest.mark.parametrize("seed", range(4))
def test_a_file_that_was_cut_gives_what_was_kept_or_an_error(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    whole = filled(tmp_path / "whole.db", KEYS).read_bytes()
    for round_ in range(25):
        path = tmp_path / f"cut-{round_}.db"
        length = dice.randrange(1, len(whole))
        path.write_bytes(whole[:length])
        errors, wrong = read_all(path)
        assert not wrong, f"cut at {length}: {wrong}"
        assert errors, f"cut at {length}"


@pytest.mark.parametrize("way", ["cut", "garbled"])
@pytest.mark.parametrize("seed", range(4))
def test_a_torn_log_leaves_whole_transactions_and_none_after_the_first_that_is_lost(way: str, seed: int, tmp_path: Path) -> None:
    """The log has 30 transactions of three writes each: what is left is the first so many, as each was."""
    dice = random.Random(seed)
    path = tmp_path / "store.db"
    store = step_store(path)
    for number in range(1, 31):
        assert put(store, *(journal(key, number, f"{key} {number}") for key in "abc")) == [None] * 3
    log = Path(f"{path}-wal").read_bytes()
    shutil.copy(path, tmp_path / "copy.db")
    asyncio.run(store.close())
    left = set()
    for round_ in range(25):
        torn = tmp_path / f"torn-{round_}.db"
        shutil.copy(tmp_path / "copy.db", torn)
        place = dice.randrange(1, len(log))
        rest = b"" if way == "cut" else dice.randbytes(min(dice.choice([1, 8, 512]), len(log) - place)) + log[place + 512 :]
        Path(f"{torn}-wal").write_bytes(log[:place] + rest)
        try:
            store = step_store(torn)
        except StoreError:
            continue  # the tables themselves were still in the log
        kept = [get(store, key) for key in "abc"]
        numbers = {each.sequence if isinstance(each, Kept) else each for each in kept}
        assert len(numbers) == 1, kept
        (number,) = numbers
        assert number is None or kept == [Kept(number, f"{key} {number}") for key in "abc"]
        assert store.verify() == []
        append(store, "a", "goes on")
        left.add(number)
        asyncio.run(store.close())
    assert len(left) > 5


def test_a_garbled_page_keeps_no_other_key_from_being_read_and_verify_names_what_it_hit(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = step_store(path)
    for number in range(200):
        append(store, f"key {number:03}", "x" * 1500)
    asyncio.run(store.close())
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2 // 4096 * 4096
    whole[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    store = SqliteStore(path, thread=False)
    got = {f"key {number:03}": get(store, f"key {number:03}") for number in range(200)}
    hit = {key for key, what in got.items() if not isinstance(what, Kept)}
    assert 1 <= len(hit) <= 5
    assert all(isinstance(got[key], DamagedRecord) for key in hit), "the number of the newest record is known from the other table"
    told = "".join(str(error) for error in store.verify())
    assert all(f"{key!r}" in told for key in hit)
    asyncio.run(store.close())
    with Inspection(str(path)) as inspection:
        assert len(inspection.names()) == 200
