"""What each type is in JSON, and what is refused: the forms that other programs may rely on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from typing import Annotated, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar
from uuid import UUID

import pytest

from actorweb import DecodeError, EncodeError, Json, message
from actorweb.values.codec import dumps, encode_as, fields_to_json, from_json, loads, message_from_json, to_json

T = TypeVar("T")
U = TypeVar("U")


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Rights(Flag):
    READ = 1
    WRITE = 2


class Pairs(Enum):
    ONE = (1, "a")


class Nothing(Enum):
    NOTHING = None


class Place(NamedTuple):
    x: int
    y: int = 0


class Size(TypedDict, total=False):
    width: int


@dataclasses.dataclass(frozen=True)
class Open:
    by: str


@dataclasses.dataclass(frozen=True)
class Closed: ...


@dataclasses.dataclass(frozen=True)
class Typed:
    type: str


@dataclasses.dataclass(frozen=True)
class Door:
    state: Open | Closed
    before: tuple[Open | Closed, ...] = ()


@message
class Opened:
    by: str


@dataclasses.dataclass(frozen=True)
class Box(Generic[T]):
    content: T


@dataclasses.dataclass(frozen=True)
class Labelled(Box[tuple[T, int]], Generic[T, U]):
    label: U


@message
class Sum:
    parts: tuple[int, ...]
    total: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass(frozen=True)
class Positive:
    value: int

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError("it must be positive")


Money = NewType("Money", int)
EAST = dt.timezone(dt.timedelta(hours=2))

FORMS = [
    (dt.datetime, dt.datetime(2026, 1, 31, 12, 30, 0, 5), "2026-01-31T12:30:00.000005"),  # noqa: DTZ001  (naive on purpose)
    (dt.datetime, dt.datetime(2026, 1, 31, 12, 30, tzinfo=EAST), "2026-01-31T12:30:00+02:00"),
    (dt.date, dt.date(2026, 1, 31), "2026-01-31"),
    (dt.time, dt.time(12, 30), "12:30:00"),
    (dt.timedelta, dt.timedelta(0), "PT0S"),
    (dt.timedelta, dt.timedelta(days=2), "P2D"),
    (dt.timedelta, dt.timedelta(days=-1, seconds=1), "-PT86399S"),
    (dt.timedelta, dt.timedelta.min, "-P999999999D"),
    (dt.timedelta, dt.timedelta.max, "P999999999DT86399.999999S"),
    (UUID, UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Decimal, Decimal("12.50"), "12.50"),
    (bytes, b"\x00\xff", "AP8="),
    (bytes, b"", ""),
    (Color, Color.RED, "red"),
    (Level, Level.LOW, 1),
    (Rights, Rights.READ | Rights.WRITE, 3),
    (Pairs, Pairs.ONE, [1, "a"]),
    (Nothing, Nothing.NOTHING, None),
    (Place, Place(1), {"x": 1, "y": 0}),
    (Size, {}, {}),
    (Box[int], Box(1), {"content": 1}),
    (Box[Place], Box(Place(1)), {"content": {"x": 1, "y": 0}}),
    (Box, Box([1]), {"content": [1]}),
    (Labelled[str, Color], Labelled(("a", 1), Color.RED), {"content": ["a", 1], "label": "red"}),
    (Annotated[Money, "euro"], 3, 3),
    (list[int], [1], [1]),
    (Sequence[int], (1,), [1]),
    (tuple[()], (), []),
    (frozenset[int], frozenset({3, 1, 2}), [1, 2, 3]),
    (Mapping[int, str], {1: "a", -2: "b"}, {"1": "a", "-2": "b"}),
    (Mapping[Color, int], {Color.RED: 1}, {"red": 1}),
    (Mapping[UUID, int], {UUID(int=1): 1}, {"00000000-0000-0000-0000-000000000001": 1}),
    (Mapping[Literal["a", "b"], int], {"a": 1}, {"a": 1}),
    (dt.date | None, dt.date(2026, 1, 31), "2026-01-31"),
    (Open | None, Open("Ada"), {"by": "Ada"}),
    (Open | Closed, Open("Ada"), {"type": "Open", "by": "Ada"}),
    (Open | Closed | None, None, None),
    (Opened | Closed, Opened("Ada"), {"type": "Opened", "by": "Ada"}),
    (Door, Door(Closed(), (Open("Ada"), Closed())), {"state": {"type": "Closed"}, "before": [{"type": "Open", "by": "Ada"}, {"type": "Closed"}]}),
    (int | float | str | None, 1.5, 1.5),
    (Literal["a"] | int, 3, 3),
    (Sum, Sum((1, 2)), {"type": "Sum", "parts": [1, 2]}),
    (Typed, Typed("x"), {"type": "x"}),
]


@pytest.mark.parametrize(("kind", "value", "form"), FORMS, ids=lambda each: str(each)[:40])
def test_a_value_has_this_form_and_is_read_back_from_it(kind: type[object], value: object, form: Json) -> None:
    assert encode_as(kind, value) == form
    read = from_json(kind, loads(dumps(form)))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        (dt.datetime, "2026-01-31T12:30:00Z", dt.datetime(2026, 1, 31, 12, 30, tzinfo=dt.UTC)),  # JavaScript's toISOString
        (dt.datetime, "2026-01-31T12:30:00.250Z", dt.datetime(2026, 1, 31, 12, 30, 0, 250_000, tzinfo=dt.UTC)),
        (dt.timedelta, "PT1H30M", dt.timedelta(minutes=90)),
        (dt.timedelta, "P1DT0.5S", dt.timedelta(days=1, milliseconds=500)),
        (UUID, "00000000-0000-0000-0000-00000000000A", UUID(int=10)),
        (Decimal, "1E+3", Decimal(1000)),
        (int | float, 3.5, 3.5),
        (Level, 1.0, Level.LOW),
        (int | None, 3.0, 3),
        (Opened, {"type": "Opened", "by": "Ada"}, Opened("Ada")),
        (Opened, {"by": "Ada"}, Opened("Ada")),
        (Place, {"x": 1}, Place(1)),
    ],
    ids=str,
)
def test_what_other_programs_write_is_read(kind: type[object], data: Json, value: object) -> None:
    assert from_json(kind, data) == value


REFUSED = [
    (dt.datetime, "2026-01-31", "a date with a time"),
    (dt.datetime, "20260131T123000", "a date with a time"),
    (dt.datetime, "2026-02-30T12:30:00", "a date with a time"),
    (dt.datetime, "2026-01-31T24:00:00", "a date with a time"),
    (dt.date, "2026-W05-6", "a date"),
    (dt.date, "٢٠٢٦-01-31", "a date"),
    (dt.time, "12:30", "a time"),
    (dt.timedelta, "P", "a duration"),
    (dt.timedelta, "PT", "a duration"),
    (dt.timedelta, "P1M", "a duration"),
    (dt.timedelta, "PT999999999999999H", "a duration"),
    (UUID, "1", "a UUID"),
    (UUID, 1, "a UUID"),
    (Decimal, "NaN", "a decimal number"),
    (Decimal, "1E+99999999999999999999", "a decimal number"),
    (Decimal, 1.5, "a decimal number"),
    (bytes, "A", "base64"),
    (bytes, "AP9=", "base64"),
    (Rights, 4, "flags of Rights"),
    (Rights, "READ", "a whole number"),
    (Pairs, [1, "b"], "a member of Pairs"),
    (Pairs, {"a": {1}}, "a member of Pairs"),
    (Color, ["red"], "'red'"),
    (Place, [1, 2], "an object"),
    (Place, {"x": 1, "z": 1}, "only x, y"),
    (Size, {"width": 1, "depth": 1}, "only width"),
    (frozenset[object], [[1]], "a set can hold"),
    (Mapping[int, str], {"01": "a"}, "a whole number as a key"),
    (Mapping[int, str], {"1.0": "a"}, "a whole number as a key"),
    (Mapping[int, str], {"-": "a"}, "a whole number as a key"),
    (Mapping[int, str], {"9" * 5000: "a"}, "4300 digits"),
    (Mapping[UUID, int], {"0" * 8 + "-0000-0000-0000-00000000000a": 1, "0" * 8 + "-0000-0000-0000-00000000000A": 1}, "each key once"),
    (Open | Closed, {"by": "Ada"}, "an object with \"type\": 'Closed' or 'Open'"),
    (Open | Closed, {"type": ["Open"]}, 'an object with "type"'),
    (Open | Closed, {"type": "Open"}, "the fields by"),
    (Open | Closed, {"type": "Open", "by": "Ada", "x": 1}, "only by"),
    (Open | Closed, 3, "Open or Closed"),
    (Opened, {"type": "Closed", "by": "Ada"}, "only by"),
    (Positive, {"value": -1}, "fields that Positive takes"),
    (int | float, True, "int or float"),
    (float, 1e999, "a finite number"),
    (Sum, {"parts": [], "total": 0}, "only parts"),
]


@pytest.mark.parametrize(("kind", "data", "expected"), REFUSED, ids=lambda each: str(each)[:40])
def test_what_only_looks_like_a_value_is_refused(kind: type[object], data: Json, expected: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_json(kind, data)
    assert expected in caught.value.expected


UNCLEAR = [
    (str | dt.date, "a string could be either"),
    (dt.date | dt.datetime, "a string could be either"),
    (Color | str, "a string could be either"),
    (Nothing | None, "a null could be either"),
    (tuple[int, ...] | frozenset[int], "an array could be either"),
    (Open | Mapping[str, int], "an object could be either"),
    (Open | Size, "an object could be either|do not know their type"),
    (Open | Typed, "Typed has a field 'type'"),
    (Box[int] | Box[str], "two of its classes are called 'Box'"),
    (Mapping[float, int], "text keys only"),
    (Mapping[Level, int], "text keys only"),
    (Literal[Color.RED], "is no plain value"),
    (complex, "no dataclass"),
    (Sequence[complex], "no dataclass"),
    (Open | complex, "no dataclass"),
    (3, "it is no class"),
]


@pytest.mark.parametrize(("kind", "why"), UNCLEAR, ids=lambda each: str(each)[:40])
def test_a_type_without_one_clear_form_is_refused_in_both_directions(kind: type[object], why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        from_json(kind, {})
    with pytest.raises(EncodeError, match=why):
        encode_as(kind, {})


@dataclasses.dataclass(frozen=True, slots=True)
class Loud:
    value: int
    more: tuple[int, ...] = dataclasses.field(default=(), kw_only=True)

    def __init__(self, value: int, *, more: tuple[int, ...] = ()) -> None:
        object.__setattr__(self, "value", value + 1)
        object.__setattr__(self, "more", more)


@dataclasses.dataclass(frozen=True, slots=True)
class Doubled(Open):
    twice: str = dataclasses.field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.by * 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    a: int
    b: int = dataclasses.field(default=2, kw_only=True)
    c: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Started(Keyed):
    d: list[int] = dataclasses.field(default_factory=list)


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        (Loud, {"value": 1}, Loud(1)),
        (Doubled, {"by": "a"}, Doubled("a")),
        (Keyed, {"a": 1, "c": 5}, Keyed(1, 5)),
        (Keyed, {"a": 1, "b": 5}, Keyed(1, b=5)),
        (Started, {"a": 1}, Started(1)),
        (Started, {"a": 1, "d": [1]}, Started(1, d=[1])),
    ],
    ids=str,
)
def test_what_a_constructor_does_beyond_storing_is_done(kind: type[object], data: Json, value: object) -> None:
    assert from_json(kind, data) == value


def test_a_field_without_a_form_is_named() -> None:
    made = dataclasses.make_dataclass("Made", [("part", complex)])
    with pytest.raises(DecodeError, match=r"^AW-103 value\.part: the type <class 'complex'> has no JSON form"):
        from_json(made, {"part": 1})


def test_an_annotation_that_means_nothing_at_run_time_is_told_when_read_and_does_not_hinder_writing() -> None:
    made = dataclasses.make_dataclass("Made", [("part", "Unimported")])
    with pytest.raises(DecodeError, match="'Unimported' is not defined"):
        from_json(made, {"part": 1})
    assert to_json(made(1)) == {"part": 1}


def test_a_class_inside_a_function_may_name_itself() -> None:
    @dataclasses.dataclass(frozen=True)
    class Node:
        inner: Node | None = None

    assert from_json(Node, {"inner": {}}) == Node(Node())


STRAYS = [
    (int, True, "value is True"),
    (int, 1.0, "value is 1.0"),
    (float, float("inf"), "value is inf"),
    (float, 10**400, "value is a number of"),
    (str, 1, "value is 1"),
    (Door, Door("open"), "value.state is 'open'"),  # type: ignore[arg-type]
    (Door, Door(Closed(), (1,)), "value.before[0] is 1"),  # type: ignore[arg-type]
    (Box[int], Box("a"), "value.content is 'a'"),
    (Box[object], Box(Closed()), "value.content is Closed()"),
    (dt.date, dt.datetime(2026, 1, 31), "value is datetime"),  # noqa: DTZ001  (naive on purpose)
    (dt.time, dt.time(1, tzinfo=dt.timezone(dt.timedelta(microseconds=1))), "value is datetime.time"),
    (Decimal, Decimal("NaN"), "value is Decimal('NaN')"),
    (Size, {"width": 1, "depth": 2}, "value is {'width': 1"),
    (tuple[int, int], (1,), "value is (1,)"),
    (tuple[Place, ...], (Place(1), 2), "value[1] is 2"),
    (frozenset[int], frozenset({"a"}), "value{…} is 'a'"),
    (Mapping[str, int], {"a": "b"}, "value.a is 'b'"),
    (Mapping[int, int], {1: 1, "1": 2}, "value is '1'"),
    (Literal["a"], "b", "value is 'b'"),
    (Open | Closed, Opened("Ada"), "value is Opened"),
]


@pytest.mark.parametrize(("kind", "value", "says"), STRAYS, ids=lambda each: str(each)[:40])
def test_what_could_not_be_read_back_is_not_written_as_that_type(kind: object, value: object, says: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode_as(kind, value)
    assert says in caught.value.happened


def test_without_a_declared_type_what_does_not_fit_its_field_is_written_by_its_own_class() -> None:
    assert to_json(Door(Place(1))) == {"state": {"x": 1, "y": 0}, "before": []}  # type: ignore[arg-type]
    assert fields_to_json(Sum((1,))) == {"parts": [1]}


def test_keys_that_would_be_written_alike_are_refused() -> None:
    made = dataclasses.make_dataclass("Made", [("table", Mapping[int, int])])
    with pytest.raises(EncodeError, match="two of its keys are written alike"):
        to_json(made({1: 1, "1": 2}))


def test_a_message_under_another_name_than_its_own_is_read_too() -> None:
    assert message_from_json({"go": Opened}, {"type": "go", "by": "Ada"}) == Opened("Ada")


def test_data_without_end_is_refused() -> None:
    @dataclasses.dataclass
    class Node:
        inner: Node | None

    data: dict[str, object] = {}
    data["inner"] = data
    with pytest.raises(DecodeError, match="nested too deeply"):
        from_json(Node, data)


def test_a_value_as_deep_as_may_be_is_written_and_read_and_one_deeper_is_not() -> None:
    @dataclasses.dataclass
    class Node:
        inner: Node | None = None

    node = Node()
    for _ in range(63):
        node = Node(node)
    assert from_json(Node, loads(dumps(encode_as(Node, node)))) == node
    with pytest.raises(EncodeError, match="deeper than 64"):
        encode_as(Node, Node(node))
    with pytest.raises(EncodeError, match="deeper than 64"):
        to_json(Node(node))


def test_a_repr_that_raises_does_not_hide_the_error() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    with pytest.raises(EncodeError, match="<a Rude whose repr raises RuntimeError>"):
        to_json(Rude())
