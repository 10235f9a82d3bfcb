"""Supervisors, as OTP's `supervisor` promises them: which children a restart concerns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorSystem,
    Crash,
    Killed,
    Normal,
    Shutdown,
    TerminateChild,
    WhichChildren,
    child,
    supervisor,
)
from tests.otp.worker import Crashing, Note, Notes, Told, named, worker, working

ABNORMAL = [Killed(), Crash(Told("by reason"))]
ORDERLY = [Normal(), Shutdown(), Shutdown("with a reason")]


def three(log: list[object], **options: Any) -> list[Any]:
    """Describe the children a, b and c, which log."""
    return [child(name, worker(name, log), name=name, **options) for name in "abc"]


async def test_one_for_one_restarts_only_the_child_that_ended(system: ActorSystem) -> None:
    # OTP supervisor, Restart Strategy: one_for_one
    log: list[object] = []
    await system.spawn(supervisor("root", strategy="one_for_one", children=three(log)))
    del log[:]
    named(system, "b").tell(Crashing())
    await named(system, "b").ask(Notes())
    assert log == [("stop", "b"), ("start", "b")]


async def test_one_for_all_ends_the_others_in_reverse_and_starts_all_in_order(system: ActorSystem) -> None:
    # OTP supervisor, Restart Strategy: one_for_all
    log: list[object] = []
    await system.spawn(supervisor("root", strategy="one_for_all", children=three(log)))
    del log[:]
    named(system, "b").tell(Crashing())
    await asyncio.sleep(1)
    assert log == [("stop", "b"), ("stop", "c"), ("stop", "a"), ("start", "a"), ("start", "b"), ("start", "c")]


async def test_rest_for_one_ends_those_after_it_in_reverse_and_starts_them_in_order(system: ActorSystem) -> None:
    # OTP supervisor, Restart Strategy: rest_for_one
    log: list[object] = []
    await system.spawn(supervisor("root", strategy="rest_for_one", children=three(log)))
    del log[:]
    named(system, "b").tell(Crashing())
    await asyncio.sleep(1)
    assert log == [("stop", "b"), ("stop", "c"), ("start", "b"), ("start", "c")]


async def test_children_that_are_restarted_together_keep_their_refs(system: ActorSystem) -> None:
    # SEMANTICS 10
    tree = await system.spawn(supervisor("root", strategy="one_for_all", children=three([])))
    before = await tree.ask(WhichChildren())
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert await tree.ask(WhichChildren()) == before


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
async def test_a_temporary_sibling_that_a_strategy_stops_is_removed(system: ActorSystem, strategy: Any) -> None:
    # observed on OTP 25: a temporary sibling that a strategy stopped is removed
    log: list[object] = []
    children = [child("a", worker("a", log), name="a"), child("b", worker("b", log), restart="temporary"), child("c", worker("c", log))]
    tree = await system.spawn(supervisor("root", strategy=strategy, children=children))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert [info.id for info in await tree.ask(WhichChildren())] == ["a", "c"]
    assert log[-2:] == [("start", "a"), ("start", "c")]


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
async def test_a_transient_sibling_that_a_strategy_stops_is_started_again(system: ActorSystem, strategy: Any) -> None:
    # observed on OTP 25: a transient one is restarted, although it ended with shutdown
    children = [child("a", worker("a"), name="a"), child("b", worker("b"), restart="transient", name="b")]
    await system.spawn(supervisor("root", strategy=strategy, children=children))
    ref = named(system, "b")
    ref.tell(Note("old"))
    await ref.ask(Notes())
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert await ref.ask(Notes()) == ()


async def test_a_temporary_child_that_crashes_does_not_bring_the_strategy_into_play(system: ActorSystem) -> None:
    # OTP supervisor: a temporary child is never restarted, even when the strategy is rest_for_one or one_for_all
    log: list[object] = []
    children = [child("a", worker("a", log), restart="temporary", name="a"), child("b", worker("b", log))]
    await system.spawn(supervisor("root", strategy="one_for_all", children=children))
    del log[:]
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert log == [("stop", "a")]


@pytest.mark.parametrize(("strategy", "again"), [("one_for_all", True), ("rest_for_one", False)])
async def test_when_a_sibling_fails_to_restart_one_for_all_begins_again_and_rest_for_one_does_not(system: ActorSystem, strategy: Any, again: bool) -> None:
    # observed on OTP 25: one_for_all stops the children already restarted once more
    log: list[object] = []
    starts: list[int] = []

    def start(actor: Any) -> None:
        starts.append(1)
        if len(starts) == 2:
            raise Told

    flaky = working("flaky").on_start(start).build()
    await system.spawn(supervisor("root", strategy=strategy, children=[*three(log)[:1], child("flaky", flaky)]))
    del log[:]
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    expected = [("stop", "a"), ("start", "a")]
    assert log == (expected * 2 if again else expected)
    assert len(starts) == 3


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
async def test_a_sibling_that_was_stopped_is_started_again_with_the_others(system: ActorSystem, strategy: Any) -> None:
    # OTP supervisor:terminate_child/2: "the child process can later be restarted by the supervisor"; start_children starts every spec
    tree = await system.spawn(supervisor("root", strategy=strategy, children=three([])))
    await tree.ask(TerminateChild("b"))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert [info.status for info in await tree.ask(WhichChildren())] == ["up", "up", "up"]
