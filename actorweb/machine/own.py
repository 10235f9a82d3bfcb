"""The messages that a machine's actor sends to itself, and to what it invoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from actorweb.kernel import exits
from actorweb.kernel.signals import Shutdown
from actorweb.kernel.table import handles
from actorweb.values.message import message

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell

OWN = "xstate.own"


@message(name=OWN)
class OwnEvent:
    """An event that a machine has sent: to itself, or after a delay to one of its children. No `.on` handler sees it."""

    event: Mapping[str, object]
    to: str | None = None


class Leave:
    """Tells a child to end, behind all that was sent to it before (XState: a stop goes through the mailbox)."""

    __slots__ = ()


LEAVE = Leave()
LEFT = Shutdown("its machine has stopped it")
"""The reason with which a child ends that its machine stops."""


@handles(Leave)
def leave(_: Leave, cell: Cell) -> None:
    """End."""
    exits.end(cell.self._kernel, cell, LEFT)
