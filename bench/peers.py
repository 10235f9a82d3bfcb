"""The peers: other ways of running actors in Python, with the face that `bench.plain` asks of an engine.

A peer that is not installed says so in its row; see docs/performance.md for what each of them is.
"""

from __future__ import annotations

import asyncio
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AsyncioQueues:
    """A task and an `asyncio.Queue` for each actor."""

    package = "asyncio"
    scale = 0.2

    def __init__(self) -> None:
        self.actors: list = []

    def spawn(self, handler, state) -> asyncio.Queue:
        queue: asyncio.Queue = asyncio.Queue()
        self.actors.append((queue, handler, state))
        return queue

    @staticmethod
    def send(envelope: tuple[asyncio.Queue, int]) -> None:
        envelope[0].put_nowait(envelope[1])

    def done(self) -> None:
        self.ended.set()

    def run(self, first: Iterable[tuple[asyncio.Queue, int]]) -> None:
        async def actor(queue, handler, state) -> None:
            while True:
                state = handler(state, await queue.get())

        async def main() -> None:
            self.ended = asyncio.Event()
            tasks = [asyncio.create_task(actor(*each)) for each in self.actors]
            for envelope in first:
                self.send(envelope)
            await self.ended.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(main())


class Pykka:
    """A thread for each actor."""

    package = "pykka"
    scale = 0.02

    def __init__(self) -> None:
        import pykka

        class Actor(pykka.ThreadingActor):
            def __init__(self, handler, state) -> None:
                super().__init__()
                self.handler = handler
                self.state = state

            def on_receive(self, message) -> None:
                self.state = self.handler(self.state, message)

        self.kind = Actor
        self.registry = pykka.ActorRegistry
        self.ended = threading.Event()
        self.done = self.ended.set

    def spawn(self, handler, state):
        return self.kind.start(handler, state)

    @staticmethod
    def send(envelope) -> None:
        envelope[0].tell(envelope[1])

    def run(self, first) -> None:
        for envelope in first:
            self.send(envelope)
        self.ended.wait()
        self.registry.stop_all()


class Thespian:
    """The actors of one thread: Thespian's `simpleSystemBase`. (Its other bases have a process for each actor.)"""

    package = "thespian"
    scale = 0.2

    def __init__(self) -> None:
        from thespian.actors import Actor, ActorSystem

        engine = self

        class Plain(Actor):
            handler = state = None

            def receiveMessage(self, message, sender) -> None:  # noqa: N802  (Thespian's name)
                if isinstance(message, tuple):
                    self.handler, self.state = message
                elif isinstance(message, int):
                    engine.current = self
                    self.state = self.handler(self.state, message)

        self.kind = Plain
        self.system = ActorSystem("simpleSystemBase")
        self.current = None
        self.done = lambda: None  # a tell from outside returns when nothing is left to do

    def spawn(self, handler, state):
        address = self.system.createActor(self.kind)
        self.system.tell(address, (handler, state))
        return address

    def send(self, envelope) -> None:
        self.current.send(*envelope)

    def run(self, first) -> None:
        for envelope in first:
            self.system.tell(*envelope)
        self.system.shutdown()


class Xoscar:
    """Xoscar's actors of one process. A send is a `tell` in a coroutine, so a handler's sends leave when it has returned."""

    package = "xoscar"
    scale = 0.02

    def __init__(self) -> None:
        self.actors: list = []
        self.sends: list = []

    def spawn(self, handler, state) -> int:
        self.actors.append((handler, state))
        return len(self.actors) - 1

    def send(self, envelope) -> None:
        self.sends.append(envelope)

    def done(self) -> None:
        self.ended.set()

    def run(self, first) -> None:
        import xoscar

        engine = self

        class Plain(xoscar.Actor):
            def __init__(self, handler, state) -> None:
                super().__init__()
                self.handler = handler
                self.state = state

            async def receive(self, message) -> None:
                self.state = self.handler(self.state, message)
                sends, engine.sends = engine.sends, []
                for place, each in sends:
                    await refs[place].receive.tell(each)

        refs: list = []

        async def main() -> None:
            self.ended = asyncio.Event()
            pool = await xoscar.create_actor_pool("127.0.0.1", n_process=0)
            async with pool:
                for handler, state in self.actors:
                    refs.append(await xoscar.create_actor(Plain, handler, state, address=pool.external_address))
                for place, each in first:
                    await refs[place].receive.tell(each)
                await self.ended.wait()

        asyncio.run(main())


PEERS = (Pykka, Thespian, Xoscar, AsyncioQueues)


def is_installed(peer: type) -> bool:
    """Tell whether a peer can be measured here."""
    return find_spec(peer.package) is not None
