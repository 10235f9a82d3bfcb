"""The workloads for engines without types: a handler is `function(state, message) -> state`, a send takes one envelope.

An engine gives `spawn(handler, state)`, `send((target, message))`, `done()` and `run(first)`. The limits are what Python
can do at all: plain functions, integers as messages, and the queue's own `append` as the send. Peers are in `bench.peers`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Cell:
    __slots__ = ("box", "handler", "ready", "state")

    def __init__(self, handler, state) -> None:
        self.handler = handler
        self.state = state
        self.box: deque = deque()
        self.ready = False


class GlobalDeque:
    """Limit 1: one deque for all."""

    scale = 1.0

    def __init__(self) -> None:
        self.queue: deque = deque()
        self.send = self.queue.append
        self.done = lambda: None

    def spawn(self, handler, state) -> Cell:
        return Cell(handler, state)

    def run(self, first: Iterable[tuple[Cell, int]]) -> None:
        self.queue.extend(first)
        take = self.queue.popleft
        try:
            while True:
                cell, message = take()
                cell.state = cell.handler(cell.state, message)
        except IndexError:
            pass


class Mailboxes:
    """Limit 2: a deque for each actor and one of those that have something."""

    scale = 1.0

    def __init__(self) -> None:
        self.ready: deque[Cell] = deque()
        self.done = lambda: None

    def spawn(self, handler, state) -> Cell:
        return Cell(handler, state)

    def send(self, envelope: tuple[Cell, int]) -> None:
        cell, message = envelope
        cell.box.append(message)
        if not cell.ready:
            cell.ready = True
            self.ready.append(cell)

    def run(self, first: Iterable[tuple[Cell, int]]) -> None:
        for envelope in first:
            self.send(envelope)
        ready = self.ready
        while ready:
            cell = ready.popleft()
            box, handler, state = cell.box, cell.handler, cell.state
            for _ in range(64):
                if not box:
                    cell.ready = False
                    break
                state = handler(state, box.popleft())
            else:
                ready.append(cell)
            cell.state = state


def ping_pong(engine, messages: int) -> None:
    send, done = engine.send, engine.done

    def ping(left, message):
        if not left:
            done()
            return left
        send((second, 1))
        return left - 1

    def pong(count, message):
        send((first, 1))
        return count + 1

    first, second = engine.spawn(ping, messages // 2), engine.spawn(pong, 0)
    engine.run([(first, 1)])


def counting(engine, messages: int) -> None:
    send, done = engine.send, engine.done

    def count(left, message):
        if left == 1:
            done()
        return left - message

    def produce(state, message):
        for _ in range(message):
            send((counter, 1))
        return state

    counter = engine.spawn(count, messages)
    engine.run([(engine.spawn(produce, 0), messages)])


def fan(engine, messages: int, leaves: int = 100) -> None:
    send, done = engine.send, engine.done
    rounds = messages // (2 * leaves)

    def hub(state, message):
        waiting, left = state
        if waiting > 1:
            return waiting - 1, left
        if not left:
            done()
            return state
        for each in all_leaves:
            send((each, 1))
        return leaves, left - 1

    def leaf(count, message):
        send((middle, 1))
        return count + 1

    all_leaves = [engine.spawn(leaf, 0) for _ in range(leaves)]
    middle = engine.spawn(hub, (1, rounds))
    engine.run([(middle, 1)])


def ring(engine, messages: int, size: int = 100) -> None:
    send, done = engine.send, engine.done
    actors: list = []

    def member(place):
        following = (place + 1) % size

        def pass_on(count, left):
            if left:
                send((actors[following], left - 1))
            else:
                done()
            return count + 1

        return pass_on

    actors += [engine.spawn(member(place), 0) for place in range(size)]
    engine.run([(actors[0], messages - 1)])


def big(engine, messages: int, size: int = 32) -> None:
    send, done = engine.send, engine.done
    actors: list = []
    each = messages // (2 * size)
    ended = [0]

    def member(place):
        def handle(state, message):
            left, chance = state
            if message >= 0:  # a ping of that member
                send((actors[message], -1))
                return state
            if not left:
                ended[0] += 1
                if ended[0] == size:
                    done()
                return state
            chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
            send((actors[chance % size], place))
            return left - 1, chance

        return handle

    actors += [engine.spawn(member(place), (each, place)) for place in range(size)]
    engine.run([(actor, -1) for actor in actors])


WORKLOADS = {"ping-pong": ping_pong, "counting": counting, "fan": fan, "ring": ring, "big": big}


def rate(engine: type, name: str, messages: int) -> float:
    """Give the messages a second of an engine in a workload, with as many of them as suit it."""
    made = engine()
    count = max(1000, int(messages * engine.scale))
    began = time.perf_counter()
    WORKLOADS[name](made, count)
    return count / (time.perf_counter() - began)


def ask(asks: int) -> None:
    """The limit of ask: a future, awaited, and a bare queue that the loop drains."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        queue: deque = deque()

        def drain() -> None:
            while queue:
                cell, answer = queue.popleft()
                cell.state = cell.handler(cell.state, answer)

        def count(state, answer):
            answer.set_result(state)
            return state + 1

        counter = Cell(count, 0)
        for _ in range(asks):
            answer = asyncio.Future(loop=loop)
            queue.append((counter, answer))
            loop.call_soon(drain)
            await answer

    asyncio.run(main())
