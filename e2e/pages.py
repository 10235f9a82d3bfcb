"""Pages for tests: Chromium, and a host in this process whose frames a test lets through one by one.

Nothing sleeps here. A page with an `Attached` host goes on when the test says so, so a slow host is a host that the
test has not asked yet.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from actorweb.page.hosts.host import Host
from actorweb.page.manifest import describe, digest
from e2e.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from actorweb.page import Element

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
CONNECT = """manifest => {
  globalThis.fromPage = [];
  globalThis.actorwebAttached = {
    manifest,
    connect(post, wake, ready) {
      globalThis.fromHost = post;
      ready((text) => fromPage.push(text), () => {});
    },
  };
}"""


def markup(body: str, *, host: str = "worker", components: str = "") -> str:
    """Give a page that a user could have written."""
    script = f'<script type="module" src="/actorweb/actorweb.js" data-host="{host}" data-components="{components}"></script>'
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title>{script}<body>{body}</body></html>'


def until(page: Page, condition: str) -> None:
    """Wait until an expression holds in a page, at most 30 s. (Playwright's own way evaluates texts, which the page's policy forbids.)"""
    page.evaluate(f"""() => new Promise((done, failed) => {{
      const end = performance.now() + 30_000;
      const look = () => {{
        if ({condition}) done(true);
        else if (performance.now() > end) failed(new Error('it did not come to this within 30 s: ' + {json.dumps(condition)}));
        else requestAnimationFrame(look);
      }};
      look();
    }})""")


class Pages:
    """Opens pages in one Chromium and notes what they say on their consoles."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.console: list[tuple[str, str]] = []
        self.raised: list[str] = []
        self.requests: list[str] = []
        self._closing: list[Site] = []

    def open(self, body: str, *, host: str = "worker", components: str = "", before: str = "", missing: tuple[str, ...] = ()) -> Page:
        """Open a page; `before` is a script that runs before its own."""
        site = Site({"/": markup(body, host=host, components=components)}, missing=missing)
        site.__enter__()
        self._closing.append(site)
        page = self.browser.new_page()
        page.on("console", lambda said: self.console.append((said.type, said.text)))
        page.on("pageerror", lambda error: self.raised.append(str(error)))
        page.on("request", lambda asked: self.requests.append(asked.url))
        if before:
            page.add_init_script(before)
        page.goto(site.url)
        return page

    def attach(self, body: str, elements: Sequence[Element]) -> Attached:
        """Open a page whose elements live in this process."""
        return Attached(self, body, elements)

    def errors(self) -> list[str]:
        """Give what the pages complained of so far."""
        return [text for kind, text in self.console if kind == "error"] + self.raised

    def close(self) -> None:
        for context in self.browser.contexts:
            context.close()
        for site in self._closing:
            site.__exit__()
        self._closing.clear()


class Attached:
    """A page and its host, here. `step` lets one batch through; `settle` lets everything through, both ways."""

    def __init__(self, pages: Pages, body: str, elements: Sequence[Element]) -> None:
        self._frames: list[str] = []
        self._woken = False
        self._batches: list[str] = []
        self.host = Host(elements, post=self._frames.append, wake=self._wake, budget=60.0)
        manifest = json.dumps({"elements": [describe(element) for element in elements], "digest": digest(elements), "components": [], "errors": []})
        self.page: Page = pages.open(body, host="attached", before=f"({CONNECT})({json.dumps(manifest)})")
        until(self.page, "globalThis.fromHost")

    def _wake(self) -> None:
        self._woken = True

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def _pull(self) -> None:
        self._batches += self.page.evaluate("fromPage.splice(0)")

    def handle(self, count: int = 1000) -> int:
        """Let the host take so many batches of the page; its frames wait here. Gives how many there were."""
        self._pull()
        taken, self._batches = self._batches[:count], self._batches[count:]
        for batch in taken:
            self.host.receive(batch)
            while self._woken:
                self._woken = False
                self.host.drain()
        return len(taken)

    def show(self) -> None:
        """Let the page show the frames that wait."""
        frames = self._frames[:]
        self._frames.clear()
        # What the shim shows on the next animation frame is shown before the one asked for after it.
        self.page.evaluate("async frames => { for (const frame of frames) fromHost(frame); await new Promise((done) => requestAnimationFrame(done)); }", frames)

    def step(self) -> None:
        """Let one batch of the page through, and what it causes."""
        self.handle(1)
        self.show()

    def settle(self) -> None:
        """Let everything through until nobody has anything to say."""
        while True:
            taken = self.handle()
            if not taken and not self._frames:
                return
            self.show()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium: Browser) -> Iterator[Pages]:
    made = Pages(chromium)
    yield made
    made.close()
