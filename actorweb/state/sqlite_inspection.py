"""The inspection of a file of records: what it holds, and whether it is sound. It never writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors.state import DamagedRecord, StoreError
from actorweb.state.checksum import read
from actorweb.state.inspection import KeySummary, StoredRecord
from actorweb.state.sqlite_file import ERRORS, failure, open_to_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actorweb.values.generics import Self

_KEYS = (
    "SELECT keys.key, keys.sequence, count(records.sequence), total(length(CAST(text AS BLOB))),"
    " (SELECT at FROM records WHERE records.key = keys.key ORDER BY sequence DESC LIMIT 1)"
    " FROM keys LEFT JOIN records ON records.key = keys.key GROUP BY keys.key ORDER BY keys.key"
)
_RECORDS = "SELECT sequence, at, checksum, text FROM records WHERE key = CAST(? AS TEXT) ORDER BY sequence"
MOST = 1000
"""So many faults of the file's structure are told."""


class Inspection:
    """Reads a file on a connection of its own, and as it was at one moment: others may go on writing.

    Raises `StoreError` for what is no such file, `NewerState` for one of newer code.
    """

    def __init__(self, path: str, *, timeout: float = 5.0) -> None:
        self._name = path
        self._connection = open_to_read(path, timeout)
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def keys(self) -> list[KeySummary]:
        """Give every key, in the order of the keys. Raises `StoreError` where the file is damaged."""
        try:
            rows = self._connection.execute(_KEYS).fetchall()
            return [KeySummary(key.decode(), sequence, records, int(size), (at or 0) / 1000) for key, sequence, records, size, at in rows]
        except (*ERRORS, AttributeError, TypeError) as error:
            raise failure(self._name, "reading the keys", error) from error

    def names(self) -> list[str]:
        """Give the keys alone, in their order. Raises `StoreError` as `keys` does."""
        try:
            return [key.decode() for (key,) in self._connection.execute("SELECT key FROM keys ORDER BY key")]
        except (*ERRORS, AttributeError) as error:
            raise failure(self._name, "reading the keys", error) from error

    def records(self, key: str) -> list[StoredRecord]:
        """Give the records of a key, the newest last. Raises `DamagedRecord` and `StoreError`."""
        records: list[StoredRecord] = []
        for record in self.each(key):
            if isinstance(record, StoreError):
                raise record
            records.append(record)
        return records

    def each(self, key: str) -> Iterator[StoredRecord | StoreError]:
        """Give each record of a key, and for a damaged one the error. One that is missing is such an error, too."""
        last: int | None = None
        try:
            name = key.encode()
            for row in self._connection.execute(_RECORDS, (name,)):
                record = read(self._name, key, row)
                if not isinstance(record, DamagedRecord):
                    if last is not None and record.sequence != last + 1:
                        yield DamagedRecord(self._name, key, last + 1, f"it is missing: {record.sequence} follows {last}")
                    last = record.sequence
                elif record.sequence:
                    last = record.sequence
                yield record
            (newest,) = self._connection.execute("SELECT sequence FROM keys WHERE key = CAST(? AS TEXT)", (name,)).fetchone() or (None,)
        except (*ERRORS, UnicodeEncodeError) as error:
            yield failure(self._name, f"key {key!r}: reading behind record {last or 0}", error)
            return
        if newest != last:
            what = "its key is missing from the table of keys" if newest is None else f"it is missing; the newest that is left is {last}"
            yield DamagedRecord(self._name, key, newest if isinstance(newest, int) else last or 0, what)

    def verify(self) -> list[StoreError]:
        """Read all, and give all that is damaged: SQLite's own structure, and each record."""
        return [*self._structure(), *self._contents()]

    def _structure(self) -> Iterator[StoreError]:
        try:
            for (told,) in self._connection.execute(f"PRAGMA integrity_check({MOST})").fetchall():
                if told != b"ok":
                    fault = told.decode(errors="replace") if isinstance(told, bytes) else repr(told)
                    yield StoreError(f"{self._name}: {fault}", "a file as SQLite wrote it", "bring the file back from a copy")
        except ERRORS as error:
            yield failure(self._name, "checking its structure", error)

    def _contents(self) -> Iterator[StoreError]:
        names: dict[bytes, None] = {}
        for table in ("keys", "records"):
            try:
                for (key,) in self._connection.execute(f"SELECT DISTINCT key FROM {table}"):  # noqa: S608  (one of two words)
                    names[key if isinstance(key, bytes) else repr(key).encode()] = None
            except ERRORS as error:
                yield failure(self._name, f"reading the table {table}", error)
        for name in names:
            try:
                key = name.decode()
            except UnicodeDecodeError as error:
                yield failure(self._name, f"key {name!r}", error)
                continue
            for record in self.each(key):
                if isinstance(record, StoreError):
                    yield record
