"""The idle timeout: armed at the start and after each turn but its own; once for each silence."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import ActorContext, ActorSystem, After, BadDefinition, Behavior, DeadLetter, MessagePlan, Request, child, define_behavior, message, supervisor


@message
class Silent: ...


@message
class Work:
    seconds: float = 0.0


@message
class Times(Request[tuple[float, ...]]): ...


@message
class Fail: ...


def listener() -> Behavior[object, tuple[float, ...]]:
    async def work(message: Work, actor: ActorContext[tuple[float, ...]]) -> None:
        await asyncio.sleep(message.seconds)

    def fail(message: Fail, actor: ActorContext[tuple[float, ...]]) -> None:
        raise ValueError

    return (
        define_behavior("listener")
        .with_context(())
        .with_idle_timeout(10.0, Silent())
        .on(Silent, lambda _, actor: (*actor.context, actor.now()))
        .on(Work, work)
        .on(Fail, fail)
        .on(Times, lambda _, actor: MessagePlan(reply=actor.context))
        .build()
    )


async def test_it_fires_once_for_each_silence(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == (10.0,)
    ref.tell(Work())
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == (10.0, 110.0)


async def test_each_turn_begins_the_silence_anew(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    for _ in range(5):
        await asyncio.sleep(9)
        ref.tell(Work())
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == (55.0,)


async def test_an_ask_and_an_unhandled_message_break_the_silence_too(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    await asyncio.sleep(9)
    assert await ref.ask(Times()) == ()
    await asyncio.sleep(9)
    ref.tell("nobody takes this")
    await asyncio.sleep(9)
    assert (await system.snapshot(ref)).context == ()
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == (28.0,)


async def test_a_handler_that_waits_is_no_silence(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    ref.tell(Work(30.0))
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == (40.0,)


async def test_commands_do_not_count(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    await asyncio.sleep(9)
    await system.snapshot(ref)
    await system.suspend(ref)
    await system.resume(ref)
    await asyncio.sleep(2)
    assert (await system.snapshot(ref)).context == (10.0,)


async def test_a_message_that_waited_while_it_expired_breaks_the_silence(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    await system.suspend(ref)
    ref.tell(Work())
    await asyncio.sleep(15)
    await system.resume(ref)
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == ()
    await asyncio.sleep(10)
    assert (await system.snapshot(ref)).context == (25.0,)


async def test_one_that_expires_while_suspended_fires_once_after(system: ActorSystem) -> None:
    ref = await system.spawn(listener())
    await system.suspend(ref)
    await asyncio.sleep(50)
    await system.resume(ref)
    await asyncio.sleep(5)
    assert (await system.snapshot(ref)).context == (50.0,)


async def test_a_restart_begins_a_silence_and_ends_the_old_one(system: ActorSystem) -> None:
    await system.spawn(supervisor("root", children=[child("a", listener(), name="a")]))
    ref = system.lookup("a")
    assert ref is not None
    await asyncio.sleep(9)
    ref.tell(Fail())
    await asyncio.sleep(9)
    assert (await system.snapshot(ref)).context == ()
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == (19.0,)


async def test_its_own_timers_break_it(system: ActorSystem) -> None:
    behavior = (
        define_behavior("ticking")
        .with_context(())
        .with_idle_timeout(10.0, Silent())
        .on_start(lambda actor: MessagePlan(schedule=[After(8.0, Work())]))
        .on(Silent, lambda _, actor: (*actor.context, actor.now()))
        .on(Work, lambda _, actor: None)
        .build()
    )
    ref = await system.spawn(behavior)
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == (18.0,)


@pytest.mark.parametrize("seconds", [0, -1, True, "1"])
def test_a_silence_lasts_some_time(seconds: float) -> None:
    with pytest.raises(BadDefinition, match="AW-201 behavior 'b': with_idle_timeout"):
        define_behavior("b").with_idle_timeout(seconds, Silent())


async def test_a_silence_of_an_actor_that_has_ended_is_no_dead_letter(system: ActorSystem) -> None:
    letters: list[object] = []
    system.reports.subscribe(letters.append, DeadLetter)
    ref = await system.spawn(listener())
    await system.suspend(ref)
    await asyncio.sleep(20)
    await system.stop(ref)
    assert letters == []
