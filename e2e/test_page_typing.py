"""Nothing typed is lost, however slow the host is; and what the actor refuses is put right."""

from __future__ import annotations

import pytest

from e2e.components.controls import controls_element
from e2e.pages import Attached, Pages


@pytest.fixture
def form(pages: Pages) -> Attached:
    attached = pages.attach("<e2e-controls></e2e-controls>", [controls_element])
    attached.settle()
    return attached


def heard(form: Attached) -> list[str]:
    found: list[str] = form.find("e2e-controls").evaluate("element => element.snapshot.context.heard")
    return found


def value(form: Attached, control: str) -> str:
    return form.find(f"#{control}").input_value()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(form: Attached) -> None:
    form.find("#text").press_sequentially("abc")
    form.step()  # the host has heard "a" and answers "A"
    assert value(form, "text") == "abc"
    form.step()
    assert value(form, "text") == "abc"
    form.settle()
    assert value(form, "text") == "ABC"
    assert heard(form) == ["typed a", "typed ab", "typed abc"]


def test_what_is_typed_after_the_answer_was_made_stays(form: Attached) -> None:
    form.find("#text").press_sequentially("a")
    form.handle()
    form.find("#text").press_sequentially("b")
    form.show()
    assert value(form, "text") == "ab"
    form.settle()
    assert value(form, "text") == "AB"


def test_the_caret_stays_where_the_person_put_it(form: Attached) -> None:
    text = form.find("#text")
    text.press_sequentially("one two")
    form.settle()
    for _ in range(4):
        text.press("ArrowLeft")
    text.press_sequentially("x")
    form.settle()
    assert value(form, "text") == "ONEX TWO"
    text.press_sequentially("y")
    form.settle()
    assert value(form, "text") == "ONEXY TWO"


def test_a_refused_edit_is_put_right_although_nothing_changed(form: Attached) -> None:
    form.find("#digits").press_sequentially("12")
    form.settle()
    form.find("#digits").press_sequentially("x")
    assert value(form, "digits") == "12x"
    form.settle()
    assert value(form, "digits") == "12"
    form.find("#digits").press_sequentially("3")
    form.settle()
    assert value(form, "digits") == "123"


def test_a_debounced_control_takes_values_again_once_it_is_heard(form: Attached) -> None:
    form.find("#search").press_sequentially(" x ")
    form.settle()
    assert value(form, "search") == " x "
    assert heard(form) == []
    form.find("button").click()  # what happened first is told first
    form.settle()
    assert heard(form) == ["searched  x ", "pressed"]
    assert value(form, "search") == "x"


def test_a_choice_that_is_accepted_stays_and_one_that_is_refused_goes_back(form: Attached) -> None:
    form.find("#on").click()
    form.find("#off").click()
    assert form.find("#off").is_checked()
    form.settle()
    assert form.find("#on").is_checked()
    assert not form.find("#off").is_checked()
    form.find("#on").press("Space")
    form.settle()
    assert not form.find("#on").is_checked()
    assert heard(form) == ["toggled", "toggled"]


def test_clicks_faster_than_the_host_end_where_the_actor_ends(form: Attached) -> None:
    for _ in range(3):
        form.find("#on").click()
    form.step()
    form.settle()
    assert form.find("e2e-controls").evaluate("element => element.snapshot.context.on")
    assert form.find("#on").is_checked()


def test_a_refused_radio_button_gives_its_group_back(form: Attached) -> None:
    form.find("#b").click()
    form.settle()
    assert form.find("#a").is_checked()
    assert not form.find("#b").is_checked()


def test_a_refused_option_goes_back(form: Attached) -> None:
    form.find("#select").select_option("second")
    form.settle()
    assert value(form, "select") == "first"


def test_an_input_method_is_left_alone_until_it_has_ended(form: Attached) -> None:
    form.find("#text").focus()
    session = form.page.context.new_cdp_session(form.page)
    session.send("Input.imeSetComposition", {"text": "e", "selectionStart": 1, "selectionEnd": 1})
    form.settle()
    assert value(form, "text") == "e"  # the actor says "E": it waits
    session.send("Input.insertText", {"text": "é"})
    form.settle()
    assert value(form, "text") == "É"


def test_focus_stays_when_the_element_is_rendered_anew(form: Attached) -> None:
    form.find("#digits").focus()
    form.find("e2e-controls").evaluate("element => element.send({type: 'Pressed'})")
    form.settle()
    assert form.find("e2e-controls").evaluate("element => element.shadowRoot.activeElement.id") == "digits"
