"""A checker of JSON Schemas, as far as `actorweb.values.schema` uses them: written from the specification, not from the codec."""

from __future__ import annotations

import re
from collections.abc import Mapping

KNOWN = {
    *("$schema", "$defs", "$ref", "description", "default", "format", "contentEncoding"),
    *("type", "enum", "const", "anyOf", "oneOf", "minimum", "pattern"),
    *("items", "prefixItems", "minItems", "maxItems", "properties", "required", "additionalProperties", "propertyNames"),
}


def same(one: object, other: object) -> bool:
    """JSON equality: 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def is_of(name: str, value: object) -> bool:
    if name == "integer":
        return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    if name == "number":
        return not isinstance(value, bool) and isinstance(value, (int, float))
    return isinstance(value, {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}[name])


def accepts(schema: object, value: object, root: Mapping | None = None) -> bool:
    """Tell whether a schema accepts a value. `format` is only a note, as by default in JSON Schema."""
    if schema is False or schema is True:
        return schema
    assert isinstance(schema, Mapping)
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    root = schema if root is None else root

    def inner(part: object, each: object) -> bool:
        return accepts(part, each, root)

    tests = [
        "$ref" not in schema or inner(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value),
        "type" not in schema or is_of(schema["type"], value),
        "enum" not in schema or any(same(value, each) for each in schema["enum"]),
        "const" not in schema or same(value, schema["const"]),
        "anyOf" not in schema or any(inner(each, value) for each in schema["anyOf"]),
        "oneOf" not in schema or sum(inner(each, value) for each in schema["oneOf"]) == 1,
        "minimum" not in schema or not is_of("number", value) or value >= schema["minimum"],
        "pattern" not in schema or not isinstance(value, str) or re.search(schema["pattern"], value, re.ASCII) is not None,
    ]
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        tests += [inner(part, each) for part, each in zip(first, value)]
        tests += [inner(schema.get("items", True), each) for each in value[len(first) :]]
        tests += [schema.get("minItems", 0) <= len(value), len(value) <= schema.get("maxItems", len(value))]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        tests += [inner(known[name], each) if name in known else inner(schema.get("additionalProperties", True), each) for name, each in value.items()]
        tests += [inner(schema.get("propertyNames", True), name) for name in value]
        tests += [name in value for name in schema.get("required", [])]
    return all(tests)
