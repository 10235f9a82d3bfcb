"""Moving an actor: its state goes on elsewhere, its address does not."""

from __future__ import annotations

import asyncio
import json

import pytest

from actorweb import (
    ActorStopped,
    ActorSystem,
    BadPlan,
    DeadLetter,
    DecodeError,
    Down,
    EncodeError,
    Shutdown,
    Snapshot,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.errors.state import LostOwnership, MigrationError, NewerState
from actorweb.state.memory import MemoryStore
from tests.state.counter import Add, AddAsked, Changed, Count, Counter, Double, Later, counter, singly
from tests.state.test_upgrade import newer


async def test_the_state_goes_on_in_another_system(world):
    async with ActorSystem(world=world) as one, ActorSystem(world=world) as two:
        ref = await one.spawn(counter)
        ref.tell(Double())
        await ref.ask(AddAsked(5))
        before = await one.snapshot(ref)
        exported = json.loads(json.dumps(await one.export(ref)))
        moved = await two.spawn(counter, snapshot=exported)
        assert await two.snapshot(moved) == before
        moved.tell(Add(1))
        assert await moved.ask(Count()) == 7


async def test_what_still_goes_to_the_old_ref_is_a_dead_letter_that_says_moved(system):
    letters = []
    system.reports.subscribe(letters.append, DeadLetter)
    ref = await system.spawn(counter, name="c")
    await system.suspend(ref)
    ref.tell(Add(1))
    await asyncio.sleep(1)
    await system.export(ref)
    ref.tell(Add(2))
    await asyncio.sleep(1)
    assert letters == [DeadLetter(ref, Add(1), "moved"), DeadLetter(ref, Add(2), "moved")]
    assert system.lookup("c") is None
    with pytest.raises(ActorStopped):
        await ref.ask(Count())
    with pytest.raises(ActorStopped):
        await system.export(ref)


async def test_its_supervisor_does_not_start_it_again(system):
    root = await system.spawn(supervisor("root", children=[child("c", counter, name="c")]))
    await system.export(system.lookup("c"))
    await asyncio.sleep(1)
    assert system.lookup("c") is None
    assert [info.status for info in await root.ask(WhichChildren())] == ["stopped"]


async def test_watchers_hear_that_it_moved(system):
    downs = []
    ref = await system.spawn(counter)
    watcher = define_behavior("w").with_context(0).on_start(lambda actor: actor.watch(ref)).on(Down, lambda down, actor: downs.append(down)).build()
    await system.spawn(watcher)
    await system.export(ref)
    await asyncio.sleep(1)
    assert downs == [Down(ref, Shutdown("moved"), False)]


async def test_timers_go_along_with_what_is_left_of_them(world):
    async with ActorSystem(world=world) as one, ActorSystem(world=world) as two:
        ref = await one.spawn(counter)
        ref.tell(Later(5, 10.0))
        await asyncio.sleep(4)
        moved = await two.spawn(counter, snapshot=await one.export(ref))
        began = world.now()
        async with moved.events(Changed) as changes:
            assert (await anext(changes)).count == 5
        assert world.now() - began == 6


async def test_it_waits_for_the_handler_that_is_awaiting(system):
    async def slow(message, actor):
        await asyncio.sleep(1)
        return Counter(actor.context.count + message.by)

    ref = await system.spawn(define_behavior("slow").with_context(Counter()).on(Add, slow).build())
    ref.tell(Add(5))
    await asyncio.sleep(0.5)
    assert (await system.export(ref))["context"] == {"count": 5}


async def test_a_state_of_an_older_version_is_migrated(system):
    ref = await system.spawn(counter)
    await ref.ask(AddAsked(5))
    exported = await system.export(ref)
    moved = await system.spawn(newer, snapshot=exported)
    assert await moved.ask(Count()) == 500


async def test_a_snapshot_itself_will_do(system):
    ref = await system.spawn(counter)
    ref.tell(Double())
    await ref.ask(AddAsked(5))
    snapshot = await system.snapshot(ref)
    other = await system.spawn(counter, snapshot=snapshot)
    assert await system.snapshot(other) == snapshot


async def test_a_durable_actor_may_begin_with_it_where_its_key_has_no_state(system):
    store = MemoryStore()
    ref = await system.spawn(counter, store=store, key="old")
    await ref.ask(AddAsked(5))
    exported = await system.export(ref)
    moved = await system.spawn(counter, store=store, key="new", snapshot=exported)
    await system.stop(moved)
    again = await system.spawn(counter, store=store, key="new")
    assert await again.ask(Count()) == 5
    with pytest.raises(LostOwnership, match="it has a state already"):
        await system.spawn(counter, store=store, key="old", snapshot=exported)


async def test_what_has_no_json_form_is_refused_and_the_actor_runs_on(system):
    ref = await system.spawn(define_behavior("odd").with_context(Counter(1 + 2j)).on(Count, lambda message, actor: 1).build())
    with pytest.raises(EncodeError, match="count"):
        await system.export(ref)
    assert (await system.snapshot(ref)).status == "active"


GOOD = {"behavior": "counter", "schema": 1, "version": 3, "modes": ["default"], "context": {"count": 3}, "message": None, "timers": [], "at": 0.0}


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"schema": 2}, NewerState, "of version 2, and behavior 'counter' is version 1"),
        ({"behavior": "other"}, MigrationError, "saved by the behavior 'other'"),
        ({"modes": ["triple"]}, MigrationError, "in the mode 'triple'"),
        ({"modes": []}, DecodeError, "modes"),
        ({"version": -1}, DecodeError, "version -1"),
        ({"context": {"count": "many"}}, MigrationError, r"context\.count is 'many'"),
        ({"context": {"count": 1, "more": 1}}, MigrationError, r"context\.more is not a field"),
        ({"more": 1}, DecodeError, r"snapshot\.more is not a field of a saved state"),
        ({"timers": [{"key": None}]}, DecodeError, r"snapshot\.timers\[0\]\.left is missing"),
        (
            {"timers": [{"key": None, "left": 1.0, "interval": None, "mode": False, "message": {"type": "Nothing"}}]},
            MigrationError,
            "the message of its timer None",
        ),
        ({"at": "now"}, DecodeError, r"snapshot\.at is 'now'"),
    ],
)
async def test_a_snapshot_that_does_not_fit_is_refused(system, change, error, text):
    with pytest.raises(error, match=text):
        await system.spawn(counter, name="c", snapshot={**GOOD, **change})
    assert system.lookup("c") is None
    assert await (await system.spawn(counter, name="c", snapshot=GOOD)).ask(Count()) == 3


async def test_a_snapshot_without_a_field_and_one_that_is_none_are_refused(system):
    with pytest.raises(DecodeError, match=r"snapshot\.at is missing"):
        await system.spawn(counter, snapshot={name: value for name, value in GOOD.items() if name != "at"})
    with pytest.raises(DecodeError, match="snapshot is 3"):
        await system.spawn(counter, snapshot=3)
    with pytest.raises(BadPlan, match="the snapshot for an actor of <Behavior counter> has 3"):
        await system.spawn(counter, snapshot=Snapshot(3))
    with pytest.raises(MigrationError, match="in the mode 'double'"):
        await system.spawn(singly.build(), snapshot=Snapshot(Counter(), mode="double"))
