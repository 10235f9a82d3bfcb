"""From the script tag to elements that work, with the real Python; and what a page says when it cannot."""

from __future__ import annotations

import pytest

from e2e.pages import Pages, until

LISTEN = """globalThis.failures = []; globalThis.progress = []; globalThis.readies = 0;
document.addEventListener('actorweb:failed', ({detail}) => failures.push(detail));
document.addEventListener('actorweb:progress', ({detail}) => progress.push(detail));
document.addEventListener('actorweb:ready', () => { readies += 1; });"""
READY = "() => customElements.whenDefined('e2e-troubled').then(() => document.querySelector('e2e-troubled').ready).then(() => true)"


@pytest.mark.parametrize("host", ["worker", "main"])
def test_an_element_works_on_each_host(pages: Pages, host: str) -> None:
    page = pages.open("<e2e-troubled step=2></e2e-troubled>", host=host, components="e2e.components.troubled", before=LISTEN)
    page.locator("#add").click()
    page.locator("#add").click()  # long before Python is there
    assert page.evaluate(READY)
    until(page, "document.querySelector('e2e-troubled').count === 4")
    assert page.evaluate("readies") == 1
    assert pages.errors() == []
    assert all(url.startswith(page.url) for url in pages.requests)
    progress = page.evaluate("progress")
    assert {step["phase"] for step in progress} == {"manifest", "runtime", "packages", "components"}
    loaded = [step["loaded"] for step in progress if step["phase"] == "runtime"]
    assert loaded == sorted(loaded)
    assert loaded[-1] > 5_000_000

    page.locator("#explode").click()
    until(page, "document.querySelector('e2e-troubled').count === 0")
    (said,) = pages.errors()
    assert "/e2e-troubled" in said
    assert "crashed on Explode(why='clicked')" in said
    assert "ZeroDivisionError: clicked" in said
    assert "in explode" in said
    page.locator("#add").click()
    until(page, "document.querySelector('e2e-troubled').count === 2")


def test_a_thousand_elements_leave_no_proxies(pages: Pages) -> None:
    page = pages.open("<e2e-troubled></e2e-troubled>", host="main", components="e2e.components.troubled")
    assert page.evaluate(READY)
    cycle = """async () => {
      for (let round = 0; round < 20; round++) {
        const made = Array.from({ length: 50 }, () => document.body.appendChild(document.createElement('e2e-troubled')));
        await Promise.all(made.map((element) => element.ready));
        await Promise.all(made.map((element) => element.ask({ type: 'Add' }).catch(() => 0)));
        for (const element of made) element.remove();
      }
      const last = document.querySelector('e2e-troubled');
      await last.ask({ type: 'Add' }).catch(() => 0);
    }"""
    counts = "() => [actorwebPython._module.pyproxy_alloc_map.size, actorwebPython._module._hiwire_num_refs?.() ?? -1]"
    page.evaluate("() => actorwebPython._module.enable_pyproxy_allocation_tracing()")
    page.evaluate(cycle)  # what is made once is made
    before = page.evaluate(counts)
    assert before[1] > 0, before
    page.evaluate(cycle)
    assert page.evaluate(counts) == before


def test_an_unknown_component_is_named_and_the_others_work(pages: Pages) -> None:
    page = pages.open("<e2e-troubled></e2e-troubled>", components="nowhere e2e.components.troubled", before=LISTEN)
    assert page.evaluate(READY)
    (failure,) = page.evaluate("failures")
    assert failure["code"] == "AW-702"
    assert "nowhere" in failure["hint"]
    assert "nowhere" in page.locator(".actorweb-failure").inner_text()


def test_a_component_that_raises_is_shown_with_its_line_and_the_others_work(pages: Pages) -> None:
    page = pages.open("<e2e-troubled></e2e-troubled>", components="e2e.components.raises e2e.components.troubled", before=LISTEN)
    assert page.evaluate(READY)
    (failure,) = page.evaluate("failures")
    assert failure["code"] == "AW-703"
    shown = page.locator(".actorweb-failure").inner_text()
    assert "RuntimeError: this component is broken" in shown
    assert 'raises.py", line 5' in shown


@pytest.mark.parametrize(
    ("component", "tag", "code", "words"),
    [
        ("e2e.components.raises_in_page", "e2e-plain", "AW-703", ["RuntimeError: this component does not like pages", 'raises_in_page.py", line 11']),
        ("e2e.components.differs", "e2e-differs", "AW-704", ["manifest"]),
    ],
)
def test_what_only_the_page_finds_is_shown_and_fails_its_elements(pages: Pages, component: str, tag: str, code: str, words: list[str]) -> None:
    page = pages.open(f"<{tag}><p slot=error>sorry</p></{tag}>", components=component, before=LISTEN)
    until(page, "failures.length > 0")
    (failure,) = page.evaluate("failures")
    assert failure["code"] == code
    shown = page.locator(".actorweb-failure").inner_text()
    for each in words:
        assert each in shown
    page.locator("[slot=error]").wait_for(state="visible")
    assert page.evaluate("tag => document.querySelector(tag).ready.catch((error) => error.message)", tag).startswith(f"<{tag}>")


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("/actorweb/pyodide/pyodide.asm.wasm", "AW-722"),
        ("/actorweb/pyodide/pyodide.mjs", "AW-722"),
        ("/actorweb/worker.js", "AW-721"),
        ("/actorweb/manifest.json", "AW-720"),
    ],
)
def test_what_cannot_be_loaded_is_said_visibly(pages: Pages, missing: str, code: str) -> None:
    page = pages.open("<e2e-troubled><p slot=error>sorry</p></e2e-troubled>", components="e2e.components.troubled", before=LISTEN, missing=(missing,))
    until(page, "failures.length > 0")
    assert page.evaluate("failures[0].code") == code
    assert code in page.locator(".actorweb-failure").inner_text()


def test_a_host_that_does_not_exist_is_said(pages: Pages) -> None:
    page = pages.open("<e2e-troubled></e2e-troubled>", host="moon", components="e2e.components.troubled", before=LISTEN)
    until(page, "failures.length > 0")
    assert page.evaluate("failures[0].code") == "AW-725"
    assert 'data-host="moon"' in page.locator(".actorweb-failure").inner_text()
