"""What OTP's `gen_server` promises of its end: stop, terminate, and how others hear of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import ActorStopped, ActorSystem, Crash, DeadLetter, Down, Killed, MessagePlan, NoProc, Normal, Shutdown, Tell
from actorweb.testing import Probe
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, worker, working


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_stop_and_reply_replies(system: ActorSystem) -> None:
    # OTP gen_server:handle_call/3: {stop, Reason, Reply, State}
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    probe.watch(ref)
    assert await ref.ask(Answer(lambda actor: MessagePlan(reply="bye", stop=True))) == "bye"
    assert await probe.receive(Down) == Down(ref, Normal())


async def test_stop_without_a_reply_ends_the_call_with_the_reason(system: ActorSystem) -> None:
    # OTP gen_server:handle_call/3: {stop, Reason, State}
    ref = await system.spawn(worker("a"))
    with pytest.raises(ActorStopped) as caught:
        await ref.ask(Answer(lambda actor: MessagePlan(stop=Shutdown("done"))))
    assert caught.value.reason == Shutdown("done")


@pytest.mark.parametrize("reason", [Normal(), Shutdown(), Shutdown(3), Crash(Told("x"))], ids=repr)
async def test_terminate_is_called_once_with_the_reason_and_the_last_context(system: ActorSystem, reason: Any) -> None:
    # OTP gen_server:terminate/2
    seen: list[object] = []
    ref = await system.spawn(working("a").on_stop(lambda actor: seen.append((actor.reason, actor.context))).build())
    ref.tell(Do(lambda actor: MessagePlan(context=("last",), stop=reason)))
    await asyncio.sleep(1)
    assert seen == [(reason, ("last",))]


async def test_terminate_is_called_after_a_crash_with_the_context_from_before(system: ActorSystem) -> None:
    # OTP gen_server:terminate/2 is called when a callback fails
    seen: list[object] = []
    ref = await system.spawn(working("a").on_stop(lambda actor: seen.append((type(actor.reason), actor.context))).build())
    ref.tell(Note("committed"))
    ref.tell(Crashing())
    await asyncio.sleep(1)
    assert seen == [(Crash, ("committed",))]


async def test_terminate_is_not_called_for_a_kill(system: ActorSystem) -> None:
    # OTP: exit(Pid, kill) cannot be trapped
    log: list[object] = []
    ref = await system.spawn(worker("a", log))
    await system.stop(ref, reason=Killed())
    assert log == [("start", "a")]


async def test_terminate_is_called_although_nothing_traps_exits(system: ActorSystem) -> None:
    # default in actorweb: on_stop always runs except on Killed (OTP: only if trapping); the difference is documented
    log: list[object] = []
    ref = await system.spawn(worker("a", log))
    await system.stop(ref, reason=Shutdown())
    assert log == [("start", "a"), ("stop", "a")]


async def test_a_terminate_that_raises_makes_its_error_the_reason(system: ActorSystem) -> None:
    # OTP gen_server: the process exits with the error of terminate
    probe = Probe(system)
    ref = await system.spawn(working("a").on_stop(lambda actor: 1 / 0 and None).build())
    probe.watch(ref)
    await system.stop(ref)
    reason = (await probe.receive(Down)).reason
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, ZeroDivisionError)


async def test_stop_returns_when_the_server_has_terminated(system: ActorSystem) -> None:
    # OTP gen_server:stop/1: waits for it to terminate
    async def slow(actor: Any) -> None:
        await asyncio.sleep(3)

    ref = await system.spawn(working("a").on_stop(slow).build(), name="a")
    await system.stop(ref)
    assert now() == 3.0
    assert system.lookup("a") is None


async def test_stop_of_what_has_ended_says_so(system: ActorSystem) -> None:
    # OTP gen_server:stop/1 exits with noproc
    ref = await system.spawn(worker("a"))
    await system.stop(ref)
    with pytest.raises(ActorStopped) as caught:
        await system.stop(ref)
    assert caught.value.reason == NoProc()


async def test_stop_overtakes_waiting_messages_which_become_dead_letters_in_order(system: ActorSystem) -> None:
    # SEMANTICS 2
    ref = await system.spawn(worker("a"))
    ref.tell(Do(lambda actor: asyncio.sleep(60)))
    await asyncio.sleep(1)
    async with system.reports(DeadLetter) as letters:
        ref.tell(Note("one"))
        ref.tell(Note("two"))
        await system.stop(ref)
        assert [(await anext(letters)).message for _ in range(2)] == [Note("one"), Note("two")]


async def test_stop_cancels_a_handler_that_awaits(system: ActorSystem) -> None:
    # SEMANTICS 25: stop cancels it
    cancelled: list[str] = []

    async def wait(actor: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append("cancelled")
            raise

    ref = await system.spawn(worker("a"))
    ref.tell(Do(wait))
    await asyncio.sleep(1)
    await system.stop(ref)
    assert cancelled == ["cancelled"]
    assert now() == 1.0


async def test_what_terminate_sends_arrives_before_the_down(system: ActorSystem) -> None:
    # OTP: signals from one process to another keep their order, the DOWN included
    probe = Probe(system)
    ref = await system.spawn(working("a").on_stop(lambda actor: probe.ref.tell("last words")).build())
    probe.watch(ref)
    ref.tell(Do(lambda actor: MessagePlan(tell=[Tell(probe.ref, "words")], stop=True)))
    await asyncio.sleep(1)
    assert probe.messages == ["words", "last words", Down(ref, Normal())]


async def test_an_actor_that_was_not_supervised_is_not_restarted(system: ActorSystem) -> None:
    # DESIGN 4: an actor outside a supervisor is temporary; OTP: nobody restarts an unsupervised process
    log: list[object] = []
    ref = await system.spawn(worker("a", log))
    ref.tell(Crashing())
    await asyncio.sleep(10)
    assert log == [("start", "a"), ("stop", "a")]
    with pytest.raises(ActorStopped):
        await ref.ask(Notes())


async def test_messages_of_one_sender_are_handled_in_order_until_it_stops(system: ActorSystem) -> None:
    # OTP: a message sent before the exit signal is handled before it
    log: list[str] = []
    ref = await system.spawn(worker("a"))
    for text in ("one", "two"):
        ref.tell(Do(lambda actor, text=text: log.append(text)))
    ref.tell(Do(lambda actor: MessagePlan(stop=True)))
    ref.tell(Do(lambda actor: log.append("after its end")))
    await asyncio.sleep(1)
    assert log == ["one", "two"]
