"""The protocol between a page and a host: one JSON text a batch, both ways.

Page → host, `{"ack": frame, "ops": [op, …]}`, in order:

    ["mount", element, tag, {property: value, …}]      an element is in the document
    ["set", element, property, value]                  a property or attribute changed (already converted)
    ["event", element, number, slot, {field: value}]   a DOM event; numbers grow per element
    ["send", element, message]                         element.send
    ["ask", element, ask, message, seconds]            element.ask
    ["snapshot", element]                              somebody read element.snapshot: keep it fresh
    ["unmount", element]                               it left the document

Host → page, `{"frame": number, …}`; every entry but `frame` may be missing:

    "statics"   [[number, strings, holes], …]     new statics (see `frame`)
    "elements"  [[element, acknowledged, look], …] look: null, a whole template [statics, …], or {"c": changes}
    "values"    [[element, {property: value}], …] what `read=` properties say now
    "snapshots" [[element, snapshot], …]
    "events"    [[element, name, detail, bubbles, composed], …]
    "replies"   [[ask, value, error], …]          error: null or {"name", "code", "text"}
    "states"    [[element, "ready" | "failed" | "crashed" | "kept" | "unsaved", text], …]  kept: text is its key
    "custom"    [[element, [state, …]], …]        its custom states now: a machine's states and tags, or the mode
    "console"   [[level, text], …]
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import BadWire
from actorweb.values.codec import loads

if TYPE_CHECKING:
    from actorweb.values.json import Json, JsonObject


@dataclasses.dataclass(frozen=True, slots=True)
class Mount:
    element: int
    tag: str
    values: JsonObject


@dataclasses.dataclass(frozen=True, slots=True)
class SetProperty:
    element: int
    name: str
    value: Json


@dataclasses.dataclass(frozen=True, slots=True)
class DomEvent:
    element: int
    number: int
    slot: int
    fields: JsonObject


@dataclasses.dataclass(frozen=True, slots=True)
class Send:
    element: int
    message: Json


@dataclasses.dataclass(frozen=True, slots=True)
class AskElement:
    element: int
    number: int
    message: Json
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class ReadSnapshot:
    element: int


@dataclasses.dataclass(frozen=True, slots=True)
class Unmount:
    element: int


Op: TypeAlias = Mount | SetProperty | DomEvent | Send | AskElement | ReadSnapshot | Unmount

_OPS: dict[str, tuple[type[Op], tuple[type | tuple[type, ...], ...]]] = {
    "mount": (Mount, (int, str, dict)),
    "set": (SetProperty, (int, str, object)),
    "event": (DomEvent, (int, int, int, dict)),
    "send": (Send, (int, object)),
    "ask": (AskElement, (int, int, object, (int, float))),
    "snapshot": (ReadSnapshot, (int,)),
    "unmount": (Unmount, (int,)),
}


def read_batch(text: str) -> tuple[int, list[Op]]:
    """Read what a page sent: the frame it acknowledges, and its operations. Raises `BadWire` and `DecodeError`."""
    data = loads(text)
    if not isinstance(data, dict) or set(data) != {"ack", "ops"} or type(data["ack"]) is not int or not isinstance(data["ops"], list):
        raise BadWire(f"a batch is {text[:80]!r}", '{"ack": number, "ops": [op, …]}', "let only the shim of the same version speak to a host")
    return data["ack"], [_read_op(op) for op in data["ops"]]


def _read_op(op: Json) -> Op:
    if isinstance(op, list) and op and isinstance(op[0], str) and op[0] in _OPS:
        kind, types = _OPS[op[0]]
        arguments = op[1:]
        if len(arguments) == len(types) and all(
            isinstance(value, wanted) and (wanted is object or not isinstance(value, bool)) for value, wanted in zip(arguments, types, strict=True)
        ):
            return kind(*arguments)  # pyright: ignore[reportArgumentType]  (checked against the table above)
    raise BadWire(f"an operation is {str(op)[:80]}", f"one of {', '.join(_OPS)} with its arguments", "let only the shim of the same version speak to a host")
