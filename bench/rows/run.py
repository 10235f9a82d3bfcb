"""Drive the race in Chromium and give its figures: medians of both sides, and clicks.

`python -m bench.rows.run [--quick]` prints them.
"""

from __future__ import annotations

import dataclasses
import math
import shutil
import statistics
import sys
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from e2e.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>rows</title>
<script type="module" src="/files/bench/rows/page.js"></script>
<script type="module" src="/actorweb/actorweb.js" data-components="bench.rows.table"></script>
<body><bench-counter></bench-counter><bench-table></bench-table><div id="peer"></div></body></html>"""


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One operation: what it costs here and there, in milliseconds, and what the design allows."""

    name: str
    ours: float
    theirs: float
    budget: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


# name, what comes before each round (not measured), what is measured, budget
OPERATIONS: tuple[tuple[str, list[dict[str, object]], dict[str, object], float], ...] = (
    ("create 1,000", [{"type": "Clear"}], {"type": "Run", "count": 1000}, 1.25),
    ("replace 1,000", [], {"type": "Run", "count": 1000}, 1.25),
    ("update every 10th", [{"type": "Run", "count": 1000}], {"type": "Update"}, 1.5),
    ("select", [{"type": "Run", "count": 1000}], {"type": "Select"}, 3.0),
    ("swap", [], {"type": "Swap"}, 1.5),
    ("remove", [{"type": "Run", "count": 1000}], {"type": "Remove"}, 1.5),
    ("append 1,000", [{"type": "Run", "count": 1000}], {"type": "Append", "count": 1000}, 1.25),
    ("clear", [{"type": "Run", "count": 1000}], {"type": "Clear"}, 1.5),
    ("create 10,000", [{"type": "Clear"}], {"type": "Run", "count": 10000}, 1.5),
)


def measure(page: Page, rounds: int) -> list[Figure]:
    figures = []
    for name, before, message, budget in OPERATIONS:
        ours, theirs = [], []
        page.evaluate("bench.both({type: 'Run', count: 1000}, true)")
        for number in range(rounds if "10,000" not in name else max(3, rounds // 3)):
            for step in before:
                if step["type"] != "Clear" or page.evaluate("bench.peer.items.length"):
                    page.evaluate("step => bench.both(step, true)", step)
            sent = dict(message)
            if message["type"] in {"Select", "Remove"}:
                sent["id"] = page.evaluate("at => bench.peer.items[at].id", 5 + number * 7)
            times = page.evaluate("([message, first]) => bench.both(message, first)", [sent, number % 2 == 0])
            ours.append(times["actor"])
            theirs.append(times["peer"])
        figures.append(Figure(name, statistics.median(ours), statistics.median(theirs), budget))
        if "10,000" in name:
            page.evaluate("bench.both({type: 'Clear'}, true)")
    return figures


def run(*, quick: bool = False) -> tuple[list[Figure], list[float]]:
    """Give the figures of all operations, and the times of single clicks."""
    with Site({"/rows": PAGE}, isolated=True) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.on("console", lambda said: print(said.text, file=sys.stderr))
        page.on("pageerror", lambda error: print(error, file=sys.stderr))
        page.goto(f"{site.url}/rows")
        page.wait_for_function("globalThis.bench")
        page.evaluate("customElements.whenDefined('bench-table').then(() => bench.element.ready).then(() => 1)")
        measure(page, 2)  # both engines warm up
        figures = measure(page, 5 if quick else 15)
        page.evaluate("bench.both({type: 'Clear'}, true)")
        clicks: list[float] = page.evaluate("count => bench.clicks(count)", 60 if quick else 300)
        browser.close()
    return figures, sorted(clicks)


def main() -> None:
    figures, clicks = run(quick="--quick" in sys.argv)
    for figure in figures:
        print(f"{figure.name:20} {figure.ours:8.2f} ms {figure.theirs:8.2f} ms {figure.ratio:6.2f} ≤ {figure.budget}")
    mean = math.exp(statistics.fmean(math.log(figure.ratio) for figure in figures if "10,000" not in figure.name))
    print(f"{'geometric mean':20} {'':25} {mean:6.2f} ≤ 1.3")
    print(f"click to DOM: median {statistics.median(clicks):.2f} ms, p95 {clicks[int(len(clicks) * 0.95)]:.2f} ms ≤ 1")


if __name__ == "__main__":
    main()
