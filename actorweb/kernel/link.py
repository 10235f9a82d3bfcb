"""Links: two runs that end together (OTP: `erlang:link/1`).

An end reaches the other side behind everything that the ended actor sent. One that traps exits gets an `Exit` to handle;
any other ends for the same reason, unless that is `Normal()`. Unlike a process of Erlang it ends when the signal's turn
has come, not in the middle of a handler that waits.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actorweb.kernel import effect, exits
from actorweb.kernel.cell import run_of
from actorweb.kernel.signals import Exit, NoProc, Normal, Reason
from actorweb.kernel.table import handles, lookup

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell


class Link:
    """One link. Each side keeps it until it is taken back or the end of the other side has arrived."""

    __slots__ = ("cut", "over")

    def __init__(self) -> None:
        self.cut: bool = False
        self.over: bool = False


class LinkedEnd:
    """The end of a linked actor, on its way to one run of the other."""

    __slots__ = ("link", "run", "signal", "source")

    def __init__(self, run: int, signal: Exit, source: Cell, link: Link) -> None:
        self.run: int = run
        self.signal: Exit = signal
        self.source: Cell = source
        self.link: Link = link


def link(cell: Cell, target: Cell) -> None:
    """Link two runs. If the target has ended, its end, `NoProc()`, is sent at once. Idempotent; to itself it does nothing."""
    run = run_of(cell)
    there = run.links.get(target)
    if target is cell or (there is not None and not there.over):
        return
    made = run.links[target] = Link()
    other = run_of(target)
    if other.ended:
        made.over = True
        _tell(target, cell, NoProc(), made)
        return
    other.links[cell] = made
    effect.note(cell.self._kernel, partial(_cut, cell, target, made))


def unlink(cell: Cell, target: Cell) -> None:
    """Take a link back: no end travels along it any more, not even one that is on its way."""
    made = run_of(cell).links.get(target)
    if made is not None:
        _cut(cell, target, made)


def _cut(cell: Cell, target: Cell, made: Link) -> None:
    made.cut = True
    for one, other in ((cell, target), (target, cell)):
        links = run_of(one).links
        if links.get(other) is made:
            del links[other]


def tell_linked(cell: Cell, reason: Reason) -> None:
    """Send the end of a run to everyone linked to it, in the order of linking."""
    run = cell._run
    if run is None or not run.links:
        return
    links, run.links = run.links, {}
    for other, made in links.items():
        if not made.over:
            made.over = True
            _tell(cell, other, reason, made)


def _tell(cell: Cell, other: Cell, reason: Reason, made: Link) -> None:
    cell.self._kernel.post((other, LinkedEnd(run_of(other).number, Exit(cell.self, reason), cell, made)))


@handles(LinkedEnd)
def linked_end(message: LinkedEnd, cell: Cell) -> object:
    """Take the end of a linked actor: as a signal, or as one's own end."""
    run = run_of(cell)
    if message.link.cut or message.run != run.number:
        return None
    if run.links.get(message.source) is message.link:
        del run.links[message.source]
    if cell._behavior.traps_exits:
        return lookup(cell, Exit)(message.signal, cell)
    if cell._behavior.supervision is None and not isinstance(message.signal.reason, Normal):
        exits.end(cell.self._kernel, cell, message.signal.reason)
    return None
