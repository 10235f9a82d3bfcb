"""Elements in a document: attributes, trouble, hostile texts, and that a changed document is as a fresh one."""

from __future__ import annotations

import random

import pytest

from e2e.components.troubled import arranged_element, hostile_element, troubled_element
from e2e.pages import Attached, Pages, until

TROUBLED = "<e2e-troubled id=one><p slot=error>it failed</p></e2e-troubled><e2e-troubled id=two></e2e-troubled>"


@pytest.fixture
def troubled(pages: Pages) -> Attached:
    attached = pages.attach(TROUBLED, [troubled_element])
    attached.settle()
    return attached


def count(page: Attached, which: str) -> str:
    return page.find(f"#{which} #add").inner_text()


def explode(page: Attached, which: str, times: int = 1) -> None:
    for _ in range(times):
        page.find(f"#{which}").evaluate("element => element.send({type: 'Explode', why: 'on purpose'})")
        page.settle()


# --- attributes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [("step", "many", "a whole number"), ("step", "1.5", "a whole number"), ("ratio", "half", "a number"), ("step", "", "a whole number")],
)
def test_an_attribute_that_does_not_convert_leaves_the_value_and_is_told(pages: Pages, troubled: Attached, name: str, text: str, expected: str) -> None:
    element = troubled.find("#one")
    element.evaluate("element => element.setAttribute('step', '4')")
    element.evaluate("(element, [name, text]) => element.setAttribute(name, text)", [name, text])
    troubled.settle()
    assert element.evaluate("element => [element.step, element.ratio]") == [4, 0.5]
    troubled.find("#one #add").click()
    troubled.settle()
    assert count(troubled, "one") == "4"
    (said,) = pages.errors()
    assert f'<e2e-troubled>: the attribute {name}="{text}"' in said
    assert expected in said


def test_a_value_that_does_not_convert_leaves_the_property_and_is_told(pages: Pages, troubled: Attached) -> None:
    assert troubled.find("#one").evaluate("element => { element.step = 'many'; return element.step; }") == 1
    (said,) = pages.errors()
    assert "AW-605 <e2e-troubled>.step = many is no int" in said


def test_what_only_the_snapshot_says_cannot_be_set(troubled: Attached) -> None:
    said = troubled.find("#one").evaluate("element => { try { element.count = 9; } catch (error) { return String(error); } }")
    assert "AW-606 <e2e-troubled>.count is read-only" in said


def test_an_element_outside_the_document_has_no_actor_to_speak_to(troubled: Attached) -> None:
    said = troubled.page.evaluate("() => { try { document.createElement('e2e-troubled').send({type: 'Add'}); } catch (error) { return String(error); } }")
    assert "AW-714 <e2e-troubled> is not in the document" in said


def test_a_tag_that_is_taken_is_told(pages: Pages) -> None:
    pages.attach("", [troubled_element, troubled_element])
    (said,) = pages.errors()
    assert "AW-713 <e2e-troubled> is defined already" in said


def test_more_events_than_can_be_kept_before_python_is_ready_are_told(pages: Pages) -> None:
    attached = pages.attach(TROUBLED, [troubled_element])
    attached.find("#one").evaluate("element => { for (let n = 0; n < 1001; n++) element.shadowRoot.querySelector('#add').click(); }")
    (said,) = pages.errors()
    assert "AW-712 <e2e-troubled> holds 1000 events" in said
    attached.settle()
    assert count(attached, "one") == "1000"


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ('{"frame":99,"elements":[[1,0,{"c":[[0,"r",null,[],[]]]}]]}', "AW-711 a frame changes what is not there"),
        ('{"frame":99,"elements":[[1,0,[77]]]}', "AW-711 a frame names the statics 77"),
    ],
)
def test_a_frame_that_breaks_the_protocol_is_told(pages: Pages, troubled: Attached, frame: str, says: str) -> None:
    troubled.page.evaluate("async frame => { fromHost(frame); await new Promise((done) => requestAnimationFrame(done)); }", frame)
    until(troubled.page, "true")
    assert [said for said in pages.errors() if says in said]


def test_the_shim_wants_a_script_tag_of_its_own(pages: Pages, troubled: Attached) -> None:
    troubled.page.evaluate("() => import('/actorweb/actorweb.js?without-a-tag')")
    assert [said for said in pages.errors() if "AW-726" in said]


def test_a_removed_attribute_is_its_default_and_a_property_is_reflected(troubled: Attached) -> None:
    element = troubled.find("#one")
    element.evaluate("element => { element.step = 7; }")
    assert element.get_attribute("step") == "7"
    element.evaluate("element => element.removeAttribute('step')")
    assert element.evaluate("element => element.step") == 1
    troubled.settle()
    troubled.find("#one #add").click()
    troubled.settle()
    assert count(troubled, "one") == "1"


def test_what_was_set_before_the_element_was_defined_counts(pages: Pages) -> None:
    attached = pages.attach("", [troubled_element])
    # What a template holds is not upgraded before it is put into the document.
    attached.page.evaluate(
        """() => { const made = document.createElement('template'); made.innerHTML = '<e2e-troubled id=two ratio=0.25></e2e-troubled>';
        const element = made.content.firstChild; element.step = 6; document.body.append(element); }"""
    )
    attached.settle()
    assert attached.find("#two").evaluate("element => [element.step, element.ratio, element.getAttribute('step')]") == [6, 0.25, "6"]
    attached.find("#two #add").click()
    attached.settle()
    assert count(attached, "two") == "6"


def test_clicks_before_there_is_a_host_are_handled_after(pages: Pages) -> None:
    attached = pages.attach("<e2e-troubled id=one step=2></e2e-troubled>", [troubled_element])
    for _ in range(3):
        attached.find("#one #add").click()
    assert count(attached, "one") == "0"
    attached.settle()
    assert count(attached, "one") == "6"
    assert pages.errors() == []


# --- life in the document ------------------------------------------------------------------------------------------


def test_a_move_is_no_restart_and_to_leave_is_an_end(troubled: Attached) -> None:
    troubled.find("#one #add").click()
    troubled.settle()
    troubled.find("#one").evaluate("element => { const box = document.createElement('div'); document.body.append(box); box.append(element); }")
    troubled.settle()
    assert count(troubled, "one") == "1"
    assert troubled.host.bridge.mounted == 2
    element = troubled.find("#one").element_handle()
    troubled.find("#one").evaluate("element => element.remove()")
    troubled.settle()
    assert troubled.host.bridge.mounted == 1
    element.evaluate("element => document.body.append(element)")
    troubled.settle()
    assert count(troubled, "one") == "0"
    troubled.find("#one #add").click()
    troubled.settle()
    assert count(troubled, "one") == "1"


def test_a_thousand_elements_leave_nothing_behind(troubled: Attached) -> None:
    troubled.find("#two").evaluate("element => element.remove()")
    troubled.settle()
    before = (troubled.host.bridge.mounted, troubled.host.bridge.slots)
    for _ in range(20):
        troubled.page.evaluate("() => { for (let at = 0; at < 50; at++) document.body.append(document.createElement('e2e-troubled')); }")
        troubled.settle()
        assert troubled.host.bridge.mounted == 51
        troubled.page.evaluate("() => document.querySelectorAll('body > e2e-troubled:not(#one)').forEach((element) => element.remove())")
        troubled.settle()
    troubled.find("#one #add").click()  # a batch of the page tells which frame it shows
    troubled.settle()
    troubled.find("#one #add").click()
    troubled.settle()
    assert (troubled.host.bridge.mounted, troubled.host.bridge.slots) == before


# --- trouble -------------------------------------------------------------------------------------------------------


def test_a_crash_tells_who_and_why_and_restarts_that_element_only(pages: Pages, troubled: Attached) -> None:
    for which in ("one", "two"):
        troubled.find(f"#{which} #add").click()
    troubled.settle()
    troubled.find("#one").evaluate("element => { element.step = 5; }")
    troubled.find("#one #explode").click()
    troubled.settle()
    assert (count(troubled, "one"), count(troubled, "two")) == ("0", "1")
    (said,) = pages.errors()
    assert "/e2e-troubled" in said
    assert "crashed on Explode(why='clicked')" in said
    assert "ZeroDivisionError: clicked" in said
    assert "troubled.py" in said
    assert "in explode" in said
    troubled.find("#one #add").click()
    troubled.settle()
    assert count(troubled, "one") == "5"  # what the page had set is set again


def test_too_many_crashes_show_the_error_slot_and_the_rest_lives(pages: Pages, troubled: Attached) -> None:
    explode(troubled, "one", 4)
    assert troubled.find("#one [slot=error]").is_visible()
    assert troubled.find("#one").evaluate("element => element.matches(':state(failed)')")
    assert any("too often" in said for said in pages.errors())
    assert not troubled.find("#one #add").count()
    troubled.find("#two #add").click()
    troubled.settle()
    assert count(troubled, "two") == "1"
    troubled.find("#one").evaluate("element => { globalThis.asked = element.ask({type: 'Add'}).catch((error) => error.code); }")
    troubled.settle()
    assert troubled.page.evaluate("asked") == "AW-402"


def test_an_element_without_an_error_slot_says_itself_that_it_failed(troubled: Attached) -> None:
    explode(troubled, "two", 4)
    assert "<e2e-troubled> failed" in troubled.find("#two").get_by_role("alert").inner_text()


def test_a_view_that_raises_shows_the_error_slot_and_the_rest_lives(pages: Pages, troubled: Attached) -> None:
    troubled.find("#one").evaluate("element => element.send({type: 'Spoil'})")
    troubled.settle()
    assert troubled.find("#one [slot=error]").is_visible()
    assert any("its view raised: LookupError: this cannot be shown" in said and "troubled_view" in said for said in pages.errors())
    troubled.find("#two #add").click()
    troubled.settle()
    assert count(troubled, "two") == "1"


def test_a_message_that_does_not_exist_is_told_and_changes_nothing(pages: Pages, troubled: Attached) -> None:
    troubled.find("#one").evaluate("element => element.send({type: 'Nonsense'})")
    troubled.find("#one #add").click()
    troubled.settle()
    assert count(troubled, "one") == "1"
    (said,) = pages.errors()
    assert "'Nonsense' is no message" in said


# --- hostile texts -------------------------------------------------------------------------------------------------

HOSTILE = [
    "<img src=x onerror=\"globalThis.hacked='img'\">",
    "\"><script>globalThis.hacked='script'</script>",
    "' onclick=\"globalThis.hacked='click'\" x='",
    "javascript:globalThis.hacked='url'",
    " \tJaVa\nScript:globalThis.hacked='spaced'",
    "data:text/html,<script>parent.hacked='data'</script>",
    "--><!--{{}}${hacked}?lit$1$",
    "</textarea><svg onload=\"globalThis.hacked='svg'\">",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_inert_in_every_position(pages: Pages, text: str) -> None:
    attached = pages.attach("<e2e-hostile></e2e-hostile>", [hostile_element])
    attached.settle()
    kinds = attached.page.evaluate("() => [...document.querySelector('e2e-hostile').shadowRoot.querySelectorAll('*')].map((each) => each.localName)")
    attached.find("e2e-hostile").evaluate("(element, text) => element.send({type: 'Put', text})", text)
    attached.settle()
    found = attached.page.evaluate(
        """() => { const root = document.querySelector('e2e-hostile').shadowRoot; const at = (id) => root.getElementById(id);
        return { kinds: [...root.querySelectorAll('*')].map((each) => each.localName), text: at('text').textContent, title: at('attribute').title,
          names: at('attribute').getAttributeNames().sort(), class: at('attribute').className, item: root.querySelector('li').textContent,
          schemes: [at('href').protocol, new URL(at('src').src, location).protocol, new URL(at('formaction').formAction).protocol],
          part: new URL(at('part').href).origin, area: at('area').value }; }"""
    )
    assert found["kinds"] == kinds  # no element came into being
    assert found["text"] == found["title"] == found["item"] == text
    assert found["class"] == f"a {text} b"
    assert found["names"] == ["class", "data-x", "data-y", "id", "title"]
    assert found["part"] == attached.page.evaluate("location.origin")
    assert not {"javascript:", "data:"} & set(found["schemes"])
    for clicked in ("href", "formaction", "attribute"):
        attached.page.evaluate(
            "id => { const each = document.querySelector('e2e-hostile').shadowRoot.getElementById(id); each.addEventListener('click', (e) => e.preventDefault()); each.click(); }",
            clicked,
        )
    assert attached.page.evaluate("globalThis.hacked") is None


# --- the law of rendering ------------------------------------------------------------------------------------------

SHOWN = """element => { const text = element.shadowRoot.innerHTML; return text.replace(/<!--.*?-->/g, ''); }"""


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_document_is_as_a_fresh_one(pages: Pages, seed: int) -> None:
    chance = random.Random(seed)
    attached = pages.attach("<e2e-arranged id=old></e2e-arranged>", [arranged_element])
    attached.settle()
    names = [f"row {number}" for number in range(8)]
    for _ in range(25):
        rows = chance.sample(names, chance.randrange(len(names) + 1))
        arranged = {"type": "Arrange", "rows": rows, "picked": chance.choice(names), "extra": chance.choice([None, "", "x", "<y>"])}
        attached.page.evaluate(
            """message => { document.querySelector('#new')?.remove(); const fresh = document.createElement('e2e-arranged'); fresh.id = 'new'; document.body.append(fresh);
            for (const each of document.querySelectorAll('e2e-arranged')) each.send(message); }""",
            arranged,
        )
        attached.settle()
        assert attached.find("#old").evaluate(SHOWN) == attached.find("#new").evaluate(SHOWN), arranged
    assert pages.errors() == []


def test_a_row_keeps_its_own_nodes_when_it_moves(pages: Pages) -> None:
    attached = pages.attach("<e2e-arranged></e2e-arranged>", [arranged_element])
    element = attached.find("e2e-arranged")
    element.evaluate("element => element.send({type: 'Arrange', rows: ['a', 'b', 'c', 'd']})")
    attached.settle()
    element.evaluate("element => { for (const row of element.shadowRoot.querySelectorAll('li')) row.mark = row.textContent; }")
    element.evaluate("element => element.send({type: 'Arrange', rows: ['d', 'b', 'x', 'a']})")
    attached.settle()
    assert element.evaluate("element => [...element.shadowRoot.querySelectorAll('li')].map((row) => [row.textContent, row.mark ?? null])") == [
        ["d", "d"],
        ["b", "b"],
        ["x", None],
        ["a", "a"],
    ]
