"""Elements whose state outlives the page, in the real browser: reloads, several tabs, no database, no room, damage."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.pages import until
from e2e.tabs import Tabs, shown, stored, until_shown, until_stored
from e2e.visit import Visit

BODY = "<e2e-lasting id=one name=one></e2e-lasting><e2e-lasting id=two name=two></e2e-lasting>"
LASTING = "e2e.components.lasting"
HOSTS = pytest.mark.parametrize("host", ["worker", "main"])


@HOSTS
def test_what_was_counted_is_there_after_a_reload_and_nothing_else_is_shown_before(chromium: Browser, host: str) -> None:
    with Tabs(chromium, BODY, LASTING, host=host) as tabs:
        page = tabs.open()
        for number in (1, 2, 3):
            page.locator("#one button").click()
            until(page, f"seen.at(-1) === '{number}'")
        assert page.evaluate("seen") == ["0", "1", "2", "3"]
        until_stored(page, "one", 3)
        tabs.reload(page)
        until(page, "seen.length > 0")
        assert page.evaluate("seen") == ["3"]
        page.locator("#one button").click()
        until_shown(page, 4)
        assert shown(page, "two") == "0"
        assert page.evaluate("unsaved") == []
        assert [text for kind, text in tabs.console if kind in ("error", "warning")] == []


def test_what_was_typed_and_what_was_put_back_is_there_after_a_reload(chromium: Browser) -> None:
    body = f"{BODY}<aw-todo id=list name=mine></aw-todo><aw-todo id=other></aw-todo>"
    with Tabs(chromium, body, f"{LASTING} todo") as tabs:
        page = tabs.open()
        field = page.locator("#list").get_by_role("textbox")
        for text in ("milk", "bread"):
            field.click()
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            expect(field).to_have_value("")
        page.keyboard.type("but")
        expect(page.locator("#list").get_by_role("listitem")).to_have_count(2)
        page.locator("#list").get_by_role("checkbox").first.click()
        expect(page.locator("#list").get_by_role("status")).to_have_text("1 left")
        page.locator("#other").get_by_role("textbox").fill("kept nowhere")
        _put_back(page)
        stored(page)()  # behind what the page has asked for
        tabs.reload(page)
        until(page, "list.items?.length === 2")
        assert page.evaluate("list.items") == ["milk", "bread"]
        expect(page.locator("#list").get_by_role("textbox").first).to_have_value("but")
        expect(page.locator("#list").get_by_role("checkbox").first).to_be_checked()
        expect(page.locator("#other").get_by_role("textbox").first).to_have_value("")
        until_shown(page, 4)
        assert tabs.said("warning", "") == tabs.said("error", "") == []


def _put_back(page: Page) -> None:
    """Another element of a key, and the same one that is taken out and put back: each goes on with what was there."""
    page.locator("#one button").click(click_count=3)
    until_shown(page, 3)
    page.evaluate("""async () => {
      const other = document.createElement('e2e-lasting');
      other.setAttribute('name', 'one');
      one.replaceWith(other);
      other.id = 'one';
      await other.ready;
    }""")
    until_shown(page, 3)
    page.locator("#one button").click()
    until_shown(page, 4)
    page.evaluate("async () => { const it = one; it.remove(); await new Promise((go) => setTimeout(go)); document.body.append(it); await it.ready; }")
    until_shown(page, 4)


# --- several tabs --------------------------------------------------------------------------------------------------


def test_of_two_tabs_the_first_keeps_the_state_and_the_other_says_that_it_does_not(chromium: Browser) -> None:
    """A snapshot goes on in the second tab, and is not saved there; a journal does not start there, and its element says why."""
    body = f"{BODY}<e2e-journal id=three name=three><p slot=error>In another tab.</p></e2e-journal>"
    with Tabs(chromium, body, LASTING) as tabs:
        first = tabs.open()
        for which in ("one", "three"):
            first.locator(f"#{which} button").click()
            until_shown(first, 1, which)
        until_stored(first, "one")
        second = tabs.open()
        until_shown(second, 1)
        until(second, "unsaved.length === 2")
        assert {which for which, _ in second.evaluate("unsaved")} == {"one", "two"}
        assert second.evaluate("one.matches(':state(unsaved)')")
        assert not first.evaluate("one.matches(':state(unsaved)')")
        (said, _) = tabs.said("warning", "AW-355")
        assert "another tab keeps it" in said
        expect(second.locator("#three [slot=error]")).to_be_visible()
        (said,) = tabs.said("error", "")
        assert "e2e-journal" in said
        assert "AW-355" in said
        assert "another tab keeps it" in said
        second.locator("#one button").click()
        until_shown(second, 2)
        first.locator("#one button").click(click_count=2)
        until_shown(first, 3)
        until_stored(first, "one", 3)
        first.close()
        # It does not take over with what it has: what the first one kept is newer.
        second.locator("#one button").click()
        until_shown(second, 3)
        assert len(tabs.said("warning", "")) == 2, "each element says it once"
        tabs.reload(second)
        until_shown(second, 3)
        until_shown(second, 1, "three")
        assert second.evaluate("unsaved") == []
        second.locator("#one button").click()
        until_shown(second, 4)
        until_stored(second, "one", 4)
        assert len(tabs.said("error", "")) == 1


def test_of_two_elements_of_one_key_the_second_fails_and_names_the_owner(chromium: Browser) -> None:
    body = "<e2e-lasting id=one name=same></e2e-lasting><e2e-lasting id=two name=same><p slot=error>Twice.</p></e2e-lasting>"
    with Tabs(chromium, body, LASTING) as tabs:
        page = tabs.open()
        expect(page.locator("#two [slot=error]")).to_be_visible()
        (said,) = tabs.said("error", "AW-355")
        assert re.search(r"and <ActorRef /e2e-lasting-\d+/actor> is already", said)
        assert "Do: give each actor a key of its own" in said
        page.locator("#one button").click()
        until_shown(page, 1)


# --- no database ---------------------------------------------------------------------------------------------------

NO_DATABASE = {
    "missing": "Object.defineProperty(globalThis, 'indexedDB', {value: undefined});",
    "forbidden": "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError'); };",
    "broken": """IDBFactory.prototype.open = () => {
      const request = { error: new DOMException('disk', 'UnknownError') };
      queueMicrotask(() => request.onerror({ preventDefault() {} }));
      return request;
    };""",
    "silent": "IDBFactory.prototype.open = () => ({});",
}


@pytest.mark.parametrize(("host", "how"), [("main", "missing"), *(("worker", how) for how in NO_DATABASE)])
def test_without_a_database_a_page_works_in_memory_and_says_so_once(chromium: Browser, host: str, how: str) -> None:
    with Tabs(chromium, BODY, LASTING, host=host) as tabs:
        tabs.in_worker(NO_DATABASE[how])
        page = tabs.open(before=NO_DATABASE[how])
        page.locator("#one button").click(click_count=2)
        until_shown(page, 2)
        (said,) = tabs.said("warning", "")
        assert "AW-359" in said
        assert "this page keeps its state in memory" in said
        until(page, "unsaved.length === 2")
        assert page.evaluate("one.matches(':state(unsaved)')")
        assert tabs.said("error", "") == []


# --- no room -------------------------------------------------------------------------------------------------------

FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  if (globalThis.full) throw new DOMException('no room', 'QuotaExceededError');
  return put.apply(this, given);
};"""


def test_without_room_an_element_goes_on_and_its_next_change_is_saved_when_there_is_room_again(chromium: Browser) -> None:
    with Tabs(chromium, BODY, LASTING) as tabs:
        tabs.in_worker(FULL)
        page = tabs.open()
        place = page.workers[0]
        page.locator("#one button").click()
        until_shown(page, 1)
        place.evaluate("() => { globalThis.full = true; }")
        page.locator("#one button").click()
        until_shown(page, 2)
        said = tabs.until_said("warning", "QuotaExceededError")
        assert "AW-354 IndexedDB: there is no room left for this site" in said
        assert "\nDo: free some" in said
        assert stored(page)() == {"one": 1}
        place.evaluate("() => { globalThis.full = false; }")
        page.locator("#one button").click()
        until_shown(page, 3)
        until_stored(page, "one", 2)
        tabs.reload(page)
        until_shown(page, 3)
        assert tabs.said("error", "") == []


def test_a_quota_of_the_browser_itself_does_no_harm(chromium: Browser) -> None:
    with Tabs(chromium, BODY, LASTING) as tabs:
        page = tabs.open()
        session = page.context.new_cdp_session(page)
        session.send("Storage.overrideQuotaForOrigin", {"origin": tabs.url, "quotaSize": 1_000_000})
        page.evaluate("one.send({type: 'Fill', size: 3_000_000})")
        tabs.until_said("warning", "QuotaExceededError")
        assert stored(page)() == {}
        session.send("Storage.overrideQuotaForOrigin", {"origin": tabs.url})
        page.locator("#one button").click()
        until_shown(page, 1)
        until_stored(page, "one")  # a snapshot is saved soon, not at once
        assert tabs.said("error", "") == []


# --- damage --------------------------------------------------------------------------------------------------------


def test_a_damaged_record_fails_its_element_and_names_the_record_and_the_others_go_on(chromium: Browser) -> None:
    body = BODY.replace("name=one>", "name=one><p slot=error>Damaged.</p>")
    with Tabs(chromium, body, LASTING) as tabs:
        page = tabs.open()
        for which in ("one", "two"):
            page.locator(f"#{which} button").click()
            until_shown(page, 1, which)
        page.goto(f"{tabs.url}/blank")
        garbled = "const got = records.get(['one', 1]); got.onsuccess = () => records.put({...got.result, text: got.result.text.replace('1', '2')}, ['one', 1])"
        assert stored(page, garbled)() == {"one": 1, "two": 1}
        page.goto(tabs.url)
        tabs.ready(page)
        expect(page.locator("#one [slot=error]")).to_be_visible()
        (said,) = tabs.said("error", "AW-356")
        assert "key 'one', record 1: its checksum does not fit its text" in said
        page.locator("#two button").click()
        until_shown(page, 2, "two")


def test_a_database_whose_data_are_cleared_while_the_page_lives_is_told(chromium: Browser) -> None:
    with Tabs(chromium, BODY, LASTING) as tabs:
        page = tabs.open()
        page.locator("#one button").click()
        until_shown(page, 1)
        session = page.context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": tabs.url, "storageTypes": "indexeddb"})
        page.locator("#one button").click()
        until_shown(page, 2)
        said = tabs.until_said("warning", "e2e-lasting")
        assert "AW-354" in said or "AW-355" in said
        tabs.reload(page)
        until_shown(page, 0)
        page.locator("#one button").click()
        until_shown(page, 1)
        assert tabs.said("error", "") == []


def test_newer_code_in_another_tab_gets_the_database_and_the_older_page_goes_on_without(chromium: Browser) -> None:
    with Tabs(chromium, BODY, LASTING) as tabs:
        page = tabs.open()
        page.locator("#one button").click()
        until_shown(page, 1)
        newer = tabs.open(path="/blank")
        newer.evaluate("""() => new Promise((done, failed) => {
          const opening = indexedDB.open('actorweb', 2);
          opening.onsuccess = () => { opening.result.close(); done(); };
          opening.onerror = () => failed(opening.error);
        })""")
        page.locator("#one button").click()
        until_shown(page, 2)
        assert "newer code" in tabs.until_said("warning", "VersionError")
        tabs.reload(page)
        page.locator("#one button").click()
        until_shown(page, 1)
        assert "this page keeps its state in memory (VersionError" in tabs.until_said("warning", "AW-359")
        assert tabs.said("error", "") == []


def test_an_element_of_a_pyscript_tag_is_kept_too(visit: Visit) -> None:
    more = """async () => {
      const kept = document.createElement('aw-counter');
      kept.setAttribute('name', 'mine');
      document.body.append(kept);
      await kept.ready;
      kept.send({type: 'Increment', by: 5});
      return kept.ask({type: 'Count'});
    }"""
    page = visit.go("/pyscript.html")
    assert page.evaluate(more) == 5
    page.reload()
    visit.until_ready()
    assert page.evaluate(more) == 10


def test_the_gallery_remembers_and_says_what_a_second_tab_does_not_save(visit: Visit) -> None:
    page = visit.go()
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")
    page.reload()
    visit.until_ready()
    expect(page.locator("aw-counter output")).to_have_text("1")
    expect(page.locator("#unsaved")).to_be_hidden()
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator("#unsaved")).to_contain_text("<aw-counter> is not saved in this tab. AW-355", timeout=30_000)
    expect(second.locator("#unsaved")).to_contain_text("<aw-todo> is not saved in this tab")
