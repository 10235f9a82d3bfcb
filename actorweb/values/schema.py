"""JSON Schemas (draft 2020-12) of messages, dataclasses and plain types, for tools.

A schema accepts what the codec reads, and refuses what it refuses, but for what a schema cannot say: dates that no
calendar has and texts of a `Portable` (there `format` and the pattern tell how they look), the values of combined flags,
numbers that no float can hold, two keys of one mapping that are the same key written differently, and what the
`__post_init__` of a class refuses.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from enum import Flag
from typing import TYPE_CHECKING

from actorweb.errors import EncodeError
from actorweb.values import shape as shapes
from actorweb.values import texts
from actorweb.values.codec import encode_as, to_json
from actorweb.values.fields import Field, default_of, fields_of
from actorweb.values.json import UNSET
from actorweb.values.message import is_message_type

if TYPE_CHECKING:
    from actorweb.values.json import Json, JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES = {"null": "null", "bool": "boolean", "int": "integer", "float": "number", "str": "string"}


def json_schema(kind: object) -> JsonObject:
    """Give the schema of a type. Classes with fields are in its `$defs`. Raises `EncodeError` for a type without a JSON form.

    >>> json_schema(tuple[int, ...])
    {'$schema': 'https://json-schema.org/draft/2020-12/schema', 'type': 'array', 'items': {'type': 'integer'}}
    """
    described = _Described()
    return described.whole(described.schema(shapes.shape_of(kind), "value"))


def messages_schema(messages: Mapping[str, type]) -> JsonObject:
    """Give the schema of the messages that a behavior takes (`behavior.messages`): one of them, which its `"type"` names.

    Raises `EncodeError` for a message with a field without a JSON form.
    """
    described = _Described()
    return described.whole({"oneOf": [described.of_class(shapes.Fields(kind), name, name, needs_tag=True) for name, kind in messages.items()]})


class _Described:
    """The classes that a schema has met, each with its name in `$defs`."""

    def __init__(self) -> None:
        self._names: dict[tuple[shapes.Fields, str | None, bool], str] = {}
        self._defs: dict[str, Json] = {}

    def whole(self, schema: JsonObject) -> JsonObject:
        return {"$schema": DIALECT, **schema, **({"$defs": self._defs} if self._defs else {})}

    def schema(self, shape: shapes.Shape, path: str, *, tagged: bool = False) -> JsonObject:
        if isinstance(shape, shapes.Plain):
            return {"type": _NAMES[shape.name]} if shape.name in _NAMES else {}
        if isinstance(shape, shapes.Fields):
            tag = shapes.tag_of(shape) if (tagged or is_message_type(shape.kind)) and not _has_type(shape) else None
            return self.of_class(shape, path, tag, needs_tag=tagged)
        if isinstance(shape, shapes.OneOf):
            return {"anyOf": [self.schema(option, path, tagged=shape.tagged) for option in shape.options]}
        if isinstance(shape, shapes.Array):
            items = self.schema(shape.item, f"{path}[…]")
            return {"type": "array", **({"items": items} if items else {})}
        if isinstance(shape, shapes.Fixed):
            count = len(shape.items)
            inner: list[Json] = [self.schema(item, f"{path}[{index}]") for index, item in enumerate(shape.items)]
            return {"type": "array", **({"prefixItems": inner} if inner else {}), "minItems": count, "maxItems": count}
        if isinstance(shape, shapes.Table):
            return self._table(shape, path)
        if isinstance(shape, shapes.Members) and issubclass(shape.kind, Flag):
            return {"type": "integer", "minimum": 0}
        if isinstance(shape, (shapes.Choice, shapes.Members)):
            return {"enum": [to_json(value) for value in shapes.values_of(shape)]}
        if isinstance(shape, shapes.Text):
            return _of_text(shape)
        if isinstance(shape, shapes.Address):
            return {"type": "string", "description": f"stands for a {shape.kind.__name__}"}
        why = shape.why if isinstance(shape, shapes.Formless) else "it is unknown"
        kind = shape.kind if isinstance(shape, shapes.Formless) else shape
        raise EncodeError(f"{path}: the type {kind!r} has no JSON form: {why}", "a dataclass, a message, or a plain type", "annotate it with such a type")

    def _table(self, shape: shapes.Table, path: str) -> JsonObject:
        item = self.schema(shape.item, f"{path}.…")
        if shape.key == shapes.STR:
            return {"type": "object", **({"additionalProperties": item} if item else {})}
        key: JsonObject = {"pattern": r"^(0|-?[1-9]\d*)$"} if shape.key == shapes.INT else self.schema(shape.key, path)
        return {"type": "object", "propertyNames": key, "additionalProperties": item}

    def of_class(self, shape: shapes.Fields, path: str, tag: str | None, *, needs_tag: bool) -> JsonObject:
        """Give a reference to the schema of a class, and make that if it is new (it may contain itself)."""
        key = shape, tag, needs_tag
        name = self._names.get(key)
        if name is None:
            plain = tag or shape.kind.__name__
            name = plain
            count = 1
            while name in self._names.values():
                count += 1
                name = f"{plain}{count}"
            self._names[key] = name
            self._defs[name] = {}  # keeps its place before those of its fields
            self._defs[name] = self._fields(shape, path, tag, needs_tag=needs_tag)
        return {"$ref": f"#/$defs/{name.replace('~', '~0').replace('/', '~1').replace('%', '%25')}"}

    def _fields(self, shape: shapes.Fields, path: str, tag: str | None, *, needs_tag: bool) -> JsonObject:
        properties: dict[str, Json] = {} if tag is None else {"type": {"const": tag}}
        required: list[Json] = ["type"] if needs_tag and tag is not None else []
        for field in fields_of(shape):
            properties[field.name] = {**self.schema(field.shape, f"{path}.{field.name}"), **_default(shape, field)}
            if field.required:
                required.append(field.name)
        about = _about(shape.kind)
        return {
            **({"description": about} if about else {}),
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


def _has_type(shape: shapes.Fields) -> bool:
    return any(field.name == "type" for field in fields_of(shape))


def _of_text(shape: shapes.Text) -> JsonObject:
    form = texts.FORMS[texts.key_of(shape.kind)]
    schema: dict[str, Json] = {"type": "string", "pattern": f"^({form.pattern})$"}
    # A date-time of JSON Schema has a time zone, which one of Python need not have.
    if form.format and form.format not in {"date-time", "time"}:
        schema["format"] = form.format
    if shape.kind is bytes:
        schema["contentEncoding"] = "base64"
    return schema


def _default(shape: shapes.Fields, field: Field) -> JsonObject:
    """Give the default of a field, where it has one with a JSON form: it is only told, so a default without one is no error."""
    value, factory = (UNSET, None) if field.required else default_of(shape.kind, field.name)
    if value is UNSET or factory is not None:
        return {}
    try:
        return {"default": encode_as(object, to_json(value))}
    except EncodeError:
        return {}


def _about(kind: type) -> str:
    """Give what the author wrote about a class: not the text that dataclasses and NamedTuples make up."""
    text = kind.__dict__.get("__doc__") or ""
    return "" if text.startswith(f"{kind.__name__}(") else inspect.cleandoc(text)
