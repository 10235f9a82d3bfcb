"""Other threads: messages from them, and work in them. Real time: a thread cannot be simulated."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from actorweb import ActorContext, ActorSystem, Dropped, MessagePlan, Request, SystemClosed, Task, define_behavior, message
from actorweb.errors.testing import NotSimulated
from actorweb.kernel.world import AsyncioWorld
from actorweb.testing import SimulatedWorld
from tests.kernel.counter import Count, Increment, counter

has_threads = pytest.mark.skipif(sys.platform == "emscripten", reason="a page has no threads")


@message
class Load:
    what: str = ""


@message
class Loaded:
    value: object


@message
class Take(Request[object]): ...


def loader(work: object) -> object:
    def load(message: Load, actor: ActorContext[object]) -> MessagePlan[object]:
        return MessagePlan(run=[Task(work, on_done=Loaded, on_error=Loaded, thread=True)])  # type: ignore[call-overload]

    return (
        define_behavior("loader")
        .with_context("")
        .on(Load, load)
        .on(Loaded, lambda loaded, actor: str(loaded.value))
        .on(Take, lambda _, actor: MessagePlan(reply=actor.context))
        .build()
    )


@has_threads
def test_messages_of_a_thread_arrive_in_their_order() -> None:
    async def main() -> int:
        async with ActorSystem() as system:
            ref = await system.spawn(counter)

            def send() -> None:
                for _ in range(1000):
                    system.from_thread(ref, Increment())

            threads = [threading.Thread(target=send) for _ in range(4)]
            for thread in threads:
                thread.start()
            await asyncio.to_thread(lambda: [thread.join() for thread in threads])
            return await ref.ask(Count())

    assert asyncio.run(main()) == 4000


@has_threads
def test_a_bounded_mailbox_drops_what_a_thread_sends_too_much() -> None:
    async def main() -> list[object]:
        async with ActorSystem() as system:
            drops: list[object] = []
            system.reports.subscribe(drops.append, Dropped)
            ref = await system.spawn(
                define_behavior("bounded").with_context(0).with_mailbox(capacity=1).on(Increment, lambda _, actor: actor.context + 1).build()
            )
            await system.suspend(ref)
            await asyncio.to_thread(lambda: [system.from_thread(ref, Increment(number)) for number in range(3)])
            await asyncio.to_thread(lambda: None)
            while len(drops) < 2:
                await asyncio.sleep(0)
            return [(drop.message, drop.policy) for drop in drops]  # type: ignore[attr-defined]

    assert asyncio.run(main()) == [(Increment(1), "raise"), (Increment(2), "raise")]


def test_a_system_that_does_not_run_refuses_threads() -> None:
    async def main() -> None:
        async with ActorSystem() as system:
            ref = await system.spawn(counter)
        with pytest.raises(SystemClosed, match="AW-306 a thread sent Increment"):
            system.from_thread(ref, Increment())

    asyncio.run(main())
    with pytest.raises(SystemClosed, match="before the system ran"):
        AsyncioWorld().from_thread(lambda: None)


async def test_a_simulated_world_has_no_threads(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    with pytest.raises(NotSimulated, match="AW-902 another thread called in"):
        system.from_thread(ref, Increment())
    loading = await system.spawn(loader(lambda: 1))  # type: ignore[arg-type, var-annotated]
    loading.tell(Load())
    await asyncio.sleep(1)
    assert "AW-902 a thread was to run something" in await loading.ask(Take())


@has_threads
def test_work_in_a_thread_comes_back_as_a_message_and_the_actor_goes_on_meanwhile() -> None:
    release = threading.Event()

    def work() -> str:
        release.wait(10)
        return threading.current_thread().name

    async def main() -> tuple[object, object]:
        async with ActorSystem() as system:
            ref = await system.spawn(loader(work))  # type: ignore[arg-type, var-annotated]
            ref.tell(Load())
            before = await ref.ask(Take())
            release.set()
            while not (after := await ref.ask(Take())):
                await asyncio.sleep(0)
            return before, after

    before, after = asyncio.run(main())
    assert before == ""
    assert after != threading.main_thread().name


@has_threads
def test_what_a_thread_raises_goes_to_on_error() -> None:
    async def main() -> object:
        async with ActorSystem() as system:
            ref = await system.spawn(loader(lambda: time.strptime("x", "%Y")))  # type: ignore[arg-type, var-annotated]
            ref.tell(Load())
            while not (answer := await ref.ask(Take())):
                await asyncio.sleep(0)
            return answer

    assert "does not match format" in str(asyncio.run(main()))


def test_a_host_without_threads_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from actorweb import NoThreads

    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(NoThreads, match="AW-308 a Task"):
        asyncio.run(AsyncioWorld().thread(lambda: 1))


def test_the_simulated_world_takes_part_in_the_port() -> None:
    SimulatedWorld(seed=1).enter()
