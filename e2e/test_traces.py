"""One script of messages, byte-equal traces on each host: CPython, Pyodide under node, the worker in Chromium."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from e2e.visit import Visit
from tests.hosts.run import in_pyodide, in_python

SCRIPT = [
    {"type": "Increment"},
    {"type": "Increment", "by": 5},
    {"type": "SetStep", "value": 3},
    {"type": "BecomeMultiplier"},
    {"type": "Increment", "by": 4},
    {"type": "SetLabels", "value": ["ä", "日本", "\u2028<b>"]},
    {"type": "Decrement"},
    {"type": "BecomeCounter"},
    {"type": "Decrement"},
    {"type": "Reset"},
]

PROGRAM = """
import asyncio, json, sys
from actorweb.kernel.tracing import TraceLines
from actorweb.page.hosts.host import Host
from components.counter import counter_element

async def trace(script):
    lines = []
    loop = asyncio.get_running_loop()
    host = Host([counter_element], post=lambda text: None, wake=lambda: loop.call_soon(host.drain))
    host.kernel.trace(TraceLines(lines.append))
    host.receive(json.dumps({"ack": 0, "ops": [["mount", 1, "aw-counter", {}]]}))
    for message in script:
        host.receive(json.dumps({"ack": 0, "ops": [["send", 1, message]]}))
        await asyncio.sleep(0)
    while host.kernel.has_work:
        await asyncio.sleep(0)
    return lines
"""
IN_NODE = (
    PROGRAM
    + """
from pyodide.ffi import run_sync
print(json.dumps(run_sync(trace(json.loads(sys.argv[1])))))
"""
)


def in_cpython() -> list[str]:
    status, output = in_python(Path(sys.executable), "-c", f"{PROGRAM}\nprint(json.dumps(asyncio.run(trace(json.loads(sys.argv[1])))))", json.dumps(SCRIPT))
    assert status == 0, output
    return json.loads(output)


def in_node() -> list[str]:
    status, output = in_pyodide(IN_NODE, json.dumps(SCRIPT))
    assert status == 0, output
    return json.loads(output.splitlines()[-1])


def in_worker(visit: Visit) -> list[str]:
    page = visit.show("<div id='place'></div>", "counter")
    worker = page.workers[0]
    worker.evaluate(
        """() => actorwebPython.runPython(`
import json
from actorweb.kernel.tracing import TraceLines
from actorweb.page.hosts.browser import hosts
lines = []
hosts[0].kernel.trace(TraceLines(lines.append))
`)"""
    )
    page.evaluate(
        """async (script) => {
          const element = document.createElement("aw-counter");
          document.querySelector("#place").append(element);
          await element.ready;
          for (const message of script) element.send(message);
          for (;;) {
            await new Promise((resolve) => requestAnimationFrame(resolve));
            if (element.snapshot?.version >= script.length) return;
          }
        }""",
        SCRIPT,
    )
    return json.loads(worker.evaluate("() => actorwebPython.runPython('json.dumps(lines)')"))


def test_traces_are_byte_equal_on_each_host(visit: Visit) -> None:
    here = in_cpython()
    assert len([line for line in here if '"actor":"/aw-counter-1/actor"' in line]) >= len(SCRIPT)
    assert in_node() == here
    assert in_worker(visit) == here
