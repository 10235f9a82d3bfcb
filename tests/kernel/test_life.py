"""Starting and ending: SEMANTICS 1 to 6."""

from __future__ import annotations

import asyncio
import gc
import warnings
import weakref
from collections.abc import Awaitable

import pytest

from actorweb import (
    ActorContext,
    ActorStopped,
    ActorSystem,
    BadDefinition,
    Crash,
    Crashed,
    DeadLetter,
    Down,
    Ignore,
    Killed,
    MessagePlan,
    Misuse,
    MutableContext,
    NameTaken,
    NoProc,
    Normal,
    Shutdown,
    StartFailed,
    StartTimeout,
    Stopped,
    SystemClosed,
    Unkillable,
    child,
    define_behavior,
    supervisor,
)
from actorweb.kernel import exits
from actorweb.kernel.signals import Reason
from actorweb.testing import Probe, SimulatedWorld
from tests.kernel.counter import Boom, Count, Counter, Fail, Increment, counter


async def test_spawn_returns_once_started(system: ActorSystem) -> None:
    done: list[str] = []

    async def start(actor: ActorContext[int]) -> int:
        await asyncio.sleep(2)
        done.append("started")
        return 7

    ref = await system.spawn(define_behavior("slow").with_context(0).on_start(start).on(Count, lambda m, a: MessagePlan(reply=a.context)).build())
    assert done == ["started"]
    assert await ref.ask(Count()) == 7


async def test_messages_sent_during_a_slow_start_wait_in_order(system: ActorSystem) -> None:
    async def start(actor: ActorContext[tuple[int, ...]]) -> None:
        await asyncio.sleep(2)

    behavior = (
        define_behavior("slow")
        .with_context(())
        .on_start(start)
        .on(Increment, lambda m, a: (*a.context, m.by))
        .on(Count, lambda m, a: MessagePlan(reply=len(a.context)))
        .build()
    )
    ref = system.kernel.spawn(behavior, name="slow")
    for n in range(5):
        ref.tell(Increment(n))
    assert await ref.ask(Count()) == 5
    assert (await system.snapshot(ref)).context == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("kind", ["context", "sync", "async", "plan"])
async def test_a_start_that_raises_is_start_failed_with_its_cause_and_leaves_nothing(system: ActorSystem, kind: str) -> None:
    probe = Probe(system)

    def sync(actor: ActorContext[Counter]) -> None:
        probe.ref.tell("sent")
        actor.spawn(counter, name="kid")
        raise Boom

    async def later(actor: ActorContext[Counter]) -> None:
        probe.ref.tell("sent")
        await asyncio.sleep(1)
        actor.spawn(counter, name="kid")
        raise Boom

    start = define_behavior("broken")
    behavior = {
        "context": start.with_context(lambda: 1 // 0).build(),
        "sync": start.with_context(Counter()).on_start(sync).build(),
        "async": start.with_context(Counter()).on_start(later).build(),
        "plan": start.with_context(Counter()).on_start(lambda actor: MessagePlan(become="nowhere")).build(),
    }[kind]
    with pytest.raises(StartFailed) as caught:
        await system.spawn(behavior, name="broken")
    assert caught.value.child is None
    assert caught.value.__cause__ is not None
    assert system.lookup("broken") is None
    assert system.lookup("kid") is None
    await asyncio.sleep(1)
    assert probe.messages == []
    assert caught.value.ref.path == "/broken"


async def test_on_start_may_ignore_which_is_no_error_and_frees_the_name(system: ActorSystem) -> None:
    stops: list[int] = []
    ref = await system.spawn(define_behavior("shy").on_start(lambda actor: Ignore()).on_stop(lambda actor: stops.append(1)).build(), name="shy")
    assert system.lookup("shy") is None
    with pytest.raises(ActorStopped):
        await system.snapshot(ref)
    assert stops == []


async def test_a_start_that_takes_too_long_fails_and_is_ended(system: ActorSystem) -> None:
    cleaned: list[str] = []

    async def start(actor: ActorContext[None]) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append("cleaned")

    with pytest.raises(StartFailed, match="after 2 s") as caught:
        await system.spawn(define_behavior("slow").on_start(start).build(), name="slow", timeout=2)
    assert cleaned == ["cleaned"]
    assert isinstance(caught.value.__cause__, StartTimeout)
    assert system.lookup("slow") is None


async def test_a_taken_name_is_refused_and_names_the_holder(system: ActorSystem) -> None:
    ref = await system.spawn(counter, name="counter")
    with pytest.raises(NameTaken) as caught:
        await system.spawn(counter, name="counter")
    assert (caught.value.name, caught.value.ref) == ("counter", ref)
    assert system.lookup("counter") is ref


@pytest.mark.parametrize("name", ["", "a/b"])
async def test_a_name_that_would_break_paths_is_refused(system: ActorSystem, name: str) -> None:
    with pytest.raises(BadDefinition, match="an actor was to be named"):
        await system.spawn(counter, name=name)


@pytest.mark.parametrize("reason", [Normal(), Shutdown("bye"), Crash(Boom())], ids=lambda reason: type(reason).__name__)
async def test_on_stop_runs_once_with_the_last_context_and_the_reason(system: ActorSystem, reason: Reason) -> None:
    seen: list[object] = []
    behavior = (
        define_behavior("stops")
        .with_context(0)
        .on(Increment, lambda m, a: a.context + 1)
        .on_stop(lambda actor: seen.append((actor.context, actor.reason)))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Increment())
    await asyncio.sleep(0.1)
    await system.stop(ref, reason=reason)
    assert seen == [(1, reason)]


async def test_killed_skips_on_stop(system: ActorSystem) -> None:
    seen: list[int] = []
    ref = await system.spawn(define_behavior("stops").on_stop(lambda actor: seen.append(1)).build())
    await system.stop(ref, reason=Killed())
    assert seen == []


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_an_on_stop_that_raises_makes_its_error_the_reason(system: ActorSystem, kind: str) -> None:
    def sync(actor: ActorContext[None]) -> None:
        raise Boom

    async def later(actor: ActorContext[None]) -> None:
        await asyncio.sleep(1)
        raise Boom

    probe = Probe(system)
    ref = await system.spawn(define_behavior("stops").on_stop(sync if kind == "sync" else later).build())
    probe.watch(ref)
    async with system.reports(Crashed) as crashes:
        await system.stop(ref)
        assert isinstance((await anext(crashes)).error, Boom)
    reason = (await probe.receive(Down)).reason
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, Boom)


async def test_stop_ends_the_actor_before_its_waiting_messages_which_become_dead_letters(system: ActorSystem) -> None:
    seen: list[int] = []
    ref = await system.spawn(define_behavior("stops").on(Increment, lambda m, a: seen.append(m.by)).build())
    async with system.reports(DeadLetter) as letters:
        for n in range(3):
            ref.tell(Increment(n))
        await system.stop(ref)
        assert [(await anext(letters)).message for _ in range(3)] == [Increment(0), Increment(1), Increment(2)]
    assert seen == []


async def test_stopping_what_has_ended_says_so(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.stop(ref)
    with pytest.raises(ActorStopped) as caught:
        await system.stop(ref)
    assert caught.value.reason == NoProc()


async def test_stop_true_is_normal_and_a_reason_is_itself(system: ActorSystem) -> None:
    probe = Probe(system)
    error = Boom()
    for stop, reason in ((True, Normal()), (Shutdown(1), Shutdown(1)), (Crash(error), Crash(error))):
        ref = await system.spawn(define_behavior("stops").with_context(0).on(Increment, lambda m, a, stop=stop: MessagePlan(context=1, stop=stop)).build())  # type: ignore[misc]
        probe.watch(ref)
        ref.tell(Increment())
        assert (await probe.receive(Down)).reason == reason


async def test_a_handler_that_awaits_is_cancelled_by_stop(system: ActorSystem) -> None:
    seen: list[str] = []

    async def handler(increment: Increment, actor: ActorContext[None]) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    ref = await system.spawn(define_behavior("busy").on(Increment, handler).build())
    ref.tell(Increment())
    await asyncio.sleep(1)
    await system.stop(ref)
    assert seen == ["cancelled"]


async def test_a_coroutine_that_will_not_end_is_detached_and_reported(system: ActorSystem) -> None:
    async def stubborn(increment: Increment, actor: ActorContext[None]) -> None:
        for _ in range(20):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    ref = await system.spawn(define_behavior("stubborn").on(Increment, stubborn).build())
    ref.tell(Increment())
    await asyncio.sleep(1)
    before = system.kernel.world.now()
    async with system.reports(Unkillable) as reports:
        await system.stop(ref, timeout=3)
        assert (await anext(reports)).ref is ref
    assert system.kernel.world.now() - before == 3


async def test_what_a_detached_handler_returns_at_last_changes_nothing_in_the_next_run(system: ActorSystem) -> None:
    async def stubborn(increment: Increment, actor: ActorContext[int]) -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)
        return 1000

    behavior = define_behavior("stubborn").with_context(0).on(Increment, stubborn).build()
    tree = await system.spawn(supervisor("root", children=[child("a", behavior, shutdown=1.0)]))
    ref = system.kernel.child(tree, "a")
    assert ref is not None
    ref.tell(Increment())
    await asyncio.sleep(1)
    async with system.reports(Unkillable) as reports:
        await system.stop(ref)
        await anext(reports)
    await asyncio.sleep(100)
    snapshot = await system.snapshot(ref)
    assert (snapshot.context, snapshot.status) == (0, "active")


async def test_an_on_stop_that_takes_too_long_is_cancelled_and_reported(system: ActorSystem) -> None:
    seen: list[str] = []

    async def slow(actor: ActorContext[None]) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    ref = await system.spawn(define_behavior("slow").on_stop(slow).build())
    before = system.kernel.world.now()
    async with system.reports(Unkillable) as reports:
        await system.stop(ref, timeout=2)
        assert (await anext(reports)).ref is ref
    await asyncio.sleep(0.1)
    assert seen == ["cancelled"]
    assert system.kernel.world.now() - before == 2.1


async def test_an_on_stop_that_is_cancelled_before_its_first_step_leaves_no_warning(system: ActorSystem) -> None:
    async def slow(actor: ActorContext[None]) -> None:
        await asyncio.sleep(60)

    ref = await system.spawn(define_behavior("slow").on_stop(slow).build())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        system.kernel.stop(ref)
        system.kernel.drain()
        for _ in range(3):
            system.kernel.drain()  # on_stop is a task now that has not run yet
        exits.kill_tree(system.kernel, ref._cell)
        await asyncio.sleep(1)
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert ref._cell._run is not None
    assert ref._cell._run.ended


async def test_the_reason_is_for_on_stop_only(system: ActorSystem) -> None:
    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(define_behavior("asks").on(Increment, lambda m, a: a.reason and None).build())
        ref.tell(Increment())
        assert isinstance((await anext(crashes)).error, Misuse)


async def test_leaving_the_system_stops_the_newest_first_and_children_before_parents(world: SimulatedWorld) -> None:
    seen: list[str] = []

    def named(name: str) -> object:
        return define_behavior(name).on_start(lambda actor: actor.spawn(kid) and None if name == "b" else None).on_stop(lambda actor: seen.append(name)).build()

    kid = define_behavior("kid").on_stop(lambda actor: seen.append("kid of b")).build()
    async with ActorSystem(world=world) as system:
        for name in "abc":
            await system.spawn(named(name))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
    assert seen == ["c", "kid of b", "b", "a"]
    with pytest.raises(SystemClosed):
        await system.spawn(counter)


async def test_what_is_still_on_its_way_when_the_system_ends_is_a_dead_letter(world: SimulatedWorld) -> None:
    letters: list[object] = []
    async with ActorSystem(world=world) as system:
        system.reports.subscribe(lambda report: letters.append(report.message) if isinstance(report, DeadLetter) else None)
        ref = await system.spawn(define_behavior("stops").on(Increment, lambda m, a: None).build())
        await system.stop(ref)
        for n in range(3):
            ref.tell(Increment(n))
    assert letters == [Increment(0), Increment(1), Increment(2)]


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("kind", ["sync", "async", "after a wait"])
def test_a_fatal_error_of_a_handler_stops_the_system_in_order_and_is_raised(fatal: type[BaseException], kind: str) -> None:
    seen: list[str] = []
    world = SimulatedWorld(seed=1)

    async def later() -> None:
        if kind == "after a wait":
            await asyncio.sleep(1)
        raise fatal

    def handler(increment: Increment, actor: ActorContext[None]) -> Awaitable[None]:
        if kind == "sync":
            raise fatal
        return later()

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            await system.spawn(define_behavior("other").on_stop(lambda actor: seen.append("stopped")).build())
            ref = await system.spawn(define_behavior("fatal").on(Increment, handler).build())
            ref.tell(Increment())
            await asyncio.sleep(60)
            seen.append("went on")

    with pytest.raises(fatal):
        world.run(main())
    assert seen == ["stopped"]


async def test_arguments_of_a_context_function_are_bound_by_calling_the_behavior(system: ActorSystem) -> None:
    behavior = define_behavior("starting").with_context(Counter).on(Count, lambda m, a: MessagePlan(reply=a.context.count)).build()
    assert await (await system.spawn(behavior(count=3))).ask(Count()) == 3
    assert await (await system.spawn(behavior)).ask(Count()) == 0
    with pytest.raises(BadDefinition, match="unexpected keyword argument 'cont'"):
        behavior(cont=3)  # type: ignore[call-arg]


async def test_a_context_function_that_wants_arguments_and_gets_none_is_refused(system: ActorSystem) -> None:
    def start_at(start: int) -> Counter:
        return Counter(start)

    with pytest.raises(BadDefinition, match="missing a required argument: 'start'"):
        await system.spawn(define_behavior("starting").with_context(start_at).build())  # type: ignore[arg-type]


async def test_a_mutable_context_from_a_function_fails_the_start(system: ActorSystem) -> None:
    with pytest.raises(StartFailed) as caught:
        await system.spawn(define_behavior("lists").with_context(lambda: [1]).build())
    assert isinstance(caught.value.__cause__, MutableContext)


async def test_nothing_is_kept_of_an_actor_that_has_ended_and_is_not_referred_to(system: ActorSystem) -> None:
    system.reports.subscribe(lambda report: None)  # a log would keep the traceback, and so the actor
    ref = await system.spawn(counter, name="gone")
    ref.tell(Increment())
    ref.tell(Fail())
    await asyncio.sleep(1)
    gone = weakref.ref(ref)
    del ref
    gc.collect()
    assert gone() is None


async def test_starts_and_stops_are_reported(system: ActorSystem) -> None:
    seen: list[object] = []
    system.reports.subscribe(seen.append)
    ref = await system.spawn(counter)
    await system.stop(ref)
    assert [type(report).__name__ for report in seen] == ["Started", "Stopped"]
    assert seen[1] == Stopped(ref, Normal())
