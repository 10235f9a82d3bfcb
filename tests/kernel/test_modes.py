"""Modes, push and pop, the stash, and how handlers are found."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import (
    ActorContext,
    ActorSystem,
    After,
    BadDefinition,
    BadPlan,
    Crashed,
    DuplicateWireName,
    MessagePlan,
    MutableContext,
    NotAMessage,
    Request,
    StashOverflow,
    Unhandled,
    define_behavior,
    message,
    pop,
    push,
)
from actorweb.kernel.delivery import Delivery
from tests.kernel.counter import Count, Counter, Increment, Multiplying, counter


@message
class Named:
    name: str = ""


@message
class Open: ...


async def test_become_changes_the_handlers_and_keeps_the_context(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    for step in (Increment(3), Multiplying(), Increment(5)):
        ref.tell(step)
    assert await ref.ask(Count()) == 15
    assert (await system.snapshot(ref)).mode == "multiplying"


async def test_handlers_before_the_first_mode_serve_every_mode_and_a_modes_own_come_first(system: ActorSystem) -> None:
    seen: list[str] = []
    behavior = (
        define_behavior("modes")
        .on(Named, lambda m, a: seen.append("base"))
        .on(Open, lambda m, a: MessagePlan(become="other"))
        .mode("other")
        .on(Named, lambda m, a: seen.append("other"))
        .mode("default")
        .on(Multiplying, lambda m, a: seen.append("default only"))
        .build()
    )
    ref = await system.spawn(behavior)
    async with system.reports(Unhandled) as reports:
        for step in (Named(), Multiplying(), Open(), Named(), Multiplying()):
            ref.tell(step)
        assert (await anext(reports)).message == Multiplying()
    assert seen == ["base", "default only", "other"]


async def test_push_remembers_and_pop_returns(system: ActorSystem) -> None:
    behavior = (
        define_behavior("stack")
        .on(Open, lambda m, a: MessagePlan(become=push("deeper")))
        .on(Named, lambda m, a: MessagePlan(become=pop()))
        .on(Count, lambda m, a: MessagePlan(reply=0))
        .mode("deeper")
        .build()
    )
    ref = await system.spawn(behavior)
    modes = []
    for step in (Open(), Open(), Named(), Named()):
        ref.tell(step)
        await ref.ask(Count())
        modes.append((await system.snapshot(ref)).mode)
    assert modes == ["deeper", "deeper", "deeper", "default"]
    async with system.reports(Crashed) as crashes:
        ref.tell(Named())
        assert "a push before each pop" in str((await anext(crashes)).error)


async def test_the_stack_of_modes_has_64_places(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("stack").on(Open, lambda m, a: MessagePlan(become=push("deeper"))).mode("deeper").build())
    async with system.reports(Crashed) as crashes:
        for _ in range(64):
            ref.tell(Open())
        error = (await anext(crashes)).error
    assert isinstance(error, BadPlan)
    assert "at most 64" in str(error)


async def test_stashed_messages_are_handled_in_order_before_waiting_ones_when_the_mode_changes(system: ActorSystem) -> None:
    seen: list[str] = []
    behavior = (
        define_behavior("door")
        .on(Named, lambda m, a: MessagePlan(stash=True))
        .on(Open, lambda m, a: MessagePlan(become="open"))
        .mode("open")
        .on(Named, lambda m, a: seen.append(m.name))
        .build()
    )
    ref = await system.spawn(behavior)
    for step in (Named("a"), Named("b"), Open(), Named("c")):
        ref.tell(step)
    await asyncio.sleep(1)
    assert seen == ["a", "b", "c"]


async def test_a_stashed_request_is_answered_when_it_is_released(system: ActorSystem) -> None:
    behavior = (
        define_behavior("door")
        .on(Count, lambda m, a: MessagePlan(stash=True))
        .on(Open, lambda m, a: MessagePlan(become="open"))
        .mode("open")
        .on(Count, lambda m, a: MessagePlan(reply=7))
        .build()
    )
    ref = await system.spawn(behavior)
    asked = asyncio.create_task(ref.ask(Count()))
    await asyncio.sleep(1)
    ref.tell(Open())
    assert await asked == 7


async def test_a_delivery_that_is_stashed_is_told_as_handled_once(system: ActorSystem) -> None:
    """The symptom: it was told again when it was released, so who counted its messages waited for ever."""
    handled: list[str] = []
    behavior = (
        define_behavior("door")
        .on(Named, lambda m, a: MessagePlan(stash=True))
        .on(Open, lambda m, a: MessagePlan(become="open"))
        .mode("open")
        .on(Named, lambda m, a: handled.append("by the actor"))
        .build()
    )
    ref = await system.spawn(behavior)
    system.kernel.send(ref, Delivery(Named("a"), lambda: handled.append("told")))
    await asyncio.sleep(0.1)
    ref.tell(Open())
    await asyncio.sleep(0.1)
    assert handled == ["told", "by the actor"]


async def test_a_full_stash_crashes_the_actor_and_says_so(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("door").on(Named, lambda m, a: MessagePlan(stash=True)).build())
    async with system.reports(Crashed) as crashes:
        for _ in range(1001):
            ref.tell(Named())
        error = (await anext(crashes)).error
    assert isinstance(error, StashOverflow)
    assert "more than 1000" in str(error)


async def test_become_the_same_mode_is_no_change(system: ActorSystem) -> None:
    behavior = (
        define_behavior("same")
        .with_context(0)
        .on(Open, lambda m, a: MessagePlan(become="default"))
        .on(Named, lambda m, a: MessagePlan(stash=True))
        .on(Count, lambda m, a: MessagePlan(reply=0))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Named())
    ref.tell(Open())
    await ref.ask(Count())
    assert (await system.snapshot(ref)).version == 0


async def test_entering_another_mode_ends_the_modes_timers(system: ActorSystem) -> None:
    seen: list[str] = []
    behavior = (
        define_behavior("timed")
        .on(Increment, lambda m, a: MessagePlan(schedule=[After(5, Named("of the mode"), mode=True), After(5, Named("of the run"))]))
        .on(Open, lambda m, a: MessagePlan(become="open"))
        .on(Named, lambda m, a: seen.append(m.name))
        .mode("open")
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Increment())
    ref.tell(Open())
    await asyncio.sleep(10)
    assert seen == ["of the run"]


async def test_a_handler_of_a_base_class_takes_subclasses(system: ActorSystem) -> None:
    seen: list[str] = []

    @message
    class Base:
        name: str

    @message
    class Left(Base): ...

    @message
    class Right(Base): ...

    behavior = define_behavior("bases").on(Base, lambda m, a: seen.append(f"base {m.name}")).on(Left, lambda m, a: seen.append(f"left {m.name}")).build()
    ref = await system.spawn(behavior)
    for step in (Base("1"), Left("2"), Right("3"), Right("4")):
        ref.tell(step)
    await asyncio.sleep(0.1)
    assert seen == ["base 1", "left 2", "base 3", "base 4"]


async def test_handlers_by_string_take_mappings_and_on_message_the_rest(system: ActorSystem) -> None:
    seen: list[object] = []
    behavior = (
        define_behavior("strings")
        .on("INCREMENT", lambda event, actor: seen.append(("increment", event["by"])))
        .on(Named, lambda m, a: seen.append(m))
        .on_message(lambda m, a: seen.append(("rest", m)))
        .build()
    )
    ref = await system.spawn(behavior)
    for step in ({"type": "INCREMENT", "by": 2}, {"type": "OTHER"}, Named("x"), 7):
        ref.tell(step)
    await asyncio.sleep(0.1)
    assert seen == [("increment", 2), ("rest", {"type": "OTHER"}), Named("x"), ("rest", 7)]


async def test_an_unhandled_message_is_a_report_and_no_crash(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    async with system.reports(Unhandled) as reports:
        ref.tell(Named("x"))  # type: ignore[arg-type]
        assert await anext(reports) == Unhandled(ref, Named("x"))
    assert await ref.ask(Count()) == 0


async def test_a_union_of_context_types_is_declared_by_the_functions_annotation(system: ActorSystem) -> None:
    def start() -> int | str:
        return 0

    behavior = define_behavior("union").with_context(start).on(Named, lambda m, a: m.name).on(Increment, lambda m, a: 1.5).build()  # type: ignore[arg-type, return-value]
    ref = await system.spawn(behavior)
    ref.tell(Named("now a text"))
    await asyncio.sleep(0.1)
    assert (await system.snapshot(ref)).context == "now a text"
    async with system.reports(Crashed) as crashes:
        ref.tell(Increment())
        assert "type int or str" in str((await anext(crashes)).error)


def test_a_class_that_is_no_message_is_refused() -> None:
    class Plain: ...

    with pytest.raises(NotAMessage, match="write @message above `class Plain`"):
        define_behavior("b").on(Plain, lambda m, a: None)


def test_a_subclass_that_is_not_decorated_is_no_message() -> None:
    class Sub(Named): ...

    with pytest.raises(NotAMessage, match="Sub"):
        define_behavior("b").on(Sub, lambda m, a: None)


def test_two_messages_of_one_wire_name_are_refused() -> None:
    @message(name="Named")
    class Other: ...

    with pytest.raises(DuplicateWireName, match=r"are both called 'Named'"):
        define_behavior("b").on(Named, lambda m, a: None).on(Other, lambda m, a: None).build()


def test_a_handler_that_is_no_function_is_refused() -> None:
    with pytest.raises(BadDefinition, match=r"a function of \(message, actor\)"):
        define_behavior("b").on(Named, "handler")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "a/b", None])
def test_a_behavior_wants_a_name(wrong: str) -> None:
    with pytest.raises(BadDefinition, match="name the behavior"):
        define_behavior(wrong)


def test_a_mode_wants_a_name() -> None:
    with pytest.raises(BadDefinition, match="name the mode"):
        define_behavior("b").mode("")


def test_none_is_no_context() -> None:
    with pytest.raises(BadDefinition, match="None means"):
        define_behavior("b").with_context(None)


def test_calling_a_behavior_whose_context_is_a_value_is_refused() -> None:
    with pytest.raises(BadDefinition, match="its context is a value"):
        counter(3)  # type: ignore[call-arg]


class Plain:
    def __init__(self) -> None:
        self.count = 0


@pytest.mark.parametrize("context", [[], {}, set(), bytearray(), list, Plain(), ([],), (1, {"a": 1})], ids=repr)
def test_a_mutable_context_is_refused_and_the_cure_named(context: object) -> None:
    with pytest.raises(MutableContext, match=r"with_context\(value, copy=function\)"):
        define_behavior("b").with_context(context).build()


def test_a_mutable_field_of_a_context_is_named() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Inner:
        items: list[int]

    @dataclass(frozen=True)
    class Outer:
        inner: Inner

    with pytest.raises(MutableContext, match=r"its context\.inner\.items is a list"):
        define_behavior("b").with_context(Outer(Inner([]))).build()


def test_a_dataclass_that_is_not_frozen_is_refused() -> None:
    from dataclasses import dataclass

    @dataclass
    class Loose:
        count: int = 0

    with pytest.raises(MutableContext, match="@dataclass\\(frozen=True\\) above class Loose"):
        define_behavior("b").with_context(Loose()).build()


@pytest.mark.parametrize("context", [0, 1.5, "a", (), (1, (2,)), frozenset({1}), Counter(), True, b""], ids=repr)
def test_immutable_contexts_are_taken(context: object) -> None:
    assert define_behavior("b").with_context(context).build().name == "b"


async def test_with_copy_each_run_gets_a_copy_of_a_mutable_context(system: ActorSystem) -> None:
    @message
    class Items(Request[tuple[int, ...]]): ...

    def add(increment: Increment, actor: ActorContext[list[int]]) -> list[int]:
        return [*actor.context, increment.by]

    behavior = define_behavior("lists").with_context([0], copy=list).on(Increment, add).on(Items, lambda m, a: MessagePlan(reply=tuple(a.context))).build()
    first, second = await system.spawn(behavior), await system.spawn(behavior)
    first.tell(Increment(1))
    assert await first.ask(Items()) == (0, 1)
    assert await second.ask(Items()) == (0,)


def test_a_builder_can_be_shared_half_way() -> None:
    half = define_behavior("b").with_context(0).on(Named, lambda m, a: None)
    with_more = half.on(Open, lambda m, a: None).build()
    assert set(half.build().messages) == {"Named"}
    assert set(with_more.messages) == {"Named", "Open"}


async def test_dependencies_reach_the_handlers(system: ActorSystem) -> None:
    behavior = define_behavior("dep").with_dependencies("the client").with_context("").on(Named, lambda m, a: a.dependencies).build()
    ref = await system.spawn(behavior)
    ref.tell(Named())
    await asyncio.sleep(0.1)
    assert (await system.snapshot(ref)).context == "the client"
