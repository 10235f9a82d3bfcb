"""Async tests run in a simulated world, under several seeds: what a promise says must hold whatever the world chooses.

A test that is `async def` and takes `system` gets an `ActorSystem` in that world; it may take `world` as well.
"""

from __future__ import annotations

import inspect

import pytest
from hypothesis import settings

from actorweb import ActorSystem
from actorweb.testing import SimulatedWorld

SEEDS = range(5)

# How fast a host is says nothing about a law.
settings.register_profile("actorweb", deadline=None)
settings.load_profile("actorweb")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if inspect.iscoroutinefunction(metafunc.function) and "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", SEEDS)


@pytest.fixture
def seed() -> int:
    return 0


@pytest.fixture
def world(seed: int) -> SimulatedWorld:
    return SimulatedWorld(seed=seed)


@pytest.fixture
def system(world: SimulatedWorld) -> ActorSystem:
    return ActorSystem(world=world)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    world = arguments.get("world") or pyfuncitem.funcargs["world"]
    system = arguments.get("system")

    async def main() -> None:
        if system is None:
            await function(**arguments)
        else:
            async with system:
                await function(**arguments)

    world.run(main())
    return True
