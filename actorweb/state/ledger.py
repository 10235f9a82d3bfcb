"""The ledger: a file of records, seen from the one thread that writes it."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors.state import DamagedRecord, StoreError
from actorweb.state.checksum import checksum, fault
from actorweb.state.fence import no_text, refusal
from actorweb.state.sqlite_file import BUSY, CORRUPT, ERRORS, failure, identity, open_to_write, pragma, primary
from actorweb.state.store import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.errors.state import LostOwnership
    from actorweb.state.store import Write

Outcome: TypeAlias = "Sequence[BaseException | None]"

# One statement, so that both tables are seen at one moment.
_LOAD = (
    "SELECT (SELECT sequence FROM keys WHERE key = ?1), newest.* FROM (SELECT 1) LEFT JOIN"
    " (SELECT sequence, at, checksum, text FROM records WHERE key = ?1 ORDER BY sequence DESC LIMIT 1) AS newest"
)
KNOWN = 100_000
"""So many keys have their newest number remembered."""


class Work:
    """What a transaction will write."""

    __slots__ = ("at", "new", "newest", "outdated", "rows")

    def __init__(self, at: int) -> None:
        self.at: int = at
        self.new: list[tuple[str]] = []
        self.newest: dict[str, int] = {}
        self.rows: list[tuple[str, int, int, int, str]] = []
        self.outdated: list[tuple[str, int]] = []


class Ledger:
    """Commits batches of writes, and loads the newest records. Every call waits until it is done."""

    def __init__(self, path: str, name: str, *, keep: int | None, timeout: float, now: Callable[[], float]) -> None:
        self._path = path
        self._name = name
        self._keep = keep
        self._every = max(1, (keep or 0) // 8)  # so many writes of a key lie between two prunings
        self._now = now
        self._connection = open_to_write(path, timeout)
        self._file = identity(path)
        self._log: tuple[int, int] | None = None  # SQLite makes it with the first write, and one stays until the last has let go
        self._full: bool | None = None
        self._known: dict[str, int] = {}  # the newest numbers, as long as nobody else writes the file
        self._version: object = None

    def load(self, key: str) -> Kept | None:
        """Give the newest record of a key. Raises `DamagedRecord` and `StoreError`."""
        try:
            known, *row = self._connection.execute(_LOAD, (key,)).fetchone()
        except Exception as error:
            raise self._unread(key, error) from error
        sequence, at, check, text = row
        if known is None and sequence is None:
            return None
        if not isinstance(known, int):
            raise DamagedRecord(self._name, key, sequence if isinstance(sequence, int) else 0, "its key is missing from the table of keys")
        if sequence != known:
            raise DamagedRecord(self._name, key, known, f"it is missing; the newest that is left is {sequence}")
        why = fault(key, (sequence, at, check, text))
        if why is not None:
            raise DamagedRecord(self._name, key, known, why)
        try:
            return Kept(known, text.decode())
        except UnicodeDecodeError as error:
            raise DamagedRecord(self._name, key, known, f"its text is no UTF-8: {error.reason} at {error.start}") from error

    def _unread(self, key: str, error: Exception) -> StoreError:
        """Give the error for a key that cannot be read, with the number of its newest record where that can be told."""
        if primary(error) == CORRUPT:
            with contextlib.suppress(*ERRORS):  # then the error without the number has to do
                row = self._connection.execute("SELECT sequence FROM keys WHERE key = ?", (key,)).fetchone()
                if row is not None and isinstance(row[0], int):
                    damaged = DamagedRecord(self._name, key, row[0], f"its page of the file is damaged: {error}")
                    damaged.__cause__ = error
                    return damaged
        return failure(self._name, f"key {key!r}: loading", error)

    def commit(self, batches: Sequence[Sequence[Write]]) -> list[Outcome]:
        """Carry out batches in one transaction, and give what became of each write of each.

        When it fails, each batch is tried alone, so that one that cannot be kept (a text that is too long, no room for a
        large one) harms no other. When the file stays locked, none is.
        """
        try:
            return self._transact(batches)
        except Exception as error:  # noqa: BLE001  (whatever it is, it belongs to those who asked for the writes)
            if len(batches) > 1 and primary(error) != BUSY:
                return [outcome for batch in batches for outcome in self.commit([batch])]
            if isinstance(error, StoreError):
                return [(error,) * len(batch) for batch in batches]
            return [tuple(failure(self._name, f"key {write.key!r}, record {write.sequence}: writing", error) for write in batch) for batch in batches]

    def _transact(self, batches: Sequence[Sequence[Write]]) -> list[Outcome]:
        self._look_for_the_file()
        self._synchronize(full=any(write.journal for batch in batches for write in batch))
        work = Work(int(self._now() * 1000))
        outcomes: list[Outcome] = []
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._forget_what_others_changed()
            for batch in batches:
                broken = no_text(self._name, batch)
                outcomes.append([self._take(write, work) for write in batch] if broken is None else (broken,) * len(batch))
            if work.rows:
                self._carry_out(work)
            self._connection.execute("COMMIT")
        except BaseException:
            self._known.clear()
            self._roll_back()
            raise
        self._known.update(work.newest)
        if self._log is None:
            self._log = identity(f"{self._path}-wal")
        return outcomes

    def _look_for_the_file(self) -> None:
        """A file that was removed or replaced while it is open could still be written, and would be gone with its last reader."""
        if identity(self._path) != self._file or (self._log is not None and identity(f"{self._path}-wal") != self._log):
            raise StoreError(
                f"{self._name}: the file or its log was removed, moved or replaced while it was open",
                "a file that stays where it is while a program has it open",
                "bring both back from where they are now, and start again; nothing more is written",
            )

    def _forget_what_others_changed(self) -> None:
        """Forget the newest numbers if another program has written since; and when there are very many."""
        version = pragma(self._connection, "data_version")
        if version != self._version or len(self._known) > KNOWN:
            self._known.clear()
            self._version = version

    def _take(self, write: Write, work: Work) -> LostOwnership | None:
        """Take the next number of a key, if the write makes it."""
        key, sequence = write.key, write.sequence
        newest = work.newest.get(key)
        if newest is None:
            newest = self._known.get(key)
            if newest is None:
                row = self._connection.execute("SELECT sequence FROM keys WHERE key = ?", (key,)).fetchone()
                newest = 0 if row is None else row[0]
        if sequence != newest + 1:
            return refusal(self._name, key, sequence, newest)
        work.newest[key] = sequence
        if sequence == 1:
            work.new.append((key,))
        text = write.text
        work.rows.append((key, sequence, work.at, checksum(key.encode(), sequence, work.at, text.encode()), text))
        if not write.journal:
            work.outdated.append((key, sequence - 1))
        elif self._keep is not None and sequence % self._every == 0:
            work.outdated.append((key, sequence - self._keep))
        return None

    def _carry_out(self, work: Work) -> None:
        """Write what was taken: statements for many rows cost a third of one for each."""
        many = self._connection.executemany
        if work.new:
            many("INSERT INTO keys VALUES (?, 0)", work.new)
        if many("UPDATE keys SET sequence = ?2 WHERE key = ?1", work.newest.items()).rowcount != len(work.newest):
            raise sqlite3.DatabaseError("a key is missing from the table of keys")
        many("INSERT INTO records VALUES (?, ?, ?, ?, ?)", work.rows)
        if work.outdated:
            many("DELETE FROM records WHERE key = ? AND sequence <= ?", work.outdated)

    def _synchronize(self, *, full: bool) -> None:
        """A journal's transaction waits for the disk; that of snapshots need not: a crash of the machine may lose the last of them."""
        if self._connection.in_transaction:
            self._roll_back()  # an earlier rollback failed
        if full is not self._full:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
            self._full = full

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite rolls back by itself when the disk fails
            with contextlib.suppress(*ERRORS):  # what failed first is what is told; the next transaction tries again
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file. What the log holds goes into it, unless somebody else has it open."""
        self._connection.close()
