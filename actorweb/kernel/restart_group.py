"""A restart of several: whom a strategy stops with a child that failed, and starts again with it (OTP: one_for_all, rest_for_one)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError, StartFailed
from actorweb.kernel import exits, life, supervision
from actorweb.kernel.child_spec import ChildSpec
from actorweb.kernel.signals import Crash

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.supervision import Supervision


def widen(kernel: Kernel, state: Supervision, child_cell: Cell) -> None:
    """Say who is restarted with a child, those that were stopped before too.

    A failure meanwhile widens the group: one_for_all begins again with all, rest_for_one with those from this child on.
    """
    entries = list(state.entries.items())
    first = 0 if state.spec.strategy == "one_for_all" else [entry for _, entry in entries].index(child_cell)
    # While the group stops, whoever belongs to it does so still; once it starts, only those that have yet to.
    stays = () if state.group_starts else state.group
    state.group = [key for index, (key, entry) in enumerate(entries) if index >= first or key in stays or entry in state.down or entry in state.stopping]
    state.starting = None
    state.group_starts = False
    for key in state.group:
        entry = state.entries[key]
        wait = None if isinstance(entry, ChildSpec) else state.backoffs.get(entry)
        if wait is not None and wait.deadline is not None and not isinstance(entry, ChildSpec):
            # It is down already and waits: it starts with the others.
            kernel.clock.forget(wait.deadline)
            wait.deadline = None
            state.down[entry] = Crash(StartFailed(entry.self, None, "it waited for its backoff"))


def go_on(kernel: Kernel, cell: Cell, state: Supervision) -> None:
    """Stop what is left of a group in reverse, then start it forwards, one after the other."""
    if state.starting is not None or not state.group:
        return
    members = [state.entries[key] for key in state.group if key in state.entries]
    if not state.group_starts:
        up = [member for member in members if not isinstance(member, ChildSpec) and member not in state.down]
        if up:
            if up[-1] not in state.stopping:
                state.stopping[up[-1]] = None
                kernel.command(up[-1], exits.end_child)
            return
        state.group_starts = True
    for member in members:
        if isinstance(member, ChildSpec):
            _start_stopped(kernel, cell, state, member)
            return
        if member in state.down:
            state.starting = member
            life.start_again(kernel, member, state.down.pop(member))
            return
    state.group = []
    state.group_starts = False


def _start_stopped(kernel: Kernel, cell: Cell, state: Supervision, spec: ChildSpec) -> None:
    """Start a child that had been stopped with the others of its group: a new spawn (OTP: `supervisor:start_children`)."""
    try:
        started = life.spawn(kernel, spec.behavior, name=spec.name, parent=cell, spec=spec)
    except ActorError:
        if supervision.count_restart(kernel, cell, state):  # a start that fails is tried again, and counts
            kernel.command(cell, lambda kernel, cell: go_on(kernel, cell, state))
        return
    state.entries[spec.id] = state.starting = started
    kernel.post((started, life.Start()))
