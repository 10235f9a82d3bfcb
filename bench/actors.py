"""The same workloads as actors, as an author writes them: typed messages, contexts, and a style of sending.

`put` sends with `ref.tell` inside the handler, `plan` returns a `MessagePlan(tell=…)`, `async` is `put` in coroutines.
"""

from __future__ import annotations

import asyncio
import tracemalloc

from actorweb import ActorSystem, MessagePlan, Request, Tell, child, define_behavior, message, supervisor
from actorweb.kernel.watch import watch


@message
class Ping:
    by: int


@message
class Pong: ...


@message
class Count(Request[int]):
    """Asks for the count."""


PONG = Pong()


def as_style(style: str, put, plan):
    """Choose between two ways of writing one handler; the async one is the first, as a coroutine."""
    if style == "plan":
        return plan
    if style == "put":
        return put

    async def waiting(message, actor):
        return put(message, actor)

    return waiting


async def ping_pong(system: ActorSystem, messages: int, style: str, done) -> list:
    refs: list = []

    def ping(message, actor):
        left = actor.context
        if not left:
            return done()
        refs[1].tell(Ping(1))
        return left - 1

    def ping_plan(message, actor):
        left = actor.context
        return MessagePlan(context=left - 1, tell=[Tell(refs[1], Ping(1))]) if left else done()

    def pong(message, actor):
        refs[0].tell(PONG)
        return actor.context + 1

    def pong_plan(message, actor):
        return MessagePlan(context=actor.context + 1, tell=[Tell(refs[0], PONG)])

    refs.append(await system.spawn(define_behavior("ping").with_context(messages // 2).on(Pong, as_style(style, ping, ping_plan)).build()))
    refs.append(await system.spawn(define_behavior("pong").with_context(0).on(Ping, as_style(style, pong, pong_plan)).build()))
    return [(refs[0], PONG)]


async def counting(system: ActorSystem, messages: int, style: str, done):
    def count(message, actor):
        left = actor.context
        if left == 1:
            done()
        return left - message.by

    def count_plan(message, actor):
        left = actor.context
        if left == 1:
            done()
        return MessagePlan(context=left - message.by)

    ref = await system.spawn(define_behavior("count").with_context(messages).on(Ping, as_style(style, count, count_plan)).build())

    def produce(message, actor):
        tell = ref.tell
        for _ in range(message.by):
            tell(Ping(1))

    return [(await system.spawn(define_behavior("produce").with_context(0).on(Ping, produce).build()), Ping(messages))]


async def fan(system: ActorSystem, messages: int, style: str, done, leaves: int = 100) -> list:
    refs: list = []

    def hub(message, actor):
        waiting, left = actor.context
        if waiting > 1:
            return waiting - 1, left
        if not left:
            return done()
        for ref in refs[1:]:
            ref.tell(Ping(1))
        return leaves, left - 1

    def hub_plan(message, actor):
        waiting, left = actor.context
        if waiting > 1:
            return waiting - 1, left
        if not left:
            return done()
        return MessagePlan(context=(leaves, left - 1), tell=[Tell(ref, Ping(1)) for ref in refs[1:]])

    def leaf(message, actor):
        refs[0].tell(PONG)
        return actor.context + 1

    def leaf_plan(message, actor):
        return MessagePlan(context=actor.context + 1, tell=[Tell(refs[0], PONG)])

    refs.append(await system.spawn(define_behavior("hub").with_context((1, messages // (2 * leaves))).on(Pong, as_style(style, hub, hub_plan)).build()))
    behavior = define_behavior("leaf").with_context(0).on(Ping, as_style(style, leaf, leaf_plan)).build()
    refs.extend([await system.spawn(behavior) for _ in range(leaves)])
    return [(refs[0], PONG)]


async def ring(system: ActorSystem, messages: int, style: str, done, size: int = 100) -> list:
    refs: list = []

    def member(place: int):
        following = (place + 1) % size

        def pass_on(message, actor):
            if message.by:
                refs[following].tell(Ping(message.by - 1))
            else:
                done()
            return actor.context + 1

        def pass_on_plan(message, actor):
            if not message.by:
                return done()
            return MessagePlan(context=actor.context + 1, tell=[Tell(refs[following], Ping(message.by - 1))])

        return as_style(style, pass_on, pass_on_plan)

    for place in range(size):
        refs.append(await system.spawn(define_behavior("member").with_context(0).on(Ping, member(place)).build()))
    return [(refs[0], Ping(messages - 1))]


async def big(system: ActorSystem, messages: int, style: str, done, size: int = 32) -> list:
    refs: list = []
    ended = [0]

    def last():
        ended[0] += 1
        if ended[0] == size:
            done()

    def member(place: int):
        own = Ping(place)

        def answer(message, actor):
            refs[message.by].tell(PONG)

        def answer_plan(message, actor):
            return MessagePlan(tell=[Tell(refs[message.by], PONG)])

        def go_on(message, actor):
            left, chance = actor.context
            if not left:
                return last()
            chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
            refs[chance % size].tell(own)
            return left - 1, chance

        def go_on_plan(message, actor):
            left, chance = actor.context
            if not left:
                return last()
            chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
            return MessagePlan(context=(left - 1, chance), tell=[Tell(refs[chance % size], own)])

        start = define_behavior("member").with_context((messages // (2 * size), place))
        return start.on(Ping, as_style(style, answer, answer_plan)).on(Pong, as_style(style, go_on, go_on_plan)).build()

    for place in range(size):
        refs.append(await system.spawn(member(place)))
    return [(ref, PONG) for ref in refs]


WORKLOADS = {"ping-pong": ping_pong, "counting": counting, "fan": fan, "ring": ring, "big": big}


async def run(name: str, messages: int, style: str, clock, trace: str = "never") -> float:
    """Run a workload and give the seconds that its messages took. `trace`: `never`, `ended` (a tracer was there before), `set`."""
    async with ActorSystem(high_water=messages + 1) as system:
        if trace != "never":
            end = system.kernel.trace(lambda turn: None)
            if trace == "ended":
                end()
        ended = asyncio.Event()
        first = await WORKLOADS[name](system, messages, style, ended.set)
        began = clock()
        for ref, each in first:
            ref.tell(each)
        await ended.wait()
        return clock() - began


async def ask(asks: int, clock) -> float:
    """Ask one actor again and again; give the seconds."""
    behavior = define_behavior("count").with_context(0).on(Count, lambda message, actor: MessagePlan(context=actor.context + 1, reply=actor.context)).build()
    async with ActorSystem() as system:
        ref = await system.spawn(behavior)
        request = Count()
        began = clock()
        for _ in range(asks):
            await ref.ask(request)
        return clock() - began


def idle(count: int = 10_000) -> tuple[float, float]:
    """Give the bytes of an idle actor, and of one that is named, supervised and watched."""
    behavior = define_behavior("idle").with_context(0).on(Ping, lambda message, actor: actor.context + 1).build()
    watcher = define_behavior("watcher").with_context(0).on(Ping, lambda message, actor: None).build()

    async def bare() -> float:
        async with ActorSystem() as system:
            kernel = system.kernel
            kernel.spawn(behavior)
            kernel.drain()
            tracemalloc.start()
            refs = [kernel.spawn(behavior) for _ in range(count)]
            kernel.drain()
            while kernel.queue:
                kernel.drain()
            used = tracemalloc.get_traced_memory()[0] - refs.__sizeof__()
            tracemalloc.stop()
            return used / count

    async def whole() -> float:
        async with ActorSystem() as system:
            kernel = system.kernel
            system.reports.subscribe(lambda report: None)  # the ends of all are of no interest here
            names = [f"actor-{number}" for number in range(count)]
            eye = await system.spawn(watcher)
            specs = [child(name, behavior, name=name, restart="transient") for name in names]
            tracemalloc.start()
            tree = await system.spawn(supervisor("root", children=specs), timeout=60.0)
            refs = [kernel.child(tree, name) for name in names]
            for ref in refs:
                watch(eye._cell, ref._cell)
            used = tracemalloc.get_traced_memory()[0] - refs.__sizeof__()
            tracemalloc.stop()
            return used / count

    return asyncio.run(bare()), asyncio.run(whole())
