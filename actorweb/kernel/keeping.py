"""Turns of actors whose state is kept over time.

A turn of such an actor goes past its recorder. Where the recorder journals, the state that the turn leaves is stored
before anything of the turn is visible: the actor is busy until then, and a turn that could not be stored has crashed.
Where it only takes notes (a history, snapshots soon after), the turn is committed first. See DESIGN section 5.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actorweb.errors import ActorStopped
from actorweb.kernel import commit, exits, life, rollback, schedule, turn
from actorweb.kernel.ask import Asked
from actorweb.kernel.cell import run_of
from actorweb.kernel.checked import check, check_context
from actorweb.kernel.delivery import Delivery, unwrap
from actorweb.kernel.plan import After, Cancel, Every, MessagePlan
from actorweb.kernel.recorder import SetTimer, State
from actorweb.kernel.signals import Killed
from actorweb.kernel.table import BUSY, QUEUEING, Go, release
from actorweb.kernel.timers import Timer
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.kernel.cell import Cell, Run
    from actorweb.kernel.checked import Checked
    from actorweb.kernel.recorder import Recorder
    from actorweb.kernel.scheduler import Kernel


class Storing:
    """A change of an actor's state on its way through the recorder: `carry` makes it visible, `finish` hears how it ended.

    Where it takes time the actor is busy with a turn of its own, so that an end waits for it as for a handler.
    """

    __slots__ = ("carry", "error", "finish", "stored", "turn", "waits")

    def __init__(self, waiting: turn.Turn, carry: Callable[[], None], finish: Callable[[turn.Turn, BaseException | None], None]) -> None:
        self.turn: turn.Turn = waiting
        self.carry: Callable[[], None] = carry
        self.finish: Callable[[turn.Turn, BaseException | None], None] = finish
        self.waits: bool = False
        self.stored: bool = False
        self.error: BaseException | None = None

    def begin(self, recorder: Recorder, state: State, message: object) -> bool:
        """Have the state recorded. True if that was done at once; then the caller goes on. Raises what went wrong at once."""
        recorder.record(state, message, self.take)
        if not self.stored:
            self.wait()
            return False
        if self.error is not None:
            raise self.error
        return True

    def wait(self) -> None:
        """Keep the actor busy."""
        self.waits = True
        self.turn.wait()
        cell = self.turn.cell
        run_of(cell).turn = self.turn
        cell._table = BUSY

    def take(self, error: BaseException | None) -> None:
        """Hear that it is stored, or what went wrong."""
        self.stored = True
        self.error = error
        if not self.waits or self.turn.ended:
            return  # it was done at once, or the actor had to end without it
        waited = self.turn
        kernel, run = waited.kernel, run_of(waited.cell)
        waited.ended = True
        run.turn = None
        tracing = kernel.tracer
        if tracing is not None:
            tracing.resume(waited)
        if error is None:
            kernel.post_all(waited.sends)
            self.carry()
        else:
            rollback.undo(waited.sends)
        self.finish(waited, error)
        if tracing is not None:
            tracing.resume(None)
        if kernel.changed:
            kernel.nudge()


def settle(kernel: Kernel, cell: Cell, result: object, message: object, mark: int, asked: Asked | None) -> object:
    """Commit what a handler of a kept actor returned. Gives the result, or `PENDING` while it is being stored."""
    recorder = run_of(cell).recorder
    assert recorder is not None  # noqa: S101  (the behavior of an actor without one is not `kept`)
    if recorder.journals:
        if _journal(kernel, cell, result, message, mark, asked, recorder) is turn.PENDING:
            return turn.PENDING
    else:
        _commit(kernel, cell, result, message, asked, recorder)
    if cell._table is QUEUEING and type(unwrap(message)) is Go:
        release(cell)
    return result


def _commit(kernel: Kernel, cell: Cell, result: object, message: object, asked: Asked | None, recorder: Recorder) -> None:
    """Commit a turn, and have what it left noted if it outlives the run."""
    version, lasts = cell._version, False
    if type(result) is MessagePlan:
        given: dict[str, object] = result  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
        commit.commit(kernel, cell, given, message, asked)
        lasts = "schedule" in given or "become" in given or "transition" in given
    elif result is not None:
        if type(result) is not cell._behavior.context_class:
            check_context(cell, result)
        commit.change_context(kernel, cell, result)
    if lasts or cell._version != version or (recorder.recovers and _fired(cell, message)):
        recorder.changed(_handled(cell, message))


def _journal(kernel: Kernel, cell: Cell, result: object, message: object, mark: int, asked: Asked | None, recorder: Recorder) -> object:
    """Have the state that a turn leaves stored, if it outlives the run, and commit the turn then."""
    given: dict[str, object] = {} if result is None else {"context": result}
    if type(result) is MessagePlan:
        given = result  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
    elif result is not None:
        check_context(cell, result)
    checked = check(kernel, cell, given)
    state = state_after(kernel, cell, checked, fired=_fired(cell, message), starting=life.is_start(message))
    carry = partial(commit.carry_out, kernel, cell, checked, message, asked)
    if state is None:
        carry()
        return result
    handled = _handled(cell, message)

    def change() -> None:
        carry()
        recorder.changed(handled)

    waiting = turn.Turn(kernel, cell, message, asked, mark)
    try:
        stored = Storing(waiting, change, partial(_turn_stored, checked, result)).begin(recorder, state, handled)
    except BaseException:
        checked.undo()
        raise
    if not stored:
        checked.hold(kernel)
        return turn.PENDING
    change()
    return result


def _turn_stored(checked: Checked, result: object, ended: turn.Turn, error: BaseException | None) -> None:
    """Go on after a turn that has waited for its recorder."""
    kernel, cell, asked = ended.kernel, ended.cell, ended.asked
    run = run_of(cell)
    if error is None:
        checked.let_go(kernel)
    else:
        checked.undo()
    if run.ending is not None:
        if asked is not None and not asked.done:
            asked.deferred = True
            run.deferred[asked] = None
        kernel.command(cell, exits.proceed)
    elif error is not None:
        rollback.fail(kernel, cell, ended.message, error, len(kernel.queue), asked)
    elif isinstance(ended.message, life.Start):
        life.started(kernel, cell, ended.message)
    else:
        turn.finish(ended, result)
    if type(ended.message) is Delivery:
        ended.message.handled()


def install(kernel: Kernel, cell: Cell, state: State, carry: Callable[[], None], finish: Callable[[BaseException | None], None]) -> None:
    """Change the state of an actor at rest by order: record it where that comes first, carry it out, and tell how it went."""
    recorder = run_of(cell).recorder

    def done(_: turn.Turn, error: BaseException | None) -> None:
        finish(error)
        if run_of(cell).ending is not None:
            kernel.command(cell, exits.proceed)
        else:
            release(cell)

    def change() -> None:
        carry()
        if recorder is not None:
            recorder.changed(None)

    if recorder is not None and recorder.journals:
        waiting = turn.Turn(kernel, cell, None, None, len(kernel.queue))
        waiting.lost = lambda: finish(ActorStopped(cell.self, Killed()))
        storing = Storing(waiting, change, done)
        if not storing.begin(recorder, state, None):
            return
    change()
    if kernel.changed:
        kernel.nudge()
    finish(None)


def recover(kernel: Kernel, cell: Cell, recorder: Recorder, start: life.Start) -> None:
    """Begin a run with the state that was kept, if there is one."""
    waiting = turn.Turn(kernel, cell, start, None, len(kernel.queue))
    found: list[State | None] = []

    def go_on() -> None:
        life.enter(kernel, cell, start, found[0])

    def finish(_: turn.Turn, error: BaseException | None) -> None:
        if run_of(cell).ending is not None:
            kernel.command(cell, exits.proceed)
            return
        mark = len(kernel.queue)
        if error is not None:
            rollback.fail(kernel, cell, start, error, mark)
            return
        try:
            go_on()
        except Exception as failure:  # noqa: BLE001  (whatever the start raises is its failure)
            rollback.fail(kernel, cell, start, failure, mark)

    storing = Storing(waiting, lambda: None, finish)

    def take(state: State | None, error: BaseException | None) -> None:
        found.append(state)
        storing.take(error)

    recorder.recover(take)
    if not storing.stored:
        storing.wait()
        return
    if storing.error is not None:
        raise storing.error
    go_on()


def _handled(cell: Cell, message: object) -> object:
    """Give what an author would call the message of a turn; None for a start."""
    if isinstance(message, life.Start):
        return None
    inside = rollback.inner(cell, message)
    return inside.request if type(inside) is Asked else inside


def _fired(cell: Cell, message: object) -> bool:
    """Tell whether this turn was that of a timer which is over with it."""
    message = unwrap(message)
    if type(message) is Go:
        message = unwrap(run_of(cell).handling)
    return type(message) is Timer and message.interval is None


def state_after(kernel: Kernel, cell: Cell, checked: Checked, *, fired: bool = False, starting: bool = False) -> State | None:
    """Give the state that a plan leaves, or None if nothing of it outlives the run. Timers that a start sets do not: each start sets them."""
    run = run_of(cell)
    context = cell.context if checked.context is UNSET else checked.context
    modes = run.modes if checked.modes is None else checked.modes
    entered = modes[-1] != run.modes[-1] or (checked.state is not None and run.logic is not None and checked.state.value != run.logic.value)
    changed = entered or context is not cell.context or (checked.state is not None and checked.state is not run.logic)
    entries = [entry for entry in checked.schedule if schedule.lasts(entry)] if starting else checked.schedule
    if not (changed or fired or entries or modes != run.modes):
        return None
    version = cell._version + changed
    whole = context if run.logic is None else (checked.state or run.logic).at(version, context)
    return State(whole, version, modes, _timers_after(kernel, run, entries, entered=entered))


def state_of(kernel: Kernel, cell: Cell) -> State:
    """Give the state that an actor has now."""
    run = run_of(cell)
    whole = cell.context if run.logic is None else run.logic.at(cell._version, cell.context)
    return State(whole, cell._version, run.modes, timers_of(kernel, run))


def timers_of(kernel: Kernel, run: Run, *, but_of_mode: bool = False) -> tuple[SetTimer, ...]:
    """Give the timers of a run as data, with the seconds that are left of each."""
    if not run.timers:
        return ()
    now = kernel.world.now()
    return tuple(
        SetTimer(None if key is timer else str(key), max(0.0, timer.due - now), timer.interval, timer.mode, timer.message)
        for key, timer in run.timers.items()
        if timer.lasting and not (but_of_mode and timer.mode)
    )


def _timers_after(kernel: Kernel, run: Run, entries: Sequence[After | Every | Cancel], *, entered: bool) -> tuple[SetTimer, ...]:
    timers = list(timers_of(kernel, run, but_of_mode=entered))
    for entry in entries:
        if schedule.lasts(entry):
            timers = [
                SetTimer(None, timer.left, timer.interval, timer.mode, timer.message) if timer.key == entry.key is not None else timer for timer in timers
            ]
        elif entry.key is not None:
            timers = [timer for timer in timers if timer.key != entry.key]
        if not isinstance(entry, Cancel):
            interval = entry.interval if isinstance(entry, Every) else None
            timers.append(SetTimer(entry.key, entry.interval if isinstance(entry, Every) else entry.delay, interval, entry.mode, entry.message))
    return tuple(timers)
