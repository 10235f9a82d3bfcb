"""A store in memory: for tests, for simulated worlds, and for pages that can keep nothing."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from actorweb.state.fence import checked_keep, closed, no_text, refusal
from actorweb.state.inspection import KeySummary, StoredRecord
from actorweb.state.store import Kept, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.errors.state import StoreError
    from actorweb.state.store import Write

KEEP = 1000
"""How many records of a key a journal keeps, unless told otherwise."""


class MemoryStore(Store):
    """Keeps records as long as it lives itself, and longer than the systems that use it.

    Several systems may share one, in several threads too: a key that two of them write is fenced as it is in a file. A
    journal keeps at least the last `keep` records of each key (None: all). `now` is the wall clock. Raises `StoreError` for
    a `keep` below 1.

    >>> from actorweb.state.store import Write
    >>> store = MemoryStore()
    >>> store.commit([Write("counter", 1, "{}", journal=True)], print)
    (None,)
    >>> store.load("counter", print)
    Kept(sequence=1, text='{}') None
    """

    def __init__(self, *, name: str = "memory", keep: int | None = KEEP, now: Callable[[], float] = time.time) -> None:
        self.name: str = name
        self.synchronous: bool = True
        self._keep = checked_keep(name, keep)
        self._now = now
        self._records: dict[str, list[StoredRecord]] = {}
        self._lock = Lock()
        self._closed = False

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        if self._closed:
            done(None, closed(self.name))
            return
        with self._lock:
            records = self._records.get(key)
            newest = records[-1] if records else None
        done(None if newest is None else Kept(newest.sequence, newest.text), None)

    def commit(self, writes: Sequence[Write], done: Callable[[Sequence[BaseException | None]], None]) -> None:
        failure = closed(self.name) if self._closed else no_text(self.name, writes)
        if failure is None:
            with self._lock:
                outcomes = tuple(self._keep_one(write) for write in writes)
            done(outcomes)
        else:
            done((failure,) * len(writes))

    def _keep_one(self, write: Write) -> StoreError | None:
        records = self._records.get(write.key, [])
        newest = records[-1].sequence if records else 0
        if write.sequence != newest + 1:
            return refusal(self.name, write.key, write.sequence, newest)
        if not write.journal:
            records.clear()
        elif self._keep is not None and len(records) >= 2 * self._keep:
            del records[: len(records) + 1 - self._keep]  # rarely, and many at a time
        records.append(StoredRecord(write.key, write.sequence, self._now(), write.text))
        self._records[write.key] = records
        return None

    async def close(self) -> None:
        """Fail every later call. What it holds can still be looked at."""
        self._closed = True

    def keys(self) -> list[KeySummary]:
        """Give every key that has a record, in the order of the keys."""
        with self._lock:
            return [
                KeySummary(key, records[-1].sequence, len(records), sum(len(record.text.encode()) for record in records), records[-1].at)
                for key, records in sorted(self._records.items())
            ]

    def records(self, key: str) -> list[StoredRecord]:
        """Give the records of a key, the newest last; none if there is no such key."""
        with self._lock:
            return list(self._records.get(key, ()))
