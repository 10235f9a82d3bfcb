"""Fixtures for pytest: async tests run in a simulated world, under several seeds.

Put `from actorweb.testing.plugin import *` into a conftest.py. A test that is `async def` and takes `system` gets an
`ActorSystem` in such a world, and runs once for each seed: what it says must hold whatever the world chooses.
"""

from __future__ import annotations

import inspect

import pytest

from actorweb.system import ActorSystem
from actorweb.testing.world import SimulatedWorld

__all__ = ["pytest_generate_tests", "pytest_pyfunc_call", "seed", "system", "world"]
SEEDS = range(5)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each async test that uses the world once for each seed."""
    if inspect.iscoroutinefunction(metafunc.function) and "seed" in metafunc.fixturenames:
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
    entered: object = arguments.get("system")

    async def main() -> None:
        if isinstance(entered, ActorSystem):
            async with entered:
                await function(**arguments)
        else:
            await function(**arguments)

    simulated.run(main())
    return True
