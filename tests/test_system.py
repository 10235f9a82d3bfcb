"""The actor system: how it ends, and what keeps an actor alive."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from actorweb import (
    ActorContext,
    ActorSystem,
    After,
    Behavior,
    Crashed,
    DeadLetter,
    Killed,
    MessagePlan,
    Shutdown,
    Stopped,
    SystemClosed,
    Unkillable,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import SimulatedWorld
from tests.kernel.counter import Increment, counter


def ending(name: str, ends: list[str], seconds: float = 0.0, *, stubborn: bool = False) -> Behavior[object, int]:
    async def stop(actor: ActorContext[int]) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if stubborn:
                await asyncio.sleep(3600)
            raise
        ends.append(name)

    return define_behavior(name).with_context(0).on_stop(stop).build()


async def test_the_newest_ends_first_and_children_before_their_parents(world: SimulatedWorld) -> None:
    ends: list[str] = []
    async with ActorSystem(world=world) as system:
        await system.spawn(ending("first", ends))
        await system.spawn(supervisor("tree", children=[child("a", ending("a", ends)), child("b", ending("b", ends))]))
        await system.spawn(ending("last", ends))
    assert ends == ["last", "b", "a", "first"]


async def test_what_was_still_queued_is_reported(world: SimulatedWorld) -> None:
    letters: list[object] = []
    async with ActorSystem(world=world) as system:
        system.reports.subscribe(letters.append, DeadLetter)
        ref = await system.spawn(counter)
        await system.suspend(ref)
        ref.tell(Increment(1))
        ref.tell(Increment(2))
    assert letters == [DeadLetter(ref, Increment(1), "stopped"), DeadLetter(ref, Increment(2), "stopped")]


async def test_after_the_deadline_what_has_not_ended_is_killed(world: SimulatedWorld) -> None:
    ends: list[str] = []
    reports: list[object] = []
    begun = world.now()
    async with ActorSystem(world=world, shutdown=2.0) as system:
        system.reports.subscribe(reports.append)
        never = await system.spawn(ending("never", ends))
        tree = await system.spawn(
            supervisor("tree", children=[child("a", ending("a", ends), shutdown="infinity"), child("slow", ending("slow", ends, 100.0), shutdown="infinity")])
        )
    assert world.now() - begun == 2.0
    assert ends == []
    ends_of = {report.ref: report.reason for report in reports if isinstance(report, Stopped)}
    assert ends_of[never] == Killed()
    assert ends_of[tree] == Shutdown()  # it was ending by then
    assert len([report for report in reports if isinstance(report, Unkillable)]) == 1


async def test_a_system_without_a_deadline_waits_as_long_as_it_takes(world: SimulatedWorld) -> None:
    ends: list[str] = []
    async with ActorSystem(world=world) as system:
        await system.spawn(supervisor("tree", children=[child("slow", ending("slow", ends, 100.0), shutdown="infinity")]))
    assert ends == ["slow"]
    assert world.now() == 100.0


async def test_thousands_of_actors_end_one_after_the_other(world: SimulatedWorld) -> None:
    async with ActorSystem(world=world) as system:
        for _ in range(2_000):
            system.kernel.spawn(counter)
        await asyncio.sleep(1)
    assert not system.kernel.roots


async def test_nothing_is_retained_after_the_end(world: SimulatedWorld) -> None:
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, name="counter")
        system.group("all").join(ref)
        system.reports.subscribe(lambda report: None)
        await system.stop(ref)
        gone = weakref.ref(ref)
        del ref
        await asyncio.sleep(1)
        gc.collect()
        assert gone() is None


async def test_an_actor_lives_while_its_name_parent_timer_or_queue_reaches_it(world: SimulatedWorld) -> None:
    async with ActorSystem(world=world) as system:
        fired: list[str] = []
        timed = (
            define_behavior("timed")
            .on_start(lambda actor: MessagePlan(schedule=[After(10.0, Increment())]))
            .on(Increment, lambda _, actor: fired.append("timer"))
            .build()
        )
        parent = define_behavior("parent").on_start(lambda actor: actor.spawn(timed) and None).build()
        system.kernel.spawn(counter, name="named")
        system.kernel.spawn(timed)
        system.kernel.spawn(parent)
        await asyncio.sleep(1)
        gc.collect()
        named = system.lookup("named")
        assert named is not None
        named.tell(Increment(3))
        await asyncio.sleep(20)
        assert fired == ["timer", "timer"]
        assert (await system.snapshot(named)).context.count == 3  # type: ignore[attr-defined]


async def test_a_system_that_has_ended_refuses_to_begin_again(world: SimulatedWorld) -> None:
    system = ActorSystem(world=world)
    async with system:
        await system.spawn(counter)
    with pytest.raises(SystemClosed, match="AW-306 this system has ended"):
        async with system:
            pass


async def test_a_crash_while_it_ends_is_reported(world: SimulatedWorld) -> None:
    reports: list[object] = []

    def stop(actor: ActorContext[int]) -> None:
        raise ValueError("at the end")

    async with ActorSystem(world=world) as system:
        system.reports.subscribe(reports.append, Crashed)
        await system.spawn(define_behavior("bad").with_context(0).on_stop(stop).build())
    assert len(reports) == 1
