"""Records behave as frozen dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from actorweb import Crash, Down, Normal, Shutdown
from actorweb.values.record import Record


class Point(Record):
    x: int
    y: int = 0


class Other(Record):
    x: int
    y: int = 0


class Empty(Record):
    """Nothing."""


def test_fields_are_given_by_place_or_name_with_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(1, 2).y, Point(y=3, x=1).y) == (1, 0, 2, 3)
    assert repr(Point(1, y=2)) == "Point(x=1, y=2)"
    assert repr(Empty()) == "Empty()"


@pytest.mark.parametrize("make", [lambda: Point(), lambda: Point(1, 2, 3), lambda: Point(1, z=2), lambda: Point(1, x=2), lambda: Empty(1)])
def test_wrong_arguments_are_type_errors(make: object) -> None:
    with pytest.raises(TypeError):
        make()  # type: ignore[operator]


def test_records_are_equal_by_type_and_value() -> None:
    assert Point(1) == Point(1, 0) != Point(2)
    assert Point(1) != Other(1)
    assert Point(1) != (1, 0)
    assert len({Point(1), Point(1), Other(1), Empty(), Empty()}) == 3


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del Point(1).x
    with pytest.raises(dataclasses.FrozenInstanceError):
        Point(1).z = 2  # type: ignore[attr-defined]


def test_records_can_be_matched_copied_and_kept() -> None:
    match Down(ref=None, reason=Shutdown("why")):  # type: ignore[arg-type]
        case Down(_, Shutdown(info), restarting):
            assert (info, restarting) == ("why", False)
        case _:
            pytest.fail("no match")
    assert copy.deepcopy(Point(1, 2)) == pickle.loads(pickle.dumps(Point(1, 2))) == Point(1, 2)


def test_reasons_are_records() -> None:
    error = ValueError()
    assert Crash(error) == Crash(error) != Crash(ValueError())
    assert Normal() == Normal()
