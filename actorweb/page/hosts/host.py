"""A host in one Python process: an actor system and the bridge to one page. It knows no JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.scheduler import Kernel
from actorweb.kernel.world import AsyncioWorld
from actorweb.page.bridge import Bridge
from actorweb.page.manifest import digest
from actorweb.page.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.errors.state import StoreError
    from actorweb.page.element import Element
    from actorweb.state.store import Store


class Host:
    """Runs the elements of one page.

    `post` sends a text to the page; `wake` is a function that soon calls `drain`. `budget` is in seconds. Its durable
    elements are kept in `store`, by default in memory, as long as the host lives. `trouble` says why that is not what the
    page was promised: it is reported (`NotSaved`) of each actor, and said once on the page's console.
    """

    def __init__(
        self,
        elements: Sequence[Element],
        *,
        post: Callable[[str], None],
        wake: Callable[[], None],
        budget: float = 0.008,
        store: Store | None = None,
        trouble: StoreError | None = None,
    ) -> None:
        self.elements: tuple[Element, ...] = tuple(elements)
        self.digest: str = digest(elements)
        self.kernel: Kernel = Kernel.compose(AsyncioWorld(wake=lambda _: wake(), budget=budget))
        if store is None and any(element.stored is not None for element in elements):
            from actorweb.state.memory import MemoryStore  # noqa: PLC0415  (few pages keep their actors' state)

            store = MemoryStore()
        self.bridge: Bridge = Bridge(self.kernel, self.kernel.reports, elements, post, Storage(store, trouble))

    def receive(self, text: str) -> None:
        """Take a batch from the page and run what it causes, at once, as far as the budget goes."""
        self.bridge.receive(text)
        self.kernel.drain()

    def drain(self) -> None:
        """Go on where the last drain stopped."""
        self.kernel.drain()
