"""Traces: one JSON line a turn, the same bytes on every host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import EncodeError
from actorweb.values.codec import dumps, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.values.json import Json


class TraceLines:
    """A tracer that writes what each turn was: actor, message, and the context, mode and version after it.

    Give it to `system.kernel.trace`. What has no JSON form is shown as Python shows it. A turn that raised has `error`.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._turn = 0

    def __call__(self, cell: Cell, message: object, result: object, error: BaseException | None) -> None:
        del result  # what it changed is in the context
        self._turn += 1
        snapshot = cell.snapshot
        line: dict[str, Json] = {
            "turn": self._turn,
            "actor": cell.self.path,
            "message": _shown(message),
            "context": _shown(snapshot.context),
            "mode": snapshot.mode,
            "version": snapshot.version,
        }
        if error is not None:
            line["error"] = f"{type(error).__name__}: {error}"
        self._write(dumps(line))


def _shown(value: object) -> Json:
    try:
        return to_json(value)
    except EncodeError:
        return repr(value)
