"""Random trees under random orders: whatever happens, every end is told once and nothing is left behind.

Each seed decides the tree, what is done to it, what its actors do, and the order in which they run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from random import Random

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorStopped,
    ActorSystem,
    After,
    Ask,
    AskError,
    Behavior,
    Crash,
    Down,
    Ignore,
    Killed,
    MessagePlan,
    Normal,
    Request,
    Shutdown,
    StartFailed,
    Stopped,
    Task,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.kernel.cell import Cell
from actorweb.kernel.reports import TracerFailed
from actorweb.testing import SimulatedWorld


@message
class Do:
    what: str


@message
class Question(Request[int]):
    how: str


@message
class Note:
    value: object


DEEDS = (
    "crash",
    "stop",
    "mode",
    "stash",
    "timer",
    "spawn",
    "watch",
    "next",
    "no plan",
    "spawn and crash",
    "tell",
    "ask",
    "task",
    "count",
    "wait",
    "wait",
    "wait",
)


class Chaos:
    """One run. Everything it decides comes from its dice."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.refs: list[ActorRef[object]] = []
        self.asked = self.answered = 0

    async def some_time(self, longest: float) -> None:
        await asyncio.sleep(self.dice.random() * longest)

    def do(self, message: Do, actor: ActorContext[int]) -> object:
        dice, refs = self.dice, self.refs
        match message.what:
            case "crash":
                raise ValueError(message)
            case "stop":
                return MessagePlan(stop=dice.choice([True, Shutdown(), Crash(ValueError())]))
            case "mode":
                return MessagePlan(become=dice.choice(["default", "other"]))
            case "stash":
                return MessagePlan(stash=True)
            case "timer":
                return MessagePlan(schedule=[After(dice.random() * 3, Do("count"), key=dice.choice("ab"))])
            case "spawn":
                actor.spawn(self.worker())
            case "spawn and crash":
                actor.spawn(self.worker()).tell(Do("count"))
                raise ValueError(message)
            case "watch" if refs:
                actor.watch(dice.choice(refs))
            case "next":
                return MessagePlan(next=[Do("count"), Do("mode")])
            case "no plan":
                return "no plan"
            case "tell" if refs:
                dice.choice(refs).tell(Do("count"))
            case "ask" if refs:
                return MessagePlan(ask=[Ask(dice.choice(refs), Question("reply"), on_reply=Note, on_error=Note, timeout=1)])
            case "task":
                return MessagePlan(run=[Task(lambda: self.some_time(2), on_done=lambda _: Note(1), on_error=Note, key=dice.choice(["key", None]))])
            case "wait":
                return self.wait(actor)
            case "count":
                return actor.context + 1
        return None

    async def wait(self, actor: ActorContext[int]) -> int:
        await self.some_time(2)
        if self.refs and self.dice.random() < 0.3:
            try:
                await self.dice.choice(self.refs).ask(Question("reply"), timeout=1)
            except AskError:
                pass
        if self.dice.random() < 0.3:
            raise ValueError("late")
        return actor.context + 1

    def answer(self, question: Question, actor: ActorContext[int]) -> MessagePlan[int, int] | None:
        match question.how:
            case "reply":
                return MessagePlan(reply=actor.context)
            case "defer":
                return MessagePlan(defer=True)
            case "stash":
                return MessagePlan(stash=True)
            case "crash":
                raise ValueError(question)
        return None

    def start(self, actor: ActorContext[int]) -> Ignore | Awaitable[None] | None:
        chance = self.dice.random()
        if chance < 0.05:
            raise ValueError("at start")
        if chance < 0.08:
            return Ignore()
        return self.some_time(1) if chance < 0.25 else None

    def stop(self, actor: ActorContext[int]) -> Awaitable[None] | None:
        chance = self.dice.random()
        if chance < 0.1:
            raise ValueError("at stop")
        return self.some_time(1) if chance < 0.3 else None

    def worker(self) -> Behavior[object, int]:
        return (
            define_behavior("worker")
            .with_context(0)
            .on(Do, self.do)
            .on(Question, self.answer)
            .on(Note, lambda note, actor: None)
            .on(Down, lambda down, actor: None)
            .on_start(self.start)
            .on_stop(self.stop)
            .mode("other")
            .build()
        )

    def tree(self, depth: int) -> Behavior[object, object]:
        dice = self.dice
        children = [
            child(
                f"c{place}",
                self.tree(depth - 1) if depth and dice.random() < 0.4 else self.worker(),
                restart=dice.choice(["permanent", "transient", "temporary"]),
                shutdown=dice.choice([None, 0.5, "brutal_kill", "infinity"]),
            )
            for place in range(dice.randint(1, 4))
        ]
        return supervisor("tree", strategy=dice.choice(["one_for_one", "one_for_all", "rest_for_one"]), intensity=dice.randint(0, 6), children=children)

    def look(self, cells: list[Cell]) -> None:
        for cell in cells:
            self.refs.append(cell.self)
            self.look([] if cell._kin is None else list(cell._kin.children or ()))

    async def ask(self, ref: ActorRef[object]) -> None:
        self.asked += 1
        try:
            await ref.ask(Question(self.dice.choice(["reply", "defer", "stash", "crash", "nothing"])), timeout=2)
        except AskError:
            pass
        self.answered += 1

    async def disturb(self, system: ActorSystem) -> None:
        dice = self.dice
        for _ in range(dice.randint(1, 3)):
            try:
                await system.spawn(self.tree(2))
            except StartFailed:
                continue
        asks = []
        for _ in range(dice.randint(5, 60)):
            self.refs.clear()
            self.look(list(system.kernel.roots))
            if not self.refs:
                break
            ref, chance = dice.choice(self.refs), dice.random()
            if chance < 0.6:
                ref.tell(Do(dice.choice(DEEDS)))
            elif chance < 0.8:
                asks.append(asyncio.create_task(self.ask(ref)))
            elif chance < 0.85:
                try:
                    system.kernel.stop(ref, dice.choice([Normal(), Shutdown(), Killed()]), timeout=1)
                except ActorStopped:
                    continue
            elif chance < 0.95:
                await self.some_time(3)
        await asyncio.gather(*asks)


@pytest.mark.parametrize("first", range(0, 400, 40))
def test_every_end_is_told_once_and_nothing_is_left_behind(first: int) -> None:
    for seed in range(first, first + 40):
        chaos, world, reports = Chaos(seed), SimulatedWorld(seed=seed), []

        async def main() -> None:
            async with ActorSystem(world=world) as system:
                system.reports.subscribe(reports.append)
                await chaos.disturb(system)
            kernel = system.kernel
            assert not kernel.roots, f"seed {seed}: actors are left"
            assert not kernel.has_work, f"seed {seed}: messages are left"
            assert not kernel.registry._names, f"seed {seed}: names are left"

        world.run(main())
        stopped = [report.ref for report in reports if isinstance(report, Stopped)]
        assert len(stopped) == len(set(stopped)), f"seed {seed}: an end was told twice"
        assert chaos.asked == chaos.answered, f"seed {seed}: an ask did not end"
        assert not [report for report in reports if isinstance(report, TracerFailed)], f"seed {seed}"
        assert world.loop.open_tasks() == [], f"seed {seed}: a task is left"
