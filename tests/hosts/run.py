"""Run a Python program on another host and give what it printed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.hosts.prepare import PYODIDE_WHEELS, ROOT

NODE = ("node", "--experimental-wasm-stack-switching", "--no-warnings", str(ROOT / "tests" / "hosts" / "pyodide.mjs"), str(PYODIDE_WHEELS))


def run(command: list[str], timeout: float = 600.0) -> tuple[int, str]:
    """Give the exit status and all that was printed."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False
    )
    return done.returncode, done.stdout


def in_pyodide(program: str, *arguments: str, timeout: float = 600.0) -> tuple[int, str]:
    """Run a program in Pyodide under node."""
    return run([*NODE, program, *arguments], timeout)


def in_python(python: Path, *arguments: str, timeout: float = 600.0) -> tuple[int, str]:
    """Run an interpreter on this checkout without leaving files behind."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return run([str(python), *arguments], timeout)
