"""The world: what the kernel may not take for itself.

The kernel never calls `time`, `random` or `asyncio.sleep`. It asks its world for the time, for chance and ids, for the
order in which ready actors run, and for being woken. So a simulated world makes every run repeatable.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from actorweb.errors import NoThreads, SystemClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from random import Random

    from actorweb.kernel.cell import Cell

T = TypeVar("T")
Envelope: TypeAlias = "tuple[Cell, object]"


class Queue(Protocol):
    """The messages of the whole system that wait for their turn. A `collections.deque` is one.

    Whoever implements it chooses which actor runs next, and keeps the order of each actor's own messages.
    """

    def append(self, envelope: Envelope, /) -> None: ...
    def extend(self, envelopes: Iterable[Envelope], /) -> None: ...
    def popleft(self) -> Envelope: ...
    def pop(self) -> Envelope: ...
    def __len__(self) -> int: ...


class Alarm(Protocol):
    """A call that was ordered for later."""

    def cancel(self) -> None: ...


class World(Protocol):
    """The port. `slice` turns run between two looks at the clock; a drain ends after `budget` seconds."""

    @property
    def slice(self) -> int: ...
    @property
    def budget(self) -> float: ...
    @property
    def random(self) -> Random: ...
    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def wall(self) -> float:
        """Seconds since 1970 by the wall clock, which somebody may set back: only for what outlives this process."""
        ...

    def new_id(self) -> str:
        """A new id, unique in the world."""
        ...

    def queue(self) -> Queue:
        """A new queue for a system."""
        ...

    def order(self) -> float:
        """Where a timer stands among those that are due at the same instant; equal ones fire in the order set."""
        ...

    def wake(self, drain: Callable[[], None]) -> None:
        """Call `drain` soon, once, in a context of its own."""
        ...

    def alarm(self, when: float, ring: Callable[[], None]) -> Alarm:
        """Call `ring` at that time of `now()`, in a context of its own."""
        ...

    def future(self) -> asyncio.Future[None]:
        """A future of the loop that runs."""
        ...

    def task(self, coroutine: Coroutine[object, object, T], *, eager: bool = False) -> asyncio.Task[T]:
        """Run a coroutine as a task; `eager` runs it at once up to where it waits, where Python can (3.12)."""
        ...

    async def thread(self, function: Callable[[], T]) -> T:
        """Run a function that may block in a thread. Raises `NoThreads` where there are none."""
        ...

    def enter(self) -> None:
        """Take note of the loop that runs: other threads will call into it."""
        ...

    def from_thread(self, function: Callable[[], None]) -> None:
        """Call a function soon in the world's own thread, from another. Those of one thread are called in order."""
        ...


class AsyncioWorld:
    """Production, in CPython and in Pyodide alike: the running asyncio loop.

    `wake` may be given where something better than `call_soon` brings the drain back (a page has its MessageChannel).
    `budget` is in seconds: the loop, and so the page, gets its turn at least that often.
    """

    slice = 128

    def __init__(self, *, wake: Callable[[Callable[[], None]], None] | None = None, budget: float = 0.008) -> None:
        self.budget = budget
        self._wake = wake
        self._random: Random | None = None
        self._context = contextvars.Context()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def random(self) -> Random:
        if self._random is None:
            from random import Random  # noqa: PLC0415  (costs 10 ms in a page that may never use it)

            self._random = Random()  # noqa: S311  (the author's dice, not a secret)
        return self._random

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def new_id(self) -> str:
        return f"{self.random.getrandbits(64):016x}"

    def queue(self) -> Queue:
        return deque()

    def order(self) -> float:
        return 0.0

    def wake(self, drain: Callable[[], None]) -> None:
        if self._wake is not None:
            self._wake(drain)
        else:
            # A context of its own: the drain must not find the turn of whoever happened to wake it.
            asyncio.get_running_loop().call_soon(drain, context=self._context)

    def alarm(self, when: float, ring: Callable[[], None]) -> Alarm:
        return asyncio.get_running_loop().call_later(max(0.0, when - time.monotonic()), ring, context=self._context)

    def future(self) -> asyncio.Future[None]:
        # Not loop.create_future(): Pyodide's is a Python class and 20 times slower.
        return asyncio.Future(loop=asyncio.get_running_loop())

    def task(self, coroutine: Coroutine[object, object, T], *, eager: bool = False) -> asyncio.Task[T]:
        return start_task(asyncio.get_running_loop(), coroutine, eager=eager)

    async def thread(self, function: Callable[[], T]) -> T:
        if sys.platform == "emscripten":
            raise NoThreads(
                f"a Task(…, thread=True) was to run {function!r} in a page",
                "a host that has threads (CPython)",
                "make the work a coroutine, or give the task on_error",
            )
        return await asyncio.get_running_loop().run_in_executor(None, function)

    def enter(self) -> None:
        self._loop = asyncio.get_running_loop()

    def from_thread(self, function: Callable[[], None]) -> None:
        if self._loop is None:
            raise SystemClosed("a thread sent a message before the system ran", "a running system", "send inside `async with ActorSystem()`")
        self._loop.call_soon_threadsafe(function, context=self._context)


if sys.version_info >= (3, 12):

    def start_task(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, T], *, eager: bool) -> asyncio.Task[T]:
        """Make a task of a coroutine; an eager one has run up to its first wait when this returns."""
        return asyncio.Task(coroutine, loop=loop, eager_start=eager)

else:

    def start_task(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, T], *, eager: bool) -> asyncio.Task[T]:
        """Make a task of a coroutine. Python 3.11 has no eager tasks."""
        del eager
        return loop.create_task(coroutine)
