"""What a context may be: a value that nobody can change in place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from enum import Enum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from actorweb.errors import MutableContext

_MUTABLE = (MutableSequence, MutableMapping, MutableSet, bytearray)


def declared_types(value: object, factory: Callable[..., object] | None) -> tuple[type, ...]:
    """Give the types that a context may have: the value's, a class's own, or those of a function's return annotation.

    A function without one gives none: then the type of its first result counts.
    """
    if factory is None:
        return (type(value),)
    if isinstance(factory, type):
        return (factory,)
    return _classes(declared_form(factory))


def declared_form(factory: Callable[..., object]) -> object:
    """Give the return annotation of a context's function, or None if it has none that can be evaluated here."""
    if "return" not in getattr(factory, "__annotations__", {}):
        return None
    try:
        return get_type_hints(factory).get("return")
    except Exception:  # noqa: BLE001  (an annotation that cannot be evaluated, say of a local class, declares nothing)
        return None


def _classes(annotation: object) -> tuple[type, ...]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        parts = [_classes(part) for part in get_args(annotation)]
        return tuple(kind for part in parts for kind in part) if all(parts) else ()
    kind = origin or annotation
    return (kind,) if isinstance(kind, type) and kind is not type(None) else ()


def check_immutable(behavior: str, context: object) -> None:
    """Raise `MutableContext` for a value, or a class of values, that could be changed in place."""
    found = _mutable_part(context, "context", 0)
    if found is not None:
        path, kind = found
        raise MutableContext(
            f"behavior {behavior!r}: its {path} is a {kind.__name__}, which can be changed in place, so a turn that fails could not be undone",
            "an immutable value: a frozen dataclass, a NamedTuple, a tuple, a frozenset, a number or a text",
            _cure(kind),
        )


def _cure(kind: type) -> str:
    if dataclasses.is_dataclass(kind):
        return f"write @dataclass(frozen=True) above class {kind.__name__}, or use .with_context(value, copy=function)"
    if issubclass(kind, MutableSequence):
        return "use a tuple instead of a list, or .with_context(value, copy=function)"
    if issubclass(kind, MutableSet):
        return "use a frozenset instead of a set, or .with_context(value, copy=function)"
    return "use a frozen dataclass, or .with_context(value, copy=function)"


def _mutable_part(value: object, path: str, depth: int) -> tuple[str, type] | None:
    if isinstance(value, type):
        return (path, value) if _is_mutable_class(value) else None
    kind = type(value)
    if _is_mutable_class(kind):
        return path, kind
    if depth > 16:  # noqa: PLR2004  (deep enough for any state that a person wrote)
        return None
    if dataclasses.is_dataclass(value):
        parts = [(f"{path}.{field.name}", getattr(value, field.name)) for field in dataclasses.fields(value)]
    elif isinstance(value, tuple):
        names = getattr(kind, "_fields", range(len(value)))
        parts = [(f"{path}.{name}" if isinstance(name, str) else f"{path}[{name}]", part) for name, part in zip(names, value, strict=True)]
    else:
        return None
    for part_path, part in parts:
        found = _mutable_part(part, part_path, depth + 1)
        if found is not None:
            return found
    return None


def _is_mutable_class(kind: type) -> bool:
    if issubclass(kind, _MUTABLE):
        return True
    if dataclasses.is_dataclass(kind):
        return not kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (typeshed does not name it)
    if kind.__module__ == "builtins" or issubclass(kind, (tuple, frozenset, str, int, float, bytes, complex, Enum)):
        return False
    # A plain class: its instances can be assigned to, unless it forbids that.
    return kind.__setattr__ is object.__setattr__ and hasattr(kind, "__dict__") and _is_plain(kind)


def _is_plain(kind: type) -> bool:
    return kind.__module__ not in ("datetime", "decimal", "fractions", "uuid", "ipaddress", "pathlib", "zoneinfo", "re", "actorweb.kernel.ref")
