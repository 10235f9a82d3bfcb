"""Watching an actor from outside the actors: a page that shows its state, a test that reads what it emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from actorweb.kernel import life
from actorweb.kernel.cell import run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never
    from actorweb.values.snapshot import Snapshot

C = TypeVar("C")


def observe(kernel: Kernel, ref: ActorRef[Never, C], function: Callable[[Snapshot[C]], None]) -> Callable[[], None]:
    """Call a function with the snapshot at the end of each drain that changed it, and once at the end of the next."""
    cell = ref._cell
    if cell in kernel.passive:
        from actorweb.kernel import passivation  # noqa: PLC0415  (it has put the actor aside)

        passivation.wake(kernel, cell)
    observers = run_of(cell).observers
    observers.append(function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (C is this cell's context type)
    kernel.changed[cell] = None
    kernel.nudge()

    def cancel() -> None:
        if function in observers:
            observers.remove(function)  # pyright: ignore[reportArgumentType]  (as above)

    return cancel


def listen(ref: ActorRef[Never], function: Callable[[object], None], *, closed: Callable[[], None]) -> Callable[[], None]:
    """Call a function with each message that the actor emits, at commit. `closed` is called when the actor has ended."""
    run = run_of(ref._cell)
    entry = (function, closed)
    if run.ended:
        closed()
    else:
        run.listeners.append(entry)

    def cancel() -> None:
        if entry in run.listeners:
            run.listeners.remove(entry)

    return cancel


def tell(kernel: Kernel) -> None:
    """Give each observer of what has changed since the last drain its snapshot."""
    changed, kernel.changed = kernel.changed, {}
    for cell in changed:
        run = cell._run
        if run is not None and not run.ended and not life.is_starting(cell):
            snapshot = cell.snapshot
            for function in tuple(run.observers):
                function(snapshot)
