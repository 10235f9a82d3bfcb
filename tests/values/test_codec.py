"""The codec: strict, total, and a round trip for every value that it takes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import sys
import threading
from collections.abc import Mapping
from enum import Enum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import ActorError, DecodeError, EncodeError, Json, define_behavior, message
from actorweb.values.codec import dumps, encode_as, fields_to_json, from_json, loads, message_from_json, to_json


class Color(Enum):
    RED = "red"
    BLUE = 2


@message
class Point:
    x: int
    y: float = 0.5


@message
class Line:
    points: tuple[Point, ...]
    color: Color = Color.RED
    label: str | None = None


@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    children: tuple[Node, ...] = ()


@message
class Everything:
    flag: bool
    pair: tuple[int, str]
    names: frozenset[str]
    table: Mapping[str, int]
    kind: Literal["a", "b", 3]
    either: Point | Line | int
    node: Node
    data: Json = None


points = st.builds(Point, st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
lines = st.builds(Line, st.lists(points, max_size=3).map(tuple), st.sampled_from(Color), st.none() | st.text(max_size=5))
nodes = st.recursive(
    st.builds(Node, st.text(max_size=5)), lambda inner: st.builds(Node, st.text(max_size=5), st.lists(inner, max_size=3).map(tuple)), max_leaves=8
)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
everything = st.builds(
    Everything,
    st.booleans(),
    st.tuples(st.integers(), st.text(max_size=5)),
    st.frozensets(st.text(max_size=5), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=4),
    st.sampled_from(["a", "b", 3]),
    points | lines | st.integers(),
    nodes,
    data,
)


@given(everything)
def test_what_is_written_is_read_back_equal(value: Everything) -> None:
    text = dumps(to_json(value))
    assert from_json(Everything, loads(text)) == value
    assert message_from_json({"Everything": Everything}, loads(text)) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
        max_leaves=20,
    )
)
def test_whatever_the_data_the_answer_is_a_value_or_a_decode_error(value: object) -> None:
    for kind in (Everything, Line, Node, int, float, tuple[int, ...]):
        try:
            read = from_json(kind, value)  # type: ignore[arg-type, var-annotated]
        except DecodeError as error:
            assert error.do
        else:
            assert to_json(read) is not None or read is None


@given(st.text(max_size=80))
def test_whatever_the_text_the_answer_is_json_or_a_decode_error(text: str) -> None:
    try:
        loads(text)
    except DecodeError:
        pass


WRONG = [
    (Point, {}, "value.x is missing"),
    (Point, {"x": 1, "z": 2}, "value.z is not a field of Point"),
    (Point, {"x": "1"}, "value.x is '1'"),
    (Point, {"x": True}, "value.x is True"),
    (Point, {"x": 1.5}, "value.x is 1.5"),
    (Point, {"x": 1, "y": "a"}, "value.y is 'a'"),
    (Point, [1], "value is [1]"),
    (Line, {"points": [{"x": 1}, {"x": None}]}, "value.points[1].x is None"),
    (Line, {"points": [], "color": "green"}, "value.color is 'green'"),
    (Line, {"points": [], "label": 3}, "value.label is 3"),
    (Line, {"points": {}}, "value.points is {}"),
    (tuple[int, str], [1], "value is [1]"),
    (frozenset[int], [1, "a"], "value[1] is 'a'"),
    (dict[str, int], {"a": "b"}, "value.a is 'b'"),
    (Literal["a"], "b", "value is 'b'"),
    (int, 10**400, None),
    (float, 10**400, "a float can hold"),
    (None, 1, "value is 1"),
    (bool, 1, "value is 1"),
    (Node, {"name": "a", "children": [{"name": 1}]}, "value.children[0].name is 1"),
]


@pytest.mark.parametrize(("kind", "value", "says"), WRONG, ids=lambda value: str(value)[:40])
def test_what_does_not_fit_is_refused_with_the_path(kind: type[object], value: Json, says: str | None) -> None:
    if says is None:
        assert from_json(kind, value) == value
        return
    with pytest.raises(DecodeError) as caught:
        from_json(kind, value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", '{"a":1,"a":2}', "[" * 100 + "]" * 100, "[" * 100_000, "1 2", "\ufeff1"], ids=lambda text: text[:12]
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        loads(text)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (object(), "has no JSON form"),
        (float("nan"), "a finite number"),
        ({1: 2}, "has the key 1"),
        ((1, (object(),)), "value[1][0] is"),
        (bytearray(b"x"), "has no JSON form"),
    ],
)
def test_what_has_no_json_form_is_refused_with_the_path(value: object, says: str) -> None:
    with pytest.raises(EncodeError) as caught:
        to_json(value)
    assert says in str(caught.value)


def test_nesting_without_end_is_refused_when_writing() -> None:
    deep: tuple[object, ...] = ()
    for _ in range(100):
        deep = (deep,)
    with pytest.raises(EncodeError, match="deeper than 64"):
        to_json(deep)


def test_fields_are_written_without_the_type() -> None:
    assert fields_to_json(Point(1)) == {"x": 1, "y": 0.5}
    assert to_json(Point(1)) == {"type": "Point", "x": 1, "y": 0.5}
    with pytest.raises(EncodeError, match="has no fields"):
        fields_to_json(3)


def test_a_type_without_a_json_form_is_refused() -> None:
    with pytest.raises(DecodeError, match="has no JSON form"):
        from_json(object.__class__, 1)
    with pytest.raises(DecodeError, match="text keys"):
        from_json(dict[float, int], {})


def test_whole_floats_are_read_as_ints_since_javascript_has_one_kind_of_number() -> None:
    assert from_json(int, 3.0) == 3
    assert isinstance(from_json(float, 3), float)


def test_a_message_is_looked_up_among_those_that_the_behavior_takes() -> None:
    behavior = define_behavior("b").on(Point, lambda m, a: None).build()
    assert behavior.message_from_json({"type": "Point", "x": 1}) == Point(1)
    with pytest.raises(DecodeError, match="'Line' is no message that this behavior takes\nExpected: one of Point"):
        behavior.message_from_json({"type": "Line"})
    with pytest.raises(DecodeError, match="message is 3"):
        behavior.message_from_json(3)


def test_a_behavior_with_handlers_by_string_takes_mappings() -> None:
    behavior = define_behavior("b").on("GO", lambda m, a: None).on(Point, lambda m, a: None).build()
    assert behavior.message_from_json({"type": "GO", "x": 1}) == {"type": "GO", "x": 1}
    assert behavior.message_from_json({"type": "Point", "x": 1}) == Point(1)
    with pytest.raises(DecodeError):
        behavior.message_from_json({"type": "STOP"})


def test_every_error_says_what_happened_what_was_expected_and_what_to_do() -> None:
    error = ActorError("it broke", "a whole one", "mend it")
    assert str(error) == "AW-000 it broke\nExpected: a whole one\nDo: mend it"


@pytest.mark.skipif(sys.platform == "emscripten", reason="a page has no threads")
def test_threads_that_meet_a_type_at_the_same_time_all_get_its_whole_reader_and_writer() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            kind = dataclasses.make_dataclass("Knot", [("inner", "Knot | None", None), ("more", "tuple[Knot, ...]", ())], frozen=True)
            value = kind(kind(), (kind(), kind(kind())))
            barrier = threading.Barrier(6)

            def work() -> object:
                barrier.wait(10)
                return from_json(kind, encode_as(kind, value)) == from_json(kind, to_json(value)) == value

            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                assert all(done.result(20) for done in [pool.submit(work) for _ in range(6)])
    finally:
        sys.setswitchinterval(interval)


@dataclasses.dataclass(frozen=True, init=False)
class Fussy:
    value: int

    def __init__(self, value: int) -> None:
        raise LookupError("not today")


def test_a_class_with_a_constructor_of_its_own_may_refuse() -> None:
    with pytest.raises(DecodeError, match=r"value is refused by Fussy: LookupError: not today") as caught:
        from_json(Fussy, {"value": 1})
    assert isinstance(caught.value.__cause__, LookupError)


def test_what_is_shown_of_large_data_is_short() -> None:
    large: Json = 1
    for _ in range(4):
        large = {str(i): large for i in range(60)}
    with pytest.raises(DecodeError) as caught:
        from_json(int, large)
    assert len(caught.value.happened) < 100
