"""Hot upgrade: new code for running actors, all or nothing, between two turns; nothing is lost and nothing is mixed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from actorweb import (
    ActorSystem,
    Ask,
    BadDefinition,
    Crashed,
    MessagePlan,
    Request,
    RestartChild,
    Shutdown,
    StartChild,
    TerminateChild,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.errors.state import MigrationError, UpgradeRefused
from actorweb.kernel.reports import Unhandled, Upgraded
from actorweb.state.memory import MemoryStore
from tests.state.counter import Add, AddAsked, Count, Counter, Double, Fail, Later, builder, counter, singly
from tests.state.test_durable import SlowStore


@dataclass(frozen=True)
class Total:
    cents: int
    unit: str = "€"


@message
class Unit(Request[str]): ...


@message
class Slow:
    by: int
    seconds: float = 1.0


def to_cents(old):
    return {"cents": old["count"] * 100}


def to_count(new):
    return {"count": new["cents"] // 100}


newer = (
    define_behavior("counter")
    .with_context(lambda: Total(0))
    .with_version(2)
    .migrate(1, to_cents)
    .migrate_down(2, to_count)
    .on(Add, lambda message, actor: Total(actor.context.cents + message.by))
    .on(AddAsked, lambda message, actor: MessagePlan(context=Total(actor.context.cents + message.by), reply=actor.context.cents + message.by))
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.cents))
    .on(Unit, lambda message, actor: MessagePlan(reply=actor.context.unit))
    .on(Double, lambda message, actor: MessagePlan(become="double"))
    .mode("double")
    .on(Add, lambda message, actor: Total(actor.context.cents + 2 * message.by))
    .build()
)


# --- what is migrated ------------------------------------------------------------------------------------------------


async def test_all_actors_of_the_name_get_the_new_code_and_their_contexts_are_migrated(system):
    refs = [await system.spawn(counter) for _ in range(5)]
    other = await system.spawn(define_behavior("other").with_context(Counter()).on(Count, lambda message, actor: MessagePlan(reply=-1)).build())
    for number, ref in enumerate(refs):
        await ref.ask(AddAsked(number))
    reports = []
    system.reports.subscribe(reports.append, Upgraded)
    await system.upgrade(newer)
    assert [await ref.ask(Count()) for ref in refs] == [0, 100, 200, 300, 400]
    assert await refs[0].ask(Unit()) == "€"
    assert await other.ask(Count()) == -1
    assert reports == [Upgraded("counter", 2, 5)]


async def test_a_migrated_context_is_a_version_and_one_that_stays_is_none(system):
    ref = await system.spawn(counter)
    await ref.ask(AddAsked())
    before = await system.snapshot(ref)
    await system.upgrade(builder.build())
    after = await system.snapshot(ref)
    assert after.context is before.context
    assert after.version == before.version
    await system.upgrade(newer)
    assert (await system.snapshot(ref)).version == before.version + 1


async def test_waiting_messages_are_handled_by_the_new_code(system):
    ref = await system.spawn(counter)
    await system.suspend(ref)
    ref.tell(Add(7))
    await asyncio.sleep(1)
    await system.upgrade(newer)
    await system.resume(ref)
    assert await ref.ask(Count()) == 7


async def test_a_handler_that_is_awaiting_ends_on_the_old_code_and_its_result_is_migrated(system):
    seen = []

    async def slow(message, actor):
        await asyncio.sleep(message.seconds)
        seen.append(actor.context)
        return Counter(actor.context.count + message.by)

    old = singly.on(Slow, slow).build()
    ref = await system.spawn(old)
    await ref.ask(AddAsked(1))
    ref.tell(Slow(2))
    await asyncio.sleep(0.5)
    await system.upgrade(newer)
    assert (await system.snapshot(ref)).context == Counter(1)  # until that turn has ended
    ref.tell(Add(5))
    assert await ref.ask(Count()) == 305
    assert seen == [Counter(1)]


async def test_an_actor_may_upgrade_itself(system):
    async def slow(message, actor):
        await actor.system.upgrade(newer)
        return Counter(actor.context.count + message.by)

    ref = await system.spawn(singly.on(Slow, slow).build())
    ref.tell(Slow(2))
    assert await ref.ask(Count()) == 200


async def test_a_second_upgrade_while_a_handler_awaits_takes_the_place_of_the_first(system):
    async def slow(message, actor):
        await asyncio.sleep(1)
        return Counter(actor.context.count + message.by)

    third = define_behavior("counter").with_context(0).with_version(3).migrate(1, to_cents).migrate(2, lambda old: old["cents"] + 1)
    third = third.on(Count, lambda message, actor: MessagePlan(reply=actor.context)).build()
    ref = await system.spawn(singly.on(Slow, slow).build())
    ref.tell(Slow(2))
    await asyncio.sleep(0.5)
    await system.upgrade(newer)
    await system.upgrade(third)
    assert await ref.ask(Count()) == 201


async def test_the_stash_and_the_modes_stay(system):
    def defer(message, actor):
        return MessagePlan(stash=True)

    old = singly.on(Slow, defer).mode("double").on(Slow, lambda message, actor: Counter(message.by)).build()
    new = singly.on(Slow, defer).mode("double").on(Slow, lambda message, actor: Counter(10 * message.by)).build()
    ref = await system.spawn(old)
    ref.tell(Slow(3))
    await system.upgrade(new)
    ref.tell(Double())
    assert await ref.ask(Count()) == 30
    assert (await system.snapshot(ref)).mode == "double"


async def test_timers_fire_in_the_new_code(system):
    ref = await system.spawn(counter)
    ref.tell(Later(5, 1.0))
    await ref.ask(Count())
    await system.upgrade(newer)
    await asyncio.sleep(2)
    assert await ref.ask(Count()) == 5


async def test_asks_in_flight_and_deferred_replies_are_answered(system):
    @message
    class Answer: ...

    def hold(message, actor):
        return MessagePlan(defer=True, context=Holding(actor.reply_to))

    @dataclass(frozen=True)
    class Holding:
        reply_to: object = None

    def give(message, actor):
        from actorweb import Tell

        return MessagePlan(tell=[Tell(actor.context.reply_to, 42)])

    def behavior():
        return define_behavior("holder").with_context(Holding()).on(Count, hold).on(Answer, give).build()

    ref = await system.spawn(behavior())
    asked = asyncio.ensure_future(ref.ask(Count()))
    await asyncio.sleep(0.1)
    await system.upgrade(behavior())
    ref.tell(Answer())
    assert await asked == 42


async def test_the_answer_of_an_ask_in_a_plan_is_handled_by_the_new_code(system):
    @message
    class Got:
        count: int

    @message
    class Go: ...

    async def slowly(message, actor):
        await asyncio.sleep(1)
        return MessagePlan(reply=4)

    other = await system.spawn(define_behavior("slow").with_context(0).on(Count, slowly).build())

    def asker(factor):
        return (
            define_behavior("asker")
            .with_context(0)
            .on(Go, lambda message, actor: MessagePlan(ask=[Ask(other, Count(), on_reply=Got)]))
            .on(Got, lambda message, actor: factor * message.count)
            .build()
        )

    ref = await system.spawn(asker(1))
    ref.tell(Go())
    await asyncio.sleep(0.5)
    await system.upgrade(asker(10))
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == 40


async def test_a_message_that_the_new_code_does_not_take_is_reported_unhandled(system):
    ref = await system.spawn(counter)
    await system.suspend(ref)
    ref.tell(Later(1, 1))
    reports = []
    system.reports.subscribe(reports.append, Unhandled)
    await system.upgrade(newer)
    await system.resume(ref)
    await ref.ask(Count())
    assert reports == [Unhandled(ref, Later(1, 1))]


# --- who gets the new code -------------------------------------------------------------------------------------------


async def test_whoever_spawns_the_old_definition_gets_the_new_code(system):
    await system.spawn(counter)
    await system.upgrade(newer)
    ref = await system.spawn(counter)
    assert await ref.ask(Unit()) == "€"


async def test_supervised_children_restart_on_the_new_code_and_keep_it_when_started_again(system):
    root = await system.spawn(supervisor("root", children=[child("c", counter, name="c")]))
    await system.upgrade(newer)
    ref = system.lookup("c")
    ref.tell(Fail())
    assert await ref.ask(Unit()) == "€"
    await root.ask(TerminateChild("c"))
    again = await root.ask(RestartChild("c"))
    assert await again.ask(Unit()) == "€"


async def test_a_stopped_child_and_later_ones_of_the_old_spec_get_it_too(system):
    pool = await system.spawn(supervisor("pool", strategy="dynamic"))
    root = await system.spawn(supervisor("root", children=[child("c", counter, name="c")]))
    await root.ask(TerminateChild("c"))
    await system.upgrade(newer)
    assert await (await root.ask(RestartChild("c"))).ask(Unit()) == "€"
    assert await (await pool.ask(StartChild(child("d", counter)))).ask(Unit()) == "€"


async def test_the_arguments_that_were_bound_are_bound_to_the_new_code(system):
    def define(factor):
        def first(count: int = 0) -> Counter:
            return Counter(factor * count)

        return (
            define_behavior("bound")
            .with_context(first)
            .on(Fail, lambda message, actor: 1 / 0)
            .on(Count, lambda m, actor: MessagePlan(reply=actor.context.count))
            .build()
        )

    await system.spawn(supervisor("root", children=[child("c", define(1)(count=5), name="c")]))
    await system.upgrade(define(10))
    ref = system.lookup("c")
    assert await ref.ask(Count()) == 5
    ref.tell(Fail())
    assert await ref.ask(Count()) == 50


async def test_a_crash_while_the_upgrade_waits_restarts_on_the_new_code(system):
    async def slow(message, actor):
        await asyncio.sleep(1)
        raise ValueError("late")

    await system.spawn(supervisor("root", children=[child("c", singly.on(Slow, slow).build(), name="c")]))
    ref = system.lookup("c")
    ref.tell(Slow(1))
    await asyncio.sleep(0.5)
    await system.upgrade(newer)
    assert await ref.ask(Unit()) == "€"


async def test_an_upgrade_while_an_actor_starts_lets_it_start_and_migrates_then(system):
    async def on_start(actor):
        await asyncio.sleep(1)
        return Counter(3)

    spawning = asyncio.ensure_future(system.spawn(singly.on_start(on_start).build()))
    await asyncio.sleep(0.5)
    await system.upgrade(newer)
    ref = await spawning
    assert await ref.ask(Count()) == 300


# --- back down -------------------------------------------------------------------------------------------------------


async def test_a_downgrade_needs_migrate_down(system):
    ref = await system.spawn(newer)
    await ref.ask(AddAsked(500))
    await system.upgrade(counter)
    assert await ref.ask(Count()) == 5
    await system.upgrade(newer)
    assert await ref.ask(Count()) == 500


async def test_a_downgrade_without_it_is_refused(system):
    one_way = (
        define_behavior("counter")
        .with_context(Total(0))
        .with_version(2)
        .migrate(1, to_cents)
        .on(Count, lambda m, a: MessagePlan(reply=a.context.cents))
        .build()
    )
    ref = await system.spawn(one_way)
    with pytest.raises(UpgradeRefused, match=r"there is no migrate_down\(2"):
        await system.upgrade(counter)
    assert await ref.ask(Count()) == 0


# --- all or nothing --------------------------------------------------------------------------------------------------


async def test_one_context_that_does_not_migrate_leaves_all_as_they_were(system):
    def picky(old):
        if old["count"] == 3:
            raise ValueError("three is too many")
        return to_cents(old)

    refs = [await system.spawn(counter, name=f"c{n}") for n in range(5)]
    for number, ref in enumerate(refs):
        await ref.ask(AddAsked(number))
    before = [await system.snapshot(ref) for ref in refs]
    bad = define_behavior("counter").with_context(Total(0)).with_version(2).migrate(1, picky).on(Count, lambda m, a: MessagePlan(reply=-1)).build()
    with pytest.raises(UpgradeRefused) as failure:
        await system.upgrade(bad)
    assert failure.value.ref is refs[3]
    assert "/c3" in str(failure.value)
    assert "version 1 to 2" in str(failure.value)
    assert "three is too many" in str(failure.value)
    assert isinstance(failure.value.__cause__, MigrationError)
    assert [await system.snapshot(ref) for ref in refs] == before
    assert [await ref.ask(AddAsked(1)) for ref in refs] == [1, 2, 3, 4, 5]


async def test_a_migration_that_makes_what_does_not_fit_names_the_field(system):
    bad = define_behavior("counter").with_context(Total(0)).with_version(2).migrate(1, lambda old: {"cents": "much"}).on(Count, lambda m, a: None).build()
    ref = await system.spawn(counter)
    with pytest.raises(UpgradeRefused, match=r"context\.cents is 'much'"):
        await system.upgrade(bad)
    assert await ref.ask(Count()) == 0


async def test_a_step_that_is_missing_is_named(system):
    bad = define_behavior("counter").with_context(Total(0)).with_version(3).migrate(2, lambda old: old).on(Count, lambda m, a: None).build()
    await system.spawn(counter)
    with pytest.raises(UpgradeRefused, match=r"its context is of version 1, and there is no migrate\(1, …\)"):
        await system.upgrade(bad)


async def test_another_context_without_a_new_version_is_refused(system):
    bad = define_behavior("counter").with_context(Total(0)).on(Count, lambda m, a: None).build()
    ref = await system.spawn(counter)
    with pytest.raises(UpgradeRefused, match=r"does not fit the new code, which is of the same version 1(.|\n)*with_version\(2\)\.migrate\(1"):
        await system.upgrade(bad)
    assert await ref.ask(Count()) == 0


async def test_a_mode_in_use_that_the_new_code_lacks_is_refused(system):
    ref = await system.spawn(counter)
    ref.tell(Double())
    await ref.ask(Count())
    with pytest.raises(UpgradeRefused, match="in the mode 'double'"):
        await system.upgrade(singly.build())
    ref.tell(Add(1))
    assert await ref.ask(Count()) == 2


async def test_arguments_that_do_not_fit_are_refused(system):
    def first(count: int) -> Counter:
        return Counter(count)

    def other(number: int, more: int) -> Counter:
        return Counter(number + more)

    await system.spawn(define_behavior("bound").with_context(first).build()(5))
    with pytest.raises(UpgradeRefused, match="the arguments that it was spawned with do not fit"):
        await system.upgrade(define_behavior("bound").with_context(other).build())


async def test_a_behavior_that_no_actor_runs_is_refused(system):
    await system.spawn(counter)
    with pytest.raises(UpgradeRefused, match="no actor runs a behavior called 'countre'\nExpected: one of those that run: counter"):
        await system.upgrade(define_behavior("countre").with_context(0).build())


async def test_a_supervisor_is_refused(system):
    await system.spawn(supervisor("root"))
    with pytest.raises(UpgradeRefused, match="is a supervisor"):
        await system.upgrade(supervisor("root"))


async def test_what_an_awaiting_handler_leaves_that_cannot_be_migrated_crashes_the_actor(system):
    def picky(old):
        if old["count"] > 3:
            raise ValueError("too many")
        return to_cents(old)

    async def slow(message, actor):
        await asyncio.sleep(1)
        return Counter(5)

    bad = define_behavior("counter").with_context(Total(7)).with_version(2).migrate(1, picky).on(Count, lambda m, a: MessagePlan(reply=a.context.cents)).build()
    crashes = []
    system.reports.subscribe(crashes.append, Crashed)
    await system.spawn(supervisor("root", children=[child("c", singly.on(Slow, slow).build(), name="c")]))
    ref = system.lookup("c")
    ref.tell(Slow(1))
    await asyncio.sleep(0.5)
    await system.upgrade(bad)
    assert await ref.ask(Count()) == 7
    assert ["too many" in str(crash.error) for crash in crashes] == [True]


# --- with histories and stores ---------------------------------------------------------------------------------------


async def test_a_version_from_before_the_upgrade_is_migrated_when_rolled_back_to(system):
    old = builder.with_history(10).build()
    new = (
        define_behavior("counter")
        .with_context(Total(0))
        .with_history(10)
        .with_version(2)
        .migrate(1, to_cents)
        .on(Count, lambda m, a: MessagePlan(reply=a.context.cents))
        .build()
    )
    ref = await system.spawn(old)
    for _ in range(3):
        await ref.ask(AddAsked())
    await system.upgrade(new)
    assert [snapshot.version for snapshot in await system.history(ref)] == [0, 1, 2, 3, 4]
    await system.rollback(ref, version=2)
    assert await ref.ask(Count()) == 200
    assert (await system.snapshot(ref)).version == 5


async def test_an_upgrade_may_begin_a_history_or_end_it(system):
    ref = await system.spawn(counter)
    await system.upgrade(builder.with_history(5).build())
    await ref.ask(AddAsked())
    assert [snapshot.version for snapshot in await system.history(ref)][-1] == 1
    await system.upgrade(builder.build())
    await ref.ask(AddAsked())
    with pytest.raises(Exception, match="keeps no history"):
        await system.history(ref)


@pytest.mark.parametrize("durability", ["journal", "snapshot"])
async def test_a_durable_actor_goes_on_in_its_store_with_the_new_form(system, durability):
    store = MemoryStore()
    ref = await system.spawn(counter, store=store, key="c", durability=durability)
    await ref.ask(AddAsked(3))
    await system.upgrade(newer)
    assert await ref.ask(AddAsked(1)) == 301
    await system.stop(ref)
    ref = await system.spawn(newer, store=store, key="c", durability=durability)
    assert await ref.ask(Count()) == 301


# --- what is said of migrations at build -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: singly.with_version(3).migrate(1, to_cents).build(), r"is version 3, but there is no migrate\(2"),
        (lambda: singly.with_version(2).migrate(1, to_cents).migrate(2, to_cents).build(), r"is version 2, but there is a migrate\(2"),
        (lambda: singly.with_version(2).migrate(1, to_cents).migrate(1, to_cents), r"two of migrate\(1"),
        (lambda: singly.with_version(3).migrate_down(2, to_count).build(), r"there is no migrate_down\(3"),
        (lambda: singly.with_version(2).migrate_down(3, to_count).build(), r"there is no migrate_down|there is a migrate_down\(3"),
        (lambda: singly.with_version(2).migrate_down(1, to_count).migrate_down(2, to_count).build(), r"migrate_down\(1"),
        (lambda: singly.with_version(0), r"with_version\(0\)"),
        (lambda: singly.with_version(True), r"with_version\(True\)"),
        (lambda: singly.migrate("1", to_cents), r"migrate\('1'"),
        (lambda: singly.migrate(1, None), r"migrate\(1, None\)"),
    ],
)
def test_a_chain_with_a_gap_or_a_step_too_many_is_refused_at_build(build, text):
    with pytest.raises(BadDefinition, match=text):
        build()


async def test_a_record_that_was_on_its_way_during_an_upgrade_is_of_the_old_form(system):
    store = SlowStore()
    await system.spawn(supervisor("root", children=[child("c", counter, name="c", shutdown=0.2, store=store, key="c")]))
    ref = system.lookup("c")
    ref.tell(Add(5))
    await asyncio.sleep(0.1)
    system.kernel.stop(ref, Shutdown("now"))
    await system.upgrade(newer)
    assert await ref.ask(Count(), timeout=30) == 500


@pytest.mark.parametrize("durability", ["journal", "snapshot"])
async def test_an_upgrade_and_a_downgrade_are_stored_in_the_form_of_the_code_that_runs(world, durability):
    store = MemoryStore()
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(newer, store=store, key="c", durability=durability)
        await ref.ask(AddAsked(500))
        await system.upgrade(counter)
        await asyncio.sleep(1)
    assert '"schema":1' in store.records("c")[-1].text
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability=durability)
        assert await ref.ask(AddAsked(1)) == 6
        await system.upgrade(newer)
        await ref.ask(AddAsked(1))
        await asyncio.sleep(1)
    async with ActorSystem(world=world) as system:
        assert await (await system.spawn(newer, store=store, key="c", durability=durability)).ask(Count()) == 601


async def test_one_that_was_put_aside_has_the_history_of_its_new_code(system):
    ref = await system.spawn(singly.with_idle_timeout(5).build(), store=MemoryStore(), key="c")
    await ref.ask(AddAsked(5))
    await asyncio.sleep(60)
    assert ref._cell in system.kernel.passive
    await system.upgrade(singly.with_idle_timeout(5).with_history(5).build())
    assert await ref.ask(AddAsked(1)) == 6
    assert [snapshot.context.count for snapshot in await system.history(ref)] == [5, 6]


async def test_a_stored_timer_whose_message_the_new_code_does_not_take_is_reported(world):
    store, reports = MemoryStore(), []
    without = define_behavior("counter").with_context(Counter()).on(Count, lambda message, actor: MessagePlan(reply=actor.context.count)).build()
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        ref.tell(Later(5, 10.0))
        await ref.ask(AddAsked(1))
    async with ActorSystem(world=world) as system:
        system.reports.subscribe(reports.append, Unhandled)
        ref = await system.spawn(without, store=store, key="c")
        assert await ref.ask(Count()) == 1
    assert reports == [Unhandled(ref, {"type": "Add", "by": 5})]
