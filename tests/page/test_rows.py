"""Keyed rows: whatever becomes of a list, the page shows it, each row keeps its number, and no slot stays behind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import message
from actorweb.errors import DuplicateKey
from actorweb.page import Template, each, html
from actorweb.page.frame import KeyedRows, Painter
from actorweb.page.runs import runs_of
from actorweb.page.sameness import count_same, is_same_item
from tests.page.mirror import Mirror


@message
class Pick:
    id: int


class Item:
    """Has a key and a label. Two of them are never equal."""

    def __init__(self, key: int, label: str) -> None:
        self.key = key
        self.label = label


def view(pair: tuple[Item, bool]) -> Template:
    item, picked = pair
    if picked:
        return html("<li><b>{t}</b></li>", t=item.label)
    return html("<li @click={p}>{t}</li>", p=Pick(item.key), t=item.label)


class Screen:
    def __init__(self) -> None:
        self.painter = Painter()
        self.mirror = Mirror()
        self.node = None

    def show(self, pairs: list[tuple[Item, bool]], view=view) -> None:
        template = html("<ul>{rows}</ul>", rows=each(pairs, key=lambda pair: pair[0].key, view=view))
        if self.node is None:
            self.node, look = self.painter.paint(template)
        else:
            changes = self.node.update(self.painter, template)
            look = {"c": changes} if changes else None
        self.mirror.add(json.loads(json.dumps(self.painter.new_statics)))
        self.painter.new_statics = []
        self.mirror.show(json.loads(json.dumps(look)))
        self.painter.slots.retire(1, self.painter.retired)
        self.painter.retired = []
        self.painter.slots.acknowledged(1)

    def labels(self) -> list[str]:
        (_, (rows,)) = self.mirror.shown()
        return [row[1][-1] if row[0][0] == "<li @click=" else f"*{row[1][0]}" for row in rows]

    @property
    def numbers(self) -> dict[int, int]:
        rows = self.node.kept[0]
        assert isinstance(rows, KeyedRows)
        return {row.key: row.number for row in rows.sequence}


changes = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 12), st.integers(0, 12)),
        st.tuples(st.just("remove"), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("move"), st.integers(0, 12), st.integers(0, 12)),
        st.tuples(st.just("relabel"), st.integers(0, 12), st.integers(0, 9)),
        st.tuples(st.just("pick"), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("copy"), st.just(0), st.just(0)),
        st.tuples(st.just("clear"), st.just(0), st.just(0)),
    ),
    max_size=6,
)


@given(st.lists(changes, max_size=10))
def test_whatever_becomes_of_a_list_it_is_shown(rounds: list[list[tuple[str, int, int]]]) -> None:
    screen = Screen()
    items: list[Item] = []
    picked = -1
    following = 0
    screen.show([])
    for round_ in rounds:
        before = dict(screen.numbers)
        for what, at, to in round_:
            here = at % len(items) if items else 0
            if what == "insert":
                following += 1
                items.insert(at, Item(following, f"item {following}"))
            elif what == "move" and items:
                items.insert(to, items.pop(here))
            elif what == "remove" and items:
                items.pop(here)
            elif what == "relabel" and items:
                items[here] = Item(items[here].key, f"label {to}")
            elif what == "pick" and items:
                picked = items[here].key
            elif what == "copy":
                items = list(items)
            elif what == "clear":
                items.clear()
        screen.show([(item, item.key == picked) for item in items])
        assert screen.labels() == [f"*{item.label}" if item.key == picked else item.label for item in items]
        for key, number in screen.numbers.items():
            assert before.get(key, number) == number, "a row keeps its number, and so its nodes"
        assert len(screen.painter.slots) == sum(item.key != picked for item in items), "each slot belongs to a row that is shown"


def test_a_view_that_closes_over_something_else_is_asked_again() -> None:
    screen = Screen()
    items = [(Item(1, "a"), False), (Item(2, "b"), False)]
    for sign in ("!", "?"):
        screen.show(items, view=lambda pair: html("<li @click={p}>{t}</li>", p=Pick(0), t=pair[0].label + sign))
        assert screen.labels() == [f"a{sign}", f"b{sign}"]


def test_a_method_of_something_else_and_other_defaults_are_asked_again() -> None:
    class Dressed:
        def __init__(self, sign: str) -> None:
            self.sign = sign

        def view(self, pair: tuple[Item, bool]) -> Template:
            return html("<li @click={p}>{t}</li>", p=Pick(0), t=pair[0].label + self.sign)

    def with_default(sign: str):
        def made(pair: tuple[Item, bool], *, end: str = sign) -> Template:
            return html("<li @click={p}>{t}</li>", p=Pick(0), t=pair[0].label + end)

        return made

    items = [(Item(1, "a"), False)]
    screen = Screen()
    for sign in ("!", "?"):
        screen.show(items, view=Dressed(sign).view)
        assert screen.labels() == [f"a{sign}"]
    for sign in ("!", "?"):
        screen.show(items, view=with_default(sign))
        assert screen.labels() == [f"a{sign}"]


def test_the_view_of_a_row_that_stands_is_not_asked() -> None:
    screen = Screen()
    asked: list[int] = []

    def noted(pair: tuple[Item, bool]) -> Template:
        asked.append(pair[0].key)
        return view(pair)

    items = [Item(number, str(number)) for number in range(6)]
    screen.show([(item, False) for item in items], view=noted)
    asked.clear()
    screen.show([(item, item.key == 3) for item in items], view=noted)
    assert asked == [3]
    screen.show([(item, item.key == 3) for item in reversed(items)], view=noted)
    assert asked == [3]
    screen.show([(item, item.key == 3) for item in items[:2]], view=noted)
    assert asked == [3]


@pytest.mark.parametrize("keys", [[1, 1], [1, 2, 1], [1, 2, 3, 2], [5, 1, 2, 5, 3], [1, 2, 3, 3]])
def test_two_rows_with_one_key_are_refused_wherever_they_stand(keys: list[int]) -> None:
    known = {key: Item(key, str(key)) for key in (1, 2, 3)}
    screen = Screen()
    screen.show([(item, False) for item in known.values()])
    with pytest.raises(DuplicateKey):
        screen.show([(known.get(key) or Item(key, "new"), False) for key in keys])


def test_items_may_come_from_anything_that_can_be_walked_over() -> None:
    screen = Screen()
    items = [Item(1, "a"), Item(2, "b")]
    for _ in range(2):
        screen.show((item, False) for item in items)
        assert screen.labels() == ["a", "b"]


def test_a_list_that_was_changed_in_place_is_seen() -> None:
    screen = Screen()
    pairs = [(Item(1, "a"), False), (Item(2, "b"), False)]
    screen.show(pairs)
    pairs.append((Item(3, "c"), False))
    pairs[0] = (Item(1, "x"), False)
    screen.show(pairs)
    assert screen.labels() == ["x", "b", "c"]


def test_what_counts_as_the_same_item() -> None:
    item = Item(1, "a")
    assert is_same_item((item, 1000), (item, int("1000")))
    assert not is_same_item((item, 1), (item, True))
    assert not is_same_item((item, 1), (item, 1.0))
    assert not is_same_item((item,), (item, None))
    assert not is_same_item([item], [item])
    assert count_same([((item, True), (item, True)), ((item, True), (item, False)), ((item, True), (item, True))]) == 1
    assert count_same([((item, 1), (item, True))]) == 0
    assert count_same([((item, 1, 2), (item, 1, 2)), (item, item), (Item(1, "a"), Item(1, "a"))]) == 2


@given(st.lists(st.integers(1, 50), unique=True))
def test_runs_say_the_order(numbers: list[int]) -> None:
    runs = runs_of(numbers)
    assert [number for at in range(0, len(runs), 2) for number in range(runs[at], runs[at] + runs[at + 1])] == numbers
