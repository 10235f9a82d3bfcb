"""What Erlang promises of monitors and names: `erlang:monitor/2`, `demonitor/2`, `register/2`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorSystem,
    Crash,
    Down,
    Ignore,
    Killed,
    MessagePlan,
    NoProc,
    Normal,
    Shutdown,
    StartFailed,
    Tell,
    Unhandled,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Do, Note, Notes, Told, named, worker, working

REASONS = [Normal(), Shutdown(), Shutdown("info"), Killed(), Crash(Told("x"))]


@pytest.mark.parametrize("reason", REASONS, ids=repr)
async def test_a_monitor_gives_one_down_with_the_reason(system: ActorSystem, reason: Any) -> None:
    # OTP erlang:monitor/2: {'DOWN', MonitorRef, process, Pid, Info}
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    probe.watch(ref)
    await system.stop(ref, reason=reason)
    assert await probe.receive(Down) == Down(ref, reason)
    await probe.receive_nothing()


async def test_monitoring_what_has_ended_gives_no_proc_at_once(system: ActorSystem) -> None:
    # OTP erlang:monitor/2: noproc
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    await system.stop(ref)
    probe.watch(ref)
    assert await probe.receive(Down) == Down(ref, NoProc())


async def test_monitoring_twice_is_monitoring_once(system: ActorSystem) -> None:
    # SEMANTICS 18: per pair and idempotent (OTP: each call is a monitor of its own; the contract wins)
    log: list[object] = []
    ref, watching = await system.spawn(worker("a")), await system.spawn(worker("watcher", log))
    for _ in range(3):
        watching.tell(Do(lambda actor: actor.watch(ref)))
    await watching.ask(Notes())
    await system.stop(ref)
    await asyncio.sleep(1)
    assert log[1:] == [Down(ref, Normal())]


async def test_a_monitor_is_one_way(system: ActorSystem) -> None:
    # OTP erlang:monitor/2: monitors are unidirectional
    ref, watching = await system.spawn(worker("a")), await system.spawn(worker("watcher"))
    watching.tell(Do(lambda actor: actor.watch(ref)))
    watching.tell(Crashing())
    await asyncio.sleep(1)
    assert await ref.ask(Notes()) == ()


async def test_the_crash_of_what_is_monitored_does_not_end_the_watcher(system: ActorSystem) -> None:
    # OTP erlang:monitor/2
    log: list[object] = []
    ref, watching = await system.spawn(worker("a")), await system.spawn(worker("watcher", log))
    watching.tell(Do(lambda actor: actor.watch(ref)))
    await watching.ask(Notes())
    ref.tell(Crashing())
    await asyncio.sleep(1)
    assert await watching.ask(Notes()) == ()
    assert isinstance(log[-1], Down)


async def test_each_watcher_gets_its_own_down(system: ActorSystem) -> None:
    # OTP erlang:monitor/2
    probes = [Probe(system) for _ in range(3)]
    ref = await system.spawn(worker("a"))
    for probe in probes:
        probe.watch(ref)
    await system.stop(ref)
    for probe in probes:
        assert await probe.receive(Down) == Down(ref, Normal())


async def test_a_demonitor_takes_back_even_a_down_that_is_on_its_way(system: ActorSystem) -> None:
    # OTP erlang:demonitor/2 with flush
    log: list[object] = []

    async def wait_and_unwatch(actor: Any) -> None:
        actor.watch(ref)
        await asyncio.sleep(2)
        actor.unwatch(ref)

    ref, watching = await system.spawn(worker("a")), await system.spawn(worker("watcher", log))
    watching.tell(Do(wait_and_unwatch))
    await asyncio.sleep(1)
    await system.stop(ref)
    await asyncio.sleep(5)
    assert log == [("start", "watcher")]


async def test_a_monitor_is_over_after_its_down_and_may_be_set_again(system: ActorSystem) -> None:
    # SEMANTICS 18
    probe = Probe(system)
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    for _ in range(2):
        probe.watch(ref)
        ref.tell(Crashing())
        assert (await probe.receive(Down)).restarting
    ref.tell(Crashing())
    await probe.receive_nothing()


async def test_a_down_keeps_its_place_behind_all_that_was_sent_before(system: ActorSystem) -> None:
    # OTP: signal ordering, between a pair of processes
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    probe.watch(ref)
    ref.tell(Do(lambda actor: MessagePlan(tell=[Tell(probe.ref, number) for number in range(5)], stop=True)))
    await asyncio.sleep(1)
    assert probe.messages == [0, 1, 2, 3, 4, Down(ref, Normal())]


async def test_a_down_says_whether_a_restart_will_be_tried(system: ActorSystem) -> None:
    # SEMANTICS 18
    probe = Probe(system)
    await system.spawn(supervisor("root", intensity=1, children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    for restarting in (True, False):
        probe.watch(ref)
        ref.tell(Crashing())
        assert (await probe.receive(Down)).restarting is restarting


async def test_a_down_for_an_earlier_run_of_its_watcher_is_discarded(system: ActorSystem) -> None:
    # SEMANTICS 18; OTP: a monitor dies with its process
    log: list[object] = []
    await system.spawn(supervisor("root", children=[child("w", worker("watcher", log), name="w")]))
    ref, watching = await system.spawn(worker("a")), named(system, "w")
    watching.tell(Do(lambda actor: actor.watch(ref)))
    watching.tell(Crashing())
    await watching.ask(Notes())
    await system.stop(ref)
    await asyncio.sleep(1)
    assert [entry for entry in log if isinstance(entry, Down)] == []


async def test_a_monitor_that_a_failed_turn_set_tells_nothing(system: ActorSystem) -> None:
    # DESIGN 1: a handler that raises has changed nothing
    log: list[object] = []
    await system.spawn(supervisor("root", children=[child("w", worker("watcher", log), name="w")]))
    ref, watching = await system.spawn(worker("a")), named(system, "w")
    watching.tell(Do(lambda actor: actor.watch(ref) or 1 / 0))
    await watching.ask(Notes())
    await system.stop(ref)
    await asyncio.sleep(1)
    assert [entry for entry in log if isinstance(entry, Down)] == []


async def test_a_child_whose_start_fails_is_told_to_its_parent_as_down(system: ActorSystem) -> None:
    # SEMANTICS 5; OTP: spawn_monitor
    log: list[object] = []
    ref = await system.spawn(worker("parent", log))
    ref.tell(Do(lambda actor: actor.spawn(define_behavior("kid").on_start(lambda kid: 1 / 0 and None).build()) and None))
    await asyncio.sleep(1)
    (down,) = [entry for entry in log if isinstance(entry, Down)]
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, StartFailed)


async def test_a_down_that_no_handler_takes_is_reported_and_no_crash(system: ActorSystem) -> None:
    # SEMANTICS 20: there is no death pact (Akka: DeathPactException; the contract wins)
    behavior = define_behavior("deaf").with_context(()).on(Do, lambda message, actor: message.what(actor)).on_message(lambda message, actor: None).build()
    ref, watching = await system.spawn(worker("a")), await system.spawn(behavior)
    watching.tell(Do(lambda actor: actor.watch(ref)))
    await asyncio.sleep(1)
    async with system.reports(Unhandled) as unhandled:
        await system.stop(ref)
        assert await anext(unhandled) == Unhandled(watching, Down(ref, Normal()))


# --- names -----------------------------------------------------------------------------------------------------------


async def test_a_name_is_found_while_its_actor_lives(system: ActorSystem) -> None:
    # OTP erlang:whereis/1
    assert system.lookup("a") is None
    ref = await system.spawn(worker("a"), name="a")
    assert system.lookup("a") is ref
    await system.stop(ref)
    assert system.lookup("a") is None


async def test_a_name_is_free_before_the_down_is_delivered(system: ActorSystem) -> None:
    # released before Down is delivered; OTP: the name is unregistered before monitors fire
    found: list[object] = []
    ref = await system.spawn(worker("a"), name="a")
    watching = await system.spawn(working("watcher").on(Down, lambda down, actor: found.append(actor.system.lookup("a"))).build())
    watching.tell(Do(lambda actor: actor.watch(ref)))
    await watching.ask(Notes())
    ref.tell(Crashing())
    await asyncio.sleep(1)
    assert found == [None]


async def test_a_name_that_is_free_again_names_the_new_spawn_and_not_the_old(system: ActorSystem) -> None:
    # OTP: a pid is never used again
    old = await system.spawn(worker("a"), name="a")
    await system.stop(old)
    new = await system.spawn(worker("a"), name="a")
    old.tell(Note("for the old one"))
    assert await new.ask(Notes()) == ()
    assert new is not old


async def test_a_name_that_a_failed_turn_took_is_free(system: ActorSystem) -> None:
    # DESIGN 1: no child
    ref = await system.spawn(worker("parent"))
    ref.tell(Do(lambda actor: actor.spawn(worker("kid"), name="kid") and 1 / 0))
    await asyncio.sleep(1)
    assert system.lookup("kid") is None
    assert await (await system.spawn(worker("kid"), name="kid")).ask(Notes()) == ()


async def test_a_child_that_ignores_its_start_is_told_only_to_those_who_watch_it(system: ActorSystem) -> None:
    # SEMANTICS 5
    shy = define_behavior("shy").on_start(lambda actor: Ignore()).build()
    told: list[object] = []
    unwatched, watched = await system.spawn(worker("one", told)), await system.spawn(worker("two", told))
    unwatched.tell(Do(lambda actor: actor.spawn(shy) and None))
    watched.tell(Do(lambda actor: actor.watch(actor.spawn(shy))))
    await asyncio.sleep(1)
    (down,) = [entry for entry in told if isinstance(entry, Down)]
    assert down.reason == Normal()
