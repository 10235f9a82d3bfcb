"""The suites that need only the standard library hold in each Python: the oldest and newest CPython, and Pyodide."""

from __future__ import annotations

import sys

import pytest

from tests.hosts.prepare import FLOOR, PYODIDE_WHEELS, environment, others
from tests.hosts.run import in_pyodide, in_python

SUITES = [f"tests/{name}" for name in ("values", "kernel", "otp", "state", "exploration/test_everywhere.py", "testing", "page")]
# Pyodide has no threads, so no watchdog.
OPTIONS = ["-o", "faulthandler_timeout=0", "-q", "-p", "no:cacheprovider", "--no-header", *SUITES]


@pytest.mark.slow
@pytest.mark.parametrize("version", list(others()) or [None], ids=lambda version: "none" if version is None else f"{version[0]}.{version[1]}")
def test_the_suites_pass_in_another_cpython(version: tuple[int, int] | None) -> None:
    if version is None:
        assert sys.version_info[:2] >= FLOOR
        pytest.skip("this is the only CPython here")
    python = environment(version)
    assert python.exists(), f"{python} is missing; do: make setup"
    status, output = in_python(python, "-m", "pytest", *OPTIONS)
    assert status == 0, output


@pytest.mark.slow
def test_the_suites_pass_in_pyodide() -> None:
    assert PYODIDE_WHEELS.is_dir(), f"{PYODIDE_WHEELS} is missing; do: make setup"
    status, output = in_pyodide("import sys, pytest\nsys.exit(int(pytest.main(sys.argv[1:])))", *OPTIONS)
    assert status == 0, output
    assert " passed" in output
