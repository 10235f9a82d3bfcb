"""A page of the real server: before Python is there, after a reload, and in a PyScript tag."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from e2e.visit import Visit

COUNTER = "<aw-counter></aw-counter>"


@pytest.mark.parametrize("host", ["worker", "main"])
def test_what_is_clicked_before_python_is_ready_counts(visit: Visit, host: str) -> None:
    waiting: list[Route] = []
    visit.page.context.route("**/python_stdlib.zip", lambda route: waiting.append(route))  # noqa: PLW0108  (playwright looks at the function itself)
    # Python comes when the test lets it
    page = visit.show(COUNTER, "counter", host=host, ready=False)
    first = page.locator("aw-counter").get_by_role("button").first
    for _ in range(3):
        first.click()
    assert page.evaluate("heard.ready") is None
    visit.until("heard.progress.some(({phase}) => phase === 'runtime')")
    for route in waiting:
        route.continue_()
    visit.page.context.unroute("**/python_stdlib.zip")
    visit.until_ready()
    expect(page.locator("aw-counter output")).to_have_text("3")
    first.click()
    expect(page.locator("aw-counter output")).to_have_text("4")
    assert len(page.workers) == (1 if host == "worker" else 0)


def test_a_reload_starts_anew(visit: Visit) -> None:
    page = visit.show(COUNTER, "counter")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")
    page.reload()
    visit.until_ready()
    expect(page.locator("aw-counter output")).to_have_text("0")
    page.locator("aw-counter").get_by_role("button").first.click()
    expect(page.locator("aw-counter output")).to_have_text("1")


def test_the_counter_in_a_pyscript_tag(visit: Visit) -> None:
    page = visit.go("/pyscript.html", ready=False)
    counter = page.locator("aw-counter")
    counter.get_by_role("button").first.click(timeout=60_000)
    expect(counter.locator("output")).to_have_text("2")
    counter.get_by_role("button").first.press("Enter")
    expect(counter.locator("output")).to_have_text("4")
