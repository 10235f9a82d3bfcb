"""What Erlang promises of links: `erlang:link/1`, `unlink/1`, exit signals and `trap_exit`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorRef,
    ActorSystem,
    Crash,
    Down,
    Exit,
    Killed,
    MessagePlan,
    NoProc,
    Normal,
    Shutdown,
    Tell,
    Unhandled,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Do, Notes, Told, named, worker, working

ABNORMAL = [Shutdown(), Shutdown("info"), Killed(), Crash(Told("x"))]


def trapping(name: str, log: list[object]) -> Any:
    """Make a worker that notes the ends of those linked to it."""
    return working(name, log).with_trap_exits().on(Exit, lambda signal, actor: log.append(signal)).build()


async def link(one: ActorRef[Any], other: ActorRef[Any]) -> None:
    """Let one actor link itself to another."""
    one.tell(Do(lambda actor: actor.link(other)))
    await one.ask(Notes())


async def two(system: ActorSystem, log: list[object]) -> tuple[ActorRef[Any], ActorRef[Any]]:
    """Spawn an actor that traps exits, and one that does not, linked."""
    trap, plain = await system.spawn(trapping("trap", log)), await system.spawn(worker("plain"))
    await link(trap, plain)
    return trap, plain


@pytest.mark.parametrize("reason", ABNORMAL, ids=repr)
async def test_the_end_of_one_ends_those_linked_to_it_with_the_same_reason(system: ActorSystem, reason: Any) -> None:
    # OTP erlang:link/1; Reference Manual, Processes, Receiving Exit Signals
    probe = Probe(system)
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    await link(one, other)
    probe.watch(one)
    await system.stop(other, reason=reason)
    assert await probe.receive(Down) == Down(one, reason)


@pytest.mark.parametrize("reason", ABNORMAL, ids=repr)
async def test_a_link_works_in_both_directions(system: ActorSystem, reason: Any) -> None:
    # OTP erlang:link/1: links are bidirectional
    probe = Probe(system)
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    await link(one, other)
    probe.watch(other)
    await system.stop(one, reason=reason)
    assert await probe.receive(Down) == Down(other, reason)


async def test_a_normal_end_does_not_end_those_linked(system: ActorSystem) -> None:
    # OTP: an exit signal with reason normal is ignored by a process that does not trap
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    await link(one, other)
    await system.stop(other, reason=Normal())
    await asyncio.sleep(1)
    assert await one.ask(Notes()) == ()


@pytest.mark.parametrize("reason", [Normal(), *ABNORMAL], ids=repr)
async def test_an_actor_that_traps_exits_gets_each_end_as_a_signal_and_lives(system: ActorSystem, reason: Any) -> None:
    # OTP process_flag(trap_exit, true): {'EXIT', Pid, Reason}
    log: list[object] = []
    trap, plain = await two(system, log)
    await system.stop(plain, reason=reason)
    await asyncio.sleep(1)
    assert log[1:] == [Exit(plain, reason)]
    assert await trap.ask(Notes()) == ()


async def test_the_end_spreads_along_a_chain_of_links(system: ActorSystem) -> None:
    # OTP: exit signals propagate
    log: list[object] = []
    refs = [await system.spawn(worker(str(number), log)) for number in range(4)]
    for one, other in zip(refs, refs[1:], strict=False):
        await link(one, other)
    refs[0].tell(Crashing())
    await asyncio.sleep(1)
    assert sorted(name for what, name in log if what == "stop") == ["0", "1", "2", "3"]  # type: ignore[misc]


async def test_the_end_spreads_around_a_ring_of_links_once(system: ActorSystem) -> None:
    # OTP: exit signals propagate; each process dies once
    log: list[object] = []
    refs = [await system.spawn(worker(str(number), log)) for number in range(3)]
    for one, other in zip(refs, [*refs[1:], refs[0]], strict=True):
        await link(one, other)
    refs[1].tell(Crashing())
    await asyncio.sleep(1)
    assert sorted(name for what, name in log if what == "stop") == ["0", "1", "2"]  # type: ignore[misc]


async def test_an_actor_that_traps_exits_stops_the_spreading(system: ActorSystem) -> None:
    # OTP design principles: a process that traps exits
    log: list[object] = []
    trap, plain = await two(system, log)
    behind = await system.spawn(worker("behind"))
    await link(trap, behind)
    plain.tell(Crashing())
    await asyncio.sleep(1)
    assert await behind.ask(Notes()) == ()


async def test_linking_to_what_has_ended_gives_no_proc_to_one_that_traps(system: ActorSystem) -> None:
    # OTP erlang:link/1: noproc, as an exit signal
    log: list[object] = []
    trap, gone = await system.spawn(trapping("trap", log)), await system.spawn(worker("gone"))
    await system.stop(gone)
    await link(trap, gone)
    await asyncio.sleep(1)
    assert log[1:] == [Exit(gone, NoProc())]


async def test_linking_to_what_has_ended_ends_one_that_does_not_trap(system: ActorSystem) -> None:
    # OTP erlang:link/1: noproc, as an exit signal
    probe = Probe(system)
    one, gone = await system.spawn(worker("one")), await system.spawn(worker("gone"))
    await system.stop(gone)
    probe.watch(one)
    one.tell(Do(lambda actor: actor.link(gone)))
    assert await probe.receive(Down) == Down(one, NoProc())


async def test_linking_twice_is_linking_once(system: ActorSystem) -> None:
    # OTP erlang:link/1: there can only be one link between two processes
    log: list[object] = []
    trap, plain = await two(system, log)
    await link(trap, plain)
    await link(plain, trap)
    await system.stop(plain)
    await asyncio.sleep(1)
    assert log[1:] == [Exit(plain, Normal())]


@pytest.mark.parametrize("side", ["one", "other"])
async def test_either_side_may_take_the_link_back(system: ActorSystem, side: str) -> None:
    # OTP erlang:unlink/1
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    await link(one, other)
    who, whom = (one, other) if side == "one" else (other, one)
    who.tell(Do(lambda actor: actor.unlink(whom)))
    await who.ask(Notes())
    other.tell(Crashing())
    await asyncio.sleep(1)
    assert await one.ask(Notes()) == ()


async def test_after_an_unlink_no_exit_comes_even_if_it_was_on_its_way(system: ActorSystem) -> None:
    # OTP erlang:unlink/1: no exit signal from the link will be delivered afterwards
    log: list[object] = []

    async def wait_and_unlink(actor: Any) -> None:
        await asyncio.sleep(2)
        actor.unlink(plain)

    trap, plain = await two(system, log)
    trap.tell(Do(wait_and_unlink))
    await asyncio.sleep(1)
    await system.stop(plain)
    await asyncio.sleep(5)
    assert log == [("start", "trap")]


async def test_unlinking_what_is_not_linked_does_nothing(system: ActorSystem) -> None:
    # OTP erlang:unlink/1
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    one.tell(Do(lambda actor: actor.unlink(other)))
    assert await one.ask(Notes()) == ()


async def test_an_exit_keeps_its_place_behind_all_that_was_sent_before(system: ActorSystem) -> None:
    # OTP: signal ordering, between a pair of processes
    log: list[object] = []
    behavior = working("trap", log).with_trap_exits().on(Exit, lambda signal, actor: log.append("exit")).on_message(lambda message, actor: log.append(message))
    trap, plain = await system.spawn(behavior.build()), await system.spawn(worker("plain"))
    await link(trap, plain)
    plain.tell(Do(lambda actor: MessagePlan(tell=[Tell(trap, number) for number in range(3)], stop=True)))
    await asyncio.sleep(1)
    assert log[1:] == [0, 1, 2, "exit"]


async def test_a_link_belongs_to_the_runs_and_ends_with_them(system: ActorSystem) -> None:
    # OTP: a restarted process is a new process, linked to nobody
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    one, a = await system.spawn(trapping("trap", [])), named(system, "a")
    await link(one, a)
    a.tell(Crashing())
    await a.ask(Notes())
    one.tell(Crashing())
    await asyncio.sleep(1)
    assert await a.ask(Notes()) == ()


async def test_an_actor_that_a_link_ended_is_restarted_as_its_spec_says(system: ActorSystem) -> None:
    # OTP supervisor: the reason of the end decides
    log: list[object] = []
    await system.spawn(supervisor("root", children=[child("a", worker("a", log), restart="transient", name="a")]))
    one = await system.spawn(worker("one"))
    await link(named(system, "a"), one)
    one.tell(Crashing())
    await asyncio.sleep(1)
    assert log == [("start", "a"), ("stop", "a"), ("start", "a")]


async def test_a_stop_is_a_command_and_is_never_trapped(system: ActorSystem) -> None:
    # SEMANTICS 19; OTP: the exit signal of a supervisor is handled by gen_server, not by the callback
    log: list[object] = []
    ref = await system.spawn(trapping("trap", log))
    await system.stop(ref, reason=Shutdown())
    assert log == [("start", "trap"), ("stop", "trap")]


async def test_an_exit_that_no_handler_takes_is_reported_and_no_crash(system: ActorSystem) -> None:
    # SEMANTICS 20
    ref, other = await system.spawn(working("trap").with_trap_exits().build()), await system.spawn(worker("other"))
    await link(ref, other)
    async with system.reports(Unhandled) as unhandled:
        await system.stop(other)
        assert await anext(unhandled) == Unhandled(ref, Exit(other, Normal()))


async def test_a_link_that_a_failed_turn_made_has_never_been(system: ActorSystem) -> None:
    # DESIGN 1: a handler that raises has changed nothing
    one = await system.spawn(define_behavior("one").on(Do, lambda message, actor: message.what(actor)).build())
    other = await system.spawn(worker("other"))
    one.tell(Do(lambda actor: actor.link(other) or 1 / 0))
    await asyncio.sleep(1)
    assert await other.ask(Notes()) == ()


async def test_the_children_of_an_actor_that_a_link_ended_end_before_it(system: ActorSystem) -> None:
    # DESIGN 4: children end before their actor ends
    log: list[object] = []
    parent, other = await system.spawn(worker("parent", log)), await system.spawn(worker("other"))
    parent.tell(Do(lambda actor: actor.spawn(worker("kid", log)) and None))
    await asyncio.sleep(1)
    await link(parent, other)
    other.tell(Crashing())
    await asyncio.sleep(1)
    assert log[-2:] == [("stop", "kid"), ("stop", "parent")]
