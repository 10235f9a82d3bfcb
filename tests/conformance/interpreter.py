"""An interpreter of machines with their children on a virtual clock, in the order of XState's actors: for the recorded cases only."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from actorweb.machine import Act, Cancel, Child, Effect, Emit, Log, Machine, MachineSnapshot, RaiseLater, Self, SendTo, SpawnChild, StopChild

Event = Mapping[str, object]


MOST_TURNS = 2000  # of one case; the other side breaks off earlier


class Endless(BaseException):
    """A case does not end. No Exception, so that no actor takes it for its own."""


class Plain:
    """The snapshot of an actor that is no machine."""

    def __init__(self, status: str = "active", output: object = None, error: object = None, context: object = None, given: object = None) -> None:
        self.status = status
        self.output = output
        self.error = error
        self.context = context
        self.given = given


Snapshot = MachineSnapshot | Plain


class Logic(Protocol):
    """What an actor that is no machine does."""

    def initial(self, given: object) -> Plain:
        """Give the first snapshot."""

    def start(self, actor: Actor) -> None:
        """Begin."""

    def take(self, actor: Actor, event: Event) -> Plain:
        """Give the snapshot after an event."""


class World:
    """The clock, its timers, and the promises that are resolved but not delivered."""

    def __init__(self, make: Callable[[str], Machine | Logic | None]) -> None:
        self.make = make
        self.now = 0.0
        self.trace: list[object] = []
        self.resolved: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._dead: set[int] = set()
        self._count = 0
        self.named: dict[tuple[int, str], int] = {}
        self._turns = 0

    def turn(self) -> None:
        """Count a turn of an actor or timer. Raises Endless when there are far too many."""
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise Endless

    def set_timer(self, delay: float, fire: Callable[[], None]) -> int:
        self._count += 1
        heapq.heappush(self._timers, (self.now + max(delay, 0), self._count, fire))
        return self._count

    def clear_timer(self, number: int) -> None:
        self._dead.add(number)

    def schedule(self, source: Actor, target: Actor | None, event: Event, delay: float, name: str | None) -> None:
        key = (id(source), name if name is not None else f"anonymous {self._count}")

        def fire() -> None:
            self.named.pop(key, None)
            deliver(target, event)

        self.named[key] = self.set_timer(delay, fire)

    def cancel(self, source: Actor, name: str) -> None:
        number = self.named.pop((id(source), name), None)
        if number is not None:
            self.clear_timer(number)

    def cancel_all(self, source: Actor) -> None:
        for owner, name in [key for key in self.named if key[0] == id(source)]:
            assert owner == id(source)
            self.cancel(source, name)

    def settle(self) -> None:
        while self.resolved:
            self.resolved.popleft()()

    def advance(self, by: float) -> None:
        target = self.now + by
        while self._timers and self._timers[0][0] <= target:
            due, number, fire = heapq.heappop(self._timers)
            if number in self._dead:
                continue
            self.now = due
            self.turn()
            fire()
            self.settle()
        self.now = target


def deliver(target: Actor | None, event: Event) -> None:
    if target is None:
        raise LookupError("nobody there")
    target.send(event)


class Actor:
    """One actor: a machine, or a plain logic."""

    def __init__(self, world: World, logic: Machine | Logic, child: Child, parent: Actor | None, restored: object = None) -> None:
        self.world = world
        self.logic = logic
        self.child = child
        self.parent = parent
        self.self = Self(child.id, has_parent=parent is not None)
        self.state = "new"
        self.actors: dict[Child, Actor] = {}
        self.restored = restored
        self._mail: deque[Event] = deque()
        self._open = False
        self._busy = False
        self._deferred: deque[Callable[[], None]] = deque()
        self.snapshot: Snapshot
        world.turn()
        if not isinstance(logic, Machine):
            self.snapshot = restored if isinstance(restored, Plain) else logic.initial(child.start_input)
        elif restored is not None:
            assert isinstance(restored, Mapping)
            self.snapshot = logic.restore(restored)
            for one in self.snapshot.children.values():
                self._create(one)
        else:
            self.snapshot, effects = logic.begin(child.start_input, self.self)
            for effect in effects:
                if isinstance(effect, SpawnChild):
                    self._create(effect.child)
                self._deferred.append(lambda effect=effect: self._do(effect))  # type: ignore[misc]

    def _create(self, child: Child) -> Actor:
        if child not in self.actors:
            logic = self.world.make(child.src)
            assert logic is not None, child.src
            self.actors[child] = Actor(self.world, logic, child, self, child.persisted)
        return self.actors[child]

    def start(self) -> None:
        if self.state == "running":
            return
        self.state = "running"
        if self.snapshot.status == "done":
            self._update(self.snapshot)
            return
        if self.snapshot.status == "error":
            self._fail(self.snapshot.error)
            return
        try:
            if isinstance(self.logic, Machine):
                assert isinstance(self.snapshot, MachineSnapshot)
                for child in self.snapshot.children.values():
                    if self.actors[child].snapshot.status == "active":
                        self.actors[child].start()
            else:
                self.logic.start(self)
        except Exception as error:  # noqa: BLE001 - as there
            self.snapshot = self._failed(self.snapshot, error)
            self._fail(error)
            return
        self._update(self.snapshot)
        self._open = True
        self._flush()

    def send(self, event: Event) -> None:
        if self.state == "stopped":
            return
        self._mail.append(event)
        if self._open:
            self._flush()

    def _flush(self) -> None:
        if self._busy:
            return
        self._busy = True
        while self._mail:
            self._process(self._mail.popleft())
        self._busy = False

    def stop(self) -> None:
        if self.state == "stopped":
            return
        self._mail.clear()
        if self.state == "new":
            self.state = "stopped"
            return
        self.send({"type": "xstate.stop"})

    def _process(self, event: Event) -> None:
        self.world.turn()
        try:
            if isinstance(self.logic, Machine):
                assert isinstance(self.snapshot, MachineSnapshot)
                after, effects, thrown = self.logic.take(self.snapshot, event, self.self)
                for effect in effects:
                    if isinstance(effect, SpawnChild):
                        self._create(effect.child)
                    self._do(effect)
                if thrown is not None:
                    raise thrown  # noqa: TRY301 - as there
                changed: Snapshot = after
            else:
                changed = self.logic.take(self, event)
        except Exception as error:  # noqa: BLE001 - as there
            self.snapshot = self._failed(self.snapshot, error)
            self._fail(error)
            return
        self._update(changed)
        if event["type"] == "xstate.stop":
            self._end()

    def _do(self, effect: Effect) -> None:
        """Do an effect: custom actions and logs at once, all others after the commit."""
        if isinstance(effect, Act):
            if effect.run is not None:
                effect.run(effect.scope, effect.params)
        elif isinstance(effect, StopChild) and self.actors[effect.child].state != "running":
            self.actors[effect.child].stop()
        elif not isinstance(effect, Log):
            self._deferred.append(lambda: self._later(effect))

    def _later(self, effect: Effect) -> None:
        match effect:
            case SpawnChild(child):
                if self.actors[child].state != "stopped":
                    self.actors[child].start()
            case StopChild(child):
                self.actors[child].stop()
            case RaiseLater(event, delay, name):
                self.world.schedule(self, self, event, delay, name)
            case Cancel(name):
                self.world.cancel(self, name)
            case Emit(event):
                if self.parent is None:
                    self.world.trace.append(["$emit", event])
            case SendTo(to, event, delay, name):
                target = self.actors.get(to) if isinstance(to, Child) else self if isinstance(to, Self) else self.parent if to == "parent" else None
                if delay is None:
                    deliver(target, event)
                else:
                    self.world.schedule(self, target, event, delay, name)

    def _update(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        while self._deferred:
            try:
                self._deferred.popleft()()
            except Exception as error:  # noqa: BLE001 - as there
                self._deferred.clear()
                self.snapshot = self._failed(snapshot, error)
        if self.snapshot.status == "active":
            if self.child.sync and self.parent is not None:
                self.parent.send({"type": f"xstate.snapshot.{self.child.id}", "snapshot": snapshot})
        elif self.snapshot.status == "done":
            self._end()
            if self.parent is not None:
                done = {"type": f"xstate.done.actor.{self.child.id}", "output": self.snapshot.output, "actorId": self.child.id}
                self.parent.send(done)
        elif self.snapshot.status == "error":
            self._fail(self.snapshot.error)

    def _failed(self, snapshot: Snapshot, error: object) -> Snapshot:
        if isinstance(snapshot, MachineSnapshot):
            assert isinstance(self.logic, Machine)
            return self.logic.failed(snapshot, error)
        return Plain("error", None, error, snapshot.context, snapshot.given)

    def _fail(self, error: object) -> None:
        self._end()
        if self.parent is not None:
            self.parent.send({"type": f"xstate.error.actor.{self.child.id}", "error": error, "actorId": self.child.id})

    def _end(self) -> None:
        if self.state == "running":
            self.world.cancel_all(self)
            self._mail.clear()
            self.state = "stopped"

    def persist(self) -> object:
        """Give the persisted form of this actor and its children."""
        if isinstance(self.snapshot, MachineSnapshot):
            assert isinstance(self.logic, Machine)
            return self.logic.persist(self.snapshot, lambda child: self.actors[child].persist())
        return self.snapshot
