"""Values of classes of before a module reload become values of the present ones."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from actorweb import DecodeError
from actorweb.values.recast import recast

BEGIN = """
from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, Flag
from typing import Generic, Literal, NamedTuple, TypedDict, TypeVar
from actorweb import message
T = TypeVar("T")
class Opaque: ...
"""

SHOP = """
class Color(Enum):
    RED = "red"
    BLUE = "blue"

class Rights(Flag):
    READ = 1
    WRITE = 2

class Place(NamedTuple):
    x: int
    y: int = 0

class Options(TypedDict):
    place: Place

@dataclass(frozen=True)
class Line:
    sku: str
    color: Color = Color.RED

@dataclass(frozen=True)
class Gift:
    to: str

@message
class Order:
    lines: tuple[Line, ...]
    place: Place = Place(0)
    pair: tuple[Line, int] | None = None
    colors: frozenset[Color] = frozenset()
    prices: Mapping[str, Line] | None = None
    part: Line | Gift | None = None
    rights: Rights = Rights.READ
    options: Options | None = None
    note: object = None

@message
class Wrapped(Generic[T]):
    inside: T
"""


@pytest.fixture
def reload(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Run a text as the module `shop`, as a reload does: in place of what was there."""

    def run(text: str) -> types.SimpleNamespace:
        module = types.ModuleType("shop")
        monkeypatch.setitem(sys.modules, "shop", module)
        exec(BEGIN + text, vars(module))
        return types.SimpleNamespace(**vars(module))

    yield run


def whole_order(shop: types.SimpleNamespace) -> object:
    return shop.Order(
        lines=(shop.Line("a"), shop.Line("b", shop.Color.BLUE)),
        place=shop.Place(1, 2),
        pair=(shop.Line("c"), 3),
        colors=frozenset({shop.Color.RED}),
        prices={"x": shop.Line("d")},
        part=shop.Gift("Ada"),
        rights=shop.Rights.READ | shop.Rights.WRITE,
        options={"place": shop.Place(5)},
        note={"any": ["thing"]},
    )


def test_every_part_of_a_value_becomes_one_of_the_present_classes(reload) -> None:
    old, new = reload(SHOP), reload(SHOP)
    before = whole_order(old)
    after = recast(before, new.Order)
    assert after == whole_order(new)
    assert after != before
    assert after.note is before.note


def test_what_is_of_the_present_classes_is_given_back_itself(reload) -> None:
    shop = reload(SHOP)
    order = whole_order(shop)
    assert recast(order, shop.Order) is order
    assert recast((1, 2), tuple[int, ...])[1] == 2


def test_only_what_is_old_is_made_anew(reload) -> None:
    old, new = reload(SHOP), reload(SHOP)
    kept, lines = new.Line("kept"), (old.Line("old"),)
    assert recast((kept, *lines), tuple[new.Line, ...])[0] is kept


def test_a_new_field_takes_its_default(reload) -> None:
    old = reload("@message\nclass Add:\n    by: int\n")
    new = reload("@message\nclass Add:\n    by: int\n    step: int = 7\n    tags: tuple[str, ...] = field(default_factory=tuple)\n")
    assert recast(old.Add(2), new.Add) == new.Add(2, 7, ())


def test_values_without_a_json_form_are_kept_by_identity(reload) -> None:
    text = "@message\nclass Failed:\n    error: Exception\n    about: Ref[int]\n    thing: object\n"
    start = "class Ref(Generic[T]): ...\n"
    old, new = reload(start + text), reload(start + text)
    error, ref, thing = ValueError("x"), old.Ref(), old.Opaque()
    after = recast(old.Failed(error, ref, thing), new.Failed)
    assert type(after) is new.Failed
    assert (after.error, after.about, after.thing) == (error, ref, thing)


def test_a_generic_message_is_recast_as_its_parameter_says(reload) -> None:
    old, new = reload(SHOP), reload(SHOP)
    assert recast(old.Wrapped(old.Line("a")), new.Wrapped[new.Line]) == new.Wrapped(new.Line("a"))


def test_a_message_keeps_to_its_wire_name_whatever_its_class_is_called(reload) -> None:
    old = reload("@message(name='ADD')\nclass Add:\n    by: int\n")
    new = reload("@message(name='ADD')\nclass Plus:\n    by: int\n")
    assert recast(old.Add(1), new.Plus) == new.Plus(1)


REFUSED = [
    ("@message\nclass M:\n    a: int\n    b: int\n", "@message\nclass M:\n    a: int\n", {"a": 1, "b": 2}, "value.b is not a field of M"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: int\n    b: int\n", {"a": 1}, "value.b is missing (M)"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: str\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: tuple[int, ...]\n", "@message\nclass M:\n    a: tuple[str, ...]\n", {"a": ("x", 1)}, "value.a[1] is 1"),
    ("@message\nclass M:\n    a: frozenset[int]\n", "@message\nclass M:\n    a: frozenset[str]\n", {"a": frozenset({1})}, "value.a{…} is 1"),
    ("@message\nclass M:\n    a: Mapping[str, int]\n", "@message\nclass M:\n    a: Mapping[str, str]\n", {"a": {"k": 1}}, "value.a.k is 1"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: tuple[int, int]\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: Mapping[str, int]\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: Literal[2, 3]\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: str | None\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: Exception\n", {"a": 1}, "value.a is 1"),
    ("@message\nclass M:\n    a: int\n", "@dataclass(frozen=True)\nclass M:\n    a: int\n", {"a": 1}, "value is M(a=1)"),
    ("@message\nclass M:\n    a: int\n", "@message\nclass M:\n    a: int\n    def __post_init__(self): raise ValueError('too small')\n", {"a": 1}, "too small"),
]


@pytest.mark.parametrize(("before", "after", "fields", "says"), REFUSED, ids=lambda each: each if isinstance(each, str) and len(each) < 60 else "")
def test_what_does_not_fit_is_refused_with_its_path(before: str, after: str, fields: dict[str, object], says: str, reload) -> None:
    old, new = reload(before), reload(after)
    with pytest.raises(DecodeError) as caught:
        recast(old.M(**fields), new.M)
    assert says in str(caught.value)


def test_a_member_that_an_enum_has_lost_is_refused(reload) -> None:
    old = reload("class Color(Enum):\n    RED = 1\n    BLUE = 2\n")
    new = reload("class Color(Enum):\n    RED = 1\n")
    assert recast(old.Color.RED, new.Color) is new.Color.RED
    with pytest.raises(DecodeError, match=r"value is .*BLUE"):
        recast(old.Color.BLUE, new.Color)


def test_an_instance_of_a_plain_class_of_before_cannot_be_made_anew(reload) -> None:
    text = "@message\nclass M:\n    thing: Opaque\n"
    old, new = reload(text), reload(text)
    with pytest.raises(DecodeError, match=r"value\.thing is a Opaque of before the reload"):
        recast(old.M(old.Opaque()), new.M)


def test_a_failure_deep_in_a_union_is_the_one_that_is_told(reload) -> None:
    start = "@dataclass(frozen=True)\nclass Gift:\n    to: str\n"
    old = reload(start + "@dataclass(frozen=True)\nclass Line:\n    sku: int\n@message\nclass M:\n    part: Line | Gift\n")
    new = reload(start + "@dataclass(frozen=True)\nclass Line:\n    sku: str\n@message\nclass M:\n    part: Line | Gift\n")
    with pytest.raises(DecodeError, match=r"value\.part\.sku is 1"):
        recast(old.M(old.Line(1)), new.M)


def test_a_value_that_contains_itself_is_refused(reload) -> None:
    text = "@dataclass\nclass Node:\n    inner: Node | None = None\n"
    old, new = reload(text), reload(text)
    node = old.Node()
    node.inner = node
    with pytest.raises(DecodeError, match="nested too deeply"):
        recast(node, new.Node)
