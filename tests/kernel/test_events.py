"""What an actor emits, and what the system reports."""

from __future__ import annotations

import asyncio
import logging

import pytest

from actorweb import ActorSystem, Crashed, Started, child, define_behavior, supervisor
from actorweb.kernel.reports import TracerFailed
from tests.kernel.counter import Boom, Changed, Fail, Increment, counter


async def test_events_are_read_in_order_until_the_actor_ends(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with ref.events(Changed) as changes:
        for n in (1, 2, 3):
            ref.tell(Increment(n))
        await asyncio.sleep(1)
        await system.stop(ref)
        assert [change async for change in changes] == [Changed(1), Changed(3), Changed(6)]


async def test_events_of_other_types_are_left_out(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with ref.events(Fail) as changes:
        ref.tell(Increment())
        await asyncio.sleep(1)
        await system.stop(ref)
        assert [change async for change in changes] == []


async def test_a_subscription_goes_on_over_a_restart(system: ActorSystem) -> None:
    await system.spawn(supervisor("root", children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    async with ref.events(Changed) as changes:
        for step in (Increment(5), Fail(), Increment(1)):
            ref.tell(step)
        assert [await anext(changes), await anext(changes)] == [Changed(5), Changed(1)]


async def test_leaving_the_subscription_ends_it(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with ref.events(Changed) as changes:
        pass
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert [change async for change in changes] == []


async def test_an_observer_gets_one_snapshot_for_each_drain_that_changed_it(system: ActorSystem) -> None:
    seen: list[int] = []
    ref = await system.spawn(counter)
    cancel = system.kernel.observe(ref, lambda snapshot: seen.append(snapshot.context.count))
    await asyncio.sleep(1)
    assert seen == [0]
    ref.tell(Increment(2))
    await asyncio.sleep(1)
    assert seen[-1] == 2
    cancel()
    ref.tell(Increment(2))
    await asyncio.sleep(1)
    assert seen[-1] == 2


async def test_a_subscriber_that_raises_is_switched_off_and_the_others_are_told(system: ActorSystem) -> None:
    seen: list[object] = []

    def broken(report: object) -> None:
        raise Boom

    system.reports.subscribe(broken)
    system.reports.subscribe(seen.append)
    ref = await system.spawn(counter)
    assert isinstance(seen[0], TracerFailed)
    assert Started(ref) in seen


async def test_a_tracer_that_raises_is_switched_off_and_reported(system: ActorSystem) -> None:
    def broken(*_: object) -> None:
        raise Boom

    async with system.reports(TracerFailed) as reports:
        ref = await system.spawn(counter)
        system.kernel.trace(broken)
        ref.tell(Increment())
        assert isinstance((await anext(reports)).error, Boom)
    assert system.kernel.tracer is None


async def test_a_crash_that_nobody_subscribed_to_is_logged_with_its_traceback(system: ActorSystem, caplog: pytest.LogCaptureFixture) -> None:
    ref = await system.spawn(counter, name="loud")
    with caplog.at_level(logging.WARNING, logger="actorweb"):
        ref.tell(Fail("heard"))
        await asyncio.sleep(1)
    assert "/loud crashed on Fail(text='heard')" in caplog.text
    assert "Boom: heard" in caplog.text


async def test_a_report_feed_is_over_when_it_is_left(system: ActorSystem) -> None:
    async with system.reports(Crashed) as crashes:
        pass
    assert [crash async for crash in crashes] == []


async def test_a_crash_carries_the_message_and_the_last_committed_context(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with system.reports(Crashed) as crashes:
        ref.tell(Increment(4))
        ref.tell(Fail("x"))
        crashed = await anext(crashes)
    assert (crashed.ref, crashed.message, crashed.context.count) == (ref, Fail("x"), 4)  # type: ignore[attr-defined]


async def test_the_ref_of_a_name_is_found_and_an_unknown_name_gives_none(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("a").build(), name="known")
    assert system.lookup("known") is ref
    assert system.lookup("unknown") is None
    assert repr(ref) == "<ActorRef /known>"
