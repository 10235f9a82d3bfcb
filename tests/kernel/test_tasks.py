"""Tasks of a plan: their end is a message, and they belong to their run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from actorweb import ActorContext, ActorSystem, Crashed, MessagePlan, Task, child, define_behavior, message, supervisor
from tests.kernel.counter import Boom, Fail, Increment


@message
class Loaded:
    value: object


def loader(seen: list[object], work: Callable[[], Awaitable[object]], *, on_error: bool = True) -> object:
    return (
        define_behavior("loader")
        .on(Increment, lambda m, a: MessagePlan(run=[Task(work, on_done=Loaded, on_error=Loaded if on_error else None)]))
        .on(Loaded, lambda m, a: seen.append(m.value))
        .on(Fail, lambda m, a: 1 / 0 and None)
        .build()
    )


async def test_the_result_comes_back_as_a_message_and_the_actor_is_free_meanwhile(system: ActorSystem) -> None:
    seen: list[object] = []

    async def work() -> str:
        await asyncio.sleep(2)
        return "result"

    ref = await system.spawn(loader(seen, work))  # type: ignore[arg-type, var-annotated]
    ref.tell(Increment())
    ref.tell(Loaded("handled meanwhile"))
    await asyncio.sleep(3)
    assert seen == ["handled meanwhile", "result"]


async def test_a_failure_comes_back_by_on_error(system: ActorSystem) -> None:
    seen: list[object] = []

    async def work() -> str:
        raise Boom

    ref = await system.spawn(loader(seen, work))  # type: ignore[arg-type, var-annotated]
    ref.tell(Increment())
    await asyncio.sleep(1)
    assert isinstance(seen[0], Boom)


async def test_a_failure_without_on_error_crashes_the_actor_with_it(system: ActorSystem) -> None:
    async def work() -> str:
        raise Boom

    async with system.reports(Crashed) as crashes:
        ref = await system.spawn(loader([], work, on_error=False))  # type: ignore[arg-type, var-annotated]
        ref.tell(Increment())
        assert isinstance((await anext(crashes)).error, Boom)


@pytest.mark.parametrize("how", ["stop", "restart"])
async def test_a_task_is_cancelled_with_its_run_and_its_end_is_not_delivered_to_the_next(system: ActorSystem, how: str) -> None:
    seen: list[object] = []
    ends: list[str] = []

    async def work() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise
        return "result"

    await system.spawn(supervisor("root", children=[child("loader", loader(seen, work), name="loader", restart="transient")]))  # type: ignore[arg-type]
    ref = system.lookup("loader")
    assert ref is not None
    ref.tell(Increment())
    await asyncio.sleep(1)
    if how == "stop":
        await system.stop(ref)
    else:
        ref.tell(Fail())
    await asyncio.sleep(100)
    assert ends == ["cancelled"]
    assert seen == []


async def test_what_a_task_sends_goes_out_as_from_outside(system: ActorSystem) -> None:
    seen: list[object] = []

    async def start(increment: Increment, actor: ActorContext[None]) -> MessagePlan[None]:
        async def work() -> str:
            actor.self.tell(Loaded("from the task"))
            await asyncio.sleep(1)
            return "result"

        await asyncio.sleep(1)
        return MessagePlan(run=[Task(work, on_done=Loaded)])

    ref = await system.spawn(define_behavior("sender").on(Increment, start).on(Loaded, lambda m, a: seen.append(m.value)).build())
    ref.tell(Increment())
    await asyncio.sleep(5)
    assert seen == ["from the task", "result"]
