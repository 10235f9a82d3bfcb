"""The step: what one event does to a snapshot, and what it asks for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.errors.machine import EndlessStep
from actorweb.machine.actions import call
from actorweb.machine.choice import select
from actorweb.machine.effects import Effect, Scope, Self, SendTo, StopChild
from actorweb.machine.moves import exits_of, move_of, without_conflicts
from actorweb.machine.node import Transition
from actorweb.machine.snapshot import MachineSnapshot, Standing, Status
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from actorweb.machine.actions import Call
    from actorweb.machine.configuration import Configuration
    from actorweb.machine.effects import Child, Fields, Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.machine.moves import Move
    from actorweb.machine.node import Node

_SHOWN = 5  # so many states of an endless step are named, and so many of its last microsteps looked at


class Step:
    """One step while it is worked out. It is thrown away when its snapshot is made."""

    __slots__ = (
        "_awaited", "_changed", "_completed", "_open", "_scope", "before", "children", "configuration", "context", "effects", "error", "event", "machine",
        "memory", "output", "queue", "self", "status", "touched",
    )  # fmt: skip

    def __init__(self, machine: Machine[object], snapshot: MachineSnapshot, event: Occurrence, self_: Self) -> None:
        self.machine: Machine[object] = machine
        self.self: Self = self_
        self.event: Occurrence = event
        self.before: MachineSnapshot = snapshot
        self.configuration: Configuration = snapshot.configuration
        self.context: Fields = snapshot.context
        self.children: Mapping[str, Child] = snapshot.children
        self.memory: Mapping[str, tuple[Node, ...]] = snapshot.memory
        self.status: Status = snapshot.status
        self.output: object = snapshot.output
        self.error: object = snapshot.error
        self.effects: list[Effect] = []
        self.queue: deque[Occurrence] = deque()
        self.touched: bool = False
        self._changed = False
        self._completed: set[Node] = set()
        self._awaited: tuple[str, ...] = ()
        self._open: list[tuple[int, str]] = []
        self._scope = Scope(self.context, event, self_)

    # --- what actions may do (`Performing`) ---

    def delay(self, asked: object, scope: Scope, params: object) -> float | None:
        """Give the milliseconds of a delay; None if it has none, or a name without an implementation."""
        return self.machine.delay(asked, scope, params)

    def check(self, guard: object) -> bool:
        """Evaluate a guard here."""
        return self.machine.guard(guard).passes(self.scope(), self.configuration)

    def perform_now(self, actions: list[object]) -> None:
        """Perform actions here."""
        for action in actions:
            call(self, self.machine.call(action), self.scope())

    def later(self, index: int, to: str) -> None:
        """Find the receiver of an effect at the end of the list."""
        self._open.append((index, to))

    def knows(self, src: str) -> bool:
        """Tell whether an actor of that source can be made."""
        return src in self.machine.actors

    def awaits(self, to: str) -> bool:
        """Tell whether the state that is being entered invokes that actor."""
        return to in self._awaited

    def scope(self) -> Scope:
        """Give what an implementation sees at this place."""
        scope = self._scope
        if scope.context is not self.context or scope.event is not self.event:
            scope = self._scope = Scope(self.context, self.event, self.self)
        return scope

    # --- the algorithm ---

    def perform(self, calls: tuple[Call, ...], awaited: tuple[str, ...] = ()) -> None:
        """Do actions in order; each sees what the ones before it assigned."""
        self._awaited = awaited
        for action in calls:
            call(self, action, self.scope())
        if self._open:
            for index, to in self._open:
                effect = self.effects[index]
                if isinstance(effect, SendTo):
                    self.effects[index] = SendTo(self.children.get(to), effect.event, effect.delay, effect.id)
            self._open.clear()
        self._awaited = ()

    def begin(self) -> None:
        """Enter the root, then run to the end of the step."""
        # XState names every initial state as a target here; the root alone leads to the same states by default.
        root = self.machine.root
        self._micro((Transition(root, "", (root,), reenter=True),), initial=True)
        self._run()

    def take(self, chosen: tuple[Transition, ...] | None) -> None:
        """Take the event, for which those transitions were chosen if they were, then run to the end of the step.

        Raises what guards and built-in actions raise, and EndlessStep.
        """
        if chosen is None:
            kind = str(self.event["type"])
            if kind == "xstate.stop":
                self._end("stopped", self.error)
                return
            chosen = select(self.configuration, self.scope())
            if not chosen and kind.startswith("xstate.error.actor"):
                self._end("error", self.event.get("error"))
                return
        self._micro(chosen)
        self._run()

    def _end(self, status: Status, error: object) -> None:
        self._stop_children()
        self.children = {}
        self.status, self.error, self._changed = status, error, True

    def _run(self) -> None:
        """Do what is due without an event, else what was raised, until neither is left."""
        look = True
        rounds = 0
        most = self.machine.most_rounds
        last: list[Configuration] = []
        while self.status == "active":
            rounds += 1
            if rounds > most - _SHOWN:
                last.append(self.configuration)
                if rounds > most:
                    raise _endless(most, last)
            chosen = self._eventless() if look and self.configuration.atoms else ()
            if chosen:
                look = self._micro(chosen)
            elif self.queue:
                self.event = self.queue.popleft()
                self._micro(select(self.configuration, self.scope()))
                look = True
            else:
                break
        if self.status != "active":
            self._stop_children()

    def _eventless(self) -> tuple[Transition, ...]:
        found: dict[Transition, None] = {}
        for owners in self.configuration.atoms:
            transition = self._first_always(owners)
            if transition is not None:
                found[transition] = None
        if not found:
            return ()
        return without_conflicts(tuple(found), self.configuration.nodes, self.memory)

    def _first_always(self, owners: tuple[Node, ...]) -> Transition | None:
        scope = self.scope()
        for node in owners:
            for transition in node.always:
                if transition.guard is None or transition.guard.passes(scope, self.configuration):
                    return transition
        return None

    def _stop_children(self) -> None:
        self.effects.extend(StopChild(child) for child in self.children.values())

    def _move(self, transitions: tuple[Transition, ...], *, initial: bool) -> Move:
        """Give what transitions do here: worked out once, unless it depends on what history states remember."""
        here = self.configuration
        known = None if initial else here.moves.get(transitions)
        if known is not None:
            return known
        kept = without_conflicts(transitions, here.nodes, self.memory)
        exited = () if initial else exits_of(kept, here.nodes, self.memory)
        move, remembers = move_of(self.machine, here, kept, exited, self.memory)
        if not remembers and not initial and not any(node.kind == "history" for one in transitions for node in one.targets or ()):
            here.keep(transitions, move)
        return move

    def _micro(self, transitions: tuple[Transition, ...], *, initial: bool = False) -> bool:
        """Do one microstep. Tell whether it changed anything: `always` is not asked again if it did not."""
        if not transitions:
            return False
        self.touched = False
        move = self._move(transitions, initial=initial)
        if move.noted:  # before any exit action runs
            self.memory = {**self.memory, **move.noted}
        self._completed.clear()
        for part in move.parts:
            self.perform(part.calls, part.awaited)
            if part.final is not None:
                self._complete(part.final, part.active)
        if move.failed is not None:
            raise move.failed
        after = move.after
        if self.status == "done":
            nodes = tuple(sorted(after.nodes, key=lambda node: -node.order))
            after = self.machine.configuration(nodes)
            for node in nodes:
                self.perform(node.exit)
        if move.noted or move.moves:
            self.configuration = after
            self.touched = True
        self._changed = self._changed or self.touched
        return self.touched

    def _complete(self, node: Node, active: AbstractSet[Node]) -> None:
        """Raise what a final state completes: its parent, then parallel states all of whose regions are done, at last the machine."""
        parent = node.parent
        upper = parent if parent is None or parent.kind == "parallel" else parent.parent
        completing = upper or node
        if parent is not None and parent.kind == "compound":
            self._done(parent, self._made(node.output, self.event))
        while upper is not None and upper.kind == "parallel" and upper not in self._completed and is_done(upper, active):
            self._completed.add(upper)
            self.queue.append({"type": f"xstate.done.state.{upper.id}"})
            completing = upper
            upper = upper.parent
        if upper is not None:
            return
        root = self.machine.root
        self.status = "done"
        self.touched = True
        self.output = UNSET
        if root.output is not UNSET:
            made = self._made(completing.output, self.event) if completing.parent is not None else UNSET
            event: dict[str, object] = {"type": f"xstate.done.state.{completing.id}"}
            if made is not UNSET:
                event["output"] = made
            self.output = self._made(root.output, event)

    def _done(self, parent: Node, made: object) -> None:
        event: dict[str, object] = {"type": f"xstate.done.state.{parent.id}"}
        if made is not UNSET:
            event["output"] = made
        self.queue.append(event)

    def _made(self, output: object, event: Occurrence) -> object:
        return output(Scope(self.context, event, self.self)) if callable(output) else output

    def snapshot(self) -> MachineSnapshot:
        """Give the snapshot at the end: the one before, if nothing changed."""
        before = self.before
        if not self._changed:
            return before
        standing = before.standing
        if self.status != "active" or self.children is not standing.children or self.memory is not standing.memory:
            standing = Standing(self.output, self.error, self.children, self.memory)
        return MachineSnapshot(self.machine, self.configuration, self.context, self.status, before.version + 1, standing)


def _endless(most: float, last: list[Configuration]) -> EndlessStep:
    """Give the error that names the states between which the step goes on and on."""
    seen = dict.fromkeys(node.id for configuration in last for node in configuration.nodes if node.kind in {"atomic", "final"})
    names = ", ".join(list(seen)[:_SHOWN]) + (", …" if len(seen) > _SHOWN else "")
    return EndlessStep(
        f"more than {most:g} microsteps in one step, at last in {names}",
        "a step that ends",
        "break the cycle of `always` or raised events, or raise options.maxIterations",
    )


def is_done(node: Node, active: AbstractSet[Node]) -> bool:
    """Tell whether a state is complete: a compound with a final child, a parallel all of whose regions are."""
    rest = [node]
    while rest:
        one = rest.pop()
        if one.kind == "parallel":
            rest.extend(one.regions)
        elif one.kind == "compound":
            if not any(child.kind == "final" and child in active for child in one.regions):
                return False
        elif one.kind != "final":
            return False
    return True
