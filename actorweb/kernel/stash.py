"""The stash: messages that an actor keeps for another mode (OTP: postponed events; Akka: stash).

It is bounded. Entering another mode, or another state of a machine, releases it: released messages are handled before waiting ones, in arrival order.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.errors import StashOverflow
from actorweb.kernel.ask import Answer, Completion
from actorweb.kernel.cell import run_of
from actorweb.kernel.delivery import unwrap
from actorweb.kernel.table import Go
from actorweb.kernel.timers import Timer
from actorweb.kernel.watch import Notice

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell, Run


def check_room(cell: Cell) -> None:
    """Raise `StashOverflow` if the stash is full."""
    most = cell._behavior.stash_size
    if cell._run is not None and len(cell._run.stash) >= most:
        raise StashOverflow(
            f"{cell.self} stashed more than {most} messages", f"at most {most}", "change the mode sooner, refuse messages, or give .with_stash(capacity=…)"
        )


def keep(cell: Cell, message: object) -> None:
    """Put the message of this turn aside."""
    run_of(cell).stash.append(_kept(cell, message))


def _kept(cell: Cell, message: object) -> object:
    """Say what is kept of a message: what will be handled, without the wrapping that its first turn has used up."""
    message = unwrap(message)
    if type(message) is Go:
        return _kept(cell, run_of(cell).handling)
    if type(message) is Timer:
        return message.message
    if type(message) is Answer and message.completion is not None:
        message = message.completion
    if type(message) is Completion:
        return message.made
    if type(message) is Notice:
        return Notice(message.run, message.signal, message.source, watched=False)
    return message


def release(run: Run) -> None:
    """Move the stash before what waits in the inbox. What waits is not copied: there may be much of it at each of many restarts."""
    if run.stash:
        if run.inbox is None:
            run.inbox = deque()
        run.inbox.extendleft(reversed(run.stash))
        run.stash = []
