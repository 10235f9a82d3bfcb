"""The ledger: a file of records, seen from the one thread that writes it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors.state import DamagedRecord, StoreError
from actorweb.state.checksum import checksum, read
from actorweb.state.fence import no_text, refusal
from actorweb.state.sqlite_file import BUSY, CORRUPT, ERRORS, failure, open_to_write, primary
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


class Ledger:
    """Commits batches of writes, and loads the newest records. Every call waits until it is done."""

    def __init__(self, name: str, *, keep: int | None, timeout: float, now: Callable[[], float]) -> None:
        self._name = name
        self._keep = keep
        self._every = None if keep is None else max(1, keep // 8)  # so many writes of a key lie between two prunings
        self._now = now
        self._connection = open_to_write(name, timeout)
        self._full: bool | None = None

    def load(self, key: str) -> Kept | None:
        """Give the newest record of a key. Raises `DamagedRecord` and `StoreError`."""
        try:
            known, *row = self._connection.execute(_LOAD, (key,)).fetchone()
        except Exception as error:
            raise self._unread(key, error) from error
        sequence, at, check, text = row
        if known is None and sequence is None:
            return None
        record = read(self._name, key, (sequence, at, check, text))
        if not isinstance(known, int):
            raise DamagedRecord(self._name, key, sequence if isinstance(sequence, int) else 0, "its key is missing from the table of keys")
        if sequence != known:
            raise DamagedRecord(self._name, key, known, f"it is missing; the newest that is left is {sequence}")
        if isinstance(record, DamagedRecord):
            raise record
        return Kept(record.sequence, record.text)

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
            return [tuple(failure(self._name, f"key {write.key!r}, record {write.sequence}: writing", error) for write in batch) for batch in batches]

    def _transact(self, batches: Sequence[Sequence[Write]]) -> list[Outcome]:
        self._synchronize(full=any(write.journal for batch in batches for write in batch))
        execute, many = self._connection.execute, self._connection.executemany
        at = int(self._now() * 1000)
        rows: list[tuple[str, int, int, int, str]] = []
        outdated: list[tuple[str, int]] = []
        outcomes: list[Outcome] = []
        execute("BEGIN IMMEDIATE")
        try:
            for batch in batches:
                broken = no_text(self._name, batch)
                if broken is not None:
                    outcomes.append((broken,) * len(batch))
                    continue
                outcome: list[BaseException | None] = []
                for write in batch:
                    refused = self._fence(write)
                    outcome.append(refused)
                    if refused is not None:
                        continue
                    check = checksum(write.key.encode(), write.sequence, at, write.text.encode())
                    rows.append((write.key, write.sequence, at, check, write.text))
                    if not write.journal:
                        outdated.append((write.key, write.sequence - 1))
                    elif self._every is not None and self._keep is not None and write.sequence % self._every == 0:
                        outdated.append((write.key, write.sequence - self._keep))
                outcomes.append(outcome)
            many("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
            if outdated:
                many("DELETE FROM records WHERE key = ? AND sequence <= ?", outdated)
            execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return outcomes

    def _fence(self, write: Write) -> LostOwnership | None:
        """Take the next number of a key, if the write makes it."""
        key, sequence = write.key, write.sequence
        if sequence == 1:
            taken = self._connection.execute("INSERT INTO keys VALUES (?, 1) ON CONFLICT DO NOTHING", (key,)).rowcount
        else:
            taken = self._connection.execute("UPDATE keys SET sequence = ? WHERE key = ? AND sequence = ?", (sequence, key, sequence - 1)).rowcount
        if taken == 1:
            return None
        row = self._connection.execute("SELECT sequence FROM keys WHERE key = ?", (key,)).fetchone()
        return refusal(self._name, key, sequence, 0 if row is None else row[0])

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
