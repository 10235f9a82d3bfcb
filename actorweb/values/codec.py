"""Strict JSON for messages, dataclasses and plain values.

Readers and writers are compiled once per type. Reading is total: whatever the text holds, the outcome is a value of the
declared type or a `DecodeError` that names the place. Nothing is guessed and nothing is dropped: an unknown field, a
missing field, a wrong type are errors. Never `eval` of what was read, never pickle.

| type | JSON |
|---|---|
| None, bool, int, float, str, `Literal` | as it is; a whole float is taken for an int, since JavaScript has one kind of number |
| `object`, `Json`, an unbound type variable | any JSON, given as it came: its arrays are lists and its objects dicts, which can be changed in place |
| message | an object of its fields, and `"type"`: its wire name (it may be missing where only that message can stand) |
| dataclass, NamedTuple, TypedDict | an object of its fields; generic ones too, `Box[int]` |
| union | what its options are, if no JSON value could be two of them; if two options are classes, each says `"type"`: its wire name, or the name of the class |
| enum | the value of the member; of a `Flag` the number |
| tuple, `Sequence`, list; frozenset | an array; sets sorted by their texts |
| mapping | an object; keys are texts, or what is a text in JSON (enum, date, UUID …), or ints in decimal |
| datetime, date, time, timedelta | ISO 8601 |
| UUID, Decimal, bytes | a text; bytes in base64 |

`Annotated`, `NewType` and type aliases are looked through. A field that a dataclass computes for itself (`init=False`) does not cross.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TypeVar

from actorweb.errors import DecodeError, EncodeError
from actorweb.values.json import Json
from actorweb.values.json_text import DEPTH, dumps, loads
from actorweb.values.message import is_message_type, wire_name
from actorweb.values.misfit import Misfit
from actorweb.values.reading import reader
from actorweb.values.writing import write_any, writer

__all__ = ["DEPTH", "dumps", "encode_as", "fields_to_json", "from_json", "loads", "message_from_json", "to_json"]

T = TypeVar("T")


def to_json(value: object) -> Json:
    """Give the JSON form of a value by its own class. A message is `{"type": wire name, **fields}`. Raises `EncodeError` with the path.

    What a field holds that does not fit its annotation is written by its own class too; use `encode_as` for what must be
    read back.
    """
    try:
        return write_any(value, 1)
    except Misfit as misfit:
        raise EncodeError(*misfit.told("value")) from misfit.__cause__


def encode_as(kind: object, value: object, path: str = "value") -> Json:
    """Give the JSON form of a value as a declared type, so that `from_json` of that type gives an equal value. Raises `EncodeError` with the path.

    What does not fit the type is refused, however deep inside. In a union the classes say which of them a value is:

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Open:
    ...     by: str
    >>> @dataclass(frozen=True)
    ... class Closed: ...
    >>> encode_as(Open | Closed, Closed())
    {'type': 'Closed'}
    """
    try:
        return writer(kind)(value, 1)
    except Misfit as misfit:
        raise EncodeError(*misfit.told(path)) from misfit.__cause__


def fields_to_json(value: object) -> dict[str, Json]:
    """Give the fields of a message or dataclass as JSON, without its type. Raises `EncodeError` with the path."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise EncodeError(f"{value!r} has no fields", "a message or a dataclass", "decorate its class with @message")
    try:
        written = write_any(value, 1)
    except Misfit as misfit:
        raise EncodeError(*misfit.told("")) from misfit.__cause__
    return {field.name: written[field.name] for field in dataclasses.fields(value) if field.init} if isinstance(written, dict) else {}


def from_json(kind: type[T], data: Json, path: str = "value") -> T:
    """Read a value of a type from JSON. Raises `DecodeError` with the path.

    >>> from_json(tuple[int, ...], [1, 2])
    (1, 2)
    """
    try:
        value: T = reader(kind)(data)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a reader gives its type's values)
    except Misfit as misfit:
        raise DecodeError(*misfit.told(path)) from misfit.__cause__
    except RecursionError:
        raise DecodeError(f"{path} is nested too deeply", f"at most {DEPTH} levels", "flatten the value") from None
    return value


def message_from_json(messages: Mapping[str, type], data: object, path: str = "message") -> object:
    """Read `{"type": wire name, **fields}` as one of the given message types. Raises `DecodeError` with the path."""
    if not isinstance(data, Mapping):
        return from_json(dict[str, object], data, path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (which refuses it)
    name = data.get("type")
    kind = messages.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(sorted(messages)) or "no messages at all"
        raise DecodeError(f"{path}.type: {name!r} is no message that this behavior takes", f"one of {known}", 'send {"type": one of them, …its fields}')
    takes_type = is_message_type(kind) and wire_name(kind) == name and "type" not in getattr(kind, "__dataclass_fields__", {})
    return from_json(kind, data if takes_type else {key: value for key, value in data.items() if key != "type"}, path)
