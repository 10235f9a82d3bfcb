"""`python -m bench --soak [SECONDS]`: hours of load, to see that memory stays flat.

The load is what a program does all day: children come and go, crash and are restarted, ask and are asked, set timers and
cancel them, run tasks, stash, watch and link. By default an hour in a simulated world, as fast as it goes; with `--wall` so
many seconds of real time in the real one. The resident memory is read at each tenth of the time; the first tenth warms up.
"""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actorweb import (
    ActorSystem,
    After,
    Ask,
    AskError,
    Cancel,
    Crashed,
    DeadLetter,
    Down,
    MessagePlan,
    Request,
    StartChild,
    Task,
    TerminateChild,
    define_behavior,
    message,
    supervisor,
)
from actorweb import child as spec
from actorweb.testing import SimulatedWorld
from bench.lives import resident

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = 20
PAUSE = 0.05  # virtual or real seconds between two deeds of a client
PARTS = 10


@message
class Deed: ...


@message
class Work(Request[int]):
    """Asks a worker for the number of its turns."""

    crash: bool = False


@message
class Done:
    result: object = None


@dataclass(frozen=True, slots=True)
class Client:
    """What a client knows: how many deeds it did, and its worker."""

    deeds: int = 0
    worker: object = None


REST = After(10.0, Done(), key="rest")
"""A worker that nobody asks any more ends itself, its restarts too: so many of them live at most."""


def work(request, actor):
    if request.crash:
        raise ValueError(request)
    return MessagePlan(context=actor.context + 1, reply=actor.context, schedule=[REST, Cancel("never")])


worker = (
    define_behavior("worker")
    .with_context(0)
    .on_start(lambda actor: MessagePlan(schedule=[REST]))
    .on(Work, work)
    .on(Done, lambda done, actor: MessagePlan(stop=True))
    .mode("shut")
    .on(Done, lambda done, actor: MessagePlan(stash=True))
    .build()
)


async def rest() -> float:
    await asyncio.sleep(PAUSE)
    return PAUSE


def deed(message, actor):
    """Do one of the things that a client does, by dice, and plan the next."""
    context, dice = actor.context, actor.random.random()
    again = After(PAUSE * (0.5 + actor.random.random()), Deed(), key="again")
    new = Client(context.deeds + 1, context.worker)
    if context.worker is None:
        name = f"worker of {actor.self.path} {context.deeds}"
        asks = [Ask(actor.dependencies(), StartChild(spec(name, worker, restart="transient")), on_reply=Done, on_error=Done)]
        return MessagePlan(context=new, ask=asks, schedule=[again])
    if dice < 0.70:
        return MessagePlan(context=new, ask=[Ask(context.worker, Work(crash=dice < 0.02), on_reply=Done, on_error=Done)], schedule=[again])
    if dice < 0.80:
        actor.watch(context.worker)
        return MessagePlan(context=new, schedule=[again])
    if dice < 0.88:
        return MessagePlan(context=new, run=[Task(rest, on_done=Done)], schedule=[again])
    if dice < 0.93:
        asks = [Ask(actor.dependencies(), TerminateChild(context.worker), on_reply=Done, on_error=Done)]
        return MessagePlan(context=Client(new.deeds), ask=asks, schedule=[again])
    actor.spawn(worker).tell(Done())
    return MessagePlan(context=new, schedule=[again])


def answered(done, actor):
    """Remember a worker that was started; forget one that is gone."""
    if isinstance(done.result, AskError):
        return Client(actor.context.deeds)
    return Client(actor.context.deeds, done.result) if hasattr(done.result, "tell") else None


def clients(pool: Callable[[], object]):
    """Make the behavior of clients: `pool` gives the supervisor of their workers."""
    start = define_behavior("client").with_dependencies(pool).with_context(Client())
    return (
        start.on_start(lambda actor: MessagePlan(schedule=[After(PAUSE, Deed(), key="again")]))
        .on(Deed, deed)
        .on(Done, answered)
        .on(Down, lambda down, actor: None)
        .build()
    )


async def load(system: ActorSystem, seconds: float, read: Callable[[int], None]) -> dict[str, int]:
    """Load a system for so long, calling `read` at each tenth of it. Gives what happened."""
    told: dict[str, int] = {}
    system.reports.subscribe(lambda report: told.update({type(report).__name__: told.get(type(report).__name__, 0) + 1}), Crashed, DeadLetter)
    pool = await system.spawn(supervisor("pool", strategy="dynamic", intensity=10**9))
    behavior = clients(lambda: pool)
    refs = [await system.spawn(behavior, name=f"client-{number}") for number in range(CLIENTS)]
    for part in range(PARTS):
        await asyncio.sleep(seconds / PARTS)
        read(part)
    told["deeds"] = sum([(await system.snapshot(ref)).context.deeds for ref in refs])
    return told


def soak(seconds: float, *, wall: bool) -> tuple[list[int], dict[str, int], float]:
    """Load a system; give the resident bytes at each tenth of the time, what happened, and the seconds that it took."""
    readings: list[int] = []

    def read(_: int) -> None:
        gc.collect()
        readings.append(resident())

    async def main(system: ActorSystem) -> dict[str, int]:
        async with system:
            return await load(system, seconds, read)

    began = time.perf_counter()
    if wall:
        told = asyncio.run(main(ActorSystem()))
    else:
        world = SimulatedWorld(seed=1)
        told = world.run(main(ActorSystem(world=world)))
    return readings, told, time.perf_counter() - began
