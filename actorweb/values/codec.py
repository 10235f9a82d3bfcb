"""Strict JSON for messages, dataclasses and plain values.

Readers and writers are compiled once per type. Reading is total: whatever the text holds, the outcome is a value of the
declared type or a `DecodeError` that names the place. Nothing is guessed and nothing is dropped: an unknown field, a
missing field, a wrong type are errors. Never `eval`, never pickle.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from types import NoneType, UnionType
from typing import Literal, NewType, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from actorweb.errors import DecodeError, EncodeError
from actorweb.values.json import Json
from actorweb.values.message import is_message_type, wire_name
from actorweb.values.portable import Portable

T = TypeVar("T")

Reader: TypeAlias = "Callable[[object, str], object]"
DEPTH = 64
"""How deeply JSON may be nested."""
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def loads(text: str) -> Json:
    """Read JSON text strictly: no NaN, no duplicate keys, no nesting deeper than 64. Raises `DecodeError`."""
    _check_depth(text)
    try:
        data: Json = _decoder.decode(text)
    except DecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"this is no JSON: {error}", "one JSON value", "look at the text near that place") from None
    return data


def dumps(value: Json) -> str:
    """Write JSON text: compact, keys in their order, text as it is."""
    return _encoder.encode(value)


def to_json(value: object) -> Json:
    """Give the JSON form of a value. A message is `{"type": wire name, **fields}`. Raises `EncodeError` with the path."""
    return _write(value, "value", 0)


def fields_to_json(value: object) -> dict[str, Json]:
    """Give the fields of a message or dataclass as JSON, without its type. Raises `EncodeError` with the path."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise EncodeError(f"{value!r} has no fields", "a message or a dataclass", "decorate its class with @message")
    return {field.name: _write(getattr(value, field.name), field.name, 1) for field in dataclasses.fields(value)}


def from_json(kind: type[T], data: Json, path: str = "value") -> T:
    """Read a value of a type from JSON. Raises `DecodeError` with the path.

    >>> from_json(tuple[int, ...], [1, 2])
    (1, 2)
    """
    value: T = _reader(kind)(data, path)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a reader gives its type's values)
    return value


def message_from_json(messages: Mapping[str, type], data: object, path: str = "message") -> object:
    """Read `{"type": wire name, **fields}` as one of the given message types. Raises `DecodeError` with the path."""
    event = _object(data, path)
    name = event.get("type")
    kind = messages.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(sorted(messages)) or "no messages at all"
        raise DecodeError(f"{path}.type: {name!r} is no message that this behavior takes", f"one of {known}", 'send {"type": one of them, …its fields}')
    return _reader(kind)({key: value for key, value in event.items() if key != "type"}, path)


# --- writing -------------------------------------------------------------------------------------------------------


_PLAIN = frozenset({str, int, bool, NoneType})
"""Types whose values are JSON as they are. Exactly these: a subclass may be an enum."""

_names: dict[type, tuple[str, ...]] = {}


def _field_names(kind: type) -> tuple[str, ...]:
    """Give the names of a dataclass's fields; snapshots are written after each turn, so they are looked up once."""
    names = _names.get(kind)
    if names is None:
        names = _names[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return names


def _write(value: object, path: str, depth: int) -> Json:
    if value is None or (isinstance(value, (bool, str)) and not isinstance(value, Enum)):
        return value
    if depth > DEPTH:
        raise EncodeError(f"{path} is nested deeper than {DEPTH}", f"at most {DEPTH} levels", "flatten the value")
    if isinstance(value, Enum):
        return _write(value.value, path, depth + 1)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise EncodeError(f"{path} is {value!r}", "a finite number (JSON has no others)", "use None for what is not known")
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields: dict[str, Json] = {"type": wire_name(type(value))} if is_message_type(type(value)) else {}
        for name in _field_names(type(value)):
            part = getattr(value, name)
            fields[name] = part if part.__class__ in _PLAIN else _write(part, f"{path}.{name}", depth + 1)
        return fields
    if isinstance(value, (tuple, list)):
        return [part if part.__class__ in _PLAIN else _write(part, f"{path}[{index}]", depth + 1) for index, part in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, path): _write(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        # Sorted, since a set has no order of its own and equal values must give equal texts.
        return sorted((_write(item, f"{path}{{…}}", depth + 1) for item in value), key=dumps)
    if isinstance(value, Portable):
        return value.__to_json__()
    raise EncodeError(
        f"{path} is {value!r} ({type(value).__name__}), which has no JSON form",
        "None, bool, int, float, str, an enum, a tuple, a frozenset, a mapping with text keys, a dataclass or a message",
        "keep such a value out of what leaves Python",
    )


def _key(key: object, path: str) -> str:
    if isinstance(key, str):
        return key
    raise EncodeError(f"{path} has the key {key!r}", "text keys", "use texts as keys")


# --- reading -------------------------------------------------------------------------------------------------------

_readers: dict[object, Reader] = {}


def _reader(kind: object) -> Reader:
    try:
        found = _readers.get(kind)
    except TypeError:  # an annotation that is not hashable
        return _make_reader(kind)
    if found is None:
        # Types may contain themselves: until theirs is made, the inner use looks it up when it is called.
        _readers[kind] = lambda data, path: _readers[kind](data, path)  # noqa: PLW0108  (the name is bound to another reader by then)
        try:
            found = _readers[kind] = _make_reader(kind)
        except BaseException:
            del _readers[kind]
            raise
    return found


def _make_reader(kind: object) -> Reader:
    simple = _SIMPLE.get(kind) if isinstance(kind, type) else None
    if simple is not None:
        return simple
    if kind in (None, NoneType):
        return _read_none
    if kind is object:
        return _read_json
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    origin = get_origin(kind)
    arguments = get_args(kind)
    if origin in (Union, UnionType):
        return _union_reader(arguments)
    if origin is Literal:
        return _literal_reader(arguments)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_reader(kind)
    target = origin or kind
    if isinstance(target, type):
        if issubclass(target, tuple):
            return _tuple_reader(arguments)
        if issubclass(target, AbstractSet):
            return _sequence_reader(arguments, frozenset)
        if issubclass(target, Mapping):
            return _mapping_reader(arguments)
        if issubclass(target, Sequence):
            return _sequence_reader(arguments, list if issubclass(target, list) else tuple)
        if dataclasses.is_dataclass(target):
            return _dataclass_reader(target)
        if issubclass(target, Portable):
            return _portable_reader(target)
    raise DecodeError(f"the type {kind!r} has no JSON form", "a dataclass, a message, or a plain type", "annotate the field with such a type")


def _wrong(data: object, path: str, expected: str) -> DecodeError:
    shown = repr(data)
    return DecodeError(f"{path} is {shown if len(shown) < 80 else shown[:77] + '…'}", expected, f"send {expected}")  # noqa: PLR2004  (one line of a terminal)


def _read_none(data: object, path: str) -> object:
    if data is not None:
        raise _wrong(data, path, "null")
    return None


def _read_bool(data: object, path: str) -> object:
    if not isinstance(data, bool):
        raise _wrong(data, path, "true or false")
    return data


def _read_int(data: object, path: str) -> object:
    if isinstance(data, bool) or not isinstance(data, int):
        if isinstance(data, float) and data.is_integer():
            return int(data)  # JavaScript has one kind of number
        raise _wrong(data, path, "a whole number (int)")
    return data


def _read_float(data: object, path: str) -> object:
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        raise _wrong(data, path, "a number (float)")
    try:
        value = float(data)
    except OverflowError:
        raise _wrong(data, path, "a number that a float can hold") from None
    if not math.isfinite(value):
        raise _wrong(data, path, "a finite number")
    return value


def _read_str(data: object, path: str) -> object:
    if not isinstance(data, str):
        raise _wrong(data, path, "a text (str)")
    return data


def _read_json(data: object, path: str) -> object:
    del path
    return data


_SIMPLE: dict[type, Reader] = {bool: _read_bool, int: _read_int, float: _read_float, str: _read_str}


def _object(data: object, path: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise _wrong(data, path, "an object")
    return data


def _union_reader(arguments: tuple[object, ...]) -> Reader:
    tagged = {wire_name(kind): kind for kind in arguments if isinstance(kind, type) and is_message_type(kind)}
    plain = [_reader(kind) for kind in arguments if not (isinstance(kind, type) and is_message_type(kind))]
    expected = " or ".join(kind.__name__ if isinstance(kind, type) else str(kind) for kind in arguments).replace("NoneType", "null")

    def read(data: object, path: str) -> object:
        if tagged and isinstance(data, Mapping) and data.get("type") in tagged:
            return message_from_json({name: kind for name, kind in tagged.items() if isinstance(kind, type)}, data, path)
        failures: list[DecodeError] = []
        for reader in plain:
            try:
                return reader(data, path)
            except DecodeError as error:
                failures.append(error)
        # A failure further inside says more than "none of these".
        deeper = [error for error in failures if not error.happened.startswith(f"{path} ")]
        raise deeper[0] if len(deeper) == 1 else _wrong(data, path, expected)

    return read


def _literal_reader(arguments: tuple[object, ...]) -> Reader:
    def read(data: object, path: str) -> object:
        for value in arguments:
            if data == value and type(data) is type(value):
                return value
        raise _wrong(data, path, " or ".join(map(repr, arguments)))

    return read


def _enum_reader(kind: type[Enum]) -> Reader:
    def read(data: object, path: str) -> object:
        for member in kind:
            if member.value == data and type(member.value) is type(data):
                return member
        raise _wrong(data, path, " or ".join(repr(member.value) for member in kind))

    return read


def _sequence_reader(arguments: tuple[object, ...], make: Callable[[list[object]], object]) -> Reader:
    item = _reader(arguments[0]) if arguments else _read_json

    def read(data: object, path: str) -> object:
        if not isinstance(data, list):
            raise _wrong(data, path, "an array")
        return make([item(value, f"{path}[{index}]") for index, value in enumerate(data)])

    return read


def _tuple_reader(arguments: tuple[object, ...]) -> Reader:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):  # noqa: PLR2004  (tuple[X, ...])
        return _sequence_reader(arguments[:1], tuple)
    readers = [] if arguments == ((),) else [_reader(kind) for kind in arguments]

    def read(data: object, path: str) -> object:
        if not isinstance(data, list) or len(data) != len(readers):
            raise _wrong(data, path, f"an array of {len(readers)}")
        return tuple(reader(value, f"{path}[{index}]") for index, (reader, value) in enumerate(zip(readers, data, strict=True)))

    return read


def _mapping_reader(arguments: tuple[object, ...]) -> Reader:
    if arguments and arguments[0] is not str:
        raise DecodeError(f"a mapping with keys of {arguments[0]!r} has no JSON form", "text keys", "annotate it as Mapping[str, …]")
    item = _reader(arguments[1]) if arguments else _read_json

    def read(data: object, path: str) -> object:
        return {key: item(value, f"{path}.{key}") for key, value in _object(data, path).items()}

    return read


def _dataclass_reader(kind: type) -> Reader:
    hints = get_type_hints(kind)
    fields = [field for field in dataclasses.fields(kind) if field.init]
    readers = {field.name: _reader(_plain(hints[field.name])) for field in fields}
    required = [field.name for field in fields if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING]
    tag = wire_name(kind) if is_message_type(kind) else None
    known = ", ".join(readers) or "no fields"

    def read(data: object, path: str) -> object:
        values = dict(_object(data, path))
        if tag is not None and "type" not in readers and values.get("type") == tag:
            del values["type"]
        for name in values:
            if name not in readers:
                raise DecodeError(f"{path}.{name} is not a field of {kind.__name__}", f"only {known}", "leave it out, or correct its name")
        for name in required:
            if name not in values:
                raise DecodeError(f"{path}.{name} is missing ({kind.__name__})", f"the fields {', '.join(required)}", f"add {name!r}")
        return kind(**{name: readers[name](value, f"{path}.{name}") for name, value in values.items()})

    return read


def _portable_reader(kind: type[Portable]) -> Reader:
    def read(data: object, path: str) -> object:
        if not isinstance(data, str):
            raise _wrong(data, path, f"a text that stands for a {kind.__name__}")
        return kind.__from_json__(data, path)

    return read


def _plain(annotation: object) -> object:
    """A type variable of a generic message is read as plain JSON."""
    return object if isinstance(annotation, TypeVar) else annotation


def _no_constant(name: str) -> Json:
    raise DecodeError(f"this is no JSON: {name}", "a finite number or null", "use null for what is not known")


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DecodeError(f"the key {key!r} stands twice in one object", "each key once", "remove one of them")
            seen.add(key)
    return made


def _check_depth(text: str) -> None:
    # Before the text is read: CPython's reader recurses on the native stack, and in Pyodide an overflow of that ends the whole page.
    if text.count("[") + text.count("{") <= DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(text):
        if bracket in "[{":
            depth += 1
            if depth > DEPTH:
                raise DecodeError(f"this JSON is nested deeper than {DEPTH}", f"at most {DEPTH} levels", "flatten the value")
        elif bracket in "]}":
            depth -= 1


_decoder = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
