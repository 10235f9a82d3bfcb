"""A probe: an actor that only takes notes, for tests."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from actorweb.errors.testing import ProbeFailed
from actorweb.kernel import watch
from actorweb.kernel.builder import define_behavior
from actorweb.kernel.events import Feed
from actorweb.kernel.signals import Down, Exit

if TYPE_CHECKING:
    from actorweb.kernel.cell import ActorContext
    from actorweb.kernel.ref import ActorRef
    from actorweb.system import ActorSystem
    from actorweb.values.generics import Never

M = TypeVar("M")


class Probe:
    """Takes every message that is sent to `probe.ref`, and every `Down` and `Exit` of what it watches and is linked to, in order of arrival.

    >>> from actorweb import ActorSystem
    >>> from actorweb.testing import SimulatedWorld
    >>> world = SimulatedWorld(seed=1)
    >>> async def main() -> object:
    ...     async with ActorSystem(world=world) as system:
    ...         probe = Probe(system)
    ...         probe.ref.tell("hello")
    ...         return await probe.receive(str)
    >>> world.run(main())
    'hello'
    """

    def __init__(self, system: ActorSystem, *, name: str | None = None) -> None:
        self.messages: list[object] = []
        """All that has arrived so far."""
        self._feed: Feed[object] = Feed(system.kernel.world, deque())
        behavior = define_behavior("probe").on(Down, self._note).on(Exit, self._note).with_trap_exits().on_message(self._note).build()
        self.ref: ActorRef[object] = system.kernel.spawn(behavior, name=name)
        """The address to send to."""

    def _note(self, message: object, actor: ActorContext[None]) -> None:
        del actor
        self.messages.append(message)
        self._feed.put(message)

    def watch(self, ref: ActorRef[Never], /) -> None:
        """Get a `Down` when that actor's run ends."""
        watch.watch(self.ref._cell, ref._cell)  # noqa: SLF001  (a probe is an actor of the kernel's)

    async def receive(self, kind: type[M], *, within: float = 3.0) -> M:
        """Give the next message, which must be of this type and arrive within so many seconds. Raises `ProbeFailed`."""
        try:
            message = await asyncio.wait_for(anext(self._feed), within)
        except TimeoutError:
            raise ProbeFailed(f"{self.ref} got nothing within {within:g} s", f"a {kind.__name__}", f"so far it got {self.messages!r}") from None
        if not isinstance(message, kind):
            raise ProbeFailed(f"{self.ref} got {message!r}", f"a {kind.__name__}", f"in all it got {self.messages!r}")
        return message

    async def receive_nothing(self, *, within: float = 1.0) -> None:
        """Check that no message arrives within so many seconds. Raises `ProbeFailed`."""
        try:
            message = await asyncio.wait_for(anext(self._feed), within)
        except TimeoutError:
            return
        raise ProbeFailed(f"{self.ref} got {message!r}", f"nothing within {within:g} s", f"in all it got {self.messages!r}")
