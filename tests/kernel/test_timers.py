"""Timers: replaced, cancelled and previous-run timers never fire."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from actorweb import ActorContext, ActorSystem, After, Cancel, Every, MessagePlan, child, define_behavior, message, supervisor
from actorweb.testing import SimulatedWorld
from tests.kernel.counter import Fail


@message
class Set:
    entries: tuple[After | Every | Cancel, ...]


@message
class Tick:
    name: str = ""


def recorder(seen: list[tuple[float, str]]) -> object:
    def tick(tick: Tick, actor: ActorContext[None]) -> None:
        seen.append((round(actor.now(), 6), tick.name))

    return define_behavior("recorder").on(Set, lambda m, a: MessagePlan(schedule=list(m.entries))).on(Tick, tick).on(Fail, lambda m, a: 1 / 0 and None).build()


async def test_after_fires_once_at_its_time(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(2.5, Tick("a")), After(0, Tick("now")))))
    await asyncio.sleep(10)
    assert seen == [(0, "now"), (2.5, "a")]


async def test_after_zero_takes_its_place_behind_what_waits(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(0, Tick("timer")),)))
    ref.tell(Tick("waiting"))
    await asyncio.sleep(1)
    assert [name for _, name in seen] == ["waiting", "timer"]


async def test_setting_a_key_again_replaces_its_timer(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(2, Tick("old"), key="k"),)))
    await asyncio.sleep(1)
    ref.tell(Set((After(2, Tick("new"), key="k"),)))
    await asyncio.sleep(10)
    assert seen == [(3, "new")]


async def test_a_timer_that_has_expired_and_waits_is_still_replaced_or_cancelled(system: ActorSystem) -> None:
    seen: list[str] = []

    @message
    class Sleep: ...

    async def sleep(_: Sleep, actor: ActorContext[None]) -> MessagePlan[None]:
        await asyncio.sleep(5)
        return MessagePlan(schedule=[Cancel("a"), After(1, Tick("b again"), key="b")])

    behavior = (
        define_behavior("sleeper")
        .on_start(lambda actor: MessagePlan(schedule=[After(2, Tick("a"), key="a"), After(2, Tick("b"), key="b")]))
        .on(Sleep, sleep)
        .on(Tick, lambda m, a: seen.append(m.name))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Sleep())
    await asyncio.sleep(20)
    assert seen == ["b again"]


async def test_timers_without_a_key_are_separate(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(1, Tick("a")), After(1, Tick("a")))))
    await asyncio.sleep(2)
    assert len(seen) == 2


async def test_entries_of_one_schedule_apply_in_order(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(1, Tick("a"), key="k"), Cancel("k"), After(2, Tick("b"), key="k"), After(3, Tick("c"), key="l"), Cancel("l"))))
    await asyncio.sleep(5)
    assert seen == [(2, "b")]


async def test_every_does_not_drift_and_ends_with_cancel(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((Every(0.1, Tick(), key="k"),)))
    await asyncio.sleep(100.05)
    assert [when for when, _ in seen] == [round(0.1 * n, 6) for n in range(1, 1001)]
    ref.tell(Set((Cancel("k"),)))
    await asyncio.sleep(10)
    assert len(seen) == 1000


async def test_every_does_not_make_up_for_missed_ticks(system: ActorSystem) -> None:
    seen: list[float] = []

    @message
    class Sleep: ...

    async def sleep(_: Sleep, actor: ActorContext[None]) -> None:
        await asyncio.sleep(10.5)

    behavior = (
        define_behavior("sleeper")
        .on_start(lambda actor: MessagePlan(schedule=[Every(1, Tick())]))
        .on(Sleep, sleep)
        .on(Tick, lambda m, a: seen.append(a.now()))
        .build()
    )
    ref = await system.spawn(behavior)
    ref.tell(Sleep())
    await asyncio.sleep(12.2)
    assert seen == [10.5, 11, 12]


async def test_a_timer_of_the_run_before_never_fires(system: ActorSystem) -> None:
    seen: list[tuple[float, str]] = []
    await system.spawn(supervisor("root", children=[child("r", recorder(seen), name="r")]))  # type: ignore[arg-type]
    ref = system.lookup("r")
    assert ref is not None
    ref.tell(Set((After(2, Tick("old")), Every(1, Tick("old"), key="k"))))
    ref.tell(Fail())
    await asyncio.sleep(10)
    assert seen == []


async def test_the_ticks_of_an_actor_that_ends_are_no_dead_letters(system: ActorSystem) -> None:
    from actorweb import DeadLetter

    letters: list[object] = []
    system.reports.subscribe(lambda report: letters.append(report) if isinstance(report, DeadLetter) else None)
    ref = await system.spawn(recorder([]))  # type: ignore[arg-type, var-annotated]
    ref.tell(Set((After(1, Tick()), Every(1, Tick()))))
    await asyncio.sleep(0.5)
    await system.stop(ref)
    await asyncio.sleep(5)
    assert letters == []


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["a", "b", "c", None]), st.booleans()), max_size=20), st.integers(0, 9))
def test_timers_fire_as_a_simple_model_says(steps: list[tuple[int, str | None, bool]], seed: int) -> None:
    """Each step sets or cancels a timer; the model is a dict of due times."""
    world = SimulatedWorld(seed=seed)
    seen: list[tuple[float, str]] = []
    expected: list[tuple[float, str]] = []

    async def main() -> None:
        async with ActorSystem(world=world) as system:
            ref = await system.spawn(recorder(seen))  # type: ignore[arg-type, var-annotated]
            keyed: dict[str, tuple[float, str]] = {}
            for number, (delay, key, cancels) in enumerate(steps):
                # not whole seconds apart, so that no two things happen at one instant
                now = 10.37 * number
                name = f"{number}"
                if key is not None:
                    old = keyed.pop(key, None)
                    if old is not None and old[0] <= now:
                        expected.append(old)
                if cancels and key is not None:
                    ref.tell(Set((Cancel(key),)))
                else:
                    ref.tell(Set((After(delay, Tick(name), key=key),)))
                    if key is None:
                        expected.append((now + delay, name))
                    else:
                        keyed[key] = (now + delay, name)
                await asyncio.sleep(10.37)
            await asyncio.sleep(100)
            expected.extend(keyed.values())

    world.run(main())
    assert sorted(seen) == sorted((round(when, 6), name) for when, name in expected)
