"""The simulated world: virtual time, seeds, and what it refuses."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from actorweb import ActorContext, ActorSystem, After, Every, MessagePlan, define_behavior
from actorweb.errors.testing import Deadlock, NotSimulated, ProbeFailed
from actorweb.testing import Probe, SimulatedWorld
from tests.kernel.counter import Boom, Increment, counter


def test_run_gives_mains_result_and_raises_its_error() -> None:
    async def main(fail: bool) -> int:  # noqa: FBT001
        await asyncio.sleep(1)
        if fail:
            raise Boom
        return 7

    assert SimulatedWorld().run(main(fail=False)) == 7
    with pytest.raises(Boom):
        SimulatedWorld().run(main(fail=True))


def test_sleep_is_virtual() -> None:
    world = SimulatedWorld()

    async def main() -> None:
        await asyncio.sleep(86_400 * 365)

    world.run(main())
    assert world.now() == 86_400 * 365


def test_when_everything_waits_and_no_timer_is_set_the_waiters_are_listed() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match=r"task main waits in .*main"):
        SimulatedWorld().run(main())


def test_advance_runs_what_falls_due_and_leaves_the_rest() -> None:
    seen: list[float] = []
    world = SimulatedWorld()
    system = ActorSystem(world=world)
    system.kernel.spawn(
        define_behavior("ticks")
        .on_start(lambda actor: MessagePlan(schedule=[Every(1, Increment()), After(2.5, Increment())]))
        .on(Increment, lambda m, a: seen.append(a.now()))
        .build()
    )
    world.advance(3)
    assert seen == [1, 2, 2.5, 3]
    assert world.now() == 3
    world.advance(0.5)
    assert (len(seen), world.now()) == (4, 3.5)


def test_a_world_can_run_again() -> None:
    world = SimulatedWorld()
    system = ActorSystem(world=world)
    ref = world.run(system.spawn(counter))
    ref.tell(Increment(2))
    world.advance(0)
    assert world.run(system.snapshot(ref)).context.count == 2


@pytest.mark.parametrize("seed", range(3))
def test_dice_and_ids_are_repeated_by_the_seed(seed: int) -> None:
    def throw() -> list[object]:
        world = SimulatedWorld(seed=seed)
        return [world.random.random(), world.new_id(), world.new_id()]

    assert throw() == throw()
    assert throw()[1] != throw()[2]


async def _thread() -> None:
    await asyncio.to_thread(lambda: None)


async def _socket() -> None:
    await asyncio.open_connection("127.0.0.1", 1)


async def _server() -> None:
    await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)


async def _process() -> None:
    await asyncio.create_subprocess_exec("true")


async def _name() -> None:
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)


async def _threadsafe() -> None:
    asyncio.get_running_loop().call_soon_threadsafe(lambda: None)


async def _reader() -> None:
    with socket.socket() as opened:
        asyncio.get_running_loop().add_reader(opened, lambda: None)


@pytest.mark.parametrize("what", [_thread, _socket, _server, _process, _name, _threadsafe, _reader], ids=lambda what: what.__name__)
def test_threads_sockets_and_processes_are_refused(what: object) -> None:
    with pytest.raises(NotSimulated, match="in a simulated world"):
        SimulatedWorld().run(what())  # type: ignore[operator]


def test_an_error_of_a_callback_is_raised() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(ZeroDivisionError):
        SimulatedWorld().run(main())


def test_the_loop_of_the_thread_is_put_back() -> None:
    async def outer() -> object:
        loop = asyncio.get_running_loop()

        async def inner() -> object:
            return asyncio.get_running_loop()

        assert SimulatedWorld().run(inner()) is not loop
        return asyncio.get_running_loop() is loop

    assert SimulatedWorld().run(outer()) is True
    assert threading.current_thread()


async def test_a_probe_takes_notes_and_says_what_it_missed(system: ActorSystem) -> None:
    probe = Probe(system, name="probe")
    probe.ref.tell(1)
    assert await probe.receive(int) == 1
    probe.ref.tell("text")
    with pytest.raises(ProbeFailed, match="got 'text'\nExpected: a int"):
        await probe.receive(int)
    with pytest.raises(ProbeFailed, match="got nothing within 3 s"):
        await probe.receive(int)
    await probe.receive_nothing()
    probe.ref.tell(2)
    with pytest.raises(ProbeFailed, match="got 2\nExpected: nothing within 1 s"):
        await probe.receive_nothing()
    assert probe.messages == [1, "text", 2]


async def test_actors_see_the_virtual_clock_the_dice_and_the_ids(system: ActorSystem, world: SimulatedWorld) -> None:
    seen: list[object] = []

    def handler(increment: Increment, actor: ActorContext[None]) -> None:
        seen.append((actor.now(), actor.new_id(), actor.random is world.random, actor.system is system))

    ref = await system.spawn(define_behavior("sees").on(Increment, handler).build())
    await asyncio.sleep(5)
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert seen == [(5, "id-1", True, True)]


def test_what_main_leaves_running_goes_on_when_the_world_advances() -> None:
    """The symptom: a handler that was still awaiting when main returned was cancelled, and its actor crashed."""
    seen: list[str] = []
    world = SimulatedWorld(seed=3)
    system = ActorSystem(world=world)

    async def slow(increment: Increment, actor: ActorContext[None]) -> None:
        await asyncio.sleep(10)
        seen.append("handled")

    async def main() -> None:
        ref = await system.spawn(define_behavior("slow").on(Increment, slow).build())
        ref.tell(Increment())
        await asyncio.sleep(1)

    world.run(main())
    world.advance(5)
    assert seen == []
    world.advance(5)
    assert seen == ["handled"]


def test_a_world_that_runs_for_long_does_not_grow_by_what_it_has_chosen() -> None:
    world = SimulatedWorld(seed=1)

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            refs = [await system.spawn(counter) for _ in range(5)]
            for ref in refs * 20:
                ref.tell(Increment())
            await asyncio.sleep(1)

    world.run(main())
    assert world.choices.taken == []
