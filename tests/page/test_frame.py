"""Frames: statics once, then only what changed; and the law that changes lead where a fresh look begins."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import message
from actorweb.errors import DuplicateKey, EncodeError, TemplateError
from actorweb.page import Template, each, html, on
from actorweb.page.attribute import UNSAFE_URL
from actorweb.page.frame import Painter
from actorweb.values.json import Json
from tests.page.mirror import Mirror


@message
class Pick:
    id: int


@message
class Typed:
    text: str


class Screen:
    """A page in memory."""

    def __init__(self) -> None:
        self.painter = Painter()
        self.mirror = Mirror()
        self.node = None
        self.look: Json = None

    def show(self, template: Template) -> Json:
        if self.node is not None and self.node.statics is template.statics:  # type: ignore[unreachable]
            changes = self.node.update(self.painter, template)  # type: ignore[unreachable]
            self.look = {"c": changes} if changes else None
        else:
            self.node, self.look = self.painter.paint(template)  # type: ignore[assignment]
        # What crosses is text: a value that has no JSON form would be found here.
        statics, self.painter.new_statics = self.painter.new_statics, []
        self.mirror.add(json.loads(json.dumps(statics)))
        self.mirror.show(json.loads(json.dumps(self.look)))
        return self.look


def rows(items: list[tuple[int, str]], picked: int = -1) -> Template:
    return html(
        "<ul class={c}>{rows}</ul>",
        c="list",
        rows=each(
            items,
            key=lambda item: item[0],
            view=lambda item: html("<li class={c} @click={p}>{t}</li>", c="on" if item[0] == picked else None, p=Pick(item[0]), t=item[1]),
        ),
    )


def test_the_first_look_is_whole_and_the_next_only_what_changed() -> None:
    screen = Screen()
    first = html("<p class={c}>{a} {b}</p>", c="x", a=1, b="two")
    assert screen.show(first) == [1, "x", "1", "two"]
    assert screen.show(html("<p class={c}>{a} {b}</p>", c="x", a=2, b="two")) == {"c": [[1, "2"]]}
    assert screen.show(html("<p class={c}>{a} {b}</p>", c="x", a=2, b="two")) is None


def test_a_slot_is_kept_while_its_message_means_the_same_and_is_never_used_again() -> None:
    screen = Screen()
    slots = []
    for pick in (Pick(1), Pick(1), Pick(2), Pick(1)):
        look = screen.show(html("<b @click={p}></b>", p=pick))
        slots.append(look)
    assert slots == [[1, 1], None, {"c": [[0, 2]]}, {"c": [[0, 3]]}]
    assert screen.painter.retired == [1, 2]


def test_a_retired_slot_is_kept_until_the_page_has_acknowledged_a_frame_without_it() -> None:
    slots = Painter().slots
    old, new = slots.bind(Pick(1)), slots.bind(Pick(2))
    slots.retire(7, [old])
    slots.acknowledged(6)
    assert slots.find(old) == Pick(1)
    slots.acknowledged(7)
    assert slots.find(old) is None
    assert slots.find(new) == Pick(2)


def test_a_binding_crosses_with_the_fields_to_fill() -> None:
    screen = Screen()
    assert screen.show(html("<input @input={t}>", t=on(Typed, text="target.value"))) == [1, [1, {"text": "target.value"}]]
    assert screen.show(html("<input @input={t}>", t=on(Typed, text="target.value"))) is None


def test_new_rows_cross_as_one_flat_list_and_unchanged_rows_not_at_all() -> None:
    screen = Screen()
    items = [(n, f"row {n}") for n in range(3)]
    assert screen.show(rows(items)) == [2, "list", {"r": [1, 3], "n": [1, 1, 3, None, 1, "row 0", None, 2, "row 1", None, 3, "row 2"]}]
    assert screen.show(rows([*items])) is None
    assert screen.show(rows([items[2], items[0]])) == {"c": [[1, "r", [3, 1, 1, 1], [], []]]}
    assert screen.show(rows([items[2], (0, "new text")])) == {"c": [[1, "r", None, [], [1, [[2, "new text"]]]]]}


def test_a_view_that_closes_over_something_new_makes_its_rows_again() -> None:
    screen = Screen()
    items = [(n, f"row {n}") for n in range(3)]
    screen.show(rows(items))
    assert screen.show(rows(items, picked=1)) == {"c": [[1, "r", None, [], [2, [[0, "on"]]]]]}


def test_rows_that_go_let_their_slots_go() -> None:
    screen = Screen()
    screen.show(rows([(1, "a"), (2, "b")]))
    screen.show(rows([(2, "b")]))
    assert screen.painter.retired == [1]
    screen.show(html("<p></p>"))


def test_two_rows_with_one_key_are_refused() -> None:
    with pytest.raises(DuplicateKey, match="the key 1"):
        Screen().show(rows([(1, "a"), (1, "b")]))


@pytest.mark.parametrize("value", [None, True, False])
def test_none_and_booleans_show_nothing(value: object) -> None:
    assert Screen().show(html("<p>{x}</p>", x=value)) == [1, None]


@pytest.mark.parametrize("hostile", ["<img src=x onerror=alert(1)>", "javascript:alert(1)", '"><script>alert(1)</script>', "${x}", "<!--lit-->"])
def test_a_hostile_text_stays_text_in_each_position(hostile: str) -> None:
    screen = Screen()
    look = screen.show(html("<a class={c} title='t {c}' href={u} .value={v}>{t}</a>", c=hostile, u=hostile, v=hostile, t=hostile))
    address = UNSAFE_URL if hostile.startswith("javascript") else hostile
    assert look == [1, hostile, f"t {hostile}", address if address == UNSAFE_URL else hostile, hostile, hostile]
    assert all(hostile not in text for text in screen.mirror.statics[1][0])


def test_an_address_that_is_code_is_left_out_and_said() -> None:
    screen = Screen()
    assert screen.show(html("<a href={u}></a>", u="javascript:alert(1)")) == [1, UNSAFE_URL]
    assert "was left out" in screen.painter.refused[0]
    assert screen.show(html("<a href='java{u}'></a>", u="script:alert(1)")) == [2, UNSAFE_URL]


@pytest.mark.parametrize(
    ("template", "error"),
    [
        (lambda: html("<p @click={x}></p>", x=lambda: None), TemplateError),
        (lambda: html("<p class={x}></p>", x=object()), TemplateError),
        (lambda: html("<p .data={x}></p>", x=object()), EncodeError),
        (lambda: html("<p>{x}</p>", x=each([1], key=str, view=lambda item: "no template")), TemplateError),  # type: ignore[arg-type, return-value]
    ],
)
def test_a_value_that_does_not_fit_its_hole_is_refused(template: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Screen().show(template())  # type: ignore[operator]


Tree = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda parts: st.one_of(
        st.tuples(st.just("t"), st.sampled_from(["<b>{x}</b>", "<i class={x}>{x}</i>", "<u @click={p}>{x}</u>"]), parts),
        st.tuples(st.just("l"), st.lists(parts, max_size=3)),
        st.tuples(st.just("r"), st.lists(st.tuples(st.integers(0, 5), parts), max_size=6, unique_by=lambda row: row[0])),
    ),
    max_leaves=12,
)


def build(tree: object) -> object:
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "t":
        text = tree[1]
        if "class" in text:
            return html(text, x=str(tree[2])[:3])
        return html(text, x=build(tree[2]), p=Pick(1)) if "{p}" in text else html(text, x=build(tree[2]))
    if tree[0] == "l":
        return [build(part) for part in tree[1]]
    return each(tree[1], key=lambda row: row[0], view=lambda row: html("<li @click={p}>{x}</li>", x=build(row[1]), p=Pick(row[0])))


@given(st.lists(Tree, min_size=2, max_size=5))
def test_changes_lead_where_a_fresh_look_begins(trees: list[object]) -> None:
    screen = Screen()
    for tree in trees:
        template = html("<main title={t}>{x}</main>", t="t", x=build(tree))
        screen.show(template)
        fresh = Screen()
        fresh.show(html("<main title={t}>{x}</main>", t="t", x=build(tree)))
        assert screen.mirror.shown() == fresh.mirror.shown()


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), max_size=10, unique_by=lambda row: row[0]), min_size=1, max_size=8))
def test_slots_in_use_are_those_that_are_shown(lists: list[list[tuple[int, str]]]) -> None:
    screen = Screen()
    for number, items in enumerate(lists, 1):
        screen.show(rows(items))
        screen.painter.slots.retire(number, screen.painter.retired)
        screen.painter.retired = []
        screen.painter.slots.acknowledged(number)
        assert len(screen.painter.slots) == len(items)
