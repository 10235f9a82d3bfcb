"""Async tests run in a simulated world, as a user's would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from actorweb.testing.plugin import *

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.elsewhere import Elsewhere

_begun: list[Elsewhere] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the suites on the other hosts if they are wanted: they run beside all that comes before them."""
    if not session.config.option.collectonly and any(
        item.originalname == "test_the_suites_pass_on_another_host" for item in session.items if isinstance(item, pytest.Function)
    ):
        from tests.test_other_pythons import begin

        _begun.append(begin())


def pytest_sessionfinish() -> None:
    """End what still runs elsewhere."""
    while _begun:
        _begun.pop().close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """The suites on the other hosts."""
    yield _begun[-1]


# How fast a host is says nothing about a law.
settings.register_profile("actorweb", deadline=None)
settings.load_profile("actorweb")
