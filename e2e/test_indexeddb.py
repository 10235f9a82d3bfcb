"""The real IndexedDB, spoken to from the real Pyodide: what every store promises, stories against a model, and kills."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from e2e.pages import until
from e2e.tabs import Tabs, shown
from tests.state.specification import PROMISES

ROOT = Path(__file__).resolve().parents[1]
LASTING = "e2e.components.lasting"
PROGRAM = """
import asyncio, itertools, random, sys, types
import js
from pyodide.ffi import create_proxy
from actorweb.state.indexeddb import IndexedDbStore
from actorweb.state.store import Write

specification = types.ModuleType("specification")
sys.modules["specification"] = specification
exec(compile(source, "specification.py", "exec"), specification.__dict__)
places = itertools.count()

class InTheBrowser:
    survives = True

    def __init__(self):
        self.name = f"place {next(places)}"

    def open(self, *, keep=1000):
        database = js.makeDatabase(self.name)
        store = IndexedDbStore(database, keep=keep)
        database.listen(create_proxy(store.receive))
        return store

async def promise(name):
    await getattr(specification, name)(InTheBrowser())

async def agree(seed):
    chance = random.Random(seed)
    story, newest = [], {}
    for _ in range(25):
        kind = chance.choice(["follow", "follow", "follow", "any", "look", "reopen"])
        if kind == "follow":
            batch = []
            for _ in range(chance.randint(1, 4)):
                key = chance.choice("abä")
                newest[key] = newest.get(key, 0) + 1
                batch.append(Write(key, newest[key], str(chance.random()), chance.random() < 0.5))
            story.append(tuple(batch))
        elif kind == "any":
            write = Write(chance.choice("abä"), chance.randint(0, 12), "any", chance.random() < 0.5)
            newest[write.key] = newest.get(write.key, 0) + (write.sequence == newest.get(write.key, 0) + 1)
            story.append((write,))
        else:
            story.append(specification.Look(chance.choice("abä")) if kind == "look" else specification.Reopen())
    await specification.check_against_model(InTheBrowser(), story, chance.choice([None, 1, 2, 3, 1000]))
"""


@pytest.fixture(scope="module")
def python(chromium: Browser) -> Page:  # type: ignore[misc]
    """A page with Python on its main thread, and a way to make databases.

    Without Web Locks: two stores of one place are then kept apart by the numbers of their records alone.
    """
    with Tabs(chromium, "<e2e-lasting id=one></e2e-lasting>", LASTING, host="main") as tabs:
        page = tabs.open(before="Object.defineProperty(navigator, 'locks', {value: undefined});")
        page.evaluate("async () => { const { Database } = await import('/files/web/storage.js'); globalThis.makeDatabase = (name) => new Database(name); }")
        page.evaluate("(source) => actorwebPython.globals.set('source', source)", (ROOT / "tests" / "state" / "specification.py").read_text())
        page.evaluate("(program) => actorwebPython.runPython(program)", PROGRAM)
        yield page


def run(page: Page, call: str) -> None:
    """Run a coroutine in the page. What it raises is raised here."""
    failure = page.evaluate("(call) => actorwebPython.runPythonAsync(call).then(() => null, (error) => String(error))", call)
    assert failure is None, failure


@pytest.mark.parametrize("promise", [promise.__name__ for promise in PROMISES])
def test_the_database_of_the_browser_keeps_what_every_store_promises(python: Page, promise: str) -> None:
    run(python, f"await promise({promise!r})")


def test_it_agrees_with_the_model_of_stores(python: Page) -> None:
    for seed in range(30):
        run(python, f"await agree({seed})")


# --- kills ---------------------------------------------------------------------------------------------------------

KILLS = int(os.environ.get("PAGE_KILLS", "3"))
"""How many pages are killed, with an element of each kind: a few in `make test`, more in `make soak`."""
CLICKING = """(asks) => {
  globalThis.acknowledged = { journal: 0, lasting: 0 };
  for (const kind of ['journal', 'lasting']) {
    let left = asks;
    const element = document.querySelector(`e2e-${kind}`);
    const next = () => {
      if (left-- > 0) element.ask({type: 'AddAsked'}).then((count) => { acknowledged[kind] = count; console.debug(`${kind} ${count}`); next(); }, () => {});
    };
    for (let each = 0; each < 3; each++) next();
  }
}"""


def kill(page: Page, chance: random.Random) -> None:
    """End a page as a crash, a closed tab or a leave does, at once."""
    how = chance.choice(["crash", "close", "leave"])
    try:
        if how == "crash":
            page.goto("chrome://crash", timeout=5_000)
        elif how == "leave":
            page.goto("about:blank")
    except BrowserError:
        pass  # the page has crashed, as it was told to
    page.close()


def test_after_a_kill_a_page_goes_on_with_what_it_had_shown_and_a_journal_with_all_that_it_had_acknowledged(chromium: Browser) -> None:
    chance = random.Random("kills")
    kinds = {"journal": "one", "lasting": "two"}
    told, asked = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
    with Tabs(chromium, "<e2e-journal id=one name=one></e2e-journal><e2e-lasting id=two name=two></e2e-lasting>", LASTING) as tabs:
        for number in range(KILLS):
            tabs.console.clear()
            page = tabs.open()
            until(page, "one.shadowRoot?.querySelector('output') && two.shadowRoot?.querySelector('output')")
            counts = {kind: int(shown(page, which)) for kind, which in kinds.items()}
            for kind, count in counts.items():
                # A crash may lose the last moments of a snapshot, and nothing of a journal that was acknowledged; and nothing comes from nowhere.
                least = told[kind] if kind == "journal" else 0
                assert least <= count <= asked[kind], f"kill {number}, {kind}: {count} where {told} was acknowledged, and {asked} was asked for"
            asks = chance.randint(1, 100)
            asked = {kind: count + asks for kind, count in counts.items()}
            page.evaluate(CLICKING, asks)
            kind = chance.choice([*kinds])
            until(page, f"acknowledged.{kind} >= {counts[kind] + chance.randint(1, asks)}")
            told = {kind: int(count) for kind, count in page.evaluate("acknowledged").items()}
            kill(page, chance)
            for said, text in tabs.console:
                kind, _, count = text.partition(" ")
                if said == "debug" and kind in told:
                    told[kind] = max(told[kind], int(count))
            assert tabs.said("warning", "not saved") == tabs.said("error", "AW-") == []
