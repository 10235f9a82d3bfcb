"""`actorweb store`: what a file of records holds, whether it is sound, its journals as history files, and its compaction."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import ActorError
from actorweb.errors.state import NewerState, StoreError
from actorweb.state.history_file import VERSION
from actorweb.state.inspection import StoredRecord
from actorweb.state.sqlite_compaction import compact as compact_file
from actorweb.state.sqlite_inspection import Inspection
from actorweb.tools.run import pipe_broke
from actorweb.values.codec import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

    from actorweb.values.json import Json

Lines: TypeAlias = "tuple[str, ...]"
SOUND, DAMAGED, BAD_USE = 0, 1, 2
"""The exit statuses."""
HEAD = ("KEY", "RECORD", "KEPT", "BYTES", "WRITTEN")


class Console:
    """Where a command writes to. For a terminal it writes what people read, otherwise JSON lines."""

    def __init__(self, out: TextIO, err: TextIO, *, people: bool) -> None:
        self._out = out
        self._err = err
        self.people = people
        self.failed: int = 0

    def say(self, *lines: str) -> None:
        """Write lines of the result."""
        for line in lines:
            self._out.write(line + "\n")

    def complain(self, error: ActorError) -> None:
        """Write an error, and count it."""
        self.failed += 1
        self._out.flush()
        self._err.write(f"{error}\n")


def inspect(path: str, key: str | None, console: Console) -> int:
    """Show the keys of a file, or the newest record of one key."""
    with Inspection(path) as inspection:
        if key is not None:
            return _inspect_key(inspection, key, console) if _has(inspection, path, key, console) else BAD_USE
        summaries = inspection.keys()
    if console.people:
        rows = [HEAD, *((_visible(each.key), f"{each.sequence:,}", f"{each.records:,}", f"{each.size:,}", _when(each.at)) for each in summaries)]
        console.say(*_table(rows), _keys(len(summaries)))
    else:
        for each in summaries:
            console.say(dumps({"key": each.key, "sequence": each.sequence, "records": each.records, "bytes": each.size, "at": each.at}))
    return SOUND


def _inspect_key(inspection: Inspection, key: str, console: Console) -> int:
    newest: StoredRecord | StoreError | None = None
    count = 0
    for each in inspection.each(key):
        newest = each
        count += 1
    if not isinstance(newest, StoredRecord):
        raise newest or StoreError(f"key {key!r} has no record", "a record", "see `actorweb store verify`")
    state = _state(newest)
    if not console.people:
        console.say(dumps({"sequence": newest.sequence, **state}))
        return SOUND
    console.say(f"{_visible(key)}: record {newest.sequence:,}, written {_when(newest.at)}; {count:,} kept")
    console.say(json.dumps(state, indent=2, ensure_ascii=True))
    return SOUND


def export(path: str, key: str | None, console: Console) -> int:
    """Write the journals of all keys, or of one, as history files. A damaged record is left out and told."""
    with Inspection(path) as inspection:
        if key is not None and not _has(inspection, path, key, console):
            return BAD_USE
        for each in inspection.names() if key is None else [key]:
            _export_key(inspection, each, console)
    return DAMAGED if console.failed else SOUND


def _export_key(inspection: Inspection, key: str, console: Console) -> None:
    begun = False
    for record in inspection.each(key):
        if isinstance(record, StoreError):
            console.complain(record)
            continue
        try:
            state = _state(record)
        except StoreError as error:
            console.complain(error)
            continue
        if not begun:
            console.say(dumps({"actorweb-history": VERSION, "behavior": state.get("behavior"), "key": key}))
            begun = True
        console.say(dumps({"sequence": record.sequence, **state}))


def compact(path: str, keep: int, console: Console) -> int:
    """Remove all but the last records of each key."""
    done = compact_file(path, keep=keep)
    if console.people:
        console.say(f"{path}: {done.removed:,} records removed; {done.before:,} bytes before, {done.after:,} after")
    else:
        console.say(dumps({"removed": done.removed, "before": done.before, "after": done.after}))
    return SOUND


def verify(path: str, console: Console) -> int:
    """Read the whole file, and tell all that is damaged in it."""
    with Inspection(path) as inspection:
        damages = inspection.verify()
        for damage in damages:
            console.complain(damage)
        if not damages:
            summaries = inspection.keys()
            console.say(f"{path}: {sum(each.records for each in summaries):,} records under {_keys(len(summaries))}, all sound")
    return DAMAGED if damages else SOUND


def _has(inspection: Inspection, path: str, key: str, console: Console) -> bool:
    names = inspection.names()
    if key in names:
        return True
    known = ", ".join(map(_visible, names[:10])) + (" …" if len(names) > 10 else "")  # noqa: PLR2004  (a row of a terminal)
    console.complain(StoreError(f"{path}: there is no key {key!r}", f"one of its keys: {known or 'it has none'}", "see all with `actorweb store inspect`"))
    return False


def _state(record: StoredRecord) -> Mapping[str, Json]:
    """Give what a record says. Raises `StoreError` where no actor wrote it."""
    try:
        state = loads(record.text)
    except ActorError as error:
        raise StoreError(f"key {record.key!r}, record {record.sequence}: {error.happened}", error.expected, "see which program wrote it") from error
    if not isinstance(state, dict):
        raise StoreError(
            f"key {record.key!r}, record {record.sequence}: it is {record.text[:80]!r}", "the state of an actor, as JSON", "see which program wrote it"
        )
    return state


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count:,} keys"


def _visible(text: str) -> str:
    """Give a key as it is if a terminal can show it, and otherwise quoted, with what controls a terminal made harmless."""
    return text if text and text.isprintable() and text == text.strip() else repr(text)


def _when(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")
    except (OverflowError, ValueError, OSError):
        return f"{at:g} s"


def _table(rows: Sequence[Lines]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for key, *numbers, when in rows:
        cells = [key.ljust(widths[0]), *(number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)), when]
        lines.append("  ".join(cells).rstrip())
    return lines


def run(path: str, command: Callable[[Console], int], *, verifies: bool = False) -> int:
    """Run one of the commands on a file. Gives the exit status: 0; 1 for damage and failures; 2 for a file or a key that there is not."""
    out: TextIO = sys.stdout
    console = Console(out, sys.stderr, people=out.isatty())
    if isinstance(out, TextIOWrapper):
        if console.people:
            out.reconfigure(errors="backslashreplace")  # a terminal shows what it can
        else:
            out.reconfigure(encoding="utf-8")  # JSON lines are UTF-8 everywhere
    try:
        with Inspection(path):
            pass
    except StoreError as error:
        console.complain(error)
        return DAMAGED if verifies and Path(path).is_file() and not isinstance(error, NewerState) else BAD_USE
    try:
        status = command(console)
        out.flush()
    except ActorError as error:
        console.complain(error)
        return DAMAGED
    except BrokenPipeError:
        return pipe_broke()
    return status
