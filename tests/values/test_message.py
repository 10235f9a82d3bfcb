"""Messages: immutable, equal by value, with a wire name."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Generic, TypeVar

import pytest

from actorweb import NotAMessage, Request, message
from actorweb.values.message import is_message_type, wire_name

T = TypeVar("T")


@message
class Plain:
    a: int
    b: str = "b"


@message
class Empty: ...


@message(name="shop.buy")
class Named:
    item: str


@message
class Derived(Plain):
    c: float = 1.5


@message
class Get(Request[T], Generic[T]):
    key: str


@message
class WithFactory:
    items: tuple[int, ...] = dataclasses.field(default_factory=lambda: (1, 2))


@message
class Checked:
    n: int

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("negative")


@message
class KeywordOnly:
    a: int
    b: int = dataclasses.field(default=2, kw_only=True)


def test_a_message_is_made_like_a_dataclass() -> None:
    assert Plain(1) == Plain(a=1, b="b") != Plain(2)
    assert repr(Plain(1)) == "Plain(a=1, b='b')"
    assert hash(Plain(1)) == hash(Plain(1))
    assert Derived(1, "x", 2.5).c == 2.5
    assert Get[int]("k").key == "k"
    assert WithFactory().items == (1, 2)
    assert KeywordOnly(1, b=3).b == 3
    assert Empty() == Empty()
    assert str(inspect.signature(Plain)) == "(a: 'int', b: 'str' = 'b') -> None" or "a" in inspect.signature(Plain).parameters


@pytest.mark.parametrize("make", [lambda: Plain(), lambda: Plain(1, "b", 2), lambda: Plain(c=1), lambda: Empty(1), lambda: KeywordOnly(1, 2)])
def test_wrong_arguments_are_type_errors(make: object) -> None:
    with pytest.raises(TypeError):
        make()  # type: ignore[operator]


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Plain(1).a = 2  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        Empty().x = 1  # type: ignore[attr-defined]


def test_a_post_init_still_runs() -> None:
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)


def test_the_wire_name_is_the_class_name_or_the_one_given() -> None:
    assert [wire_name(kind) for kind in (Plain, Named, Derived)] == ["Plain", "shop.buy", "Derived"]


def test_a_class_that_is_not_decorated_has_no_wire_name() -> None:
    class Sub(Plain): ...

    assert not is_message_type(Sub)
    with pytest.raises(NotAMessage, match="write @message above `class Sub`"):
        wire_name(Sub)
