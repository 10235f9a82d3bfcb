"""The writer of a file: one thread that carries out what loops ask for, many transactions of theirs in one of SQLite's."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVarTuple, Unpack

from actorweb.state.fence import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.state.ledger import Ledger, Outcome
    from actorweb.state.store import Kept, Write

Given = TypeVarTuple("Given")
MOST = 1000
"""So many batches, at most, share one transaction: the first of them must not wait for ever more."""
LOADS = 100
"""So many loads are told at once."""


class Batch:
    """Writes that were asked for together, and whom to tell."""

    __slots__ = ("done", "loop", "writes")

    def __init__(self, writes: Sequence[Write], done: Callable[[Outcome], None], loop: asyncio.AbstractEventLoop) -> None:
        self.writes: Sequence[Write] = writes
        self.done: Callable[[Outcome], None] = done
        self.loop: asyncio.AbstractEventLoop = loop


class Load:
    """A key that was asked for, and whom to tell."""

    __slots__ = ("done", "key", "loop")

    def __init__(self, key: str, done: Callable[[Kept | None, BaseException | None], None], loop: asyncio.AbstractEventLoop) -> None:
        self.key: str = key
        self.done: Callable[[Kept | None, BaseException | None], None] = done
        self.loop: asyncio.AbstractEventLoop = loop


class Writer:
    """Owns the ledger and its thread. Work is done in the order asked for; whoever asked is called in the thread of its loop.

    While one transaction waits for the disk, others gather, and the next one takes them all: the busier, the cheaper.
    """

    def __init__(self, ledger: Ledger, name: str, timeout: float) -> None:
        self._ledger = ledger
        self._name = name
        self._timeout = timeout
        self._queue: queue.SimpleQueue[Batch | Load | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._ended = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._due = 0
        self._calls: dict[asyncio.AbstractEventLoop, list[Callable[[], None]]] = {}
        # A thread that is no daemon would keep a program that forgot to close from ending.
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"actorweb: {name}")
        self._thread.start()
        atexit.register(self._finish)

    def commit(self, writes: Sequence[Write], done: Callable[[Outcome], None], loop: asyncio.AbstractEventLoop) -> None:
        """Ask for a transaction. After the end it fails, later, in the thread of its loop."""
        if not self._ask(Batch(writes, done, loop)):
            loop.call_soon(done, tuple(closed(self._name) for _ in writes))

    def load(self, key: str, done: Callable[[Kept | None, BaseException | None], None], loop: asyncio.AbstractEventLoop) -> None:
        """Ask for the newest record of a key. After the end it fails, as above."""
        if not self._ask(Load(key, done, loop)):
            loop.call_soon(done, None, closed(self._name))

    def _ask(self, work: Batch | Load) -> bool:
        with self._lock:
            if self._open:
                self._queue.put(work)
            return self._open

    def end(self) -> None:
        """Take nothing more. What was asked for is still done."""
        with self._lock:
            if self._open:
                self._open = False
                self._queue.put(None)

    async def ended(self) -> None:
        """Wait until all is done and the file is let go."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._lock:
            if self._ended:
                return
            self._waiting.append((loop, future))
        await future

    def _finish(self) -> None:
        """At the end of the interpreter: what was asked for is done, if the file is not locked; nobody is left to be told."""
        self.end()
        self._thread.join(self._timeout + 5.0)

    def _work(self) -> None:
        try:
            work = self._queue.get()
            while work is not None:
                work = self._carry_out(work)
            self._tell()
        finally:
            try:
                self._ledger.close()
            finally:
                self._over()

    def _over(self) -> None:
        atexit.unregister(self._finish)
        with self._lock:
            self._ended = True
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            _call(loop, _resolve, future)

    def _carry_out(self, work: Batch | Load) -> Batch | Load | None:
        """Do one piece of work, or several batches in a row at once; give the next piece, which may have to be waited for."""
        if isinstance(work, Load):
            self._load(work)
            return self._next()
        batches = [work]
        following: Batch | Load | None = None
        waits = True
        while waits and len(batches) < MOST:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if isinstance(following, Batch):
                batches.append(following)
            else:
                waits = False
        self._commit(batches)
        return self._next() if waits else following

    def _next(self) -> Batch | Load | None:
        self._due += 1
        if self._due == LOADS or self._queue.empty():
            self._tell()
        return self._queue.get()

    def _commit(self, batches: list[Batch]) -> None:
        outcomes = self._ledger.commit([batch.writes for batch in batches])
        for batch, outcome in zip(batches, outcomes, strict=True):
            self._calls.setdefault(batch.loop, []).append(partial(batch.done, outcome))
        self._tell()

    def _load(self, work: Load) -> None:
        kept: Kept | None = None
        error: BaseException | None = None
        try:
            kept = self._ledger.load(work.key)
        except Exception as failure:  # noqa: BLE001  (it belongs to whoever asked)
            error = failure
        self._calls.setdefault(work.loop, []).append(partial(work.done, kept, error))

    def _tell(self) -> None:
        """Wake each loop once, however many of its calls are due."""
        self._due = 0
        if self._calls:
            calls, self._calls = self._calls, {}
            for loop, due in calls.items():
                _call(loop, _call_each, loop, due)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[Unpack[Given]], object], *given: *Given) -> None:
    """Call a function in the thread of a loop. A loop that has been closed has nobody left to tell."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *given)


def _call_each(loop: asyncio.AbstractEventLoop, due: list[Callable[[], None]]) -> None:
    for call in due:
        try:
            call()
        except Exception as error:  # noqa: BLE001  (reported as that of any other callback; the others are called all the same)
            loop.call_exception_handler({"message": "what a store told raised", "exception": error})


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
