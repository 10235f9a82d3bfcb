"""An event loop without a machine beneath it: a virtual clock, no threads, no sockets."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import sys
import weakref
from asyncio import events
from collections import deque
from typing import TYPE_CHECKING, NoReturn, TypeVar

from actorweb.errors.testing import NotSimulated

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import TypeVarTuple, Unpack

    from actorweb.testing.choices import Choices

    Ts = TypeVarTuple("Ts")

T = TypeVar("T")

if sys.version_info >= (3, 12):
    from asyncio.tasks import _swap_current_task
else:

    def _swap_current_task(loop: asyncio.AbstractEventLoop, task: asyncio.Task[object] | None) -> asyncio.Task[object] | None:
        """Python 3.11 keeps a current task for each loop, so nothing stands in the way."""
        del loop
        return task


class SimulatedLoop(asyncio.AbstractEventLoop):
    """What asyncio needs to run tasks, futures and timers. Callbacks run in the order they were ordered, as asyncio promises."""

    def __init__(self) -> None:
        self._time = 0.0
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self.count: int = 0
        self._running = False
        self._tasks: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()
        self._errors: list[BaseException] = []

    # --- what a world does with it -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be the running loop of this thread for a while."""
        outer = events._get_running_loop()  # noqa: SLF001  (asyncio offers no public way to be a loop)
        # From 3.14 on a thread has one current task, whatever its loop: the outer one must step aside.
        task = None if outer is None else _swap_current_task(outer, None)
        events._set_running_loop(self)  # noqa: SLF001  (as above)
        self._running = True
        try:
            yield
        finally:
            self._running = False
            events._set_running_loop(outer)  # noqa: SLF001  (as above)
            if outer is not None:
                _swap_current_task(outer, task)

    def step(self) -> bool:
        """Run one callback, or jump to the next timer; False when there is neither."""
        if not self._ready and not self._next_timer(float("inf")):
            return False
        self._run_one()
        return True

    def settle(self) -> None:
        """Run all that is ready, without letting time pass."""
        while self._ready:
            self._run_one()

    def advance(self, seconds: float) -> None:
        """Run all that is ready or falls due within so many seconds."""
        until = self._time + seconds
        while self._ready or self._next_timer(until):
            self._run_one()
        self._time = until

    def ready(self) -> tuple[asyncio.Handle, ...]:
        """What is ready, in order, for those who look on."""
        return tuple(self._ready)

    def timers(self) -> list[tuple[float, asyncio.Handle]]:
        """What waits for its time, the earliest first."""
        return [(when, handle) for when, _, handle in sorted(self._timers, key=lambda entry: entry[:2]) if not handle.cancelled()]

    def jump(self, seconds: float) -> None:
        """Set the clock forward: what falls due meanwhile is late."""
        self._time += seconds

    def run_ready_quietly(self) -> bool:
        """Run one callback of a schedule that is given up, whatever it raises; False when there is none."""
        if not self._ready:
            return False
        with contextlib.suppress(BaseException):
            self._run_one()
        self._errors.clear()
        return True

    def adopt(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        """Count a task among this loop's own."""
        self._tasks.add(task)
        return task

    def open_tasks(self) -> list[asyncio.Task[object]]:
        """The tasks that have not ended, by name: a set has no order to rely on."""
        return sorted((task for task in self._tasks if not task.done()), key=lambda task: task.get_name())

    def call_soon_somewhere(self, callback: Callable[[], object], context: contextvars.Context, choices: Choices) -> None:
        """Order a callback at a place among those that are ready which `choices` picks: 0 is behind them all, as asyncio does it."""
        ready = self._ready
        ready.insert(len(ready) - choices.next(len(ready) + 1) if ready else 0, asyncio.Handle(callback, (), self, context))

    def _next_timer(self, until: float) -> bool:
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not timers or timers[0][0] > until:
            return False
        when, _, handle = heapq.heappop(timers)
        self._time = max(self._time, when)
        self._ready.append(handle)
        return True

    def _run_one(self) -> None:
        handle = self._ready.popleft()
        if not handle.cancelled():
            try:
                handle._run()  # noqa: SLF001  (what every asyncio loop calls)
            except (KeyboardInterrupt, SystemExit) as error:
                # A task that ends so tells its loop as well; whoever waits for the task hears of it all the same.
                if not any(task.done() and not task.cancelled() and task.exception() is error for task in self._tasks):
                    raise
        if self._errors:
            raise self._errors.pop(0)

    # --- what asyncio does with it -----------------------------------------------------------------------------------

    def time(self) -> float:
        return self._time

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return False

    def get_debug(self) -> bool:
        return False

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001  (asyncio's signature)
        del enabled

    def close(self) -> None:
        self._ready.clear()
        self._timers.clear()

    def call_soon(self, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: contextvars.Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._time + max(0.0, delay), callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self.count += 1
        heapq.heappush(self._timers, (when, self.count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asyncio calls this; a cancelled timer is passed over when its time comes."""

    def create_future(self) -> asyncio.Future[object]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  (the stub differs between the versions we support)
        self, coro: Coroutine[object, object, T], *, name: str | None = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[T]:
        self.count += 1
        task = asyncio.Task(coro, loop=self, name=name or f"task-{self.count:06}", context=context)
        return self.adopt(task)

    def call_exception_handler(self, context: dict[str, object]) -> None:
        """Nothing may fail unseen in a test: raise what a callback raised."""
        error = context.get("exception")
        message = str(context.get("message"))
        if isinstance(error, BaseException) and "never retrieved" not in message:
            self._errors.append(error)

    def default_exception_handler(self, context: dict[str, object]) -> None:
        self.call_exception_handler(context)

    async def shutdown_asyncgens(self) -> None:
        """Nothing to do: async generators end with their tasks."""

    def call_soon_threadsafe(self, *_: object, **__: object) -> NoReturn:
        _refuse("another thread called in")

    def run_in_executor(self, *_: object, **__: object) -> NoReturn:
        _refuse("a thread was to run something")

    async def create_connection(self, *_: object, **__: object) -> NoReturn:
        _refuse("a connection was to be opened")

    async def create_server(self, *_: object, **__: object) -> NoReturn:
        _refuse("a server was to be opened")

    async def create_datagram_endpoint(self, *_: object, **__: object) -> NoReturn:
        _refuse("a socket was to be opened")

    async def subprocess_exec(self, *_: object, **__: object) -> NoReturn:
        _refuse("a process was to be started")

    async def subprocess_shell(self, *_: object, **__: object) -> NoReturn:
        _refuse("a process was to be started")

    async def getaddrinfo(self, *_: object, **__: object) -> NoReturn:
        _refuse("a name was to be looked up")

    def add_reader(self, *_: object, **__: object) -> NoReturn:
        _refuse("a socket was to be read")

    def add_writer(self, *_: object, **__: object) -> NoReturn:
        _refuse("a socket was to be written")

    async def sock_connect(self, *_: object, **__: object) -> NoReturn:
        _refuse("a socket was to be connected")


def _refuse(what: str) -> NoReturn:
    raise NotSimulated(
        f"{what} in a simulated world",
        "timers, tasks and actors only: they can be repeated",
        "give the actor a dependency, and give it another one in the test",
    )
