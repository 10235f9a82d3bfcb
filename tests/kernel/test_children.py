"""A supervisor administered: start, terminate, restart, delete; dynamic supervisors; significant children."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorStopped,
    ActorSystem,
    AskError,
    BadSpec,
    Behavior,
    ChildError,
    ChildInfo,
    Children,
    ChildSpec,
    ChildStartFailed,
    CountChildren,
    Crash,
    DeleteChild,
    Down,
    Ignore,
    Killed,
    LateReply,
    NoProc,
    Normal,
    RestartChild,
    Shutdown,
    StartChild,
    StartFailed,
    Stopped,
    SupervisorRequest,
    TerminateChild,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe, SimulatedWorld
from tests.kernel.counter import Count, Fail, counter

Supervisor = ActorRef[SupervisorRequest, Children]


def ids(infos: tuple[ChildInfo, ...]) -> list[tuple[str, str]]:
    return [(info.id, info.status) for info in infos]


async def static(system: ActorSystem, **options: object) -> Supervisor:
    return await system.spawn(supervisor("root", children=[child("a", counter, name="a"), child("b", counter, name="b")]))


async def dynamic(system: ActorSystem) -> Supervisor:
    return await system.spawn(supervisor("pool", strategy="dynamic"))


async def test_start_child_adds_it_last_and_replies_its_ref_once_it_has_started(system: ActorSystem) -> None:
    root = await static(system)
    ref = await root.ask(StartChild(child("c", counter, name="c")))
    assert system.lookup("c") is ref
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up"), ("c", "up")]


async def refused(root: Supervisor, request: StartChild | TerminateChild | RestartChild | DeleteChild) -> str:
    with pytest.raises(ChildError) as error:
        await root.ask(request)
    assert str(error.value).startswith(f"AW-501 {root} refused {request!r} ({error.value.code}): ")
    assert isinstance(error.value, AskError)
    return error.value.code


async def test_each_refusal_has_its_code(system: ActorSystem) -> None:
    root = await static(system)
    assert await refused(root, StartChild(child("a", counter))) == "already_started"
    assert await refused(root, RestartChild("a")) == "running"
    assert await refused(root, DeleteChild("a")) == "running"
    await root.ask(TerminateChild("a"))
    assert await refused(root, StartChild(child("a", counter))) == "already_present"
    for request in (TerminateChild("z"), RestartChild("z"), DeleteChild("z")):
        assert await refused(root, request) == "not_found"


async def test_a_child_that_is_being_restarted_cannot_be_restarted_or_deleted(system: ActorSystem) -> None:
    starts: list[int] = []

    async def slow(actor: ActorContext[int]) -> None:
        starts.append(1)
        await asyncio.sleep(0.1 if len(starts) == 1 else 10)

    behavior = define_behavior("slow").with_context(0).on_start(slow).on(Fail, lambda fail, actor: 1 / 0).build()
    root = await system.spawn(supervisor("root", children=[child("a", behavior)]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    ref.tell(Fail())
    await asyncio.sleep(1)
    assert ids(await root.ask(WhichChildren())) == [("a", "restarting")]
    assert await refused(root, RestartChild("a")) == "restarting"
    assert await refused(root, DeleteChild("a")) == "restarting"


async def test_terminate_stops_a_child_for_good_and_keeps_its_spec(system: ActorSystem) -> None:
    root = await static(system)
    old = system.lookup("a")
    assert old is not None
    assert await root.ask(TerminateChild("a")) is None
    assert system.lookup("a") is None
    assert ids(await root.ask(WhichChildren())) == [("a", "stopped"), ("b", "up")]
    assert await root.ask(TerminateChild("a")) is None  # it has ended: nothing to do
    new = await root.ask(RestartChild("a"))
    assert new is not old
    assert system.lookup("a") is new
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up")]


async def test_terminate_takes_a_ref_too(system: ActorSystem) -> None:
    root = await static(system)
    ref = system.lookup("b")
    assert ref is not None
    await root.ask(TerminateChild(ref))
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "stopped")]
    assert await refused(root, TerminateChild(ref)) == "not_found"


async def test_terminate_replies_when_the_child_has_ended(system: ActorSystem) -> None:
    async def slow_end(actor: ActorContext[int]) -> None:
        await asyncio.sleep(3)

    root = await system.spawn(supervisor("root", children=[child("a", define_behavior("a").with_context(0).on_stop(slow_end).build())]))
    loop = asyncio.get_running_loop()
    before = loop.time()
    await root.ask(TerminateChild("a"))
    assert loop.time() - before == 3


async def test_terminate_forgets_a_temporary_child(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", counter, restart="temporary")]))
    await root.ask(TerminateChild("a"))
    assert await root.ask(WhichChildren()) == ()


async def test_delete_forgets_a_stopped_child(system: ActorSystem) -> None:
    root = await static(system)
    await root.ask(TerminateChild("a"))
    assert await root.ask(DeleteChild("a")) is None
    assert ids(await root.ask(WhichChildren())) == [("b", "up")]
    await root.ask(StartChild(child("a", counter)))
    assert ids(await root.ask(WhichChildren())) == [("b", "up"), ("a", "up")]


def broken(error: Exception) -> Behavior[object, int]:
    def start(actor: ActorContext[int]) -> None:
        raise error

    return define_behavior("broken").with_context(0).on_start(start).build()


@pytest.mark.parametrize("strategy", ["one_for_one", "dynamic"])
async def test_a_child_that_does_not_start_is_not_added_and_the_ask_says_why(system: ActorSystem, strategy: Literal["one_for_one", "dynamic"]) -> None:
    root = await system.spawn(supervisor("root", strategy=strategy))
    with pytest.raises(ChildStartFailed, match="AW-502 .*because its child 'c' did") as failure:
        await root.ask(StartChild(child("c", broken(ValueError("no disk")))))
    assert isinstance(failure.value, StartFailed)
    assert isinstance(failure.value, AskError)
    assert failure.value.child == "c"
    assert isinstance(failure.value.__cause__, ValueError)
    assert await root.ask(WhichChildren()) == ()


async def test_a_taken_name_is_such_a_failure(system: ActorSystem) -> None:
    root = await static(system)
    with pytest.raises(ChildStartFailed, match="NameTaken"):
        await root.ask(StartChild(child("c", counter, name="a")))
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up")]


async def test_a_restart_that_fails_leaves_the_child_stopped(system: ActorSystem) -> None:
    tries: list[int] = []

    def start(actor: ActorContext[int]) -> None:
        tries.append(1)
        if len(tries) > 1:
            raise ValueError("only once")

    root = await system.spawn(supervisor("root", children=[child("a", define_behavior("a").with_context(0).on_start(start).build())]))
    await root.ask(TerminateChild("a"))
    with pytest.raises(ChildStartFailed):
        await root.ask(RestartChild("a"))
    await asyncio.sleep(10)
    assert len(tries) == 2
    assert ids(await root.ask(WhichChildren())) == [("a", "stopped")]


async def test_a_child_that_ignores_its_start_is_kept_as_stopped_or_forgotten(system: ActorSystem) -> None:
    ignoring = define_behavior("ignoring").on_start(lambda actor: Ignore()).build()
    root = await static(system)
    await root.ask(StartChild(child("c", ignoring)))
    await root.ask(StartChild(child("d", ignoring, restart="temporary")))
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up"), ("c", "stopped")]
    pool = await dynamic(system)
    await pool.ask(StartChild(child("c", ignoring)))
    assert await pool.ask(WhichChildren()) == ()


async def test_one_request_at_a_time_in_order(system: ActorSystem) -> None:
    async def slow(actor: ActorContext[int]) -> None:
        await asyncio.sleep(1)

    slow_one = define_behavior("slow").with_context(0).on_start(slow).build()
    pool = await dynamic(system)
    first = asyncio.create_task(pool.ask(StartChild(child("x", slow_one))))
    await asyncio.sleep(0.1)
    assert ids(await pool.ask(WhichChildren())) == [("x", "up")]
    assert first.done()


async def test_a_supervisor_that_ends_answers_the_request_that_it_was_at(system: ActorSystem) -> None:
    async def slow(actor: ActorContext[int]) -> None:
        await asyncio.sleep(10)

    pool = await dynamic(system)
    asked = asyncio.create_task(pool.ask(StartChild(child("x", define_behavior("slow").with_context(0).on_start(slow).build())), timeout=60))
    await asyncio.sleep(1)
    await system.stop(pool)
    with pytest.raises(ActorStopped):
        await asked


async def test_a_dynamic_supervisor_knows_its_children_by_ref_only(system: ActorSystem) -> None:
    pool = await dynamic(system)
    one = await pool.ask(StartChild(child("worker", counter)))
    two = await pool.ask(StartChild(child("worker", counter)))
    assert await pool.ask(WhichChildren()) == (ChildInfo("worker", one, "up"), ChildInfo("worker", two, "up"))
    for request in (TerminateChild("worker"), RestartChild("worker"), DeleteChild("worker")):
        assert await refused(pool, request) == "not_found"
    await pool.ask(TerminateChild(one))
    assert await pool.ask(WhichChildren()) == (ChildInfo("worker", two, "up"),)


async def test_a_dynamic_child_is_restarted_by_its_type_and_forgotten_otherwise(system: ActorSystem) -> None:
    pool = await dynamic(system)
    stays = await pool.ask(StartChild(child("worker", counter)))
    goes = await pool.ask(StartChild(child("worker", counter, restart="transient")))
    await system.stop(stays)
    await system.stop(goes)
    await asyncio.sleep(1)
    assert await pool.ask(WhichChildren()) == (ChildInfo("worker", stays, "up"),)
    assert await stays.ask(Count()) == 0
    counts = await pool.ask(CountChildren())
    assert (counts.specs, counts.active, counts.supervisors, counts.workers) == (1, 1, 0, 1)


async def test_dynamic_children_all_stop_at_once(system: ActorSystem) -> None:
    async def slow_end(actor: ActorContext[int]) -> None:
        await asyncio.sleep(2)

    pool = await dynamic(system)
    for _ in range(10):
        await pool.ask(StartChild(child("worker", define_behavior("slow").with_context(0).on_stop(slow_end).build())))
    before = asyncio.get_running_loop().time()
    await system.stop(pool)
    assert asyncio.get_running_loop().time() - before == 2


async def test_children_stop_in_reverse_order_of_their_specs_whatever_was_started_again(system: ActorSystem) -> None:
    ends: list[str] = []

    def named(name: str) -> ChildSpec:
        return child(name, define_behavior(name).with_context(0).on_stop(lambda actor: ends.append(name)).build())

    root = await system.spawn(supervisor("root", children=[named("a"), named("b"), named("c")]))
    await root.ask(TerminateChild("a"))
    await root.ask(RestartChild("a"))
    await system.stop(root)
    assert ends == ["a", "c", "b", "a"]


async def test_terminating_a_child_that_waits_for_its_group_keeps_it_stopped(system: ActorSystem) -> None:
    starts: list[str] = []

    def named(name: str, seconds: float) -> ChildSpec:
        async def start(actor: ActorContext[int]) -> None:
            starts.append(name)
            await asyncio.sleep(seconds)

        return child(name, define_behavior(name).with_context(0).on_start(start).on(Fail, lambda fail, actor: 1 / 0).build())

    root = await system.spawn(supervisor("root", strategy="one_for_all", children=[named("a", 1), named("b", 0), named("c", 0)]))
    ref = system.kernel.child(root, "b")
    assert ref is not None
    starts.clear()
    ref.tell(Fail())
    await asyncio.sleep(0.5)
    assert starts == ["a"]  # b and c are down and wait for a
    await root.ask(TerminateChild("c"))
    await asyncio.sleep(5)
    assert starts == ["a", "b"]
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up"), ("c", "stopped")]


SIGNIFICANT: list[tuple[Literal["any_significant", "all_significant"], Literal["transient", "temporary"], object, bool]] = [
    ("any_significant", "transient", Normal(), True),
    ("any_significant", "transient", Crash(ValueError()), False),  # it is started again
    ("any_significant", "temporary", Crash(ValueError()), True),
    ("all_significant", "transient", Normal(), False),
    ("all_significant", "temporary", Killed(), False),
]


@pytest.mark.parametrize(("auto_shutdown", "restart", "reason", "ends"), SIGNIFICANT)
async def test_the_end_of_a_significant_child_may_end_its_supervisor(
    system: ActorSystem,
    auto_shutdown: Literal["any_significant", "all_significant"],
    restart: Literal["transient", "temporary"],
    reason: Normal,
    ends: bool,
) -> None:
    root = await system.spawn(
        supervisor(
            "root",
            auto_shutdown=auto_shutdown,
            children=[
                child("a", counter, restart=restart, significant=True, name="a"),
                child("b", counter, restart=restart, significant=True, name="b"),
                child("c", counter),
            ],
        )
    )
    probe = Probe(system)
    probe.watch(root)
    one, two = system.lookup("a"), system.lookup("b")
    assert one is not None
    assert two is not None
    await system.stop(one, reason=reason)
    if ends:
        assert await probe.receive(Down) == Down(root, Shutdown())
        return
    await probe.receive_nothing()
    if not isinstance(reason, Crash):
        await system.stop(two, reason=reason)
        assert await probe.receive(Down) == Down(root, Shutdown())


async def test_a_significant_child_that_was_terminated_does_not_end_its_supervisor(system: ActorSystem) -> None:
    spec = child("a", counter, restart="transient", significant=True)
    root = await system.spawn(supervisor("root", auto_shutdown="any_significant", children=[spec]))
    await root.ask(TerminateChild("a"))
    assert ids(await root.ask(WhichChildren())) == [("a", "stopped")]


async def test_a_significant_child_does_not_fit_a_supervisor_that_never_shuts_down(system: ActorSystem) -> None:
    root = await static(system)
    with pytest.raises(ChildStartFailed, match="auto_shutdown='never'"):
        await root.ask(StartChild(child("c", counter, restart="transient", significant=True)))


def test_ten_thousand_dynamic_children_stop_with_their_supervisor() -> None:
    world = SimulatedWorld(seed=1)
    ended: list[object] = []

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            pool = await dynamic(system)
            for _ in range(10_000):
                pool.tell(StartChild(child("worker", counter)))
            assert (await pool.ask(CountChildren(), timeout=60)).active == 10_000
            system.reports.subscribe(ended.append, Stopped)
            await system.stop(pool)

    world.run(main())
    assert len(ended) == 10_001


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: child("a", counter, significant=True), "significant=True with restart='permanent'"),
        (lambda: child("a", counter, significant=1), "significant=1"),  # type: ignore[arg-type]
        (lambda: child("a", counter, name="x/y"), "name='x/y'"),
        (lambda: supervisor("s", children=[child("a", counter, restart="transient", significant=True)]), "significant=True, but auto_shutdown='never'"),
        (lambda: supervisor("s", strategy="dynamic", auto_shutdown="any_significant"), "auto_shutdown='any_significant' with strategy='dynamic'"),
        (lambda: supervisor("s", strategy="dynamic", children=[child("a", counter)]), "with strategy='dynamic'"),
        (lambda: supervisor("s", auto_shutdown="always"), "auto_shutdown='always'"),  # type: ignore[arg-type]
        (lambda: StartChild("a"), "StartChild('a')"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_spec_names_field_and_value(make, text: str) -> None:
    with pytest.raises(BadSpec) as error:
        make()
    assert text in error.value.happened


async def test_an_ask_to_a_supervisor_that_has_ended_says_so(system: ActorSystem) -> None:
    root = await static(system)
    await system.stop(root)
    with pytest.raises(ActorStopped) as error:
        await root.ask(StartChild(child("c", counter)))
    assert error.value.reason == NoProc()


async def test_one_that_is_stopped_while_it_is_down_with_its_group_starts_with_it(system: ActorSystem) -> None:
    starts: list[str] = []

    def named(name: str, seconds: float) -> ChildSpec:
        async def start(actor: ActorContext[int]) -> None:
            starts.append(name)
            await asyncio.sleep(seconds)

        return child(name, define_behavior(name).with_context(0).on_start(start).on(Fail, lambda fail, actor: 1 / 0).build(), restart="transient")

    root = await system.spawn(supervisor("root", strategy="one_for_all", children=[named("a", 1), named("b", 0), named("c", 0)]))
    b, c = system.kernel.child(root, "b"), system.kernel.child(root, "c")
    assert b is not None
    assert c is not None
    starts.clear()
    b.tell(Fail())
    await asyncio.sleep(0.5)
    await system.stop(c)  # it is down and waits for a
    await asyncio.sleep(5)
    assert starts == ["a", "b", "c"]
    assert ids(await root.ask(WhichChildren())) == [("a", "up"), ("b", "up"), ("c", "up")]


async def test_a_refusal_of_what_was_told_is_reported(system: ActorSystem) -> None:
    async with system.reports(LateReply) as late:
        root = await static(system)
        root.tell(RestartChild("a"))
        root.tell(StartChild(child("c", broken(ValueError("no disk")))))
        first, second = await anext(late), await anext(late)
    assert isinstance(first.reply, ChildError)
    assert first.reply.code == "running"
    assert isinstance(second.reply, ChildStartFailed)
