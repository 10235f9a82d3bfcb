"""Definitions of elements, and the manifest that the page gets of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from actorweb import define_behavior
from actorweb.errors import BadElement, ComponentFailed, Misuse, UnknownComponent
from actorweb.page import define_element, html, mount
from actorweb.page.element import Element
from actorweb.page.manifest import describe, digest, load, manifest
from tests.page.test_bridge import CountChanged, SetStep, behavior, element


def test_an_element_is_described_for_the_page() -> None:
    described = describe(element)
    assert described["tag"] == "x-test"
    assert described["properties"][0] == {"name": "step", "attribute": "step", "type": "int", "default": 1, "reflect": True, "writable": True, "read": False}  # type: ignore[index, call-overload]
    assert described["events"] == ["count-changed"]
    assert described["first"]["look"][2] == "0"  # type: ignore[index, call-overload]


def test_a_context_that_wants_arguments_has_no_first_look() -> None:
    def start(n: int) -> int:
        return n

    wants = (
        define_element("x-wants")
        .with_behavior(define_behavior("wants").with_context(start).build())
        .with_view(lambda snapshot: html("{n}", n=snapshot.context))
        .build()
    )
    assert describe(wants)["first"] is None


def test_the_digest_differs_when_the_definitions_do() -> None:
    other = define_element("x-test").with_behavior(behavior).build()
    assert digest([element]) == digest([element]) != digest([other])


@pytest.mark.parametrize("tag", ["counter", "X-Y", "x y-z", "font-face", "", None])
def test_a_tag_that_html_does_not_allow_is_refused(tag: str) -> None:
    with pytest.raises(BadElement, match="valid custom element name"):
        define_element(tag)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda start: start.with_behavior("counter"), "its behavior is 'counter'"),
        (lambda start: start.with_behavior(behavior).with_attribute("Step", int, default=1), "the attribute 'Step'"),
        (lambda start: start.with_behavior(behavior).with_attribute("step", list, default=[]), "bool, int, float or str"),
        (lambda start: start.with_behavior(behavior).with_attribute("step", int, default="1"), "the default of 'step' is '1'"),
        (lambda start: start.with_behavior(behavior).with_attribute("step", int, default=True), "the default of 'step' is True"),
        (lambda start: start.with_behavior(behavior).with_property("ready", int), "the property 'ready'"),
        (lambda start: start.with_behavior(behavior).with_property("a", int).with_property("a", int), "two properties are called 'a'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_definition_is_refused(wrong: object, says: str) -> None:
    with pytest.raises(BadElement) as caught:
        wrong(define_element("x-wrong"))  # type: ignore[operator]
    assert says in str(caught.value)


def test_names_of_attributes_and_events_become_properties_and_dashes() -> None:
    built = (
        define_element("x-names")
        .with_behavior(behavior)
        .with_attribute("max-count", int, default=1, message=SetStep)
        .with_event(CountChanged, name="other", bubbles=False)
        .build()
    )
    assert built.properties[0].name == "maxCount"
    assert (built.events[0].name, built.events[0].bubbles, built.events[0].composed) == ("other", False, True)
    assert repr(built) == "<Element x-names>"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_component_is_a_module_with_elements(modules: Path) -> None:
    (modules / "shop_window.py").write_text("from tests.page.test_bridge import element\n")
    package = modules / "shop_pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cart.py").write_text("from tests.page.test_bridge import element\n")
    assert load("shop_pack.cart") == [element]
    described = manifest(["shop_pack.cart", "nothing"])
    assert described["components"] == ["shop_pack.cart"]
    assert [error["code"] for error in described["errors"]] == ["AW-702"]  # type: ignore[union-attr, index, call-overload]


def test_an_unknown_component_says_which_module_it_would_be() -> None:
    with pytest.raises(UnknownComponent, match=r"a module components\.nowhere that can be imported"):
        load("nowhere")


def test_a_module_without_elements_says_so(modules: Path) -> None:
    (modules / "shop_empty.py").write_text("x = 1\n")
    (modules / "shop_none").mkdir()
    (modules / "shop_none" / "__init__.py").write_text("")
    with pytest.raises(UnknownComponent, match="defines no element"):
        load("shop_none.__init__")


def test_a_module_that_raises_is_shown_with_file_and_line(modules: Path) -> None:
    package = modules / "shop_broken"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "page.py").write_text("x = 1\ny = x / 0\n")
    with pytest.raises(ComponentFailed) as caught:
        load("shop_broken.page")
    text = str(caught.value)
    assert 'page.py", line 2' in text
    assert "ZeroDivisionError" in text
    assert "importlib" not in text


def test_a_module_that_misses_another_one_is_a_failure_of_its_own(modules: Path) -> None:
    package = modules / "shop_misses"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "page.py").write_text("import not_there\n")
    with pytest.raises(ComponentFailed, match="not_there"):
        load("shop_misses.page")


@pytest.mark.skipif(sys.platform == "emscripten", reason="it is a browser there, or may be")
def test_mount_outside_a_browser_says_what_to_do() -> None:
    with pytest.raises(Misuse, match="actorweb dev"):
        mount()


def test_an_element_is_compared_by_identity() -> None:
    assert Element("x-a", behavior) != Element("x-a", behavior)
