"""Each sentence of the contract holds under a hundred seeds; on the other hosts, which must only agree, under twenty."""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest

from tests.hosts.prepare import FLOOR

SEEDS = 100 if sys.version_info[:2] == FLOOR else 20


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makemodule() -> Generator[None, pytest.Module, pytest.Module]:
    module = yield
    module.add_marker(pytest.mark.seeds(SEEDS))
    return module
