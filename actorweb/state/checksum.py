"""The checksum of a record: whether it is read as it was written."""

from __future__ import annotations

from typing import TypeAlias
from zlib import crc32

from actorweb.errors.state import DamagedRecord
from actorweb.state.inspection import StoredRecord

Row: TypeAlias = "tuple[object, object, object, object]"
"""Sequence, time in milliseconds, checksum and text, as a file gave them."""


def checksum(key: bytes, sequence: int, at: int, text: bytes) -> int:
    """Give the CRC-32 of a record. The key is part of it, so that a record that strayed to another key is found out."""
    return crc32(text, crc32(b"%d %d %d " % (len(key), sequence, at) + key))


def read(store: str, key: str, row: Row) -> StoredRecord | DamagedRecord:
    """Give the record that a row holds, or the error that names it."""
    sequence, at, check, text = row
    if not isinstance(sequence, int):
        return DamagedRecord(store, key, 0, f"its number is {sequence!r}")
    if not (isinstance(at, int) and isinstance(check, int) and isinstance(text, bytes)):
        return DamagedRecord(store, key, sequence, "its fields are not of their types")
    if checksum(key.encode(), sequence, at, text) != check:
        return DamagedRecord(store, key, sequence, "its checksum does not fit its text")
    try:
        return StoredRecord(key, sequence, at / 1000, text.decode())
    except UnicodeDecodeError as error:
        return DamagedRecord(store, key, sequence, f"its text is no UTF-8: {error.reason} at {error.start}")
