"""Types that hypothesis makes up, each with a strategy for its values: what the laws of the codec are tried on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Generic, Literal, NamedTuple, NewType, NotRequired, TypedDict, TypeVar, Union
from uuid import UUID

from hypothesis import strategies as st

from actorweb import message
from actorweb.values.codec import Json

T = TypeVar("T")
numbers = itertools.count()


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Size(StrEnum):
    S = "s"
    L = "l"


class Mixed(Enum):
    YES = True
    TWO = 2
    PAIR = (1, "a")


class Place(NamedTuple):
    x: int
    name: str = "here"


class Options(TypedDict):
    width: int
    height: NotRequired[float]


@dataclasses.dataclass(frozen=True)
class Box(Generic[T]):
    content: T
    more: tuple[T, ...] = ()


@message
class Parcel(Generic[T]):
    inside: Box[T]


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    label: str
    children: tuple[Tree, ...] = ()
    other: Tree | None = None


Name = NewType("Name", str)

# In JSON all of these are the same as in Python or in a text of their own; what the laws say of schemas holds for `exact` ones.
floats = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
whole = st.integers(-(10**20), 10**20)
trees = st.recursive(st.builds(Tree, texts), lambda inner: st.builds(Tree, texts, st.lists(inner, max_size=2).map(tuple), st.none() | inner), max_leaves=6)
zones = st.none() | st.integers(-86_399, 86_399).map(lambda seconds: dt.timezone(dt.timedelta(seconds=seconds)))
plain: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | whole | texts | floats,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

EXACT: list[tuple[object, st.SearchStrategy[object]]] = [
    (None, st.none()),
    (bool, st.booleans()),
    (int, whole),
    (float, floats),
    (str, texts),
    (object, plain),
    (Name, texts),
    (Annotated[int, "a unit"], whole),
    (Literal["a", 1, None, True], st.sampled_from(["a", 1, None, True])),  # noqa: PYI061  (the older spelling)
    (Color, st.sampled_from(Color)),
    (Level, st.sampled_from(Level)),
    (Size, st.sampled_from(Size)),
    (Mixed, st.sampled_from(Mixed)),
    (Place, st.builds(Place, whole, texts)),
    (Options, st.fixed_dictionaries({"width": whole}, optional={"height": floats})),
    (Tree, trees),
]
TEXTS: list[tuple[object, st.SearchStrategy[object]]] = [
    (dt.datetime, st.datetimes(timezones=zones)),
    (dt.date, st.dates()),
    (dt.time, st.times(timezones=zones)),
    (dt.timedelta, st.timedeltas()),
    (UUID, st.uuids()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (bytes, st.binary(max_size=9)),
]
KEYS: list[tuple[object, st.SearchStrategy[object]]] = [
    (str, texts),
    (int, whole),
    (Color, st.sampled_from(Color)),
    (UUID, st.uuids()),
    (dt.date, st.dates()),
]


def optional(inner: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return Union[inner[0], None], st.none() | inner[1]  # noqa: UP007  (the older spelling)


def many(inner: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return tuple[inner[0], ...], st.lists(inner[1], max_size=3).map(tuple)


def pair(one: tuple[object, st.SearchStrategy[object]], two: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return tuple[one[0], two[0]], st.tuples(one[1], two[1])


def table(key: tuple[object, st.SearchStrategy[object]], inner: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return Mapping[key[0], inner[0]], st.dictionaries(key[1], inner[1], max_size=3)


def boxed(inner: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return Box[inner[0]], st.builds(Box, inner[1], st.lists(inner[1], max_size=2).map(tuple))


def parcelled(inner: tuple[object, st.SearchStrategy[object]]) -> tuple[object, st.SearchStrategy[object]]:
    return Parcel[inner[0]], st.builds(Parcel, boxed(inner)[1])


def made(inner: list[tuple[object, st.SearchStrategy[object]]], defaults: int, as_message: bool, slots: bool) -> tuple[object, st.SearchStrategy[object]]:
    """Make a class with a field for each of some types; the last ones may be missing, and are None then."""
    inner = [optional(each) if i >= len(inner) - defaults else each for i, each in enumerate(inner)]
    name = f"Made{next(numbers)}"
    names = [f"f{i}" for i in range(len(inner))]
    fields = [
        (name, kind, dataclasses.field(default=None)) if i >= len(inner) - defaults else (name, kind) for i, (name, (kind, _)) in enumerate(zip(names, inner))
    ]
    if as_message:
        namespace = {
            "__annotations__": {field[0]: field[1] for field in fields},
            "__module__": __name__,
            **{field[0]: None for field in fields if len(field) == 3},
        }
        kind = message(type(name, (), namespace))
    else:
        kind = dataclasses.make_dataclass(name, fields, frozen=True, slots=slots)
    return kind, st.builds(kind, **{name: values for name, (_, values) in zip(names, inner)})


def either(options: list[tuple[object, st.SearchStrategy[object]]]) -> tuple[object, st.SearchStrategy[object]]:
    return Union[tuple(kind for kind, _ in options)], st.one_of(*(values for _, values in options))  # noqa: UP007  (made from a list)


def types(leaves: list[tuple[object, st.SearchStrategy[object]]]) -> st.SearchStrategy[tuple[object, st.SearchStrategy[object]]]:
    """Give types with strategies for their values."""

    def grown(inner: st.SearchStrategy[tuple[object, st.SearchStrategy[object]]]) -> st.SearchStrategy[tuple[object, st.SearchStrategy[object]]]:
        classes = st.builds(made, st.lists(inner, max_size=4), st.integers(0, 2), st.booleans(), st.booleans())
        unions = st.lists(classes, min_size=2, max_size=3).map(either)
        return st.one_of(
            inner.map(optional),
            inner.map(many),
            st.builds(pair, inner, inner),
            st.builds(table, st.sampled_from(KEYS), inner),
            inner.map(boxed),
            inner.map(parcelled),
            classes,
            unions,
            st.tuples(st.sampled_from([(int, whole), (str, texts), (None, st.none())]), unions).map(list).map(either),
        )

    return st.recursive(st.sampled_from(leaves), grown, max_leaves=6)
