"""The manifest of components as their files are now: described by a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from actorweb.errors import ComponentFailed, UnknownComponent
from actorweb.page.manifest import module_of
from actorweb.tools.wheels import sources
from actorweb.values.codec import loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actorweb.values.json import Json

PROGRAM = """
import os, sys
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # what a module prints is not the manifest
from actorweb.page.manifest import manifest
from actorweb.values.codec import dumps
out.write(dumps(manifest(sys.argv[1:])))
"""

Stamp = tuple[tuple[str, int], ...]
_known: dict[tuple[str, ...], tuple[Stamp, Mapping[str, Json]]] = {}


def described(components: Sequence[str]) -> Mapping[str, Json]:
    """Give the manifest of some components.

    A module that was edited is read anew, so that the manifest and the wheel that the page gets agree; one that ends
    Python at import, or never ends, does no harm to the server.
    """
    names = tuple(components)
    stamp = _stamp(names)
    known = _known.get(names)
    if known is None or known[0] != stamp:
        if len(_known) > 100:  # noqa: PLR2004  (whoever asks for ever new combinations must not fill the memory)
            _known.clear()
        known = _known[names] = stamp, _describe(names)
    return known[1]


def _stamp(components: Sequence[str]) -> Stamp:
    found: list[tuple[str, int]] = []
    for package in dict.fromkeys(["actorweb", *(module_of(name).partition(".")[0] for name in components)]):
        try:
            found += [(place, path.stat().st_mtime_ns) for path, place in sources(package)]
        except UnknownComponent:
            found.append((package, 0))
    return tuple(found)


def _describe(components: Sequence[str]) -> Mapping[str, Json]:
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter; the names are arguments, not code)
            [sys.executable, "-c", PROGRAM, *components],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=30,
            check=False,
        )
        text, why = done.stdout, done.stderr.strip() or f"it ended Python with status {done.returncode}"
    except subprocess.TimeoutExpired:
        text, why = "", "it had not been imported after 30 s"
    described = loads(text) if text else None
    if isinstance(described, dict):
        return described
    error = ComponentFailed(f"the components {', '.join(components)} could not be described:\n{why}", "modules that can be imported", "mend what is said above")
    return {"elements": [], "digest": "", "components": [], "errors": [{"component": " ".join(components), "code": error.code, "text": str(error)}]}
