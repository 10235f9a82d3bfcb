"""The elements whose behavior is a statechart: by mouse, by keyboard, by `:state(…)`, over reloads, and along the paths of their charts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from actorweb.page.readings import custom_states
from actorweb.testing import Path, paths
from components.player import playing_chart
from components.traffic_light import light
from e2e.tabs import stored
from e2e.test_access import AXE
from e2e.visit import Visit, visiting

BY = pytest.mark.parametrize("by", ["mouse", "keyboard"])


@pytest.fixture(scope="module")
def booted(chromium: Browser, origin: str) -> Iterator[Visit]:
    """One page for all tests that need no other: each puts an element of its own into it."""
    with visiting(chromium, origin) as visit:
        visit.show("<div id=place></div>", "traffic_light checkout player")
        yield visit


@pytest.fixture
def stage(booted: Visit) -> Iterator[Visit]:
    yield booted
    booted.page.evaluate("place.replaceChildren()")


def put(visit: Visit, markup: str) -> Locator:
    """Put an element into the page, as `one`, and wait until it is ready."""
    visit.page.evaluate("(markup) => { place.innerHTML = markup; globalThis.one = place.firstElementChild; return one.ready.then(() => true); }", markup)
    return visit.page.locator("#place > *")


def until_in(visit: Visit, *states: str) -> None:
    """Wait until the element is in all of these states."""
    visit.until(" && ".join(f"one.matches(':state({state})')" for state in states))


def press(element: Locator, name: str, by: str) -> None:
    button = element.get_by_role("button", name=name, exact=True)
    if by == "mouse":
        button.click()
    else:
        expect(button).to_be_enabled()  # else it takes no focus
        button.focus()
        element.page.keyboard.press("Enter")


def current(element: Locator) -> list[str]:
    """Give the names of the states that the chart marks."""
    return element.locator("[aria-current=true] > .name").all_inner_texts()


# --- the traffic light ----------------------------------------------------------------------------------------------


@BY
def test_who_asks_may_cross(stage: Visit, by: str) -> None:
    element = put(stage, "<aw-traffic-light speed=5></aw-traffic-light>")
    until_in(stage, "day-red-halt")
    press(element, "I want to cross", by)
    expect(element.get_by_role("button", name="Please wait")).to_have_attribute("aria-pressed", "true")
    until_in(stage, "day-red-walk", "walk")
    expect(element.get_by_role("status")).to_have_text("Cars stand. Walk!")
    assert stage.page.evaluate("one.crossings") == 1
    assert current(element) == ["day", "red", "walk"]
    until_in(stage, "day-red-hurry")
    until_in(stage, "day-starting")
    assert not stage.page.evaluate("one.matches(':state(walk)')")
    until_in(stage, "day-green-flowing")
    press(element, "I want to cross", by)
    until_in(stage, "day-green-ending")
    until_in(stage, "day-amber")


@BY
def test_at_night_the_light_flashes_until_it_is_day(stage: Visit, by: str) -> None:
    element = put(stage, "<aw-traffic-light></aw-traffic-light>")
    press(element, "Let it be night", by)
    for state in ("night-lit", "night-dark", "night-lit"):
        until_in(stage, state)
    expect(element.get_by_role("button", name="I want to cross")).to_be_disabled()
    press(element, "Let it be day", by)
    until_in(stage, "day-red")


def test_a_state_is_styled_by_its_name(stage: Visit) -> None:
    put(stage, "<aw-traffic-light></aw-traffic-light>")
    lamp = "getComputedStyle(one.shadowRoot.querySelector('.lamp.red')).backgroundColor"
    until_in(stage, "day-red")
    stage.until(f"{lamp} === 'rgb(255, 69, 58)'")
    stage.page.evaluate("one.send({type: 'Night'})")
    stage.until(f"{lamp} === 'rgb(51, 51, 63)'")


# --- the player -----------------------------------------------------------------------------------------------------


@BY
def test_after_a_stop_the_player_goes_on_as_it_was(stage: Visit, by: str) -> None:
    element = put(stage, "<aw-player></aw-player>")
    press(element, "Play", by)
    press(element, "2×", by)
    until_in(stage, "playback-on-playing-fast", "fast")
    stage.until("one.position >= 1")
    press(element, "Stop", by)
    until_in(stage, "playback-stopped")
    press(element, "Play on", by)
    until_in(stage, "playback-on-playing-fast")
    press(element, "Pause", by)
    press(element, "Stop", by)
    press(element, "Play on", by)
    until_in(stage, "playback-on-paused")
    expect(element.get_by_role("status")).to_have_text("Paused")
    assert current(element)[:3] == ["playback", "on", "paused"]


@BY
def test_the_player_is_loud_soft_or_muted_beside_that(stage: Visit, by: str) -> None:
    element = put(stage, "<aw-player></aw-player>")
    volume = element.get_by_role("slider", name="Volume")
    if by == "mouse":
        volume.fill("90")
    else:
        volume.focus()
        stage.page.keyboard.press("End")
    until_in(stage, "volume-audible-loud", "playback-stopped")
    press(element, "Mute", by)
    until_in(stage, "volume-muted")
    press(element, "Mute", by)
    until_in(stage, "volume-audible-loud")
    press(element, "Captions", by)
    press(element, "In Latin", by)
    press(element, "Captions", by)
    until_in(stage, "captions-off")
    press(element, "Captions", by)
    until_in(stage, "captions-shown-latin")
    expect(element.locator(".caption")).to_have_text("Tempus fugit.")


def test_a_piece_that_begins_is_an_event(stage: Visit) -> None:
    put(stage, "<aw-player></aw-player>")
    stage.page.evaluate("globalThis.heard.pieces = []; one.addEventListener('piece-began', (event) => heard.pieces.push(event.detail))")
    stage.page.evaluate("one.send({type: 'Seek', position: 99}); one.send({type: 'Play'})")
    stage.until("heard.pieces.length === 1")
    assert stage.page.evaluate("heard.pieces") == [{"title": "Of failing"}]


# --- the elements and their charts ----------------------------------------------------------------------------------

LIGHT_WAYS = paths(light, events=[{"type": name} for name in ("Press", "Night", "Day")], by=lambda state: (state.value, state.context["waiting"]))
PLAYER_WAYS = (
    *paths(
        playing_chart,
        kind="simple",
        events=[*({"type": name} for name in ("Play", "Pause", "Stop", "Faster")), {"type": "Seek", "position": 99}],
        by=lambda state: (state.value, state.context["piece"]),
        to=lambda state: state.matches("playback.ended") or state.matches("playback.stopped"),
    ),
    *paths(playing_chart, events=[{"type": "Mute"}, *({"type": "SetVolume", "volume": volume} for volume in (0, 50, 90))]),
    *paths(playing_chart, kind="simple", events=[{"type": "Captions"}, {"type": "Translate"}]),
)
WALK = """async ([tag, ways, known, attributes]) => {
  const differences = [];
  const walk = async (steps) => {
    const element = document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) element.setAttribute(name, text);
    place.append(element);
    await element.ready;
    for (const [index, [event, expected, states]] of steps.entries()) {
      if (event !== null) element.send(event);
      const seen = () => JSON.stringify([element.snapshot?.value, known.filter((name) => element.matches(`:state(${name})`))]);
      const wanted = JSON.stringify([expected, known.filter((name) => states.includes(name))]);
      const end = performance.now() + 10_000;
      while (seen() !== wanted && performance.now() < end) await new Promise((done) => setTimeout(done, 4));
      if (seen() !== wanted) { differences.push([index, steps.map((step) => step[0]), seen(), wanted]); break; }
    }
    element.remove();
  };
  await Promise.all(ways.map(walk));
  return differences;
}"""


def walked(visit: Visit, tag: str, ways: tuple[Path, ...], **attributes: str) -> object:
    """Walk paths with an element each, and give what differs from the chart: the snapshot's value, or the element's states."""
    shown = [
        [
            [None, way.first.value, custom_states(way.first)],
            *([step.event if step.delay is None else None, step.state.value, custom_states(step.state)] for step in way.steps),
        ]
        for way in ways
    ]
    known = sorted({name for way in shown for step in way for name in step[2]})  # type: ignore[attr-defined]
    return visit.page.evaluate(WALK, [tag, json.loads(json.dumps(shown)), known, attributes])


def test_the_player_does_what_its_chart_says(stage: Visit) -> None:
    assert len(PLAYER_WAYS) > 20
    assert walked(stage, "aw-player", PLAYER_WAYS) == []


def test_the_light_does_what_its_chart_says(stage: Visit) -> None:
    """What comes by a delay comes by itself, and all lights are at once in the page."""
    assert {step.delay is None for way in LIGHT_WAYS for step in way.steps} == {True, False}
    assert walked(stage, "aw-traffic-light", LIGHT_WAYS, speed="3") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_other_states_either(stage: Visit, scheme: str) -> None:
    page = stage.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("place.innerHTML = '<aw-checkout></aw-checkout><aw-player></aw-player><aw-traffic-light></aw-traffic-light>'")
    page.evaluate("Promise.all([...place.children].map((each) => each.ready)).then(() => true)")
    page.evaluate("""() => { const [checkout, player, light] = place.children;
      checkout.send({type: 'Next'}); player.send({type: 'Play'}); player.send({type: 'Mute'}); player.send({type: 'Captions'}); light.send({type: 'Night'}); }""")
    stage.until("[':state(address-faulty)', ':state(captions-shown)', ':state(night)'].every((state, index) => place.children[index].matches(state))")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(place, {resultTypes: ['violations']}).then((result) => result.violations)")
    assert [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found] == []


# --- the checkout ---------------------------------------------------------------------------------------------------


def fill(element: Locator, by: str, **texts: str) -> None:
    for label, text in texts.items():
        field = element.get_by_label(label.replace("_", " "), exact=False).first
        if by == "mouse":
            field.fill(text)
        else:
            field.focus()
            element.page.keyboard.press("ControlOrMeta+a")
            element.page.keyboard.type(text)


def go_on(element: Locator, by: str) -> None:
    """Go on once the part that is shown is in order: by the button, or with Enter in a field."""
    expect(element.locator("fieldset:not([hidden]) .check")).to_have_text("✓ in order")
    if by == "mouse":
        element.get_by_role("button", name="Go on").click()
    else:
        element.page.keyboard.press("Enter")


@BY
def test_a_payment_that_fails_is_tried_again(stage: Visit, by: str) -> None:
    element = put(stage, "<aw-checkout></aw-checkout>")
    stage.page.evaluate("globalThis.heard.paid = []; one.addEventListener('order-paid', (event) => heard.paid.push(event.detail))")
    fill(element, by, Name="Ada", Street="Way 1", Postcode="1234")
    postcode = element.get_by_label("Postcode")
    expect(postcode).to_have_attribute("aria-invalid", "true")
    expect(postcode).to_have_accessible_description("Five digits A postcode has five digits.")
    element.get_by_role("button", name="Go on").click()
    until_in(stage, "steps-address", "address-faulty")
    fill(element, by, Postcode="12345")
    go_on(element, by)
    until_in(stage, "steps-card")
    fill(element, by, Card_number="12345671", Valid_until="12/29")
    go_on(element, by)
    until_in(stage, "steps-review")
    press(element, "Pay 42 €", by)
    until_in(stage, "steps-paying", "busy")
    order = stage.page.evaluate("one.order")
    expect(element.get_by_role("alert")).to_have_text("The bank cannot be reached.")
    press(element, "Try again", by)
    until_in(stage, "steps-confirmed")
    (paid,) = stage.page.evaluate("heard.paid")
    assert paid["order"] == order
    expect(element.locator(".receipt")).to_have_text(paid["receipt"])
    press(element, "Another order", by)
    until_in(stage, "steps-address", "address-fine", "card-untouched")


def test_going_on_with_nothing_says_what_is_needed(stage: Visit) -> None:
    element = put(stage, "<aw-checkout></aw-checkout>")
    element.get_by_label("Name").focus()
    stage.page.keyboard.press("Enter")
    expect(element.get_by_role("status")).to_have_text("Step 1 of 3 3 fields are not in order.")
    expect(element.locator(".problem").first).to_have_text("This is needed.")


SENT: dict[str, list[list[str] | str]] = {
    "address": [["name", "Ada"], ["postcode", "12"]],
    "card": [["name", "Ada"], ["street", "Way 1"], ["postcode", "12345"], "Next", ["number", "1234 5678"]],
}
SENT["review"] = [*SENT["card"], ["until", "12/29"], "Next"]
SENT["confirmed"] = [*SENT["review"], "Pay"]
SENT["paying"] = SENT["confirmed"]  # the last one: it is still being paid when the page goes
SEND = """async ([id, messages, last]) => {
  const element = document.getElementById(id);
  await element.ready;
  const until = async (holds) => { while (!holds()) await new Promise((done) => setTimeout(done, 10)); };
  for (const each of messages) {
    if (each === "Next") await until(() => element.matches(element.matches(":state(steps-card)") ? ":state(card-fine)" : ":state(address-fine)"));
    element.send(typeof each === "string" ? {type: each} : {type: "Typed", field: each[0], text: each[1]});
    if (each === "Next") await until(() => !element.matches(":state(steps-address)"));
  }
  await until(() => last.every((state) => element.matches(`:state(${state})`)));
}"""


def test_a_reload_comes_back_to_each_step_and_pays_once(visit: Visit) -> None:
    """Five orders, one in each step: what was typed is there, and the one that was being paid is paid, under the number it had."""
    page = visit.show("".join(f"<aw-checkout id={step} name={step}></aw-checkout>" for step in SENT), "checkout")
    for step, messages in SENT.items():
        page.evaluate(SEND, [step, messages, [f"steps-{step}", *([f"{step}-faulty"] if step in ("address", "card") else [])]])
    order = page.locator("#paying .order").inner_text()
    receipt = page.locator("#confirmed .receipt").inner_text()
    stored(page)()  # behind what the page has asked for
    page.reload()
    visit.until("document.getElementById('paying')?.ready")
    page.evaluate("Promise.all([...document.querySelectorAll('aw-checkout')].map((each) => each.ready)).then(() => true)")
    for step in SENT:
        visit.until(f"document.getElementById('{step}').matches(':state(steps-{step})')")
    expect(page.locator("#address").get_by_label("Name")).to_have_value("Ada")
    expect(page.locator("#address").get_by_label("Postcode")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#card").get_by_label("Card number")).to_have_value("1234 5678")
    expect(page.locator("#review dl")).to_contain_text("Ada, Way 1, 12345")
    expect(page.locator("#confirmed .receipt")).to_have_text(receipt)
    visit.until("document.getElementById('paying').matches(':state(steps-confirmed)')")
    expect(page.locator("#paying .order")).to_have_text(order)
    expect(page.locator("#paying .receipt")).to_have_text(f"R-{order[:8].upper()}")
