"""A host in one Python process: an actor system and the bridge to one page. It knows no JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.scheduler import Kernel
from actorweb.kernel.world import AsyncioWorld
from actorweb.page.bridge import Bridge
from actorweb.page.manifest import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.page.element import Element


class Host:
    """Runs the elements of one page.

    `post` sends a text to the page; `wake` is a function that soon calls `drain`. `budget` is in seconds.
    """

    def __init__(
        self,
        elements: Sequence[Element],
        *,
        post: Callable[[str], None],
        wake: Callable[[], None],
        budget: float = 0.008,
    ) -> None:
        self.elements: tuple[Element, ...] = tuple(elements)
        self.digest: str = digest(elements)
        self.kernel: Kernel = Kernel.compose(AsyncioWorld(wake=lambda _: wake(), budget=budget))
        self.bridge: Bridge = Bridge(self.kernel, self.kernel.reports, elements, post)

    def receive(self, text: str) -> None:
        """Take a batch from the page and run what it causes, at once, as far as the budget goes."""
        self.bridge.receive(text)
        self.kernel.drain()

    def drain(self) -> None:
        """Go on where the last drain stopped."""
        self.kernel.drain()
