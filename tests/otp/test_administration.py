"""Administering a supervisor: `supervisor:start_child/2`, `terminate_child/2`, `restart_child/2`, `delete_child/2`, and dynamic supervisors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorRef,
    ActorSystem,
    AskTimeout,
    Backoff,
    ChildError,
    ChildInfo,
    ChildStartFailed,
    CountChildren,
    Crash,
    DeleteChild,
    Down,
    Ignore,
    Killed,
    NameTaken,
    Normal,
    RestartChild,
    Shutdown,
    StartChild,
    TerminateChild,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Note, Notes, Told, named, worker, working


async def refused(tree: ActorRef[Any], request: Any) -> str:
    """Give the code with which a supervisor refuses a request."""
    with pytest.raises(ChildError) as caught:
        await tree.ask(request)
    return caught.value.code


async def ids(tree: ActorRef[Any]) -> list[str]:
    return [info.id for info in await tree.ask(WhichChildren())]


async def static(system: ActorSystem, *names: str, log: list[object] | None = None, **options: Any) -> ActorRef[Any]:
    """Spawn a supervisor with children of these names."""
    return await system.spawn(supervisor("root", children=[child(name, worker(name, log), name=name) for name in names], **options))


def broken() -> Any:
    return define_behavior("broken").on_start(lambda actor: 1 / 0 and None).build()


async def test_start_child_gives_the_ref_once_the_child_has_started(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {ok, Child}
    async def slow(actor: Any) -> tuple[str, ...]:
        await asyncio.sleep(2)
        return ("started",)

    tree = await static(system)
    ref = await tree.ask(StartChild(child("a", working("a").on_start(slow).build())))
    assert (await system.snapshot(ref)).context == ("started",)
    assert await tree.ask(WhichChildren()) == (ChildInfo("a", ref, "up"),)


async def test_start_child_refuses_the_id_of_a_child_that_runs(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {error, {already_started, Child}}
    tree = await static(system, "a")
    assert await refused(tree, StartChild(child("a", worker("another")))) == "already_started"


async def test_start_child_refuses_the_id_of_a_child_that_is_stopped(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {error, already_present}
    tree = await static(system, "a")
    await tree.ask(TerminateChild("a"))
    assert await refused(tree, StartChild(child("a", worker("another")))) == "already_present"


async def test_start_child_that_fails_says_why_and_adds_nothing(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {error, Error}; the specification is discarded
    tree = await static(system, "a")
    with pytest.raises(ChildStartFailed) as caught:
        await tree.ask(StartChild(child("broken", broken())))
    assert caught.value.child == "broken"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert await ids(tree) == ["a"]


async def test_start_child_that_is_ignored_keeps_the_spec_as_stopped(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {ok, undefined}
    tree = await static(system)
    await tree.ask(StartChild(child("shy", define_behavior("shy").on_start(lambda actor: Ignore()).build())))
    assert await tree.ask(WhichChildren()) == (ChildInfo("shy", None, "stopped"),)


async def test_a_child_that_was_added_is_the_last_to_start_and_the_first_to_stop(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2 and Shutdown Order
    log: list[object] = []
    tree = await static(system, "a", "b", log=log)
    await tree.ask(StartChild(child("c", worker("c", log))))
    assert await ids(tree) == ["a", "b", "c"]
    await system.stop(tree)
    assert log[3:] == [("stop", "c"), ("stop", "b"), ("stop", "a")]


async def test_a_child_that_was_added_is_supervised_like_the_others(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2
    log: list[object] = []
    tree = await static(system, "a", strategy="rest_for_one", log=log)
    await tree.ask(StartChild(child("b", worker("b", log), name="b")))
    del log[:]
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert log == [("stop", "a"), ("stop", "b"), ("start", "a"), ("start", "b")]


async def test_a_restarted_supervisor_has_its_original_children_only(system: ActorSystem) -> None:
    # OTP supervisor: "if the supervisor dies and is re-created, the child processes that were dynamically added are lost"
    inner = supervisor("inner", intensity=0, children=[child("a", worker("a"), name="a")])
    await system.spawn(supervisor("root", children=[child("inner", inner, name="inner")]))
    ref: Any = named(system, "inner")
    await ref.ask(StartChild(child("b", worker("b"), name="b")))
    named(system, "b").tell(Crashing())
    await asyncio.sleep(1)
    assert await ids(ref) == ["a"]


async def test_terminate_child_ends_the_child_with_shutdown_and_keeps_its_spec(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2
    probe = Probe(system)
    tree = await static(system, "a")
    ref = named(system, "a")
    probe.watch(ref)
    assert await tree.ask(TerminateChild("a")) is None
    assert await probe.receive(Down) == Down(ref, Shutdown())
    assert await tree.ask(WhichChildren()) == (ChildInfo("a", None, "stopped"),)


async def test_a_terminated_child_is_not_restarted_by_itself(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2
    log: list[object] = []
    tree = await static(system, "a", log=log)
    await tree.ask(TerminateChild("a"))
    await asyncio.sleep(100)
    assert log == [("start", "a"), ("stop", "a")]


async def test_terminate_child_of_one_that_is_stopped_does_nothing(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2: ok if there is no such process
    tree = await static(system, "a")
    await tree.ask(TerminateChild("a"))
    assert await tree.ask(TerminateChild("a")) is None


async def test_terminate_child_returns_when_the_child_has_ended(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2 is synchronous
    async def slow(actor: Any) -> None:
        await asyncio.sleep(3)

    tree = await system.spawn(supervisor("root", children=[child("a", working("a").on_stop(slow).build())]))
    before = asyncio.get_running_loop().time()
    await tree.ask(TerminateChild("a"))
    assert asyncio.get_running_loop().time() - before == 3.0


async def test_terminate_child_forgets_a_temporary_child(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2: the specification of a temporary child goes too
    tree = await static(system)
    await tree.ask(StartChild(child("a", worker("a"), restart="temporary")))
    await tree.ask(TerminateChild("a"))
    assert await ids(tree) == []


async def test_terminate_child_takes_the_ref_as_well_as_the_id(system: ActorSystem) -> None:
    # SEMANTICS 7
    tree = await static(system, "a", "b")
    await tree.ask(TerminateChild(named(system, "a")))
    assert [info.status for info in await tree.ask(WhichChildren())] == ["stopped", "up"]


@pytest.mark.parametrize("request_of", [TerminateChild, RestartChild, DeleteChild])
async def test_a_child_that_there_is_not_is_not_found(system: ActorSystem, request_of: Any) -> None:
    # OTP supervisor: {error, not_found}
    tree = await static(system, "a")
    assert await refused(tree, request_of("b")) == "not_found"


async def test_the_ref_of_another_actor_is_not_found(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2: {error, not_found}
    tree, other = await static(system, "a"), await system.spawn(worker("a"))
    assert await refused(tree, TerminateChild(other)) == "not_found"
    assert await other.ask(Notes()) == ()


async def test_restart_child_starts_a_stopped_child_as_a_new_spawn(system: ActorSystem) -> None:
    # OTP supervisor:restart_child/2; SEMANTICS 10
    tree = await static(system, "a")
    old = named(system, "a")
    await tree.ask(TerminateChild("a"))
    new = await tree.ask(RestartChild("a"))
    assert new is named(system, "a")
    assert new is not old


@pytest.mark.parametrize("request_of", [RestartChild, DeleteChild])
async def test_a_child_that_runs_can_be_neither_restarted_nor_deleted(system: ActorSystem, request_of: Any) -> None:
    # OTP supervisor: {error, running}
    tree = await static(system, "a")
    assert await refused(tree, request_of("a")) == "running"
    assert await named(system, "a").ask(Notes()) == ()


@pytest.mark.parametrize("request_of", [RestartChild, DeleteChild])
async def test_a_child_that_is_being_restarted_can_be_neither_restarted_nor_deleted(system: ActorSystem, request_of: Any) -> None:
    # OTP supervisor: {error, restarting}
    starts: list[int] = []

    async def slow_again(actor: Any) -> None:
        starts.append(1)
        if len(starts) > 1:
            await asyncio.sleep(10)

    tree = await system.spawn(supervisor("root", children=[child("a", working("a").on_start(slow_again).build(), name="a")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert await refused(tree, request_of("a")) == "restarting"


async def test_restart_child_that_fails_says_why_and_leaves_the_child_stopped(system: ActorSystem) -> None:
    # OTP supervisor:restart_child/2: {error, Error}
    starts: list[int] = []

    def start(actor: Any) -> None:
        starts.append(1)
        if len(starts) > 1:
            raise Told

    tree = await system.spawn(supervisor("root", children=[child("a", working("a").on_start(start).build())]))
    await tree.ask(TerminateChild("a"))
    with pytest.raises(ChildStartFailed):
        await tree.ask(RestartChild("a"))
    assert await tree.ask(WhichChildren()) == (ChildInfo("a", None, "stopped"),)


async def test_delete_child_forgets_a_stopped_child(system: ActorSystem) -> None:
    # OTP supervisor:delete_child/2
    tree = await static(system, "a", "b")
    await tree.ask(TerminateChild("a"))
    await tree.ask(DeleteChild("a"))
    assert await ids(tree) == ["b"]
    assert await tree.ask(StartChild(child("a", worker("a"), name="a"))) is named(system, "a")


async def test_starts_by_request_do_not_count_against_the_intensity(system: ActorSystem) -> None:
    # OTP supervisor: Maximum Restart Intensity counts automatic restarts
    tree = await static(system, "a", intensity=0)
    for _ in range(5):
        await tree.ask(TerminateChild("a"))
        await tree.ask(RestartChild("a"))
    assert (await tree.ask(CountChildren())).active == 1


async def test_a_supervisor_handles_one_request_at_a_time(system: ActorSystem) -> None:
    # OTP: a supervisor is a gen_server; while a child starts, other calls wait
    async def slow(actor: Any) -> None:
        await asyncio.sleep(3)

    tree = await static(system)
    starting = asyncio.ensure_future(tree.ask(StartChild(child("slow", working("slow").on_start(slow).build()))))
    await asyncio.sleep(1)
    assert await ids(tree) == ["slow"]
    assert asyncio.get_running_loop().time() == 3.0
    await starting


async def test_a_child_that_waits_for_its_restart_can_be_terminated_and_restarted(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2 of a child that is restarting
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), backoff=Backoff(30.0, 60.0), name="a")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    await tree.ask(TerminateChild("a"))
    assert await tree.ask(WhichChildren()) == (ChildInfo("a", None, "stopped"),)
    assert await (await tree.ask(RestartChild("a"))).ask(Notes()) == ()
    assert asyncio.get_running_loop().time() == 1.0


async def test_a_child_whose_name_is_taken_is_not_added(system: ActorSystem) -> None:
    # OTP supervisor:start_child/2: {error, {already_started, Pid}} of the start function
    tree, other = await static(system), await system.spawn(worker("other"), name="a")
    with pytest.raises(ChildStartFailed) as caught:
        await tree.ask(StartChild(child("a", worker("a"), name="a")))
    assert isinstance(caught.value.__cause__, NameTaken)
    assert system.lookup("a") is other
    assert await ids(tree) == []


async def test_a_child_starts_although_whoever_asked_for_it_has_given_up(system: ActorSystem) -> None:
    # OTP gen_server:call/3: a time-out is the caller's
    async def slow(actor: Any) -> None:
        await asyncio.sleep(9)

    tree = await static(system)
    with pytest.raises(AskTimeout):
        await tree.ask(StartChild(child("slow", working("slow").on_start(slow).build())), timeout=1)
    assert [info.status for info in await tree.ask(WhichChildren(), timeout=60)] == ["up"]


# --- dynamic supervisors ---------------------------------------------------------------------------------------------


async def dynamic(system: ActorSystem, **options: Any) -> ActorRef[Any]:
    return await system.spawn(supervisor("pool", strategy="dynamic", **options))


async def test_a_dynamic_supervisor_starts_without_children(system: ActorSystem) -> None:
    # OTP supervisor: simple_one_for_one; SEMANTICS 9
    assert await ids(await dynamic(system)) == []


async def test_children_of_a_dynamic_supervisor_need_no_ids_of_their_own(system: ActorSystem) -> None:
    # OTP supervisor: simple_one_for_one, all children share one specification
    tree = await dynamic(system)
    refs = [await tree.ask(StartChild(child("same", worker("same")))) for _ in range(3)]
    assert len(set(refs)) == 3
    assert await ids(tree) == ["same"] * 3


@pytest.mark.parametrize("request_of", [TerminateChild, RestartChild, DeleteChild])
async def test_a_dynamic_supervisor_knows_no_ids(system: ActorSystem, request_of: Any) -> None:
    # OTP supervisor: {error, simple_one_for_one}; SEMANTICS 9
    tree = await dynamic(system)
    await tree.ask(StartChild(child("a", worker("a"))))
    assert await refused(tree, request_of("a")) == "not_found"


async def test_a_child_of_a_dynamic_supervisor_is_terminated_by_its_ref_and_forgotten(system: ActorSystem) -> None:
    # OTP supervisor:terminate_child/2 with a pid
    tree = await dynamic(system)
    one, two = [await tree.ask(StartChild(child("a", worker("a")))) for _ in range(2)]
    await tree.ask(TerminateChild(one))
    assert [info.ref for info in await tree.ask(WhichChildren())] == [two]


async def test_a_child_of_a_dynamic_supervisor_that_ends_and_is_not_restarted_is_forgotten(system: ActorSystem) -> None:
    # OTP supervisor: simple_one_for_one; SEMANTICS 9
    tree = await dynamic(system)
    for restart, reason in (("transient", Normal()), ("temporary", Killed()), ("temporary", Crash(Told("x")))):
        ref = await tree.ask(StartChild(child("a", worker("a"), restart=restart)))  # type: ignore[arg-type]
        await system.stop(ref, reason=reason)
    assert await ids(tree) == []


async def test_a_dynamic_supervisor_restarts_only_the_child_that_ended_and_keeps_its_ref(system: ActorSystem) -> None:
    # OTP supervisor: simple_one_for_one; SEMANTICS 10
    tree = await dynamic(system)
    one, two = [await tree.ask(StartChild(child("a", worker("a")))) for _ in range(2)]
    for ref in (one, two):
        ref.tell(Note("old"))
    one.tell(Crashing())
    assert await one.ask(Notes()) == ()
    assert await two.ask(Notes()) == ("old",)
    assert [info.ref for info in await tree.ask(WhichChildren())] == [one, two]


async def test_a_dynamic_supervisor_has_an_intensity_for_all_its_children(system: ActorSystem) -> None:
    # OTP supervisor: Maximum Restart Intensity
    probe, tree = Probe(system), await dynamic(system, intensity=1)
    probe.watch(tree)
    for _ in range(2):
        (await tree.ask(StartChild(child("a", worker("a"))))).tell(Crashing())
        await asyncio.sleep(0.5)
    assert isinstance((await probe.receive(Down)).reason, Shutdown)
