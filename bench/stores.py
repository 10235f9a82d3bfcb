"""Stores against bare sqlite3 that does the same inserts in the same transactions, on the same disk."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

from actorweb.state.sqlite import SqliteStore
from actorweb.state.sqlite_file import TABLES
from actorweb.state.store import Write

TEXT = '{"behavior":"counter","schema":1,"version":17,"modes":["default"],"context":{"count":15,"step":1,"labels":[]},"message":null,"timers":[],"at":1.5e9}'
CHECK = 0x12345678


class Bare:
    """A file of SQLite with one table, written without anything around it."""

    def __init__(self, folder: str, *, synchronous: str = "FULL") -> None:
        self.connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        self.connection.execute(TABLES[-1])

    def commit(self, rows: list[tuple[str, int, int, int, str]], *, replace: bool = False) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        if replace:
            self.connection.executemany("UPDATE records SET sequence = ?, at = ?, checksum = ?, text = ? WHERE key = ?", [(*row[1:], row[0]) for row in rows])
        else:
            self.connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def load(self, key: str) -> object:
        return self.connection.execute("SELECT sequence, text FROM records WHERE key = ? ORDER BY sequence DESC LIMIT 1", (key,)).fetchone()


def keys(count: int) -> list[str]:
    return [f"counters/{number}" for number in range(count)]


def bare_append(transactions: int, size: int) -> float:
    """Give the seconds of so many transactions of bare sqlite3, each with a record of so many keys."""
    with tempfile.TemporaryDirectory() as folder:
        bare, names = Bare(folder), keys(size)
        begun = time.perf_counter()
        for number in range(1, transactions + 1):
            bare.commit([(key, number, 1, CHECK, TEXT) for key in names])
        took = time.perf_counter() - begun
        bare.connection.close()
    return took


def append(transactions: int, size: int, *, thread: bool) -> float:
    """Give the seconds of the same with a store, each transaction asked for when the one before is safe."""

    async def run(folder: str) -> float:
        store, names = SqliteStore(Path(folder) / "store.db", thread=thread, keep=None), keys(size)
        begun = time.perf_counter()
        for number in range(1, transactions + 1):
            await _commit(store, [Write(key, number, TEXT, True) for key in names])
        took = time.perf_counter() - begun
        await store.close()
        return took

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(folder))


async def _commit(store: SqliteStore, writes: list[Write]) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def told(outcome) -> None:
        if any(outcome):
            done.set_exception(next(error for error in outcome if error))
        else:
            done.set_result(None)

    store.commit(writes, told)
    await done


def append_at_once(count: int) -> tuple[float, list[int]]:
    """Give the seconds for so many keys that each ask for a record at once, and the transactions that the store made of them."""

    async def run(folder: str) -> tuple[float, list[int]]:
        store = SqliteStore(Path(folder) / "store.db", keep=None)
        sizes: list[int] = []
        commit = store._writer._ledger.commit

        def counted(batches):
            sizes.append(len(batches))
            return commit(batches)

        store._writer._ledger.commit = counted
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        left = count

        def told(outcome) -> None:
            nonlocal left
            left -= 1
            if not left:
                done.set_result(None)

        begun = time.perf_counter()
        for key in keys(count):
            store.commit([Write(key, 1, TEXT, True)], told)
        await done
        took = time.perf_counter() - begun
        await store.close()
        return took, sizes

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(folder))


def bare_append_at_once(sizes: list[int]) -> float:
    """Give the seconds of bare sqlite3 for the same records in the same transactions."""
    with tempfile.TemporaryDirectory() as folder:
        bare, names = Bare(folder), iter(keys(sum(sizes)))
        begun = time.perf_counter()
        for size in sizes:
            bare.commit([(next(names), 1, 1, CHECK, TEXT) for _ in range(size)])
        took = time.perf_counter() - begun
        bare.connection.close()
    return took


def snapshots(transactions: int, size: int) -> tuple[float, float]:
    """Give the seconds of a store and of bare sqlite3 that replace the record of so many keys again and again."""

    async def run(folder: str) -> float:
        store, names = SqliteStore(Path(folder) / "store.db"), keys(size)
        await _commit(store, [Write(key, 1, TEXT, False) for key in names])
        begun = time.perf_counter()
        for number in range(2, transactions + 2):
            await _commit(store, [Write(key, number, TEXT, False) for key in names])
        took = time.perf_counter() - begun
        await store.close()
        return took

    with tempfile.TemporaryDirectory() as folder:
        ours = asyncio.run(run(folder))
        bare, names = Bare(folder, synchronous="NORMAL"), keys(size)
        bare.commit([(key, 1, 1, CHECK, TEXT) for key in names])
        begun = time.perf_counter()
        for number in range(2, transactions + 2):
            bare.commit([(key, number, 1, CHECK, TEXT) for key in names], replace=True)
        theirs = time.perf_counter() - begun
        bare.connection.close()
    return ours, theirs


def loads(count: int) -> tuple[float, float]:
    """Give the seconds in which a store and bare sqlite3 give the newest record of so many keys, asked for at once."""

    async def run(folder: str) -> float:
        store, names = SqliteStore(Path(folder) / "store.db"), keys(count)
        await _commit(store, [Write(key, 1, TEXT, True) for key in names])
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        left = count

        def loaded(kept, error) -> None:
            nonlocal left
            assert kept.text == TEXT
            left -= 1
            if not left:
                done.set_result(None)

        begun = time.perf_counter()
        for key in names:
            store.load(key, loaded)
        await done
        took = time.perf_counter() - begun
        await store.close()
        return took

    with tempfile.TemporaryDirectory() as folder:
        ours = asyncio.run(run(folder))
        bare, names = Bare(folder), keys(count)
        bare.commit([(key, 1, 1, CHECK, TEXT) for key in names])
        begun = time.perf_counter()
        for key in names:
            bare.load(key)
        theirs = time.perf_counter() - begun
        bare.connection.close()
    return ours, theirs
