"""What a store tells people and tools about what it holds."""

from __future__ import annotations

from actorweb.values.record import Record


class KeySummary(Record):
    """A key: the newest record's sequence number and time, how many records are kept, and the bytes of their texts.

    `at` is the wall clock when that record was written, in seconds since 1970. Clocks go back; sequence numbers do not.
    """

    key: str
    sequence: int
    records: int
    size: int
    at: float


class StoredRecord(Record):
    """A record as it is kept."""

    key: str
    sequence: int
    at: float
    text: str


class Compaction(Record):
    """What a compaction did: how many records it removed, and the bytes of the file and its log before and after."""

    removed: int
    before: int
    after: int
