"""Keys: read and written as JavaScript does, for ids of events are made of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb.machine import RaiseLater, machine
from actorweb.machine.keys import as_number, as_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0.0), (" 5 ", 5.0), ("-0", 0.0), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("0x10", 16.0), ("0b101", 5.0), ("0o17", 15.0), ("1e999", math.inf),
        ("-Infinity", -math.inf), ("-0x10", None), ("infinity", None), ("nan", None), ("1_0", None), ("\u0663", None), (".", None), ("1e", None),
    ],
)  # fmt: skip
def test_a_text_is_the_number_that_javascript_reads(text: str, number: float | None) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1000.0, "1000"), (-0.0, "0"), (0.1, "0.1"), (1e16, "10000000000000000"), (123456789012345680000.0, "123456789012345680000"), (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"), (0.000001234, "0.000001234"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (5e-324, "5e-324"), (-2.5e30, "-2.5e+30"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_javascript_writes_it(number: float, text: str) -> None:
    assert as_text(number) == text


@given(st.floats(allow_nan=False))
def test_what_is_written_is_read_as_the_same_number(number: float) -> None:
    assert as_number(as_text(number)) == number


@pytest.mark.parametrize(("key", "event"), [("1e3", "xstate.after.1000.m"), ("0x10", "xstate.after.16.m"), ("1e21", "xstate.after.1e+21.m")])
def test_the_event_of_a_delay_has_the_number_in_its_type(key: str, event: str) -> None:
    _, effects = machine({"id": "m", "after": {key: {}}}).begin()
    assert [effect.event["type"] for effect in effects if isinstance(effect, RaiseLater)] == [event]
