"""Backoff: min(max, min·2ⁿ⁻¹)·(1 ± jitter), counted anew after a quiet life."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    Backoff,
    BadSpec,
    Behavior,
    DeadLetter,
    Killed,
    MessagePlan,
    Request,
    Shutdown,
    Stopped,
    TerminateChild,
    WhichChildren,
    child,
    define_behavior,
    message,
    supervisor,
)
from tests.kernel.counter import Count, Fail, Increment, counter


@message
class Starts(Request[tuple[float, ...]]): ...


class Diary:
    """When each run of a child started."""

    def __init__(self) -> None:
        self.starts: list[float] = []
        self.broken = False

    def behavior(self) -> Behavior[object, int]:
        def start(actor: ActorContext[int]) -> None:
            self.starts.append(actor.now())
            if self.broken:
                raise ValueError("broken")

        def fail(message: Fail, actor: ActorContext[int]) -> None:
            raise ValueError(message.text)

        return (
            define_behavior("diary").with_context(0).on_start(start).on(Fail, fail).on(Starts, lambda _, actor: MessagePlan(reply=tuple(self.starts))).build()
        )


async def child_of(system: ActorSystem, diary: Diary, backoff: Backoff, *, intensity: int = 100) -> ActorRef[object]:
    root = await system.spawn(supervisor("root", intensity=intensity, period=1000, children=[child("a", diary.behavior(), backoff=backoff, name="a")]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    return ref


async def test_each_restart_waits_twice_as_long_up_to_the_longest(system: ActorSystem) -> None:
    diary = Diary()
    ref = await child_of(system, diary, Backoff(1.0, 5.0, reset_after=1000))
    for _ in range(5):
        ref.tell(Fail())
        await ref.ask(Starts(), timeout=60)
    assert diary.starts == [0.0, 1.0, 3.0, 7.0, 12.0, 17.0]


async def test_a_quiet_life_begins_the_count_anew(system: ActorSystem) -> None:
    diary = Diary()
    ref = await child_of(system, diary, Backoff(1.0, 9.0))  # quiet after 5 seconds
    ref.tell(Fail())
    ref.tell(Fail())
    await ref.ask(Starts(), timeout=60)
    assert diary.starts == [0.0, 1.0, 3.0]
    await asyncio.sleep(5)
    ref.tell(Fail())
    await ref.ask(Starts(), timeout=60)
    assert diary.starts[-1] == 9.0  # it had lived from 3 to 8: one second again


async def test_a_failed_restart_waits_longer_each_time(system: ActorSystem) -> None:
    diary = Diary()
    ref = await child_of(system, diary, Backoff(1.0, 100.0))
    diary.broken = True
    ref.tell(Fail())
    await asyncio.sleep(10)
    assert diary.starts == [0.0, 1.0, 3.0, 7.0]
    diary.broken = False
    await asyncio.sleep(10)
    assert diary.starts[4:] == [15.0]


async def test_jitter_spreads_the_waits_within_its_part(system: ActorSystem) -> None:
    diary = Diary()
    ref = await child_of(system, diary, Backoff(10.0, 10.0, jitter=0.5, reset_after=1000))
    for _ in range(10):
        ref.tell(Fail())
        await ref.ask(Starts(), timeout=60)
    waits = [after - before for before, after in zip(diary.starts, diary.starts[1:], strict=False)]
    assert all(5.0 <= wait <= 15.0 for wait in waits)
    assert len(set(waits)) == 10


async def test_messages_and_asks_wait_meanwhile(system: ActorSystem) -> None:
    root = await system.spawn(supervisor("root", children=[child("a", counter, backoff=Backoff(1.0, 1.0), name="a")]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    ref.tell(Fail())
    await asyncio.sleep(0.5)
    assert [info.status for info in await root.ask(WhichChildren())] == ["restarting"]
    ref.tell(Increment(3))
    assert await ref.ask(Count()) == 3


async def test_a_stop_ends_the_wait_at_once(system: ActorSystem) -> None:
    diary = Diary()
    root = await system.spawn(supervisor("root", children=[child("a", diary.behavior(), backoff=Backoff(10.0, 10.0))]))
    ref = system.kernel.child(root, "a")
    assert ref is not None
    ref.tell(Fail())
    await asyncio.sleep(1)
    before = asyncio.get_running_loop().time()
    await root.ask(TerminateChild("a"))
    await system.stop(root)
    assert asyncio.get_running_loop().time() == before
    await asyncio.sleep(20)
    assert diary.starts == [0.0]


async def test_a_restart_counts_when_its_wait_is_over(system: ActorSystem) -> None:
    diary = Diary()
    async with system.reports(Stopped) as ends:
        ref = await child_of(system, diary, Backoff(1.0, 1.0), intensity=1)
        ref.tell(Fail())
        ref.tell(Fail())
        assert (await anext(ends)).ref is ref
        assert (await anext(ends)).reason == Shutdown("1 restarts in 1000 s are exhausted")
    assert diary.starts == [0.0, 1.0]
    assert asyncio.get_running_loop().time() == 2.0


@pytest.mark.parametrize(("strategy", "again"), [("one_for_all", ["a", "b", "c"]), ("rest_for_one", ["b", "c"])])
async def test_the_others_of_its_strategy_are_restarted_when_the_wait_is_over(
    system: ActorSystem, strategy: Literal["one_for_all", "rest_for_one"], again: list[str]
) -> None:
    starts: list[tuple[str, float]] = []

    def named(name: str) -> Behavior[object, int]:
        return define_behavior(name).with_context(0).on_start(lambda actor: starts.append((name, actor.now()))).on(Fail, lambda fail, actor: 1 // 0).build()

    root = await system.spawn(
        supervisor("root", strategy=strategy, children=[child(name, named(name), backoff=Backoff(2.0, 2.0) if name == "b" else None) for name in "abc"])
    )
    ref = system.kernel.child(root, "b")
    assert ref is not None
    starts.clear()
    async with system.reports(DeadLetter) as letters:
        ref.tell(Fail())
        ref.tell(Increment(1))
        letter = await anext(letters)
        assert (letter.message, letter.reason) == (Increment(1), "restarted")
    await asyncio.sleep(5)
    assert starts == [(name, 2.0) for name in again]


async def test_one_that_waits_starts_with_the_group_of_another(system: ActorSystem) -> None:
    root = await system.spawn(
        supervisor("root", strategy="one_for_all", children=[child("a", counter, name="a"), child("b", counter, backoff=Backoff(50.0, 50.0), name="b")])
    )
    one, two = system.kernel.child(root, "a"), system.kernel.child(root, "b")
    assert one is not None
    assert two is not None
    two.tell(Fail())
    await asyncio.sleep(1)
    one.tell(Fail())
    await asyncio.sleep(1)
    assert await two.ask(Count()) == 0
    assert [info.status for info in await root.ask(WhichChildren())] == ["up", "up"]
    await asyncio.sleep(100)
    assert await two.ask(Count()) == 0


@pytest.mark.parametrize(
    ("backoff", "text"),
    [
        (1.0, "backoff=1.0"),
        (Backoff(2.0, 1.0), "0 <= min <= max"),
        (Backoff(-1.0, 1.0), "0 <= min <= max"),
        (Backoff(1.0, float("inf")), "0 <= min <= max"),
        (Backoff(1.0, 2.0, jitter=2.0), "from 0 to 1"),
        (Backoff(1.0, 2.0, reset_after=-1.0), "reset_after=-1.0"),
    ],
)
def test_a_bad_backoff_is_refused(backoff: Backoff, text: str) -> None:
    with pytest.raises(BadSpec) as error:
        child("a", counter, backoff=backoff)
    assert text in str(error.value)


def test_a_very_long_row_of_failures_waits_the_longest() -> None:
    assert Backoff(1.0, 60.0).delay(10_000, 0.5) == 60.0


async def test_a_stop_just_when_the_wait_is_over_starts_one_run_only(system: ActorSystem) -> None:
    diary = Diary()
    ref = await child_of(system, diary, Backoff(1.0, 1.0, reset_after=1000))
    ref.tell(Fail())
    await asyncio.sleep(1)  # the wait is over at this very instant
    await system.stop(ref, reason=Killed())
    await asyncio.sleep(10)
    assert len(diary.starts) in {2, 3}
    assert diary.starts == sorted(set(diary.starts))
    assert await ref.ask(Starts()) == tuple(diary.starts)
