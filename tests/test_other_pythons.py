"""The suites that need only the standard library hold in each Python: the oldest and newest CPython, and Pyodide."""

from __future__ import annotations

import sys

import pytest

from tests.hosts.elsewhere import Elsewhere
from tests.hosts.prepare import FLOOR, PYODIDE_WHEELS, environment, others
from tests.hosts.run import NODE

SUITES = [
    f"tests/{name}"
    for name in ("values", "kernel", "otp", "state", "exploration/test_everywhere.py", "testing", "page", "machine", "conformance/test_hosted.py")
]
# Pyodide has no threads, so no watchdog.
OPTIONS = ["-o", "faulthandler_timeout=0", "-q", "-p", "no:cacheprovider", "--no-header", *SUITES]
PYODIDE = "pyodide"
HOSTS = [PYODIDE, *(f"{major}.{minor}" for major, minor in others())]
PROGRAM = "import sys, pytest\nsys.exit(int(pytest.main(sys.argv[1:])))"


def command(host: str) -> list[str]:
    """Give what runs the suites on a host."""
    if host == PYODIDE:
        return [*NODE, PROGRAM, *OPTIONS]
    major, _, minor = host.partition(".")
    return [str(environment((int(major), int(minor)))), "-B", "-m", "pytest", *OPTIONS]


def begin() -> Elsewhere:
    """Run the suites on all other hosts, beside what else is tested."""
    return Elsewhere([(host, command(host)) for host in HOSTS])


@pytest.mark.slow
@pytest.mark.parametrize("host", HOSTS)
def test_the_suites_pass_on_another_host(host: str, elsewhere: Elsewhere) -> None:
    assert PYODIDE_WHEELS.is_dir(), f"{PYODIDE_WHEELS} is missing; do: make setup"
    for version in others():
        assert environment(version).exists(), f"{environment(version)} is missing; do: make setup"
    status, output = elsewhere.outcomes[host].result()
    assert status == 0, output
    assert " passed" in output


def test_this_python_is_not_below_the_floor() -> None:
    assert sys.version_info[:2] >= FLOOR
