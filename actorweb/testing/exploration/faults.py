"""Faults: what goes wrong in a schedule besides what the scenario itself does.

Each is a choice of when, what and to whom. None needs a hook in the kernel: a fault is a handler that raises, a start
that fails, a task that is cancelled where it waits, a clock that jumps.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from actorweb.errors import ActorStopped
from actorweb.kernel.signals import Killed, Normal, Shutdown
from actorweb.testing.exploration import behaviors

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from actorweb.kernel.cell import Cell
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Life

FAULTS = ("raise", "raise_after", "start", "slow_start", "stop", "slow_stop", "slow", "task", "cancel", "kill", "end", "clock", "full")
"""raise: a handler raises before it does anything; raise_after: after all it did. start, stop: `on_start`, `on_stop` raises.
slow_start, slow_stop, slow: a start, an end, or a handler takes long. task: a task raises where it waits; cancel: it is
cancelled there. kill, end: an actor is ended, without or with its `on_stop`. clock: time jumps over several timers.
full: a mailbox is full when the next message comes."""

FULL = 12
"""How many steps a mailbox stays full."""
SPACE = 40
"""How many steps lie between two faults at most."""
MOST = 3
"""How many faults a schedule has at most."""
TIMES = (1.0, 4.0, 7.0, 30.0)
"""How long what is slow takes, and how far the clock jumps."""


class Injected(Exception):
    """What an injected fault raises."""


class Faults:
    """The faults of one schedule."""

    __slots__ = ("_armed", "_kinds", "_left", "_most", "_observer", "_start", "_wait", "count", "patient")

    def __init__(self, observer: Observer, kinds: Sequence[str]) -> None:
        self._observer = observer
        self._kinds = kinds
        self.count: int = 0
        self.patient: bool = True  # how time is chosen: a number of steps ahead, or anew at each step (for exhaustive search)
        self._armed: dict[Cell, str] = {}
        self._start = ""
        self._left = 0
        self._wait = -1
        self._most = MOST

    def begin(self, *, most: int = MOST, patient: bool = True) -> None:
        """Choose how many faults there will be, and when the first comes."""
        self.patient = patient
        if not patient:
            self._left = most if self._kinds else 0
            return
        self._left = self._observer.world.choices.below(most + 1) if self._kinds else 0
        self._next()

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._wait = self._observer.world.choices.below(SPACE)
        else:
            self._wait = -1

    def state(self) -> object:
        """What is still to come, for a fingerprint."""
        return (self._left, self._wait, self._start, tuple((cell.self.path, kind) for cell, kind in self._armed.items()))

    def tick(self) -> None:
        """Count a step; strike when it is time."""
        if self.patient:
            if self._wait < 0:
                return
            self._wait -= 1
            if self._wait < 0:
                self._strike(self._observer.world.choices.below(len(self._kinds)))
                self._next()
        elif self._left:
            kind = self._observer.world.choices.below(len(self._kinds) + 1)
            if kind:
                self._left -= 1
                self._strike(kind - 1)

    def _strike(self, number: int) -> None:
        kind = self._kinds[number]
        observer = self._observer
        choices = observer.world.choices
        if kind == "clock":
            seconds = TIMES[choices.below(len(TIMES))]
            observer.world.loop.jump(seconds)
            self._note(f"the clock jumps by {seconds:g} s")
        elif kind in {"start", "slow_start"}:
            self._start = kind
        elif kind in {"task", "cancel"}:
            self._break_a_task(kind)
        else:
            alive = [life for life in observer.lives.values() if not life.ended and not life.ending and (life.supervision is None or kind in {"kill", "end"})]
            if not alive:
                return
            life = alive[choices.below(len(alive))]
            if kind in {"kill", "end"}:
                self._stop(life, kind)
            else:
                self._arm(life, kind)

    def _note(self, text: str) -> None:
        self.count += 1
        self._observer.tell("faulted", text)

    def _stop(self, life: Life, kind: str) -> None:
        reasons = (Killed(),) if kind == "kill" else (Normal(), Shutdown())
        reason = reasons[self._observer.world.choices.below(len(reasons))]
        try:
            self._observer.kernel.stop(life.cell.self, reason)
        except ActorStopped:
            return
        self._note(f"{life.cell.self.path} is stopped from outside with {reason!r}")

    def _break_a_task(self, kind: str) -> None:
        world = self._observer.world
        world.tasks = tasks = [task for task in world.tasks if not task.done()]
        if not tasks:
            return
        task = tasks[world.choices.below(len(tasks))]
        if task.driver is None:
            return
        whose = "" if task.driver.life is None else f" of {task.driver.life.cell.self.path}"
        if kind == "cancel":
            task.cancel()
            self._note(f"the task{whose} is cancelled where it waits")
        else:
            task.driver.fault = Injected("a task raised where it waited")
            self._note(f"the task{whose} is to raise when it goes on")

    def _arm(self, life: Life, kind: str) -> None:
        cell = life.cell
        if kind == "stop":
            cell._behavior = behaviors.failing(cell._behavior, None, _raising("on_stop raised"))
            self._note(f"on_stop of {cell.self.path} is to raise")
        elif kind == "slow_stop":
            seconds = TIMES[self._observer.world.choices.below(len(TIMES))]
            cell._behavior = behaviors.failing(cell._behavior, None, _slow(seconds))
            self._note(f"on_stop of {cell.self.path} is to take {seconds:g} s")
        elif kind == "full":
            self._fill(life)
        else:
            self._armed[cell] = kind

    def _fill(self, life: Life) -> None:
        """Let a bounded mailbox have room for one message only, for a few steps; any other actor fails instead."""
        cell = life.cell
        box = None if cell._run is None else cell._run.mailbox
        if box is None:
            self._armed[cell] = "raise"
            return
        capacity, box.capacity = box.capacity, 1
        self._observer.later(FULL, lambda: setattr(box, "capacity", capacity))
        self._note(f"the mailbox of {cell.self.path} has room for one message only")

    def start(self, cell: Cell) -> None:
        """Break the start that begins, if one is to be broken."""
        kind = self._start
        if not kind:
            return
        self._start = ""
        behavior = cell._behavior
        if behavior.supervision is not None:
            return  # it has no handlers of an author's
        if kind == "start":
            broken = behaviors.failing(behavior, _raising("on_start raised"), None)
            self._note(f"the start of {cell.self.path} is to raise")
        else:
            if behavior.start_handler is not None:
                return
            seconds = TIMES[self._observer.world.choices.below(len(TIMES))]
            broken = behaviors.failing(behavior, _slow(seconds), None)
            self._note(f"the start of {cell.self.path} is to take {seconds:g} s")
        cell._behavior = broken
        self._observer.after_step.append(lambda: _mend(cell, behavior))

    def handle(self, handler: Callable[..., object], message: object, cell: Cell) -> object:
        """Call a handler, or break it."""
        armed = self._armed
        if not armed or cell not in armed:
            return handler(message, cell)
        kind = armed.pop(cell)
        path = cell.self.path
        if kind == "raise":
            self._note(f"the handler of {path} raises")
            raise Injected("a handler raised before it did anything")
        result = handler(message, cell)
        if kind == "raise_after":
            self._note(f"the handler of {path} raises after all that it did")
            if isinstance(result, asyncio.Future) or not hasattr(result, "close"):
                raise Injected("a handler raised after all that it did")
            result.close()  # a coroutine that is not to run  # pyright: ignore[reportAttributeAccessIssue]  (looked at above)
            raise Injected("a handler raised before it waited")
        seconds = TIMES[self._observer.world.choices.below(len(TIMES))]
        self._note(f"the handler of {path} takes {seconds:g} s")
        return _late(seconds, result)


def _mend(cell: Cell, behavior: object) -> None:
    cell._behavior = behavior  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  (what it was before)


def _raising(text: str) -> Callable[[Cell], object]:
    def raises(_: Cell) -> object:
        raise Injected(text)

    return raises


def _slow(seconds: float) -> Callable[[Cell], Coroutine[object, object, None]]:
    async def slow(_: Cell) -> None:
        await asyncio.sleep(seconds)

    return slow


async def _late(seconds: float, result: object) -> object:
    try:
        await asyncio.sleep(seconds)
    except BaseException:
        if asyncio.iscoroutine(result):
            result.close()
        raise
    if asyncio.iscoroutine(result):
        return await result
    return result
