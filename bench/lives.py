"""Lives of actors: spawning, crashing and restarting, and what a million of them cost.

Run as a program it measures what needs a process or an interpreter of its own, and prints JSON:
`python -m bench.lives idle COUNT` the resident bytes of so many idle actors, `python -m bench.lives async MESSAGES ROUNDS`
the async workloads as parts of the limit.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path
from statistics import median

from actorweb import ActorSystem, MessagePlan, Request, child, define_behavior, message, supervisor
from bench import actors, plain


@message
class Fail: ...


@message
class Token:
    left: int


@message
class Place:
    number: int


@message
class Many:
    count: int


@message
class Quiet(Request[None]):
    """Asks for nothing: the reply comes when all that was told before has been handled."""


class Boom(Exception):
    """What a failing handler raises."""


def quiet(message, actor):
    return MessagePlan(reply=None)


worker = define_behavior("worker").with_context(0).on(Token, lambda token, actor: actor.context + 1).on(Quiet, quiet).build()


async def spawn_one_by_one(count: int) -> float:
    """Give the seconds in which so many actors are spawned from outside, one after the other, each awaited."""
    async with ActorSystem() as system:
        began = time.perf_counter()
        for _ in range(count):
            await system.spawn(worker)
        return time.perf_counter() - began


async def spawn_children(count: int) -> float:
    """Give the seconds in which an actor spawns so many children and all of them have started."""

    def many(message, actor):
        for _ in range(message.count):
            actor.spawn(worker)

    async with ActorSystem() as system:
        ref = await system.spawn(define_behavior("parent").on(Many, many).on(Quiet, quiet).build())
        began = time.perf_counter()
        ref.tell(Many(count))
        await ref.ask(Quiet(), timeout=600)
        while system.kernel.has_work:
            system.kernel.drain()
        return time.perf_counter() - began


def spawn_pykka(count: int) -> float:
    """Give the seconds in which Pykka starts so many actors."""
    import pykka

    class Plain(pykka.ThreadingActor):
        pass

    began = time.perf_counter()
    for _ in range(count):
        Plain.start()
    seconds = time.perf_counter() - began
    pykka.ActorRegistry.stop_all()
    return seconds


async def spawn_tasks(count: int) -> float:
    """Give the seconds in which asyncio makes so many tasks that wait at a queue, and all have begun to wait."""

    async def wait(queue) -> None:
        await queue.get()

    began = time.perf_counter()
    tasks = [asyncio.create_task(wait(asyncio.Queue())) for _ in range(count)]
    await asyncio.sleep(0)
    seconds = time.perf_counter() - began
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seconds


async def restarts(count: int) -> float:
    """Give the seconds of so many crashes, each followed by the restart of the actor by its supervisor."""

    def fail(message, actor):
        raise Boom

    behavior = define_behavior("failing").with_context(0).on(Fail, fail).on(Quiet, quiet).build()
    async with ActorSystem() as system:
        system.reports.subscribe(lambda report: None)  # else each crash is logged, and the logger is what is measured
        await system.spawn(supervisor("root", intensity=count, period=3600.0, children=[child("a", behavior, name="a")]))
        ref = system.lookup("a")
        began = time.perf_counter()
        for _ in range(count):
            ref.tell(Fail())
        await ref.ask(Quiet(), timeout=600)
        return time.perf_counter() - began


def restarts_pykka(count: int) -> float:
    """Give the seconds of so many crashes in Pykka, after each of which somebody starts the actor again."""
    import pykka

    ended = threading.Semaphore(0)

    class Failing(pykka.ThreadingActor):
        def on_receive(self, message) -> None:
            raise Boom

        def on_failure(self, *_) -> None:
            ended.release()

    began = time.perf_counter()
    for _ in range(count):
        Failing.start().tell("fail")
        ended.acquire()
    seconds = time.perf_counter() - began
    pykka.ActorRegistry.stop_all()
    return seconds


async def per_message(population: int, messages: int, tokens: int = 100) -> float:
    """Give the seconds of a message in a ring of so many actors, around which 100 tokens run."""
    refs: list = []
    running = [tokens]
    ended = asyncio.Event()

    def pass_on(token, actor):
        if token.left:
            refs[(actor.context + 1) % population].tell(Token(token.left - 1))
        else:
            running[0] -= 1
            if not running[0]:
                ended.set()

    behavior = define_behavior("member").with_context(0).on(Place, lambda place, actor: place.number).on(Token, pass_on).build()
    async with ActorSystem() as system:
        system.reports.subscribe(lambda report: None)
        kernel = system.kernel
        for number in range(population):
            refs.append(kernel.spawn(behavior))
            refs[-1].tell(Place(number))
        while kernel.has_work:
            kernel.drain()
        gc.collect()
        each = messages // tokens
        began = time.perf_counter()
        for number in range(tokens):
            refs[number * population // tokens].tell(Token(each - 1))
        await ended.wait()
        return (time.perf_counter() - began) / (each * tokens)


def per_message_limit(population: int, messages: int, tokens: int = 100) -> float:
    """Give the seconds of a message in the same ring of plain functions and one bare deque."""
    engine = plain.GlobalDeque()
    send = engine.send
    cells: list = []

    def pass_on(place, left):
        if left:
            send((cells[(place + 1) % population], left - 1))
        return place

    cells.extend(engine.spawn(pass_on, place) for place in range(population))
    gc.collect()
    each = messages // tokens
    began = time.perf_counter()
    engine.run([(cells[number * population // tokens], each - 1) for number in range(tokens)])
    return (time.perf_counter() - began) / (each * tokens)


def resident() -> int:
    """Give the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def idle_bytes(count: int) -> int:
    """Give the resident bytes of so many idle actors that have each handled one message. For a process of its own."""

    async def main() -> int:
        system = ActorSystem()
        system.reports.subscribe(lambda report: None)
        kernel = system.kernel
        gc.collect()
        before = resident()
        refs = []
        for _ in range(count):
            refs.append(kernel.spawn(worker))
            if len(refs) % 1000 == 0:
                while kernel.has_work:
                    kernel.drain()
        while kernel.has_work:
            kernel.drain()
        gc.collect()
        return resident() - before

    return asyncio.run(main())


def async_parts(messages: int, rounds: int) -> dict[str, float]:
    """Give the async workloads as parts of the limit, in this interpreter."""
    parts = {}
    for name in plain.WORKLOADS:
        limits, ours = [], []
        for _ in range(rounds):
            limits.append(max(plain.rate(engine, name, messages) for engine in (plain.GlobalDeque, plain.Mailboxes)))
            ours.append(messages / asyncio.run(actors.run(name, messages, "async", time.perf_counter)))
        parts[name] = median(ours) / median(limits)
    return parts


def main() -> None:
    what, *numbers = sys.argv[1:]
    if what == "idle":
        print(json.dumps(idle_bytes(int(numbers[0]))))
    else:
        print(json.dumps(async_parts(int(numbers[0]), int(numbers[1]))))


if __name__ == "__main__":
    main()
