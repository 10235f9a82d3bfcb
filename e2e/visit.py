"""Visits to the real server with a real Chromium, on a page that must stay silent: no console error, no request that leaves the origin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:"
BOOT = 60_000


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """The address of `actorweb dev`, started as a user starts it."""
    server = subprocess.Popen(
        [sys.executable, "-c", "import sys; from actorweb.cli import main; sys.exit(main())", "dev", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = ""
    for line in server.stdout:
        if "http://" in line:
            address = "http://" + line.split("http://")[1].split("/")[0]
            break
    assert address, "the server did not start"
    yield address
    server.terminate()
    server.wait(10)
    server.stdout.close()


@dataclass
class Visit:
    """A page under observation. `expected` are parts of console errors that a test wants to see."""

    page: Page
    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def go(self, path: str = "/", *, ready: bool = True) -> Page:
        self.page.goto(f"{self.origin}{path}")
        if ready:
            self.until_ready()
        return self.page

    def show(self, body: str, components: str, *, host: str = "worker", ready: bool = True, head: str = "") -> Page:
        """Open a page of the test's own, under the same policy; everything it loads comes from the server."""
        html = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">{head}'
            f'<script type="module" src="/actorweb/actorweb.js" data-components="{components}" data-host="{host}"></script><body><main>{body}</main></body></html>'
        )
        self.page.route("**/test.html", lambda route: route.fulfill(body=html, content_type="text/html", headers={"content-security-policy": POLICY}))
        return self.go("/test.html", ready=ready)

    def until_ready(self) -> None:
        self.until("heard.ready || heard.failed")

    def until(self, condition: str) -> None:
        """Wait until an expression holds. (`wait_for_function` evaluates text in the page, which the policy forbids.)"""
        begun = f"(performance.now() - began < {BOOT})"
        held = self.page.evaluate(
            f"async () => {{ const began = performance.now(); while (!({condition})) {{ if (!{begun}) return false; await new Promise((go) => setTimeout(go, 10)); }} return true; }}"
        )
        assert held, f"not within {BOOT} ms: {condition}"

    def text(self, tag: str, selector: str) -> str:
        return self.page.locator(tag).first.locator(selector).first.inner_text()


@contextmanager
def visiting(chromium: Browser, origin: str) -> Iterator[Visit]:
    """Open a page in a browser of its own, and look at its end whether it was silent."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    made = Visit(page, origin)
    # What the shim says of its boot is kept from the first moment on.
    page.add_init_script(
        "globalThis.heard = {progress: []}; for (const name of ['progress', 'ready', 'failed']) document.addEventListener('actorweb:' + name, "
        "(event) => { if (name === 'progress') heard.progress.push(event.detail); else heard[name] = event.detail; })"
    )
    page.on("console", lambda said: made.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((origin, "data:", "blob:")) else made.foreign.append(request.url))
    yield made
    context.close()
    assert made.foreign == []
    surplus = [error for error in made.errors if not any(part in error for part in made.expected)]
    assert surplus == []
    missing = [part for part in made.expected if not any(part in error for error in made.errors)]
    assert missing == []


@pytest.fixture
def visit(chromium: Browser, origin: str) -> Iterator[Visit]:
    with visiting(chromium, origin) as made:
        yield made
