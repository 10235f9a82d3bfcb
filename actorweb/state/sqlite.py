"""A store in a file of SQLite."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import weakref
from typing import TYPE_CHECKING

from actorweb.errors import NoThreads
from actorweb.errors.state import StoreError
from actorweb.state.fence import checked_keep, closed
from actorweb.state.memory import KEEP
from actorweb.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.state.inspection import Compaction, KeySummary, StoredRecord
    from actorweb.state.ledger import Ledger
    from actorweb.state.sqlite_inspection import Inspection
    from actorweb.state.sqlite_writer import Writer
    from actorweb.state.store import Kept, Write


class SqliteStore(Store):
    """Keeps records in a file, in a write-ahead log of SQLite. Several programs may have one file open.

    With `thread` (the default) a thread of its own writes, and gathers what comes while it waits for the disk into one
    transaction. Without, every call has been carried out when it returns, and the loop waits for the disk: for simulated
    worlds and for scripts.

    What is guaranteed: a journal's write that was told to be safe survives the end of the program, of the system and of
    the power supply; a snapshot's survives the end of the program. A transaction is kept as a whole or not at all. After a
    crash, one that was not told may be either, and so may the last one that failed because the disk did. Each record has a
    checksum, which is compared when it is read. A file that is taken away while it is open is an error of the next write.

    A journal keeps at least the last `keep` records of each key (None: all). `timeout` is the seconds for which another
    program may lock the file. `now` is the wall clock; records are ordered by their numbers, never by it.

    A program that ends without `close` still carries out what was asked for, unless the file is locked for too long or the
    program is killed: then what was not told may be lost. A store that nobody refers to any more closes itself.

    Raises `StoreError` for a path where no such file can be made, opened or written, `NewerState` for a file of newer code,
    `NoThreads` in a page unless `thread=False`. Sources: https://sqlite.org/wal.html; group commit: DeWitt et al., 1984.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        thread: bool = True,
        keep: int | None = KEEP,
        timeout: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name: str = os.fspath(path)
        self.synchronous: bool = not thread
        self._path = os.path.abspath(path)  # noqa: PTH100  (a Path's may raise; and the program may change its folder)
        self._timeout = timeout
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None
        checked_keep(self.name, keep)
        if self.name == ":memory:":
            raise StoreError("SqliteStore(':memory:') would be gone with its connection", "a path", "use MemoryStore()")
        if thread and sys.platform == "emscripten":
            raise NoThreads(f"SqliteStore({self.name!r}) was made in a page", "a host that has threads (CPython)", "give it thread=False")
        ledger = _ledger(self._path, self.name, keep, timeout, now)
        if thread:
            from actorweb.state.sqlite_writer import Writer  # noqa: PLC0415  (loads queue)

            self._writer = Writer(ledger, self.name, timeout)
            weakref.finalize(self, self._writer.end).atexit = False  # the writer takes care of the end of the program
        else:
            self._ledger = ledger

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        if self._writer is not None:
            self._writer.load(key, done, _loop(self.name))
            return
        if self._ledger is None:
            done(None, closed(self.name))
            return
        try:
            kept, error = self._ledger.load(key), None
        except StoreError as failure:
            kept, error = None, failure
        done(kept, error)

    def commit(self, writes: Sequence[Write], done: Callable[[Sequence[BaseException | None]], None]) -> None:
        if self._writer is not None:
            self._writer.commit(tuple(writes), done, _loop(self.name))
        elif self._ledger is None:
            done((closed(self.name),) * len(writes))
        else:
            (outcome,) = self._ledger.commit([writes])
            done(outcome)

    async def close(self) -> None:
        """Carry out what was asked for, and let go of the file. A second call waits for the same end."""
        if self._writer is not None:
            self._writer.end()
            await self._writer.ended()
        elif self._ledger is not None:
            ledger, self._ledger = self._ledger, None
            ledger.close()

    def keys(self) -> list[KeySummary]:
        """Give every key that has a record, in the order of the keys. Reads what has been committed. Raises `StoreError`."""
        with _inspection(self._path, self._timeout) as inspection:
            return inspection.keys()

    def records(self, key: str) -> list[StoredRecord]:
        """Give the records of a key, the newest last; none if there is no such key. Raises `DamagedRecord` and `StoreError`."""
        with _inspection(self._path, self._timeout) as inspection:
            return inspection.records(key)

    def verify(self) -> list[StoreError]:
        """Read the whole file and give all that is damaged in it. Raises `StoreError` if it cannot be opened."""
        with _inspection(self._path, self._timeout) as inspection:
            return inspection.verify()

    def compact(self, *, keep: int = 1) -> Compaction:
        """Remove all but the last `keep` records of each key, and give the room back to the system.

        The file may be in use; writes wait meanwhile. Changes nothing and raises `StoreError` where anything is damaged.
        """
        from actorweb.state.sqlite_compaction import compact  # noqa: PLC0415  (few programs compact)

        return compact(self._path, keep=keep, timeout=self._timeout)


def _ledger(path: str, name: str, keep: int | None, timeout: float, now: Callable[[], float]) -> Ledger:
    try:
        from actorweb.state.ledger import Ledger  # noqa: PLC0415  (loads sqlite3, which a page may not have)
    except ModuleNotFoundError as error:
        raise StoreError(f"{name}: this Python has no {error.name}", "a Python with SQLite", "load the package sqlite3 first, or use another store") from error
    return Ledger(path, name, keep=keep, timeout=timeout, now=now)


def _inspection(path: str, timeout: float) -> Inspection:
    from actorweb.state.sqlite_inspection import Inspection  # noqa: PLC0415  (few programs look into their stores)

    return Inspection(path, timeout=timeout)


def _loop(name: str) -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise StoreError(
            f"{name} was called where no loop runs", "a call from a coroutine or a callback", "give SqliteStore thread=False in a script"
        ) from None
