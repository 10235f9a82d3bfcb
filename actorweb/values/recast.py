"""Values of classes that a module reload has made anew.

A reload makes classes of the same names, and instances of the old ones are instances of none that the new code knows.
`recast` turns such a value into one of the present class, as writing and reading would, but without JSON: what fits
already is kept as it is, so refs, errors and other values without a JSON form survive.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum, Flag
from typing import TypeVar, is_typeddict, overload

from actorweb.errors import DecodeError
from actorweb.values import shape as shapes
from actorweb.values.fields import fields_of
from actorweb.values.fitting import fits
from actorweb.values.message import is_message_type
from actorweb.values.misfit import Misfit, wrong

T = TypeVar("T")


@overload
def recast(value: object, kind: type[T], path: str = "value") -> T: ...
@overload
def recast(value: object, kind: object, path: str = "value") -> object: ...
def recast(value: object, kind: object, path: str = "value") -> object:
    """Give a value of a type from one that may be made of older classes. Raises `DecodeError` with the path.

    An instance of another class of the same name (of messages: wire name) becomes one of the present class, field by
    field: messages, dataclasses and NamedTuples inside it too, members of enums by their values. New fields take their
    defaults. A field that the present class lacks, one that is missing and has no default, and a value that is not of
    the type of its field are refused. What fits as it is, is given back itself; fields of types without a JSON form
    (a ref, an error, any class) are kept by identity as long as the class they are declared as is theirs.
    """
    try:
        return _recast(value, shapes.shape_of(kind))
    except Misfit as misfit:
        raise DecodeError(*misfit.told(path)) from misfit.__cause__
    except RecursionError:
        raise DecodeError(f"{path} is nested too deeply", "a value of a few levels", "flatten the value") from None


def _recast(value: object, shape: shapes.Shape) -> object:
    if isinstance(shape, shapes.Fields):
        return _fields(value, shape)
    if isinstance(shape, shapes.OneOf):
        return _one_of(value, shape)
    if isinstance(shape, shapes.Members):
        return _member(value, shape.kind)
    if isinstance(shape, shapes.Array):
        return _array(value, shape)
    if isinstance(shape, shapes.Fixed):
        if not fits(shape, value) or not isinstance(value, (tuple, list)):
            raise wrong(value, f"a tuple of {len(shape.items)}")
        return _rebuilt(value, [_at(f"[{i}]", each, part) for i, (each, part) in enumerate(zip(value, shape.items, strict=True))], tuple)
    if isinstance(shape, shapes.Table):
        return _table(value, shape)
    if shape == shapes.JSON:
        return value
    if isinstance(shape, shapes.Formless):
        return _kept(value, shape.kind)
    if not fits(shape, value):
        raise wrong(value, _called(shape))
    return value


def _called(shape: shapes.Shape) -> str:
    if isinstance(shape, shapes.Plain):
        return {"null": "None", "int": "a whole number (int)", "float": "a number (float)", "str": "a text (str)", "bool": "True or False"}[shape.name]
    if isinstance(shape, shapes.Choice):
        return " or ".join(map(repr, shape.values))
    return f"a {shape.kind.__name__}" if isinstance(shape, (shapes.Text, shapes.Address)) else "a value of its declared type"


def _at(place: str, value: object, shape: shapes.Shape) -> object:
    try:
        return _recast(value, shape)
    except Misfit as misfit:
        misfit.places.append(place)
        raise


def _kept(value: object, kind: object) -> object:
    """Keep a value of a type without a JSON form. Where the declaration is no class, nothing can be said of it."""
    if isinstance(kind, type) and not isinstance(value, kind):
        if type(value).__qualname__ == kind.__qualname__:
            raise Misfit(
                f" is a {kind.__qualname__} of before the reload", "a class whose values can be made anew: a message, a dataclass, an enum", "make it one"
            )
        raise wrong(value, f"a {kind.__qualname__}")
    return value


def _same_class(old: type, new: type) -> bool:
    """Tell whether one class is a later making of the other."""
    if is_message_type(old) != is_message_type(new):
        return False
    if is_message_type(new):
        return shapes.tag_of(shapes.Fields(old)) == shapes.tag_of(shapes.Fields(new))
    return old.__qualname__ == new.__qualname__


def _fields(value: object, shape: shapes.Fields) -> object:
    kind = shape.kind
    if is_typeddict(kind):
        if not isinstance(value, Mapping):
            raise wrong(value, f"a {kind.__name__}")
        given: Mapping[str, object] = value
    else:
        if not _same_class(type(value), kind):
            raise wrong(value, f"a {kind.__name__}")
        given = _values_of(value, kind)
    fields = fields_of(shape)
    names = {field.name for field in fields}
    for name in given:
        if name not in names:
            raise Misfit(
                f".{name} is not a field of {kind.__name__}", f"only {', '.join(sorted(names)) or 'no fields'}", "keep the field, or migrate what has it"
            )
    made: dict[str, object] = {}
    for field in fields:
        if field.name in given:
            made[field.name] = _at(f".{field.name}", given[field.name], field.shape)
        elif field.required:
            raise Misfit(f".{field.name} is missing ({kind.__name__})", "a default for each new field", f"give {field.name!r} a default")
    same = all(made.get(name) is given[name] for name in given) and len(made) == len(given)
    if is_typeddict(kind):
        return value if same else made
    if same and type(value) is kind:
        return value
    make: Callable[..., object] = kind
    try:
        return make(**made)
    except Exception as error:
        raise Misfit(f" is refused by {kind.__name__}: {type(error).__name__}: {error}", f"fields that {kind.__name__} takes", "see the cause") from error


def _values_of(value: object, kind: type) -> dict[str, object]:
    """Give the fields of an instance, by its own class: those that a class computes for itself are not asked for."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    names: tuple[str, ...] = getattr(value, "_fields", ())
    if not names and dataclasses.is_dataclass(kind):
        raise wrong(value, f"a {kind.__name__}")
    return {name: getattr(value, name) for name in names}


def _member(value: object, kind: type[Enum]) -> object:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Enum) or not _same_class(type(value), kind):
        raise wrong(value, f"a member of {kind.__name__}")
    try:
        found = kind(value.value)
    except ValueError:
        raise wrong(value, f"a member of {kind.__name__}, which has no such value any more") from None
    if issubclass(kind, Flag) and not isinstance(found, kind):
        raise wrong(value, f"flags of {kind.__name__}")
    return found


def _rebuilt(value: object, made: list[object], make: Callable[[list[object]], object]) -> object:
    """Give the value itself if its items are still themselves."""
    if isinstance(value, (tuple, list)) and all(one is other for one, other in zip(value, made, strict=True)):
        return value
    return list(made) if isinstance(value, list) else make(made)


def _array(value: object, shape: shapes.Array) -> object:
    if shape.kind is frozenset:
        if not isinstance(value, AbstractSet):
            raise wrong(value, "a set")
        pairs = [(each, _at("{…}", each, shape.item)) for each in value]
        return value if all(one is other for one, other in pairs) else frozenset(made for _, made in pairs)
    if not isinstance(value, (tuple, list)) or not fits(shape, value):
        raise wrong(value, "a list" if shape.kind is list else "a tuple")
    return _rebuilt(value, [_at(f"[{index}]", each, shape.item) for index, each in enumerate(value)], shape.kind)


def _table(value: object, shape: shapes.Table) -> object:
    if not isinstance(value, Mapping):
        raise wrong(value, "a mapping")
    made = {_at(f".{key}", key, shape.key): _at(f".{key}", each, shape.item) for key, each in value.items()}
    same = all(one is other and value[one] is made[other] for one, other in zip(value, made, strict=False))
    return value if same and len(made) == len(value) else made


def _one_of(value: object, shape: shapes.OneOf) -> object:
    failures: list[Misfit] = []
    for option in shape.options:
        try:
            return _recast(value, option)
        except Misfit as misfit:
            failures.append(misfit)
    # A failure further inside says more than "none of these".
    deeper = [misfit for misfit in failures if misfit.places or misfit.happened.startswith(".")]
    raise deeper[0] if deeper else wrong(value, " or ".join(dict.fromkeys(misfit.expected for misfit in failures)))
