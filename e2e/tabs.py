"""The tabs of one person's browser on one site: they share what the browser keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from e2e.pages import markup, until
from e2e.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# What an element shows from its first moment on, and what the page says about what it cannot save.
WATCH = """globalThis.seen = []; globalThis.unsaved = [];
document.addEventListener('actorweb:unsaved', (event) => unsaved.push([event.target.id, event.detail.text]));
const look = () => {
  const shown = document.querySelector('#one')?.shadowRoot?.querySelector('output')?.textContent;
  if (shown !== undefined && seen.at(-1) !== shown) seen.push(shown);
  requestAnimationFrame(look);
};
look();"""


class Tabs:
    """`open` gives a new tab; `console` is what all of them said."""

    def __init__(self, browser: Browser, body: str, components: str, *, host: str = "worker") -> None:
        self._site = Site({"/": markup(body, host=host, components=components), "/blank": "<!doctype html><title>blank</title>"})
        self._context = browser.new_context()
        self.console: list[tuple[str, str]] = []
        self.url = self._site.url

    def __enter__(self) -> Self:
        self._site.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()
        self._site.__exit__()

    def open(self, *, before: str = "", path: str = "/", ready: bool = True) -> Page:
        """Open a tab. `before` runs before the scripts of the page, and of its worker where that has a shim for it."""
        page = self._context.new_page()
        page.on("console", lambda said: self.console.append((said.type, said.text)))
        page.on("pageerror", lambda error: self.console.append(("error", str(error))))
        page.add_init_script(WATCH + before)
        page.goto(f"{self.url}{path}")
        if ready and path == "/":
            self.ready(page)
        return page

    def in_worker(self, before: str) -> None:
        """Let a script run before the worker's own."""
        self._context.route("**/actorweb/worker.js", lambda route: route.fulfill(response=(answer := route.fetch()), body=f"{before}\n{answer.text()}"))

    def ready(self, page: Page) -> None:
        """Wait until the first element is ready or has failed."""
        assert page.evaluate(
            "() => customElements.whenDefined(document.querySelector('#one').localName).then(() => one.ready).then(() => true, () => false)"
        ) in (
            True,
            False,
        )

    def reload(self, page: Page) -> None:
        page.reload()
        self.ready(page)

    def until_said(self, kind: str, part: str) -> str:
        """Wait until something is said, and give it."""
        page = self._context.pages[-1]
        for _ in range(500):
            if found := self.said(kind, part):
                return found[0]
            page.evaluate("() => new Promise((done) => setTimeout(done, 10))")
        raise AssertionError(f"nobody said {part!r}: {self.console}")

    def said(self, kind: str, part: str) -> list[str]:
        """Give what was said of a kind, that contains a text."""
        return [text for each, text in self.console if each == kind and part in text]


def shown(page: Page, which: str = "one") -> str:
    """Give the number that an element shows."""
    return str(page.evaluate(f"() => document.querySelector('#{which}').shadowRoot.querySelector('output')?.textContent ?? ''"))


def until_shown(page: Page, number: object, which: str = "one") -> None:
    """Wait until an element shows a number."""
    until(page, f"document.querySelector('#{which}').shadowRoot?.querySelector('output')?.textContent === '{number}'")


def stored(page: Page, change: str = "") -> Callable[[], object]:
    """Give a function that reads all that the page's database holds, after a change made by a script (`keys`, `records`: its stores)."""
    script = f"""() => new Promise((done, failed) => {{
      const opening = indexedDB.open('actorweb');
      opening.onerror = () => failed(opening.error);
      opening.onsuccess = () => {{
        const database = opening.result;
        const transaction = database.transaction(['keys', 'records'], 'readwrite');
        const [keys, records] = [transaction.objectStore('keys'), transaction.objectStore('records')];
        {change};
        const found = {{}};
        const walk = keys.openCursor();
        walk.onsuccess = () => {{ if (walk.result) {{ found[walk.result.key] = walk.result.value; walk.result.continue(); }} }};
        transaction.oncomplete = () => {{ database.close(); done(found); }};
        transaction.onabort = () => failed(transaction.error);
      }};
    }})"""
    return lambda: page.evaluate(script)
