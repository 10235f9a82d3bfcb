"""The compaction of a file of records."""

from __future__ import annotations

from pathlib import Path

from actorweb.errors.state import StoreError
from actorweb.state.fence import checked_keep
from actorweb.state.inspection import Compaction
from actorweb.state.sqlite_file import ERRORS, failure, open_to_write
from actorweb.state.sqlite_inspection import Inspection

_OUTDATED = "DELETE FROM records WHERE sequence <= (SELECT sequence FROM keys WHERE keys.key = records.key) - ?"


def compact(path: str, *, keep: int = 1, timeout: float = 5.0) -> Compaction:
    """Remove all but the last `keep` records of each key, and give the room back to the system.

    The file may be in use by others: their fences stay as they are. Where anything is damaged nothing is changed, since an
    older record may be all that is left of an actor: raises `StoreError`, and for a file that cannot be opened or is locked.
    """
    checked_keep(path, keep)
    with Inspection(path, timeout=timeout) as inspection:
        damages = inspection.verify()
    if damages:
        raise StoreError(
            f"{path}: it is damaged in {len(damages)} places, the first: {damages[0].happened}",
            "a sound file: older records may be all that is left of an actor",
            "see all with `actorweb store verify`, and mend it first",
        ) from damages[0]
    connection = open_to_write(path, timeout, create=False)
    try:
        before = size(path)
        removed = connection.execute(_OUTDATED, (keep,)).rowcount
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Compaction(removed, before, size(path))
    except ERRORS as error:
        raise failure(path, "compacting", error) from error
    finally:
        connection.close()


def size(path: str) -> int:
    """Give the bytes that a file and its log take."""
    return sum(part.stat().st_size for part in (Path(path), Path(f"{path}-wal")) if part.exists())
