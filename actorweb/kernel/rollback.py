"""What becomes of a turn that raised: everything that it sent is taken back, and the run that it belonged to ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorCrashed
from actorweb.kernel import exits, life
from actorweb.kernel.ask import Answer, Asked, Completion
from actorweb.kernel.cell import run_of
from actorweb.kernel.delivery import Wrapped, unwrap
from actorweb.kernel.reports import Crashed
from actorweb.kernel.signals import Crash
from actorweb.kernel.table import Go
from actorweb.kernel.timers import Timer
from actorweb.kernel.watch import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.world import Envelope

FATAL = (KeyboardInterrupt, SystemExit, MemoryError)


def fail(kernel: Kernel, cell: Cell, message: object, error: BaseException, mark: int, asked: Asked | None = None) -> None:
    """Undo a turn that raised, and end the run that it belonged to."""
    cut(kernel, mark)
    kernel.asked = None
    inside = inner(cell, message)
    if isinstance(error, FATAL):
        if kernel.fatal is None:
            kernel.fatal = error
            kernel.on_fatal()
        return
    if isinstance(message, life.Start):
        life.start_failed(kernel, cell, message, error)
        return
    if type(inside) is Asked:
        asked = inside
        inside = inside.request
    if kernel.tracer is not None:
        kernel.trace_turn(cell, message, None, error)
    kernel.reports.publish(Crashed(cell.self, error, inside, cell.context))
    exits.end(kernel, cell, Crash(error))
    if asked is not None:
        failure = ActorCrashed(cell.self, asked.request, error)
        failure.__cause__ = error
        asked.finish(None, failure)


def cut(kernel: Kernel, mark: int) -> None:
    """Take back what a turn sent since the mark."""
    queue = kernel.queue
    while len(queue) > mark:
        undo([queue.pop()])


def undo(sends: Sequence[Envelope]) -> None:
    """Take back messages that never left, the last first: a child that was to start has never been."""
    for cell, message in reversed(sends):
        if type(message) is life.Start:
            life.unspawn(cell)
        elif isinstance(message, Wrapped):
            message.undo(cell)


def inner(cell: Cell, message: object) -> object:
    """Give the message behind the kernel's own wrapping; an `Asked` stays one."""
    message = unwrap(message)
    if type(message) is Go:
        return inner(cell, run_of(cell).handling)
    if type(message) is Timer:
        return message.message
    if type(message) is Notice:
        return message.signal
    if type(message) is Answer and message.completion is not None:
        message = message.completion
    if type(message) is Completion and message.made is not None:
        return message.made
    return message
