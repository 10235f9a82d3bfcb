"""Scenarios of machines: children that come and go, delays, crashes, stores, new charts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actorweb import ActorContext, ActorSystem, MessagePlan, child, define_behavior, supervisor
from actorweb.errors import ActorError
from actorweb.machine import ActorScope, Scope, assign, cancel, emit, machine, raise_, send_parent, send_to, spawn_child, stop_child
from actorweb.state.memory import MemoryStore
from tests.exploration.lasting import WhimsicalStore, _quietly
from tests.exploration.scenarios import Boom, Question, scenario, tolerant

EVENTS = ("GO", "GO", "GO", "BACK", "SPAWN", "STOP", "PING", "LATER", "CANCEL", "CRASH", "NOTE", "NONE")


async def job(scope: ActorScope) -> object:
    await asyncio.sleep(0.3)
    if scope.input == "fail":
        raise Boom("job")
    return scope.input


def listener(scope: ActorScope) -> None:
    scope.receive(lambda event: scope.send_back({"type": "PONG", "of": event["type"]}))


def crash(_: Scope, __: object) -> None:
    raise Boom("action")


def count(scope: Scope, _: object) -> dict[str, object]:
    return {"n": scope.context.get("n", 0) + 1}  # type: ignore[operator]


inner = machine(
    {
        "initial": "a",
        "states": {"a": {"on": {"PING": {"actions": send_parent({"type": "PONG", "of": "inner"})}, "GO": "b"}, "after": {"400": "b"}}, "b": {"type": "final"}},
        "output": 3,
    }
)


def chart(**more: object) -> object:
    config = {
        "id": "chart",
        "context": {"n": 0},
        "initial": "idle",
        "on": {
            "SPAWN": {"actions": spawn_child("listener", id="ears")},
            "STOP": {"actions": stop_child("ears")},
            "PING": {"guard": "hears", "actions": send_to("ears", {"type": "PING"})},
            "LATER": {"actions": [raise_({"type": "NOTE"}, delay=300, id="later"), send_to(lambda scope, _: scope.self, {"type": "NOTE"}, delay=200)]},
            "CANCEL": {"actions": cancel("later")},
            "CRASH": {"actions": "crash"},
            "NOTE": {"actions": ["count", emit({"type": "NOTED"})]},
            "PONG": {"actions": "count"},
        },
        "states": {
            "idle": {"on": {"GO": "work"}, "after": {"900": "work"}},
            "work": {
                "initial": "good",
                "on": {"BACK": "idle", "GO": ".bad"},
                "states": {
                    "good": {"invoke": {"src": "job", "input": 3, "onDone": {"target": "inner", "actions": "count"}}},
                    "bad": {"invoke": {"src": "job", "input": "fail", "onError": {"target": "#chart.idle", "actions": "count"}}},
                    "inner": {
                        "invoke": {"src": "inner", "id": "inner", "onDone": "#chart.idle"},
                        "on": {"PING": {"actions": send_to("inner", {"type": "PING"})}},
                    },
                    **more,
                },
            },
        },
    }
    return machine(
        config,
        actions={"crash": crash, "count": assign(count)},
        guards={"hears": lambda scope, _: True},
        actors={"job": job, "listener": listener, "inner": inner},
    )


async def answer(message: Question, actor: ActorContext[object]) -> object:
    if message.how == "slow":
        await asyncio.sleep(0.2)
    return MessagePlan(reply=actor.snapshot.version, transition={"type": "GO"})


def behavior(**more: object) -> object:
    return define_behavior("chart").with_machine(chart(**more)).on(Question, answer)  # type: ignore[call-overload]


plain, newer = behavior().build(), behavior(more={}).build()  # type: ignore[attr-defined]
remembering = behavior().with_history(6).build()  # type: ignore[attr-defined]


async def _busy(system: ActorSystem, made: object, disturb: Callable[[], object], turns: int = 9, **options: object) -> None:
    dice = system.kernel.world.random
    specs = [child(name, made, name=name, **{key: make(name) for key, make in options.items()}) for name in "ab"]  # type: ignore[operator]
    try:
        await system.spawn(supervisor("charts", intensity=9, children=specs))
    except ActorError:
        return
    asks: list[object] = []
    for _ in range(turns):
        refs = [ref for ref in (system.lookup(name) for name in "ab") if ref is not None]
        if not refs:
            break
        ref = dice.choice(refs)
        match dice.randrange(8):
            case 0:
                asks.append(asyncio.ensure_future(_quietly(ref.ask(Question(dice.choice(["slow", "fast"])), timeout=3))))
            case 1:
                await asyncio.sleep(dice.choice([0.1, 0.3, 1]))
            case 2:
                asks.append(asyncio.ensure_future(_quietly(disturb())))
            case _:
                ref.tell({"type": dice.choice(EVENTS)})
    await tolerant(*asks)


async def _administer(system: ActorSystem) -> None:
    dice = system.kernel.world.random
    ref = system.lookup(dice.choice("ab"))
    if ref is None:
        return
    if dice.randrange(3):
        await system.rollback(ref, version=dice.choice([snapshot.version for snapshot in await system.history(ref)]))
    else:
        await system.suspend(ref)
        await asyncio.sleep(0.2)
        await system.resume(ref)


@scenario
async def charts(system: ActorSystem) -> None:
    """Machines with children of all kinds, delays and crashes, rolled back at any time."""
    await _busy(system, remembering, lambda: _administer(system))


@scenario
async def durable_charts(system: ActorSystem) -> None:
    """Machines whose states are kept in a store that takes its time, with their delays and children."""
    dice = system.kernel.world.random
    store = MemoryStore(now=lambda: 0.0) if dice.randrange(2) else WhimsicalStore(system)
    await _busy(
        system,
        remembering,
        lambda: _administer(system),
        store=lambda _: store,
        key=lambda name: name,
        durability=lambda _: dice.choice(["journal", "snapshot"]),
    )


@scenario
async def upgrades_of_charts(system: ActorSystem) -> None:
    """New charts, and the old again, under machines at work."""
    dice = system.kernel.world.random
    await _busy(system, plain, lambda: system.upgrade(dice.choice([plain, newer])))
