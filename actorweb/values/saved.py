"""The state of an actor as data: what a store keeps, what a history file tells, and what moves to another system."""

from __future__ import annotations

from actorweb.values.json import Json
from actorweb.values.record import Record


class SavedTimer(Record):
    """A timer that was set. `left` is in seconds from `Saved.at`; `interval` is that of an `Every`."""

    key: str | None
    left: float
    interval: float | None
    mode: bool
    message: Json


class Saved(Record):
    """The state of an actor after one turn.

    `schema` is the version of the behavior that wrote it, `version` that of the snapshot, `modes` the stack of modes with
    the present one last. `message` is what the turn handled (None where it has no JSON form), `at` the time of the wall
    clock in seconds since 1970.
    """

    behavior: str
    schema: int
    version: int
    modes: tuple[str, ...]
    context: Json
    message: Json = None
    timers: tuple[SavedTimer, ...] = ()
    at: float = 0.0
