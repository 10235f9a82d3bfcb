"""Whether a value may be of a type, at a glance: it looks no deeper than the value itself."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import NoneType
from typing import is_typeddict

from actorweb.values import shape as shapes

_INSTANCES: dict[str, tuple[type, ...]] = {"null": (NoneType,), "bool": (bool,), "int": (int,), "float": (float, int), "str": (str,)}


def fits(shape: shapes.Shape, value: object) -> bool:
    """Tell whether a value may be of a shape, looking no deeper than itself."""
    if isinstance(shape, shapes.Plain):
        if isinstance(value, bool):
            return shape.name in {"bool", "json"}
        if shape.name == "float" and isinstance(value, int):
            return value.bit_length() < 1024  # noqa: PLR2004  (what a float can hold)
        return isinstance(value, _INSTANCES.get(shape.name, object))
    if isinstance(shape, shapes.Choice):
        return isinstance(value, (bool, int, str, NoneType)) and shapes.key_of(value) in shape.keys
    if isinstance(shape, shapes.Fields):
        return isinstance(value, Mapping) if is_typeddict(shape.kind) else value.__class__ is shape.kind
    if isinstance(shape, shapes.Array):
        return isinstance(value, AbstractSet if shape.kind is frozenset else (tuple, list)) and not hasattr(value, "_field_defaults")
    if isinstance(shape, shapes.Fixed):
        return isinstance(value, (tuple, list)) and len(value) == len(shape.items) and not hasattr(value, "_field_defaults")
    if isinstance(shape, shapes.Table):
        return isinstance(value, Mapping)
    if isinstance(shape, shapes.Text):
        # A datetime is a date by inheritance only.
        return isinstance(value, shape.kind) and (shape.kind.__name__ != "date" or not hasattr(value, "utcoffset"))
    if isinstance(shape, (shapes.Members, shapes.Address)):
        return isinstance(value, shape.kind)
    return isinstance(shape, shapes.OneOf) and any(fits(option, value) for option in shape.options)
