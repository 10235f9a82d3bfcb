"""Suspend, resume, replace_context: between two turns, also while suspended."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorStopped,
    ActorSystem,
    After,
    BadPlan,
    Behavior,
    Every,
    Killed,
    MessagePlan,
    NoProc,
    Shutdown,
    child,
    define_behavior,
    message,
    supervisor,
)
from tests.kernel.counter import Count, Counter, Fail, Increment, Multiplying, counter


@message
class Wait:
    seconds: float


@message
class Tick: ...


def waiting() -> Behavior[object, int]:
    async def wait(message: Wait, actor: ActorContext[int]) -> int:
        await asyncio.sleep(message.seconds)
        return actor.context + 1

    return define_behavior("waiting").with_context(0).on(Wait, wait).on(Tick, lambda tick, actor: actor.context + 10).build()


async def context_of(system: ActorSystem, ref: ActorRef[object]) -> object:
    return (await system.snapshot(ref)).context


async def test_a_suspended_actor_takes_no_message_until_it_is_resumed(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.suspend(ref)
    ref.tell(Increment(1))
    ref.tell(Multiplying())
    ref.tell(Increment(5))
    await asyncio.sleep(10)
    assert (await system.snapshot(ref)).context == Counter(0)
    await system.resume(ref)
    assert await ref.ask(Count()) == 5


async def test_it_overtakes_what_waits(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    for _ in range(10):
        ref.tell(Increment())
    await system.suspend(ref)
    done = (await system.snapshot(ref)).context.count
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context.count == done < 10
    await system.resume(ref)
    assert await ref.ask(Count()) == 10


async def test_it_waits_for_a_handler_that_is_still_awaiting(system: ActorSystem) -> None:
    ref = await system.spawn(waiting())
    ref.tell(Wait(3))
    ref.tell(Tick())
    await asyncio.sleep(1)
    await system.suspend(ref)
    assert asyncio.get_running_loop().time() == 3
    assert await context_of(system, ref) == 1
    await system.resume(ref)
    await asyncio.sleep(1)
    assert await context_of(system, ref) == 11


async def test_suspending_twice_is_suspending_once_and_resuming_one_that_runs_is_nothing(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.resume(ref)
    await system.suspend(ref)
    await system.suspend(ref)
    await system.resume(ref)
    ref.tell(Increment())
    assert await ref.ask(Count()) == 1


async def test_a_suspended_actor_can_be_stopped(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.suspend(ref)
    await system.stop(ref)
    with pytest.raises(ActorStopped) as error:
        await system.resume(ref)
    assert error.value.reason == NoProc()


async def test_a_restart_ends_a_suspension(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", counter)]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    await system.suspend(ref)
    await system.stop(ref, reason=Killed())
    assert await ref.ask(Count()) == 0


async def test_timers_that_expire_meanwhile_fire_once_after(system: ActorSystem) -> None:
    behavior = (
        define_behavior("timed")
        .with_context(0)
        .on_start(lambda actor: MessagePlan(schedule=[After(1.0, Tick()), Every(2.0, Wait(0), key="every")]))
        .on(Tick, lambda tick, actor: actor.context + 100)
        .on(Wait, lambda wait, actor: actor.context + 1)
        .build()
    )
    ref = await system.spawn(behavior)
    await system.suspend(ref)
    await asyncio.sleep(11)
    assert await context_of(system, ref) == 0
    await system.resume(ref)
    await asyncio.sleep(0.5)
    assert await context_of(system, ref) == 101
    await asyncio.sleep(1)
    assert await context_of(system, ref) == 102  # at 12: the ticks do not drift


async def test_replace_context_gives_the_new_one_and_works_while_suspended(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    version = (await system.snapshot(ref)).version
    assert await system.replace_context(ref, lambda old: Counter(old.count + 7)) == Counter(7)
    assert (await system.snapshot(ref)).version == version + 1
    await system.suspend(ref)
    assert await system.replace_context(ref, lambda old: Counter(old.count * 2)) == Counter(14)
    await system.resume(ref)
    assert await ref.ask(Count()) == 14


async def test_what_its_function_raises_is_raised_at_the_caller_and_changes_nothing(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    with pytest.raises(ZeroDivisionError):
        await system.replace_context(ref, lambda old: Counter(1 // 0))
    with pytest.raises(BadPlan, match=r"AW-301 .*replace_context's function, for an actor of behavior 'counter' returned 3 \(int\)"):
        await system.replace_context(ref, lambda old: 3)  # type: ignore[arg-type, return-value]
    with pytest.raises(BadPlan):
        await system.replace_context(ref, lambda old: None)  # type: ignore[arg-type, return-value]
    assert (await system.snapshot(ref)).context == Counter(0)


async def test_replace_context_does_not_release_the_stash(system: ActorSystem) -> None:
    behavior = (
        define_behavior("stashing")
        .with_context(0)
        .on(Tick, lambda tick, actor: MessagePlan(stash=True))
        .mode("open")
        .on(Tick, lambda tick, actor: actor.context + 1)
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Tick())
    await asyncio.sleep(1)
    await system.replace_context(ref, lambda old: 5)
    await asyncio.sleep(1)
    assert await context_of(system, ref) == 5


async def test_observers_see_a_replaced_context(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    seen: list[int] = []
    system.kernel.observe(ref, lambda snapshot: seen.append(snapshot.context.count))
    await system.replace_context(ref, lambda old: Counter(9))
    await asyncio.sleep(1)
    assert seen[-1] == 9


async def test_an_order_to_one_that_ends_before_it_says_so(system: ActorSystem) -> None:
    ref = await system.spawn(waiting())
    ref.tell(Wait(3))
    await asyncio.sleep(1)
    order = asyncio.create_task(system.replace_context(ref, lambda old: old))
    await asyncio.sleep(1)
    await system.stop(ref, reason=Shutdown("enough"))
    with pytest.raises(ActorStopped) as error:
        await order
    assert error.value.reason == Shutdown("enough")
    with pytest.raises(ActorStopped):
        await system.suspend(ref)


async def test_orders_are_obeyed_in_order_when_the_handler_has_ended(system: ActorSystem) -> None:
    ref = await system.spawn(waiting())
    ref.tell(Wait(3))
    await asyncio.sleep(1)
    await asyncio.gather(
        system.suspend(ref), system.replace_context(ref, lambda old: old * 100), system.resume(ref), system.replace_context(ref, lambda old: old + 1)
    )
    assert await context_of(system, ref) == 101


async def test_a_suspended_crash_is_still_to_come(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", counter)]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    await system.suspend(ref)
    ref.tell(Increment(4))
    ref.tell(Fail())
    await asyncio.sleep(1)
    await system.resume(ref)
    assert await ref.ask(Count()) == 0
