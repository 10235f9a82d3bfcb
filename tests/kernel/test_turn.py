"""A turn is a transaction: what a handler did that raised has never been."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    After,
    Ask,
    BadPlan,
    Crashed,
    Down,
    MessagePlan,
    Request,
    Started,
    Task,
    Tell,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.testing import Probe, SimulatedWorld
from tests.kernel.counter import Boom, Changed, Count, Counter, Fail, Increment, counter


@message
class Go:
    to: object


async def test_a_context_alone_is_a_result(system: ActorSystem) -> None:
    ref = await system.spawn(
        define_behavior("sum").with_context(0).on(Increment, lambda m, a: a.context + m.by).on(Count, lambda m, a: MessagePlan(reply=a.context)).build()
    )
    ref.tell(Increment(2))
    ref.tell(Increment(3))
    assert await ref.ask(Count()) == 5


async def test_none_changes_nothing(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("still").with_context(1).on(Increment, lambda m, a: None).build())
    ref.tell(Increment())
    await asyncio.sleep(0.1)
    assert (await system.snapshot(ref)).version == 0


async def test_each_change_of_context_or_mode_is_one_version(system: ActorSystem) -> None:
    behavior = (
        define_behavior("modes")
        .with_context(0)
        .on(Increment, lambda m, a: MessagePlan(context=a.context + 1, become="other"))
        .on(Fail, lambda m, a: MessagePlan(context=a.context))
        .on(Count, lambda m, a: MessagePlan(reply=a.context))
        .mode("other")
        .on(Increment, lambda m, a: MessagePlan(become="default"))
        .build()
    )
    ref = await system.spawn(behavior)
    seen = []
    for step in (Increment(), Fail(), Increment()):
        ref.tell(step)
        await ref.ask(Count())
        snapshot = await system.snapshot(ref)
        seen.append((snapshot.context, snapshot.mode, snapshot.version))
    assert seen == [(1, "other", 1), (1, "other", 1), (1, "default", 2)]


class Wrong(NamedTuple):
    result: object
    says: str


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("a text", "returned 'a text' (str)"),
        Wrong(7, "a new context of type Counter"),
        Wrong(MessagePlan(context="a text"), "returned 'a text' (str)"),
        Wrong(MessagePlan(become="nowhere"), "one of the modes 'default', 'multiplying'"),
        Wrong(MessagePlan(tell=[Increment()]), "only Tell"),
        Wrong(MessagePlan(tell=Increment()), "a list of Tell"),
        Wrong(MessagePlan(tell=[Tell("me", Increment())]), "tell contains Tell('me', …)\nExpected: an ActorRef or a ReplyTo in each Tell"),  # type: ignore[arg-type]
        Wrong(MessagePlan(ask=[Ask("me", Count(), on_reply=print)]), "ask contains Ask('me', …)\nExpected: an ActorRef in each Ask"),  # type: ignore[arg-type]
        Wrong(MessagePlan(schedule=[After(-1, Increment())]), "a delay of 0 seconds or more"),
        Wrong(MessagePlan(tel=[]), "there is an entry 'tel'"),  # type: ignore[call-arg]
        Wrong(MessagePlan(stop="now"), "True or a reason"),  # type: ignore[arg-type]
        Wrong(MessagePlan(run=[lambda: None]), "only Task"),  # type: ignore[list-item]
        Wrong(MessagePlan(emit=Changed(1)), "a list of messages"),  # type: ignore[arg-type]
    ],
    ids=lambda wrong: wrong.says,
)
async def test_a_result_that_is_no_plan_crashes_the_turn_and_says_what_was_expected(system: ActorSystem, wrong: Wrong) -> None:
    behavior = define_behavior("wrong").with_context(Counter(3)).on(Increment, lambda m, a: wrong.result).mode("multiplying").build()  # type: ignore[arg-type, return-value]
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(behavior)
        ref.tell(Increment())
        crashed = await anext(crashes)
    assert isinstance(crashed.error, BadPlan)
    assert wrong.says in str(crashed.error)
    assert "Expected: " in str(crashed.error)
    assert "Do: " in str(crashed.error)
    assert crashed.context == Counter(3)


def _raise(value: object) -> object:
    raise Boom(str(value))


Side = Callable[[ActorContext[Counter], ActorRef[object], ActorSystem], object]


async def _crash_leaves(system: ActorSystem, handler: Callable[[Go, ActorContext[Counter]], object]) -> list[object]:
    """Run a handler that raises and give what reached the outside."""
    behavior = define_behavior("culprit").with_context(Counter(3)).on(Go, handler).on(Count, lambda m, a: MessagePlan(reply=a.context.count)).build()  # type: ignore[arg-type]
    probe = Probe(system)
    tree = await system.spawn(supervisor("root", children=[child("culprit", behavior, name="culprit")]))
    ref = system.lookup("culprit")
    assert ref is not None
    events: list[object] = []
    system.kernel.listen(ref, events.append)
    async with system.reports(Crashed) as crashes:
        ref.tell(Go(probe.ref))
        crashed = await anext(crashes)
        await asyncio.sleep(10)
    assert crashed.context == Counter(3)
    assert await ref.ask(Count()) == 3  # type: ignore[arg-type]
    assert await tree.ask(__import__("actorweb").CountChildren()) is not None
    return [*probe.messages, *events]


async def test_a_sync_handler_that_raises_leaves_no_send(system: ActorSystem) -> None:
    def handler(go: Go, actor: ActorContext[Counter]) -> object:
        go.to.tell("early")  # type: ignore[attr-defined]
        raise Boom

    assert await _crash_leaves(system, handler) == []


async def test_an_async_handler_that_raises_leaves_no_send_from_before_or_after_its_wait(system: ActorSystem) -> None:
    async def handler(go: Go, actor: ActorContext[Counter]) -> object:
        go.to.tell("before")  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        go.to.tell("after")  # type: ignore[attr-defined]
        raise Boom

    assert await _crash_leaves(system, handler) == []


async def test_an_async_handler_that_raises_without_waiting_leaves_no_send(system: ActorSystem) -> None:
    async def handler(go: Go, actor: ActorContext[Counter]) -> object:
        go.to.tell("early")  # type: ignore[attr-defined]
        raise Boom

    assert await _crash_leaves(system, handler) == []


async def test_a_plan_that_is_refused_leaves_no_context_reply_send_emit_timer_task_or_child(system: ActorSystem) -> None:
    ran = []

    async def work() -> None:
        ran.append("task")

    def handler(go: Go, actor: ActorContext[Counter]) -> object:
        actor.spawn(define_behavior("child").on_start(lambda actor: ran.append("child")).build(), name="child")
        return MessagePlan(
            context=Counter(9),
            emit=[Changed(9)],
            tell=[Tell(go.to, "told")],  # type: ignore[arg-type]
            schedule=[After(1, Go(go.to), key="later")],
            run=[Task(work, on_done=lambda _: Increment())],
            next=[Go(go.to)],
            become="nowhere",
        )

    assert await _crash_leaves(system, handler) == []
    assert ran == []
    assert system.lookup("child") is None


async def test_a_handler_that_raises_leaves_no_child_and_frees_its_name(system: ActorSystem) -> None:
    started = []

    def handler(go: Go, actor: ActorContext[Counter]) -> object:
        ref = actor.spawn(define_behavior("child").on_start(lambda actor: started.append(1)).on_message(lambda m, a: None).build(), name="child")
        ref.tell("hello")
        raise Boom

    assert await _crash_leaves(system, handler) == []
    assert started == []
    assert system.lookup("child") is None


async def test_an_asker_hears_of_the_crash_and_gets_no_reply(system: ActorSystem) -> None:
    from actorweb import ActorCrashed

    @message
    class Question(Request[int]): ...

    def handler(question: Question, actor: ActorContext[Counter]) -> MessagePlan[Counter, int]:
        actor.reply_to.tell(1)
        raise Boom("no")

    ref = await system.spawn(define_behavior("raises").with_context(Counter()).on(Question, handler).build())
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Question())
    assert isinstance(caught.value.error, Boom)
    assert caught.value.__cause__ is caught.value.error


async def test_a_turn_commits_in_the_documented_order(system: ActorSystem) -> None:
    order: list[str] = []

    @message
    class Question(Request[str]): ...

    @message
    class Note:
        text: str

    sink = await system.spawn(define_behavior("sink").on(Note, lambda m, a: order.append(m.text)).build())

    def handler(question: Question, actor: ActorContext[Counter]) -> MessagePlan[Counter, str]:
        sink.tell(Note("sent in the turn"))
        return MessagePlan(reply="reply", tell=[Tell(sink, Note("told"))], emit=[Changed(1)], next=[Note("next")])

    ref = await system.spawn(define_behavior("orderly").with_context(Counter()).on(Question, handler).on(Note, lambda m, a: order.append(m.text)).build())
    system.kernel.listen(ref, lambda event: order.append("emitted"))
    order.append(await ref.ask(Question()))
    await asyncio.sleep(1)
    assert order.index("sent in the turn") < order.index("told")
    assert order[0] == "emitted"
    assert sorted(order) == ["emitted", "next", "reply", "sent in the turn", "told"]


async def test_next_runs_before_anything_that_waits_and_its_own_next_before_the_rest(system: ActorSystem) -> None:
    @message
    class Step:
        name: str
        then: tuple[str, ...] = ()

    seen: list[str] = []

    def handler(step: Step, actor: ActorContext[None]) -> MessagePlan[None]:
        seen.append(step.name)
        return MessagePlan(next=[Step(name, ("a1", "a2") if name == "a" else ()) for name in step.then])

    ref = await system.spawn(define_behavior("steps").on(Step, handler).build())
    ref.tell(Step("first", ("a", "b")))
    ref.tell(Step("waiting"))
    ref.tell(Step("behind"))
    await asyncio.sleep(1)
    assert seen == ["first", "a", "a1", "a2", "b", "waiting", "behind"]


async def test_messages_of_a_pair_arrive_in_the_order_sent_whatever_the_handlers_are(system: ActorSystem) -> None:
    @message
    class Number:
        n: int

    seen: list[int] = []

    async def slow(number: Number, actor: ActorContext[None]) -> None:
        if number.n % 3 == 0:
            await asyncio.sleep(0.5)
        seen.append(number.n)

    ref = await system.spawn(define_behavior("slow").on(Number, slow).build())
    for n in range(20):
        ref.tell(Number(n))
        if n == 10:
            await asyncio.sleep(0.7)
    await asyncio.sleep(20)
    assert seen == list(range(20))


async def test_an_actor_handles_one_message_at_a_time(system: ActorSystem) -> None:
    active: list[int] = []
    most: list[int] = []

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        active.append(1)
        most.append(len(active))
        await asyncio.sleep(1)
        active.pop()

    ref = await system.spawn(define_behavior("one").on(Increment, handler).build())
    for _ in range(5):
        ref.tell(Increment())
    await asyncio.sleep(10)
    assert most == [1] * 5


async def test_what_an_async_handler_sends_leaves_when_its_turn_commits(system: ActorSystem) -> None:
    probe = Probe(system)

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        probe.ref.tell("sent")
        await asyncio.sleep(5)

    ref = await system.spawn(define_behavior("slow").on(Increment, handler).build())
    ref.tell(Increment())
    await asyncio.sleep(4)
    assert probe.messages == []
    await asyncio.sleep(2)
    assert probe.messages == ["sent"]


async def test_an_awaited_ask_is_a_point_of_no_return(system: ActorSystem) -> None:
    probe = Probe(system)
    other = await system.spawn(counter)

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        probe.ref.tell("before the ask")
        await other.ask(Count())
        probe.ref.tell("after the ask")
        raise Boom

    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(define_behavior("asker").on(Increment, handler).build())
        ref.tell(Increment())
        await anext(crashes)
    await asyncio.sleep(1)
    assert probe.messages == ["before the ask"]


async def test_a_send_through_a_turn_that_has_ended_goes_out_and_is_reported(system: ActorSystem) -> None:
    from actorweb.kernel.reports import StrayMessage

    probe = Probe(system)
    tasks = []

    async def later() -> None:
        await asyncio.sleep(5)
        probe.ref.tell("late")

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        tasks.append(asyncio.create_task(later()))
        await asyncio.sleep(0.1)

    async with system.reports(StrayMessage) as strays:
        ref = await system.spawn(define_behavior("careless").on(Increment, handler).build())
        ref.tell(Increment())
        assert (await anext(strays)).message == "late"
    assert await probe.receive(str) == "late"


async def test_asyncio_timeout_works_in_a_handler(system: ActorSystem) -> None:
    outcome = []

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        try:
            async with asyncio.timeout(1):
                await asyncio.sleep(60)
        except TimeoutError:
            outcome.append("timed out")

    ref = await system.spawn(define_behavior("timed").on(Increment, handler).build())
    ref.tell(Increment())
    await asyncio.sleep(2)
    assert outcome == ["timed out"]


async def test_a_tell_in_a_plan_reaches_its_ref(system: ActorSystem) -> None:
    probe = Probe(system)
    ref = await system.spawn(define_behavior("teller").on(Increment, lambda m, a: MessagePlan(tell=[Tell(probe.ref, "hi")])).build())
    ref.tell(Increment())
    assert await probe.receive(str) == "hi"


def test_the_same_seed_gives_the_same_trace() -> None:
    def trace(seed: int) -> list[str]:
        seen: list[str] = []
        world = SimulatedWorld(seed=seed)

        async def main() -> None:
            async with ActorSystem(world=world) as system:
                system.kernel.trace(lambda trace: seen.append(f"{trace.ref.path} {trace.message!r}"))
                refs = [await system.spawn(counter) for _ in range(5)]
                for n in range(50):
                    refs[n % 5].tell(Increment(n))
                await asyncio.sleep(1)

        world.run(main())
        return seen

    assert trace(7) == trace(7)
    assert len({tuple(trace(seed)) for seed in range(5)}) > 1


async def test_a_child_that_was_spawned_gets_what_was_told_to_it_in_the_same_turn(system: ActorSystem) -> None:
    probe = Probe(system)

    @message
    class Note:
        text: str

    behavior = define_behavior("child").on(Note, lambda m, a: MessagePlan(tell=[Tell(probe.ref, m.text)])).build()

    def handler(increment: Increment, actor: ActorContext[None]) -> None:
        actor.spawn(behavior, name="kid").tell(Note("hello"))

    async with system.reports(Started):
        ref = await system.spawn(define_behavior("parent").on(Increment, handler).build())
        ref.tell(Increment())
        assert await probe.receive(str) == "hello"
        kid = system.lookup("kid")
        assert kid is not None
        assert kid.path == f"{ref.path}/kid"


async def test_a_failed_start_of_a_child_arrives_as_down(system: ActorSystem) -> None:
    from actorweb import Crash, StartFailed

    downs: list[Down] = []
    broken = define_behavior("broken").on_start(lambda actor: _raise("at start")).build()  # type: ignore[arg-type, return-value]
    behavior = define_behavior("parent").on(Increment, lambda m, a: a.spawn(broken) and None).on(Down, lambda down, actor: downs.append(down)).build()
    ref = await system.spawn(behavior)
    ref.tell(Increment())
    await asyncio.sleep(1)
    (down,) = downs
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, StartFailed)
    assert isinstance(down.reason.error.__cause__, Boom)
