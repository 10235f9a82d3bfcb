"""Passivation: an idle durable actor leaves memory and comes back at its next message; to others nothing happens."""

from __future__ import annotations

import asyncio

import pytest

from actorweb import ActorStopped, Crashed, DeadLetter, Down, Killed, MessagePlan, Shutdown, Stopped, Task, child, define_behavior, message, supervisor
from actorweb.errors.state import DamagedRecord
from actorweb.state.memory import MemoryStore
from actorweb.state.store import Write
from tests.state.counter import Add, AddAsked, Count, Counter, Double, Later, singly
from tests.state.test_durable import SlowStore


@message
class Quiet: ...


@message
class Hold: ...


IDLE = 60.0
idle = singly.with_idle_timeout(IDLE).mode("double").on(Add, lambda message, actor: Counter(actor.context.count + 2 * message.by)).build()


def is_passive(system, ref):
    return ref._cell in system.kernel.passive


@pytest.fixture(params=["memory", "slow"])
def store(request):
    return MemoryStore() if request.param == "memory" else SlowStore()


@pytest.fixture(params=["journal", "snapshot"])
def durability(request):
    return request.param


async def test_an_idle_durable_actor_leaves_memory_and_comes_back_at_its_next_message(system, store, durability):
    ref = await system.spawn(idle, name="c", store=store, key="c", durability=durability)
    for expected in (5, 10, 15):
        assert await ref.ask(AddAsked(5)) == expected
        await asyncio.sleep(IDLE + 10)
        assert is_passive(system, ref)
        assert ref._cell.context is None
        assert system.lookup("c") is ref


async def test_modes_and_versions_come_back(system, store, durability):
    ref = await system.spawn(idle, store=store, key="c", durability=durability)
    ref.tell(Double())
    await ref.ask(AddAsked(1))
    before = await system.snapshot(ref)
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    assert await system.snapshot(ref) == before
    ref.tell(Add(5))
    assert await ref.ask(Count()) == 11


async def test_messages_that_come_while_the_store_is_read_wait_in_order(system):
    store = SlowStore()
    ref = await system.spawn(idle, store=store, key="c")
    await ref.ask(AddAsked(1))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    seen = []
    for by in (1, 2, 3):
        ref.tell(Add(by))
    system.kernel.listen(ref, seen.append)
    assert await ref.ask(Count(), timeout=30) == 7
    assert [event.count for event in seen] == [2, 4, 7]


async def test_nobody_hears_of_an_end(system, store):
    reports, downs = [], []
    system.reports.subscribe(reports.append, Stopped)
    ref = await system.spawn(idle, store=store, key="c")
    watcher = define_behavior("watcher").with_context(0).on_start(lambda actor: actor.watch(ref)).on(Down, lambda down, actor: downs.append(down)).build()
    await system.spawn(watcher)
    await ref.ask(AddAsked(1))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    assert (reports, downs) == ([], [])
    await system.stop(ref)
    await asyncio.sleep(1)
    assert [report.ref for report in reports] == [ref]
    assert [down.ref for down in downs] == [ref]


async def test_the_message_of_the_idle_timeout_is_handled_first(system, store):
    behavior = singly.with_idle_timeout(IDLE, Quiet()).on(Quiet, lambda message, actor: Counter(actor.context.count + 100)).build()
    ref = await system.spawn(behavior, store=store, key="c")
    await ref.ask(AddAsked(1))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    assert await ref.ask(Count()) == 101


async def test_without_a_store_an_idle_actor_stays(system):
    ref = await system.spawn(idle)
    await ref.ask(AddAsked(1))
    await asyncio.sleep(10 * IDLE)
    assert not is_passive(system, ref)
    assert await ref.ask(Count()) == 1


async def test_an_actor_that_nobody_has_changed_stays_since_its_store_has_nothing(system, store):
    ref = await system.spawn(idle, store=store, key="c")
    await asyncio.sleep(2 * IDLE)
    assert not is_passive(system, ref)


@pytest.mark.parametrize(
    "hold",
    [
        lambda actor: MessagePlan(run=[Task(lambda: asyncio.sleep(1e6), on_done=lambda _: Quiet())]),
        lambda actor: MessagePlan(defer=True),
        lambda actor: MessagePlan(stash=True),
        lambda actor: actor.spawn(singly.build()) and None,
        lambda actor: actor.watch(actor.dependencies),
        lambda actor: actor.link(actor.dependencies),
    ],
    ids=["a task", "an open request", "a stash", "a child", "a watch", "a link"],
)
async def test_an_actor_that_something_holds_stays(system, store, hold):
    other = await system.spawn(singly.build())
    behavior = (
        define_behavior("held")
        .with_dependencies(other)
        .with_context(Counter())
        .with_idle_timeout(IDLE)
        .on(Hold, lambda message, actor: hold(actor))
        .on(Add, lambda message, actor: Counter(1))
        .build()
    )
    ref = await system.spawn(behavior, store=store, key="c")
    ref.tell(Add())
    system.kernel.ask(ref, Hold(), 1e9, lambda reply, error: None)
    await asyncio.sleep(2 * IDLE)
    assert not is_passive(system, ref)


async def test_an_actor_with_a_timer_stays_until_it_has_fired(system, store):
    ref = await system.spawn(idle, store=store, key="c")
    ref.tell(Later(5, 100.0))
    await asyncio.sleep(IDLE + 10)
    assert not is_passive(system, ref)
    await asyncio.sleep(100 + IDLE)
    assert is_passive(system, ref)
    assert await ref.ask(Count()) == 5


async def test_an_actor_with_a_history_stays(system, store):
    ref = await system.spawn(singly.with_history(3).with_idle_timeout(IDLE).build(), store=store, key="c")
    await ref.ask(AddAsked(1))
    await asyncio.sleep(2 * IDLE)
    assert [snapshot.version for snapshot in await system.history(ref)] == [0, 1]


async def test_an_actor_that_is_observed_stays(system, store):
    ref = await system.spawn(idle, store=store, key="c")
    await ref.ask(AddAsked(1))
    cancel = system.kernel.observe(ref, lambda snapshot: None)
    await asyncio.sleep(2 * IDLE)
    assert not is_passive(system, ref)
    cancel()


async def test_stopping_one_that_was_put_aside_runs_its_on_stop_with_its_state(system, store):
    seen = []
    behavior = singly.with_idle_timeout(IDLE).on_stop(lambda actor: seen.append((actor.context, actor.reason))).build()
    ref = await system.spawn(behavior, store=store, key="c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    await system.stop(ref, reason=Shutdown("enough"))
    assert seen == [(Counter(3), Shutdown("enough"))]
    with pytest.raises(ActorStopped):
        await ref.ask(Count())


async def test_killing_one_that_was_put_aside_reads_nothing(system):
    store = SlowStore()
    seen = []
    ref = await system.spawn(singly.with_idle_timeout(IDLE).on_stop(lambda actor: seen.append(1)).build(), store=store, key="c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    began = system.kernel.world.now()
    await system.stop(ref, reason=Killed())
    assert (seen, system.kernel.world.now() - began) == ([], 0)


async def test_a_system_ends_with_many_that_were_put_aside(world):
    from actorweb import ActorSystem

    store = MemoryStore()
    async with ActorSystem(world=world) as system:
        refs = [await system.spawn(idle, store=store, key=str(number)) for number in range(50)]
        for ref in refs:
            await ref.ask(AddAsked(1))
        await asyncio.sleep(IDLE + 10)
        assert all(is_passive(system, ref) for ref in refs)
    async with ActorSystem(world=world) as system:
        assert await (await system.spawn(idle, store=store, key="7")).ask(Count()) == 1


async def test_a_state_that_was_damaged_meanwhile_crashes_the_actor_and_its_supervisor_hears(system):
    store = MemoryStore()
    crashed = []
    system.reports.subscribe(crashed.append, Crashed)
    await system.spawn(supervisor("root", intensity=1, children=[child("c", idle, name="c", store=store, key="c")]))
    ref = system.lookup("c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    store.commit([Write("c", 2, "{damaged", journal=True)], lambda _: None)
    with pytest.raises(Exception, match="DamagedRecord|has ended"):
        await ref.ask(Count())
    await asyncio.sleep(1)
    assert crashed
    assert all(isinstance(report.error, DamagedRecord) for report in crashed)
    assert system.lookup("c") is None


async def test_an_upgrade_reaches_those_that_were_put_aside_when_they_come_back(system, store, durability):
    newer = (
        define_behavior("counter")
        .with_context(0)
        .with_version(2)
        .migrate(1, lambda old: old["count"] * 100)
        .with_idle_timeout(IDLE)
        .on(Count, lambda message, actor: MessagePlan(reply=actor.context))
        .build()
    )
    ref = await system.spawn(idle, store=store, key="c", durability=durability)
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    await system.upgrade(newer)
    assert is_passive(system, ref)
    assert await ref.ask(Count()) == 300


async def test_orders_bring_it_back(system, store):
    ref = await system.spawn(idle, store=store, key="c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert await system.replace_context(ref, lambda context: Counter(context.count + 1)) == Counter(4)
    await asyncio.sleep(IDLE + 10)
    await system.suspend(ref)
    assert not is_passive(system, ref)
    await system.resume(ref)
    await asyncio.sleep(IDLE + 10)
    exported = await system.export(ref)
    assert exported["context"] == {"count": 4}


async def test_what_is_sent_after_the_end_is_a_dead_letter(system, store):
    letters = []
    ref = await system.spawn(idle, store=store, key="c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    await system.stop(ref)
    system.reports.subscribe(letters.append, DeadLetter)
    ref.tell(Add(1))
    await asyncio.sleep(1)
    assert letters == [DeadLetter(ref, Add(1), "stopped")]


async def test_one_that_was_put_aside_has_no_timer_left(system, store):
    ref = await system.spawn(idle, store=store, key="c")
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE / 2)
    await ref.ask(AddAsked(3))
    await asyncio.sleep(IDLE + 10)
    assert is_passive(system, ref)
    assert not [entry for *_, entry in system.kernel.clock._heap if entry.live]
    await asyncio.sleep(3 * IDLE)
    assert is_passive(system, ref)
    assert ref._cell._run is None
