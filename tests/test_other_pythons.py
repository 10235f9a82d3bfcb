"""The suites that need only the standard library hold in each Python: the oldest and newest CPython, and Pyodide."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.hosts.prepare import FLOOR, PYODIDE_WHEELS, environment, others
from tests.hosts.run import in_pyodide, in_python

SUITES = [
    f"tests/{name}"
    for name in ("values", "kernel", "otp", "state", "exploration/test_everywhere.py", "testing", "page", "machine", "conformance/test_hosted.py")
]
# Pyodide has no threads, so no watchdog.
OPTIONS = ["-o", "faulthandler_timeout=0", "-q", "-p", "no:cacheprovider", "--no-header", *SUITES]
PYODIDE = "pyodide"
HOSTS = [*(f"{major}.{minor}" for major, minor in others()), PYODIDE]

Run = tuple[int, str]


def run(host: str) -> Run:
    if host == PYODIDE:
        return in_pyodide("import sys, pytest\nsys.exit(int(pytest.main(sys.argv[1:])))", *OPTIONS, timeout=900)
    major, _, minor = host.partition(".")
    return in_python(environment((int(major), int(minor))), "-m", "pytest", *OPTIONS, timeout=900)


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[Run]]]:
    """The runs on all hosts, under way at once: each takes one core for minutes."""
    assert PYODIDE_WHEELS.is_dir(), f"{PYODIDE_WHEELS} is missing; do: make setup"
    for version in others():
        assert environment(version).exists(), f"{environment(version)} is missing; do: make setup"
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        yield {host: pool.submit(run, host) for host in HOSTS}


@pytest.mark.slow
@pytest.mark.parametrize("host", HOSTS)
def test_the_suites_pass_on_another_host(host: str, runs: dict[str, Future[Run]]) -> None:
    status, output = runs[host].result()
    assert status == 0, output
    assert " passed" in output


def test_this_python_is_not_below_the_floor() -> None:
    assert sys.version_info[:2] >= FLOOR
