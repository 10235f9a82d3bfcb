"""Reports: filters, the logbook, turn traces, high water."""

from __future__ import annotations

import asyncio
import logging

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    Crashed,
    DeadLetter,
    HighWater,
    MessagePlan,
    Request,
    Started,
    Stopped,
    Tell,
    TracerFailed,
    TurnTrace,
    Unhandled,
    define_behavior,
    message,
)
from actorweb.kernel.logbook import log_reports
from actorweb.testing import SimulatedWorld
from tests.kernel.counter import Boom, Changed, Count, Counter, Fail, Increment, counter


@message
class Pass:
    ref: ActorRef[object]
    text: object


@message
class Double(Request[int]):
    number: int


async def test_a_subscriber_may_ask_for_some_kinds_only(system: ActorSystem) -> None:
    seen: list[object] = []
    end = system.reports.subscribe(seen.append, Started, Stopped)
    ref = await system.spawn(counter)
    ref.tell("unknown")  # type: ignore[arg-type]
    await asyncio.sleep(1)
    await system.stop(ref)
    assert [type(report) for report in seen] == [Started, Stopped]
    end()
    await system.spawn(counter)
    assert len(seen) == 2


async def test_the_logbook_has_one_logger_for_each_path(system: ActorSystem, caplog: pytest.LogCaptureFixture) -> None:
    end = log_reports(system.reports)
    with caplog.at_level(logging.DEBUG, logger="actorweb"):
        ref = await system.spawn(counter, name="my.counter")
        ref.tell("unknown")  # type: ignore[arg-type]
        ref.tell(Fail("loud"))
        await asyncio.sleep(1)
        ref.tell(Increment())
        await asyncio.sleep(1)
    end()
    lines = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert lines == [
        ("actorweb.my_counter", "INFO", "Started(ref=<ActorRef /my.counter>)"),
        ("actorweb.my_counter", "WARNING", "Unhandled(ref=<ActorRef /my.counter>, message='unknown')"),
        ("actorweb.my_counter", "ERROR", "/my.counter crashed on Fail(text='loud')"),
        ("actorweb.my_counter", "WARNING", "Stopped(ref=<ActorRef /my.counter>, reason=Crash(error=Boom('loud')))"),
        ("actorweb.my_counter", "WARNING", "DeadLetter(ref=<ActorRef /my.counter>, message=Increment(by=1), reason='stopped')"),
    ]
    assert caplog.records[2].exc_info is not None
    assert {record.__dict__["actor"] for record in caplog.records} == {"/my.counter"}
    assert isinstance(caplog.records[4].__dict__["report"], DeadLetter)


async def test_the_logbook_can_be_filtered_and_writes_turns_when_asked(system: ActorSystem, caplog: pytest.LogCaptureFixture) -> None:
    end = log_reports(system.reports, TurnTrace)
    ref = await system.spawn(counter, name="traced")
    with caplog.at_level(logging.DEBUG, logger="actorweb"):
        ref.tell(Increment(2))
        await asyncio.sleep(1)
    end()
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert "/traced handled Increment(by=2) from None" in caplog.text
    assert system.kernel.tracer is None


async def test_without_a_subscriber_warnings_are_logged_and_the_ordinary_is_not(system: ActorSystem, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="actorweb"):
        ref = await system.spawn(counter, name="quiet")
        ref.tell("unknown")  # type: ignore[arg-type]
        await asyncio.sleep(1)
        await system.stop(ref)
    assert [type(record.__dict__["report"]) for record in caplog.records] == [Unhandled]


async def test_a_turn_trace_says_who_caused_it_and_what_came_of_it(system: ActorSystem) -> None:
    other = await system.spawn(counter, name="other")

    def hand_on(text: Pass, actor: ActorContext[None]) -> MessagePlan[None]:
        return MessagePlan(tell=[Tell(text.ref, text.text)])

    ref = await system.spawn(define_behavior("passing").on(Pass, hand_on).build())
    async with system.reports(TurnTrace) as turns:
        ref.tell(Pass(other, Increment(3)))
        first, second = await anext(turns), await anext(turns)
    assert (first.ref, first.sender, first.cause, first.error, first.version) == (ref, None, None, None, 0)
    assert isinstance(first.plan, MessagePlan)
    assert (second.ref, second.sender, second.cause, second.message, second.version) == (other, ref, first.turn, Increment(3), 1)
    assert second.plan == MessagePlan(context=Counter(3), emit=[Changed(3)])


async def test_the_trace_of_an_ask_has_its_plan_and_that_of_a_crash_its_error(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with system.reports(TurnTrace) as turns:
        await ref.ask(Count())
        ref.tell(Fail("boom"))
        asked, crashed = await anext(turns), await anext(turns)
    assert (asked.message, asked.plan) == (Count(), MessagePlan(reply=0))
    assert isinstance(crashed.error, Boom)
    assert crashed.plan is None


async def test_a_handler_that_waited_is_the_cause_of_what_it_sends(system: ActorSystem) -> None:
    other = await system.spawn(counter)

    async def slowly(text: Pass, actor: ActorContext[None]) -> None:
        await asyncio.sleep(1)
        other.tell(Increment(1))
        assert await other.ask(Count()) == 1
        other.tell(Increment(2))

    ref = await system.spawn(define_behavior("slow").on(Pass, slowly).build())
    async with system.reports(TurnTrace) as turns:
        ref.tell(Pass(other, None))
        seen = [await anext(turns) for _ in range(4)]
    own = next(turn for turn in seen if turn.ref is ref)
    assert {(turn.sender, turn.cause) for turn in seen if turn.ref is other} == {(ref, own.turn)}


async def test_messages_that_waited_in_an_inbox_keep_their_cause(system: ActorSystem) -> None:
    other = await system.spawn(counter)
    ref = await system.spawn(define_behavior("passing").on(Pass, lambda text, actor: text.ref.tell(text.text)).build())
    async with system.reports(TurnTrace) as turns:
        await system.suspend(other)
        ref.tell(Pass(other, Increment(1)))
        await asyncio.sleep(1)
        await system.resume(other)
        seen = [await anext(turns) for _ in range(2)]
    assert (seen[1].ref, seen[1].sender, seen[1].cause) == (other, ref, seen[0].turn)


async def test_tracing_begins_and_ends_without_a_message_lost(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    for round_ in range(4):
        ref.tell(Increment())
        async with system.reports(TurnTrace):
            ref.tell(Increment())
        ref.tell(Increment())
        assert await ref.ask(Count()) == 3 * (round_ + 1)
    assert system.kernel.tracer is None


async def test_a_turn_that_raises_takes_back_what_it_sent_while_it_is_traced(system: ActorSystem) -> None:
    other = await system.spawn(counter)

    def fail(text: Pass, actor: ActorContext[None]) -> None:
        text.ref.tell(text.text)
        actor.spawn(counter, name="never")
        raise Boom

    ref = await system.spawn(define_behavior("failing").on(Pass, fail).build())
    async with system.reports(TurnTrace):
        ref.tell(Pass(other, Increment(1)))
        await asyncio.sleep(1)
        assert system.lookup("never") is None
    assert await other.ask(Count()) == 0


async def test_a_flood_is_reported_once_until_half_of_it_is_worked_off(world: SimulatedWorld) -> None:
    async with ActorSystem(world=world, high_water=100) as system:
        seen: list[object] = []
        system.reports.subscribe(seen.append, HighWater)
        ref = await system.spawn(counter)
        for _ in range(150):
            ref.tell(Increment())
        assert await ref.ask(Count()) == 150
        assert seen == [HighWater(150)] or (len(seen) == 1 and isinstance(seen[0], HighWater))
        for _ in range(150):
            ref.tell(Increment())
        assert await ref.ask(Count()) == 300
        assert len(seen) == 2


async def test_a_failing_subscriber_to_turns_is_switched_off_and_reported(system: ActorSystem) -> None:
    def broken(turn: object) -> None:
        raise Boom

    system.reports.subscribe(broken, TurnTrace)
    async with system.reports(TracerFailed) as failures:
        ref = await system.spawn(counter)
        ref.tell(Increment())
        assert isinstance((await anext(failures)).error, Boom)
    assert system.kernel.tracer is None


async def test_crashed_is_reported_with_its_message(system: ActorSystem) -> None:
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(counter)
        ref.tell(Fail("x"))
        assert (await anext(crashes)).message == Fail("x")
