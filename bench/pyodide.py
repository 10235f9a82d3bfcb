"""Figures from Pyodide under node: messages against XState machines in the same engine, and the time of an import."""

from __future__ import annotations

import json
import subprocess

from actorweb.tools.wheels import wheel
from tests.hosts.prepare import ROOT
from tests.hosts.run import in_pyodide

MESSAGES = """
import asyncio, json, sys, time
from bench import actors
count = int(sys.argv[1])
async def main():
    out = {}
    for name in actors.WORKLOADS:
        for _ in range(2):
            out[name] = await actors.run(name, count, "put", time.perf_counter)
    print(json.dumps(out))
from pyodide.ffi import run_sync
run_sync(main())
"""

LIVES = """
import asyncio, json, sys, time
from bench import actors, lives
count = int(sys.argv[1])
async def main():
    out = {}
    for _ in range(2):
        out["ask"] = count / await actors.ask(count, time.perf_counter)
        out["a message to an async handler"] = count / await actors.run("ping-pong", count, "async", time.perf_counter)
        out["spawn and await"] = count / await lives.spawn_one_by_one(count)
        out["crash and restart"] = count / await lives.restarts(count)
    print(json.dumps(out))
from pyodide.ffi import run_sync
run_sync(main())
"""

IMPORT = """
import asyncio, shutil, sys, time
shutil.unpack_archive(sys.argv[1], "/home/pyodide/site", "zip")
sys.path[:] = ["/home/pyodide/site", *(path for path in sys.path if path not in ("", "/repo"))]
began = time.perf_counter()
import actorweb
print("import", time.perf_counter() - began, actorweb.__file__)
"""


def xstate(count: int) -> dict[str, float]:
    """Give the seconds of the workloads as XState machines in node."""
    done = subprocess.run(["node", str(ROOT / "bench" / "xstate.mjs"), str(count)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def actors(count: int) -> dict[str, float]:
    """Give the seconds of the workloads as actors in Pyodide."""
    status, output = in_pyodide(MESSAGES, str(count))
    if status:
        raise RuntimeError(output)
    return json.loads(output.splitlines()[-1])


def lives(count: int) -> dict[str, float]:
    """Give how many asks, async messages, spawns and restarts there are in a second."""
    status, output = in_pyodide(LIVES, str(count))
    if status:
        raise RuntimeError(output)
    return json.loads(output.splitlines()[-1])


def import_time() -> float:
    """Give the seconds that `import actorweb` takes from the wheel that a page gets, in a Pyodide that has asyncio already."""
    made = ROOT / ".cache" / "bench.whl"
    made.write_bytes(wheel("actorweb"))
    status, output = in_pyodide(IMPORT, "/repo/.cache/bench.whl")
    _, seconds, origin = output.split()
    if status or not origin.startswith("/home/pyodide/site"):
        raise RuntimeError(output)
    return float(seconds)
