"""Turns whose state is stored before they are visible, as an observer sees them: they end when the store has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.keeping import Storing
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling


def begins(turn: Handling) -> bool:
    """Tell whether the handler of a turn has ended and what it left is on its way into a store."""
    run = turn.life.cell._run
    if run is None or run.turn is None or run.turn.task is not None or run.turn.message is None or turn.crashed or turn.dropped or turn.life.run != run.number:
        return False
    turn.waits = turn.stored = True
    return True


def ends(observer: Observer, storing: Storing, error: BaseException | None, take: Callable[[Storing, BaseException | None], None]) -> None:
    """See a turn go on whose state was stored, or could not be."""
    life = observer.see(storing.turn.cell)
    before, turn_before = observer.acting, observer.turn
    turn = life.turn if life.turn is not None and life.turn.stored else None
    run = life.cell._run
    if turn is not None:
        turn.dropped = run is None or run.turn is not storing.turn or life.run != turn.run
        turn.dropped = turn.dropped or (error is not None and run is not None and run.ending is not None)
        turn.crashed = error is not None and not turn.dropped
        turn.error = error
    observer.acting, observer.turn = life, turn
    try:
        take(storing, error)
    finally:
        observer.acting, observer.turn = before, turn_before
        if turn is not None:
            turn.waits = False
            observer.settle(turn)
        observer.look_at_run(life)
