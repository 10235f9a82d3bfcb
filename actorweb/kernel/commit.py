"""Commit: what a handler returned is done as a whole, in the fixed order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.kernel import exits, life, schedule, stash, work
from actorweb.kernel.cell import run_of
from actorweb.kernel.checked import addresses, check, check_context
from actorweb.kernel.table import BUSY, release
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.kernel.ask import Asked
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.checked import Checked
    from actorweb.kernel.logic import LogicSnapshot
    from actorweb.kernel.plan import Tell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.world import Envelope


def change_context(kernel: Kernel, cell: Cell, context: object) -> None:
    """Install a context. The same object is no change."""
    if context is not cell.context:
        cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (read-only for handlers; this is the one place that writes)
        cell._version += 1
        if cell._run is not None and cell._run.observers:
            kernel.changed[cell] = None


def change_state(kernel: Kernel, cell: Cell, state: LogicSnapshot) -> None:
    """Install the state that a machine's step has led to. The same object is no change."""
    run = cell._run or run_of(cell)
    if state is not run.logic:
        run.logic = state
        cell.context = state.context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (as in change_context)
        cell._version += 1
        if run.observers:
            kernel.changed[cell] = None


def commit(kernel: Kernel, cell: Cell, given: dict[str, object], message: object, asked: Asked | None) -> None:
    """Check a plan as a whole, then do all of it in the fixed order."""
    rest = len(given)
    context: object = UNSET
    if "context" in given:
        rest -= 1
        context = given["context"]
        if type(context) is not cell._behavior.context_class and context is not UNSET:
            check_context(cell, context)
    tells: list[Envelope] | None = None
    if "tell" in given:
        rest -= 1
        items: list[Tell] = given["tell"]  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (what does not look like it is looked at closely)
        try:
            if len(items) == 1:
                item = items[0]
                tells = [(item.ref._cell, item.message)]  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]  (a ReplyTo has none)
            else:
                tells = [(item.ref._cell, item.message) for item in items]  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]  (as above)
        except (AttributeError, TypeError):
            tells = addresses(cell, given)
    reply: object = UNSET
    if "reply" in given:
        rest -= 1
        reply = given["reply"]
    if rest or kernel.bounded:
        carry_out(kernel, cell, check(kernel, cell, given), message, asked)
        return
    # What follows is carry_out for the plans of most turns, without the record between.
    if context is not UNSET and context is not cell.context:
        cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (what change_context does, without the call)
        cell._version += 1
        if cell._run is not None and cell._run.observers:
            kernel.changed[cell] = None
    if reply is not UNSET:
        _answer(kernel, cell, reply, asked)
    if tells:
        kernel.queue.extend(tells)
        if not kernel.draining:
            kernel.nudge()


def carry_out(kernel: Kernel, cell: Cell, checked: Checked, message: object, asked: Asked | None) -> None:
    """Do what a plan says. Nothing here can fail.

    Of a run that is ending (it was told to while its turn was being stored) the state is kept and others hear what they
    were told; what would go on in the actor itself does not begin.
    """
    goes_on = cell._run is None or cell._run.ending is None
    version = cell._version
    if checked.state is not None:
        change_state(kernel, cell, checked.state)
    elif checked.context is not UNSET:
        change_context(kernel, cell, checked.context)
    if checked.stash:
        stash.keep(cell, message)
    if checked.modes is not None:
        _enter_mode(kernel, cell, checked.modes, changed=cell._version != version)
    if checked.reply is not UNSET:
        _answer(kernel, cell, checked.reply, asked)
    if checked.tells:
        kernel.post_all(checked.tells)
    run = run_of(cell)
    if checked.defer and asked is not None and not asked.done:
        asked.deferred = True
        run.deferred[asked] = None
    for event in checked.emits:
        for take, _ in tuple(run.listeners):
            take(event)
    if checked.requests:
        kernel.post_all(checked.requests)
    if not goes_on:
        return
    if checked.schedule:
        now = kernel.world.now()
        lasting = not life.is_start(message)
        for entry in checked.schedule:
            schedule.enter(kernel, cell, entry, now, lasting=lasting or schedule.lasts(entry))
    for task in checked.run:
        work.run_task(kernel, cell, task)
    if checked.next:
        run.next = deque((*checked.next, *(run.next or ())))
        if cell._table is not BUSY:
            release(cell)
    if checked.stop is not None:
        if asked is not None and not asked.done:
            asked.deferred = True
            run.deferred[asked] = None
        exits.end(kernel, cell, checked.stop)


def _answer(kernel: Kernel, cell: Cell, reply: object, asked: Asked | None) -> None:
    if asked is not None:
        asked.finish(reply)
    else:
        kernel.unasked_reply(cell, reply)


def _enter_mode(kernel: Kernel, cell: Cell, modes: tuple[str, ...], *, changed: bool) -> None:
    run = run_of(cell)
    entered = modes[-1] != run.modes[-1]
    run.modes = modes
    if not entered:
        return
    if not changed:
        cell._version += 1
    if run.observers:
        kernel.changed[cell] = None
    schedule.end_mode_timers(kernel, run)
    stash.release(run)
    if cell._table is not BUSY and run.ending is None:  # a busy actor is released when its turn has ended
        release(cell)
