"""The law of recovery: an actor that is killed and recovered leaves the same trace as one that was not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actorweb import ActorSystem, AskError, MessagePlan
from actorweb.state.memory import MemoryStore
from actorweb.testing import SimulatedWorld
from tests.state.counter import Add, AddAsked, Changed, Count, Counter, Double, Fail, Later, Singly, Ticking, builder
from tests.state.test_durable import SlowStore

Trace = list[tuple[object, ...]]

counter = builder.mode("double").on(Later, lambda message, actor: MessagePlan(context=Counter(actor.context.count - 1))).build()

# No sum of one kind is a sum of another, so nothing is due at the very instant at which a life ends.
WAITS = st.sampled_from([0.50031, 1.70113, 3.10077, 12.90139])
STEPS = st.one_of(
    st.builds(AddAsked, st.integers(-5, 5)),
    st.builds(Add, st.integers(-5, 5)),
    st.just(Double()),
    st.just(Singly()),
    st.builds(Later, st.integers(1, 100), st.sampled_from([1.10191, 2.30297, 7.70311])),
    st.builds(Ticking, st.sampled_from([0.90373, 4.30419])),
    st.just(Count()),
    WAITS,
)


class Instant(float):
    """A time. A clock on the wall that began in 1970 knows it to a quarter of a microsecond."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(float(self) - float(other)) < 1e-5

    __hash__ = None


async def live(world: SimulatedWorld, store: object, steps: Sequence[object], trace: Trace, base: float, durability: str) -> None:
    """One life: recover, take the steps, and be gone without a word."""
    system = ActorSystem(world=world)
    ref = await system.spawn(counter, store=store, key="c", durability=durability)

    def hear(event: object) -> None:
        if isinstance(event, Changed):
            trace.append(("event", Instant(base + world.now()), event.count))

    system.kernel.listen(ref, hear)
    for step in steps:
        if isinstance(step, float):
            await asyncio.sleep(step)
        else:
            if isinstance(step, (Add, Double, Singly, Later, Ticking)):
                ref.tell(step)
            elif isinstance(step, AddAsked):
                trace.append(("reply", await ref.ask(step, timeout=1e6)))
            trace.append(("count", await ref.ask(Count(), timeout=1e6)))
            snapshot = await system.snapshot(ref)
            trace.append(("state", snapshot.version, snapshot.mode, snapshot.context))


def play(steps: Sequence[object], kills: Sequence[int], store: object, durability: str = "journal") -> Trace:
    """Take all steps, in as many lives as there are kills and one more. The clocks on the wall go on."""
    trace: Trace = []
    places = sorted({kill % (len(steps) + 1) for kill in kills})
    base, wall, start = 0.0, None, 0
    for end in [*places, len(steps)]:
        world = SimulatedWorld(seed=3)
        if wall is not None:
            world.wall_offset = wall - world.wall()
        world.run(live(world, store, steps[start:end], trace, base, durability))
        base, wall, start = base + world.now(), world.wall(), end
    return trace


def in_instants(trace: Trace) -> Trace:
    """Of timers that are due at one instant either may be first: say how many there were and what they left."""
    told: Trace = []
    for each in trace:
        if told and each[0] == "event" and told[-1][:2] == each[:2]:
            told[-1] = (*each, *told[-1][3:], "another")
        else:
            told.append(each)
    return told


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=12), st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_a_killed_and_recovered_actor_leaves_the_same_trace(steps, kills):
    assert in_instants(play(steps, kills, MemoryStore())) == in_instants(play(steps, [], MemoryStore()))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS.filter(lambda step: not isinstance(step, (Later, Ticking))), max_size=12), st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_it_does_in_a_slow_store_too(steps, kills):
    def states(trace: Trace) -> Trace:
        return [each for each in trace if each[0] != "event"]

    assert states(play(steps, kills, SlowStore(0.01))) == states(play(steps, [], SlowStore(0.01)))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=12), st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_in_snapshot_mode_it_does_when_the_drain_has_ended(steps, kills):
    steps = [each for step in steps for each in ((step,) if isinstance(step, float) else (step, 0.0001))]
    assert in_instants(play(steps, kills, MemoryStore(), "snapshot")) == in_instants(play(steps, [], MemoryStore(), "snapshot"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.builds(AddAsked, st.integers(-5, 5)), st.just(Fail())), max_size=12))
def test_what_crashed_turns_would_have_done_is_nowhere(steps):
    store = MemoryStore()

    async def main(world: SimulatedWorld) -> None:
        from actorweb import child, supervisor

        async with ActorSystem(world=world) as system:
            await system.spawn(supervisor("root", intensity=100, children=[child("c", counter, name="c", store=store, key="c")]))
            ref = system.lookup("c")
            expected = 0
            for step in steps:
                if isinstance(step, Fail):
                    with pytest.raises(AskError):
                        await ref.ask(step)
                else:
                    expected += step.by
                    assert await ref.ask(step) == expected

    world = SimulatedWorld(seed=1)
    world.run(main(world))
    records = store.records("c")
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    assert len(records) == sum(isinstance(step, AddAsked) for step in steps)
