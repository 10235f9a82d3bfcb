"""Scenarios of state over time: histories, new code, stores, and actors that are put aside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from actorweb import ActorContext, ActorRef, ActorStopped, ActorSystem, After, Ask, MessagePlan, Tell, child, define_behavior, pop, push, supervisor
from actorweb.errors import ActorError
from actorweb.errors.state import StoreError
from actorweb.state.memory import MemoryStore
from actorweb.state.store import Kept, Store, Write
from tests.exploration.scenarios import Boom, Do, Note, Question, scenario, stopping, tolerant


class WhimsicalStore(Store):
    """A store that takes its time, a different one each time, and refuses now and then."""

    def __init__(self, system: ActorSystem, refuses: float = 0.2) -> None:
        self.name = "whimsical"
        self.synchronous = False
        self.dice = system.kernel.world.random
        self.refuses = refuses
        self.inside = MemoryStore(now=lambda: 0.0)
        self.last = 0.0

    def _later(self, function: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.last = max(self.last, loop.time() + self.dice.choice([0.0, 0.1, 0.7]))  # what was asked first is done first
        loop.call_at(self.last, function)

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        self._later(lambda: self.inside.load(key, done))

    def commit(self, writes: Sequence[Write], done: Callable[[Sequence[BaseException | None]], None]) -> None:
        if self.dice.random() < self.refuses:
            self._later(lambda: done([StoreError("it does not feel like it", "a better day", "try again")] * len(writes)))
        else:
            self._later(lambda: self.inside.commit(writes, done))

    async def close(self) -> None:
        await self.inside.close()


@dataclass(frozen=True)
class One:
    count: int = 0


@dataclass(frozen=True)
class Two:
    total: int = 0
    unit: str = ""


def change(message: Do, actor: ActorContext[object]) -> object:
    """Do one of the many things that a turn may do, in either version of the code."""
    context = actor.context
    new = (
        replace(context, count=context.count + 1) if isinstance(context, One) else replace(context, total=context.total + 1) if isinstance(context, Two) else 0
    )
    peers: tuple[ActorRef[object], ...] = message.value if isinstance(message.value, tuple) else ()
    match message.what:
        case "crash":
            raise Boom(message.what)
        case "mode":
            return MessagePlan(context=new, become="other")
        case "push":
            return MessagePlan(become=push("other"))
        case "stash":
            return MessagePlan(stash=True)
        case "timer":
            return MessagePlan(context=new, schedule=[After(0.5, Note("timer"), key="t"), After(1, Note("mode"), mode=True)])
        case "tell":
            for peer in peers[:2]:
                peer.tell(Note(3))
            return MessagePlan(context=new, tell=[Tell(peer, Note(1)) for peer in peers], emit=[Note(2)])
        case "ask" if peers:
            return MessagePlan(context=new, ask=[Ask(peers[0], Question("count"), on_reply=Note, on_error=Note, timeout=0.4)])
        case "stop":
            return MessagePlan(context=new, stop=True)
        case "read":
            return None
        case "bad":
            return MessagePlan(context=new, become="nowhere")
    return new


async def slowly(message: Question, actor: ActorContext[object]) -> object:
    before = type(actor.context)
    if message.how == "slow":
        await asyncio.sleep(0.3)
    assert type(actor.context) is before, "old code sees a new context"
    if message.how == "crash":
        raise Boom(message.how)
    return MessagePlan(reply=1, context=replace(actor.context, count=7) if isinstance(actor.context, One) else replace(actor.context, total=7, unit="€"))  # type: ignore[type-var]


def back(message: Do, actor: ActorContext[object]) -> object:
    return MessagePlan(become=pop()) if message.what == "pop" else MessagePlan(become="default") if message.what == "mode" else change(message, actor)


def noted(message: Note, actor: ActorContext[object]) -> object:
    return change(Do("note"), actor)


def define(name: str, context: object, version: int = 1) -> object:
    start = define_behavior(name).with_context(context)
    if version == 2:
        start = start.with_version(2).migrate(1, lambda old: {"total": old["count"]}).migrate_down(2, lambda new: {"count": new["total"]})
    return start.on(Do, change).on(Question, slowly).on(Note, noted).on_stop(stopping).mode("other").on(Do, back)


first, second = define("lasting", One()), define("lasting", Two(), 2)
WHATS = ("count", "count", "tell", "tell", "mode", "push", "timer", "ask", "stash", "crash", "bad", "read", "stop", "mode")


def _team(system: ActorSystem, behavior: object, **options: object) -> object:
    strategy = system.kernel.world.random.choice(["one_for_one", "one_for_one", "one_for_all", "rest_for_one"])
    return supervisor(
        "team",
        strategy=strategy,
        intensity=9,
        children=[child(name, behavior, name=name, **{key: make(name) for key, make in options.items()}) for name in "abc"],
    )


async def _busy(system: ActorSystem, team: object, disturb: Callable[[], object], turns: int = 8) -> None:
    """Send all kinds of messages to three actors, and disturb them meanwhile."""
    dice = system.kernel.world.random
    try:
        await system.spawn(team)
    except ActorError:
        return  # a store refused from the start
    asks: list[object] = []
    for _ in range(turns):
        refs = tuple(ref for ref in (system.lookup(name) for name in "abc") if ref is not None)
        if not refs:
            break
        ref = dice.choice(refs)
        match dice.randrange(6):
            case 0:
                asks.append(asyncio.ensure_future(_quietly(ref.ask(Question(dice.choice(["slow", "slow", "fast", "crash"])), timeout=3))))
            case 1:
                await asyncio.sleep(dice.choice([0.1, 0.3, 1]))
            case 2:
                asks.append(asyncio.ensure_future(_quietly(disturb())))
            case _:
                ref.tell(Do(dice.choice(WHATS), refs))
    await tolerant(*asks)


async def _quietly(awaitable: object) -> object:
    try:
        return await awaitable  # type: ignore[misc]
    except (ActorError, Boom) as error:
        return error


async def _administer(system: ActorSystem) -> None:
    """Roll back, replace the context, suspend, look."""
    dice = system.kernel.world.random
    ref = system.lookup(dice.choice("abc"))
    if ref is None:
        return
    match dice.randrange(5):
        case 0 | 1:
            versions = [snapshot.version for snapshot in await system.history(ref)]
            await system.rollback(ref, version=dice.choice(versions))
        case 2:
            await system.replace_context(ref, lambda context: replace(context, **{"count" if isinstance(context, One) else "total": 100}))
        case 3:
            await system.suspend(ref)
            await asyncio.sleep(0.2)
            await system.resume(ref)
        case _:
            try:
                system.kernel.stop(ref)
            except ActorStopped:
                return


@scenario
async def histories(system: ActorSystem) -> None:
    """Actors that remember their last versions, rolled back at any time."""
    await _busy(system, _team(system, first.with_history(6).build()), lambda: _administer(system))


@scenario
async def upgrades(system: ActorSystem) -> None:
    """New code, and the old again, at any time: under async handlers, stashes, timers, modes, asks in flight, restarts."""
    one, two = first.build(), second.build()
    dice = system.kernel.world.random
    await _busy(system, _team(system, one), lambda: system.upgrade(dice.choice([one, two, two])), turns=10)


@scenario
async def upgrades_of_histories(system: ActorSystem) -> None:
    """New code for actors that remember, and rollbacks to versions from before it."""
    one, two = first.with_history(6).build(), second.with_history(9).build()
    dice = system.kernel.world.random

    def disturb() -> object:
        return system.upgrade(dice.choice([one, two])) if dice.randrange(2) else _administer(system)

    await _busy(system, _team(system, one), disturb, turns=10)


@scenario
async def durables(system: ActorSystem) -> None:
    """Durable actors in a store that answers at once."""
    store = MemoryStore(now=lambda: 0.0)
    dice = system.kernel.world.random
    team = _team(system, first.with_history(6).build(), store=lambda _: store, key=lambda name: name, durability=lambda _: dice.choice(["journal", "snapshot"]))
    await _busy(system, team, lambda: _administer(system))


@scenario
async def slow_stores(system: ActorSystem) -> None:
    """Durable actors in a store that takes its time and refuses now and then."""
    store = WhimsicalStore(system)
    dice = system.kernel.world.random
    team = _team(
        system,
        first.with_history(6).build(),
        store=lambda _: store,
        key=lambda name: name,
        durability=lambda _: dice.choice(["journal", "journal", "snapshot"]),
    )
    await _busy(system, team, lambda: _administer(system))


@scenario
async def upgrades_of_durables(system: ActorSystem) -> None:
    """New code for durable actors, some of which are being stored, and some of which were put aside."""
    store = WhimsicalStore(system, refuses=0.1)
    one, two = first.with_idle_timeout(0.5).build(), second.with_idle_timeout(0.5).build()
    dice = system.kernel.world.random
    team = _team(system, one, store=lambda _: store, key=lambda name: name)

    def disturb() -> object:
        return system.upgrade(dice.choice([one, two])) if dice.randrange(3) else asyncio.sleep(2)

    await _busy(system, team, disturb, turns=10)


@scenario
async def put_aside(system: ActorSystem) -> None:
    """Durable actors that leave memory when nothing happens to them, and come back."""
    store = MemoryStore(now=lambda: 0.0) if system.kernel.world.random.randrange(2) else WhimsicalStore(system, refuses=0.1)
    team = _team(system, first.with_idle_timeout(0.4).build(), store=lambda _: store, key=lambda name: name)
    await _busy(system, team, lambda: asyncio.sleep(2), turns=12)
