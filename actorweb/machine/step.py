"""The step: what one event does to a snapshot, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors.machine import EndlessStep, GuardFailed
from actorweb.machine.actions import call
from actorweb.machine.effects import Effect, Scope, Self, SendTo, StopChild
from actorweb.machine.moves import exits_of, move_of, recall, without_conflicts
from actorweb.machine.node import Transition
from actorweb.machine.snapshot import MachineSnapshot, Status
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.machine.actions import Call
    from actorweb.machine.configuration import Configuration
    from actorweb.machine.effects import Child, Fields, Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.machine.moves import Move
    from actorweb.machine.node import Node


def select(configuration: Configuration, scope: Scope) -> tuple[Transition, ...]:
    """Give the transitions that an event takes: in each region the innermost state that has one. Raises GuardFailed."""
    rows = configuration.rows(str(scope.event["type"]))
    if not rows:
        return ()
    chosen: list[Transition] = []
    last: Node | None = None
    for node, candidates in rows:
        # In post-order what was chosen below a state comes just before it.
        if last is not None and last.is_below(node):
            continue
        for transition in candidates:
            if transition.guard is None or _passes(transition, scope, configuration):
                chosen.append(transition)
                last = node
                break
    return tuple(chosen)


def _passes(transition: Transition, scope: Scope, configuration: Configuration) -> bool:
    guard = transition.guard
    try:
        return guard is None or guard(scope, configuration)
    except Exception as error:
        event, where = scope.event["type"], transition.source.id
        raise GuardFailed(
            f"the guard {transition.guard_name!r} of {event!r} in {where!r} raised {error!r}", "a guard that returns a bool", "see the cause above"
        ) from error


class Step:
    """One step while it is worked out. It is thrown away when its snapshot is made."""

    def __init__(self, machine: Machine, snapshot: MachineSnapshot, event: Occurrence, self_: Self) -> None:
        self.machine = machine
        self.self = self_
        self.event: Occurrence = event
        self.before = snapshot
        self.configuration: Configuration = snapshot.configuration
        self.context: Fields = snapshot.context
        self.children: dict[str, Child] = dict(snapshot.children)
        self.memory: dict[str, tuple[Node, ...]] = dict(snapshot.memory)
        self.status: Status = snapshot.status
        self.output: object = snapshot.output
        self.error: object = snapshot.error
        self.effects: list[Effect] = []
        self.queue: list[Occurrence] = []
        self.touched: bool = False
        self._changed = False
        self._completed: set[Node] = set()
        self._awaited: tuple[str, ...] = ()
        self._open: list[tuple[int, str]] = []

    # --- what actions may do (`Performing`) ---

    def delay(self, asked: object, scope: Scope, params: object) -> float | None:
        """Give the milliseconds of a delay; None if it has none, or a name without an implementation."""
        found = self.machine.delays.get(asked) if isinstance(asked, str) else asked
        if callable(found):
            found = found(scope, params)
        return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None

    def check(self, guard: object) -> bool:
        """Evaluate a guard here."""
        return self.machine.guard(guard)(self.scope(), self.configuration)

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
        return Scope(self.context, self.event, self.self)

    # --- the algorithm ---

    def perform(self, calls: tuple[Call, ...], awaited: tuple[str, ...] = ()) -> None:
        """Do actions in order; each sees what the ones before it assigned."""
        self._awaited = awaited
        for action in calls:
            call(self, action, Scope(self.context, self.event, self.self))
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
        self._run(self.event)

    def take(self) -> None:
        """Take the event, then run to the end of the step. Raises what guards and built-in actions raise, and EndlessStep."""
        kind = str(self.event["type"])
        if kind == "xstate.stop":
            self._stop_children()
            self.children = {}
            self.status = "stopped"
            self._changed = True
            return
        # XState takes its own first event for the start that has been, whoever sends it.
        chosen = () if kind == "xstate.init" else select(self.configuration, self.scope())
        if not chosen and kind.startswith("xstate.error.actor"):
            self._stop_children()
            self.children = {}
            self.status, self.error, self._changed = "error", self.event.get("error"), True
            return
        self._micro(chosen)
        self._run(self.event)

    def _run(self, event: Occurrence) -> None:
        """Do what is due without an event, else what was raised, until neither is left."""
        self.event = event
        look = True
        rounds = 0
        while self.status == "active":
            rounds += 1
            if rounds > self.machine.most_rounds:
                raise EndlessStep(f"more than {self.machine.most_rounds} microsteps in one step", "a step that ends", "break the cycle, or raise maxIterations")
            chosen = self._eventless() if look else ()
            if chosen:
                look = self._micro(chosen)
            elif self.queue:
                self.event = self.queue.pop(0)
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
                if transition.guard is None or transition.guard(scope, self.configuration):
                    return transition
        return None

    def _stop_children(self) -> None:
        self.effects.extend(StopChild(child) for child in self.children.values())

    def _move(self, transitions: tuple[Transition, ...], *, initial: bool) -> tuple[Move, bool]:
        """Give what transitions do here, and tell whether history states have noted something: before any exit action runs."""
        here = self.configuration
        known = None if initial else here.moves.get(transitions)
        if known is not None:
            noted = recall(known.exited, here.nodes)
            self.memory.update(noted)
            return known, bool(noted)
        kept = without_conflicts(transitions, here.nodes, self.memory)
        exited = () if initial else exits_of(kept, here.nodes, self.memory)
        noted = recall(exited, here.nodes)
        self.memory.update(noted)
        move, remembers = move_of(kept, exited, self.memory, len(self.machine.nodes))
        if not remembers and not initial and not any(node.kind == "history" for one in transitions for node in one.targets or ()):
            here.keep(transitions, move)
        return move, bool(noted)

    def _micro(self, transitions: tuple[Transition, ...], *, initial: bool = False) -> bool:
        """Do one microstep. Tell whether it changed anything: `always` is not asked again if it did not."""
        if not transitions:
            return False
        self.touched = False
        self._completed = set()
        move, remembered = self._move(transitions, initial=initial)
        active = dict.fromkeys(self.configuration.nodes)
        for node in move.exited:
            self.perform(node.leave)
            del active[node]
        for transition in move.transitions:
            self.perform(transition.actions)
        if move.failed is not None:
            raise move.failed
        for node in move.entered:
            active[node] = None
            by_default = node in move.defaults or (initial and node.parent is None)
            self.perform(node.enter_default if by_default else node.enter, node.invoked)
            if node.kind == "final":
                self._complete(node, active)
        nodes = tuple(active)
        if self.status == "done":
            nodes = tuple(sorted(nodes, key=lambda node: -node.order))
            for node in nodes:
                self.perform(node.exit)
        if remembered or active.keys() != set(self.configuration.nodes):
            self.configuration = self.machine.configuration(nodes)
            self.touched = True
        self._changed = self._changed or self.touched
        return self.touched

    def _complete(self, node: Node, active: dict[Node, None]) -> None:
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
        if not self._changed:
            return self.before
        return MachineSnapshot(
            self.machine,
            self.configuration,
            self.context,
            status=self.status,
            output=self.output,
            error=self.error,
            children=self.children,
            memory=self.memory,
        )


def is_done(node: Node, active: dict[Node, None]) -> bool:
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
