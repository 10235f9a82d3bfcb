"""The state of a machine over time: histories, rollbacks, stores, upgrades, moves. What a context actor can, it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actorweb import ActorSystem, Behavior, MessagePlan, Snapshot, child, define_behavior, message, supervisor
from actorweb.errors import BadPlan, StartFailed
from actorweb.errors.state import MigrationError, NotStorable, UpgradeRefused
from actorweb.errors.testing import ReplayDiffers
from actorweb.machine import ActorScope, assign, machine, raise_, send_to, spawn_child
from actorweb.state.memory import MemoryStore
from actorweb.testing import SimulatedWorld, replay_history

LIGHT = {
    "id": "light",
    "context": {"cycles": 0},
    "initial": "green",
    "states": {
        "green": {"after": {"3000": "yellow"}, "on": {"NEXT": "yellow"}},
        "yellow": {"after": {"1000": "red"}, "on": {"NEXT": "red"}},
        "red": {"after": {"2000": {"target": "green", "actions": "count"}}, "on": {"NEXT": {"target": "green", "actions": "count"}}},
    },
}
COUNT = {"count": assign({"cycles": lambda scope, _: scope.context["cycles"] + 1})}
NEXT = {"type": "NEXT"}


@message
class Slow:
    seconds: float


def light(config: dict[str, object] = LIGHT, **options: object) -> Behavior[object, object]:
    return define_behavior("light").with_machine(machine(config, actions=COUNT)).build()


async def settle() -> None:
    await asyncio.sleep(0.001)


DURABILITIES = pytest.mark.parametrize("durability", ["journal", "snapshot"])


async def value(system: ActorSystem, ref: object) -> object:
    await settle()
    return (await system.snapshot(ref)).value


# --- history --------------------------------------------------------------------------------------------------------


async def test_a_history_keeps_values_and_contexts(system: ActorSystem) -> None:
    behavior = define_behavior("light").with_machine(machine(LIGHT, actions=COUNT)).with_history(10).build()
    ref = await system.spawn(behavior)
    for _ in range(3):
        ref.tell(NEXT)
    await settle()
    assert [(each.version, each.value, each.context["cycles"]) for each in await system.history(ref)] == [
        (0, "green", 0),
        (1, "yellow", 0),
        (2, "red", 0),
        (3, "green", 1),
    ]


async def test_a_rollback_is_exact_and_its_timers_begin_anew(system: ActorSystem) -> None:
    behavior = define_behavior("light").with_machine(machine(LIGHT, actions=COUNT)).with_history(10).build()
    ref = await system.spawn(behavior)
    for _ in range(3):
        ref.tell(NEXT)
    await asyncio.sleep(2)
    await system.rollback(ref, version=1)
    snapshot = await system.snapshot(ref)
    assert (snapshot.version, snapshot.value, snapshot.context) == (4, "yellow", {"cycles": 0})
    await asyncio.sleep(0.9)
    assert await value(system, ref) == "yellow"
    await asyncio.sleep(0.2)
    assert await value(system, ref) == "red"  # one second after the rollback, and not when green's time was up


async def test_a_rollback_starts_the_children_of_then_and_ends_those_of_now(system: ActorSystem) -> None:
    log: list[str] = []

    def job(name: str):
        def run(_: ActorScope) -> object:
            log.append(f"{name} begins")
            return lambda: log.append(f"{name} ends")

        return run

    config = {"initial": "a", "states": {"a": {"invoke": {"src": "one"}, "on": {"GO": "b"}}, "b": {"invoke": {"src": "two"}}}}
    behavior = define_behavior("m").with_machine(machine(config, actors={"one": job("one"), "two": job("two")})).with_history(5).build()
    ref = await system.spawn(behavior)
    ref.tell({"type": "GO"})
    await settle()
    await system.rollback(ref, version=0)
    await settle()
    assert sorted(log) == ["one begins", "one begins", "one ends", "two begins", "two ends"]


async def test_a_rollback_begins_a_task_again_that_has_ended_since(system: ActorSystem) -> None:
    begun: list[object] = []

    async def pay(scope: ActorScope) -> int:
        begun.append(scope.input)
        await asyncio.sleep(1)
        return len(begun)

    config = {
        "context": {},
        "initial": "cart",
        "states": {
            "cart": {"on": {"PAY": "paying"}},
            "paying": {"invoke": {"src": "pay", "input": 3, "onDone": {"target": "paid", "actions": "keep"}}},
            "paid": {},
        },
    }
    keep = {"keep": assign({"receipt": lambda scope, _: scope.event["output"]})}
    behavior = define_behavior("m").with_machine(machine(config, actors={"pay": pay}, actions=keep)).with_history(10).build()
    ref = await system.spawn(behavior)
    ref.tell({"type": "PAY"})
    await asyncio.sleep(2)
    for receipt in (2, 3):
        await system.rollback(ref, version=1)
        assert await value(system, ref) == "paying"
        await asyncio.sleep(2)
        snapshot = await system.snapshot(ref)
        assert (snapshot.value, snapshot.context) == ("paid", {"receipt": receipt})
    assert begun == [3, 3, 3]


@DURABILITIES
@pytest.mark.parametrize("kind", ["task", "machine"])
async def test_what_a_rollback_has_begun_again_begins_again_when_its_machine_comes_back(system: ActorSystem, durability: str, kind: str) -> None:
    begun: list[object] = []

    async def pay(scope: ActorScope) -> None:
        begun.append(scope.input)
        await asyncio.sleep(1)

    timed = machine(
        {"context": lambda scope: {"input": scope.input}, "initial": "a", "states": {"a": {"entry": "note", "after": {"1000": "b"}}, "b": {"type": "final"}}},
        actions={"note": lambda scope, _: begun.append(scope.context["input"])},
    )
    config = {
        "initial": "cart",
        "states": {"cart": {"on": {"PAY": "paying"}}, "paying": {"invoke": {"src": "pay", "input": 3, "onDone": "paid"}}, "paid": {}},
    }
    behavior = define_behavior("m").with_machine(machine(config, actors={"pay": pay if kind == "task" else timed})).with_history(10).build()
    store = MemoryStore()
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    ref.tell({"type": "PAY"})
    await asyncio.sleep(2)
    await system.rollback(ref, version=1)
    await asyncio.sleep(0.5)
    await system.stop(ref)
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    assert await value(system, ref) == "paying"
    await asyncio.sleep(2)
    assert await value(system, ref) == "paid"
    assert begun == [3, 3, 3]


async def test_a_rollback_does_not_begin_again_what_had_ended_by_then(system: ActorSystem) -> None:
    begun: list[str] = []

    async def job(_: ActorScope) -> None:
        begun.append("job")

    config = {"initial": "a", "entry": spawn_child("job"), "states": {"a": {"on": {"xstate.done.actor.job": "b"}}, "b": {"on": {"GO": "c"}}, "c": {}}}
    behavior = define_behavior("m").with_machine(machine(config, actors={"job": job})).with_history(10).build()
    ref = await system.spawn(behavior)
    await settle()
    ref.tell({"type": "GO"})
    await settle()
    await system.rollback(ref, version=1)
    assert await value(system, ref) == "b"
    await system.upgrade(behavior)
    newer = define_behavior("m").with_machine(machine(config, actors={"job": job})).with_history(10).with_version(2).migrate(1, lambda state: state).build()
    await system.upgrade(newer)
    await system.rollback(ref, version=2)
    await settle()
    assert (await value(system, ref), begun) == ("c", ["job"])


def test_a_history_file_is_replayed_and_the_turn_that_differs_is_named(tmp_path: Path) -> None:
    behavior = define_behavior("light").with_machine(machine(LIGHT, actions=COUNT)).with_history(10).build()
    path = tmp_path / "light.jsonl"

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(behavior)
            for _ in range(4):
                ref.tell(NEXT)
            await asyncio.sleep(1.5)
            path.write_text(await system.export_history(ref))

    world = SimulatedWorld(seed=1)
    world.run(main())
    assert replay_history(behavior, path) == 5
    twice = {"count": assign({"cycles": lambda scope, _: scope.context["cycles"] + 2})}
    with pytest.raises(ReplayDiffers, match="record 4"):
        replay_history(define_behavior("light").with_machine(machine(LIGHT, actions=twice)).build(), path)


def test_a_history_in_which_children_told_of_themselves_is_replayed(tmp_path: Path) -> None:
    begun: list[int] = []

    async def count(_: ActorScope) -> AsyncIterator[object]:
        begun.append(1)
        yield 1
        yield 2

    keep = assign({"last": lambda scope, _: scope.event["snapshot"].context})
    counting = machine(
        {"context": {}, "initial": "a", "states": {"a": {"invoke": {"src": "count", "onSnapshot": {"actions": "keep"}}}}},
        actors={"count": count},
        actions={"keep": keep},
    )
    behavior = define_behavior("counting").with_machine(counting).with_history(10).build()
    path = tmp_path / "counting.jsonl"

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(behavior)
            await asyncio.sleep(0.1)
            assert (await system.snapshot(ref)).context == {"last": 2}
            path.write_text(await system.export_history(ref))

    world = SimulatedWorld(seed=1)
    world.run(main())
    assert replay_history(behavior, path) == 3
    assert begun == [1]  # a replay starts nothing


# --- stores ---------------------------------------------------------------------------------------------------------


@DURABILITIES
async def test_a_machine_comes_back_from_its_store(system: ActorSystem, durability: str) -> None:
    store = MemoryStore()
    ref = await system.spawn(light(), store=store, key="light", durability=durability)
    for _ in range(4):
        ref.tell(NEXT)
    await settle()
    await system.stop(ref)
    again = await system.spawn(light(), store=store, key="light", durability=durability)
    snapshot = await system.snapshot(again)
    assert (snapshot.value, snapshot.context, snapshot.version) == ("yellow", {"cycles": 1}, 4)


def run_light(durability: str, steps: int, before: float, apart: float) -> tuple[object, list[object]]:
    """Run a light for a time, stop the whole system, and give what it is after the time apart: at once, and each half second."""
    store = MemoryStore()
    world = SimulatedWorld(seed=1)

    async def first() -> None:
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(light(), store=store, key="light", durability=durability)
            for _ in range(steps):
                ref.tell(NEXT)
            await asyncio.sleep(before)

    async def second() -> tuple[object, list[object]]:
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(light(), store=store, key="light", durability=durability)
            at_once = (await system.snapshot(ref)).value
            seen = []
            for _ in range(4):
                await asyncio.sleep(0.5)
                seen.append((await system.snapshot(ref)).value)
            return at_once, seen

    world.run(first())
    world.advance(apart)
    return world.run(second())


@DURABILITIES
@pytest.mark.parametrize(
    ("steps", "before", "apart", "expected"),
    [
        (0, 1.0, 0.0, ("green", ["green", "green", "green", "yellow"])),
        (0, 2.2, 0.0, ("green", ["green", "yellow", "yellow", "red"])),
        (2, 0.7, 0.0, ("red", ["red", "red", "green", "green"])),
        (2, 0.7, 60.0, ("red", ["green", "green", "green", "green"])),
    ],
)
def test_after_timers_go_on_with_what_is_left_of_them(durability: str, steps: int, before: float, apart: float, expected: object) -> None:
    assert run_light(durability, steps, before, apart) == expected


@DURABILITIES
async def test_delayed_events_come_back_with_their_machine(system: ActorSystem, durability: str) -> None:
    delaying = machine(
        {"initial": "a", "states": {"a": {"on": {"SET": {"actions": raise_({"type": "LATE", "n": 1}, delay=2000, id="late")}, "LATE": "b"}}, "b": {}}}
    )
    behavior = define_behavior("m").with_machine(delaying).build()
    store = MemoryStore()
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    ref.tell({"type": "SET"})
    await asyncio.sleep(1)
    await system.stop(ref)
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    await asyncio.sleep(0.9)
    assert await value(system, ref) == "a"
    await asyncio.sleep(0.2)
    assert await value(system, ref) == "b"


async def test_a_delay_without_end_never_comes_also_after_a_store(system: ActorSystem) -> None:
    config = {"initial": "a", "states": {"a": {"after": {"Infinity": "b", "never": "b"}}, "b": {}}}
    behavior = define_behavior("m").with_machine(machine(config, delays={"never": float("inf")})).build()
    store = MemoryStore()
    for _ in range(2):
        ref = await system.spawn(behavior, store=store, key="m")
        await asyncio.sleep(1e6)
        assert await value(system, ref) == "a"
        assert not ref._cell._run.timers
        await system.stop(ref)


@DURABILITIES
async def test_an_invoked_task_begins_again_when_its_machine_comes_back(system: ActorSystem, durability: str) -> None:
    begun: list[object] = []

    async def pay(scope: ActorScope) -> str:
        begun.append(scope.input)
        await asyncio.sleep(2)
        return "paid"

    config = {
        "initial": "cart",
        "states": {
            "cart": {"on": {"PAY": "paying"}},
            "paying": {"invoke": {"src": "pay", "input": {"amount": 3}, "onDone": "paid"}},
            "paid": {},
        },
    }
    behavior = define_behavior("m").with_machine(machine(config, actors={"pay": pay})).build()
    store = MemoryStore()
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    ref.tell({"type": "PAY"})
    await asyncio.sleep(1)
    await system.stop(ref)
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    assert await value(system, ref) == "paying"
    await asyncio.sleep(3)
    assert await value(system, ref) == "paid"
    assert begun == [{"amount": 3}, {"amount": 3}]


@DURABILITIES
async def test_a_child_machine_comes_back_as_it_was_when_its_parent_was_stored(system: ActorSystem, durability: str) -> None:
    inner = machine({"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {"on": {"ASK": {"actions": send_to(lambda s, _: "#_parent", {"type": "B"})}}}}})
    outer = machine(
        {
            "initial": "a",
            "states": {
                "a": {
                    "entry": spawn_child("inner", id="inner"),
                    "on": {
                        "GO": {"actions": send_to("inner", {"type": "GO"})},
                        "MARK": "marked",
                        "ASK": {"actions": send_to("inner", {"type": "ASK"})},
                        "B": "heard",
                    },
                },
                "marked": {"on": {"ASK": {"actions": send_to("inner", {"type": "ASK"})}, "B": "heard"}},
                "heard": {},
            },
        },
        actors={"inner": inner},
    )
    behavior = define_behavior("outer").with_machine(outer).build()
    store = MemoryStore()
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    ref.tell({"type": "GO"})
    await settle()
    ref.tell({"type": "MARK"})
    await settle()
    await system.stop(ref)
    ref = await system.spawn(behavior, store=store, key="m", durability=durability)
    ref.tell({"type": "ASK"})
    await settle()
    assert await value(system, ref) == "heard"


@DURABILITIES
async def test_a_durable_machine_that_crashes_goes_on_from_its_last_state(system: ActorSystem, durability: str) -> None:
    config = {"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {"after": {"2000": "c"}, "on": {"CRASH": {"actions": "crash"}}}, "c": {}}}
    behavior = define_behavior("m").with_machine(machine(config, actions={"crash": lambda _, __: 1 / 0})).build()
    await system.spawn(supervisor("root", children=[child("m", behavior, name="m", store=MemoryStore(), key="m", durability=durability)]))
    ref = system.lookup("m")
    ref.tell({"type": "GO"})
    await asyncio.sleep(1)
    ref.tell({"type": "CRASH"})
    assert await value(system, ref) == "b"
    await asyncio.sleep(1.1)
    assert await value(system, ref) == "c"


async def test_a_context_that_is_no_json_is_refused_at_the_start(system: ActorSystem) -> None:
    behavior = define_behavior("m").with_machine(machine({"context": {"set": (1, 2)}, "initial": "a", "states": {"a": {}}})).build()
    with pytest.raises(StartFailed) as caught:
        await system.spawn(behavior, store=MemoryStore(), key="m")
    assert isinstance(caught.value.__cause__, NotStorable)


async def test_a_machine_is_put_aside_and_comes_back(system: ActorSystem) -> None:
    config = {"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {"on": {"GO": "c"}}, "c": {}}}
    behavior = define_behavior("m").with_machine(machine(config)).with_idle_timeout(10).build()
    ref = await system.spawn(behavior, store=MemoryStore(), key="m")
    ref.tell({"type": "GO"})
    await asyncio.sleep(11)
    assert ref._cell in system.kernel.passive
    ref.tell({"type": "GO"})
    await settle()
    assert await value(system, ref) == "c"


# --- upgrades -------------------------------------------------------------------------------------------------------


async def test_a_new_config_that_has_the_present_state_upgrades_in_place(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await settle()
    longer = {**LIGHT, "states": {**LIGHT["states"], "yellow": {"after": {"5000": "red"}}, "flashing": {}}}
    await system.upgrade(light(longer))
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.version) == ("yellow", 1)
    await asyncio.sleep(4.9)
    assert await value(system, ref) == "yellow"
    await asyncio.sleep(0.2)
    assert await value(system, ref) == "red"


async def test_a_new_config_without_the_present_state_is_refused_with_its_name(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await settle()
    other = {"id": "light", "context": {"cycles": 0}, "initial": "green", "states": {"green": {"on": {"NEXT": "red"}}, "red": {}}}
    with pytest.raises(UpgradeRefused, match="has no state 'yellow'"):
        await system.upgrade(define_behavior("light").with_machine(machine(other)).build())
    assert await value(system, ref) == "yellow"


async def test_a_migration_maps_the_value(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await settle()
    other = {"id": "light", "initial": "go", "states": {"go": {"on": {"NEXT": "halt"}}, "halt": {"after": {"1000": "go"}}}}

    def renamed(state):
        return {**state, "value": {"green": "go", "yellow": "halt", "red": "halt"}[state["value"]], "context": {"cycle": state["context"]["cycles"]}}

    await system.upgrade(define_behavior("light").with_machine(machine(other)).with_version(2).migrate(1, renamed).build())
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context) == ("halt", {"cycle": 0})
    await asyncio.sleep(1.1)
    assert await value(system, ref) == "go"


async def test_a_migration_to_a_state_that_is_not_there_is_refused(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    other = {"id": "light", "initial": "go", "states": {"go": {}}}
    with pytest.raises(UpgradeRefused, match="has no state 'green'"):
        await system.upgrade(define_behavior("light").with_machine(machine(other)).with_version(2).migrate(1, lambda state: state).build())
    assert await value(system, ref) == "green"


async def test_children_live_through_an_upgrade(system: ActorSystem) -> None:
    log: list[str] = []

    def job(_: ActorScope) -> object:
        log.append("begins")
        return lambda: log.append("ends")

    def behavior(**more: object) -> Behavior[object, object]:
        config = {"initial": "a", "states": {"a": {"invoke": {"src": "job", "id": "job"}, "on": {"GO": "b"}}, "b": {}, **more}}
        return define_behavior("m").with_machine(machine(config, actors={"job": job})).build()

    ref = await system.spawn(behavior())
    await system.upgrade(behavior(c={}))
    ref.tell({"type": "GO"})
    await settle()
    assert log == ["begins", "ends"]


async def test_a_delay_that_raises_after_an_upgrade_crashes_its_actor_and_leaves_the_others_upgraded(system: ActorSystem) -> None:
    def behavior(config: dict[str, object], **options: object) -> Behavior[object, object]:
        return define_behavior("m").with_machine(machine(config, **options)).build()

    older = {"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {}}}
    newer = {"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {"after": {"bad": "a"}}, "c": {}}}
    await system.spawn(supervisor("root", children=[child(name, behavior(older), name=name) for name in ("one", "two", "three")]))
    system.lookup("two").tell({"type": "GO"})
    await settle()
    await system.upgrade(behavior(newer, delays={"bad": lambda scope, _: 1 / 0}))
    await settle()
    assert [await value(system, system.lookup(name)) for name in ("one", "two", "three")] == ["a", "a", "a"]  # "two" began again
    assert all("c" in system.lookup(name)._cell._run.logic.machine.root.children for name in ("one", "two", "three"))


@pytest.mark.parametrize("first", [True, False])
async def test_a_machine_and_a_context_do_not_fit_in_one_version(system: ActorSystem, first: bool) -> None:
    plain = define_behavior("light").with_context(0).build()
    await system.spawn(light() if first else plain)
    with pytest.raises(UpgradeRefused, match="machine"):
        await system.upgrade(plain if first else light())


async def test_a_context_becomes_a_machine_by_migration(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("light").with_context(5).build())
    newer = (
        define_behavior("light")
        .with_machine(machine(LIGHT, actions=COUNT))
        .with_version(2)
        .migrate(1, lambda count: {"value": "red", "context": {"cycles": count}})
        .build()
    )
    await system.upgrade(newer)
    ref.tell(NEXT)
    await settle()
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context) == ("green", {"cycles": 6})


async def test_a_machine_becomes_a_context_by_migration(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await settle()
    newer = define_behavior("light").with_context("").with_version(2).migrate(1, lambda state: state["value"]).build()
    await system.upgrade(newer)
    assert (await system.snapshot(ref)).context == "yellow"
    assert (await system.snapshot(ref)).value == "default"


async def test_a_machine_at_work_is_upgraded_behind_its_turn(system: ActorSystem) -> None:
    async def slow(m: Slow, _: object) -> MessagePlan[object]:
        await asyncio.sleep(m.seconds)
        return MessagePlan(transition=NEXT)

    def behavior(**more: object) -> Behavior[object, object]:
        return define_behavior("light").with_machine(machine({**LIGHT, **more}, actions=COUNT)).on(Slow, slow).build()

    ref = await system.spawn(behavior())
    ref.tell(Slow(0.5))
    await settle()
    await system.upgrade(behavior(description="newer"))
    await asyncio.sleep(1)
    assert await value(system, ref) == "yellow"
    assert ref._cell._run.logic.machine.config["description"] == "newer"


@DURABILITIES
async def test_a_stored_state_of_an_older_version_is_migrated(system: ActorSystem, durability: str) -> None:
    store = MemoryStore()
    ref = await system.spawn(light(), store=store, key="light", durability=durability)
    ref.tell(NEXT)
    await settle()
    await system.stop(ref)
    other = {"id": "light", "initial": "go", "states": {"go": {}, "halt": {"after": {"500": "go"}}}}
    newer = define_behavior("light").with_machine(machine(other)).with_version(2).migrate(1, lambda state: {**state, "value": "halt"}).build()
    ref = await system.spawn(newer, store=store, key="light", durability=durability)
    assert await value(system, ref) == "halt"
    await asyncio.sleep(0.6)
    assert await value(system, ref) == "go"


async def test_a_stored_state_that_the_config_does_not_have_fails_the_start(system: ActorSystem) -> None:
    store = MemoryStore()
    ref = await system.spawn(light(), store=store, key="light")
    ref.tell(NEXT)
    await settle()
    await system.stop(ref)
    other = define_behavior("light").with_machine(machine({"initial": "green", "states": {"green": {}}})).build()
    with pytest.raises(StartFailed) as caught:
        await system.spawn(other, store=store, key="light")
    assert isinstance(caught.value.__cause__, MigrationError)
    assert "has no state 'yellow'" in str(caught.value.__cause__)


# --- moves ----------------------------------------------------------------------------------------------------------


async def test_a_machine_moves_with_its_timers(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await asyncio.sleep(0.6)
    exported = await system.export(ref)
    ref = await system.spawn(light(), snapshot=exported)
    assert await value(system, ref) == "yellow"
    await asyncio.sleep(0.5)
    assert await value(system, ref) == "red"


async def test_a_machine_begins_with_a_snapshot_of_another(system: ActorSystem) -> None:
    ref = await system.spawn(light())
    ref.tell(NEXT)
    await settle()
    other = await system.spawn(light(), snapshot=await system.snapshot(ref))
    assert await value(system, other) == "yellow"


async def test_a_plain_snapshot_is_none_of_a_machine(system: ActorSystem) -> None:
    with pytest.raises(BadPlan, match="the snapshot of a machine"):
        await system.spawn(light(), snapshot=Snapshot({}))
