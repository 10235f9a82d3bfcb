"""Effects of a turn that show at once and are taken back if the turn raises.

What a turn sends is the tail of the queue, and goes with it. A link, or a place in a group, is there as soon as the call
returns; so that a failed turn leaves nothing of it, an `Effect` in the queue remembers how to undo it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.ask import Answer, take_answer
from actorweb.kernel.builder import define_behavior
from actorweb.kernel.cell import ActorContext
from actorweb.kernel.delivery import Wrapped
from actorweb.kernel.ref import ActorRef
from actorweb.kernel.table import Other

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel


class Effect(Wrapped):
    """Something done: `undo` takes it back, `done` is called once it stays."""

    __slots__ = ("_undo", "done")

    def __init__(self, undo: Callable[[], None], done: Callable[[], None] | None) -> None:
        super().__init__(None)
        self._undo = undo
        self.done: Callable[[], None] | None = done

    def undo(self, cell: Cell) -> None:
        del cell
        self._undo()


def note(kernel: Kernel, undo: Callable[[], None], done: Callable[[], None] | None = None) -> None:
    """Remember how to take something back, until the turn that did it has committed."""
    kernel.out((clerk_of(kernel), Effect(undo, done)))


def clerk_of(kernel: Kernel) -> Cell:
    """Give the actor to which what is nobody's is addressed."""
    if kernel.clerk is None:
        kernel.clerk = _make_clerk(kernel)
    return kernel.clerk


def _stays(effect: object, _: Cell) -> None:
    if isinstance(effect, Effect) and effect.done is not None:
        effect.done()


CLERK = Other(_stays)
CLERK[Answer] = take_answer  # to an ask that nobody remembers: it is late


def _make_clerk(kernel: Kernel) -> Cell:
    """Make the addressee of effects, since an envelope needs one: an actor that nobody started."""
    clerk: Cell = ActorContext()
    clerk.self = ActorRef(kernel, clerk)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    clerk.context = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (as above)
    clerk._behavior = define_behavior("clerk").build()
    clerk._table = CLERK
    clerk._kin = None
    clerk._run = None
    clerk._version = 0
    return clerk
