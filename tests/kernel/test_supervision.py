"""Supervision is OTP's: one sentence of promise, one test."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import pytest

from actorweb import (
    ActorContext,
    ActorStopped,
    ActorSystem,
    BadSpec,
    ChildCounts,
    ChildInfo,
    CountChildren,
    Crash,
    Crashed,
    DeadLetter,
    Down,
    Ignore,
    Killed,
    MessagePlan,
    NameTaken,
    Normal,
    Restarted,
    Shutdown,
    StartFailed,
    Stopped,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.kernel.signals import Reason
from actorweb.testing import Probe
from tests.kernel.counter import Boom, Count, Fail, Increment, counter


async def test_a_restart_keeps_the_ref_and_gives_a_fresh_context(system: ActorSystem) -> None:
    await system.spawn(supervisor("root", children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    async with system.reports(Restarted) as restarts:
        ref.tell(Increment(5))
        ref.tell(Fail())
        restarted = await anext(restarts)
    assert restarted.ref is ref
    assert isinstance(restarted.reason, Crash)
    assert system.lookup("counter") is ref
    assert await ref.ask(Count()) == 0  # type: ignore[arg-type]


async def test_the_message_that_crashed_is_reported_and_not_run_again(system: ActorSystem) -> None:
    runs: list[str] = []

    def handler(fail: Fail, actor: ActorContext[None]) -> None:
        runs.append(fail.text)
        raise Boom(fail.text)

    await system.spawn(supervisor("root", children=[child("a", define_behavior("a").on(Fail, handler).build(), name="a")]))
    ref = system.lookup("a")
    assert ref is not None
    async with system.reports(Crashed) as crashes:
        ref.tell(Fail("once"))
        crashed = await anext(crashes)
    await asyncio.sleep(1)
    assert crashed.message == Fail("once")
    assert runs == ["once"]


async def test_waiting_messages_stay_over_a_restart(system: ActorSystem) -> None:
    await system.spawn(supervisor("root", children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    for text in (Increment(1), Fail(), Increment(10), Increment(100)):
        ref.tell(text)
    assert await ref.ask(Count()) == 110  # type: ignore[arg-type]


ENDS: Sequence[tuple[Literal["permanent", "transient", "temporary"], Reason, bool]] = [
    ("permanent", Normal(), True),
    ("permanent", Shutdown(), True),
    ("permanent", Killed(), True),
    ("permanent", Crash(Boom()), True),
    ("transient", Normal(), False),
    ("transient", Shutdown(), False),
    ("transient", Killed(), True),
    ("transient", Crash(Boom()), True),
    ("temporary", Normal(), False),
    ("temporary", Killed(), False),
    ("temporary", Crash(Boom()), False),
]


@pytest.mark.parametrize(("restart", "reason", "restarted"), ENDS, ids=lambda value: value if isinstance(value, str) else type(value).__name__)
async def test_the_restart_type_decides_who_is_started_again(
    system: ActorSystem, restart: Literal["permanent", "transient", "temporary"], reason: Reason, restarted: bool
) -> None:  # noqa: FBT001
    tree = await system.spawn(supervisor("root", children=[child("counter", counter, restart=restart, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    ref.tell(Increment(3))
    await ref.ask(Count())  # type: ignore[arg-type]
    await system.stop(ref, reason=reason)
    await asyncio.sleep(1)
    infos = await tree.ask(WhichChildren())
    if restarted:
        assert await ref.ask(Count()) == 0  # type: ignore[arg-type]
        assert infos == (ChildInfo("counter", ref, "up"),)
    else:
        assert system.lookup("counter") is None
        assert infos == (() if restart == "temporary" else (ChildInfo("counter", None, "stopped"),))


async def test_more_restarts_than_the_intensity_end_the_supervisor_with_shutdown(system: ActorSystem) -> None:
    probe = Probe(system)
    starts: list[int] = []
    behavior = define_behavior("crashing").on_start(lambda actor: starts.append(1)).on(Fail, lambda m, a: 1 / 0 and None).build()
    tree = await system.spawn(supervisor("root", intensity=4, period=5.0, children=[child("a", behavior, name="a")]))
    ref = system.lookup("a")
    assert ref is not None
    probe.watch(tree)
    for _ in range(6):
        ref.tell(Fail())
        await asyncio.sleep(0.1)
    down = await probe.receive(Down)
    assert isinstance(down.reason, Shutdown)
    assert len(starts) == 5
    assert system.lookup("a") is None


async def test_the_period_is_inclusive_and_restarts_before_it_do_not_count(system: ActorSystem) -> None:
    tree = await system.spawn(supervisor("root", intensity=1, period=5.0, children=[child("counter", counter, name="counter")]))
    ref = system.lookup("counter")
    assert ref is not None
    for _ in range(4):
        ref.tell(Fail())
        await asyncio.sleep(5.001)
    assert await tree.ask(CountChildren()) == ChildCounts(specs=1, active=1, supervisors=0, workers=1)
    ref.tell(Fail())
    await asyncio.sleep(5.0)
    ref.tell(Fail())
    await asyncio.sleep(0.1)
    with pytest.raises(ActorStopped):
        await tree.ask(CountChildren())


async def test_children_start_forwards_and_stop_in_reverse_before_their_parent(system: ActorSystem) -> None:
    seen: list[str] = []

    def worker(name: str) -> object:
        return define_behavior(name).on_start(lambda actor: seen.append(f"start {name}")).on_stop(lambda actor: seen.append(f"stop {name}")).build()

    inner = supervisor("inner", children=[child("b", worker("b")), child("c", worker("c"))])  # type: ignore[arg-type]
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a")), child("inner", inner), child("d", worker("d"))]))  # type: ignore[arg-type]
    await system.stop(tree)
    assert seen == ["start a", "start b", "start c", "start d", "stop d", "stop c", "stop b", "stop a"]


async def test_a_failed_first_start_is_not_retried_stops_the_others_in_reverse_and_names_the_child(system: ActorSystem) -> None:
    seen: list[str] = []

    def worker(name: str) -> object:
        return define_behavior(name).on_start(lambda actor: seen.append(f"start {name}")).on_stop(lambda actor: seen.append(f"stop {name}")).build()

    def broken(actor: ActorContext[None]) -> None:
        seen.append("start broken")
        raise Boom("at start")

    with pytest.raises(StartFailed) as caught:
        await system.spawn(
            supervisor(
                "root",
                children=[
                    child("a", worker("a")),
                    child("b", worker("b")),
                    child("broken", define_behavior("broken").on_start(broken).build()),
                    child("d", worker("d")),
                ],
            )  # type: ignore[arg-type]
        )
    assert seen == ["start a", "start b", "start broken", "stop b", "stop a"]
    assert caught.value.child == "broken"
    assert isinstance(caught.value.__cause__, Boom)


async def test_the_failure_of_an_inner_supervisor_names_it_and_the_cause_names_its_child(system: ActorSystem) -> None:
    broken = define_behavior("broken").with_context(lambda: 1 // 0).build()
    inner = supervisor("inner", children=[child("worker", broken)])
    with pytest.raises(StartFailed) as caught:
        await system.spawn(supervisor("root", children=[child("inner", inner)]))
    assert caught.value.child == "inner"
    assert isinstance(caught.value.__cause__, StartFailed)
    assert caught.value.__cause__.child == "worker"
    assert isinstance(caught.value.__cause__.__cause__, ZeroDivisionError)


async def test_a_failed_restart_is_retried_and_counts(system: ActorSystem) -> None:
    starts: list[int] = []

    def start(actor: ActorContext[None]) -> None:
        starts.append(1)
        if len(starts) > 1:
            raise Boom("again")

    behavior = define_behavior("fragile").on_start(start).on(Fail, lambda m, a: 1 / 0 and None).build()
    tree = await system.spawn(supervisor("root", intensity=4, children=[child("a", behavior, name="a")]))
    ref = system.lookup("a")
    assert ref is not None
    ref.tell(Fail())
    await asyncio.sleep(1)
    assert len(starts) == 5
    with pytest.raises(ActorStopped):
        await tree.ask(CountChildren())


async def test_a_taken_name_fails_the_start_of_the_supervisor(system: ActorSystem) -> None:
    await system.spawn(counter, name="counter")
    with pytest.raises(StartFailed) as caught:
        await system.spawn(supervisor("root", children=[child("a", counter, name="counter")]))
    assert isinstance(caught.value.__cause__, NameTaken)


async def test_a_child_that_ignores_its_start_is_kept_as_stopped_and_a_temporary_one_is_not(system: ActorSystem) -> None:
    shy = define_behavior("shy").on_start(lambda actor: Ignore()).build()
    tree = await system.spawn(supervisor("root", children=[child("a", shy), child("b", shy, restart="temporary"), child("c", counter)]))
    infos = await tree.ask(WhichChildren())
    assert [(info.id, info.status) for info in infos] == [("a", "stopped"), ("c", "up")]


async def test_a_supervisor_tells_what_it_has(system: ActorSystem) -> None:
    inner = supervisor("inner", children=[child("x", counter)])
    tree = await system.spawn(supervisor("root", children=[child("a", counter), child("inner", inner)]))
    infos = await tree.ask(WhichChildren())
    assert [info.id for info in infos] == ["a", "inner"]
    assert await tree.ask(CountChildren()) == ChildCounts(specs=2, active=2, supervisors=1, workers=1)


async def test_one_for_one_restarts_only_the_child_that_crashed(system: ActorSystem) -> None:
    await system.spawn(supervisor("root", children=[child("a", counter, name="a"), child("b", counter, name="b")]))
    a, b = system.lookup("a"), system.lookup("b")
    assert a is not None
    assert b is not None
    a.tell(Increment(1))
    b.tell(Increment(2))
    a.tell(Fail())
    assert await a.ask(Count()) == 0  # type: ignore[arg-type]
    assert await b.ask(Count()) == 2  # type: ignore[arg-type]


async def test_children_of_an_actor_end_before_it_restarts(system: ActorSystem) -> None:
    seen: list[str] = []
    kid = define_behavior("kid").on_start(lambda actor: seen.append("kid starts")).on_stop(lambda actor: seen.append("kid stops")).build()
    parent = (
        define_behavior("parent")
        .on_start(lambda actor: (seen.append("parent starts"), actor.spawn(kid), None)[-1])
        .on(Fail, lambda m, a: 1 / 0 and None)
        .build()
    )
    await system.spawn(supervisor("root", children=[child("parent", parent, name="parent")]))
    ref = system.lookup("parent")
    assert ref is not None
    await asyncio.sleep(0.1)
    ref.tell(Fail())
    await asyncio.sleep(0.1)
    assert seen == ["parent starts", "kid starts", "kid stops", "parent starts", "kid starts"]


async def test_a_thousand_children_stop_without_recursion(system: ActorSystem) -> None:
    ended: list[int] = []
    worker = define_behavior("worker").on_stop(lambda actor: ended.append(1)).build()
    tree = await system.spawn(supervisor("root", children=[child(f"w{n}", worker) for n in range(1000)]))
    await system.stop(tree)
    assert len(ended) == 1000


async def test_a_deep_tree_starts_and_stops_without_recursion(system: ActorSystem) -> None:
    tree = counter
    for depth in range(300):
        tree = supervisor(f"level{depth}", children=[child("below", tree)])  # type: ignore[assignment]
    ref = await system.spawn(tree)
    await system.stop(ref)
    assert ref.path == "/level299-1"


async def test_stopping_during_the_start_of_a_tree_fails_the_start(system: ActorSystem) -> None:
    async def slow(actor: ActorContext[None]) -> None:
        await asyncio.sleep(60)

    tree = supervisor("root", children=[child("a", counter), child("slow", define_behavior("slow").on_start(slow).build())])
    with pytest.raises(StartFailed, match="had not started after 2 s"):
        await system.spawn(tree, timeout=2)
    async with system.reports(Stopped):
        assert system.kernel.roots == {}


async def test_dead_letters_name_ref_message_and_reason(system: ActorSystem) -> None:
    ref = await system.spawn(counter)
    await system.stop(ref)
    async with system.reports(DeadLetter) as letters:
        ref.tell(Increment(3))
        assert await anext(letters) == DeadLetter(ref, Increment(3), "stopped")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: child("", counter), "child: id=''"),
        (lambda: child("a", "counter"), "child 'a': behavior='counter'"),
        (lambda: child("a", counter, restart="sometimes"), "restart='sometimes'"),
        (lambda: child("a", counter, shutdown=-1), "shutdown=-1"),
        (lambda: child("a", counter, shutdown="later"), "shutdown='later'"),
        (lambda: supervisor("root", strategy="all"), "strategy='all'"),
        (lambda: supervisor("root", intensity=-1), "intensity=-1"),
        (lambda: supervisor("root", period=0), "period=0"),
        (lambda: supervisor("root", children=[counter]), "children contains <Behavior counter>"),
        (lambda: supervisor("root", children=[child("a", counter), child("a", counter)]), "two children have id='a'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_spec_is_refused_at_once_with_field_and_value(wrong: object, says: str) -> None:
    with pytest.raises(BadSpec) as caught:
        wrong()  # type: ignore[operator]
    assert says in str(caught.value)


def test_a_child_that_is_a_supervisor_may_take_as_long_as_it_wants_to_stop() -> None:
    assert child("a", supervisor("inner")).shutdown == "infinity"
    assert child("a", counter).shutdown == 5.0


def three(strategy: Literal["one_for_all", "rest_for_one"], seen: list[str], restart: Literal["permanent", "transient", "temporary"] = "permanent") -> object:
    def worker(name: str) -> object:
        return (
            define_behavior(name)
            .with_context(0)
            .on_start(lambda actor: seen.append(f"start {name}"))
            .on_stop(lambda actor: seen.append(f"stop {name}"))
            .on(Increment, lambda m, a: a.context + m.by)
            .on(Fail, lambda m, a: 1 / 0 and 0)
            .on(Count, lambda m, a: MessagePlan(reply=a.context))
            .build()
        )

    return supervisor(
        "root", strategy=strategy, children=[child(name, worker(name), name=name, restart=restart if name == "c" else "permanent") for name in "abc"]
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("one_for_all", ["stop b", "stop c", "stop a", "start a", "start b", "start c"]),
        ("rest_for_one", ["stop b", "stop c", "start b", "start c"]),
    ],
)
async def test_a_strategy_stops_the_others_in_reverse_and_starts_all_forwards(
    system: ActorSystem, strategy: Literal["one_for_all", "rest_for_one"], order: list[str]
) -> None:
    seen: list[str] = []
    tree = await system.spawn(three(strategy, seen))  # type: ignore[arg-type, var-annotated]
    refs = [system.lookup(name) for name in "abc"]
    for ref in refs:
        assert ref is not None
        ref.tell(Increment(5))
    del seen[:]
    await asyncio.sleep(0.1)
    refs[1].tell(Fail())  # type: ignore[union-attr]
    await asyncio.sleep(1)
    assert seen == order
    assert [system.lookup(name) for name in "abc"] == refs
    assert [await ref.ask(Count()) for ref in refs] == ([0, 0, 0] if strategy == "one_for_all" else [5, 0, 0])  # type: ignore[union-attr, arg-type]
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up"] * 3


async def test_what_waits_for_a_child_that_restarts_with_others_is_dead_lettered_as_restarted(system: ActorSystem) -> None:
    await system.spawn(three("one_for_all", []))  # type: ignore[arg-type, var-annotated]
    b = system.lookup("b")
    assert b is not None
    async with system.reports(DeadLetter) as letters:
        await system.suspend(b)
        b.tell(Fail())
        b.tell(Increment(1))
        asked = asyncio.create_task(b.ask(Count()))  # type: ignore[arg-type]
        await asyncio.sleep(1)
        await system.resume(b)
        letter = await anext(letters)
    assert (letter.ref, letter.message, letter.reason) == (b, Increment(1), "restarted")
    with pytest.raises(ActorStopped) as ended:
        await asked
    assert isinstance(ended.value.reason, Crash)
    assert await b.ask(Count()) == 0  # type: ignore[arg-type]


async def test_what_waits_in_the_common_queue_is_lost_with_the_rest(system: ActorSystem) -> None:
    await system.spawn(three("one_for_all", []))  # type: ignore[arg-type, var-annotated]
    b = system.lookup("b")
    assert b is not None
    async with system.reports(DeadLetter) as letters:
        b.tell(Fail())
        for number in (1, 2, 3):
            b.tell(Increment(number))
        assert [(await anext(letters)).message for _ in range(3)] == [Increment(1), Increment(2), Increment(3)]
    assert await b.ask(Count()) == 0  # type: ignore[arg-type]


async def test_what_is_sent_once_it_is_down_waits_for_the_next_run(system: ActorSystem) -> None:
    await system.spawn(three("one_for_all", []))  # type: ignore[arg-type, var-annotated]
    b, probe = system.lookup("b"), Probe(system)
    assert b is not None
    probe.watch(b)
    b.tell(Fail())
    await probe.receive(Down)
    b.tell(Increment(1))
    assert await b.ask(Count()) == 1  # type: ignore[arg-type]


async def test_a_temporary_sibling_that_a_strategy_stopped_is_removed(system: ActorSystem) -> None:
    tree = await system.spawn(three("one_for_all", [], "temporary"))  # type: ignore[arg-type, var-annotated]
    a = system.lookup("a")
    assert a is not None
    a.tell(Fail())
    await asyncio.sleep(1)
    assert [info.id for info in await tree.ask(WhichChildren())] == ["a", "b"]


@pytest.mark.parametrize(("strategy", "starts"), [("one_for_all", ["a", "b", "a", "b", "c"]), ("rest_for_one", ["a", "b", "b", "c"])])
async def test_when_a_sibling_fails_to_restart_one_for_all_begins_again_and_rest_for_one_goes_on(
    system: ActorSystem, strategy: Literal["one_for_all", "rest_for_one"], starts: list[str]
) -> None:
    seen: list[str] = []
    fails = [True]

    def worker(name: str) -> object:
        def start(actor: ActorContext[None]) -> None:
            seen.append(name)
            if name == "b" and len(seen) > 3 and fails:
                fails.pop()
                raise Boom

        return define_behavior(name).on_start(start).on(Fail, lambda m, a: 1 / 0 and None).build()

    await system.spawn(supervisor("root", strategy=strategy, children=[child(name, worker(name), name=name) for name in "abc"]))  # type: ignore[arg-type]
    del seen[3:]
    a = system.lookup("a")
    assert a is not None
    a.tell(Fail())
    await asyncio.sleep(1)
    assert seen[3:] == starts


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
async def test_stopping_the_supervisor_during_such_a_restart_ends_all(system: ActorSystem, strategy: Literal["one_for_all", "rest_for_one"]) -> None:
    async def slow(actor: ActorContext[None]) -> None:
        await asyncio.sleep(1)

    workers = [child(name, define_behavior(name).on_start(slow).on_stop(slow).on(Fail, lambda m, a: 1 / 0 and None).build(), name=name) for name in "abc"]
    tree = await system.spawn(supervisor("root", strategy=strategy, children=workers))
    a = system.lookup("a")
    assert a is not None
    a.tell(Fail())
    await asyncio.sleep(2.5)
    await system.stop(tree)
    assert [system.lookup(name) for name in "abc"] == [None] * 3
    assert system.kernel.roots == {}


async def test_a_child_that_is_stopped_while_it_starts_fails_the_start_of_its_supervisor(system: ActorSystem) -> None:
    """The symptom: its end was told twice, and the supervisor went on as if the child had ignored its start."""

    async def slow(actor: ActorContext[None]) -> None:
        await asyncio.sleep(5)

    children = [child("slow", define_behavior("slow").on_start(slow).build(), name="slow"), child("b", counter, name="b")]
    starting = asyncio.create_task(system.spawn(supervisor("root", children=children)))
    await asyncio.sleep(1)
    ref = system.lookup("slow")
    assert ref is not None
    stops: list[object] = []
    system.reports.subscribe(lambda report: stops.append(report.ref) if isinstance(report, Stopped) else None)
    await system.stop(ref, reason=Killed())
    with pytest.raises(StartFailed) as caught:
        await starting
    assert caught.value.child == "slow"
    assert system.lookup("b") is None
    assert len(stops) == len(set(stops))


async def test_a_second_failure_while_a_group_stops_leaves_none_of_the_group_running(system: ActorSystem) -> None:
    seen: list[str] = []

    def named(name: str, seconds: float) -> object:
        async def stop(actor: ActorContext[None]) -> None:
            await asyncio.sleep(seconds)
            seen.append(f"{name} ended")

        return define_behavior(name).on_start(lambda actor: seen.append(f"{name} started")).on_stop(stop).build()

    specs = [child(name, named(name, seconds), name=name) for name, seconds in zip("abcd", (0, 0, 0, 2), strict=True)]  # type: ignore[arg-type]
    await system.spawn(supervisor("root", strategy="rest_for_one", children=specs))
    a, c = system.lookup("a"), system.lookup("c")
    assert a is not None
    assert c is not None
    del seen[:]
    await system.stop(a)  # d takes two seconds to stop, and meanwhile c ends by itself
    await asyncio.sleep(1)
    await system.stop(c)
    await asyncio.sleep(10)
    assert seen == ["a ended", "c ended", "d ended", "b ended", "a started", "b started", "c started", "d started"]
