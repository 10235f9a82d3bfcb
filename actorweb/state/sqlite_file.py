"""A file of SQLite that holds records: its schema, how it is opened, and what its errors mean.

There are two tables. `records` has the records; `keys` has the number of the newest one of each key, which is the fence
that writes are checked against, and by which a record that was lost is missed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from actorweb.errors.state import NewerState, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION = 0x41637477
"""What marks a file as ours: "Actw" (https://sqlite.org/pragma.html#pragma_application_id)."""
SCHEMA = 1
"""The version of the tables, kept as `user_version`."""
TABLES = (
    "CREATE TABLE keys (key TEXT NOT NULL PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID",
    # With row ids: new records of all keys go to the end of the file, side by side, and only their index is spread.
    """CREATE TABLE records (
        key TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, checksum INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (key, sequence)
    )""",
)
LOG_LIMIT = 64 * 1024 * 1024
"""The bytes to which the log is cut back after it has been larger."""

ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What a call of sqlite3 raises; the second where a damaged schema gets into the text of an error."""

# The primary result codes (https://sqlite.org/rescode.html), and what can be done.
BUSY = 5
CORRUPT = 11
_MEANINGS = {
    5: ("the file is locked", "a file that others lock for less than the timeout", "end the other program that writes it, or give a longer timeout"),
    6: ("the file is locked", "a file that others lock for less than the timeout", "end the other program that writes it, or give a longer timeout"),
    8: ("the file is read-only", "a file and a folder that this program may write", "change their permissions, or give another path"),
    10: ("input or output failed", "a disk that works", "see the system's log; check the disk, and then the file with `actorweb store verify`"),
    11: ("the file is damaged", "a file as it was written", "see what can be read with `actorweb store verify`, and bring the file back from a copy"),
    13: ("the disk is full", "room for what is written", "make room; what was not kept was told to whoever asked for it"),
    14: ("the file cannot be opened", "a file in a folder that exists, both of which this program may write", "create the folder, or give another path"),
    18: ("a text is too long", "a record of less than a thousand million bytes", "keep less in one actor"),
    26: ("this is no file of SQLite", "a file that a SqliteStore made", "give another path; if this was such a file, bring it back from a copy"),
}


def primary(error: BaseException) -> int:
    """Give the primary result code of an error of SQLite, 0 for any other."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def failure(name: str, doing: str, error: BaseException) -> StoreError:
    """Give the error of a store for what SQLite said while it was `doing` something."""
    happened, expected, do = _MEANINGS.get(
        primary(error), (f"SQLite failed ({type(error).__name__})", "a file that works", "see the cause, and check the file with `actorweb store verify`")
    )
    made = StoreError(f"{name}: {doing}: {happened}: {error}", expected, do)
    made.__cause__ = error
    return made


def open_to_write(path: str, timeout: float, *, create: bool = True) -> sqlite3.Connection:
    """Open a file for the one thread that writes it, and make its tables if it is new.

    Raises `StoreError`: for what is no file of SQLite, or not one of ours; for what may not be written or opened; and where
    WAL does not work. Raises `NewerState` for a file of a later schema.
    """
    if not create and not Path(path).is_file():
        raise no_file(path)
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        _prepare(connection, path, timeout, create=create)
        writer, connection = connection, None
    except ERRORS as error:
        raise failure(path, "opening", error) from error
    finally:
        if connection is not None:
            connection.close()
    return writer


def _prepare(connection: sqlite3.Connection, path: str, timeout: float, *, create: bool) -> None:
    connection.text_factory = bytes  # a damaged text is not decoded before it is checked
    if not _looks_ours(connection, path, new=create):
        _use_log(connection, path, timeout)
        connection.execute("BEGIN IMMEDIATE")
        if not _is_ours(connection, path, new=create):  # another program may have been faster
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    else:
        _use_log(connection, path, timeout)
    connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT}")
    connection.execute("PRAGMA fullfsync = ON")  # only macOS knows it: there a plain fsync does not reach the disk
    connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is an error before it is read
    _try_to_write(connection, timeout)


def _looks_ours(connection: sqlite3.Connection, path: str, *, new: bool) -> bool:
    """Tell the same of a file that another program may just be making: all is read at one moment."""
    connection.execute("BEGIN")
    try:
        return _is_ours(connection, path, new=new)
    finally:
        roll_back(connection)


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction; SQLite may have done so itself when the disk failed."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _is_ours(connection: sqlite3.Connection, path: str, *, new: bool) -> bool:
    """Tell whether a file has our tables; False only for an empty one, where `new` ones are welcome. Raises `StoreError` and `NewerState`."""
    application, version = pragma(connection, "application_id"), pragma(connection, "user_version")
    if new and application == 0 and version == 0 and pragma(connection, "schema_version") == 0:
        return False
    if application != APPLICATION:
        raise StoreError(f"{path}: this file of SQLite belongs to another program", "a file that a SqliteStore made", "give another path")
    if not isinstance(version, int) or version > SCHEMA:
        raise NewerState(f"{path}: its schema has version {version}", f"version {SCHEMA}, the newest that this code knows", "update actorweb")
    if version < SCHEMA:
        raise StoreError(f"{path}: its schema has version {version}", f"version {SCHEMA}", "bring the file back from a copy")
    if pragma(connection, "encoding") != b"UTF-8":
        raise StoreError(f"{path}: its encoding is not UTF-8", "a file as a SqliteStore made it", "bring the file back from a copy")
    return True


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Give what a pragma says."""
    row: tuple[object, ...] | None = connection.execute(f"PRAGMA {name}").fetchone()
    return None if row is None else row[0]


def _use_log(connection: sqlite3.Connection, path: str, timeout: float) -> None:
    """Switch to a write-ahead log. Two programs that do so at once get "locked" at once, whatever the timeout."""
    until = time.monotonic() + timeout
    while True:
        try:
            mode = pragma(connection, "journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if primary(error) != BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
    if mode != b"wal":
        raise StoreError(f"{path}: no write-ahead log is possible here", "a file on a disk of this machine", "give such a path, or use MemoryStore() for tests")


def _try_to_write(connection: sqlite3.Connection, timeout: float) -> None:
    """Find out now, not at the first write, that a file is read-only. That somebody else writes it just now is no harm."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(f"PRAGMA user_version = {SCHEMA}")  # BEGIN alone succeeds in a read-only file
        finally:
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if primary(error) != BUSY:
            raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(timeout * 1000)}")


def open_to_read(path: str, timeout: float) -> sqlite3.Connection:
    """Open a file for inspection: nothing can be written through it. Raises as `open_to_write` does, and for what is not there."""
    if not Path(path).is_file():
        raise no_file(path)
    last: sqlite3.Error | None = None
    for address in _addresses(path):
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(address, timeout=timeout, isolation_level=None, check_same_thread=False, uri=True)
            connection.text_factory = bytes
            if _looks_ours(connection, path, new=False):
                reader, connection = connection, None
                return reader
        except sqlite3.OperationalError as error:
            last = error
        except ERRORS as error:
            raise failure(path, "opening", error) from error
        finally:
            if connection is not None:
                connection.close()
    raise failure(path, "opening", last or sqlite3.Error("no reason given")) from last


def _addresses(path: str) -> Iterator[str]:
    """Give how to open a file to read: as others do; then, if it has no log, as one that nobody changes (a folder that is read-only)."""
    address = Path(path).absolute().as_uri()
    yield f"{address}?mode=ro"
    if not Path(f"{path}-wal").exists():
        yield f"{address}?mode=ro&immutable=1"


def no_file(path: str) -> StoreError:
    """Give the error for a file that is not there."""
    return StoreError(f"{path}: there is no such file", "a file that a SqliteStore made", "correct the path")


def identity(path: str) -> tuple[int, int] | None:
    """Give what tells a file from any other that gets its name, or None if there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116  (once for each transaction: half the time of a Path's)
    except OSError:
        return None
    return found.st_dev, found.st_ino
