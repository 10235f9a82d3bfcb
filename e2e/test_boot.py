"""From the tag to elements that work, and what is seen when something fails."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Visit

COUNTER = "<aw-counter></aw-counter>"


@pytest.mark.parametrize("host", ["worker", "main"])
def test_what_is_clicked_before_python_is_ready_counts(visit: Visit, host: str) -> None:
    page = visit.show(COUNTER, "counter", host=host, ready=False)
    first = page.locator("aw-counter").get_by_role("button").first
    for _ in range(3):
        first.click()
    assert page.evaluate("heard.ready") is None, "Python was too fast for this test"
    visit.until_ready()
    expect(page.locator("aw-counter output")).to_have_text("3")
    first.click()
    expect(page.locator("aw-counter output")).to_have_text("4")
    assert len(page.workers) == (1 if host == "worker" else 0)


def test_attributes_and_properties_set_before_the_upgrade_count(visit: Visit) -> None:
    page = visit.show("<aw-counter step='4'></aw-counter>", "counter", ready=False)
    page.evaluate("document.querySelector('aw-counter').labels = ['a', 'b']")
    visit.until_ready()
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("4")
    expect(page.locator("aw-counter .label")).to_have_text(["a", "b"])


def test_an_attribute_that_does_not_convert_is_named(visit: Visit) -> None:
    visit.expected = ['step="ten"']
    page = visit.show("<aw-counter step='2'></aw-counter>", "counter")
    page.evaluate("document.querySelector('aw-counter').setAttribute('step', 'ten')")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("2")


def test_progress_is_told_in_bytes(visit: Visit) -> None:
    page = visit.show(COUNTER, "counter")
    heard = page.evaluate("heard.progress")
    runtime = [each for each in heard if each["phase"] == "runtime"]
    assert runtime[-1]["total"] > 10_000_000
    assert runtime[-1]["loaded"] > 10_000_000
    assert [each["loaded"] for each in runtime] == sorted(each["loaded"] for each in runtime)


def test_a_reload_starts_anew(visit: Visit) -> None:
    page = visit.show(COUNTER, "counter")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")
    page.reload()
    visit.until_ready()
    expect(page.locator("aw-counter output")).to_have_text("0")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")


def test_a_crash_restarts_that_actor_only(visit: Visit) -> None:
    visit.expected = ["cannot go on from 1"]
    page = visit.show("<aw-faulty></aw-faulty>" + COUNTER, "e2e.components.faulty counter")
    page.locator("aw-counter").get_by_role("button").first.click()
    faulty = page.locator("aw-faulty")
    faulty.locator("#add").click()
    expect(faulty.locator("output")).to_have_text("1")
    faulty.locator("#fail").click()
    expect(faulty.locator("output")).to_have_text("0")
    faulty.locator("#add").click()
    expect(faulty.locator("output")).to_have_text("1")
    expect(page.locator("aw-counter output")).to_have_text("1")
    said = next(error for error in visit.errors if "cannot go on" in error)
    assert "/aw-faulty" in said
    assert "Fail" in said
    assert "faulty.py" in said
    assert "line" in said


def test_an_element_whose_view_raises_shows_its_error_and_the_page_lives(visit: Visit) -> None:
    visit.expected = ["no look for what is below zero"]
    page = visit.show("<aw-faulty><p slot='error'>Out of order</p></aw-faulty>" + COUNTER, "e2e.components.faulty counter")
    page.locator("aw-faulty #spoil").click()
    expect(page.get_by_text("Out of order")).to_be_visible()
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")


def test_a_module_that_raises_at_import_is_shown_with_its_line(visit: Visit) -> None:
    visit.expected = ["this module never loads"]
    page = visit.show(COUNTER, "e2e.components.unimportable counter")
    shown = page.get_by_role("alert").first
    expect(shown).to_contain_text("AW-703")
    expect(shown).to_contain_text("unimportable.py")
    expect(shown).to_contain_text("line 3")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")


def test_an_unknown_component_is_shown(visit: Visit) -> None:
    visit.expected = ["AW-702"]
    page = visit.show(COUNTER, "nowhere counter")
    expect(page.get_by_role("alert").first).to_contain_text("components.nowhere")


def test_a_runtime_that_cannot_load_is_shown(visit: Visit) -> None:
    visit.expected = ["AW-722", "404"]
    visit.page.context.route("**/pyodide.asm.wasm", lambda route: route.fulfill(status=404, body="gone"))
    page = visit.show(COUNTER, "counter", host="main")
    expect(page.get_by_role("alert").first).to_contain_text("AW-722")
    assert page.evaluate("heard.failed.code") == "AW-722"


def test_a_manifest_that_is_not_what_python_defines_is_shown(visit: Visit) -> None:
    visit.expected = ["AW-704"]

    def stale(route) -> None:
        answer = route.fetch()
        body = answer.json()
        route.fulfill(response=answer, json={**body, "digest": "0"})

    visit.page.route("**/manifest.json*", stale)
    page = visit.show(COUNTER, "counter")
    expect(page.get_by_role("alert").first).to_contain_text("AW-704")


def test_the_counter_in_a_pyscript_tag(visit: Visit) -> None:
    page = visit.go("/pyscript.html", ready=False)
    counter = page.locator("aw-counter")
    counter.get_by_role("button").first.click(timeout=60_000)
    expect(counter.locator("output")).to_have_text("2")
    counter.get_by_role("button").first.press("Enter")
    expect(counter.locator("output")).to_have_text("4")
