"""How supervised actors end, and what becomes of their messages: OTP's `supervisor` and `gen_server:terminate`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorStopped,
    ActorSystem,
    BadSpec,
    ChildCounts,
    ChildInfo,
    CountChildren,
    DeadLetter,
    Down,
    Killed,
    MessagePlan,
    NoProc,
    Normal,
    Shutdown,
    StartFailed,
    Stopped,
    Unkillable,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe, SimulatedWorld
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, named, worker, working


async def stubborn(actor: Any) -> None:
    """Refuse to end for a minute."""
    for _ in range(60):
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass


async def ending_slowly(actor: Any) -> None:
    await asyncio.sleep(8)


async def test_a_child_is_told_to_end_with_shutdown(system: ActorSystem) -> None:
    # OTP supervisor, Child Specification, shutdown: exit(Child, shutdown)
    reasons: list[object] = []
    behavior = define_behavior("a").on_stop(lambda actor: reasons.append(actor.reason)).build()
    await system.stop(await system.spawn(supervisor("root", children=[child("a", behavior)])))
    assert reasons == [Shutdown()]


async def test_a_child_that_does_not_end_in_its_time_is_given_up_and_reported(system: ActorSystem) -> None:
    # OTP supervisor, shutdown as an integer: then exit(Child, kill); DESIGN 4: detached and reported `unkillable`
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a", shutdown=2.0)]))
    ref = named(system, "a")
    ref.tell(Do(stubborn))
    await asyncio.sleep(0.5)
    async with system.reports(Unkillable) as unkillable:
        before = asyncio.get_running_loop().time()
        await system.stop(tree)
        assert asyncio.get_running_loop().time() - before == 2.0
        assert (await anext(unkillable)).ref is ref


async def test_a_child_has_five_seconds_to_end_unless_its_spec_says_otherwise(system: ActorSystem) -> None:
    # OTP supervisor, shutdown: defaults to 5000 for a worker
    behavior = define_behavior("a").on_stop(ending_slowly).build()
    tree = await system.spawn(supervisor("root", children=[child("a", behavior)]))
    before = asyncio.get_running_loop().time()
    await system.stop(tree)
    assert asyncio.get_running_loop().time() - before == 5.0


async def test_a_child_may_take_as_long_as_it_wants_with_infinity(system: ActorSystem) -> None:
    # OTP supervisor, shutdown: infinity
    behavior = define_behavior("a").on_stop(ending_slowly).build()
    tree = await system.spawn(supervisor("root", children=[child("a", behavior, shutdown="infinity")]))
    before = asyncio.get_running_loop().time()
    await system.stop(tree)
    assert asyncio.get_running_loop().time() - before == 8.0


async def test_an_inner_supervisor_has_as_long_as_its_children_need(system: ActorSystem) -> None:
    # OTP supervisor, shutdown: infinity for a supervisor, to give its subtree time
    behavior = define_behavior("a").on_stop(ending_slowly).build()
    inner = supervisor("inner", children=[child("a", behavior, shutdown=20.0), child("b", behavior, shutdown=20.0)])
    tree = await system.spawn(supervisor("root", children=[child("first", worker("first", log := [])), child("inner", inner)]))
    stopping = asyncio.ensure_future(system.stop(tree))
    await asyncio.sleep(15.5)
    assert log == [("start", "first")], "the next is not ended before the subtree has"
    await stopping
    assert asyncio.get_running_loop().time() == 16.0


async def test_a_child_with_brutal_kill_ends_without_its_on_stop(system: ActorSystem) -> None:
    # OTP supervisor, shutdown: brutal_kill
    log: list[object] = []
    probe = Probe(system)
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a", log), name="a", shutdown="brutal_kill")]))
    ref = named(system, "a")
    probe.watch(ref)
    await system.stop(tree)
    assert await probe.receive(Down) == Down(ref, Killed())
    assert log == [("start", "a")]


async def test_the_children_of_any_actor_end_before_it_does(system: ActorSystem) -> None:
    # DESIGN 4: children end before their actor ends; Akka: children are stopped first
    log: list[object] = []
    ref = await system.spawn(worker("parent", log))
    ref.tell(Do(lambda actor: actor.spawn(worker("kid", log)) and None))
    await asyncio.sleep(1)
    await system.stop(ref)
    assert log == [("start", "parent"), ("start", "kid"), ("stop", "kid"), ("stop", "parent")]


async def test_the_children_of_an_actor_end_before_it_restarts(system: ActorSystem) -> None:
    # DESIGN 4: children end before their actor restarts; Akka: children are stopped when their parent is restarted
    log: list[object] = []
    await system.spawn(supervisor("root", children=[child("parent", worker("parent", log), name="parent")]))
    ref = named(system, "parent")
    ref.tell(Do(lambda actor: actor.spawn(worker("kid", log)) and None))
    await asyncio.sleep(1)
    ref.tell(Crashing())
    await ref.ask(Notes())
    assert log == [("start", "parent"), ("start", "kid"), ("stop", "kid"), ("stop", "parent"), ("start", "parent")]


async def test_leaving_the_system_ends_the_newest_first(world: Any) -> None:
    # OTP application: top supervisors end in reverse; DESIGN 4
    log: list[object] = []
    async with ActorSystem(world=world) as system:
        for name in "abc":
            await system.spawn(worker(name, log))
    assert log[3:] == [("stop", "c"), ("stop", "b"), ("stop", "a")]


async def test_waiting_messages_survive_a_restart_under_one_for_one(system: ActorSystem) -> None:
    # DESIGN 4: under one_for_one and dynamic the waiting messages stay (OTP loses them: do better)
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    for message in (Note("lost with its run"), Crashing(), Note("one"), Note("two")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("one", "two")


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
async def test_waiting_messages_of_each_child_restarted_with_others_are_dead_letters(system: ActorSystem, strategy: Any) -> None:
    # DESIGN 4: those of every restarted child become dead letters (`restarted`)
    busy = working("busy").build()
    children = [child("a", worker("a"), name="a"), child("b", busy, name="b")]
    await system.spawn(supervisor("root", strategy=strategy, children=children))
    a, b = named(system, "a"), named(system, "b")
    b.tell(Do(lambda actor: asyncio.sleep(2)))
    b.tell(Note("waits"))
    await asyncio.sleep(1)
    async with system.reports(DeadLetter) as letters:
        a.tell(Crashing())
        assert await anext(letters) == DeadLetter(b, Note("waits"), "restarted")
    assert await b.ask(Notes()) == ()


async def test_the_stash_of_a_restarted_child_comes_before_what_waits(system: ActorSystem) -> None:
    # DESIGN 4: a restart puts the stash back at the mailbox's front
    async def fail_later(actor: Any) -> None:
        await asyncio.sleep(1)
        raise Told

    await system.spawn(supervisor("root", children=[child("a", stashing(), name="a")]))
    ref = named(system, "a")
    for message in (Note("first"), Note("second"), Do(fail_later), Note("third")):
        ref.tell(message)
    await asyncio.sleep(2)
    ref.tell(Do(lambda actor: MessagePlan(become="open")))
    assert await ref.ask(Notes()) == ("first", "second", "third")


def stashing() -> Any:
    """Make a behavior that keeps its notes until it is open."""
    return (
        working("stashing").on(Note, lambda note, actor: MessagePlan(stash=True)).mode("open").on(Note, lambda note, actor: (*actor.context, note.text)).build()
    )


async def test_a_request_that_waits_is_answered_by_the_next_run(system: ActorSystem) -> None:
    # SEMANTICS 14
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Note("old"))
    ref.tell(Crashing())
    ref.tell(Note("new"))
    assert await ref.ask(Notes()) == ("new",)


async def test_what_waits_for_an_actor_that_ends_for_good_is_a_dead_letter(system: ActorSystem) -> None:
    # DESIGN 4: delivered once, or a dead letter with a reason; no third way
    ref = await system.spawn(worker("a"))
    async with system.reports(DeadLetter) as letters:
        ref.tell(Do(lambda actor: MessagePlan(stop=True)))
        ref.tell(Note("too late"))
        assert await anext(letters) == DeadLetter(ref, Note("too late"), "stopped")


async def test_the_end_of_a_child_that_is_not_restarted_is_reported_once(system: ActorSystem) -> None:
    # DESIGN 4, Reports
    stopped: list[object] = []
    system.reports.subscribe(lambda report: stopped.append(report) if isinstance(report, Stopped) else None)
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a", restart="temporary")]))
    ref = named(system, "a")
    ref.tell(Do(lambda actor: MessagePlan(stop=True)))
    await asyncio.sleep(1)
    assert stopped == [Stopped(ref, Normal())]


async def test_stopping_a_supervisor_while_a_child_starts_fails_its_start_and_leaves_nothing(system: ActorSystem) -> None:
    # OTP: an exit signal of the parent during start ends the start
    async def slow(actor: Any) -> None:
        await asyncio.sleep(100)

    children = [child("a", worker("a"), name="a"), child("slow", define_behavior("slow").on_start(slow).build())]
    spawning = asyncio.ensure_future(system.spawn(supervisor("root", children=children), name="root", timeout=200))
    await asyncio.sleep(1)
    await system.stop(named(system, "root"))
    with pytest.raises(StartFailed):
        await spawning
    assert [system.lookup(name) for name in ("root", "a")] == [None, None]


async def test_a_supervisor_whose_start_takes_too_long_leaves_nothing(system: ActorSystem) -> None:
    # OTP: the start of a tree is bounded where its starter says so
    async def slow(actor: Any) -> None:
        await asyncio.sleep(100)

    children = [child("a", worker("a"), name="a"), child("slow", define_behavior("slow").on_start(slow).build())]
    with pytest.raises(StartFailed):
        await system.spawn(supervisor("root", children=children), timeout=1)
    assert system.lookup("a") is None


async def test_asking_a_child_that_gave_up_fails_at_once(system: ActorSystem) -> None:
    # OTP: noproc
    await system.spawn(supervisor("root", intensity=0, children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Crashing())
    await asyncio.sleep(1)
    before = asyncio.get_running_loop().time()
    with pytest.raises(ActorStopped) as caught:
        await ref.ask(Notes())
    assert caught.value.reason == NoProc()
    assert asyncio.get_running_loop().time() == before


async def test_which_children_are_told_in_start_order_with_id_ref_and_status(system: ActorSystem) -> None:
    # OTP supervisor:which_children/1; SEMANTICS 7
    children = [child(name, worker(name), name=name, restart="transient") for name in "abc"]
    tree = await system.spawn(supervisor("root", children=children))
    await system.stop(named(system, "b"))
    expected = (ChildInfo("a", named(system, "a"), "up"), ChildInfo("b", None, "stopped"), ChildInfo("c", named(system, "c"), "up"))
    assert await tree.ask(WhichChildren()) == expected


async def test_children_are_counted_by_spec_by_life_and_by_kind(system: ActorSystem) -> None:
    # OTP supervisor:count_children/1
    inner = supervisor("inner", children=[])
    children = [child("a", worker("a")), child("inner", inner), child("b", worker("b"), restart="transient", name="b")]
    tree = await system.spawn(supervisor("root", children=children))
    await system.stop(named(system, "b"))
    assert await tree.ask(CountChildren()) == ChildCounts(specs=3, active=2, supervisors=1, workers=2)


WRONG = [
    lambda: supervisor("s", children=[child("a", worker("a")), child("a", worker("a"))]),
    lambda: supervisor("s", strategy="one_for_none"),  # type: ignore[arg-type]
    lambda: supervisor("s", intensity=-1),
    lambda: supervisor("s", period=0.0),
    lambda: child("a", worker("a"), restart="sometimes"),  # type: ignore[arg-type]
    lambda: child("a", worker("a"), shutdown=-1.0),
    lambda: child("a", "no behavior"),  # type: ignore[arg-type]
    lambda: child("a", worker("a"), significant=True),
    lambda: supervisor("s", children=[child("a", worker("a"), restart="transient", significant=True)]),
    lambda: supervisor("s", strategy="dynamic", auto_shutdown="any_significant"),
    lambda: supervisor("s", auto_shutdown="sometimes"),  # type: ignore[arg-type]
    lambda: supervisor("s", strategy="dynamic", children=[child("a", worker("a"))]),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_spec_is_refused_where_it_is_written(wrong: Any) -> None:
    # OTP supervisor:check_childspecs/1; SEMANTICS 8
    with pytest.raises(BadSpec):
        wrong()


async def test_a_request_being_served_fails_with_the_reason_when_its_server_is_stopped(system: ActorSystem) -> None:
    # OTP gen_server:call/2 exits with the reason of the server
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: asyncio.sleep(100)), timeout=200))
    await asyncio.sleep(1)
    await system.stop(ref, reason=Shutdown("enough"))
    with pytest.raises(ActorStopped) as caught:
        await asking
    assert caught.value.reason == Shutdown("enough")


async def test_what_has_not_ended_in_the_shutdown_time_of_the_system_is_killed(world: SimulatedWorld) -> None:
    # OTP application: shutdown of the top supervisor; the contract: ActorSystem(shutdown=seconds)
    async def endless(actor: Any) -> None:
        await asyncio.sleep(1000)

    reports: list[Stopped] = []
    async with ActorSystem(world=world, shutdown=3.0) as system:
        system.reports.subscribe(reports.append, Stopped)  # type: ignore[arg-type]
        tree = supervisor("root", children=[child("a", working("a").on_stop(endless).build(), shutdown="infinity")])
        await system.spawn(tree)
    assert world.now() == 3.0
    assert len(reports) == 2


async def test_a_system_without_a_shutdown_time_waits_for_every_end(world: SimulatedWorld) -> None:
    # OTP application: the top supervisor is given infinity
    async with ActorSystem(world=world) as system:
        tree = supervisor("root", children=[child("a", working("a").on_stop(ending_slowly).build(), shutdown="infinity")])
        await system.spawn(tree)
    assert world.now() == 8.0


async def test_an_inner_supervisor_that_does_not_end_in_its_time_is_given_up_with_its_subtree(system: ActorSystem) -> None:
    # OTP supervisor, shutdown: an integer holds for a supervisor as for a worker
    behavior = define_behavior("a").on_stop(ending_slowly).build()
    inner = supervisor("inner", children=[child("a", behavior, shutdown=20.0)])
    tree = await system.spawn(supervisor("root", children=[child("inner", inner, shutdown=2.0)]))
    before = asyncio.get_running_loop().time()
    await system.stop(tree)
    assert asyncio.get_running_loop().time() - before == 2.0


async def test_what_was_released_and_not_yet_handled_when_a_released_message_crashes_goes_back_to_the_front(system: ActorSystem) -> None:
    # SEMANTICS 12
    keep = working("fragile").on(Note, lambda note, actor: MessagePlan(stash=True)).on(Answer, lambda request, actor: MessagePlan(stash=True))
    behavior = keep.mode("open").on(Note, lambda note, actor: (*actor.context, note.text) if note.text != "bad" else 1 / 0).build()
    await system.spawn(supervisor("root", children=[child("a", behavior, name="a")]))
    ref = named(system, "a")
    for text in ("good", "bad", "rest"):
        ref.tell(Note(text))
    ref.tell(Do(lambda actor: MessagePlan(become="open")))
    await asyncio.sleep(1)
    ref.tell(Note("newest"))
    ref.tell(Do(lambda actor: MessagePlan(become="open")))
    assert await ref.ask(Notes()) == ("rest", "newest")
