"""What OTP's `gen_server` promises: init, call, cast, info, continue, terminate."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorCrashed,
    ActorStopped,
    ActorSystem,
    AskCycle,
    AskTimeout,
    BadPlan,
    Crash,
    DeadLetter,
    Down,
    Ignore,
    Killed,
    LateReply,
    MessagePlan,
    NameTaken,
    NoProc,
    NoReply,
    Normal,
    Shutdown,
    StartFailed,
    Tell,
    Unhandled,
    UnhandledRequest,
    define_behavior,
)
from actorweb.testing import Probe
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, worker, working


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
    # facts: name never left registered; OTP: the name is unregistered before the starter hears of the failure
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


# --- call ------------------------------------------------------------------------------------------------------------


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
    # OTP 24: process aliases drop late replies; facts: "late reply dropped"
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
    # facts: Pykka ends the actor after a tell that raised and not after an ask; here both are a crash
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
    # OTP gen_server:send_request/2; facts: in Thespian an ask returns the next message that arrives
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
    # facts: OTP 25 leaks a second reply as a stray message: do better
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
    # facts: if the holder dies unanswered the asker gets the reason
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
    # facts: a mutual ask cycle hangs until its timeout elsewhere; DESIGN 4
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


# --- cast and info ---------------------------------------------------------------------------------------------------


async def test_a_cast_to_what_has_ended_is_no_error_but_a_dead_letter(system: ActorSystem) -> None:
    # OTP gen_server:cast/2 returns ok whether or not the server exists; facts: zero silent loss
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
    # OTP: bad_return_value; facts, observed G06: nothing is applied
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    probe.watch(ref)
    ref.tell(Note("kept"))
    ref.tell(Do(lambda actor: probe.ref.tell("never sent") or junk))
    down = await probe.receive(Down)
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, BadPlan)


async def test_a_handler_that_raises_has_sent_nothing_and_changed_nothing(system: ActorSystem) -> None:
    # facts Q1: any fault before the commit is no effect at all
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
    # facts, observed on OTP: the reply is released first
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
    # facts: start() does not wait for it
    ref = await system.spawn(working("a").on_start(lambda actor: MessagePlan(next=[Do(lambda actor: asyncio.sleep(50))])).build())
    assert now() == 0.0
    assert await ref.ask(Notes(), timeout=100) == ()
    assert now() == 50.0
