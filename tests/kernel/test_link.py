"""Links: two runs that end together."""

from __future__ import annotations

import asyncio

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    Behavior,
    Crash,
    DeadLetter,
    Exit,
    Killed,
    MessagePlan,
    NoProc,
    Normal,
    Shutdown,
    Stopped,
    Tell,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.kernel.signals import Reason
from actorweb.testing import Probe


@message
class LinkTo:
    ref: ActorRef[object]
    then: str = ""


@message
class Unlink:
    ref: ActorRef[object]


@message
class Stop:
    reason: object


def linking(probe: Probe, *, trap: bool = False) -> Behavior[object, int]:
    def link(message: LinkTo, actor: ActorContext[int]) -> None:
        actor.link(message.ref)
        if message.then == "fail":
            raise ValueError("after the link")

    builder = (
        define_behavior("linking")
        .with_context(0)
        .on(LinkTo, link)
        .on(Unlink, lambda message, actor: actor.unlink(message.ref))
        .on(Stop, lambda message, actor: MessagePlan(stop=message.reason))
        .on(Exit, lambda end, actor: MessagePlan(tell=[Tell(probe.ref, end)]))
    )
    return (builder.with_trap_exits() if trap else builder).build()


async def pair(system: ActorSystem, *, trap: bool = False) -> tuple[ActorRef[object], ActorRef[object], Probe]:
    probe = Probe(system)
    one = await system.spawn(linking(probe, trap=trap), name="one")
    two = await system.spawn(linking(probe), name="two")
    one.tell(LinkTo(two))
    probe.watch(one)
    await asyncio.sleep(0.1)
    return one, two, probe


async def ended(system: ActorSystem, ref: ActorRef[object]) -> bool:
    await asyncio.sleep(1)
    run = ref._cell._run
    return run is not None and run.ended


async def test_an_abnormal_end_ends_the_other_side_for_the_same_reason(system: ActorSystem) -> None:
    one, two, _ = await pair(system)
    async with system.reports(Stopped) as ends:
        await system.stop(two, reason=Shutdown("enough"))
        assert [await anext(ends), await anext(ends)] == [Stopped(two, Shutdown("enough")), Stopped(one, Shutdown("enough"))]


async def test_a_link_works_in_both_directions(system: ActorSystem) -> None:
    one, two, _ = await pair(system)
    await system.stop(one, reason=Killed())
    assert await ended(system, two)


async def test_a_normal_end_is_ignored(system: ActorSystem) -> None:
    one, two, _ = await pair(system)
    await system.stop(two)
    assert not await ended(system, one)


async def test_one_that_traps_exits_handles_them_and_lives(system: ActorSystem) -> None:
    for reason in (Normal(), Shutdown(), Killed()):
        one, two, probe = await pair(system, trap=True)
        await system.stop(two, reason=reason)
        assert await probe.receive(Exit) == Exit(two, reason)
        assert not await ended(system, one)
        await system.stop(one)


async def test_a_link_to_one_that_has_ended_gives_no_proc_at_once(system: ActorSystem) -> None:
    one, two, probe = await pair(system, trap=True)
    await system.stop(two)
    await probe.receive(Exit)
    one.tell(LinkTo(two))
    assert await probe.receive(Exit) == Exit(two, NoProc())


async def test_unlink_takes_it_back_even_when_the_end_is_on_its_way(system: ActorSystem) -> None:
    one, two, probe = await pair(system, trap=True)
    await system.suspend(one)
    await system.stop(two, reason=Killed())
    await system.replace_context(one, lambda count: one._cell.unlink(two) or count + 1)
    await system.resume(one)
    await probe.receive_nothing()


async def test_a_turn_that_raises_has_linked_nothing(system: ActorSystem) -> None:
    probe = Probe(system)
    two = await system.spawn(linking(probe))
    tree = await system.spawn(supervisor("root", children=[child("one", linking(probe))]))
    one = system.kernel.child(tree, "one")
    assert one is not None
    one.tell(LinkTo(two, then="fail"))
    assert not await ended(system, two)


async def test_a_link_belongs_to_the_runs(system: ActorSystem) -> None:
    probe = Probe(system)
    two = await system.spawn(linking(probe, trap=True))
    tree = await system.spawn(supervisor("root", children=[child("one", linking(probe))]))
    one = system.kernel.child(tree, "one")
    assert one is not None
    one.tell(LinkTo(two))
    await asyncio.sleep(0.1)
    await system.stop(one, reason=Killed())
    assert await probe.receive(Exit) == Exit(one, Killed())
    await system.stop(one, reason=Killed())  # the next run has linked nothing
    await probe.receive_nothing()


async def test_the_end_keeps_its_place_behind_what_was_sent(system: ActorSystem) -> None:
    seen: list[object] = []
    two = await system.spawn(
        define_behavior("two").with_trap_exits().on(Exit, lambda end, actor: seen.append("exit")).on_message(lambda text, actor: seen.append(text)).build()
    )

    def work(message: LinkTo, actor: ActorContext[None]) -> MessagePlan:
        actor.link(two)
        return MessagePlan(tell=[Tell(two, "first"), Tell(two, "second")], stop=True)

    one = await system.spawn(define_behavior("one").on(LinkTo, work).build())
    one.tell(LinkTo(two))
    await asyncio.sleep(1)
    assert seen == ["first", "second", "exit"]


async def test_a_link_to_itself_does_nothing(system: ActorSystem) -> None:
    probe = Probe(system)
    one = await system.spawn(linking(probe, trap=True))
    one.tell(LinkTo(one))
    one.tell(Stop(Crash(ValueError())))
    await probe.receive_nothing()


async def test_a_circle_of_links_ends_as_a_whole(system: ActorSystem) -> None:
    probe = Probe(system)
    refs = [await system.spawn(linking(probe)) for _ in range(5)]
    for index, ref in enumerate(refs):
        ref.tell(LinkTo(refs[(index + 1) % 5]))
    await asyncio.sleep(0.1)
    reason: Reason = Crash(ValueError("one of them"))
    async with system.reports(Stopped) as ends:
        refs[2].tell(Stop(reason))
        told = [await anext(ends) for _ in refs]
    assert {end.ref for end in told} == set(refs)
    assert all(end.reason == reason for end in told)


async def test_a_supervisor_does_not_end_with_a_linked_actor(system: ActorSystem) -> None:
    probe = Probe(system)
    tree = await system.spawn(supervisor("root"))
    one = await system.spawn(linking(probe))
    one.tell(LinkTo(tree))
    await asyncio.sleep(0.1)
    await system.stop(one, reason=Killed())
    assert not await ended(system, tree)


async def test_the_end_of_a_linked_actor_is_no_dead_letter_of_one_that_ended_before(system: ActorSystem) -> None:
    letters: list[object] = []
    system.reports.subscribe(letters.append, DeadLetter)
    one, two, _ = await pair(system, trap=True)
    await system.suspend(one)
    await system.stop(two)
    await system.stop(one)
    await asyncio.sleep(1)
    assert letters == []
