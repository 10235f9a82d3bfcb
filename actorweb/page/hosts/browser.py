"""Python in a page: the only module that knows JavaScript.

Two proxies are made for the whole life of a page, `receive` and `drain`. Nothing but texts crosses after that.
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

    from actorweb.page.element import Element
    from actorweb.values.json import Json

hosts: list[Host] = []


def start(config: str, post: Callable[[str], None], wake: Callable[[], None], ready: Callable[[object, object], None]) -> None:
    """Import the components that the page names and run their elements. What fails is told to the page."""
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
    host = Host(elements, post=post, wake=wake)
    hosts.append(host)
    # What is loaded by now stays: to walk over it again with every collection would only make the page stutter.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    ready(create_proxy(host.receive), create_proxy(host.drain))


def attach(elements: Sequence[Element], base: str) -> None:
    """Run elements in the Python of this page, and load the shim for them (PyScript)."""
    here: Json = {"elements": [describe(element) for element in elements], "digest": digest(elements), "components": [], "errors": []}

    def connect(post: Callable[[str], None], wake: Callable[[], None], ready: Callable[[object, object], None]) -> None:
        host = Host(elements, post=post, wake=wake)
        hosts.append(host)
        ready(create_proxy(host.receive), create_proxy(host.drain))

    js.globalThis.actorwebAttached = js.Object.fromEntries([["manifest", dumps(here)], ["connect", create_proxy(connect)]])
    script = js.document.createElement("script")
    script.type = "module"
    script.src = f"{base.rstrip('/')}/actorweb.js"
    script.dataset.host = "attached"
    js.document.head.append(script)
