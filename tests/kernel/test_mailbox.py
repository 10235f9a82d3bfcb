"""Bounded mailboxes: each policy, what counts, and that a failed turn took no place."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    After,
    Ask,
    BadDefinition,
    Behavior,
    Crashed,
    DeadLetter,
    Down,
    Dropped,
    MailboxFull,
    MessagePlan,
    Request,
    Tell,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.testing import Probe


@message
class Note:
    number: int


@message
class Wait:
    seconds: float = 1.0


@message
class Seen(Request[tuple[int, ...]]): ...


@message
class Flood:
    numbers: tuple[int, ...]
    by: str = "plan"


def bounded(overflow: str, capacity: int = 2) -> Behavior[object, tuple[int, ...]]:
    async def wait(message: Wait, actor: ActorContext[tuple[int, ...]]) -> None:
        await asyncio.sleep(message.seconds)

    return (
        define_behavior("bounded")
        .with_context(())
        .with_mailbox(capacity=capacity, overflow=overflow)
        .on(Note, lambda note, actor: (*actor.context, note.number))
        .on(Wait, wait)
        .on(Seen, lambda _, actor: MessagePlan(reply=actor.context))
        .build()
    )


async def busy(system: ActorSystem, overflow: str, *, name: str | None = None) -> ActorRef[object]:
    """An actor that is at work for a second and has room for two."""
    ref = await system.spawn(bounded(overflow), name=name)
    ref.tell(Wait())
    await asyncio.sleep(0.1)
    return ref


async def test_raise_refuses_at_the_sender_and_keeps_what_waits(system: ActorSystem) -> None:
    ref = await busy(system, "raise")
    ref.tell(Note(1))
    ref.tell(Note(2))
    with pytest.raises(MailboxFull, match=r"AW-408 .* is full \(2\): no room for Note\(number=3\)") as full:
        ref.tell(Note(3))
    assert (full.value.ref, full.value.message, full.value.capacity) == (ref, Note(3), 2)
    await asyncio.sleep(2)
    assert await ref.ask(Seen()) == (1, 2)


async def test_there_is_room_again_when_a_message_has_been_taken(system: ActorSystem) -> None:
    ref = await system.spawn(bounded("raise"))
    for number in range(10):
        ref.tell(Note(number))
        await asyncio.sleep(0.1)
    assert await ref.ask(Seen()) == tuple(range(10))


async def test_drop_new_drops_the_newest_and_reports_it(system: ActorSystem) -> None:
    async with system.reports(Dropped) as drops:
        ref = await busy(system, "drop_new")
        for number in (1, 2, 3, 4):
            ref.tell(Note(number))
        assert await anext(drops) == Dropped(ref, Note(3), "drop_new")
        assert await anext(drops) == Dropped(ref, Note(4), "drop_new")
        await asyncio.sleep(2)
        assert await ref.ask(Seen()) == (1, 2)


async def test_drop_old_drops_the_oldest_and_reports_it(system: ActorSystem) -> None:
    async with system.reports(Dropped) as drops:
        ref = await busy(system, "drop_old")
        for number in (1, 2, 3, 4):
            ref.tell(Note(number))
        assert await anext(drops) == Dropped(ref, Note(1), "drop_old")
        assert await anext(drops) == Dropped(ref, Note(2), "drop_old")
        await asyncio.sleep(2)
        assert await ref.ask(Seen()) == (3, 4)


async def test_drop_old_keeps_the_memory_bounded_while_the_actor_is_busy(system: ActorSystem) -> None:
    ref = await busy(system, "drop_old")
    system.reports.subscribe(lambda report: None)
    for number in range(1000):
        ref.tell(Note(number))
    await asyncio.sleep(0.5)
    run = ref._cell._run
    assert run is not None
    assert run.inbox is not None
    assert len(run.inbox) == 2


def flooding(target: ActorRef[object]) -> Behavior[object, int]:
    def flood(message: Flood, actor: ActorContext[int]) -> MessagePlan[int]:
        if message.by == "plan":
            return MessagePlan(context=actor.context + 1, tell=[Tell(target, Note(number)) for number in message.numbers])
        if message.by == "ask":
            return MessagePlan(
                context=actor.context + 1,
                tell=[Tell(target, Note(number)) for number in message.numbers],
                ask=[Ask(target, Seen(), on_reply=lambda seen: None)],
            )
        for number in message.numbers:
            target.tell(Note(number))
        return MessagePlan(context=actor.context + 1)

    return define_behavior("flooding").with_context(0).on(Flood, flood).build()


@pytest.mark.parametrize("by", ["plan", "tell", "ask"])
async def test_a_full_mailbox_fails_the_turn_before_anything_of_it_is_done(system: ActorSystem, by: str) -> None:
    ref = await busy(system, "raise")
    ref.tell(Note(1))
    await asyncio.sleep(0)
    tree = await system.spawn(supervisor("root", children=[child("flooding", flooding(ref))]))
    sender = system.kernel.child(tree, "flooding")
    assert sender is not None
    async with system.reports(Crashed) as crashes:
        sender.tell(Flood((2,) if by == "ask" else (2, 3), by))
        crashed = await anext(crashes)
    assert isinstance(crashed.error, MailboxFull)
    assert crashed.context == 0
    ref.tell(Note(4))  # the place that the failed turn had taken is free again
    await asyncio.sleep(2)
    assert await ref.ask(Seen()) == (1, 4)


async def test_what_an_async_turn_sent_takes_its_place_when_it_commits(system: ActorSystem) -> None:
    ref = await busy(system, "raise")

    async def slowly(message: Flood, actor: ActorContext[int]) -> int:
        ref.tell(Note(1))
        await asyncio.sleep(0.1)
        ref.tell(Note(2))
        ref.tell(Note(3))
        return actor.context + 1

    sender = await system.spawn(define_behavior("sender").with_context(0).on(Flood, slowly).build())
    async with system.reports(Crashed) as crashes:
        sender.tell(Flood(()))
        crashed = await anext(crashes)
    assert isinstance(crashed.error, MailboxFull)
    await asyncio.sleep(2)
    assert await ref.ask(Seen()) == ()


@pytest.mark.parametrize(("overflow", "lost"), [("drop_new", 3), ("drop_old", 1)])
async def test_a_dropped_ask_ends_at_once_with_mailbox_full(system: ActorSystem, overflow: str, lost: int) -> None:
    ref = await busy(system, overflow)
    asks = [asyncio.create_task(ref.ask(Seen())) for _ in range(3)]
    await asyncio.sleep(0.1)
    failed = [task for task in asks if task.done()]
    assert len(failed) == 1
    assert isinstance(failed[0].exception(), MailboxFull)
    assert failed[0] is asks[lost - 1]
    await asyncio.wait(asks)


async def test_an_ask_that_finds_no_room_fails_at_the_asker(system: ActorSystem) -> None:
    ref = await busy(system, "raise")
    ref.tell(Note(1))
    ref.tell(Note(2))
    with pytest.raises(MailboxFull):
        await ref.ask(Seen())


async def test_signals_timers_and_commands_never_count(system: ActorSystem) -> None:
    other = await system.spawn(define_behavior("other").build())

    async def start(message: Wait, actor: ActorContext[tuple[int, ...]]) -> MessagePlan[tuple[int, ...]]:
        actor.watch(other)
        await asyncio.sleep(1)
        return MessagePlan(schedule=[After(0.0, Note(7))])

    behavior = (
        define_behavior("bounded")
        .with_context(())
        .with_mailbox(capacity=1)
        .on(Wait, start)
        .on(Note, lambda note, actor: (*actor.context, note.number))
        .on(Down, lambda down, actor: (*actor.context, 0))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Wait())
    await asyncio.sleep(0.1)
    ref.tell(Note(1))
    await system.stop(other)
    assert (await system.snapshot(ref)).context == ()
    await asyncio.sleep(3)
    assert sorted((await system.snapshot(ref)).context) == [0, 1, 7]


async def test_dead_letters_of_a_bounded_actor_are_the_messages_themselves(system: ActorSystem) -> None:
    async with system.reports(DeadLetter) as letters:
        ref = await busy(system, "raise")
        ref.tell(Note(1))
        await asyncio.sleep(0.1)
        await system.stop(ref)
        ref.tell(Note(2))
        assert [await anext(letters) for _ in range(2)] == [DeadLetter(ref, Note(1), "stopped"), DeadLetter(ref, Note(2), "stopped")]


async def test_what_waits_over_a_restart_keeps_its_place(system: ActorSystem) -> None:
    def fail(note: Wait, actor: ActorContext[tuple[int, ...]]) -> None:
        raise ValueError

    behavior = (
        define_behavior("bounded")
        .with_context(())
        .with_mailbox(capacity=3)
        .on(Wait, fail)
        .on(Note, lambda note, actor: (*actor.context, note.number))
        .on(Seen, lambda _, actor: MessagePlan(reply=actor.context))
        .build()
    )
    await system.spawn(supervisor("root", children=[child("a", behavior, name="a")]))
    ref = system.lookup("a")
    assert ref is not None
    for text in (Wait(), Note(1), Note(2)):
        ref.tell(text)
    await asyncio.sleep(1)
    assert await ref.ask(Seen()) == (1, 2)  # type: ignore[arg-type]
    for number in (3, 4, 5):
        ref.tell(Note(number))
    with pytest.raises(MailboxFull):
        ref.tell(Note(6))


async def test_a_stashed_message_leaves_the_mailbox(system: ActorSystem) -> None:
    probe = Probe(system)
    behavior = (
        define_behavior("stashing")
        .with_context(0)
        .with_mailbox(capacity=1)
        .on(Note, lambda note, actor: MessagePlan(stash=True))
        .on(Wait, lambda _, actor: MessagePlan(become="open"))
        .mode("open")
        .on(Note, lambda note, actor: MessagePlan(tell=[Tell(probe.ref, note.number)]))
        .build()
    )
    ref = await system.spawn(behavior)
    for text in (Note(1), Note(2), Wait()):
        ref.tell(text)
        await asyncio.sleep(0.1)
    assert [await probe.receive(int), await probe.receive(int)] == [1, 2]


@pytest.mark.parametrize("capacity", [0, -1, 1.5, True])
def test_a_capacity_is_a_whole_number(capacity: int) -> None:
    with pytest.raises(BadDefinition, match=r"AW-201 behavior 'b': with_mailbox\(capacity="):
        define_behavior("b").with_mailbox(capacity=capacity)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(BadDefinition, match=r"with_mailbox\(overflow='block'\)\nExpected: one of raise, drop_new, drop_old"):
        define_behavior("b").with_mailbox(capacity=1, overflow="block")  # type: ignore[arg-type]


async def test_drop_old_counts_those_that_are_still_in_the_common_queue(system: ActorSystem) -> None:
    behavior = bounded("drop_old", capacity=1)
    ref = await system.spawn(behavior)
    system.reports.subscribe(lambda report: None)
    ref.tell(Wait())
    for number in (1, 2, 3):
        ref.tell(Note(number))  # one before the actor is busy, the others behind it: the oldest goes, wherever it waits
    await asyncio.sleep(3)
    assert (await ref.ask(Seen()))[-1] == 3
