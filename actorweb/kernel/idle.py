"""The idle timeout: a message to an actor to which nothing else has happened for so long (OTP: `gen_server` time-outs; Akka: receive timeout).

It is armed at the start and again after each turn but its own. Whatever turn comes between its expiry and its own place in
the queue has broken the silence: then it does not fire. Commands do not count.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actorweb.kernel.cell import run_of
from actorweb.kernel.table import Stirring, handles, lookup
from actorweb.kernel.timers import Deadline
from actorweb.values.json import UNSET
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell


class IdleTimeout(Record):
    """What a behavior was built with: after so many seconds of silence, this message."""

    seconds: float
    message: object


class Silence:
    """The silence of one run. The clock has one entry for it, which moves on when it rings too early."""

    __slots__ = ("deadline", "due", "number")

    def __init__(self) -> None:
        self.number: int = 0
        self.due: float = 0.0
        self.deadline: Deadline | None = None


class Idle:
    """The message of a silence on its way to its actor."""

    __slots__ = ("number", "run")

    def __init__(self, run: int, number: int) -> None:
        self.run: int = run
        self.number: int = number


def stir(cell: Cell) -> None:
    """Begin a new silence: something has happened."""
    timeout = cell._behavior.idle
    if timeout is None:
        return
    run = run_of(cell)
    silence = run.silence
    if silence is None:
        silence = run.silence = Silence()
    kernel = cell.self._kernel
    silence.number += 1
    silence.due = kernel.world.now() + timeout.seconds
    if silence.deadline is None:
        silence.deadline = Deadline(silence.due, partial(_ring, cell, silence))
        kernel.clock.set(silence.deadline)


def still(cell: Cell) -> None:
    """End the silence of a run that ends."""
    run = cell._run
    if run is not None and run.silence is not None:
        silence, run.silence = run.silence, None
        if silence.deadline is not None:
            cell.self._kernel.clock.forget(silence.deadline)


def _ring(cell: Cell, silence: Silence) -> None:
    kernel = cell.self._kernel
    silence.deadline = None
    if kernel.world.now() < silence.due:
        silence.deadline = Deadline(silence.due, partial(_ring, cell, silence))
        kernel.clock.set(silence.deadline)
    else:
        kernel.post((cell, Idle(run_of(cell).number, silence.number)))


@handles(Idle)
def idle(message: Idle, cell: Cell) -> object:
    """Handle the message of a silence, unless it was broken meanwhile."""
    run, timeout = run_of(cell), cell._behavior.idle
    if timeout is None or run.silence is None or message.run != run.number or message.number != run.silence.number:
        return None
    if run.recorder is not None and run.recorder.recovers:
        from actorweb.kernel import passivation  # noqa: PLC0415  (its room opens with the first durable actor that is idle)

        passivation.after_silence(cell)
    if timeout.message is UNSET:
        return None
    handler = lookup(cell, type(timeout.message))
    return (handler.handler if isinstance(handler, Stirring) else handler)(timeout.message, cell)
