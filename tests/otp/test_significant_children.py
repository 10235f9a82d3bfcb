"""Significant children and automatic shutdown (OTP 24 and later)."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from actorweb import ActorSystem, Crash, Down, Normal, Shutdown, TerminateChild, WhichChildren, child, supervisor
from actorweb.testing import Probe
from tests.otp.worker import Crashing, Told, named, worker

Auto = Literal["never", "any_significant", "all_significant"]


async def tree_of(system: ActorSystem, auto: Auto, *significant: str, restart: Any = "transient") -> Any:
    """Spawn a supervisor of a, b and c, of which those named are significant."""
    children = [child(name, worker(name), name=name, restart=restart, significant=name in significant) for name in "abc"]
    return await system.spawn(supervisor("root", auto_shutdown=auto, children=children), name="root")


async def test_any_significant_child_that_ends_by_itself_ends_its_supervisor(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: any_significant
    probe, tree = Probe(system), await tree_of(system, "any_significant", "a", "b")
    probe.watch(tree)
    await system.stop(named(system, "b"))
    assert await probe.receive(Down) == Down(tree, Shutdown())
    assert [system.lookup(name) for name in "abc"] == [None] * 3


async def test_all_significant_children_must_have_ended_before_their_supervisor_does(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: all_significant
    probe, tree = Probe(system), await tree_of(system, "all_significant", "a", "b")
    probe.watch(tree)
    await system.stop(named(system, "a"))
    await probe.receive_nothing()
    await system.stop(named(system, "b"))
    assert await probe.receive(Down) == Down(tree, Shutdown())


async def test_a_child_that_is_not_significant_ends_alone(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown
    tree = await tree_of(system, "any_significant", "a")
    await system.stop(named(system, "c"))
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up", "up", "stopped"]


async def test_a_significant_child_that_is_restarted_does_not_end_its_supervisor(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: a transient child must end normally to count
    tree = await tree_of(system, "any_significant", "a")
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up"] * 3


async def test_a_significant_child_that_is_temporary_counts_however_it_ends(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: a temporary child counts on any termination
    await tree_of(system, "any_significant", "a", restart="temporary")
    await system.stop(named(system, "a"), reason=Crash(Told("x")))
    await asyncio.sleep(1)
    assert system.lookup("root") is None


async def test_a_significant_child_that_its_supervisor_was_asked_to_terminate_does_not_count(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: not when the child was terminated by the supervisor
    tree = await tree_of(system, "any_significant", "a")
    await tree.ask(TerminateChild("a"))
    await asyncio.sleep(1)
    assert [info.status for info in await tree.ask(WhichChildren())] == ["stopped", "up", "up"]


async def test_a_significant_child_that_a_strategy_stopped_does_not_count(system: ActorSystem) -> None:
    # OTP supervisor, Automatic Shutdown: sibling terminations by a strategy are the supervisor's doing
    children = [child("a", worker("a"), name="a"), child("b", worker("b"), restart="transient", significant=True)]
    tree = await system.spawn(supervisor("root", strategy="one_for_all", auto_shutdown="any_significant", children=children))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up", "up"]


@pytest.mark.parametrize("restart", ["transient", "permanent"])
async def test_a_supervisor_that_shut_itself_down_is_restarted_only_if_it_is_permanent(system: ActorSystem, restart: Any) -> None:
    # OTP supervisor, Automatic Shutdown: the supervisor ends with shutdown
    inner = supervisor("inner", auto_shutdown="any_significant", children=[child("a", worker("a"), restart="transient", significant=True, name="a")])
    await system.spawn(supervisor("root", children=[child("inner", inner, restart=restart)]))
    await system.stop(named(system, "a"), reason=Normal())
    await asyncio.sleep(1)
    assert (system.lookup("a") is not None) == (restart == "permanent")
