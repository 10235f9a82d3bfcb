"""The stash, and what is kept of messages that came in a wrapping; behaviors taken into modes."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import (
    ActorContext,
    ActorSystem,
    After,
    Ask,
    BadDefinition,
    Behavior,
    Crashed,
    Down,
    MessagePlan,
    Request,
    StashOverflow,
    Task,
    child,
    define_behavior,
    message,
    supervisor,
)
from tests.kernel.counter import Count, Counter, Increment, counter


@message
class Note:
    text: str


@message
class Open: ...


@message
class Begin:
    how: str


@message
class Seen(Request[tuple[str, ...]]): ...


def keeper(*, capacity: int = 1000) -> Behavior[object, tuple[str, ...]]:
    def begin(message: Begin, actor: ActorContext[tuple[str, ...]]) -> MessagePlan[tuple[str, ...]]:
        if message.how == "timer":
            return MessagePlan(schedule=[After(1.0, Note("timer"))])
        if message.how == "task":
            return MessagePlan(run=[Task(lambda: asyncio.sleep(1), on_done=lambda _: Note("task"))])
        if message.how == "ask":
            return MessagePlan(ask=[Ask(other[0], Count(), on_reply=lambda count: Note(f"ask {count}"))])
        if message.how == "next":
            return MessagePlan(next=[Note("next")])
        actor.watch(other[0])
        return MessagePlan()

    other: list = []

    async def start(actor: ActorContext[tuple[str, ...]]) -> None:
        other.append(actor.spawn(counter))

    stash = MessagePlan(stash=True)
    return (
        define_behavior("keeper")
        .with_context(())
        .with_stash(capacity=capacity)
        .on_start(start)
        .on(Begin, begin)
        .on(Note, lambda note, actor: stash)
        .on(Down, lambda down, actor: stash)
        .on(Open, lambda _, actor: MessagePlan(become="open"))
        .on(Seen, lambda _, actor: MessagePlan(reply=actor.context))
        .mode("open")
        .on(Note, lambda note, actor: (*actor.context, note.text))
        .on(Down, lambda down, actor: (*actor.context, "down"))
        .build()
    )


@pytest.mark.parametrize(("how", "kept"), [("timer", "timer"), ("task", "task"), ("ask", "ask 0"), ("next", "next")])
async def test_a_stashed_message_is_kept_however_it_came(system: ActorSystem, how: str, kept: str) -> None:
    ref = await system.spawn(keeper())
    ref.tell(Begin(how))
    await asyncio.sleep(2)
    ref.tell(Note("last"))
    ref.tell(Open())
    assert await ref.ask(Seen()) == (kept, "last")


async def test_a_message_stashed_a_second_time_from_the_inbox_is_kept(system: ActorSystem) -> None:
    behavior = (
        define_behavior("twice")
        .with_context(())
        .on(Note, lambda note, actor: MessagePlan(stash=True))
        .on(Open, lambda _, actor: MessagePlan(become="still closed"))
        .on(Seen, lambda _, actor: MessagePlan(reply=actor.context))
        .mode("still closed")
        .on(Open, lambda _, actor: MessagePlan(become="open"))
        .mode("open")
        .on(Note, lambda note, actor: (*actor.context, note.text))
        .build()
    )
    ref = await system.spawn(behavior)
    for text in (Note("a"), Note("b"), Open()):
        ref.tell(text)
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == ()
    ref.tell(Note("c"))
    ref.tell(Open())
    assert await ref.ask(Seen()) == ("a", "b", "c")


async def test_a_stashed_signal_is_handled_once_and_not_by_a_later_run(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("keeper", keeper())]))
    ref = system.kernel.child(root, "keeper")
    assert ref is not None
    ref.tell(Begin("watch"))
    await asyncio.sleep(1)
    other = next(iter(ref._cell._kin.children or ())).self  # type: ignore[union-attr]
    await system.stop(other)
    await asyncio.sleep(1)
    ref.tell(Open())
    assert await ref.ask(Seen()) == ("down",)


async def test_the_capacity_of_the_stash_can_be_chosen(system: ActorSystem) -> None:
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(keeper(capacity=2))
        for text in "abc":
            ref.tell(Note(text))
        error = (await anext(crashes)).error
    assert isinstance(error, StashOverflow)
    assert "AW-305" in str(error)
    assert "stashed more than 2 messages" in str(error)


def multiplier() -> Behavior[Increment, Counter]:
    return define_behavior("multiplier").with_context(Counter()).on(Increment, lambda by, actor: Counter(actor.context.count * by.by)).build()


async def test_a_mode_takes_another_behaviors_handlers_in(system: ActorSystem) -> None:
    behavior = (
        define_behavior("counter")
        .with_context(Counter(2))
        .on(Increment, lambda by, actor: Counter(actor.context.count + by.by))
        .on(Count, lambda _, actor: MessagePlan(reply=actor.context.count))
        .on(Open, lambda _, actor: MessagePlan(become="multiplying"))
        .mode("multiplying", multiplier())
        .on(Open, lambda _, actor: MessagePlan(become="default"))
        .build()
    )
    ref = await system.spawn(behavior)
    for text in (Increment(1), Open(), Increment(5), Open(), Increment(1)):
        ref.tell(text)
    assert await ref.ask(Count()) == 16


async def test_what_follows_in_that_mode_comes_before_what_was_taken_in(system: ActorSystem) -> None:
    rest = define_behavior("rest").with_context(0).on("add", lambda event, actor: actor.context + 1).on_message(lambda text, actor: actor.context + 100).build()
    behavior = (
        define_behavior("x")
        .with_context(0)
        .mode("m", rest)
        .on(Open, lambda _, actor: 7)
        .mode("default")
        .on(Open, lambda _, actor: MessagePlan(become="m"))
        .build()
    )
    ref = await system.spawn(behavior)
    for text in (Open(), {"type": "add"}, "anything"):
        ref.tell(text)
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == 101
    ref.tell(Open())
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == 7


def test_a_behavior_with_modes_of_its_own_cannot_be_taken_in() -> None:
    with pytest.raises(BadDefinition, match=r"AW-201 behavior 'x': mode\('m', <Behavior counter>\) takes a behavior with the modes default, multiplying"):
        define_behavior("x").with_context(Counter()).mode("m", counter)
