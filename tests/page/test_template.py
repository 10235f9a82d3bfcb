"""Templates: one grammar, escaping by position, no hole where a value could become code."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorweb import NotAMessage, message
from actorweb.errors import BadBinding, TemplateError
from actorweb.page import each, html, on
from actorweb.page.attribute import is_safe_url
from actorweb.page.grammar import parse, split


@message
class Typed:
    text: str
    extra: int = 0


def test_a_template_is_parsed_once_for_its_text() -> None:
    assert html("<b>{n}</b>", n=1).statics is html("<b>{n}</b>", n=2).statics


def test_holes_are_what_their_place_says() -> None:
    statics = html(
        '<a class="x {c}" href={u} .value={v} ?disabled={d} @click.prevent.debounce(300)={m}>{t}</a>', c="c", u="/", v=1, d=True, m=Typed("x"), t="t"
    ).statics
    assert [(hole.kind, hole.name) for hole in statics.holes] == [
        ("attribute", "class"),
        ("url", "href"),
        ("property", "value"),
        ("boolean", "disabled"),
        ("event", "click"),
        ("text", ""),
    ]
    assert statics.holes[0].pieces == ("x ", "")
    assert statics.holes[4].modifiers == (("prevent", ""), ("debounce", "300"))
    assert statics.strings == ("<a class=", " href=", " .value=", " ?disabled=", " @click=", ">", "</a>")


def test_braces_are_doubled_to_stand_for_themselves() -> None:
    assert html("<p>{{x}} {n}</p>", n=1).statics.strings == ("<p>{x} ", "</p>")


def test_the_name_of_an_event_may_contain_dots() -> None:
    (hole,) = parse(("<x-y @todo.added.stop=", "></x-y>")).holes
    assert (hole.name, hole.modifiers) == ("todo.added", (("stop", ""),))


def test_keys_with_arguments_are_taken() -> None:
    (hole,) = parse(('<input @keydown.key(Enter).prevent="', '">')).holes
    assert hole.modifiers == (("key", "Enter"), ("prevent", ""))


REFUSED = [
    ("<p onclick={x}>", "is code"),
    ("<p onclick='steal()'>", "is code"),
    ("<p ONLOAD={x}>", "is code"),
    ("<iframe srcdoc={x}></iframe>", "whole document"),
    ("<div .innerHTML={x}></div>", "raw HTML"),
    ("<script>{x}</script>", "inside <script>"),
    ("<style>{x}</style>", "inside <style>"),
    ("<textarea>{x}</textarea>", "inside <textarea>"),
    ("<{x}>", "the name of a tag"),
    ("<p></{x}>", "the name of a tag"),
    ("<p {x}>", "where an attribute's name must"),
    ("<p a{x}=1>", "in the name 'a'"),
    ("<!-- {x} -->", "in a comment"),
    ("<!-- open {x}", "in a comment"),
    ("<!-- open", "not closed"),
    ("<!doctype html>", "a declaration"),
    ('<p @click="a{x}">', "text beside its hole"),
    ('<p ?disabled="{x}{x}">', "text beside its hole"),
    ("<p @click.prevent.sometimes={x}>", "no modifier"),
    ("<p @input.debounce(soon)={x}>", "milliseconds"),
    ("<p @keydown.key={x}>", "key without a name"),
    ("<p", "not closed"),
    ("<p class='a", "not closed"),
    ("<p =a>", "no attribute"),
    ("a < b", "begins no tag"),
    ("</p", "not closed"),
    ("<script>", "not closed"),
    ("<p>{1x}</p>", "is no hole"),
    ("<p>{}</p>", "is no hole"),
    ("<p>}</p>", "is no hole"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_hole_where_none_may_be_is_refused_with_line_and_caret(text: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        html(f"<section>\n{text}", x="value") if "{x}" in text else html(f"<section>\n{text}")
    lines = str(caught.value).split("\n")
    assert says in str(caught.value)
    assert "line 2 of the template" in lines[0]
    assert lines[2].strip() == "^"


def test_a_hole_without_a_value_and_a_value_without_a_hole_are_refused() -> None:
    with pytest.raises(TemplateError, match="{b} got no value"):
        html("<p>{a}{b}</p>", a=1)
    with pytest.raises(TemplateError, match="c=… belongs to no hole"):
        html("<p>{a}</p>", a=1, c=2)


def test_each_shows_itself() -> None:
    assert repr(each((), key=str, view=lambda item: html("<p></p>"))) == "<Rows>"


def test_a_binding_names_fields_of_the_message_and_places_of_the_event() -> None:
    assert on(Typed, text="target.value").fields == (("text", "target.value"),)
    with pytest.raises(BadBinding, match="has no field 'txt'"):
        on(Typed, txt="target.value")
    with pytest.raises(BadBinding, match="the page cannot read that"):
        on(Typed, text="constructor.constructor")
    with pytest.raises(BadBinding, match="leaves text without a value"):
        on(Typed, extra="detail")
    with pytest.raises(NotAMessage):
        on(str, text="target.value")


SAFE = ["/a", "a/b?c=d:e", "#x:y", "?q=javascript:1", "https://a.b", "HTTP://a", "mailto:a@b", "tel:123", "", "//host/x", "./x:y"]
UNSAFE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:1",
    "java\nscript:1",
    "\x01javascript:1",
    "data:text/html,x",
    "vbscript:x",
    "blob:x",
    "file:///etc",
]


@pytest.mark.parametrize("url", SAFE)
def test_addresses_that_only_lead_somewhere_are_taken(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize("url", UNSAFE)
def test_addresses_that_are_code_are_not(url: str) -> None:
    assert not is_safe_url(url)


@given(st.text(max_size=60))
def test_whatever_the_text_the_parser_answers(text: str) -> None:
    try:
        strings, names = split(text)
        statics = parse(strings, names)
    except TemplateError as error:
        assert error.expected
    else:
        assert len(statics.strings) == len(statics.holes) + 1


@pytest.mark.skipif(sys.version_info < (3, 14), reason="t-strings are Python 3.14's")
def test_a_t_string_is_the_same_template() -> None:
    made: dict[str, object] = {}
    exec("from actorweb.page import html\nn = 3\nmade = html(t'<b class={n} @click.stop={None}>{n}</b>')", made)  # noqa: S102  (3.11 cannot read a t-string)
    template = made["made"]
    other = html("<b class={a} @click.stop={b}>{c}</b>", a=3, b=None, c=3)
    assert template.values == other.values  # type: ignore[attr-defined]
    assert template.statics.holes == other.statics.holes  # type: ignore[attr-defined]
    assert template.statics.strings == other.statics.strings  # type: ignore[attr-defined]
