"""Disks and files that refuse: each fault is an error that says what to do, and nothing that was told to be safe is lost."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorweb.errors.state import StoreError
from actorweb.state.sqlite import SqliteStore
from actorweb.state.sqlite_inspection import Inspection
from actorweb.state.store import Kept
from tests.state.specification import commit, journal, load
from tests.state.steps import append, filled, get, put, step_store

LONG = "x" * 100_000


def test_a_full_disk_fails_the_transaction_and_keeps_what_was_before(tmp_path: Path) -> None:
    store = step_store(tmp_path / "store.db")
    append(store, "a", "one")
    connection = store._ledger._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    outcome = put(store, journal("a", 2, "two"), journal("b", 1, LONG))
    assert all(isinstance(error, StoreError) and "the disk is full" in str(error) and "make room" in str(error) for error in outcome)
    assert "key 'a', record 2" in str(outcome[0])
    assert isinstance(outcome[0].__cause__, sqlite3.OperationalError)
    assert [get(store, "a"), get(store, "b")] == [Kept(1, "one"), None]
    assert put(store, journal("a", 2, "small enough")) == [None]
    connection.execute("PRAGMA max_page_count = 1000000")
    assert put(store, journal("b", 1, LONG)) == [None]
    assert store.verify() == []
    asyncio.run(store.close())


def test_a_full_disk_fails_the_large_transaction_of_a_group_and_not_the_small_ones(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        await commit(store, journal("first", 1))
        connection = store._writer._ledger._connection
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 5}")
        writes = [journal("before", 1), journal("large", 1, LONG), journal("after", 1)]
        outcomes = await asyncio.gather(commit(store, journal("opens", 1)), *(commit(store, write) for write in writes))
        assert [type(error) for (error,) in outcomes] == [type(None), type(None), StoreError, type(None)]
        assert [await load(store, key) for key in ("before", "large", "after")] == [Kept(1, "{}"), None, Kept(1, "{}")]
        await store.close()

    asyncio.run(main())


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let every write beyond that size fail with EFBIG, as a broken disk fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_input_and_output_that_fail_fail_the_transaction_and_the_store_goes_on_after(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = step_store(path)
    append(store, "a", "one")
    with files_of_at_most(Path(f"{path}-wal").stat().st_size + 10_000):
        outcome = put(store, journal("a", 2, LONG), journal("b", 1, LONG))
        assert get(store, "a") == Kept(1, "one")
    assert all(isinstance(error, StoreError) and "input or output failed" in str(error) for error in outcome)
    assert [get(store, "a"), get(store, "b")] == [Kept(1, "one"), None]
    append(store, "a", "two", LONG)
    assert get(store, "a") == Kept(3, LONG)
    assert store.verify() == []
    asyncio.run(store.close())
    store = step_store(path)
    assert get(store, "a") == Kept(3, LONG)
    asyncio.run(store.close())


def test_a_log_that_cannot_be_emptied_into_the_file_loses_nothing(tmp_path: Path) -> None:
    """The checkpoint fails, not the transaction: what was told to be safe is in the log."""
    path = tmp_path / "store.db"
    store = step_store(path)
    append(store, "a", "one")
    store._ledger._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    told = 1
    with files_of_at_most(path.stat().st_size + 2_000_000):
        store._ledger._connection.execute("PRAGMA wal_autocheckpoint = 10")
        for number in range(2, 41):
            if put(store, journal("a", number, LONG)) != [None]:
                break
            told = number
    assert 2 <= told < 40
    kept = get(store, "a")
    assert isinstance(kept, Kept)
    assert kept.sequence == told
    asyncio.run(store.close())
    store = step_store(path)
    assert get(store, "a") == Kept(told, LONG)
    assert store.verify() == []
    asyncio.run(store.close())


LOCKS = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
)


@contextlib.contextmanager
def locked_by_another_program(path: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", LOCKS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield
        other.communicate("")


@pytest.mark.parametrize("thread", [True, False])
def test_a_file_that_another_program_locks_can_be_read_and_opened_and_fails_writes_after_the_timeout(thread: bool, tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 2})

    async def main() -> None:
        with locked_by_another_program(path):
            store = SqliteStore(path, thread=thread, timeout=0.1)
            assert await load(store, "a") == Kept(2, '{"text": "a 2"}')
            assert store.verify() == []
            outcomes = await asyncio.gather(*(commit(store, journal("a", 3, "three")) for _ in range(5)))
            for (error,) in outcomes:
                assert isinstance(error, StoreError)
                assert "the file is locked" in str(error)
                assert "end the other program" in str(error)
        assert list(await commit(store, journal("a", 3, "three"))) == [None]
        await store.close()

    asyncio.run(main())


def test_writes_wait_for_another_program_as_long_as_the_timeout_allows(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 2})

    async def main() -> None:
        store = SqliteStore(path, timeout=30)
        with locked_by_another_program(path):
            waiting = asyncio.ensure_future(commit(store, journal("a", 3, "three")))
            await asyncio.sleep(0)
            assert not waiting.done()
        assert list(await waiting) == [None]
        await store.close()

    asyncio.run(main())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="actorweb-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Reach files as a user without rights: permissions do not bind root. Of this thread only."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None)
    libc.setfsuid(65534)
    try:
        yield
    finally:
        libc.setfsuid(0)


def test_a_read_only_file_is_refused_at_once_and_can_be_inspected(open_folder: Path) -> None:
    path = filled(open_folder / "store.db", {"a": 2})
    path.chmod(0o444)
    with as_nobody():
        with pytest.raises(StoreError, match="the file is read-only") as caught:
            SqliteStore(path)
        assert "permissions" in str(caught.value)
        with Inspection(str(path)) as inspection:
            assert [record.sequence for record in inspection.records("a")] == [1, 2]


def test_a_read_only_folder_is_refused_at_once_and_can_be_inspected(open_folder: Path) -> None:
    path = filled(open_folder / "store.db", {"a": 2})
    path.chmod(0o666)
    open_folder.chmod(0o555)
    with as_nobody():
        with pytest.raises(StoreError, match="cannot be opened|read-only"):
            SqliteStore(path)
        with pytest.raises(StoreError, match="cannot be opened"):
            SqliteStore(open_folder / "new.db")
        with Inspection(str(path)) as inspection:
            assert [record.sequence for record in inspection.records("a")] == [1, 2]
            assert inspection.verify() == []


def test_a_file_that_may_not_be_read_is_refused(open_folder: Path) -> None:
    path = filled(open_folder / "store.db", {"a": 2})
    path.chmod(0)
    with as_nobody():
        for attempt in (lambda: SqliteStore(path), lambda: Inspection(str(path))):
            with pytest.raises(StoreError, match="cannot be opened"):
                attempt()


def test_an_error_of_sqlite_that_has_no_meaning_here_is_told_with_its_cause() -> None:
    from actorweb.state.sqlite_file import failure

    error = failure("store.db", "writing", sqlite3.ProgrammingError("what is that"))
    assert "store.db: writing: SQLite failed (ProgrammingError): what is that" in str(error)
    assert isinstance(error.__cause__, sqlite3.ProgrammingError)
