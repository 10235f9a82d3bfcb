"""JSON Schemas: they say of a type what the codec does with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from enum import Flag

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import DecodeError, EncodeError, define_behavior, message
from actorweb.values.codec import dumps, encode_as, from_json
from actorweb.values.schema import DIALECT, json_schema, messages_schema
from tests.values.checker import accepts
from tests.values.generated import EXACT, TEXTS, Tree, plain, types
from tests.values.test_codec_law import calm, spoilt


def reads(kind: object, data: object) -> bool:
    try:
        from_json(kind, data)
    except DecodeError:
        return False
    return True


@calm
@given(st.data())
def test_what_the_codec_writes_and_reads_the_schema_accepts(data: st.DataObject) -> None:
    kind, values = data.draw(types(EXACT + TEXTS))
    written = json.loads(dumps(encode_as(kind, data.draw(values))))
    assert accepts(json_schema(kind), written)


@calm
@given(st.data())
def test_schema_and_codec_agree_on_what_is_right_and_what_is_not(data: st.DataObject) -> None:
    kind, values = data.draw(types(EXACT))
    right = json.loads(dumps(encode_as(kind, data.draw(values))))
    some = data.draw(st.just(right) | plain) if data.draw(st.booleans()) else spoilt(right, data.draw)
    keyed = "date" in str(kind) or "UUID" in str(kind)  # a pattern cannot know the calendar
    assert accepts(json_schema(kind), some) == reads(kind, some) or keyed


def test_what_a_schema_says_is_json_itself() -> None:
    for kind, _ in EXACT + TEXTS:
        schema = json_schema(kind)
        assert json.loads(dumps(schema)) == schema


@message
class Set:
    """Sets the value.

    Whatever it was.
    """

    value: int
    step: float = 0.5
    names: tuple[str, ...] = ()


@message(name="RESET")
class Reset: ...


def test_the_schema_of_a_message_tells_fields_defaults_and_what_its_author_wrote() -> None:
    assert json_schema(Set) == {
        "$schema": DIALECT,
        "$ref": "#/$defs/Set",
        "$defs": {
            "Set": {
                "description": "Sets the value.\n\nWhatever it was.",
                "type": "object",
                "properties": {
                    "type": {"const": "Set"},
                    "value": {"type": "integer"},
                    "step": {"type": "number", "default": 0.5},
                    "names": {"type": "array", "items": {"type": "string"}, "default": []},
                },
                "required": ["value"],
                "additionalProperties": False,
            }
        },
    }


def test_the_schema_of_a_behaviors_messages_is_one_of_them_by_their_type() -> None:
    behavior = define_behavior("b").on(Set, lambda m, a: None).on(Reset, lambda m, a: None).build()
    schema = messages_schema(behavior.messages)
    assert schema["oneOf"] == [{"$ref": "#/$defs/Set"}, {"$ref": "#/$defs/RESET"}]
    for data in ({"type": "Set", "value": 1}, {"type": "RESET"}, {"value": 1}, {"type": "RESET", "value": 1}, {"type": "Set"}, {"type": "Reset"}, 3, {}):
        try:
            behavior.message_from_json(data)
        except DecodeError:
            assert not accepts(schema, data)
        else:
            assert accepts(schema, data)


def test_a_type_that_contains_itself_is_told_once() -> None:
    schema = json_schema(Tree)
    assert list(schema["$defs"]) == ["Tree"]
    assert schema["$defs"]["Tree"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}


def test_two_classes_of_one_name_are_told_apart() -> None:
    one = dataclasses.make_dataclass("Same", [("x", int)], frozen=True)
    two = dataclasses.make_dataclass("Same", [("y", str)], frozen=True)
    assert list(json_schema(tuple[one, two])["$defs"]) == ["Same", "Same2"]


class Rights(Flag):
    READ = 1
    WRITE = 2


def test_texts_keys_and_flags_say_what_they_look_like() -> None:
    assert json_schema(dt.date)["format"] == "date"
    assert json_schema(bytes)["contentEncoding"] == "base64"
    assert json_schema(Mapping[int, str])["propertyNames"] == {"pattern": r"^(0|-?[1-9]\d*)$"}
    assert json_schema(Rights) == {"$schema": DIALECT, "type": "integer", "minimum": 0}


def test_a_type_without_a_json_form_has_no_schema_and_the_error_names_the_place() -> None:
    made = dataclasses.make_dataclass("Made", [("parts", tuple[complex, ...])], frozen=True)
    with pytest.raises(EncodeError, match=r"value\.parts\[…\]: the type .*complex.* has no JSON form"):
        json_schema(made)
