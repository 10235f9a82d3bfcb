"""History files: the versions of an actor and the messages that led to them, as JSON lines.

The first line names the behavior, `{"actorweb-history": 1, "behavior": "counter", "key": null}`; each other line is a saved
state with its `sequence`, the oldest first. `actorweb store export` writes the same of a journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import DecodeError
from actorweb.kernel.recorder import State
from actorweb.state.history import history_of, whole
from actorweb.state.saving import save
from actorweb.values.codec import dumps, loads
from actorweb.values.record import Record
from actorweb.values.saved import Saved, saved_from_json

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell

VERSION = 1


class Recorded(Record):
    """A history that was read from a file."""

    behavior: str
    states: tuple[Saved, ...]


def write_history(cell: Cell) -> str:
    """Give the history of an actor as the text of a file. Raises `Misuse` where it keeps none, and `EncodeError`."""
    entries = history_of(cell).entries
    lines = [dumps({"actorweb-history": VERSION, "behavior": cell._behavior.name, "key": None})]
    for sequence, entry in enumerate(entries, 1):
        state = State(whole(entry.snapshot), entry.snapshot.version, entry.modes)
        saved = save(entry.behavior, state, entry.message, entry.at)
        lines.append(dumps({"sequence": sequence, **saved.to_json()}))
    return "\n".join(lines) + "\n"


def read_history(text: str) -> Recorded:
    """Read the text of a history file. Raises `DecodeError` with the line."""
    lines = [line for line in text.splitlines() if line.strip()]
    head = loads(lines[0]) if lines else None
    if not isinstance(head, dict) or head.get("actorweb-history") != VERSION or not isinstance(head.get("behavior"), str):
        raise DecodeError(
            f"this is no history file: it begins with {lines[0][:80]!r}" if lines else "this is no history file: it is empty",
            f'a first line such as {{"actorweb-history": {VERSION}, "behavior": "counter", "key": null}}',
            "write one with system.export_history(ref) or `actorweb store export`",
        )
    states: list[Saved] = []
    for number, line in enumerate(lines[1:], 2):
        record = loads(line)
        if not isinstance(record, dict) or not isinstance(record.get("sequence"), int):
            raise DecodeError(f"line {number} has no sequence", "a saved state with its sequence", "write the file anew")
        states.append(saved_from_json({name: value for name, value in record.items() if name != "sequence"}, f"line {number}"))
    return Recorded(str(head["behavior"]), tuple(states))
