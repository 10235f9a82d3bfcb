"""Tasks as an observer gives them to the kernel: it knows whose they are, and can break them where they wait."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from actorweb.testing.world import ChoosingQueue, SimulatedWorld

if TYPE_CHECKING:
    import contextvars
    from collections import deque
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType, TracebackType

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.world import Envelope, Queue
    from actorweb.testing.choices import Choices
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life

T = TypeVar("T")


class Driver(Coroutine[object, object, T]):
    """Runs a coroutine of an actor and says whose it is meanwhile. `fault` is thrown into it where it waits."""

    __slots__ = ("__name__", "__qualname__", "_coroutine", "_observer", "fault", "life", "turn")

    def __init__(self, coroutine: Coroutine[object, object, T], observer: Observer, life: Life | None, turn: Handling | None) -> None:
        self._coroutine = coroutine
        self._observer = observer
        self.life: Life | None = life
        self.turn: Handling | None = turn
        self.fault: BaseException | None = None
        self.__name__: str = getattr(coroutine, "__name__", "coroutine")
        self.__qualname__: str = getattr(coroutine, "__qualname__", "coroutine")

    def send(self, value: object, /) -> object:
        observer = self._observer
        before, turn_before = observer.acting, observer.turn
        observer.acting, observer.turn = self.life, self.turn
        try:
            if self.fault is not None:
                error, self.fault = self.fault, None
                return self._coroutine.throw(error)
            return self._coroutine.send(value)
        except StopIteration as end:
            if self.turn is not None:
                self.turn.result = end.value
            raise
        finally:
            observer.acting, observer.turn = before, turn_before

    def throw(self, kind: type[BaseException] | BaseException, value: object = None, traceback: TracebackType | None = None, /) -> object:
        observer = self._observer
        before, turn_before = observer.acting, observer.turn
        observer.acting, observer.turn = self.life, self.turn
        error = kind if isinstance(kind, BaseException) else value if isinstance(value, BaseException) else kind()
        try:
            return self._coroutine.throw(error if traceback is None else error.with_traceback(traceback))
        except StopIteration as end:
            if self.turn is not None:
                self.turn.result = end.value
            raise
        finally:
            observer.acting, observer.turn = before, turn_before

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> object:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  (a task calls `send`)
        return self._coroutine.__await__()

    @property
    def cr_frame(self) -> FrameType | None:
        """Where it waits, for messages about tasks."""
        frame: FrameType | None = getattr(self._coroutine, "cr_frame", None)
        return frame

    @property
    def cr_await(self) -> object:
        """What it waits for."""
        return getattr(self._coroutine, "cr_await", None)

    @property
    def cr_code(self) -> CodeType | None:
        """Its code, for messages about tasks."""
        code: CodeType | None = getattr(self._coroutine, "cr_code", None)
        return code

    @property
    def cr_running(self) -> bool:
        """Whether it runs."""
        return bool(getattr(self._coroutine, "cr_running", False))


class ObservedTask(asyncio.Task[T]):
    """A task of an actor: what the kernel does at its end is part of a turn of that actor."""

    observer: Observer | None = None
    driver: Driver[T] | None = None

    def add_done_callback(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  (as every task's; the stub means the subclass)
        self, fn: Callable[[asyncio.Task[T]], object], /, *, context: contextvars.Context | None = None
    ) -> None:
        """Tell the observer of the kernel's own callback, before and after."""
        observer = self.observer
        if observer is not None and self.driver is not None and context is observer.kernel.context:
            fn = partial(observer.task_ended, self.driver, fn)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (whatever its result is)
        super().add_done_callback(fn, context=context)


class ObservedWorld(SimulatedWorld):
    """A simulated world that tells an observer of every message that is put, taken, or taken back, and of every task."""

    observer: Observer

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices=choices)
        self.observed: list[ObservedQueue] = []
        self.tasks: list[ObservedTask[object]] = []

    def queue(self) -> Queue:
        """A choosing queue that tells."""
        made = ObservedQueue(self)
        self.observed.append(made)
        return made

    def lanes(self) -> dict[Cell, deque[Envelope]]:
        """What waits, by actor."""
        return self.observed[0].lanes()

    def task(self, coroutine: Coroutine[object, object, T], *, eager: bool = False) -> asyncio.Task[T]:
        """Run a coroutine of an actor."""
        observer = self.observer
        turn = observer.coroutines.pop(coroutine, None)
        life = observer.acting if turn is None else turn.life
        driver = Driver(coroutine, observer, life, turn)
        self.loop.count += 1
        name = f"task-{self.loop.count:06}"
        if eager and sys.version_info >= (3, 12):
            task: ObservedTask[T] = ObservedTask(driver, loop=self.loop, name=name, eager_start=True)
        else:
            task = ObservedTask(driver, loop=self.loop, name=name)
        task.observer, task.driver = observer, driver
        self.loop.adopt(task)
        if task.done():
            if turn is not None:
                observer.eager_end(turn, task)
        else:
            self.tasks.append(task)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (whatever its result is)
        return task


class ObservedQueue:
    """The world's choosing queue, with an observer."""

    __slots__ = ("_inner", "_world")

    def __init__(self, world: ObservedWorld) -> None:
        self._inner = ChoosingQueue(world.choices)
        self._world = world

    def __len__(self) -> int:
        return len(self._inner)

    def append(self, envelope: Envelope, /) -> None:
        """Put a message in."""
        self._inner.append(envelope)
        self._world.observer.put(envelope)

    def extend(self, envelopes: Iterable[Envelope], /) -> None:
        """Put messages in, in order."""
        for envelope in envelopes:
            self.append(envelope)

    def popleft(self) -> Envelope:
        """Take the next message."""
        envelope = self._inner.popleft()
        self._world.observer.take(envelope)
        return envelope

    def lanes(self) -> dict[Cell, deque[Envelope]]:
        """What waits, by actor."""
        return self._inner.lanes()

    def pop(self) -> Envelope:
        """Take the last message back."""
        envelope = self._inner.pop()
        self._world.observer.take_back(envelope)
        return envelope
