"""Values of later rooms that have a text for themselves, such as the address of an answer."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Portable(Protocol):
    """What the codec writes and reads as a text without knowing what it is."""

    def __to_json__(self) -> str:
        """Give the text. Raises `EncodeError`."""
        ...

    @classmethod
    def __from_json__(cls, text: str, path: str) -> object:
        """Give the value that a text stands for. Raises `DecodeError` with the path."""
        ...
