"""The checksum of a record: whether it is read as it was written."""

from __future__ import annotations

from struct import Struct
from typing import TypeAlias
from zlib import crc32

from actorweb.errors.state import DamagedRecord
from actorweb.state.inspection import StoredRecord

Row: TypeAlias = "tuple[object, object, object, object]"
"""Sequence, time in milliseconds, checksum and text, as a file gave them."""

_pack = Struct("<qqq").pack


def checksum(key: bytes, sequence: int, at: int, text: bytes) -> int:
    """Give the CRC-32 of a record. The key is part of it, so that a record that strayed to another key is found out."""
    return crc32(text, crc32(_pack(len(key), sequence, at) + key))


def fault(key: str, row: Row) -> str | None:
    """Tell what is wrong with a row, or None."""
    sequence, at, check, text = row
    if not isinstance(sequence, int):
        return f"its number is {sequence!r}"
    if not (isinstance(at, int) and isinstance(check, int) and isinstance(text, bytes)):
        return "its fields are not of their types"
    if checksum(key.encode(), sequence, at, text) != check:
        return "its checksum does not fit its text"
    return None


def read(store: str, key: str, row: Row) -> StoredRecord | DamagedRecord:
    """Give the record that a row holds, or the error that names it."""
    why = fault(key, row)
    sequence, at, _, text = row
    number = sequence if isinstance(sequence, int) else 0
    if why is None and isinstance(at, int) and isinstance(text, bytes):
        try:
            return StoredRecord(key, number, at / 1000, text.decode())
        except UnicodeDecodeError as error:
            why = f"its text is no UTF-8: {error.reason} at {error.start}"
    return DamagedRecord(store, key, number, why or "it cannot be read")
