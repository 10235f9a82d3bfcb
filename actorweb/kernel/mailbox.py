"""Bounded mailboxes: what becomes of a message for which there is no room.

Only an actor whose behavior says so has a bound, and only a system that has such an actor looks for one. A message for it
is counted when it is sent, in a wrapping, and counted off when it is taken. Commands, signals and the actor's own timers
never count, nor does what a page sends in the input lane: the page keeps its own bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors import MailboxFull
from actorweb.kernel import rollback
from actorweb.kernel.ask import Asked
from actorweb.kernel.cell import run_of
from actorweb.kernel.delivery import Wrapped, unwrap
from actorweb.kernel.effect import Effect
from actorweb.kernel.life import Start
from actorweb.kernel.reports import Dropped
from actorweb.kernel.table import HOLDING, dispatch, handles, hold, system_handlers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.world import Envelope

Overflow: TypeAlias = Literal["raise", "drop_new", "drop_old"]
OVERFLOWS = ("raise", "drop_new", "drop_old")


class Mailbox:
    """The count of one actor. `excess` messages are to be dropped before the next one is handled: the oldest."""

    __slots__ = ("capacity", "excess", "overflow", "waiting")

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        self.capacity: int = capacity
        self.overflow: Overflow = overflow
        self.waiting: int = 0
        self.excess: int = 0


class Counted(Wrapped):
    """A message that has its place in a bounded mailbox."""

    __slots__ = ()

    def undo(self, cell: Cell) -> None:
        """Give the place back."""
        box = None if cell._run is None else cell._run.mailbox
        if box is None:
            return
        if box.excess:
            box.excess -= 1
        else:
            box.waiting -= 1


class Refused(Wrapped):
    """A message that found no place. It is dropped when its turn comes, so that a turn which raises has dropped nothing."""

    __slots__ = ()


def admit(envelope: Envelope) -> Envelope:
    """Give a message its place, if it is for a bounded actor. Raises `MailboxFull` where the policy says so."""
    cell, message = envelope
    box = None if cell._run is None else cell._run.mailbox
    kind = type(message)
    if box is None or kind is Start or kind is Effect or (kind is not Asked and kind in system_handlers):
        return envelope
    if box.waiting < box.capacity:
        box.waiting += 1
    elif box.overflow == "raise":
        raise MailboxFull(cell.self, message, box.capacity)
    elif box.overflow == "drop_new":
        return cell, Refused(message)
    else:
        box.excess += 1
    return cell, Counted(message)


def admit_all(envelopes: Iterable[Envelope]) -> list[Envelope]:
    """Give each message its place, or none of them. Those that have theirs keep it."""
    new: list[Envelope] = []
    admitted: list[Envelope] = []
    try:
        for envelope in envelopes:
            made = admit(envelope)
            admitted.append(made)
            if made is not envelope:
                new.append(made)
    except MailboxFull:
        rollback.undo(new)
        raise
    return admitted


@handles(Counted)
def take(counted: Counted, cell: Cell) -> object:
    """Handle a message of a bounded mailbox, or drop it if it is among the oldest that are too many."""
    box = run_of(cell).mailbox
    if box is not None and box.excess:
        box.excess -= 1
        _drop(counted.message, cell)
        return None
    if box is not None:
        box.waiting -= 1
    return dispatch(counted.message, cell)


@handles(Refused)
def refuse(refused: Refused, cell: Cell) -> None:
    """Drop a message that found no place."""
    _drop(refused.message, cell)


def _drop(message: object, cell: Cell) -> None:
    kernel = cell.self._kernel
    box = run_of(cell).mailbox
    inner = unwrap(message)
    if type(inner) is Asked:
        inner.finish(None, MailboxFull(cell.self, inner.request, 0 if box is None else box.capacity))
        inner = inner.request
    kernel.reports.publish(Dropped(cell.self, inner, "drop_new" if box is None else box.overflow))


def hold_counted(message: object, cell: Cell) -> None:
    """Keep a message of an actor that takes none at present; the oldest go while there are too many."""
    hold(message, cell)
    run = run_of(cell)
    box, inbox = run.mailbox, run.inbox
    while box is not None and inbox and box.excess:
        oldest = next((index for index, held in enumerate(inbox) if is_counted(held)), None)
        if oldest is None:
            return  # those that are too many are still on their way here
        box.excess -= 1
        _drop(inbox[oldest], cell)
        del inbox[oldest]


def is_counted(message: object) -> bool:
    """Tell whether a message has a place in its mailbox."""
    while isinstance(message, Wrapped) and type(message) is not Counted:
        message = message.message
    return type(message) is Counted


for _table in HOLDING:
    _table[Counted] = hold_counted
    _table[Refused] = refuse
