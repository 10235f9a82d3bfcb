"""SqliteStore: the file, the thread that writes it, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import struct
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actorweb.errors import NoThreads
from actorweb.errors.state import NewerState, StoreError
from actorweb.state.sqlite import SqliteStore
from actorweb.state.sqlite_inspection import Inspection
from actorweb.state.store import Kept, Write
from tests.state.specification import commit, journal, load, snapshot
from tests.state.steps import append, filled, get, harm, put, step_store

ROOT = Path(__file__).resolve().parents[2]


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, timeout=60, check=False
    )


def test_sqlite_is_loaded_when_a_store_is_made_and_not_before() -> None:
    done = python("import sys, actorweb.state.sqlite; print('sqlite3' in sys.modules, 'queue' in sys.modules)")
    assert done.stdout == "False False\n", done.stderr


def test_the_file_names_its_program_and_its_schema_and_has_a_write_ahead_log(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 1})
    connection = sqlite3.connect(path)
    said = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version", "journal_mode")]
    connection.close()
    assert said == [int.from_bytes(b"Actw", "big"), 1, "wal"]


def test_a_journal_waits_for_the_disk_and_snapshots_do_not(tmp_path: Path) -> None:
    store = step_store(tmp_path / "store.db")
    modes = []
    for write in (snapshot("a", 1), journal("a", 2), snapshot("a", 3)):
        put(store, write)
        modes.append(store._ledger._connection.execute("PRAGMA synchronous").fetchone()[0])
    assert modes == [1, 2, 1]  # NORMAL, FULL, NORMAL
    put(store, snapshot("b", 1), journal("a", 4))
    assert store._ledger._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    asyncio.run(store.close())


def test_the_newest_record_is_found_by_an_index(tmp_path: Path) -> None:
    from actorweb.state.ledger import _LOAD

    connection = sqlite3.connect(filled(tmp_path / "store.db", {"a": 3}))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {_LOAD}", ("a",))]
    connection.close()
    assert any("SEARCH records USING INDEX" in step for step in plan)
    assert any("SEARCH keys USING PRIMARY KEY" in step for step in plan)
    assert not [step for step in plan if "SCAN records" in step or "SCAN keys" in step]


def test_transactions_that_wait_share_one_of_the_file(tmp_path: Path) -> None:
    """The second and all that follow wait for the first; they leave one commit record in the log, which has one for each transaction."""

    async def main() -> int:
        store = SqliteStore(tmp_path / "store.db")
        connection = store._writer._ledger._connection
        commits: list[str] = []
        connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
        outcomes = await asyncio.gather(*(commit(store, journal(f"key {number}", 1)) for number in range(500)))
        assert all(list(outcome) == [None] for outcome in outcomes)
        await store.close()
        return len(commits)

    assert asyncio.run(main()) < 50


def test_a_transaction_that_fails_alone_fails_alone_in_a_group(tmp_path: Path) -> None:
    """Here: a number that SQLite cannot hold, among transactions that share one of the file."""

    path = filled(tmp_path / "store.db", {"huge": 1})
    harm(path, "UPDATE keys SET sequence = ?", 2**63 - 1)

    async def main() -> None:
        store = SqliteStore(path)
        writes = [journal("first", 1), journal("a", 1), journal("huge", 2**63), journal("b", 1)]
        outcomes = await asyncio.gather(*(commit(store, write) for write in writes))
        kinds = [type(outcome[0]) for outcome in outcomes]
        assert kinds == [type(None), type(None), StoreError, type(None)]
        assert isinstance(outcomes[2][0].__cause__, struct.error)
        assert [await load(store, key) for key in ("a", "b")] == [Kept(1, "{}")] * 2
        await store.close()

    asyncio.run(main())


def test_a_done_that_raises_is_told_to_its_loop_and_the_others_are_called(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(type(context["exception"])))
        store.commit([journal("a", 1)], lambda outcome: 1 / 0)
        store.commit([journal("b", 1)], told.append)
        await store.close()
        await asyncio.sleep(0)
        assert told in ([ZeroDivisionError, [None]], [[None], ZeroDivisionError])

    asyncio.run(main())


def test_a_loop_that_has_been_closed_is_not_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")

    async def ask() -> None:
        for number in range(1, 101):
            store.commit([journal("a", number, str(number))], lambda outcome: None)

    async def see() -> None:
        assert await load(store, "a") == Kept(100, "100")
        await store.close()

    asyncio.run(ask())
    asyncio.run(see())


def test_a_call_without_a_loop_says_what_to_do(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    with pytest.raises(StoreError, match="thread=False"):
        store.commit([journal("a", 1)], lambda outcome: None)
    with pytest.raises(StoreError, match="where no loop runs"):
        store.load("a", lambda kept, error: None)
    asyncio.run(store.close())


def test_a_store_that_nobody_refers_to_closes_itself(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = SqliteStore(tmp_path / "store.db")
    (thread,) = set(threading.enumerate()) - before
    del store
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
    assert not (tmp_path / "store.db-wal").exists(), "the last one to let go of the file removes its log"


def test_after_its_end_a_store_keeps_no_thread_and_no_loop(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = SqliteStore(tmp_path / "store.db")
    (thread,) = set(threading.enumerate()) - before
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await commit(store, journal("a", 1))
        await store.close()

    asyncio.run(main())
    thread.join(10)
    gc.collect()
    assert not thread.is_alive()
    assert [loop() for loop in loops] == [None]


FORGETS = """
import asyncio, sys
from actorweb.state.sqlite import SqliteStore
from actorweb.state.store import Write
store = SqliteStore(sys.argv[1], timeout=float(sys.argv[2]))
async def main():
    for number in range(1, 501):
        store.commit([Write("a", number, str(number), journal=True)], lambda outcome: None)
asyncio.run(main())
print("the end")
"""


def test_a_program_that_forgets_to_close_ends_and_what_it_asked_for_is_kept(tmp_path: Path) -> None:
    done = python(FORGETS, str(tmp_path / "store.db"), "5")
    assert (done.returncode, done.stdout, done.stderr) == (0, "the end\n", "")
    store = step_store(tmp_path / "store.db")
    assert get(store, "a") == Kept(500, "500")
    asyncio.run(store.close())


def test_a_program_that_forgets_to_close_ends_even_when_the_file_is_locked(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"b": 1})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = python(FORGETS, str(path), "0.1")
    other.close()
    assert (done.returncode, done.stdout) == (0, "the end\n")
    store = step_store(path)
    assert get(store, "a") is None
    asyncio.run(store.close())


def test_many_that_make_the_same_new_file_at_once_all_succeed(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def make(number: int) -> list[BaseException | None]:
        barrier.wait()
        store = step_store(tmp_path / "store.db")
        outcome = put(store, journal(f"key {number}", 1))
        asyncio.run(store.close())
        return outcome

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [[None]] * 8
    with Inspection(str(tmp_path / "store.db")) as inspection:
        assert len(inspection.keys()) == 8


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda path: path.write_text("this is a text, and it is longer than a header of SQLite's: " * 20), "this is no file of SQLite"),
        (lambda path: path.mkdir(), "cannot be opened"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE things (a)").connection.close(), "belongs to another program"),
        (lambda path: harm_header(path, "user_version", 0), "schema has version 0"),
        (lambda path: harm_header(path, "application_id", 7), "belongs to another program"),
    ],
)
def test_what_is_not_a_file_of_ours_is_refused_and_left_as_it_is(prepare, says: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=says) as caught:
        SqliteStore(path)
    assert str(path) in str(caught.value)
    assert "\nDo: " in str(caught.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def harm_header(path: Path, name: str, value: int) -> None:
    filled(path, {"a": 1})
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {name} = {value}")
    connection.close()


def test_a_file_of_newer_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    harm_header(path, "user_version", 2)
    for attempt in (lambda: SqliteStore(path), lambda: Inspection(str(path))):
        with pytest.raises(NewerState, match="version 2") as caught:
            attempt()
        assert "update actorweb" in str(caught.value)


def test_a_folder_that_is_not_there_and_memory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(tmp_path / "nowhere" / "store.db")
    with pytest.raises(StoreError, match="MemoryStore"):
        SqliteStore(":memory:")


@pytest.mark.parametrize("keep", [0, -1])
def test_a_journal_that_keeps_nothing_is_refused(keep: int, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"keep={keep}"):
        SqliteStore(tmp_path / "store.db", keep=keep)


def test_a_page_has_no_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(NoThreads, match="thread=False"):
        SqliteStore(tmp_path / "store.db")


def test_a_python_without_sqlite_says_so(tmp_path: Path) -> None:
    done = python(
        "import sys; sys.modules['sqlite3'] = None\nfrom actorweb.state.sqlite import SqliteStore\nSqliteStore(sys.argv[1])", str(tmp_path / "store.db")
    )
    assert "this Python has no sqlite3" in done.stderr


def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path) -> None:
    times = iter([1000.0, 500.0, 0.0, -5.0, 2000.5])
    store = SqliteStore(tmp_path / "store.db", thread=False, now=lambda: next(times))
    append(store, "a", "one", "two", "three", "four", "five")
    assert get(store, "a") == Kept(5, "five")
    assert [(record.sequence, record.at) for record in store.records("a")] == [(1, 1000.0), (2, 500.0), (3, 0.0), (4, -5.0), (5, 2000.5)]
    assert store.verify() == []
    asyncio.run(store.close())


def test_a_store_says_what_it_holds(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", thread=False, now=lambda: 12.5)
    append(store, "b", "xx", "ä")
    append(store, "a", "1", "2", "3", journal=False)
    assert [(each.key, each.sequence, each.records, each.size, each.at) for each in store.keys()] == [("a", 3, 1, 1, 12.5), ("b", 2, 2, 4, 12.5)]
    assert [(each.sequence, each.text) for each in store.records("b")] == [(1, "xx"), (2, "ä")]
    assert store.records("nobody") == []
    asyncio.run(store.close())


def test_compaction_keeps_the_last_records_and_the_fences(tmp_path: Path) -> None:
    store = step_store(tmp_path / "store.db")
    for key in "abc":
        append(store, key, *("long " * 1000 for _ in range(50)))
    done = store.compact(keep=2)
    assert done.removed == 3 * 48
    assert done.after < done.before / 10
    assert [(each.key, each.sequence, each.records) for each in store.keys()] == [("a", 50, 2), ("b", 50, 2), ("c", 50, 2)]
    assert store.verify() == []
    append(store, "a", "goes on")
    assert get(store, "a") == Kept(51, "goes on")
    with pytest.raises(StoreError, match="keep=0"):
        store.compact(keep=0)
    asyncio.run(store.close())


def test_compaction_of_a_damaged_file_changes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 5, "b": 5})
    harm(path, "UPDATE records SET text = 'other' WHERE key = 'a' AND sequence = 5")
    before = path.read_bytes()
    store = step_store(path)
    with pytest.raises(StoreError, match="damaged in 1 places.*record 5"):
        store.compact()
    asyncio.run(store.close())
    assert path.read_bytes() == before


def test_an_inspection_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.db", {"a": 3})
    store = step_store(path)
    with Inspection(str(path)) as inspection:
        assert inspection.names() == ["a"]
        append(store, "a", "4")
        assert put(store, Write("b", 1, "1", journal=True)) == [None]
        assert [record.sequence for record in inspection.records("a")] == [1, 2, 3]
        assert inspection.verify() == []
    assert [summary.key for summary in store.keys()] == ["a", "b"]
    asyncio.run(store.close())


@pytest.mark.parametrize("name", ["a b.db", "what?.db", "half#.db", "100%41.db", "größe.db", "file:x.db", "it's.db"])
def test_a_path_is_a_path_whatever_is_in_it(name: str, tmp_path: Path) -> None:
    store = step_store(filled(tmp_path / name, {"a": 2}))
    assert get(store, "a") == Kept(2, '{"text": "a 2"}')
    assert [record.sequence for record in store.records("a")] == [1, 2]
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))] == [name]
    asyncio.run(store.close())


def test_a_relative_path_stays_where_it_was_when_the_program_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = step_store(Path("store.db"))
    append(store, "a", "one")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    append(store, "a", "two")
    assert [record.text for record in store.records("a")] == ["one", "two"]
    assert store.name == "store.db"
    asyncio.run(store.close())


@pytest.mark.parametrize("lost", ["store.db", "store.db-wal"])
@pytest.mark.parametrize("way", ["removed", "replaced"])
def test_a_file_that_is_taken_away_while_it_is_open_is_told_at_the_next_write(lost: str, way: str, tmp_path: Path) -> None:
    """SQLite goes on writing a file without a name: it would be told to be safe, and gone with the end of the program."""
    store = step_store(tmp_path / "store.db")
    append(store, "a", "one")
    copy = (tmp_path / lost).read_bytes()
    (tmp_path / lost).rename(tmp_path / "moved")
    if way == "replaced":
        (tmp_path / lost).write_bytes(copy)
    (error,) = put(store, journal("a", 2, "two"))
    assert isinstance(error, StoreError)
    assert "removed, moved or replaced" in str(error)
    asyncio.run(store.close())


SHARES = """
import asyncio, sys
from actorweb.errors.state import LostOwnership
from actorweb.state.sqlite import SqliteStore
from actorweb.state.store import Write

async def main(path, own, count):
    store = SqliteStore(path, thread=own != "own 1", timeout=30, keep=None)
    async def call(method, argument):
        future = asyncio.get_running_loop().create_future()
        method(argument, lambda *told: future.set_result(told))
        return await future
    lost = 0
    for number in range(1, count + 1):
        while True:
            kept, error = await call(store.load, "shared")
            assert error is None, error
            next_one = 1 if kept is None else kept.sequence + 1
            ((shared, mine),) = await call(store.commit, [Write("shared", next_one, own, True), Write(own, number + lost, str(number), True)])
            assert mine is None, mine
            if shared is None:
                break
            assert isinstance(shared, LostOwnership), shared
            lost += 1
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def test_programs_that_write_one_file_at_once_fence_each_other_and_lose_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    with ThreadPoolExecutor(3) as pool:
        for done in pool.map(lambda number: python(SHARES, path, f"own {number}", "60"), range(3)):
            assert (done.returncode, done.stderr) == (0, "")
    with Inspection(path) as inspection:
        assert [summary.sequence for summary in inspection.keys() if summary.key == "shared"] == [180]
        assert sorted(record.text for record in inspection.records("shared")) == sorted(f"own {number}" for number in range(3) for _ in range(60))
        assert inspection.verify() == []
