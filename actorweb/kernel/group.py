"""Groups and topics: many actors under one key (OTP: `pg`).

A place in one belongs to the spawn: it is kept over restarts and ends with the actor. (In OTP it ends with the process,
and joining twice means leaving twice; here joining twice is joining once.) What a turn that raises did to a group or a
topic has never been.
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from actorweb.kernel import effect
from actorweb.kernel.cell import kin_of
from actorweb.kernel.events import Feed
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never

E = TypeVar("E")


class Joined(Record):
    """An actor has come into a group."""

    key: Hashable
    ref: ActorRef[Never]


class Left(Record):
    """An actor has left a group, or ended."""

    key: Hashable
    ref: ActorRef[Never]


class Places:
    """Who has a place under a key, in the order of coming."""

    __slots__ = ("__weakref__", "_cells", "_kernel", "key")

    def __init__(self, kernel: Kernel, key: Hashable) -> None:
        self._kernel = kernel
        self._cells: dict[Cell, None] = {}
        self.key: Hashable = key

    def _come(self, ref: ActorRef[Never]) -> None:
        cell = ref._cell
        if cell in self._cells or (cell._run is not None and cell._run.ended):
            return
        self._add(cell)
        effect.note(self._kernel, partial(self._remove, cell), partial(self._changed, Joined(self.key, ref)))

    def _go(self, ref: ActorRef[Never]) -> None:
        cell = ref._cell
        if cell not in self._cells:
            return
        before = dict(self._cells)
        self._remove(cell)
        effect.note(self._kernel, partial(self._put_back, cell, before), partial(self._changed, Left(self.key, ref)))

    def _add(self, cell: Cell) -> None:
        self._cells[cell] = None
        kin = kin_of(cell)
        kin.places = (*kin.places, self)

    def _remove(self, cell: Cell) -> None:
        self._cells.pop(cell, None)
        kin = kin_of(cell)
        kin.places = tuple(place for place in kin.places if place is not self)

    def _put_back(self, cell: Cell, before: dict[Cell, None]) -> None:
        """Undo a leave: the actor has its old place in the order, unless it ended or came again meanwhile."""
        if cell in self._cells or (cell._run is not None and cell._run.ended):
            return
        self._add(cell)
        now = self._cells
        self._cells = {each: None for each in before if each in now} | now

    def ended(self, cell: Cell) -> None:
        """Take an actor that has ended out. That is told behind what was told before."""
        self._remove(cell)
        effect.note(self._kernel, lambda: None, partial(self._changed, Left(self.key, cell.self)))

    def _changed(self, event: Joined | Left) -> None:
        """Tell whoever wants to know."""

    @property
    def members(self) -> tuple[ActorRef[object], ...]:
        """The refs that are here, in joining order."""
        return tuple(cell.self for cell in self._cells)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key!r} of {len(self._cells)}>"


class Group(Places):
    """Many refs under one key: `system.group(key)`. There is one for each key.

    >>> import asyncio
    >>> from actorweb import ActorSystem, define_behavior
    >>> worker = define_behavior("worker").build()
    >>> async def main() -> int:
    ...     async with ActorSystem() as system:
    ...         system.group("workers").join(await system.spawn(worker))
    ...         return len(system.group("workers").members)
    >>> asyncio.run(main())
    1
    """

    __slots__ = ("_feeds",)

    def __init__(self, kernel: Kernel, key: Hashable) -> None:
        super().__init__(kernel, key)
        self._feeds: list[_Changes[object]] = []

    def join(self, ref: ActorRef[Never], /) -> None:
        """Take an actor in. One that has ended, or that is here, changes nothing."""
        self._come(ref)

    def leave(self, ref: ActorRef[Never], /) -> None:
        """Let an actor go. One that is not here changes nothing."""
        self._go(ref)

    def events(self, kind: type[E], /) -> AbstractAsyncContextManager[AsyncIterator[E]]:
        """Subscribe to `Joined` or `Left` (or `object` for both), from entering the context to leaving it."""
        return _Changes(self, kind)

    def _changed(self, event: Joined | Left) -> None:
        for feed in tuple(self._feeds):
            feed.take(event)


class Topic(Places):
    """Publish and subscribe: `system.topic(key)`. FIFO for each publisher; a subscriber gets each message once.

    >>> import asyncio
    >>> from actorweb import ActorSystem, define_behavior
    >>> heard: list[object] = []
    >>> listener = define_behavior("listener").on_message(lambda news, actor: heard.append(news)).build()
    >>> async def main() -> None:
    ...     async with ActorSystem() as system:
    ...         system.topic("news").subscribe(await system.spawn(listener))
    ...         system.topic("news").publish("it rains")
    ...         await asyncio.sleep(0.01)
    >>> asyncio.run(main())
    >>> heard
    ['it rains']
    """

    __slots__ = ()

    def subscribe(self, ref: ActorRef[Never], /) -> None:
        """Send this actor what is published from now on. Subscribing twice is subscribing once."""
        self._come(ref)

    def unsubscribe(self, ref: ActorRef[Never], /) -> None:
        """Send this actor no more."""
        self._go(ref)

    def publish(self, message: object, /) -> None:
        """Send a message to every subscriber, in the order of subscribing. Inside a turn it leaves when the turn commits."""
        for cell in tuple(self._cells):
            self._kernel.out((cell, message))


class _Changes(Feed[E]):
    __slots__ = ("_group", "_kind")

    def __init__(self, group: Group, kind: type[E]) -> None:
        super().__init__(group._kernel.world, deque())
        self._group = group
        self._kind = kind

    async def __aenter__(self) -> AsyncIterator[E]:
        self._group._feeds.append(self)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (it takes only what is an E)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._group._feeds.remove(self)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (as above)
        self.close()

    def take(self, event: object) -> None:
        """Take an event of the kind that is wanted."""
        if isinstance(event, self._kind):
            self.put(event)
