"""Fixtures for pytest: async tests run in a simulated world, under several seeds.

Put `from actorweb.testing.plugin import *` into a conftest.py. A test that is `async def` and takes `system` gets an
`ActorSystem` in such a world, and runs once for each seed: what it says must hold whatever the world chooses.

`@pytest.mark.seeds(100)` runs a test under so many seeds instead, one after the other within one item of the report: a
hundred items of their own would cost more than what they test. A failure has a note that says under which seed.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from actorweb.errors.testing import BadSeeds
from actorweb.system import ActorSystem
from actorweb.testing.world import SimulatedWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["pytest_configure", "pytest_generate_tests", "pytest_pyfunc_call", "seed", "system", "world"]
SEEDS = range(5)
OURS = ("seed", "world", "system")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "seeds(count): run an async test under so many seeds, within one item")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each async test that uses the world once for each seed."""
    if inspect.iscoroutinefunction(metafunc.function) and "seed" in metafunc.fixturenames and _seeds_of(metafunc.definition) is None:
        metafunc.parametrize("seed", SEEDS)


@pytest.fixture
def seed() -> int:
    """What decides the choices of the world."""
    return 0


@pytest.fixture
def world(seed: int) -> SimulatedWorld:
    """A simulated world."""
    return SimulatedWorld(seed=seed)


@pytest.fixture
def system(world: SimulatedWorld) -> ActorSystem:
    """An actor system in that world; entered before an async test, left after it."""
    return ActorSystem(world=world)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test that uses the world in it."""
    function = pyfuncitem.obj
    simulated: object = pyfuncitem.funcargs.get("world")
    if not inspect.iscoroutinefunction(function) or not isinstance(simulated, SimulatedWorld):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(function).parameters}
    seeds = _seeds_of(pyfuncitem)
    if seeds is None:
        _run(simulated, function, arguments)
        return True
    _check_fixtures(pyfuncitem)
    for number in seeds:
        simulated = SimulatedWorld(seed=number)
        fresh = {"seed": number, "world": simulated, "system": ActorSystem(world=simulated)}
        try:
            _run(simulated, function, arguments | {name: fresh[name] for name in OURS if name in arguments})
        except BaseException as error:
            error.add_note(f"under seed {number}: SimulatedWorld(seed={number})")
            raise
    return True


def _run(world: SimulatedWorld, function: Callable[..., Awaitable[None]], arguments: Mapping[str, object]) -> None:
    entered = arguments.get("system")

    async def main() -> None:
        if isinstance(entered, ActorSystem):
            async with entered:
                await function(**arguments)
        else:
            await function(**arguments)

    world.run(main())


def _seeds_of(item: pytest.Item) -> range | None:
    marker = item.get_closest_marker("seeds")
    if marker is None:
        return None
    count = marker.args[0] if len(marker.args) == 1 and not marker.kwargs else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BadSeeds(f"{item.nodeid} is marked seeds{marker.args!r}", "one number of 1 or more", "write @pytest.mark.seeds(100)")
    return range(count)


def _check_fixtures(item: pytest.Function) -> None:
    """Refuse fixtures that were made once, from a world that only the first seed has."""
    for name in item.fixturenames:
        if name in OURS or name not in item.funcargs:
            continue
        for fixture in item._fixtureinfo.name2fixturedefs.get(name, ()):  # noqa: SLF001  (pytest tells it nowhere else)
            wrong = sorted(set(OURS) & set(fixture.argnames))
            if wrong:
                raise BadSeeds(
                    f"{item.nodeid} runs under many seeds, but its fixture {name!r} is made once, from {wrong[0]!r}",
                    "fixtures that need no world",
                    f"make {name!r} within the test, or take the mark `seeds` away",
                )
