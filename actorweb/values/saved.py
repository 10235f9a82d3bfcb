"""The state of an actor as data: what a store keeps, what a history file tells, and what moves to another system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import DecodeError
from actorweb.values.codec import dumps, from_json, loads
from actorweb.values.json import Json
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actorweb.values.json import JsonObject


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

    def to_json(self) -> JsonObject:
        """Give it as JSON, the form that `system.export` gives."""
        timers = [{"key": timer.key, "left": timer.left, "interval": timer.interval, "mode": timer.mode, "message": timer.message} for timer in self.timers]
        return {
            "behavior": self.behavior,
            "schema": self.schema,
            "version": self.version,
            "modes": list(self.modes),
            "context": self.context,
            "message": self.message,
            "timers": timers,
            "at": self.at,
        }

    def to_text(self) -> str:
        """Give it as the text of a record."""
        return dumps(self.to_json())


def saved_from_text(text: str) -> Saved:
    """Read the text of a record. Raises `DecodeError`."""
    return saved_from_json(loads(text), "record")


def saved_from_json(data: object, path: str = "snapshot") -> Saved:
    """Read a saved state strictly. Raises `DecodeError` with the path."""
    given = _fields(data, path, ("behavior", "schema", "version", "modes", "context", "message", "timers", "at"))
    timers = from_json(tuple[object, ...], _json(given["timers"]), f"{path}.timers")
    saved = Saved(
        from_json(str, _json(given["behavior"]), f"{path}.behavior"),
        from_json(int, _json(given["schema"]), f"{path}.schema"),
        from_json(int, _json(given["version"]), f"{path}.version"),
        from_json(tuple[str, ...], _json(given["modes"]), f"{path}.modes"),
        _json(given["context"]),
        _json(given["message"]),
        tuple(_timer(timer, f"{path}.timers[{index}]") for index, timer in enumerate(timers)),
        from_json(float, _json(given["at"]), f"{path}.at"),
    )
    if saved.schema < 1 or saved.version < 0 or not saved.modes:
        raise DecodeError(f"{path} has schema {saved.schema}, version {saved.version} and the modes {saved.modes}", "what an export gave", "export it again")
    return saved


def _timer(data: object, path: str) -> SavedTimer:
    given = _fields(data, path, ("key", "left", "interval", "mode", "message"))
    key, interval = given["key"], given["interval"]
    return SavedTimer(
        None if key is None else from_json(str, _json(key), f"{path}.key"),
        from_json(float, _json(given["left"]), f"{path}.left"),
        None if interval is None else from_json(float, _json(interval), f"{path}.interval"),
        from_json(bool, _json(given["mode"]), f"{path}.mode"),
        _json(given["message"]),
    )


def _fields(data: object, path: str, names: tuple[str, ...]) -> Mapping[str, object]:
    given = from_json(dict[str, object], _json(data), path)
    for name in names:
        if name not in given:
            raise DecodeError(f"{path}.{name} is missing", f"the fields {', '.join(names)}", "give what an export or a store gave")
    for name in given:
        if name not in names:
            raise DecodeError(f"{path}.{name} is not a field of a saved state", f"only {', '.join(names)}", "give what an export or a store gave")
    return given


def _json(value: object) -> Json:
    data: Json = value  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (it came out of JSON)
    return data
