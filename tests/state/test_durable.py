"""Durable actors: what was acknowledged is still there, and nobody sees what was not stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from actorweb import (
    ActorCrashed,
    ActorStopped,
    ActorSystem,
    Ask,
    BadSpec,
    Crashed,
    Every,
    MessagePlan,
    Shutdown,
    StartFailed,
    child,
    define_behavior,
    supervisor,
)
from actorweb.errors.state import DamagedRecord, LostOwnership, NewerState, NotStorable, StoreError
from actorweb.kernel.reports import NotSaved
from actorweb.state.memory import MemoryStore
from actorweb.state.store import Kept, Store, Write
from tests.state.counter import Add, AddAsked, Changed, Count, Counter, Double, Fail, Later, Ticking, builder, counter, singly

DURABILITIES = ("journal", "snapshot")


class SlowStore(Store):
    """A store that takes its time, on the loop of the world it is used in, and may be told to refuse."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.name = "slow"
        self.synchronous = False
        self.seconds = seconds
        self.refusal: StoreError | None = None
        self.batches: list[list[Write]] = []
        self.inside = MemoryStore()

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None]) -> None:
        asyncio.get_running_loop().call_later(self.seconds, lambda: self.inside.load(key, done))

    def commit(self, writes: Sequence[Write], done: Callable[[Sequence[BaseException | None]], None]) -> None:
        self.batches.append(list(writes))
        refusal = self.refusal

        def carry_out() -> None:
            if refusal is not None:
                done([refusal] * len(writes))
            else:
                self.inside.commit(writes, done)

        asyncio.get_running_loop().call_later(self.seconds, carry_out)

    async def close(self) -> None:
        await self.inside.close()


@pytest.fixture(params=["memory", "slow"])
def store(request):
    return MemoryStore() if request.param == "memory" else SlowStore()


@pytest.mark.parametrize("durability", DURABILITIES)
async def test_an_actor_goes_on_where_the_one_before_ended(world, store, durability):
    for expected in (5, 10):
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(counter, store=store, key="c", durability=durability)
            assert await ref.ask(AddAsked(5)) == expected
            assert (await system.snapshot(ref)).version == expected // 5


async def test_a_turn_is_visible_only_when_it_is_stored(world):
    store = SlowStore()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        events = []
        system.kernel.listen(ref, events.append)
        asked = asyncio.ensure_future(ref.ask(AddAsked(5)))
        await asyncio.sleep(0.1)
        ref.tell(Add(1))
        await asyncio.sleep(0.4)
        assert (await system.snapshot(ref)).context == Counter(0)
        assert not asked.done()
        await asyncio.sleep(0.6)
        assert asked.done()
        assert (await system.snapshot(ref)).context == Counter(5)
        assert events == []
        await asyncio.sleep(1)
        assert events == [Changed(6)]


async def test_the_writes_of_one_drain_share_a_transaction(world):
    store = SlowStore()

    async with ActorSystem(world=world) as system:
        refs = [await system.spawn(counter, store=store, key=str(n)) for n in range(5)]
        world.slice, world.budget = 1000, 1.0
        for ref in refs:
            ref.tell(Add())
        await refs[0].ask(Count())
        assert [len(batch) for batch in store.batches] == [5]


async def test_reading_writes_nothing(world, store):
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        assert await ref.ask(Count()) == 0
    inside = store if isinstance(store, MemoryStore) else store.inside
    assert inside.keys() == []


async def test_a_failed_append_crashes_the_turn_and_nothing_of_it_happened(world):
    store = SlowStore()

    async with ActorSystem(world=world) as system:
        crashes = []
        system.reports.subscribe(crashes.append, Crashed)
        await system.spawn(supervisor("root", children=[child("c", counter, name="c", store=store, key="c")]))
        ref = system.lookup("c")
        events = []
        system.kernel.listen(ref, events.append)
        assert await ref.ask(AddAsked(1)) == 1
        store.refusal = StoreError("the disk is full", "room", "make room")
        with pytest.raises(ActorCrashed, match="the disk is full"):
            await ref.ask(AddAsked(5))
        ref.tell(Add(7))
        await asyncio.sleep(3)
        assert events == []
        store.refusal = None
        assert await ref.ask(AddAsked(2)) == 3
        assert [crash.message for crash in crashes] == [AddAsked(5), Add(7)]


@pytest.mark.parametrize("durability", DURABILITIES)
async def test_a_restarted_actor_begins_with_what_was_stored(world, store, durability):
    async with ActorSystem(world=world) as system:
        await system.spawn(supervisor("root", children=[child("c", counter, name="c", store=store, key="c", durability=durability)]))
        ref = system.lookup("c")
        await ref.ask(AddAsked(5))
        ref.tell(Double())
        ref.tell(Fail())
        ref.tell(Add(1))
        assert await ref.ask(Count(), timeout=9) == 7  # in the mode that it was in
        assert (await system.snapshot(ref)).mode == "double"


async def test_waiting_messages_and_stashes_stay_in_order_while_a_turn_is_stored(world, store):
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        seen = []
        system.kernel.listen(ref, seen.append)
        for by in (1, 2, 3, 4):
            ref.tell(Add(by))
        assert await ref.ask(AddAsked(10), timeout=60) == 20
        assert [event.count for event in seen] == [1, 3, 6, 10]


@pytest.mark.parametrize("durability", DURABILITIES)
async def test_a_timer_goes_on_with_what_is_left_of_it(world, store, durability):
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability=durability)
        ref.tell(Later(5, 10.0))
        await ref.ask(Count())
        await asyncio.sleep(4)
    await asyncio.sleep(3)  # the program is down
    async with ActorSystem(world=world) as system:
        began = world.now()
        ref = await system.spawn(counter, store=store, key="c", durability=durability)
        async with ref.events(Changed) as changes:
            assert (await anext(changes)).count == 5
        assert 0 <= world.now() - began <= 7


async def test_a_timer_that_fired_does_not_fire_again_after_recovery(world, store):
    quiet = builder.on("quiet", lambda message, actor: None).build()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(quiet, store=store, key="c")
        ref.tell(Later(5, 1.0))
        await asyncio.sleep(6)
        assert await ref.ask(Count()) == 5
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(quiet, store=store, key="c")
        await asyncio.sleep(20)
        assert await ref.ask(Count()) == 5


async def test_a_ticking_timer_ticks_on_after_recovery(world, store):
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        ref.tell(Ticking(10.0))
        await asyncio.sleep(25)
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        await asyncio.sleep(30)
        assert await ref.ask(Count(), timeout=9) >= 4


async def test_a_wall_clock_that_was_set_back_makes_no_timer_wait_longer(world):
    store = MemoryStore()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        ref.tell(Later(5, 10.0))
        await ref.ask(Count())
    world.wall_offset -= 1_000_000
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        await asyncio.sleep(10.5)
        assert await ref.ask(Count()) == 5


async def test_a_key_that_has_an_owner_is_refused_and_the_name_stays_free(world, store):
    async with ActorSystem(world=world) as system:
        first = await system.spawn(counter, store=store, key="c")
        with pytest.raises(LostOwnership, match="key 'c'(.|\n)*a key of its own"):
            await system.spawn(counter, name="second", store=store, key="c")
        assert system.lookup("second") is None
        await system.stop(first)
        second = await system.spawn(counter, name="second", store=store, key="c")
        assert await second.ask(AddAsked(1)) == 1


async def test_of_two_systems_with_one_key_the_second_to_write_loses(world):
    store = MemoryStore()

    async with ActorSystem(world=world) as one, ActorSystem(world=world) as two:
        first = await one.spawn(counter, store=store, key="c")
        second = await two.spawn(counter, store=store, key="c")
        assert await first.ask(AddAsked(1)) == 1
        with pytest.raises(ActorCrashed, match="LostOwnership"):
            await second.ask(AddAsked(1))
        assert await first.ask(AddAsked(1)) == 2


async def test_in_snapshot_mode_the_loser_goes_on_unsaved_and_says_so(world):
    store = MemoryStore()

    async with ActorSystem(world=world) as one, ActorSystem(world=world) as two:
        reports = []
        two.reports.subscribe(reports.append, NotSaved)
        first = await one.spawn(counter, store=store, key="c", durability="snapshot")
        second = await two.spawn(counter, store=store, key="c", durability="snapshot")
        assert await first.ask(AddAsked(1)) == 1
        await asyncio.sleep(1)
        assert await second.ask(AddAsked(5)) == 5
        assert await second.ask(AddAsked(5)) == 10
        await asyncio.sleep(1)
        assert [(report.ref, report.key, type(report.error)) for report in reports] == [(second, "c", LostOwnership)]


async def test_a_snapshot_that_could_not_be_saved_is_reported_and_saved_with_the_next_change(world):
    store = SlowStore()

    async with ActorSystem(world=world) as system:
        reports = []
        system.reports.subscribe(reports.append, NotSaved)
        ref = await system.spawn(counter, store=store, key="c", durability="snapshot")
        store.refusal = StoreError("the quota is exceeded", "room", "make room")
        assert await ref.ask(AddAsked(1)) == 1
        await asyncio.sleep(3)
        assert [type(report.error) for report in reports] == [StoreError]
        store.refusal = None
        assert await ref.ask(AddAsked(1)) == 2
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability="snapshot")
        assert await ref.ask(Count()) == 2


async def test_snapshots_are_saved_one_at_a_time_and_the_newest_wins(world):
    store = SlowStore()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability="snapshot")
        for _ in range(50):
            await ref.ask(AddAsked())
            await asyncio.sleep(0.1)
    assert len(store.batches) <= 8
    assert '"count":50' in store.inside.records("c")[-1].text


@pytest.mark.parametrize("durability", DURABILITIES)
@pytest.mark.parametrize("context", [({1: 2},), 1 + 2j, (Counter(1),)], ids=["a key that is a number", "a complex number", "a dataclass in a tuple"])
async def test_a_context_that_does_not_survive_json_is_refused_at_the_start(world, context, durability):
    odd = define_behavior("odd").with_context(context, copy=lambda value: value).build()

    async with ActorSystem(world=world) as system:
        with pytest.raises(StartFailed) as failure:
            await system.spawn(odd, store=MemoryStore(), key="c", durability=durability)
        assert isinstance(failure.value.__cause__, NotStorable)
        assert "does not survive JSON" in str(failure.value.__cause__)


async def test_a_message_that_has_no_json_form_is_handled_all_the_same(world):
    store = MemoryStore()

    from actorweb import message

    @message
    class From:
        who: object

    behavior = singly.on(From, lambda message, actor: Counter(99)).build()
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(behavior, store=store, key="c")
        ref.tell(From(ref))
        assert await ref.ask(Count()) == 99
    assert '"message":null' in store.records("c")[-1].text


async def test_a_damaged_record_names_its_place_and_all_others_are_recovered(world):
    store = MemoryStore()
    store.commit([Write("bad", 1, '{"behavior":"counter"', journal=True), Write("good", 1, "{}", journal=True)], lambda _: None)

    async with ActorSystem(world=world) as system:
        with pytest.raises(StartFailed) as failure:
            await system.spawn(counter, store=store, key="bad")
        cause = failure.value.__cause__
        assert isinstance(cause, DamagedRecord)
        assert (cause.key, cause.sequence) == ("bad", 1)
        assert str(cause).startswith("AW-356 memory: key 'bad', record 1: ")
        other = await system.spawn(counter, store=store, key="other")
        assert await other.ask(AddAsked(1)) == 1


async def test_a_record_of_newer_code_is_refused_and_stays_as_it_was(world):
    store = MemoryStore()
    newer = builder.with_version(2).migrate(1, lambda old: old).build()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(newer, store=store, key="c")
        await ref.ask(AddAsked(3))
    before = store.records("c")
    async with ActorSystem(world=world) as system:
        with pytest.raises(StartFailed) as failure:
            await system.spawn(counter, store=store, key="c")
        assert isinstance(failure.value.__cause__, NewerState)
        assert "of version 2, and behavior 'counter' is version 1" in str(failure.value.__cause__)
    assert store.records("c") == before


async def test_an_old_record_is_migrated(world):
    store = MemoryStore()
    newer = (
        define_behavior("counter")
        .with_context(lambda: {"total": 0, "unit": "€"}["total"])
        .with_version(2)
        .migrate(1, lambda old: old["count"] * 100)
        .on(Count, lambda message, actor: __import__("actorweb").MessagePlan(reply=actor.context))
        .build()
    )

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        await ref.ask(AddAsked(3))
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(newer, store=store, key="c")
        assert await ref.ask(Count()) == 300


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"store": MemoryStore()}, "key=None with a store"),
        ({"key": "c"}, "store=None with key='c'"),
        ({"store": MemoryStore(), "key": ""}, "key='' with a store"),
        ({"store": "file.db", "key": "c"}, "store='file.db' with key='c'"),
        ({"store": MemoryStore(), "key": "c", "durability": "often"}, "durability='often'"),
    ],
)
async def test_where_to_keep_it_is_checked(world, options, text):
    async with ActorSystem(world=world) as system:
        with pytest.raises(BadSpec, match=text):
            await system.spawn(counter, **options)
        with pytest.raises(BadSpec, match=text):
            child("c", counter, **options)


async def test_stopping_while_a_turn_is_stored_keeps_the_turn(world, store):
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        asked = asyncio.ensure_future(ref.ask(AddAsked(5)))
        await asyncio.sleep(0.5)
        await system.stop(ref)
        assert await asked == 5
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c")
        assert await ref.ask(Count()) == 5


async def test_stopping_while_the_store_is_read_ends_the_actor(world):
    store = SlowStore(3.0)

    async with ActorSystem(world=world) as system:
        spawning = asyncio.ensure_future(system.spawn(counter, name="c", store=store, key="c"))
        await asyncio.sleep(1)
        await system.stop(system.lookup("c"))
        with pytest.raises(StartFailed):
            await spawning
        assert system.lookup("c") is None


async def test_replacing_the_context_and_rolling_back_are_stored(world, store):
    behavior = builder.with_history(10).build()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(behavior, store=store, key="c")
        await ref.ask(AddAsked(3))
        await system.replace_context(ref, lambda context: Counter(50))
        assert (await system.snapshot(ref)).context == Counter(50)
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(behavior, store=store, key="c")
        assert await ref.ask(AddAsked(1)) == 51
        await system.rollback(ref, version=2)
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(behavior, store=store, key="c")
        assert await ref.ask(Count()) == 50
        assert (await system.snapshot(ref)).version == 4


async def test_an_async_handler_is_stored_with_what_it_sent(world):
    store = SlowStore()

    async def slowly(message, actor):
        actor.dependencies.tell(Add(1))
        await asyncio.sleep(1)
        actor.dependencies.tell(Add(10))
        return Counter(actor.context.count + message.by)

    async with ActorSystem(world=world) as system:
        other = await system.spawn(counter)
        behavior = define_behavior("slowly").with_dependencies(other).with_context(Counter()).on(Add, slowly).build()
        ref = await system.spawn(behavior, store=store, key="c")
        ref.tell(Add(5))
        await asyncio.sleep(1.5)
        assert await other.ask(Count()) == 0
        assert (await system.snapshot(ref)).context == Counter(0)
        await asyncio.sleep(1)
        assert await other.ask(Count()) == 11
        assert (await system.snapshot(ref)).context == Counter(5)


async def test_on_start_is_run_in_each_life_and_finds_what_was_stored(world, store):
    seen = []

    def on_start(actor):
        seen.append(actor.context.count)

    behavior = builder.on_start(on_start).build()

    for _ in range(2):
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(behavior, store=store, key="c")
            await ref.ask(AddAsked(3))
    assert seen == [0, 3]


async def test_what_on_start_makes_is_stored_before_the_actor_has_started(world):
    store = SlowStore()
    behavior = builder.on_start(lambda actor: Counter(actor.context.count + 1)).build()

    async with ActorSystem(world=world) as system:
        ref = await system.spawn(behavior, store=store, key="c")
        assert '"count":1' in store.inside.records("c")[-1].text
        assert await ref.ask(Count()) == 1


async def test_an_order_given_during_an_async_start_is_stored_before_the_next_message_is_handled(world):
    store = SlowStore()

    async def on_start(actor):
        await asyncio.sleep(1)

    async with ActorSystem(world=world) as system:
        spawning = asyncio.ensure_future(system.spawn(builder.on_start(on_start).build(), name="c", store=store, key="c"))
        await asyncio.sleep(1.5)
        ref = system.lookup("c")
        replacing = asyncio.ensure_future(system.replace_context(ref, lambda context: Counter(100)))
        ref.tell(Add(1))
        await asyncio.gather(spawning, replacing)
        assert await ref.ask(Count(), timeout=30) == 101
    assert [record.sequence for record in store.inside.records("c")] == [1, 2]


async def test_the_time_of_an_ask_in_a_plan_begins_when_it_is_sent(world):
    store = SlowStore(3.0)

    async def slowly(message, actor):
        await asyncio.sleep(1.5)
        return MessagePlan(reply=5)

    async with ActorSystem(world=world) as system:
        other = await system.spawn(define_behavior("other").with_context(0).on(Count, slowly).build())
        behavior = singly.on(
            "go",
            lambda message, actor: MessagePlan(
                context=Counter(1), ask=[Ask(other, Count(), on_reply=lambda n: Add(n), on_error=lambda e: Add(1000), timeout=2)]
            ),
        ).build()
        ref = await system.spawn(behavior, store=store, key="c")
        ref.tell({"type": "go"})
        await asyncio.sleep(3 + 1.5 + 3.5)
        assert await ref.ask(Count()) == 6


async def test_an_actor_may_make_durable_children(system, store):
    def begin(message, actor):
        actor.spawn(counter, name="child", store=store, key="child")

    def again(message, actor):
        with pytest.raises(LostOwnership):
            actor.spawn(counter, name="other", store=store, key="child")
        with pytest.raises(BadSpec):
            actor.spawn(counter, store=store)

    parent = define_behavior("parent").with_context(0).on("begin", begin).on("again", again).build()
    ref = await system.spawn(parent)
    ref.tell({"type": "begin"})
    await asyncio.sleep(2)
    assert await system.lookup("child").ask(AddAsked(5)) == 5
    ref.tell({"type": "again"})
    await asyncio.sleep(2)
    assert system.lookup("other") is None
    await system.stop(ref)
    ref = await system.spawn(parent)
    ref.tell({"type": "begin"})
    await asyncio.sleep(3)
    assert await system.lookup("child").ask(Count()) == 5


async def test_a_child_whose_turn_raised_leaves_its_key_free(system):
    store = MemoryStore()

    def begin(message, actor):
        actor.spawn(counter, store=store, key="child")
        raise ValueError("never mind")

    parent = define_behavior("parent").with_context(0).on("begin", begin).build()
    ref = await system.spawn(parent)
    ref.tell({"type": "begin"})
    await asyncio.sleep(1)
    assert await (await system.spawn(counter, store=store, key="child")).ask(Count()) == 0


async def test_a_run_that_follows_one_that_was_given_up_reads_behind_its_last_record(world):
    store = SlowStore()
    async with ActorSystem(world=world) as system:
        await system.spawn(supervisor("root", children=[child("c", counter, name="c", shutdown=0.5, store=store, key="c")]))
        ref = system.lookup("c")
        asked = asyncio.ensure_future(ref.ask(AddAsked(5)))
        await asyncio.sleep(0.1)
        system.kernel.stop(ref, Shutdown("now"))
        with pytest.raises(ActorStopped):
            await asked
        assert await ref.ask(AddAsked(1), timeout=30) == 6
    assert [record.sequence for record in store.inside.records("c")] == [1, 2]


async def test_an_order_whose_actor_was_given_up_ends(world):
    store = SlowStore(100.0)
    async with ActorSystem(world=world) as system:
        spawning = asyncio.ensure_future(system.spawn(counter, name="c", store=store, key="c", timeout=300))
        await asyncio.sleep(150)
        ref = await spawning
        replacing = asyncio.ensure_future(system.replace_context(ref, lambda context: Counter(1)))
        await asyncio.sleep(1)
        system.kernel.stop(ref, Shutdown("now"), timeout=2)
        with pytest.raises(ActorStopped):
            await replacing


async def test_the_timers_of_on_start_are_set_anew_in_each_life_and_no_others(world, store):
    behavior = builder.on_start(lambda actor: MessagePlan(schedule=[Every(10.0, Add())])).build()
    for _ in range(4):
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(behavior, store=store, key="c")
            await ref.ask(AddAsked(0), timeout=30)
            before = await ref.ask(Count())
            await asyncio.sleep(101)
            assert await ref.ask(Count(), timeout=30) - before == 10


@pytest.mark.parametrize("durability", DURABILITIES)
async def test_a_timer_that_is_set_again_with_the_same_time_is_stored_again(world, durability):
    store = MemoryStore()
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability=durability)
        for _ in range(2):
            ref.tell(Later(5, 10.0))
            await ref.ask(Count())
            await asyncio.sleep(4)
    began = world.now()
    async with ActorSystem(world=world) as system:
        ref = await system.spawn(counter, store=store, key="c", durability=durability)
        async with ref.events(Changed) as changes:
            await anext(changes)
        assert world.now() - began == pytest.approx(6.0)
