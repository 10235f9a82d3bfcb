"""A performance: what a step asks for, done as part of its actor's turn.

Custom actions and logs run at once, in order; what is sent, spawned or stopped goes out in order behind them, and is
taken back with the turn if it fails. Timers and emitted events become entries of the turn's plan.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING

from actorweb.errors import BadPlan
from actorweb.errors.machine import BadAction
from actorweb.kernel.cell import run_of
from actorweb.kernel.logic import merged
from actorweb.kernel.plan import Cancel, MessagePlan
from actorweb.kernel.ref import ActorRef
from actorweb.kernel.reports import Logged
from actorweb.kernel.schedule import LastingAfter
from actorweb.machine import family
from actorweb.machine.effects import Act, Child, Emit, Log, RaiseLater, Self, SendTo, SpawnChild, StopChild
from actorweb.machine.effects import Cancel as CancelEvent
from actorweb.machine.own import OwnEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.logic import Entries
    from actorweb.machine.effects import Effect, Occurrence
    from actorweb.machine.machine import Machine

_NOT_FOR_ACTIONS = {"context": "assign(…)", "become": "a transition", "transition": "raise_(…)", "defer": "a handler", "stash": "a handler"}


class Performance:
    """One step's. `entries` are those of the plan."""

    def __init__(self, cell: Cell, machine: Machine[object], *, alone: bool = False) -> None:
        self._alone = alone  # no child is started
        self._cell = cell
        self._machine = machine
        self._schedule: list[object] = []
        self.entries: Entries = {}

    def act(self, effects: Iterable[Effect]) -> bool:
        """Run the custom actions, and tell whether there is anything else to do.

        One may return a `MessagePlan` to reply, tell, ask, run, emit or stop. Raises what they raise, `BadAction`, `BadPlan`.
        """
        more = False
        for effect in effects:
            if isinstance(effect, Act):
                result = None if effect.run is None else effect.run(effect.scope, effect.params)
                if result is not None:
                    self._take(effect.type, result)
            elif isinstance(effect, Log):
                self._cell.self._kernel.reports.publish(Logged(self._cell.self, effect.value, effect.label))
            else:
                more = True
        return more

    def _take(self, action: str, result: object) -> None:
        if isinstance(result, MessagePlan):
            given = dict(result.items())
            for name, instead in _NOT_FOR_ACTIONS.items():
                if name in given:
                    raise BadPlan(f"{self._cell.self}: the action {action!r} returned a MessagePlan with {name}=…", f"{instead} for that", "leave it out")
            self.entries = merged(self._cell, self.entries, given)
        elif isinstance(result, Awaitable):
            if isinstance(result, CoroutineType):
                result.close()  # else Python warns that nobody awaited it
            raise BadAction(f"the action {action!r} is async", "a function that does not wait", "invoke it as an actor, or return MessagePlan(run=[Task(…)])")

    def send(self, effects: Sequence[Effect]) -> None:
        """Send, spawn, stop and schedule, in order. A child that the same step spawns and stops is never started, as in XState."""
        emitted: list[object] = []
        spawned = {effect.child for effect in effects if isinstance(effect, SpawnChild)}
        unborn = {effect.child for effect in effects if isinstance(effect, StopChild)} & spawned if spawned else spawned
        for effect in effects:
            if unborn and (effect.child if isinstance(effect, (SpawnChild, StopChild)) else effect.to if isinstance(effect, SendTo) else None) in unborn:
                continue
            if isinstance(effect, SendTo):
                if isinstance(effect.to, Child) and effect.to in spawned:  # an entry action may send to what its state invokes: that is made first, then
                    self._spawn(effect.to)
                self._send(effect)
            elif isinstance(effect, RaiseLater):
                self._later(effect.event, None, effect.delay, effect.id)
            elif isinstance(effect, CancelEvent):
                self._schedule.append(Cancel(effect.id))
            elif isinstance(effect, SpawnChild):
                self._spawn(effect.child)
            elif isinstance(effect, StopChild):
                self._stop(effect.child)
            elif isinstance(effect, Emit):
                emitted.append(effect.event)
        more: Entries = {"emit": emitted} if emitted else {}
        if self._schedule:
            more["schedule"] = self._schedule
        if more:
            self.entries = merged(self._cell, self.entries, more)

    def _spawn(self, child: Child) -> None:
        if child.ref is None and not self._alone:
            family.spawn(self._cell, self._machine, child)

    def _send(self, effect: SendTo) -> None:
        cell, to = self._cell, effect.to
        if effect.delay is not None:
            # To its parent a machine sends later by sending to itself first: the parent may be another one by then.
            self._later(effect.event, to.id if isinstance(to, Child) else "#_parent" if to == "parent" else None, effect.delay, effect.id)
        elif isinstance(to, Self):
            cell.self._kernel.out((cell, OwnEvent(effect.event)))
        elif isinstance(to, Child):
            if to.ref is not None:
                family.send(to.ref._cell, effect.event)
        elif isinstance(to, ActorRef):
            family.send(to._cell, effect.event)
        elif to == "parent":
            family.seat_of(cell).tell_parent(effect.event)

    def _later(self, event: Occurrence, to: str | None, delay: float, name: str | None) -> None:
        if delay == math.inf:
            return  # it never comes
        seconds = delay / 1000 if delay > 0 else 0.0
        key = self._cell.new_id() if name is None else name
        self._schedule.append(LastingAfter(seconds, OwnEvent(event, to), key=key))

    def _stop(self, child: Child) -> None:
        """Let a child end. What was to be sent to it later is not sent to another of its id."""
        family.stop(self._cell, child)
        for key, timer in run_of(self._cell).timers.items():
            if isinstance(key, str) and isinstance(timer.message, OwnEvent) and timer.message.to == child.id:
                self._schedule.append(Cancel(key))
        self._schedule = [
            entry for entry in self._schedule if not (isinstance(entry, LastingAfter) and isinstance(entry.message, OwnEvent) and entry.message.to == child.id)
        ]

    def end_timers(self) -> None:
        """End all timers of a machine that is done."""
        given = self.entries.get("schedule")
        rest = [entry for entry in given if not isinstance(entry, LastingAfter)] if isinstance(given, list) else []
        rest.extend(Cancel(key) for key, timer in run_of(self._cell).timers.items() if isinstance(key, str) and isinstance(timer.message, OwnEvent))
        if rest:
            self.entries["schedule"] = rest
        else:
            self.entries.pop("schedule", None)
