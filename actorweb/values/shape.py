"""The shape of a type in JSON: what readers, writers and JSON Schemas are made from.

A type is looked at once, here: aliases, `Annotated` and `NewType` are looked through, the parameters of generic classes
are put in, and what has no one clear form in JSON is `Formless`, which says why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, Flag
from types import NoneType, UnionType
from typing import Annotated, Literal, NewType, TypeVar, Union, get_args, get_origin, is_typeddict

from actorweb.values.message import is_message_type, wire_name
from actorweb.values.portable import Portable
from actorweb.values.record import Record


class Shape(Record):
    """The base of shapes."""


class Plain(Shape):
    """A value that is the same in JSON: `name` is null, bool, int, float, str, or json for any of them, arrays and objects."""

    name: str


class Text(Shape):
    """A type of `actorweb.values.texts`."""

    kind: type


class Address(Shape):
    """A `Portable`: a text that only its own class understands."""

    kind: type[Portable]


class Choice(Shape):
    """A `Literal` of plain values. `keys` tells 1 from True, which are equal."""

    values: tuple[object, ...]
    keys: tuple[tuple[bool, object], ...]


class Members(Shape):
    """An enum, by the values of its members."""

    kind: type[Enum]


class Array(Shape):
    """Any number of items; `kind` is what is made of them: tuple, list or frozenset."""

    item: Shape
    kind: type


class Fixed(Shape):
    """A tuple of so many items, each with a shape of its own."""

    items: tuple[Shape, ...]


class Table(Shape):
    """A mapping. The shape of its keys is one whose values are texts in JSON, or int."""

    key: Shape
    item: Shape


class Fields(Shape):
    """A class with named fields: a message, dataclass, NamedTuple or TypedDict. `arguments` are those of a generic class."""

    kind: type
    arguments: tuple[object, ...] = ()


class OneOf(Shape):
    """A union. With `tagged`, each option with fields says its name as `"type"`."""

    options: tuple[Shape, ...]
    tagged: bool


class Formless(Shape):
    """A type without a JSON form, and why."""

    kind: object
    why: str


NULL, BOOL, INT, FLOAT, STR, JSON = (Plain(name) for name in ("null", "bool", "int", "float", "str", "json"))
_PLAIN: dict[object, Shape] = {None: NULL, NoneType: NULL, bool: BOOL, int: INT, float: FLOAT, str: STR, object: JSON}


def shape_of(kind: object) -> Shape:
    """Give the shape of a type. A type variable that nothing binds is plain JSON."""
    try:
        return _shape_of(kind)
    except RecursionError:
        return Formless(kind, "it names itself without a class between: make one of its parts a dataclass")


def _shape_of(kind: object) -> Shape:
    kind = _looked_through(kind)
    if isinstance(kind, TypeVar):
        return JSON
    plain = _PLAIN.get(kind) if kind is None or isinstance(kind, type) else None
    if plain is not None:
        return plain
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _union(kind, arguments)
    if origin is Literal:
        return _literal(arguments)
    target = origin or kind
    return _of_class(kind, target, arguments) if isinstance(target, type) else Formless(kind, "it is no class")


def _looked_through(kind: object) -> object:
    for _ in range(DEPTH_OF_ALIASES):
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif isinstance(kind, NewType):
            kind = kind.__supertype__
        elif type(kind).__name__ == "TypeAliasType":  # `type X = …`, from Python 3.12 on
            kind = getattr(kind, "__value__", None)
        else:
            break
    return kind


DEPTH_OF_ALIASES = 32


def _of_class(kind: object, target: type, arguments: tuple[object, ...]) -> Shape:
    if issubclass(target, Enum):
        return Members(target)
    if dataclasses.is_dataclass(target) or hasattr(target, "_field_defaults") or is_typeddict(target):
        return Fields(target, arguments)
    if issubclass(target, tuple):
        if len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004  (tuple[X, ...])
            return Array(_shape_of(arguments[0]), tuple)
        return Array(JSON, tuple) if kind is tuple else Fixed(tuple(_shape_of(each) for each in arguments if each != ()))
    if issubclass(target, AbstractSet):
        return Array(_shape_of(arguments[0]) if arguments else JSON, frozenset)
    if issubclass(target, Mapping):
        return _table(kind, arguments)
    if (target.__module__, target.__qualname__) in TEXTS:
        return Text(target)
    if issubclass(target, Sequence) and target not in {bytearray, memoryview, range} and not issubclass(target, str):
        return Array(_shape_of(arguments[0]) if arguments else JSON, list if issubclass(target, list) else tuple)
    if issubclass(target, Portable):
        return Address(target)
    return Formless(kind, "it is no dataclass, message or plain type")


TEXTS = frozenset(
    {
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("uuid", "UUID"),
        ("decimal", "Decimal"),
        ("builtins", "bytes"),
    }
)
"""The keys of `texts.FORMS`, known without importing it."""


def _literal(values: tuple[object, ...]) -> Shape:
    odd = [value for value in values if value is not None and type(value) not in {bool, int, str}]
    return Formless(Literal[values], f"{odd[0]!r} is no plain value") if odd else Choice(values, tuple(map(key_of, values)))


def key_of(value: object) -> tuple[bool, object]:
    """Give a key by which values that are the same in JSON are the same: 1 and 1.0, but not 1 and True."""
    return isinstance(value, bool), value


def _table(kind: object, arguments: tuple[object, ...]) -> Shape:
    key = _shape_of(arguments[0]) if arguments else STR
    item = _shape_of(arguments[1]) if len(arguments) > 1 else JSON
    if key == INT or categories(key) == {"string"}:
        return Table(key, item)
    return Formless(kind, "JSON has text keys only: str, int, and types whose values are texts can be keys")


def _union(kind: object, arguments: tuple[object, ...]) -> Shape:
    options: list[Shape] = []
    for argument in arguments:
        shape = _shape_of(argument)
        options += [option for option in (shape.options if isinstance(shape, OneOf) else (shape,)) if option not in options]
    classes = [option for option in options if isinstance(option, Fields)]
    tagged = len(classes) > 1
    why = _unclear(options, classes, tagged=tagged)
    if why:
        return Formless(kind, why)
    if JSON in options:
        return JSON
    return OneOf(tuple(options), tagged) if len(options) > 1 else options[0]


def _unclear(options: list[Shape], classes: list[Fields], *, tagged: bool) -> str:
    """Say why values of a union could be mistaken for one another in JSON, or nothing."""
    for option in options:
        if isinstance(option, Formless):
            return option.why
    if tagged:
        tags = [tag_of(option) for option in classes]
        for option, tag in zip(classes, tags, strict=True):
            if is_typeddict(option.kind):
                return f"values of {option.kind.__name__} do not know their type: use a dataclass"
            if tags.count(tag) > 1:
                return f"two of its classes are called {tag!r}"
            if "type" in getattr(option.kind, "__dataclass_fields__", getattr(option.kind, "_fields", ())):
                return f"{option.kind.__name__} has a field 'type', which must tell it from the others"
    for index, option in enumerate(options):
        for other in options[:index]:
            both = categories(option) & categories(other)
            if both and not (both == {"object"} and isinstance(option, Fields) and isinstance(other, Fields)) and not _tell_apart(option, other):
                return (
                    f"an {min(both)} could be either of two of its options" if min(both)[0] in "ao" else f"a {min(both)} could be either of two of its options"
                )
    return ""


_OF_PLAIN = {"null": ("null",), "bool": ("boolean",), "int": ("number",), "float": ("number",), "str": ("string",)}


def categories(shape: Shape) -> frozenset[str]:
    """Give the kinds of JSON values that a shape may take: null, boolean, number, string, array, object."""
    if isinstance(shape, Plain):
        return frozenset(_OF_PLAIN.get(shape.name, ()))
    if isinstance(shape, (Text, Address)):
        return frozenset({"string"})
    if isinstance(shape, (Choice, Members)):
        names = {str: "string", bool: "boolean", int: "number", float: "number", NoneType: "null"}
        return frozenset(names.get(type(value), "array") for value in values_of(shape))
    if isinstance(shape, (Array, Fixed)):
        return frozenset({"array"})
    if isinstance(shape, OneOf):
        return frozenset().union(*(categories(option) for option in shape.options))
    return frozenset({"object"})


def values_of(shape: Choice | Members) -> tuple[object, ...]:
    """Give the values of a `Literal` or of the members of an enum, members of str and int enums as plain values."""
    if isinstance(shape, Choice):
        return shape.values
    if issubclass(shape.kind, Flag):
        return (0,)
    return tuple(member.value for member in shape.kind)


def _tell_apart(one: Shape, other: Shape) -> bool:
    """Tell whether values that both options may take are either different in JSON, or equal in Python."""
    if isinstance(one, Plain) and isinstance(other, Plain):
        return True  # int and float: equal numbers are equal
    for few, rest in ((one, other), (other, one)):
        if isinstance(few, (Choice, Members)):
            if isinstance(rest, (Choice, Members)) and not any(issubclass(each.kind, Flag) for each in (few, rest) if isinstance(each, Members)):
                return set(map(key_of, values_of(few))).isdisjoint(map(key_of, values_of(rest)))
            if isinstance(rest, Plain):
                return isinstance(few, Choice) or issubclass(few.kind, (int, str))
    return False


def tag_of(shape: Fields) -> str:
    """Give the name by which a class says `"type"`: the wire name of a message, else the name of the class."""
    return wire_name(shape.kind) if is_message_type(shape.kind) else shape.kind.__name__
