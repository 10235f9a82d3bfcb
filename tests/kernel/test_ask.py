"""Every ask ends exactly once, and says how."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import (
    ActorContext,
    ActorCrashed,
    ActorRef,
    ActorStopped,
    ActorSystem,
    Ask,
    AskCycle,
    AskError,
    AskInSyncHandler,
    AskTimeout,
    BadPlan,
    Crashed,
    Killed,
    LateReply,
    MessagePlan,
    NoProc,
    NoReply,
    Normal,
    ReplyTo,
    Request,
    Shutdown,
    Tell,
    UnhandledRequest,
    child,
    define_behavior,
    message,
    supervisor,
)
from tests.kernel.counter import Boom, Count, Fail, Increment, counter


@message
class Question(Request[str]):
    text: str = ""


@message
class Answered:
    value: object


async def test_an_ask_gives_the_reply(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    ref.tell(Increment(4))
    assert await ref.ask(Count()) == 4


async def test_replies_come_from_async_handlers_too(system: ActorSystem) -> None:
    async def answer(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        await asyncio.sleep(1)
        return MessagePlan(reply=question.text.upper())

    ref = await system.spawn(define_behavior("slow").on(Question, answer).build())
    assert await asyncio.gather(*(ref.ask(Question(text)) for text in "abc")) == ["A", "B", "C"]


async def test_a_late_answer_times_out_and_names_target_request_and_timeout(system: ActorSystem) -> None:
    async def answer(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        await asyncio.sleep(10)
        return MessagePlan(reply="late")

    ref = await system.spawn(define_behavior("slow").on(Question, answer).build(), name="slow")
    async with system.reports(LateReply) as late:
        with pytest.raises(AskTimeout, match=r"/slow> did not answer .*Question.* within 2 s") as caught:
            await ref.ask(Question("?"), timeout=2)
        assert (caught.value.target, caught.value.request, caught.value.timeout) == (ref, Question("?"), 2)
        assert (await anext(late)).reply == "late"


async def test_the_default_timeout_is_five_seconds(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("deaf").on(Question, lambda m, a: MessagePlan(defer=True)).build())
    before = system.kernel.world.now()
    with pytest.raises(AskTimeout):
        await ref.ask(Question())
    assert system.kernel.world.now() - before == 5


async def test_asking_what_has_ended_fails_at_once_with_no_proc(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.stop(ref)
    before = system.kernel.world.now()
    with pytest.raises(ActorStopped) as caught:
        await ref.ask(Count())
    assert caught.value.reason == NoProc()
    assert system.kernel.world.now() == before


@pytest.mark.parametrize("reason", [Normal(), Shutdown("bye"), Killed()], ids=repr)
async def test_a_target_that_ends_before_it_serves_the_ask_tells_the_asker_its_reason(system: ActorSystem, reason: Normal | Shutdown | Killed) -> None:
    async def busy(increment: Increment, actor: ActorContext[None]) -> None:
        await asyncio.sleep(60)

    ref = await system.spawn(define_behavior("busy").on(Increment, busy).on(Question, lambda m, a: MessagePlan(reply="")).build())
    ref.tell(Increment())
    asked = asyncio.create_task(ref.ask(Question()))
    await asyncio.sleep(1)
    await system.stop(ref, reason=reason)
    with pytest.raises(ActorStopped) as caught:
        await asked
    assert caught.value.reason == reason


async def test_an_ask_that_is_being_served_hears_of_a_stop(system: ActorSystem) -> None:
    async def answer(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        await asyncio.sleep(60)
        return MessagePlan(reply="never")

    ref = await system.spawn(define_behavior("slow").on(Question, answer).build())
    asked = asyncio.create_task(ref.ask(Question()))
    await asyncio.sleep(1)
    await system.stop(ref)
    with pytest.raises(ActorStopped) as caught:
        await asked
    assert caught.value.reason == Normal()


@pytest.mark.parametrize("mode", ["sync", "async", "bad plan"])
async def test_a_handler_that_raises_while_it_serves_is_actor_crashed_with_the_cause(system: ActorSystem, mode: str) -> None:
    def sync(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        raise Boom("sync")

    async def later(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        await asyncio.sleep(1)
        raise Boom("async")

    handler = {"sync": sync, "async": later, "bad plan": lambda m, a: "no plan"}[mode]
    ref = await system.spawn(define_behavior("raises").on(Question, handler).build())  # type: ignore[arg-type]
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Question())
    assert isinstance(caught.value.error, BadPlan if mode == "bad plan" else Boom)
    assert caught.value.__cause__ is caught.value.error


@pytest.mark.parametrize("mode", ["none", "plan", "async"])
async def test_a_handler_that_neither_replies_nor_defers_is_no_reply_at_once(system: ActorSystem, mode: str) -> None:
    async def later(question: Question, actor: ActorContext[int]) -> None:
        await asyncio.sleep(1)

    handler = {"none": lambda m, a: None, "plan": lambda m, a: MessagePlan(context=2), "async": later}[mode]
    ref = await system.spawn(define_behavior("mute").with_context(1).on(Question, handler).build())  # type: ignore[arg-type]
    with pytest.raises(NoReply, match=r"MessagePlan\(reply=…\)"):
        await ref.ask(Question())
    assert (await system.snapshot(ref)).context == (2 if mode == "plan" else 1)


async def test_a_request_that_no_handler_takes_is_unhandled_at_once_and_no_crash(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    with pytest.raises(UnhandledRequest, match="one of Count, Fail, Increment, Multiplying"):
        await ref.ask(Question())  # type: ignore[arg-type]
    assert await ref.ask(Count()) == 0


async def test_a_mapping_that_no_handler_takes_is_unhandled_too(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("strings").on("PING", lambda event, actor: MessagePlan(reply="pong")).build())
    assert await ref.ask({"type": "PING"}) == "pong"  # type: ignore[arg-type]
    with pytest.raises(UnhandledRequest, match="one of PING"):
        await ref.ask({"type": "PONG"})  # type: ignore[arg-type]


async def test_asking_oneself_closes_a_circle(system: ActorSystem) -> None:
    errors: list[BaseException] = []

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        try:
            await actor.self.ask(Question())
        except AskCycle as error:
            errors.append(error)

    ref = await system.spawn(define_behavior("self").on(Increment, handler).on(Question, lambda m, a: MessagePlan(reply="")).build(), name="me")
    ref.tell(Increment())
    await asyncio.sleep(0.1)
    (error,) = errors
    assert isinstance(error, AskCycle)
    assert error.path == ("/me", "/me")


async def test_a_circle_over_several_actors_fails_the_closing_ask_with_its_path(system: ActorSystem) -> None:
    refs: dict[str, ActorRef[Question]] = {}
    paths: list[tuple[str, ...]] = []

    def asks(other: str) -> object:
        async def handler(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
            try:
                return MessagePlan(reply=await refs[other].ask(Question(), timeout=60))
            except AskCycle as error:
                paths.append(error.path)
                return MessagePlan(reply="a circle")

        return handler

    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        refs[name] = await system.spawn(define_behavior(name).on(Question, asks(other)).build(), name=name)  # type: ignore[arg-type]
    assert await refs["a"].ask(Question()) == "a circle"
    assert paths == [("/c", "/a", "/b", "/c")]


async def test_an_ask_in_a_sync_handler_is_refused_and_names_the_cure(system: ActorSystem) -> None:
    other = await system.spawn(counter)

    def handler(increment: Increment, actor: ActorContext[None]) -> None:
        other.ask(Count())

    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(define_behavior("sync").on(Increment, handler).build())
        ref.tell(Increment())
        error = (await anext(crashes)).error
    assert isinstance(error, AskInSyncHandler)
    assert "MessagePlan(ask=" in str(error)


async def test_a_deferred_reply_outlives_the_turn_and_anyone_may_give_it_once(system: ActorSystem) -> None:
    kept: list[ReplyTo[object]] = []

    def keep(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        kept.append(actor.reply_to)
        return MessagePlan(defer=True)

    ref = await system.spawn(define_behavior("deferring").on(Question, keep).build())
    other = await system.spawn(define_behavior("answering").on(Increment, lambda m, a: MessagePlan(tell=[Tell(kept[0], "here")])).build())
    asked = asyncio.create_task(ref.ask(Question()))
    await asyncio.sleep(1)
    async with system.reports(LateReply) as late:
        other.tell(Increment())
        assert await asked == "here"
        kept[0].tell("again")
        assert (await anext(late)).reply == "again"


async def test_a_deferred_reply_fails_when_the_actor_that_was_asked_ends(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("deferring").on(Question, lambda m, a: MessagePlan(defer=True)).build())
    asked = asyncio.create_task(ref.ask(Question()))
    await asyncio.sleep(1)
    await system.stop(ref, reason=Shutdown("closing"))
    with pytest.raises(ActorStopped) as caught:
        await asked
    assert caught.value.reason == Shutdown("closing")


async def test_a_plan_that_stops_without_a_reply_ends_the_ask_with_its_reason(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("quits").on(Question, lambda m, a: MessagePlan(stop=Shutdown("enough"))).build())
    with pytest.raises(ActorStopped) as caught:
        await ref.ask(Question())
    assert caught.value.reason == Shutdown("enough")


async def test_a_plan_that_replies_and_stops_replies(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("quits").on(Question, lambda m, a: MessagePlan(reply="bye", stop=True)).build())
    assert await ref.ask(Question()) == "bye"


async def test_a_waiting_request_survives_the_restart_of_its_target(system: ActorSystem) -> None:
    tree = await system.spawn(supervisor("root", children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    ref.tell(Increment(9))
    ref.tell(Fail())
    assert await ref.ask(Count()) == 0  # type: ignore[arg-type]
    assert tree.path == "/root-1"


async def test_an_ask_as_data_comes_back_as_a_message(system: ActorSystem) -> None:
    target = await system.spawn(counter)
    seen: list[object] = []
    behavior = (
        define_behavior("asker")
        .on(Increment, lambda m, a: MessagePlan(ask=[Ask(target, Count(), on_reply=Answered, on_error=Answered)]))
        .on(Answered, lambda m, a: seen.append(m.value))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Increment())
    await asyncio.sleep(1)
    await system.stop(target)
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert seen[0] == 0
    assert isinstance(seen[1], ActorStopped)


async def test_an_ask_as_data_that_fails_without_on_error_crashes_the_asker_with_it(system: ActorSystem) -> None:
    target = await system.spawn(counter)
    await system.stop(target)
    behavior = define_behavior("asker").on(Increment, lambda m, a: MessagePlan(ask=[Ask(target, Count(), on_reply=Answered)])).build()
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(behavior)
        ref.tell(Increment())
        assert isinstance((await anext(crashes)).error, AskError)


async def test_on_reply_that_gives_nothing_is_reported(system: ActorSystem) -> None:
    from actorweb.kernel.reports import NothingMade

    target = await system.spawn(counter)
    behavior = define_behavior("asker").on(Increment, lambda m, a: MessagePlan(ask=[Ask(target, Count(), on_reply=lambda n: None)])).build()
    async with system.reports(NothingMade) as reports:
        ref = await system.spawn(behavior)
        ref.tell(Increment())
        assert (await anext(reports)).ref is ref


async def test_an_asker_that_is_cancelled_leaves_a_late_reply(system: ActorSystem) -> None:
    async def answer(question: Question, actor: ActorContext[None]) -> MessagePlan[None, str]:
        await asyncio.sleep(2)
        return MessagePlan(reply="late")

    ref = await system.spawn(define_behavior("slow").on(Question, answer).build())
    async with system.reports(LateReply) as late:
        asked = asyncio.create_task(ref.ask(Question()))
        await asyncio.sleep(1)
        asked.cancel()
        assert (await anext(late)).reply == "late"


async def test_reply_to_outside_an_ask_says_so(system: ActorSystem) -> None:
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(define_behavior("told").on(Increment, lambda m, a: a.reply_to and None).build())
        ref.tell(Increment())
        assert "the message it handles was told" in str((await anext(crashes)).error)


async def test_an_ask_from_outside_calls_back_once(system: ActorSystem) -> None:
    answers: list[object] = []
    ref = await system.spawn(counter)
    system.kernel.ask(ref, Count(), 1.0, lambda value, error: answers.append((value, error)))
    await asyncio.sleep(2)
    assert answers == [(0, None)]
