"""What OTP's `pg` promises of groups, and Akka's `Topic` of publishing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import ActorRef, ActorSystem, DeadLetter, child, supervisor
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Do, Note, Notes, named, worker


async def workers(system: ActorSystem, *names: str) -> list[ActorRef[Any]]:
    return [await system.spawn(worker(name), name=name) for name in names]


async def test_the_members_of_a_group_are_told_in_joining_order(system: ActorSystem) -> None:
    # OTP pg:join/3, pg:get_members/2; SEMANTICS 21
    a, b, c = await workers(system, "a", "b", "c")
    for ref in (b, a, c):
        system.group("workers").join(ref)
    assert system.group("workers").members == (b, a, c)


async def test_a_group_without_members_is_empty_and_no_error(system: ActorSystem) -> None:
    # OTP pg:get_members/2
    assert system.group("nobody").members == ()


async def test_joining_twice_is_joining_once(system: ActorSystem) -> None:
    # the contract (OTP: a process can join several times and must leave as often)
    (a,) = await workers(system, "a")
    for _ in range(2):
        system.group("workers").join(a)
    assert system.group("workers").members == (a,)
    system.group("workers").leave(a)
    assert system.group("workers").members == ()


async def test_leaving_a_group_that_one_is_not_in_does_nothing(system: ActorSystem) -> None:
    # OTP pg:leave/3: not_joined
    a, b = await workers(system, "a", "b")
    system.group("workers").join(a)
    system.group("workers").leave(b)
    assert system.group("workers").members == (a,)


async def test_an_actor_may_be_in_many_groups(system: ActorSystem) -> None:
    # OTP pg
    (a,) = await workers(system, "a")
    for key in ("one", ("two", 2)):
        system.group(key).join(a)
    await system.stop(a)
    assert [system.group(key).members for key in ("one", ("two", 2))] == [(), ()]


async def test_an_actor_that_ends_leaves_its_groups_at_once(system: ActorSystem) -> None:
    # OTP pg: a process that terminates is removed from its groups
    a, b = await workers(system, "a", "b")
    for ref in (a, b):
        system.group("workers").join(ref)
    await system.stop(a)
    assert system.group("workers").members == (b,)


async def test_an_actor_that_has_ended_cannot_join(system: ActorSystem) -> None:
    # OTP pg: only live processes are members
    (a,) = await workers(system, "a")
    await system.stop(a)
    system.group("workers").join(a)
    assert system.group("workers").members == ()


async def test_a_place_in_a_group_is_kept_over_a_restart(system: ActorSystem) -> None:
    # the contract: membership belongs to the spawn (OTP: the new process must join again)
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    system.group("workers").join(ref)
    ref.tell(Crashing())
    await ref.ask(Notes())
    assert system.group("workers").members == (ref,)


@pytest.mark.parametrize("change", ["join", "leave"])
async def test_what_a_failed_turn_did_to_a_group_has_never_been(system: ActorSystem, change: str) -> None:
    # the contract; DESIGN 1: a turn is a transaction
    await system.spawn(supervisor("root", children=[child("doer", worker("doer"), name="doer")]))
    a, b = await workers(system, "a", "b")
    group = system.group("workers")
    group.join(a)
    group.join(b) if change == "leave" else None
    before = group.members
    named(system, "doer").tell(Do(lambda actor: getattr(actor.system.group("workers"), change)(b) or 1 / 0))
    await asyncio.sleep(1)
    assert group.members == before


async def test_joins_and_leaves_are_told_to_whoever_subscribed(system: ActorSystem) -> None:
    # OTP pg:monitor/2; Akka Receptionist.Subscribe
    a, b = await workers(system, "a", "b")
    async with system.group("workers").events(object) as events:
        system.group("workers").join(a)
        system.group("workers").join(b)
        await asyncio.sleep(1)
        system.group("workers").leave(b)
        await asyncio.sleep(1)
        await system.stop(a)
        told: list[Any] = [await anext(events) for _ in range(4)]
    assert [(type(event).__name__, event.ref) for event in told] == [("Joined", a), ("Joined", b), ("Left", b), ("Left", a)]


async def test_a_message_to_all_members_reaches_each_of_them_once(system: ActorSystem) -> None:
    # OTP pg: [Pid ! Message || Pid <- pg:get_members(Group)]
    refs = await workers(system, "a", "b", "c")
    for ref in refs:
        system.group("workers").join(ref)
    for member in system.group("workers").members:
        member.tell(Note("hello"))
    assert [await ref.ask(Notes()) for ref in refs] == [("hello",)] * 3


# --- topics ----------------------------------------------------------------------------------------------------------


async def test_each_subscriber_of_a_topic_gets_each_message_once(system: ActorSystem) -> None:
    # Akka typed Topic: Publish
    probes = [Probe(system) for _ in range(3)]
    for probe in probes:
        system.topic("news").subscribe(probe.ref)
        system.topic("news").subscribe(probe.ref)
    system.topic("news").publish("it rains")
    await asyncio.sleep(1)
    assert [probe.messages for probe in probes] == [["it rains"]] * 3


async def test_messages_of_one_publisher_arrive_in_the_order_published(system: ActorSystem) -> None:
    # per-publisher FIFO per subscriber
    probes = [Probe(system) for _ in range(2)]
    for probe in probes:
        system.topic("news").subscribe(probe.ref)
    publishers = await workers(system, "a", "b")
    for number in range(3):
        for ref in publishers:
            ref.tell(Do(lambda actor, number=number: actor.system.topic("news").publish((actor.self.path, number))))
    await asyncio.sleep(1)
    for probe in probes:
        for path in ("/a", "/b"):
            assert [number for who, number in probe.messages if who == path] == [0, 1, 2]  # type: ignore[misc]


async def test_a_message_published_to_nobody_is_nothing(system: ActorSystem) -> None:
    # Akka typed Topic: at-most-once
    system.topic("news").publish("unheard")
    probe = Probe(system)
    system.topic("news").subscribe(probe.ref)
    await probe.receive_nothing()


async def test_who_has_unsubscribed_or_ended_gets_no_more(system: ActorSystem) -> None:
    # Akka typed Topic: Unsubscribe; a terminated subscriber is removed
    probe, (a,) = Probe(system), await workers(system, "a")
    system.topic("news").subscribe(probe.ref)
    system.topic("news").subscribe(a)
    system.topic("news").unsubscribe(probe.ref)
    await system.stop(a)
    letters: list[object] = []
    system.reports.subscribe(letters.append, DeadLetter)
    system.topic("news").publish("late")
    await asyncio.sleep(1)
    assert (probe.messages, letters) == ([], [])


async def test_what_a_failed_turn_published_is_never_heard(system: ActorSystem) -> None:
    # DESIGN 1: no send
    probe, (a,) = Probe(system), await workers(system, "a")
    system.topic("news").subscribe(probe.ref)
    a.tell(Do(lambda actor: actor.system.topic("news").publish("never") or 1 / 0))
    await probe.receive_nothing()
