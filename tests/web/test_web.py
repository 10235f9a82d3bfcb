"""The shim's pure parts, by node's own test runner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform == "emscripten", reason="there is no node in Pyodide")
def test_node() -> None:
    files = sorted(str(path) for path in Path(__file__).parent.glob("*.test.js"))
    done = subprocess.run(
        ["node", "--test", *files], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout
