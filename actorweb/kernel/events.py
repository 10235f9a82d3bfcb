"""Events that an actor emits, read as an async iterator."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.world import World

E = TypeVar("E")


class Feed(Generic[E]):
    """What was put and not yet read, in order. One reader at a time."""

    __slots__ = ("_closed", "_items", "_waiter", "_world")

    def __init__(self, world: World, items: deque[E]) -> None:
        self._world = world
        self._items = items
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def put(self, item: E) -> None:
        """Add an item and wake the reader."""
        self._items.append(item)
        self._wake()

    def close(self) -> None:
        """End the iteration after what was put before."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def __aiter__(self) -> AsyncIterator[E]:
        return self

    async def __anext__(self) -> E:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._waiter = self._world.future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._items.popleft()


class Subscription(Feed[E]):
    """`async with ref.events(Changed) as changes`: what the actor emits of one type, over its restarts, until its end."""

    __slots__ = ("_cancel", "_cell", "_kernel", "_kind")

    def __init__(self, kernel: Kernel, cell: Cell, kind: type[E]) -> None:
        super().__init__(kernel.world, deque())
        self._kernel = kernel
        self._cell = cell
        self._kind = kind
        self._cancel: Callable[[], None] = lambda: None

    async def __aenter__(self) -> AsyncIterator[E]:
        self._cancel = self._kernel.listen(self._cell.self, self._take, closed=self.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cancel()
        self.close()

    def _take(self, event: object) -> None:
        if isinstance(event, self._kind):
            self.put(event)
