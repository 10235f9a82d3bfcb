"""Each element of the gallery, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from e2e.visit import Visit, visiting


@pytest.fixture(scope="module")
def booted(chromium: Browser, origin: str) -> Iterator[Visit]:
    with visiting(chromium, origin) as visit:
        visit.go()
        yield visit


@pytest.fixture
def gallery(booted: Visit) -> Visit:
    """The gallery with elements that nobody has used: one page for all tests, and new elements for each."""
    booted.page.evaluate(
        """() => {
          const used = document.querySelectorAll("main aw-counter, main aw-session, main aw-todo, main aw-clock, main aw-search");
          return Promise.all([...used].map((old) => {
            const other = document.createElement(old.localName);
            for (const { name, value } of old.attributes) if (name !== "name") other.setAttribute(name, value);
            old.replaceWith(other);
            return other.ready;
          })).then(() => true);
        }"""
    )
    return booted


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_counter(gallery: Visit, by: str) -> None:
    page = gallery.page
    counter = page.locator("aw-counter")

    def press(name: str) -> None:
        button = counter.get_by_role("button", name=name)
        if by == "mouse":
            button.click()
        else:
            button.focus()
            page.keyboard.press("Enter" if name != "Reset" else "Space")

    first = counter.get_by_role("button").first
    expect(first).to_contain_text("+")
    press("+ 1")
    press("+ 1")
    press("− 1")
    expect(counter.locator("output")).to_have_text("1")
    press("Multiply")
    press("× 2")
    press("× 2")
    expect(counter.locator("output")).to_have_text("4")
    press("Multiply")
    press("+ 1")
    expect(counter.locator("output")).to_have_text("5")
    expect(page.locator("#last-change")).to_contain_text('{"count":5}')
    press("Reset")
    expect(counter.locator("output")).to_have_text("0")


def test_counter_from_javascript(gallery: Visit) -> None:
    page = gallery.page
    found = page.evaluate(
        """async () => {
          const element = document.querySelector("aw-counter");
          await element.ready;
          const heard = [];
          element.addEventListener("changed", (event) => heard.push(event.detail));
          element.setAttribute("step", "3");
          element.send({type: "Increment"});
          element.send({type: "Increment", by: 4});
          const count = await element.ask({type: "Count"});
          const refused = await element.ask({type: "Nonsense"}).catch((error) => [error.name, error.code]);
          return {count, heard, refused, step: element.step, property: element.count, snapshot: typeof element.snapshot};
        }"""
    )
    assert found["count"] == 7
    assert found["step"] == 3
    assert found["refused"][0] in {"DecodeError", "UnhandledRequest"}
    expect(page.locator("aw-counter output")).to_have_text("7")
    assert page.evaluate("document.querySelector('aw-counter').count") == 7


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_todo(gallery: Visit, by: str) -> None:
    page = gallery.page
    todo = page.locator("aw-todo")
    field = todo.get_by_role("textbox", name="What is to be done?")
    for text in ("water", "bread", "milk"):
        field.click() if by == "mouse" else field.focus()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(field).to_have_value("")
    expect(todo.get_by_role("listitem")).to_have_count(3)
    box = todo.get_by_role("checkbox").nth(1)
    if by == "mouse":
        box.click()
    else:
        box.focus()
        page.keyboard.press("Space")
    expect(todo.get_by_role("status")).to_have_text(re.compile("2 left"))
    done = todo.get_by_role("group", name="Show").get_by_role("button", name="done")
    done.click() if by == "mouse" else done.press("Enter")
    expect(todo.get_by_role("listitem")).to_have_count(1)
    clear = todo.get_by_role("button", name="Clear done")
    clear.click() if by == "mouse" else clear.press("Enter")
    everything = todo.get_by_role("button", name="all")
    everything.click() if by == "mouse" else everything.press("Enter")
    expect(todo.get_by_role("listitem")).to_have_count(2)
    assert page.evaluate("document.querySelector('aw-todo').items") == ["water", "milk"]


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_session(gallery: Visit, by: str) -> None:
    page = gallery.page
    session = page.locator("aw-session")

    def press(name: str) -> None:
        button = session.get_by_role("button", name=name)
        button.click() if by == "mouse" else button.press("Enter")

    expect(session.get_by_role("status")).to_contain_text("idle")
    press("Sign in")
    expect(session.get_by_role("status")).to_contain_text("active")
    press("Do something")
    expect(session.locator("dd").nth(1)).to_have_text("1×")
    page.evaluate("document.querySelector('aw-session').setAttribute('lifetime', '0.2')")
    press("Do something")
    expect(session.get_by_role("status")).to_contain_text("expired")
    press("Do something")
    expect(session.locator("dd").nth(2)).to_have_text("1×")


def test_two_clocks_tick_alike(gallery: Visit) -> None:
    page = gallery.page
    first = page.locator("aw-clock").first
    expect(first.locator("time")).to_have_text("00:00:02")
    assert page.evaluate("(() => { const all = [...document.querySelectorAll('aw-clock')]; return Math.abs(all[0].seconds - all[1].seconds); })()") <= 1
    first.get_by_role("button").press("Enter")
    expect(first.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    stood = first.locator("time").inner_text()
    second_then = page.evaluate("document.querySelectorAll('aw-clock')[1].seconds")
    gallery.until(f"document.querySelectorAll('aw-clock')[1].seconds >= {second_then + 2}")
    assert first.locator("time").inner_text() == stood


def test_search(gallery: Visit) -> None:
    page = gallery.page
    search = page.locator("aw-search")
    field = search.get_by_role("searchbox")
    field.click()
    page.keyboard.type("super")
    expect(search.get_by_role("listitem")).to_have_text(["supervisor"])
    field.fill("")
    page.keyboard.type("fail")
    expect(search.get_by_role("status")).to_contain_text("cannot be reached")
    search.get_by_role("button", name="Try again").press("Enter")
    expect(search.get_by_role("status")).to_contain_text("Looking it up")
    expect(search.get_by_role("status")).to_contain_text("cannot be reached")


def test_each_element_stands_beside_its_source(gallery: Visit) -> None:
    page = gallery.page
    for name in ("counter", "session", "todo", "clock", "search", "traffic_light", "checkout", "player"):
        expect(page.locator(f"[data-source={name}]")).to_contain_text("define_element")
        expect(page.locator(f"[data-text={name}]")).not_to_be_empty()


def test_a_piece_that_begins_is_told_below_the_player(gallery: Visit) -> None:
    page = gallery.page
    page.evaluate("(() => { const player = document.querySelector('aw-player'); player.send({type: 'Seek', position: 99}); player.send({type: 'Play'}); })()")
    expect(page.locator("#last-piece")).to_contain_text('{"title":"Of failing"}')
    page.evaluate("document.querySelector('aw-player').send({type: 'Stop'})")


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_nothing_is_wider_than_the_window(gallery: Visit, width: int) -> None:
    page = gallery.page
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """(width) => [...document.querySelectorAll("aw-traffic-light, aw-checkout, aw-player")].flatMap((element) =>
          [...element.shadowRoot.querySelectorAll("li, button, input")].filter((each) => each.getBoundingClientRect().right > width).map((each) => each.textContent))""",
        width,
    )
    assert outside == []
    page.set_viewport_size(before)
