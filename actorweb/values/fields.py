"""The fields of a class that cross: their names, shapes and defaults, with the parameters of generic classes put in."""

from __future__ import annotations

import dataclasses
import sys
from _thread import RLock
from collections.abc import Callable, Mapping
from typing import NotRequired, Required, TypeVar, get_args, get_origin, get_type_hints, is_typeddict

from actorweb.values.json import UNSET
from actorweb.values.record import Record
from actorweb.values.shape import Fields, Formless, Shape, shape_of

COMPILING = RLock()
"""Held while readers and writers are made: a type that contains itself is half made then, and no other thread may meet it."""


class Field(Record):
    """A field: its name and shape, and whether it must be there."""

    name: str
    shape: Shape
    required: bool


_fields: dict[Fields, tuple[Field, ...]] = {}


def fields_of(shape: Fields) -> tuple[Field, ...]:
    """Give the fields that cross: those that the class takes when it is called. One that the class computes for itself does not cross."""
    found = _fields.get(shape)
    if found is None:
        found = _fields[shape] = tuple(_make_fields(shape))
    return found


def _make_fields(shape: Fields) -> list[Field]:
    kind = shape.kind
    names, required = _named(kind)
    try:
        hints = _hints(kind)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        why = f"its annotation cannot be read at run time: {error}; such a name must be one of the module, imported not only for type checkers"
        return [Field(name, Formless(name, why), name in required) for name in names]
    if is_typeddict(kind):
        # Where annotations are texts, the class itself could not see these marks.
        marked = {name: get_origin(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}
        required = frozenset(name for name in names if (marked[name] is Required or (name in required and marked[name] is not NotRequired)))
    owners = _owners(kind)
    bound = _bindings(kind, shape.arguments)
    return [Field(name, shape_of(_substituted(hints.get(name, object), bound.get(owners.get(name, kind), {}))), name in required) for name in names]


def _named(kind: type) -> tuple[tuple[str, ...], frozenset[str]]:
    if dataclasses.is_dataclass(kind):
        fields = [field for field in dataclasses.fields(kind) if field.init]
        required = {field.name for field in fields if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING}
        return tuple(field.name for field in fields), frozenset(required)
    if is_typeddict(kind):
        return tuple(kind.__annotations__), frozenset(getattr(kind, "__required_keys__", ()))
    names: tuple[str, ...] = getattr(kind, "_fields", ())
    defaults: Mapping[str, object] = getattr(kind, "_field_defaults", {})
    return names, frozenset(names) - frozenset(defaults)


def _hints(kind: type) -> Mapping[str, object]:
    try:
        return get_type_hints(kind)
    except NameError:
        # A class inside a function may name itself.
        module = sys.modules.get(kind.__module__)
        return get_type_hints(kind, vars(module) if module is not None else {}, {**vars(kind), kind.__name__: kind})


def _owners(kind: type) -> dict[str, type]:
    """Give the class that declared each field of a dataclass: the type variables in its annotation are those of that class."""
    own: dict[str, object] = getattr(kind, "__dataclass_fields__", {})
    return {name: base for base in kind.__mro__ for name, field in base.__dict__.get("__dataclass_fields__", {}).items() if own.get(name) is field}


def _bindings(kind: type, arguments: tuple[object, ...]) -> dict[type, dict[object, object]]:
    """Give what the type variables of a class and of its bases stand for."""
    parameters: tuple[object, ...] = getattr(kind, "__parameters__", ())
    own = dict(zip(parameters, arguments, strict=False))
    found: dict[type, dict[object, object]] = {kind: own}
    for base in getattr(kind, "__orig_bases__", ()) if "__orig_bases__" in kind.__dict__ else kind.__bases__:
        target = get_origin(base) or base
        if isinstance(target, type) and target is not object:
            inner = tuple(_substituted(argument, own) for argument in get_args(base))
            for each, bound in _bindings(target, inner).items():
                found.setdefault(each, bound)
    return found


def _substituted(annotation: object, bound: Mapping[object, object]) -> object:
    if isinstance(annotation, TypeVar):
        return bound.get(annotation, object)
    open_ones: tuple[object, ...] = getattr(annotation, "__parameters__", ()) if get_origin(annotation) is not None else ()
    if not open_ones:
        return annotation
    return annotation[tuple(bound.get(each, object) for each in open_ones)]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]  (a generic alias)


def default_of(kind: type, name: str) -> tuple[object, Callable[[], object] | None]:
    """Give the default of a field that need not be there, or the function that makes it."""
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            if field.name == name:
                return field.default, None if field.default_factory is dataclasses.MISSING else field.default_factory
    defaults: Mapping[str, object] = getattr(kind, "_field_defaults", {})
    return defaults.get(name, UNSET), None
