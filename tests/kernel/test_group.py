"""Groups and topics: places in joining order, ends, events, and turns that raise."""

from __future__ import annotations

import asyncio

from actorweb import ActorContext, ActorRef, ActorSystem, Behavior, Joined, Killed, Left, MessagePlan, child, define_behavior, message, supervisor
from actorweb.testing import Probe
from tests.kernel.counter import Fail, Increment, counter


@message
class Join:
    key: str
    then: str = ""


@message
class Leave:
    key: str


@message
class Publish:
    text: str
    then: str = ""


def joiner() -> Behavior[object, int]:
    def join(message: Join, actor: ActorContext[int]) -> None:
        actor.system.group(message.key).join(actor.self)
        if message.then == "fail":
            raise ValueError

    async def join_slowly(message: Publish, actor: ActorContext[int]) -> None:
        await asyncio.sleep(1)
        actor.system.topic("news").publish(message.text)
        if message.then == "fail":
            raise ValueError

    def leave(message: Leave, actor: ActorContext[int]) -> None:
        actor.system.group(message.key).leave(actor.self)
        raise ValueError

    return define_behavior("joiner").with_context(0).on(Join, join).on(Leave, leave).on(Publish, join_slowly).build()


async def test_members_are_in_joining_order_and_once_each(system: ActorSystem) -> None:
    refs = [await system.spawn(counter) for _ in range(3)]
    group = system.group("all")
    for ref in (*refs, refs[0]):
        group.join(ref)
    assert group.members == tuple(refs)
    group.leave(refs[0])
    group.leave(refs[0])
    assert group.members == (refs[1], refs[2])
    assert system.group("all") is group
    assert system.group("other").members == ()


async def test_one_that_has_ended_is_no_member(system: ActorSystem) -> None:
    ref, gone = await system.spawn(counter), await system.spawn(counter)
    group = system.group("all")
    group.join(ref)
    await system.stop(ref)
    await system.stop(gone)
    group.join(gone)
    assert group.members == ()


async def test_a_place_is_kept_over_a_restart(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", counter)]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    group = system.group("all")
    group.join(ref)
    await system.stop(ref, reason=Killed())
    await asyncio.sleep(1)
    assert group.members == (ref,)
    await system.stop(root)
    assert group.members == ()


async def test_events_tell_of_joining_and_leaving(system: ActorSystem) -> None:
    one, two = await system.spawn(counter), await system.spawn(counter)
    group = system.group("all")
    async with group.events(object) as events, group.events(Left) as left:
        group.join(one)
        group.join(two)
        group.leave(one)
        await system.stop(two)
        assert [await anext(events) for _ in range(4)] == [Joined("all", one), Joined("all", two), Left("all", one), Left("all", two)]
        assert [await anext(left) for _ in range(2)] == [Left("all", one), Left("all", two)]


async def test_a_turn_that_raises_has_not_joined_and_nobody_hears_of_it(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", joiner())]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    group = system.group("all")
    heard: list[object] = []
    async with group.events(object) as events:
        ref.tell(Join("all", then="fail"))
        await asyncio.sleep(1)
        assert group.members == ()
        ref.tell(Join("all"))
        heard.append(await anext(events))
        assert group.members == (ref,)
    assert heard == [Joined("all", ref)]


async def test_a_turn_that_raises_has_not_left_and_keeps_its_place_in_the_order(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", joiner())]))
    ref, other = system.kernel.child(root, "a"), await system.spawn(counter)
    assert ref is not None
    group = system.group("all")
    group.join(ref)
    group.join(other)
    ref.tell(Leave("all"))
    await asyncio.sleep(1)
    assert group.members == (ref, other)


async def test_a_topic_sends_to_its_subscribers_in_order(system: ActorSystem) -> None:
    one, two = Probe(system), Probe(system)
    topic = system.topic("news")
    topic.subscribe(one.ref)
    topic.subscribe(one.ref)
    topic.subscribe(two.ref)
    for number in range(5):
        topic.publish(number)
    topic.unsubscribe(two.ref)
    topic.publish(5)
    await asyncio.sleep(1)
    assert one.messages == [0, 1, 2, 3, 4, 5]
    assert two.messages == [0, 1, 2, 3, 4]
    assert topic.members == (one.ref,)


async def test_what_a_turn_publishes_leaves_with_it(system: ActorSystem) -> None:
    probe = Probe(system)
    system.topic("news").subscribe(probe.ref)
    root = await system.spawn(supervisor("root", children=[child("a", joiner())]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    ref.tell(Publish("false", then="fail"))
    ref.tell(Publish("true"))
    assert await probe.receive(str) == "true"


async def test_a_key_may_be_a_group_and_a_topic(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    system.group("x").join(ref)
    system.topic("x").subscribe(ref)
    assert repr(system.group("x")) == "<Group 'x' of 1>"
    assert repr(system.topic("x")) == "<Topic 'x' of 1>"
    await system.stop(ref)
    assert system.group("x").members == system.topic("x").members == ()


async def test_a_child_that_never_was_is_no_member(system: ActorSystem) -> None:
    group = system.group("all")

    def spawn(message: Increment, actor: ActorContext[int]) -> MessagePlan[int]:
        group.join(actor.spawn(counter))
        raise ValueError

    ref: ActorRef[Increment] = await system.spawn(define_behavior("parent").with_context(0).on(Increment, spawn).on(Fail, lambda fail, actor: None).build())
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert group.members == ()
