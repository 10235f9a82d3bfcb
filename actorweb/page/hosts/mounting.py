"""Elements in a PyScript tag."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from actorweb.errors import Misuse
from actorweb.page.element import Element, defined

if TYPE_CHECKING:
    from actorweb.state.store import Store


def mount(*elements: Element, base: str = "/actorweb/", store: Store | None = None) -> None:
    """Define elements in the page whose Python this is, for `<script type="py">`. Without arguments: all that were built.

    `base` is the address of the folder that holds `actorweb.js`. Durable elements are kept in `store`, by default in the
    page's IndexedDB. Raises `Misuse` outside a browser.
    """
    platform: str = sys.platform  # a plain text: checkers decide about sys.platform itself
    if platform != "emscripten":
        raise Misuse("mount() was called outside a browser", "Python in a page (Pyodide or PyScript)", "serve the element with `actorweb dev` instead")
    from actorweb.page.hosts.browser import attach  # noqa: PLC0415  (knows JavaScript: not importable elsewhere)

    attach(elements or tuple(defined), base, store)
