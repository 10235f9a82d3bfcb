"""The laws of the codec, over types that are made up: a round trip for every value, an answer for every input."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actorweb import DecodeError
from actorweb.values.codec import dumps, encode_as, from_json, loads, to_json
from tests.values.generated import EXACT, TEXTS, plain, types

some_types = types(EXACT + TEXTS)
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])


def outcome(kind: object, data: object) -> object:
    """Read, and give the value or the DecodeError; any other error fails the test."""
    try:
        return from_json(kind, data)
    except DecodeError as error:
        assert error.happened
        assert error.do
        return error


@calm
@given(st.data())
def test_what_is_written_as_a_type_is_read_back_equal_as_that_type(data: st.DataObject) -> None:
    kind, values = data.draw(some_types)
    value = data.draw(values)
    text = dumps(encode_as(kind, value))
    read = from_json(kind, loads(text))
    assert read == value
    assert type(read) is type(value)
    assert dumps(encode_as(kind, read)) == text


@calm
@given(st.data())
def test_a_class_is_written_as_its_fields_declare_even_where_nobody_says_its_type(data: st.DataObject) -> None:
    kind, values = data.draw(some_types)
    value = data.draw(values)
    if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
        assert from_json(kind, loads(dumps(to_json(value)))) == value
        assert to_json(value) == encode_as(kind, value)


@calm
@given(st.data())
def test_whatever_the_data_the_answer_is_a_value_of_the_type_or_a_decode_error(data: st.DataObject) -> None:
    kind, _ = data.draw(some_types)
    read = outcome(kind, data.draw(plain))
    if not isinstance(read, DecodeError):
        assert from_json(kind, encode_as(kind, read)) == read


@calm
@given(st.data())
def test_data_that_is_almost_right_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    kind, values = data.draw(some_types)
    written = json.loads(dumps(encode_as(kind, data.draw(values))))
    read = outcome(kind, spoilt(written, data.draw))
    if not isinstance(read, DecodeError):
        assert from_json(kind, encode_as(kind, read)) == read


def spoilt(value: object, draw) -> object:
    """Change one place of some JSON."""
    if isinstance(value, list) and value and draw(st.booleans()):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], spoilt(value[index], draw), *value[index + 1 :]]
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: spoilt(value[key], draw)}
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(st.text(max_size=3)): None}
    return draw(plain)


@calm
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["[", "]", "{", "}", ",", ":", '"a"', '"', "\\", "1", "-", "e9", ".", "null", "NaN", "\\ud800"])).map("".join)
)
def test_whatever_the_text_the_answer_is_what_python_reads_or_a_decode_error(text: str) -> None:
    try:
        read = loads(text)
    except DecodeError as error:
        assert error.do
    else:
        assert read == json.loads(text)
        assert loads(dumps(read)) == read
