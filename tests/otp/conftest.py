"""Each sentence of the contract holds under a hundred seeds."""

from __future__ import annotations

from collections.abc import Generator

import pytest

SEEDS = 100


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makemodule() -> Generator[None, pytest.Module, pytest.Module]:
    module = yield
    module.add_marker(pytest.mark.seeds(SEEDS))
    return module
