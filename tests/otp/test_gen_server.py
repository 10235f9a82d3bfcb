"""What OTP's `gen_server` promises: init, cast, info and continue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorStopped,
    ActorSystem,
    BadPlan,
    Crash,
    DeadLetter,
    Down,
    Ignore,
    MessagePlan,
    NameTaken,
    StartFailed,
    Unhandled,
)
from actorweb.testing import Probe
from tests.otp.worker import Answer, Do, Note, Notes, worker, working


def now() -> float:
    return asyncio.get_running_loop().time()


# --- init ------------------------------------------------------------------------------------------------------------


async def test_a_start_returns_after_init(system: ActorSystem) -> None:
    # OTP gen_server:start_link/3: synchronous, returns after Module:init/1
    async def start(actor: Any) -> tuple[str, ...]:
        await asyncio.sleep(3)
        return ("ready",)

    ref = await system.spawn(working("a").on_start(start).build())
    assert (await system.snapshot(ref)).context == ("ready",)
    assert now() == 3.0


async def test_an_init_that_raises_fails_the_start_with_its_cause(system: ActorSystem) -> None:
    # OTP gen_server:init/1: {stop, Reason} or an exception
    with pytest.raises(StartFailed) as caught:
        await system.spawn(working("a").on_start(lambda actor: 1 / 0 and None).build())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_no_name_is_left_after_an_init_that_failed(system: ActorSystem) -> None:
    # name never left registered; OTP: the name is unregistered before the starter hears of the failure
    with pytest.raises(StartFailed):
        await system.spawn(working("a").on_start(lambda actor: 1 / 0 and None).build(), name="a")
    assert system.lookup("a") is None
    assert await (await system.spawn(worker("a"), name="a")).ask(Notes()) == ()


async def test_an_init_may_ignore_and_leaves_nothing(system: ActorSystem) -> None:
    # OTP gen_server:init/1: ignore
    log: list[object] = []
    ref = await system.spawn(working("a", log).on_start(lambda actor: Ignore()).build(), name="a")
    assert system.lookup("a") is None
    assert log == []
    with pytest.raises(ActorStopped):
        await ref.ask(Notes())


async def test_an_init_that_takes_longer_than_its_timeout_fails_the_start_and_is_ended(system: ActorSystem) -> None:
    # OTP gen_server:start/3, {timeout, Time}: the process is terminated
    ended: list[float] = []

    async def start(actor: Any) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(now())

    with pytest.raises(StartFailed):
        await system.spawn(working("a").on_start(start).build(), name="a", timeout=2)
    assert ended == [2.0]
    assert system.lookup("a") is None


async def test_a_name_is_registered_before_init_runs(system: ActorSystem) -> None:
    # OTP gen_server: the name is registered before Module:init/1 is called
    found: list[object] = []
    ref = await system.spawn(working("a").on_start(lambda actor: found.append(actor.system.lookup("a"))).build(), name="a")
    assert found == [ref]


async def test_a_second_start_under_a_name_is_refused_and_names_the_holder(system: ActorSystem) -> None:
    # OTP gen_server:start/3: {error, {already_started, Pid}}
    ref = await system.spawn(worker("a"), name="a")
    with pytest.raises(NameTaken) as caught:
        await system.spawn(worker("a"), name="a")
    assert caught.value.ref is ref


async def test_messages_that_come_during_init_wait_in_order(system: ActorSystem) -> None:
    # OTP: a process has its mailbox from the start
    async def start(actor: Any) -> None:
        await asyncio.sleep(3)

    spawning = asyncio.ensure_future(system.spawn(working("a").on_start(start).build(), name="a"))
    await asyncio.sleep(1)
    ref: Any = system.lookup("a")
    ref.tell(Note("one"))
    ref.tell(Note("two"))
    assert await ref.ask(Notes()) == ("one", "two")
    assert await spawning is ref


# --- cast and info ---------------------------------------------------------------------------------------------------


async def test_a_cast_to_what_has_ended_is_no_error_but_a_dead_letter(system: ActorSystem) -> None:
    # OTP gen_server:cast/2 returns ok whether or not the server exists; zero silent loss
    ref = await system.spawn(worker("a"))
    await system.stop(ref)
    async with system.reports(DeadLetter) as letters:
        ref.tell(Note("to nobody"))
        assert await anext(letters) == DeadLetter(ref, Note("to nobody"), "stopped")


async def test_a_message_that_no_handler_takes_is_reported_and_no_crash(system: ActorSystem) -> None:
    # OTP gen_server:handle_info/2 default: logged
    ref = await system.spawn(worker("a"))
    async with system.reports(Unhandled) as unhandled:
        ref.tell("what is this?")
        assert await anext(unhandled) == Unhandled(ref, "what is this?")
    assert await ref.ask(Notes()) == ()


async def test_one_message_is_handled_at_a_time(system: ActorSystem) -> None:
    # OTP: a process runs one callback at a time
    inside: list[int] = []
    most: list[int] = []

    async def slow(actor: Any) -> None:
        inside.append(1)
        most.append(len(inside))
        await asyncio.sleep(1)
        inside.pop()

    ref = await system.spawn(worker("a"))
    for _ in range(3):
        ref.tell(Do(slow))
    await asyncio.sleep(10)
    assert most == [1, 1, 1]


@pytest.mark.parametrize("junk", [5, "text", object(), [1]], ids=lambda junk: type(junk).__name__)
async def test_a_bad_return_value_ends_the_server_and_changes_nothing(system: ActorSystem, junk: object) -> None:
    # OTP: bad_return_value; observed on OTP 25: nothing is applied
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    probe.watch(ref)
    ref.tell(Note("kept"))
    ref.tell(Do(lambda actor: probe.ref.tell("never sent") or junk))
    down = await probe.receive(Down)
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, BadPlan)


async def test_a_handler_that_raises_has_sent_nothing_and_changed_nothing(system: ActorSystem) -> None:
    # any fault before the commit is no effect at all
    contexts: list[object] = []
    probe = Probe(system)
    behavior = working("a").on_stop(lambda actor: contexts.append(actor.context)).build()
    ref = await system.spawn(behavior)
    ref.tell(Note("kept"))
    ref.tell(Do(lambda actor: probe.ref.tell("never sent") or 1 / 0))
    await asyncio.sleep(1)
    assert contexts == [("kept",)]
    assert probe.messages == []


# --- continue --------------------------------------------------------------------------------------------------------


async def test_continue_runs_before_any_message_that_waits(system: ActorSystem) -> None:
    # OTP gen_server: {continue, Continue} is invoked before any message in the queue
    ref = await system.spawn(worker("a"))
    ref.tell(Do(lambda actor: MessagePlan(next=[Note("first"), Note("second")])))
    ref.tell(Note("waiting"))
    assert await ref.ask(Notes()) == ("first", "second", "waiting")


async def test_continue_of_init_runs_before_messages_that_came_during_init(system: ActorSystem) -> None:
    # OTP gen_server:init/1: {ok, State, {continue, Continue}}; safe against messages that arrive first
    async def start(actor: Any) -> MessagePlan[Any]:
        await asyncio.sleep(1)
        return MessagePlan(next=[Note("continued")])

    spawning = asyncio.ensure_future(system.spawn(working("a").on_start(start).build(), name="a"))
    await asyncio.sleep(0.5)
    ref: Any = system.lookup("a")
    ref.tell(Note("during init"))
    await spawning
    assert await ref.ask(Notes()) == ("continued", "during init")


async def test_a_continue_of_a_continue_comes_before_the_rest(system: ActorSystem) -> None:
    # SEMANTICS 22
    ref = await system.spawn(worker("a"))
    again = Do(lambda actor: MessagePlan(context=(*actor.context, "again"), next=[Note("inner")]))
    ref.tell(Do(lambda actor: MessagePlan(next=[again, Note("outer")])))
    assert await ref.ask(Notes()) == ("again", "inner", "outer")


async def test_a_reply_is_released_before_continue_runs(system: ActorSystem) -> None:
    # observed on OTP 25: the reply is released first
    order: list[str] = []

    async def later(actor: Any) -> None:
        await asyncio.sleep(1)
        order.append("continued")

    ref = await system.spawn(worker("a"))
    await ref.ask(Answer(lambda actor: MessagePlan(reply=1, next=[Do(later)])))
    order.append("replied")
    await asyncio.sleep(2)
    assert order == ["replied", "continued"]


async def test_a_start_does_not_wait_for_continue(system: ActorSystem) -> None:
    # start() does not wait for it
    ref = await system.spawn(working("a").on_start(lambda actor: MessagePlan(next=[Do(lambda actor: asyncio.sleep(50))])).build())
    assert now() == 0.0
    assert await ref.ask(Notes(), timeout=100) == ()
    assert now() == 50.0
