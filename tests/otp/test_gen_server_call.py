"""What OTP's `gen_server` promises: calls and their replies."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from actorweb import (
    ActorCrashed,
    ActorStopped,
    ActorSystem,
    AskCycle,
    AskTimeout,
    Crash,
    Down,
    Killed,
    LateReply,
    MessagePlan,
    NoProc,
    NoReply,
    Normal,
    Shutdown,
    Tell,
    UnhandledRequest,
    define_behavior,
)
from actorweb.testing import Probe
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, worker


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_call_gives_the_reply(system: ActorSystem) -> None:
    # OTP gen_server:call/2
    ref = await system.spawn(worker("a"))
    assert await ref.ask(Answer(lambda actor: MessagePlan(reply="yes"))) == "yes"


async def test_a_call_waits_five_seconds_unless_it_says_otherwise(system: ActorSystem) -> None:
    # OTP gen_server:call/2: 5000 ms
    ref = await system.spawn(worker("a"))
    with pytest.raises(AskTimeout) as caught:
        await ref.ask(Answer(lambda actor: asyncio.sleep(100)))
    assert now() == 5.0
    assert (caught.value.target, caught.value.timeout) == (ref, 5.0)


async def test_a_server_goes_on_when_its_caller_has_given_up(system: ActorSystem) -> None:
    # OTP gen_server:call/3: a timeout is the caller's, not the server's
    async def slow(actor: Any) -> MessagePlan[Any, Any]:
        await asyncio.sleep(10)
        return MessagePlan(context=("done",), reply="late")

    ref = await system.spawn(worker("a"))
    with pytest.raises(AskTimeout):
        await ref.ask(Answer(slow), timeout=1)
    assert await ref.ask(Notes(), timeout=60) == ("done",)


async def test_a_late_reply_is_reported_and_never_delivered(system: ActorSystem) -> None:
    # OTP 24: process aliases drop late replies; "late reply dropped"
    async def slow(actor: Any) -> MessagePlan[Any, Any]:
        await asyncio.sleep(10)
        return MessagePlan(reply="late")

    ref = await system.spawn(worker("a"))
    async with system.reports(LateReply) as late:
        with pytest.raises(AskTimeout):
            await ref.ask(Answer(slow), timeout=1)
        assert await ref.ask(Notes(), timeout=60) == ()
        assert await anext(late) == LateReply(ref, "late")


async def test_a_call_to_what_has_ended_fails_at_once(system: ActorSystem) -> None:
    # OTP gen_server:call/2 exits with noproc
    ref = await system.spawn(worker("a"))
    await system.stop(ref)
    before = now()
    with pytest.raises(ActorStopped) as caught:
        await ref.ask(Notes())
    assert caught.value.reason == NoProc()
    assert now() == before


@pytest.mark.parametrize("reason", [Normal(), Shutdown(), Killed(), Crash(Told("x"))], ids=lambda reason: type(reason).__name__)
async def test_a_call_that_waits_fails_at_once_with_the_reason_of_its_server(system: ActorSystem, reason: Any) -> None:
    # OTP gen_server:call/2: call is a monitor and a send
    ref = await system.spawn(worker("a"))
    ref.tell(Do(lambda actor: asyncio.sleep(60)))
    asking = asyncio.ensure_future(ref.ask(Notes(), timeout=100))
    await asyncio.sleep(1)
    await system.stop(ref, reason=reason)
    with pytest.raises(ActorStopped) as caught:
        await asking
    assert caught.value.reason == reason
    assert now() == 1.0


async def test_a_call_whose_handler_raises_fails_at_once_with_the_cause(system: ActorSystem) -> None:
    # OTP gen_server:call/2 exits with the server's reason; SEMANTICS 13
    ref = await system.spawn(worker("a"))
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Answer(lambda actor: 1 / 0))
    assert isinstance(caught.value.error, ZeroDivisionError)
    assert caught.value.__cause__ is caught.value.error


async def test_a_crash_is_the_same_for_a_call_and_for_a_cast(system: ActorSystem) -> None:
    # Pykka ends the actor after a tell that raised and not after an ask; here both are a crash
    probe = Probe(system)
    told, asked = await system.spawn(worker("told")), await system.spawn(worker("asked"))
    for ref in (told, asked):
        probe.watch(ref)
    told.tell(Crashing("one"))
    assert isinstance((await probe.receive(Down)).reason, Crash)
    with pytest.raises(ActorCrashed):
        await asked.ask(Answer(lambda actor: 1 / 0))
    assert isinstance((await probe.receive(Down)).reason, Crash)


async def test_each_of_many_calls_gets_its_own_reply(system: ActorSystem) -> None:
    # OTP gen_server:send_request/2; in Thespian an ask returns the next message that arrives
    async def echo(actor: Any) -> Any:
        await asyncio.sleep(actor.random.random())
        return None

    def answer(number: int) -> Answer:
        return Answer(lambda actor: MessagePlan(reply=number))

    refs = [await system.spawn(worker(name)) for name in "abc"]
    for ref in refs:
        ref.tell(Do(echo))
    asked = [ref.ask(answer(number)) for number in range(5) for ref in refs]
    assert await asyncio.gather(*asked) == [number for number in range(5) for _ in refs]


async def test_calls_and_casts_of_one_sender_are_handled_in_the_order_sent(system: ActorSystem) -> None:
    # OTP: signals between two processes keep their order
    ref = await system.spawn(worker("a"))

    async def client(actor: Any) -> None:
        ref.tell(Note("one"))
        assert await ref.ask(Notes()) == ("one",)
        ref.tell(Note("two"))

    asking = await system.spawn(worker("client"))
    asking.tell(Do(client))
    await asyncio.sleep(1)
    assert await ref.ask(Notes()) == ("one", "two")


async def test_a_reply_may_come_later_and_from_anyone(system: ActorSystem) -> None:
    # OTP gen_server: {noreply, State} and gen_server:reply/2
    kept: list[Any] = []
    ref, other = await system.spawn(worker("a")), await system.spawn(worker("other"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: kept.append(actor.reply_to) or MessagePlan(defer=True))))
    await asyncio.sleep(1)
    assert await ref.ask(Notes()) == ()
    other.tell(Do(lambda actor: MessagePlan(tell=[Tell(kept[0], "from another")])))
    assert await asking == "from another"


async def test_a_second_reply_is_reported_and_never_delivered(system: ActorSystem) -> None:
    # OTP 25 leaks a second reply as a stray message: do better
    kept: list[Any] = []
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: kept.append(actor.reply_to) or MessagePlan(defer=True))))
    await asyncio.sleep(1)
    async with system.reports(LateReply) as late:
        kept[0].tell("first")
        kept[0].tell("second")
        assert await asking == "first"
        assert (await anext(late)).reply == "second"


async def test_a_caller_hears_why_when_the_holder_of_its_reply_ends(system: ActorSystem) -> None:
    # if the holder dies unanswered the asker gets the reason
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: MessagePlan(defer=True))))
    await asyncio.sleep(1)
    ref.tell(Crashing("later"))
    with pytest.raises(ActorStopped) as caught:
        await asking
    assert isinstance(caught.value.reason, Crash)
    assert now() == 1.0


async def test_a_call_that_is_neither_answered_nor_deferred_fails_at_once(system: ActorSystem) -> None:
    # SEMANTICS 16 (OTP: the caller waits for its timeout)
    ref = await system.spawn(worker("a"))
    with pytest.raises(NoReply):
        await ref.ask(Answer(lambda actor: None))
    assert now() == 0.0


async def test_a_call_that_no_handler_takes_fails_at_once_and_harms_nobody(system: ActorSystem) -> None:
    # SEMANTICS 16 (OTP: function_clause ends the server)
    ref = await system.spawn(define_behavior("deaf").with_context(()).on(Note, lambda note, actor: (note.text,)).build())
    with pytest.raises(UnhandledRequest):
        await ref.ask(Notes())  # type: ignore[arg-type]
    ref.tell(Note("still here"))
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == ("still here",)


async def test_a_server_that_calls_itself_fails_at_once(system: ActorSystem) -> None:
    # OTP gen_server:call/2 exits with calling_self
    failures: list[object] = []

    async def call_self(actor: Any) -> None:
        try:
            await actor.self.ask(Notes())
        except AskCycle as error:
            failures.append(error.path)

    ref = await system.spawn(worker("a"), name="a")
    ref.tell(Do(call_self))
    await asyncio.sleep(1)
    assert failures == [("/a", "/a")]


async def test_servers_that_call_each_other_in_a_circle_fail_at_once(system: ActorSystem) -> None:
    # a mutual ask cycle hangs until its timeout elsewhere; DESIGN 4
    refs: list[Any] = [await system.spawn(worker(name), name=name) for name in "abc"]

    def ask_next(index: int) -> Answer:
        async def handler(actor: Any) -> MessagePlan[Any, Any]:
            return MessagePlan(reply=await refs[index % 3].ask(ask_next(index + 1)))

        return Answer(handler)

    with pytest.raises(ActorCrashed) as caught:
        await refs[0].ask(ask_next(1))
    error: Any = caught.value
    while isinstance(error, ActorCrashed):
        error = error.error
    assert isinstance(error, AskCycle)
    assert now() == 0.0


async def test_a_deferred_reply_does_not_wait_until_its_server_is_free(system: ActorSystem) -> None:
    # OTP gen_server:reply/2 sends to the caller, whatever the server does meanwhile
    kept: list[Any] = []
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: kept.append(actor.reply_to) or MessagePlan(defer=True))))
    await asyncio.sleep(1)
    ref.tell(Do(lambda actor: asyncio.sleep(60)))
    await asyncio.sleep(1)
    kept[0].tell("at once")
    assert await asking == "at once"
    assert now() == 2.0


async def test_a_reply_after_its_server_has_ended_is_reported(system: ActorSystem) -> None:
    # DESIGN 4: late and second replies are reported, never delivered
    kept: list[Any] = []
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: kept.append(actor.reply_to) or MessagePlan(defer=True))))
    await asyncio.sleep(1)
    await system.stop(ref)
    with pytest.raises(ActorStopped):
        await asking
    async with system.reports(LateReply) as late:
        kept[0].tell("too late")
        await asyncio.sleep(1)
        assert await asyncio.wait_for(anext(late), 1) == LateReply(ref, "too late")


async def test_a_reply_address_may_be_written_down_and_used_later(system: ActorSystem) -> None:
    # OTP gen_server:from() is a term; it may be kept in a state or a table
    kept: list[bytes] = []
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: kept.append(pickle.dumps(actor.reply_to)) or MessagePlan(defer=True))))
    await asyncio.sleep(1)
    pickle.loads(kept[0]).tell("from a copy")
    assert await asking == "from a copy"
