"""Supervisors, as OTP's `supervisor` promises them: starting, restarting, giving up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorStopped,
    ActorSystem,
    ChildInfo,
    CountChildren,
    Crash,
    Down,
    Ignore,
    Killed,
    MessagePlan,
    NameTaken,
    Normal,
    Restarted,
    Shutdown,
    StartFailed,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Do, Note, Notes, Told, named, worker, working

ABNORMAL = [Killed(), Crash(Told("by reason"))]
ORDERLY = [Normal(), Shutdown(), Shutdown("with a reason")]


def three(log: list[object], **options: Any) -> list[Any]:
    """Describe the children a, b and c, which log."""
    return [child(name, worker(name, log), name=name, **options) for name in "abc"]


async def test_children_are_started_in_the_order_of_their_specs(system: ActorSystem) -> None:
    # OTP supervisor, Start Order and Shutdown Order
    log: list[object] = []
    await system.spawn(supervisor("root", children=three(log)))
    assert log == [("start", "a"), ("start", "b"), ("start", "c")]


async def test_children_are_stopped_in_the_reverse_of_their_start_order(system: ActorSystem) -> None:
    # OTP supervisor, Start Order and Shutdown Order
    log: list[object] = []
    tree = await system.spawn(supervisor("root", children=three(log)))
    await system.stop(tree)
    assert log[3:] == [("stop", "c"), ("stop", "b"), ("stop", "a")]


async def test_a_child_starts_only_when_the_one_before_has_started(system: ActorSystem) -> None:
    # OTP supervisor:start_link/2 is synchronous: a child's start function returns before the next is called
    log: list[object] = []

    async def slow(actor: Any) -> None:
        await asyncio.sleep(2)
        log.append("slow has started")

    slowly = define_behavior("slow").on_start(slow).build()
    await system.spawn(supervisor("root", children=[child("slow", slowly), child("next", worker("next", log))]))
    assert log == ["slow has started", ("start", "next")]


async def test_spawning_a_supervisor_returns_when_all_its_children_have_started(system: ActorSystem) -> None:
    # OTP supervisor:start_link/2
    tree = await system.spawn(supervisor("root", children=three([])))
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up", "up", "up"]
    assert [info.ref for info in await tree.ask(WhichChildren())] == [system.lookup(name) for name in "abc"]


async def test_the_children_of_an_inner_supervisor_start_before_its_next_sibling(system: ActorSystem) -> None:
    # OTP design principles, supervision trees: depth first
    log: list[object] = []
    inner = supervisor("inner", children=three(log))
    await system.spawn(supervisor("root", children=[child("inner", inner), child("d", worker("d", log))]))
    assert [name for _, name in log] == ["a", "b", "c", "d"]  # type: ignore[misc]


@pytest.mark.parametrize("reason", [*ORDERLY, *ABNORMAL], ids=lambda reason: type(reason).__name__)
async def test_a_permanent_child_is_always_restarted(system: ActorSystem, reason: Any) -> None:
    # OTP supervisor, Child Specification, restart; observed on OTP 25
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Note("of the run before"))
    await ref.ask(Notes())
    await system.stop(ref, reason=reason)
    assert await ref.ask(Notes()) == ()


@pytest.mark.parametrize("reason", ABNORMAL, ids=lambda reason: type(reason).__name__)
async def test_a_transient_child_is_restarted_after_an_abnormal_end(system: ActorSystem, reason: Any) -> None:
    # OTP supervisor, Child Specification, restart
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a", restart="transient")]))
    ref = named(system, "a")
    await system.stop(ref, reason=reason)
    assert await ref.ask(Notes()) == ()


@pytest.mark.parametrize("reason", ORDERLY, ids=repr)
async def test_a_transient_child_is_not_restarted_after_normal_or_shutdown_and_its_spec_stays(system: ActorSystem, reason: Any) -> None:
    # OTP supervisor, Child Specification, restart: an end other than normal, shutdown or {shutdown,Term} is abnormal
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a", restart="transient")]))
    await system.stop(named(system, "a"), reason=reason)
    assert await tree.ask(WhichChildren()) == (ChildInfo("a", None, "stopped"),)
    assert system.lookup("a") is None


@pytest.mark.parametrize("reason", [Normal(), *ABNORMAL], ids=lambda reason: type(reason).__name__)
async def test_a_temporary_child_is_never_restarted_and_its_spec_goes_with_it(system: ActorSystem, reason: Any) -> None:
    # OTP supervisor, Child Specification, restart
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a", restart="temporary")]))
    await system.stop(named(system, "a"), reason=reason)
    assert await tree.ask(WhichChildren()) == ()


async def test_a_permanent_child_that_ends_itself_normally_is_restarted(system: ActorSystem) -> None:
    # OTP supervisor, Child Specification, restart: permanent
    log: list[object] = []
    await system.spawn(supervisor("root", children=[child("a", worker("a", log), name="a")]))
    ref = named(system, "a")
    ref.tell(Do(lambda actor: MessagePlan(stop=True)))
    assert await ref.ask(Notes()) == ()
    assert log == [("start", "a"), ("stop", "a"), ("start", "a")]


async def test_a_restarted_child_keeps_its_name_and_ref_and_has_a_fresh_context(system: ActorSystem) -> None:
    # SEMANTICS 10; DESIGN 4: a restart is a new run of the same ref and name
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Note("old"))
    ref.tell(Crashing())
    ref.tell(Note("new"))
    assert await ref.ask(Notes()) == ("new",)
    assert system.lookup("a") is ref


async def test_the_message_that_crashed_a_child_is_not_run_again(system: ActorSystem) -> None:
    # "a failing message is run twice" in Thespian; never here
    handled: list[str] = []

    def crash(actor: Any) -> None:
        handled.append("once")
        raise Told

    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Do(crash))
    await ref.ask(Notes())
    await asyncio.sleep(10)
    assert handled == ["once"]


async def test_more_than_intensity_restarts_in_a_period_end_all_children_and_the_supervisor_with_shutdown(system: ActorSystem) -> None:
    # OTP supervisor, Maximum Restart Intensity
    probe, log = Probe(system), list[object]()
    tree = await system.spawn(supervisor("root", intensity=2, period=10.0, children=three(log)))
    probe.watch(tree)
    for _ in range(3):
        named(system, "b").tell(Crashing())
        await asyncio.sleep(1)
    assert isinstance((await probe.receive(Down)).reason, Shutdown)
    assert log[-3:] == [("stop", "b"), ("stop", "c"), ("stop", "a")]


async def test_an_intensity_of_zero_allows_no_restart(system: ActorSystem) -> None:
    # OTP supervisor, Maximum Restart Intensity
    tree = await system.spawn(supervisor("root", intensity=0, children=three([])))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    with pytest.raises(ActorStopped):
        await tree.ask(CountChildren())


async def test_three_restarts_in_five_seconds_are_allowed_by_default_and_a_fourth_is_not(system: ActorSystem) -> None:
    # DESIGN 4: default 3 in 5 s (OTP's is 1 in 5 s)
    tree = await system.spawn(supervisor("root", children=three([])))
    for _ in range(3):
        named(system, "a").tell(Crashing())
        await asyncio.sleep(1)
    assert (await tree.ask(CountChildren())).active == 3
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert system.lookup("a") is None


async def test_a_restart_exactly_one_period_ago_still_counts(system: ActorSystem) -> None:
    # observed on OTP 25: the intensity window is inclusive
    await system.spawn(supervisor("root", intensity=1, period=5.0, children=three([])))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(5.0)
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert system.lookup("a") is None


async def test_a_restart_longer_than_a_period_ago_does_not_count(system: ActorSystem) -> None:
    # OTP supervisor, Maximum Restart Intensity
    tree = await system.spawn(supervisor("root", intensity=1, period=5.0, children=three([])))
    for _ in range(4):
        named(system, "a").tell(Crashing())
        await asyncio.sleep(5.01)
    assert (await tree.ask(CountChildren())).active == 3


async def test_restarts_of_different_children_count_together(system: ActorSystem) -> None:
    # OTP supervisor, Maximum Restart Intensity: of the supervisor, not of the child
    await system.spawn(supervisor("root", intensity=2, children=three([])))
    for name in "abc":
        named(system, name).tell(Crashing())
        await asyncio.sleep(0.5)
    assert system.lookup("a") is None


async def test_a_restart_of_all_counts_once(system: ActorSystem) -> None:
    # OTP supervisor, Maximum Restart Intensity, with one_for_all
    tree = await system.spawn(supervisor("root", strategy="one_for_all", intensity=2, children=three([])))
    for _ in range(2):
        named(system, "a").tell(Crashing())
        await asyncio.sleep(1)
    assert (await tree.ask(CountChildren())).active == 3


async def test_a_first_start_that_fails_is_not_retried_and_stops_those_before_it_in_reverse(system: ActorSystem) -> None:
    # observed on OTP 25
    log: list[object] = []
    broken = working("broken", log).on_start(lambda actor: log.append("broken") or 1 / 0).build()
    with pytest.raises(StartFailed):
        await system.spawn(supervisor("root", children=[*three(log)[:2], child("broken", broken), *three(log)[2:]]))
    assert log == [("start", "a"), ("start", "b"), "broken", ("stop", "b"), ("stop", "a")]


async def test_the_error_of_a_failed_first_start_names_the_child_and_the_cause(system: ActorSystem) -> None:
    # observed on OTP 25: {shutdown, {failed_to_start_child, Id, Reason}}
    broken = define_behavior("broken").on_start(lambda actor: 1 / 0 and None).build()
    with pytest.raises(StartFailed) as caught:
        await system.spawn(supervisor("root", children=[child("broken", broken)]))
    assert caught.value.child == "broken"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def failing_after_first(starts: list[float]) -> Any:
    """Make a behavior whose first start succeeds and whose others fail."""

    def start(actor: Any) -> None:
        starts.append(actor.now())
        if len(starts) > 1:
            raise Told

    return working("failing").on_start(start).build()


async def test_a_failed_restart_is_retried_and_each_try_counts(system: ActorSystem) -> None:
    # observed on OTP 25: intensity 4 gives exactly 5 runs of init
    starts: list[float] = []
    tree = await system.spawn(supervisor("root", intensity=4, children=[child("a", failing_after_first(starts), name="a")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert len(starts) == 5
    with pytest.raises(ActorStopped):
        await tree.ask(CountChildren())


async def test_a_transient_supervisor_that_gave_up_is_not_restarted_by_its_own(system: ActorSystem) -> None:
    # observed on OTP 25: exhausted intensity ends the supervisor with shutdown
    inner = supervisor("inner", intensity=0, children=three([]))
    tree = await system.spawn(supervisor("root", children=[child("inner", inner, restart="transient")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert await tree.ask(WhichChildren()) == (ChildInfo("inner", None, "stopped"),)


async def test_a_permanent_supervisor_that_gave_up_is_restarted_with_new_spawns_of_its_children(system: ActorSystem) -> None:
    # OTP design principles; SEMANTICS 10: a child started by a restarted parent is a new spawn
    inner = supervisor("inner", intensity=0, children=three([]))
    await system.spawn(supervisor("root", children=[child("inner", inner, name="inner")]))
    old, inside = named(system, "a"), named(system, "inner")
    old.tell(Crashing())
    await asyncio.sleep(1)
    assert named(system, "inner") is inside
    assert named(system, "a") is not old
    assert await named(system, "a").ask(Notes()) == ()


async def test_a_child_that_ignores_its_start_is_kept_as_stopped(system: ActorSystem) -> None:
    # OTP supervisor, start function returns ignore: the specification is kept with the pid undefined
    shy = define_behavior("shy").on_start(lambda actor: Ignore()).build()
    tree = await system.spawn(supervisor("root", children=[child("shy", shy), child("a", worker("a"), name="a")]))
    assert await tree.ask(WhichChildren()) == (ChildInfo("shy", None, "stopped"), ChildInfo("a", named(system, "a"), "up"))


async def test_a_temporary_child_that_ignores_its_start_is_not_kept(system: ActorSystem) -> None:
    # OTP supervisor: unless it is a temporary child; SEMANTICS 4
    shy = define_behavior("shy").on_start(lambda actor: Ignore()).build()
    tree = await system.spawn(supervisor("root", children=[child("shy", shy, restart="temporary")]))
    assert await tree.ask(WhichChildren()) == ()


async def test_a_name_that_is_taken_fails_the_start_of_the_supervisor(system: ActorSystem) -> None:
    # OTP: {already_started, Pid} of a child's start function is an error of the supervisor's start
    await system.spawn(worker("other"), name="a")
    with pytest.raises(StartFailed) as caught:
        await system.spawn(supervisor("root", children=three([])))
    assert isinstance(caught.value.__cause__, NameTaken)


async def test_a_restart_is_reported_with_the_reason_of_the_run_before(system: ActorSystem) -> None:
    # DESIGN 4, Reports; OTP: progress and supervisor reports
    await system.spawn(supervisor("root", children=three([])))
    async with system.reports(Restarted) as restarts:
        named(system, "a").tell(Crashing("why"))
        restarted = await anext(restarts)
    assert restarted.ref is named(system, "a")
    assert isinstance(restarted.reason, Crash)
    assert str(restarted.reason.error) == "why"
