"""History: the last versions of an actor, and the way back."""

from __future__ import annotations

import pytest

from actorweb import ActorSystem, After, BadDefinition, Misuse, define_behavior
from actorweb.errors.state import NotKept
from actorweb.kernel.reports import RolledBack
from actorweb.testing import SimulatedWorld
from tests.state.counter import Add, AddAsked, Count, Counter, Double, Fail, Later, builder, counter, with_history


async def test_a_history_holds_each_version_the_oldest_first(system):
    ref = await system.spawn(with_history)
    for by in (1, 2, 3):
        await ref.ask(AddAsked(by))
    history = await system.history(ref)
    assert [(snapshot.version, snapshot.context) for snapshot in history] == [(0, Counter(0)), (1, Counter(1)), (2, Counter(3)), (3, Counter(6))]
    assert history[-1] == await system.snapshot(ref)


async def test_a_turn_that_changes_nothing_makes_no_version(system):
    ref = await system.spawn(with_history)
    await ref.ask(Count())
    assert len(await system.history(ref)) == 1


async def test_only_the_last_n_are_kept(system):
    ref = await system.spawn(builder.with_history(3).build())
    for _ in range(5):
        await ref.ask(AddAsked())
    assert [snapshot.version for snapshot in await system.history(ref)] == [3, 4, 5]


async def test_a_change_of_mode_is_a_version(system):
    ref = await system.spawn(with_history)
    ref.tell(Double())
    await ref.ask(Count())
    assert [(snapshot.version, snapshot.mode) for snapshot in await system.history(ref)] == [(0, "default"), (1, "double")]


async def test_a_failed_turn_is_no_version(system):
    ref = await system.spawn(with_history)
    await ref.ask(AddAsked())
    ref.tell(Fail())
    with pytest.raises(Exception, match="has ended"):
        await ref.ask(Count())


@pytest.mark.seeds(20)
async def test_rolling_back_installs_the_very_object_as_a_new_version(system):
    ref = await system.spawn(with_history)
    reports = []
    system.reports.subscribe(reports.append, RolledBack)
    for by in (1, 2, 3):
        await ref.ask(AddAsked(by))
    old = (await system.history(ref))[1]
    await system.rollback(ref, version=1)
    new = await system.snapshot(ref)
    assert new.context is old.context
    assert (new.version, new.mode) == (4, "default")
    assert reports == [RolledBack(ref, 1, 4)]
    assert await ref.ask(AddAsked(10)) == 11


async def test_rolling_back_goes_back_to_the_mode_and_its_handlers(system):
    ref = await system.spawn(with_history)
    ref.tell(Double())
    ref.tell(Add(5))
    assert await ref.ask(Count()) == 10
    await system.rollback(ref, version=0)
    ref.tell(Add(5))
    assert await ref.ask(Count()) == 5
    await system.rollback(ref, version=1)
    ref.tell(Add(5))
    assert await ref.ask(Count()) == 10


def test_rolling_back_ends_the_timers_of_modes_and_keeps_the_others():
    world = SimulatedWorld(seed=1)
    timed = (
        builder.with_history(10)
        .mode("default")
        .on_message(lambda message, actor: None)
        .on(
            "both", lambda message, actor: __import__("actorweb").MessagePlan(context=Counter(1), schedule=[After(5, Add(100), mode=True), After(5, Add(1000))])
        )
        .build()
    )

    async def main():
        import asyncio

        async with ActorSystem(world=world) as system:
            ref = await system.spawn(timed)
            ref.tell({"type": "both"})
            await ref.ask(Count())
            await system.rollback(ref, version=0)
            await asyncio.sleep(10)
            assert await ref.ask(Count()) == 1000

    world.run(main())


async def test_a_rollback_waits_for_a_handler_that_is_still_awaiting(system):
    import asyncio

    async def slow(message, actor):
        await asyncio.sleep(1)
        return Counter(actor.context.count + 1)

    from actorweb import message

    @message
    class Slow: ...

    behavior = define_behavior("slow").with_context(Counter()).with_history(5).on(Slow, slow).build()

    ref = await system.spawn(behavior)
    ref.tell(Slow())
    await asyncio.sleep(0.1)
    await system.rollback(ref, version=0)
    assert [(snapshot.version, snapshot.context.count) for snapshot in await system.history(ref)] == [(0, 0), (1, 1), (2, 0)]


async def test_a_version_that_is_not_kept_is_an_error_that_lists_those_that_are(system):
    ref = await system.spawn(builder.with_history(2).build())
    for _ in range(3):
        await ref.ask(AddAsked())
    with pytest.raises(NotKept, match="version 1 is not kept\nExpected: one of the versions 2, 3\nDo: choose one of system.history"):
        await system.rollback(ref, version=1)
    assert (await system.snapshot(ref)).version == 3


async def test_a_long_history_is_not_listed_whole(system):
    ref = await system.spawn(builder.with_history(100).build())
    for _ in range(30):
        await ref.ask(AddAsked())
    with pytest.raises(NotKept, match="one of the versions 0, …, 30"):
        await system.rollback(ref, version=31)


async def test_an_actor_without_a_history_says_how_to_get_one(system):
    ref = await system.spawn(counter)
    with pytest.raises(Misuse, match=r"keeps no history(.|\n)*with_history"):
        await system.history(ref)
    with pytest.raises(Misuse):
        await system.rollback(ref, version=0)


@pytest.mark.parametrize("length", [0, -1, 1.5, True, "10"])
def test_a_history_of_less_than_one_is_refused(length):
    with pytest.raises(BadDefinition, match="with_history"):
        builder.with_history(length)


async def test_replacing_the_context_is_a_version(system):
    ref = await system.spawn(with_history)
    await system.replace_context(ref, lambda context: Counter(7))
    assert [snapshot.context.count for snapshot in await system.history(ref)] == [0, 7]
    await system.rollback(ref, version=0)
    assert await ref.ask(Count()) == 0


async def test_a_history_goes_on_over_a_restart(system):
    from actorweb import child, supervisor

    await system.spawn(supervisor("root", children=[child("c", with_history, name="c")]))
    ref = system.lookup("c")
    await ref.ask(AddAsked(5))
    ref.tell(Fail())
    assert await ref.ask(Count()) == 0
    assert [snapshot.context.count for snapshot in await system.history(ref)] == [0, 5, 0]
    await system.rollback(ref, version=1)
    assert await ref.ask(Count()) == 5


async def test_timers_are_no_versions_but_what_they_do_is(system):
    import asyncio

    ref = await system.spawn(with_history)
    ref.tell(Later(3, 1.0))
    await asyncio.sleep(2)
    assert [snapshot.context.count for snapshot in await system.history(ref)] == [0, 3]
