"""Every page can be used by everybody: axe finds nothing, light and dark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.visit import ROOT, Visit

AXE = Path(ROOT / "node_modules" / "axe-core" / "axe.min.js")


@pytest.mark.parametrize("path", ["/", "/pyscript.html"])
def test_axe_finds_nothing_in_light_and_dark(visit: Visit, path: str) -> None:
    visit.page.emulate_media(reduced_motion="reduce")
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
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations)")
        assert [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found] == [], (
            f"{scheme}: {json.dumps(found, indent=1)[:3000]}"
        )
