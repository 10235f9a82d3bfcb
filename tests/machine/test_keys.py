"""Keys are ordered, and numbers read in them, as JavaScript does it; paths are split at their dots."""

from __future__ import annotations

import pytest

from actorweb.machine.keys import in_order, number_of
from actorweb.values.state_value import split_path


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5), (" 5 ", 5), ("", 0), ("1e1", 10), ("0x10", 16), ("0b11", 3), ("0o17", 15), (".5", 0.5), ("5.", 5), ("-5", -5), ("007", 7),
        ("+3", 3), ("Infinity", float("inf")), ("NaN", None), ("1_000", None), ("5ms", None), ("-0x10", None), ("+", None), (".", None), ("inf", None),
    ],
)  # fmt: skip
def test_a_delay_is_a_number_where_javascript_reads_one(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_a_backslash_keeps_a_dot_in_a_key() -> None:
    assert split_path(r"a.b\.c") == ["a", "b.c"]


def test_keys_that_are_indexes_come_first() -> None:
    assert [key for key, _ in in_order({"b": 1, "10": 2, "2": 3, "01": 4, "a": 5})] == ["2", "10", "b", "01", "a"]
