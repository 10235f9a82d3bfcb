"""A simulated world: virtual time, and a seeded choice of what runs next.

The same seed gives the same trace, always. Nothing really waits: when all that is left is a timer, the clock jumps to it.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from actorweb.errors.testing import Deadlock
from actorweb.kernel.world import start_task
from actorweb.testing.choices import Choices, Dice
from actorweb.testing.loop import SimulatedLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from random import Random

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.world import Alarm, Envelope, Queue

T = TypeVar("T")


class SimulatedWorld:
    """A world for tests. `seed` decides every choice that the real world leaves open; `choices` may be given in its stead.

    >>> import asyncio
    >>> world = SimulatedWorld(seed=1)
    >>> async def main() -> float:
    ...     await asyncio.sleep(3600)
    ...     return world.now()
    >>> world.run(main())
    3600.0
    """

    slice = 1
    budget: float = 0.0

    ties = 4
    """How many places a timer has among those that are due at the same instant."""

    def __init__(self, *, seed: int = 0, choices: Choices | None = None) -> None:
        self.seed = seed
        self.choices: Choices = Choices(seed=seed, record=False) if choices is None else choices
        self.loop: SimulatedLoop = SimulatedLoop()  # type: ignore[abstract]  # what is missing would need a machine beneath
        self._random: Random | None = None
        self._ids = 0
        self.wall_offset: float = 0.0
        self._context = contextvars.Context()

    @property
    def random(self) -> Random:
        """The author's dice."""
        if self._random is None:
            self._random = Dice(self.choices)
        return self._random

    def now(self) -> float:
        """Virtual seconds since the world began."""
        return self.loop.time()

    def wall(self) -> float:
        """The wall clock: it began at the same instant in each run, and goes with `now()` unless `wall_offset` is changed."""
        return 1_700_000_000.0 + self.wall_offset + self.loop.time()

    def new_id(self) -> str:
        """The next id: the same ones in each run."""
        self._ids += 1
        return f"id-{self._ids}"

    def queue(self) -> Queue:
        """A queue that chooses the next actor by seed and keeps each actor's own messages in order."""
        return ChoosingQueue(self.choices)

    def order(self) -> float:
        """Timers that are due at the same instant fire in any order."""
        return float(self.choices.below(self.ties))

    def wake(self, drain: Callable[[], None]) -> None:
        """Call `drain` at a place among what is ready that the seed chooses."""
        self.loop.call_soon_somewhere(drain, self._context, self.choices)

    def alarm(self, when: float, ring: Callable[[], None]) -> Alarm:
        """Call `ring` at that virtual time."""
        return self.loop.call_at(when, ring, context=self._context)

    def future(self) -> asyncio.Future[None]:
        """A future of the simulated loop."""
        return asyncio.Future(loop=self.loop)

    def task(self, coroutine: Coroutine[object, object, T], *, eager: bool = False) -> asyncio.Task[T]:
        """Run a coroutine in the simulated loop."""
        return self.loop.adopt(start_task(self.loop, coroutine, eager=eager))

    async def thread(self, function: Callable[[], T]) -> T:
        """Refuse: a thread cannot be repeated. Raises `NotSimulated`."""
        self.loop.run_in_executor(None, function)

    def enter(self) -> None:
        """Nothing to note: the loop is the world's own."""

    def from_thread(self, function: Callable[[], None]) -> None:
        """Refuse: another thread cannot be repeated. Raises `NotSimulated`."""
        self.loop.call_soon_threadsafe(function)

    def run(self, main: Coroutine[object, object, T]) -> T:
        """Run a coroutine to its end and give its result; what it started and did not end goes on with the next `run` or `advance`.

        While it waits and nothing is ready, the clock jumps to the next timer. Raises `Deadlock` when there is none.
        """
        with self.loop.entered():
            task = self.loop.create_task(main, name="main")
            while not task.done():
                if not self.loop.step() and not task.done():
                    waiting = self.waiting()
                    task.cancel()
                    self._cancel_all()
                    raise Deadlock(
                        f"everything waits and no timer is set: {waiting}", "something that is ready, or a timer", "see who should have sent or replied"
                    )
            return task.result()

    def advance(self, seconds: float) -> None:
        """Run all that is ready now or falls due within so many seconds, and set the clock there. For use outside `run`."""
        with self.loop.entered():
            self.loop.advance(seconds)

    def _cancel_all(self) -> None:
        for task in self.loop.open_tasks():
            task.cancel()
        self.loop.settle()

    def waiting(self) -> str:
        """Say where the tasks that have not ended wait."""
        return "; ".join(f"task {task.get_name()} {_place(task)}" for task in self.loop.open_tasks()) or "nothing is left that could wake it"


def _place(task: asyncio.Task[object]) -> str:
    frames = task.get_stack(limit=8)
    if not frames:
        return "waits"
    frame = frames[-1]
    return f"waits in {frame.f_code.co_qualname} ({frame.f_code.co_filename}:{frame.f_lineno})"


class ChoosingQueue:
    """A queue with one lane per actor: which lane is next is chosen, the order within a lane is kept."""

    __slots__ = ("_choices", "_lanes", "_length", "_ready", "_recent")

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._lanes: dict[Cell, deque[Envelope]] = {}
        self._ready: list[Cell] = []  # who has messages; whoever was chosen goes to the end, so that choosing 0 is fair
        self._recent: list[Cell] = []  # whose lanes grew since the last message was taken: what `pop` undoes
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, envelope: Envelope, /) -> None:
        """Put a message at the end of its actor's lane."""
        cell = envelope[0]
        lane = self._lanes.get(cell)
        if lane is None:
            lane = self._lanes[cell] = deque()
            self._ready.append(cell)
        lane.append(envelope)
        self._recent.append(cell)
        self._length += 1

    def extend(self, envelopes: Iterable[Envelope], /) -> None:
        """Put messages in, in order."""
        for envelope in envelopes:
            self.append(envelope)

    def popleft(self) -> Envelope:
        """Choose an actor and take its first message."""
        ready = self._ready
        cell = ready.pop(self._choices.next(len(ready)) if len(ready) > 1 else 0)
        lane = self._lanes[cell]
        envelope = lane.popleft()
        if lane:
            ready.append(cell)
        else:
            del self._lanes[cell]
        self._recent.clear()
        self._length -= 1
        return envelope

    def pop(self) -> Envelope:
        """Take the last message back that was put in."""
        cell = self._recent.pop()
        lane = self._lanes[cell]
        envelope = lane.pop()
        if not lane:
            del self._lanes[cell]
            self._ready.remove(cell)
        self._length -= 1
        return envelope

    def lanes(self) -> dict[Cell, deque[Envelope]]:
        """What waits, by actor, for those who look on."""
        return self._lanes
