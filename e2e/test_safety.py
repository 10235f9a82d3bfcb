"""What a page must not do: run a text, keep proxies, be unusable without a mouse or good eyes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import ROOT, Visit

AXE = Path(ROOT / "node_modules" / "axe-core" / "axe.min.js")
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "javascript:document.title='owned'",
    "\"><script>document.title='owned'</script>",
    "' onclick=\"document.title='owned'\" x='",
    " java\tscript:document.title='owned'",
    "data:text/html,<script>parent.document.title='owned'</script>",
    "${document.title='owned'}{{x}}{x}",
]


@pytest.mark.parametrize("host", ["worker", "main"])
def test_a_hostile_text_is_inert_in_every_position(visit: Visit, host: str) -> None:
    page = visit.show("<aw-hostile></aw-hostile>", "e2e.components.hostile", host=host)
    element = page.locator("aw-hostile")
    for text in HOSTILE:
        visit.expected = []
        page.evaluate("text => document.querySelector('aw-hostile').send({type: 'Say', text})", text)
        expect(element.locator("#text")).to_have_text(text.strip() if text.strip() == text else text.strip())
        found = page.evaluate(
            """() => {
              const root = document.querySelector("aw-hostile").shadowRoot;
              const of = (selector) => root.querySelector(selector);
              return {
                attribute: of("#attribute").title, data: of("#attribute").dataset.x, value: of("#property").value, area: of("#area").value,
                link: of("#link").getAttribute("href") ?? "", image: of("#image").getAttribute("src") ?? "", action: of("#form").getAttribute("action") ?? "",
                row: of("li").textContent, rowTitle: of("li").title,
                elements: root.querySelectorAll("script, iframe, object, embed").length, images: root.querySelectorAll("img").length,
                handlers: [...root.querySelectorAll("*")].flatMap((each) => [...each.attributes]).filter((each) => each.name.startsWith("on")).length,
                protocols: [of("#link").protocol, of("#form").action, of("button").formAction],
              };
            }"""
        )
        for place in ("attribute", "data", "area", "row", "rowTitle"):
            assert found[place] == text, place
        for place in ("link", "image", "action"):
            assert not found[place].replace("\t", "").strip().lower().startswith(("javascript:", "data:")), place
        assert (found["elements"], found["images"], found["handlers"]) == (0, 1, 0)
        page.evaluate("document.querySelector('aw-hostile').shadowRoot.querySelector('#link').click()") if found["link"] == "" else None
        assert page.title() == "test"
    # a relative address that leads nowhere is a plain 404 of this server, not a failure of the page
    visit.errors = [error for error in visit.errors if "404" not in error]


def test_no_proxy_stays_after_a_thousand_mounts(visit: Visit) -> None:
    page = visit.show("<div id='place'></div>", "counter", host="main")
    count = "actorwebPython._module.hiwire_num_keys?.() ?? actorwebPython._module._hiwire_num_refs?.() ?? null"
    cycle = """async (times) => {
      const place = document.querySelector("#place");
      for (let number = 0; number < times; number += 1) {
        const element = document.createElement("aw-counter");
        place.append(element);
        await element.ready;
        element.send({type: "Increment"});
        if (number % 10 === 0) await element.ask({type: "Count"});
        element.remove();
        await new Promise((resolve) => setTimeout(resolve));
      }
    }"""
    page.evaluate("document.querySelector('#place').append(document.createElement('aw-counter'))")
    visit.until("globalThis.actorwebPython")
    proxies = """() => actorwebPython.runPython(`
import gc
from pyodide.ffi import JsProxy
gc.collect()
sum(isinstance(each, JsProxy) for each in gc.get_objects())
`)"""
    page.evaluate(cycle, 20)
    before, held = page.evaluate(proxies), page.evaluate(count)
    page.evaluate(cycle, 1000)
    after, held_after = page.evaluate(proxies), page.evaluate(count)
    assert after - before == 0
    if held is not None:
        assert held_after - held == 0
    actors = page.evaluate("actorwebPython.runPython('from actorweb.page.hosts.browser import hosts\\nlen(hosts[0].kernel.roots)')")
    assert actors <= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/pyscript.html"])
def test_axe_finds_nothing(visit: Visit, path: str, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page = visit.go(path, ready=False)
    tag = "aw-todo" if path == "/" else "aw-counter"
    visit.until(f"document.querySelector('{tag}')?.ready")
    page.evaluate(f"document.querySelector('{tag}').ready.then(() => 1)")
    if path == "/":
        field = page.locator("aw-todo").get_by_role("textbox", name="What is to be done?")
        field.fill("water")
        field.press("Enter")
        expect(page.locator("aw-todo").get_by_role("listitem")).to_have_count(1)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)")
    assert [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found] == [], json.dumps(found, indent=1)[:3000]
