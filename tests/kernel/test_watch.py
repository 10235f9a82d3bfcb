"""Watching: exactly one Down per watch, behind all that the ended actor sent."""

from __future__ import annotations

import asyncio

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    Crash,
    Down,
    Killed,
    MessagePlan,
    NoProc,
    Normal,
    Tell,
    Unhandled,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.kernel import watch
from actorweb.testing import Probe
from tests.kernel.counter import Boom, Fail, Increment, counter


@message
class Watch:
    ref: object


@message
class Unwatch:
    ref: object


def watcher(seen: list[object]) -> object:
    return (
        define_behavior("watcher")
        .on(Watch, lambda m, a: a.watch(m.ref))  # type: ignore[arg-type]
        .on(Unwatch, lambda m, a: a.unwatch(m.ref))  # type: ignore[arg-type]
        .on(Down, lambda down, a: seen.append(down))
        .on(Fail, lambda m, a: 1 / 0 and None)
        .build()
    )


async def test_a_watcher_gets_one_down_with_the_reason_however_often_it_watched(system: ActorSystem) -> None:
    seen: list[object] = []
    ref = await system.spawn(counter)
    watching = await system.spawn(watcher(seen))  # type: ignore[arg-type, var-annotated]
    for _ in range(3):
        watching.tell(Watch(ref))
    await asyncio.sleep(0.1)
    await system.stop(ref)
    await asyncio.sleep(0.1)
    assert seen == [Down(ref, Normal(), restarting=False)]


async def test_watching_what_has_ended_is_down_at_once_with_no_proc(system: ActorSystem) -> None:
    probe = Probe(system)
    ref = await system.spawn(counter)
    await system.stop(ref)
    probe.watch(ref)
    assert await probe.receive(Down) == Down(ref, NoProc())


async def test_a_crash_is_told_with_its_error(system: ActorSystem) -> None:
    probe = Probe(system)
    ref = await system.spawn(counter)
    probe.watch(ref)
    ref.tell(Fail("why"))
    reason = (await probe.receive(Down)).reason
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, Boom)


async def test_down_says_whether_a_restart_will_be_tried_and_the_watch_is_over(system: ActorSystem) -> None:
    probe = Probe(system)
    await system.spawn(supervisor("root", intensity=1, children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    probe.watch(ref)
    ref.tell(Fail())
    assert (await probe.receive(Down)).restarting is True
    ref.tell(Fail())
    await probe.receive_nothing()


async def test_down_keeps_its_place_behind_all_that_the_actor_sent(system: ActorSystem) -> None:
    probe = Probe(system)

    def handler(increment: Increment, actor: ActorContext[None]) -> MessagePlan[None]:
        return MessagePlan(tell=[Tell(probe.ref, n) for n in range(5)], stop=True)

    def on_stop(actor: ActorContext[None]) -> None:
        probe.ref.tell("from on_stop")

    ref = await system.spawn(define_behavior("chatty").on(Increment, handler).on_stop(on_stop).build())
    probe.watch(ref)
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert probe.messages == [0, 1, 2, 3, 4, "from on_stop", Down(ref, Normal())]


async def test_the_name_is_free_before_down_is_delivered(system: ActorSystem) -> None:
    found: list[object] = []
    ref = await system.spawn(counter, name="counter")
    behavior = define_behavior("watcher").on(Watch, lambda m, a: a.watch(m.ref)).on(Down, lambda d, a: found.append(a.system.lookup("counter"))).build()  # type: ignore[arg-type]
    watching = await system.spawn(behavior)
    watching.tell(Watch(ref))
    await asyncio.sleep(0.1)
    await system.stop(ref, reason=Killed())
    await asyncio.sleep(0.1)
    assert found == [None]


async def test_a_watch_that_is_taken_back_tells_nothing_even_if_its_down_is_on_the_way(system: ActorSystem) -> None:
    seen: list[object] = []
    ref = await system.spawn(counter)
    watching = await system.spawn(watcher(seen))  # type: ignore[arg-type, var-annotated]
    watching.tell(Watch(ref))
    await asyncio.sleep(0.1)
    watching.tell(Unwatch(ref))
    await system.stop(ref)
    await asyncio.sleep(0.1)
    assert seen == []


async def test_a_down_for_an_earlier_run_of_the_watcher_is_discarded(system: ActorSystem) -> None:
    seen: list[object] = []
    target: ActorRef[object] = await system.spawn(counter)  # type: ignore[assignment]
    await system.spawn(supervisor("root", children=[child("watcher", watcher(seen), name="watcher")]))  # type: ignore[arg-type]
    watching = system.lookup("watcher")
    assert watching is not None
    watching.tell(Watch(target))
    watching.tell(Fail())
    await asyncio.sleep(0.1)
    await system.stop(target)
    await asyncio.sleep(0.1)
    assert seen == []


async def test_an_unhandled_signal_is_a_report_and_on_message_never_sees_one(system: ActorSystem) -> None:
    seen: list[object] = []
    ref = await system.spawn(counter)
    behavior = define_behavior("all").on(Watch, lambda m, a: a.watch(m.ref)).on_message(lambda m, a: seen.append(m)).build()  # type: ignore[arg-type]
    watching = await system.spawn(behavior)
    watching.tell(Watch(ref))
    await asyncio.sleep(0.1)
    async with system.reports(Unhandled) as reports:
        await system.stop(ref)
        assert (await anext(reports)).message == Down(ref, Normal())
    assert seen == []


async def test_the_down_of_an_earlier_run_is_not_taken_for_that_of_a_later_watch(system: ActorSystem) -> None:
    seen: list[object] = []
    await system.spawn(supervisor("root", children=[child("target", counter, name="target")]))
    target = system.lookup("target")
    watching = await system.spawn(watcher(seen))  # type: ignore[arg-type, var-annotated]
    watching.tell(Watch(target))
    await asyncio.sleep(0.1)
    await system.suspend(watching)  # what comes from now on waits
    target.tell(Fail())
    await asyncio.sleep(0.1)
    kernel = system.kernel
    kernel.command(watching._cell, lambda _, cell: watch.unwatch(cell, target._cell))
    kernel.command(watching._cell, lambda _, cell: watch.watch(cell, target._cell))
    await asyncio.sleep(0.1)
    await system.resume(watching)
    await asyncio.sleep(0.1)
    assert seen == []
    target.tell(Fail())
    await asyncio.sleep(0.1)
    assert len(seen) == 1


async def test_a_new_watch_of_what_has_ended_is_told_no_proc_and_not_what_was_on_its_way(system: ActorSystem) -> None:
    seen: list[object] = []
    target = await system.spawn(counter)
    watching = await system.spawn(watcher(seen))  # type: ignore[arg-type, var-annotated]
    watching.tell(Watch(target))
    await asyncio.sleep(0.1)
    await system.suspend(watching)
    await system.stop(target)
    kernel = system.kernel
    kernel.command(watching._cell, lambda _, cell: watch.unwatch(cell, target._cell))
    kernel.command(watching._cell, lambda _, cell: watch.watch(cell, target._cell))
    await asyncio.sleep(0.1)
    await system.resume(watching)
    await asyncio.sleep(0.1)
    assert seen == [Down(target, NoProc())]
