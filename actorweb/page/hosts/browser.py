"""Python in a page: the only module that knows JavaScript.

Two proxies are made for the whole life of a page, `receive` and `drain`, and a third one for what its database answers.
Nothing but texts crosses after that.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import js  # pyright: ignore[reportMissingImports]  (there is one only in a page)
from pyodide.ffi import create_proxy  # pyright: ignore[reportMissingImports]  (as above)

from actorweb.errors import ActorError, ManifestMismatch
from actorweb.page.hosts.host import Host
from actorweb.page.manifest import describe, digest, load
from actorweb.values.codec import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.errors.state import StoreError
    from actorweb.page.element import Element
    from actorweb.state.indexeddb import Port
    from actorweb.state.store import Store
    from actorweb.values.json import Json

hosts: list[Host] = []


def start(config: str, post: Callable[[str], None], wake: Callable[[], None], ready: Callable[[object, object], None], database: Port | None = None) -> None:
    """Import the components that the page names and run their elements. What fails is told to the page.

    `database` is where durable elements are kept, where the page has one; the config's `trouble` says why it cannot be.
    """
    wanted = loads(config)
    if not isinstance(wanted, dict):
        return
    elements: list[Element] = []
    try:
        components = wanted.get("components")
        for component in components if isinstance(components, list) else []:
            elements += load(str(component))
        here = digest(elements)
        if here != wanted.get("digest"):
            raise ManifestMismatch(
                f"the page's manifest is {wanted.get('digest')!r}, its Python modules make {here!r}",
                "one and the same version of both",
                "reload the page; if it stays, serve the manifest and the modules from one place",
            )
    except ActorError as error:
        post(dumps({"failed": {"code": error.code, "text": str(error)}}))
        return
    store, trouble = store_in(database, wanted.get("trouble"))
    host = Host(elements, post=post, wake=wake, store=store, trouble=trouble)
    hosts.append(host)
    # What is loaded by now stays: to walk over it again with every collection would only make the page stutter.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    ready(create_proxy(host.receive), create_proxy(host.drain))


def store_in(database: Port | None, trouble: Json = None) -> tuple[Store | None, StoreError | None]:
    """Give the store in a database of the browser; and what is in the way, in which case there is none."""
    if trouble is not None:
        from actorweb.errors.state import NotLasting  # noqa: PLC0415  (few pages keep their actors' state)

        words = ": ".join(map(str, trouble)) if isinstance(trouble, list) else str(trouble)
        return None, NotLasting(
            f"the browser's database cannot be used, so this page keeps its state in memory ({words})",
            "an IndexedDB that opens",
            "use a window that is not private, and allow data for this site; until then a reload begins anew",
        )
    if database is None:
        return None, None
    from actorweb.state.indexeddb import IndexedDbStore  # noqa: PLC0415  (as above)

    store = IndexedDbStore(database)
    database.listen(create_proxy(store.receive))
    return store, None


def attach(elements: Sequence[Element], base: str, store: Store | None = None) -> None:
    """Run elements in the Python of this page, and load the shim for them (PyScript). Without a store, the page's database keeps them."""
    here: Json = {"elements": [describe(element) for element in elements], "digest": digest(elements), "components": [], "errors": []}

    def connect(
        post: Callable[[str], None], wake: Callable[[], None], ready: Callable[[object, object], None], database: Port | None = None, trouble: str = "null"
    ) -> None:
        own, why = (store, None) if store is not None else store_in(database, loads(trouble))
        host = Host(elements, post=post, wake=wake, store=own, trouble=why)
        hosts.append(host)
        ready(create_proxy(host.receive), create_proxy(host.drain))

    js.globalThis.actorwebAttached = js.Object.fromEntries([["manifest", dumps(here)], ["connect", create_proxy(connect)]])
    script = js.document.createElement("script")
    script.type = "module"
    script.src = f"{base.rstrip('/')}/actorweb.js"
    script.dataset.host = "attached"
    js.document.head.append(script)
