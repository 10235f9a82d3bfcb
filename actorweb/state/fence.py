"""What every store refuses alike: a write behind the fence, a text that is none, a call after the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors.state import LostOwnership, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.state.store import Write


def refusal(store: str, key: str, sequence: int, newest: int) -> LostOwnership:
    """Give the error for a write of record `sequence` where `newest` is the newest (0: the store holds none)."""
    held = f"it holds record {newest}" if newest else "it holds none"
    return LostOwnership(key, store, f"record {sequence} does not follow what the store holds, for {held}: somebody else wrote, or this owner is late")


def checked_keep(store: str, keep: int | None) -> int | None:
    """Give `keep` if a journal can keep so many records. Raises `StoreError`."""
    if keep is not None and keep < 1:
        raise StoreError(f"{store}: keep={keep!r}", "how many records of each key to keep: 1 or more, or None for all", "give another number")
    return keep


def closed(store: str) -> StoreError:
    """Give the error of a call that comes after `close`."""
    return StoreError(f"{store} has been closed", "a store that is open", "close it after the system that uses it has ended")


def no_text(store: str, writes: Sequence[Write]) -> StoreError | None:
    """Give the error if a key or a text of these writes cannot be written as UTF-8: no file and no database would take it."""
    for write in writes:
        try:
            (write.key + write.text).encode()
        except UnicodeEncodeError as error:
            failure = StoreError(
                f"{store}: key {write.key!r}, record {write.sequence}: its text is no Unicode text ({error.reason} at {error.start})",
                "text without lone surrogates",
                "clean the text before it gets into a context; none of this transaction was kept",
            )
            failure.__cause__ = error
            return failure
    return None
