"""Actions: the built-in ones as Python functions, and what a config's actions become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from actorweb.errors.machine import BadAction, UnresolvedActor
from actorweb.kernel.ref import ActorRef
from actorweb.machine.effects import Act, Cancel, Child, Effect, Emit, Log, RaiseLater, Scope, Self, SendTo, SpawnChild, StopChild

if TYPE_CHECKING:
    from collections import deque

    from actorweb.machine.effects import Fields, Occurrence
    from actorweb.values.generics import Never
    from actorweb.values.json import Json

Maker: TypeAlias = Callable[[Scope, object], object]


class Performing(Protocol):
    """What an action may change while a step is worked out."""

    context: Fields
    children: Mapping[str, Child]
    effects: list[Effect]
    queue: deque[Occurrence]
    touched: bool

    def delay(self, asked: object, scope: Scope, params: object) -> float | None:
        """Give the milliseconds of a delay: a number, the name of one, or a function."""
        ...

    def check(self, guard: object) -> bool:
        """Evaluate a guard with the context of this place."""
        ...

    def perform_now(self, actions: list[object]) -> None:
        """Perform actions as a config spells them, at this place."""

    def later(self, index: int, to: str) -> None:
        """Find the receiver of that effect when all actions of this state have run."""

    def knows(self, src: str) -> bool:
        """Tell whether an actor of that source can be made."""
        ...

    def awaits(self, to: str) -> bool:
        """Tell whether that actor is invoked by the state that is being entered."""
        ...


class Builtin:
    """An action that XState itself performs."""

    __slots__ = ("name", "perform")

    def __init__(self, name: str, perform: Callable[[Performing, Scope, object], None]) -> None:
        self.name: str = name
        self.perform: Callable[[Performing, Scope, object], None] = perform


class Assign(Builtin):
    """The action that replaces the context by what `update` makes."""

    __slots__ = ("update",)

    def __init__(self, update: Callable[[Scope, object], Fields]) -> None:
        super().__init__("xstate.assign", self._replace)
        self.update: Callable[[Scope, object], Fields] = update

    def _replace(self, step: Performing, scope: Scope, params: object) -> None:
        step.context = self.update(scope, params)
        step.touched = True


class Call:
    """One action of a config: its name, its params, and who does it.

    `update` is that of an assign, `run` the function of a custom action. `is_plain` tells whether it is one of these and its params are no function.
    """

    __slots__ = ("done_by", "is_plain", "params", "run", "type", "update")

    def __init__(self, type: str, params: object, done_by: Builtin | Maker | None) -> None:  # noqa: A002 - its name in XState
        self.type: str = type
        self.params: object = params
        self.done_by: Builtin | Maker | None = done_by
        self.update: Callable[[Scope, object], Fields] | None = done_by.update if isinstance(done_by, Assign) else None
        self.run: Maker | None = None if isinstance(done_by, Builtin) else done_by
        self.is_plain: bool = (self.update is not None or not isinstance(done_by, Builtin)) and not callable(params)


class EnqueueScope(Scope):
    """What the function of `enqueue_actions` sees: a scope in which actions can be added and guards asked."""

    __slots__ = ("_performing", "actions")

    def __init__(self, scope: Scope, performing: Performing) -> None:
        super().__init__(scope.context, scope.event, scope.self, scope.input)
        self.actions: list[object] = []
        self._performing = performing

    def enqueue(self, action: object) -> None:
        """Perform an action after this one: a name, a mapping with a type, a function or a built-in."""
        self.actions.append(action)

    def check(self, guard: object) -> bool:
        """Tell whether a guard passes here."""
        return self._performing.check(guard)


def _made(value: object, scope: Scope, params: object) -> object:
    return value(scope, params) if callable(value) else value


def _event(value: object, scope: Scope, params: object, action: str) -> Occurrence:
    made = _made(value, scope, params)
    if isinstance(made, Mapping) and isinstance(made.get("type"), str):
        return made
    raise BadAction(f"{action} was given {made!r}", "an event: a mapping with a type", f'write {action}({{"type": …}})')


def _text(value: object, scope: Scope, params: object, action: str) -> str:
    made = _made(value, scope, params)
    if isinstance(made, str):
        return made
    raise BadAction(f"{action} was given {made!r}", "the id of an actor or event", "give a string, or a function that returns one")


def assign(assignment: Mapping[str, Maker | Json] | Maker) -> Builtin:
    """Replace the context by one with other values: a mapping of values or functions, or a function that returns those that change.

    Later actions of the same list see the new context. What it replaces is not changed. Raises `BadAction` in the step for a
    function that returns no mapping. Source: XState, `assign`.

    >>> from actorweb.machine import machine
    >>> counter = machine({"context": {"n": 1}, "on": {"ADD": {"actions": assign({"n": lambda scope, params: scope.context["n"] + 1})}}})
    >>> counter.transition(counter.initial_snapshot(), {"type": "ADD"})[0].context
    {'n': 2}
    """
    if callable(assignment):
        return Assign(_assigned_by(assignment))
    functions: dict[str, Maker] = {key: value for key, value in assignment.items() if callable(value)}
    parts = tuple((key, value, functions.get(key)) for key, value in assignment.items())

    def update(scope: Scope, params: object) -> Fields:
        context = dict(scope.context)
        for key, value, function in parts:
            context[key] = value if function is None else function(scope, params)
        return context

    return Assign(update)


def _assigned_by(assignment: Maker) -> Callable[[Scope, object], Fields]:
    def update(scope: Scope, params: object) -> Fields:
        made = assignment(scope, params)
        if made is None:
            return dict(scope.context)
        if not isinstance(made, Mapping):
            raise BadAction(f"assign made {made!r}", "a mapping of the keys to change", "return a mapping")
        return {**scope.context, **made}

    return update


def raise_(event: Occurrence | Maker, *, delay: float | str | Maker | None = None, id: str | None = None) -> Builtin:  # noqa: A002 - its name in XState
    """Handle an event in this same step, after the transitions that are due, or after a delay: milliseconds, a name of `delays=`, or a function.

    A delayed one outlives the state that raised it; `cancel` forgets it by its id. Raises `BadAction` in the step for what is
    no event. Source: XState, `raise`.

    >>> from actorweb.machine import machine
    >>> door = machine({"initial": "shut", "states": {"shut": {"entry": raise_({"type": "OPEN"}), "on": {"OPEN": "open"}}, "open": {}}})
    >>> door.initial_snapshot().value
    'open'
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        made = _event(event, scope, params, "raise_")
        wait = step.delay(delay, scope, params)
        if wait is None:
            step.queue.append(made)
        else:
            step.effects.append(RaiseLater(made, wait, id))

    return Builtin("xstate.raise", perform)


def send_to(
    to: str | Child | Self | ActorRef[Never] | Maker,
    event: Occurrence | Maker,
    *,
    delay: float | str | Maker | None = None,
    id: str | None = None,  # noqa: A002 - its name in XState
) -> Builtin:
    """Send an event to a child by its id, to another actor by its ref, or to what a function gives, when the step is committed.

    An actor that is no machine gets the message that it declares by that name, if it does. With a delay (milliseconds, a name
    of `delays=`, or a function) only to oneself, a child or the parent: a ref is not kept over a restart. Raises `BadAction` in
    the step for what is no event, and `UnresolvedActor` for a child that is not there. Source: XState, `sendTo`.

    >>> from actorweb.machine import machine
    >>> to_itself = send_to(lambda scope, params: scope.self, {"type": "LATER"}, delay=500)
    >>> alone = machine({"on": {"GO": {"actions": to_itself}}})
    >>> alone.transition(alone.initial_snapshot(), {"type": "GO"})[1]
    (SendTo(to=Self('(machine)'), event={'type': 'LATER'}, delay=500, id=None),)
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        made = _event(event, scope, params, "send_to")
        wait = step.delay(delay, scope, params)
        receiver = _made(to, scope, params)
        target: Child | Self | ActorRef[Never] | Literal["parent"] | None = None
        awaited = isinstance(receiver, str) and step.awaits(receiver)
        if receiver == "#_parent" and scope.self.has_parent:
            target = "parent"
        elif receiver is None or receiver == "#_internal":
            target = scope.self
        elif isinstance(receiver, str):
            if awaited:
                step.later(len(step.effects), receiver)
            else:
                target = step.children.get(receiver.removeprefix("#_"))
        elif isinstance(receiver, ActorRef):
            if wait is not None:
                raise BadAction(
                    f"{made['type']!r} is to be sent to {receiver} later", "a child, the parent or itself for that", "raise it later, and send it on then"
                )
            target = receiver
        elif isinstance(receiver, (Child, Self)):
            target = receiver
        if target is None and not awaited:
            raise UnresolvedActor(f"no actor {receiver!r} to send {made['type']!r} to", "a child that runs", "spawn it first, or correct the id")
        step.effects.append(SendTo(target, made, wait, id))

    return Builtin("xstate.sendTo", perform)


def send_parent(event: Occurrence | Maker, *, delay: float | str | Maker | None = None, id: str | None = None) -> Builtin:  # noqa: A002 - its name in XState
    """Send an event to the parent when the step is committed: the machine that has invoked this one, or the actor that has spawned it.

    Raises as `send_to`, also where there is no parent. Source: XState, `sendParent`.

    >>> from actorweb.machine import Self, machine
    >>> child = machine({"on": {"GO": {"actions": send_parent({"type": "DONE"})}}})
    >>> child.transition(child.initial_snapshot(), {"type": "GO"}, Self("child", has_parent=True))[1][0].to
    'parent'
    """
    return send_to("#_parent", event, delay=delay, id=id)


def forward_to(to: str | Child | Self | ActorRef[Never] | Maker) -> Builtin:
    """Send the event of this step on to another actor. Raises as `send_to`. Source: XState, `forwardTo`.

    >>> from actorweb.machine import machine
    >>> async def work(scope): ...
    >>> boss = machine({"invoke": {"src": "work", "id": "job"}, "on": {"*": {"actions": forward_to("job")}}}, actors={"work": work})
    >>> boss.transition(boss.initial_snapshot(), {"type": "STEP", "n": 1})[1]
    (SendTo(to=Child('job', 'work'), event={'type': 'STEP', 'n': 1}, delay=None, id=None),)
    """
    return send_to(to, lambda scope, _: scope.event)


def emit(event: Occurrence | Maker) -> Builtin:
    """Give an event to the actor's listeners (`ref.events`, an element's events) when the step is committed. Source: XState, `emit`.

    >>> from actorweb.machine import machine
    >>> bell = machine({"on": {"PRESS": {"actions": emit(lambda scope, params: {"type": "RING", "by": scope.event["who"]})}}})
    >>> bell.transition(bell.initial_snapshot(), {"type": "PRESS", "who": "Ada"})[1]
    (Emit(event={'type': 'RING', 'by': 'Ada'}),)
    """
    return Builtin("xstate.emit", lambda step, scope, params: step.effects.append(Emit(_event(event, scope, params, "emit"))))


def log(value: object = None, label: str | None = None) -> Builtin:
    """Log a value, or what a function makes; without one the context and the event. An actor makes a `Logged` report of it. Source: XState, `log`.

    >>> from actorweb.machine import machine
    >>> lamp = machine({"on": {"PRESS": {"actions": log(lambda scope, params: scope.event["type"], "seen")}}})
    >>> lamp.transition(lamp.initial_snapshot(), {"type": "PRESS"})[1]
    (Log(value='PRESS', label='seen'),)
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        made = {"context": scope.context, "event": scope.event} if value is None else _made(value, scope, params)
        step.effects.append(Log(made, label))

    return Builtin("xstate.log", perform)


def cancel(id: str | Maker) -> Builtin:  # noqa: A002 - its name in XState
    """Forget the delayed event of that id; nothing happens if there is none. Source: XState, `cancel`.

    >>> from actorweb.machine import machine
    >>> late = raise_({"type": "LATE"}, delay=1000, id="late")
    >>> patient = machine({"on": {"GO": {"actions": [late, cancel("late")]}}})
    >>> patient.transition(patient.initial_snapshot(), {"type": "GO"})[1]
    (RaiseLater(event={'type': 'LATE'}, delay=1000, id='late'), Cancel(id='late'))
    """
    return Builtin("xstate.cancel", lambda step, scope, params: step.effects.append(Cancel(_text(id, scope, params, "cancel"))))


def spawn_child(
    src: str,
    *,
    id: str | Maker | None = None,  # noqa: A002 - its name in XState
    input: object = None,  # noqa: A002 - as above
    sync_snapshot: bool = False,
    system_id: str | None = None,
) -> Builtin:
    """Start an actor of `actors=` as a child of this one, until it ends, is stopped, or the machine ends. Without an id it has that of its source.

    `input` is a value or a function of the scope. With `sync_snapshot` each state of it is an event of the machine,
    `xstate.snapshot.ID`. `system_id` is its name in the system, for `system.lookup`: one that another actor has is
    `NameTaken`, and a crash. Source: XState, `spawnChild`.

    >>> from actorweb.machine import machine
    >>> async def work(scope): ...
    >>> boss = machine({"on": {"HIRE": {"actions": spawn_child("work", id="job")}}}, actors={"work": work})
    >>> dict(boss.transition(boss.initial_snapshot(), {"type": "HIRE"})[0].children)
    {'job': Child('job', 'work')}
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        who = src if id is None else _text(id, scope, params, "spawn_child")
        step.touched = True
        children = dict(step.children)
        if step.knows(src):
            given = input(scope) if callable(input) else input
            child = children[who] = Child(who, src, given, sync=sync_snapshot, system_id=system_id)
            step.effects.append(SpawnChild(child))
        else:
            children.pop(who, None)
        step.children = children

    return Builtin("xstate.spawnChild", perform)


def stop_child(child: str | Child | Maker) -> Builtin:
    """Stop a child, by its id or itself, behind all that was sent to it before; nothing happens if it is not there. Source: XState, `stopChild`.

    >>> from actorweb.machine import machine
    >>> async def work(scope): ...
    >>> boss = machine({"invoke": {"src": "work", "id": "job"}, "on": {"FIRE": {"actions": stop_child("job")}}}, actors={"work": work})
    >>> dict(boss.transition(boss.initial_snapshot(), {"type": "FIRE"})[0].children)
    {}
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        asked = _made(child, scope, params)
        found = step.children.get(asked) if isinstance(asked, str) else asked
        step.touched = True
        if isinstance(found, Child):
            step.children = {key: other for key, other in step.children.items() if key != found.id}
            step.effects.append(StopChild(found))

    return Builtin("xstate.stopChild", perform)


def enqueue_actions(collect: Callable[[EnqueueScope, object], None]) -> Builtin:
    """Perform the actions that a function chooses, at this place in the order of actions. Source: XState, `enqueueActions`.

    >>> from actorweb.machine import machine
    >>> def choose(scope, params):
    ...     if scope.check(lambda scope, params: scope.context["n"] < 1):
    ...         scope.enqueue(assign({"n": 1}))
    ...     scope.enqueue("tell")
    >>> counter = machine({"context": {"n": 0}, "on": {"GO": {"actions": enqueue_actions(choose)}}}, actions={"tell": lambda scope, params: None})
    >>> snapshot, effects = counter.transition(counter.initial_snapshot(), {"type": "GO"})
    >>> (snapshot.context, effects[0].type)
    ({'n': 1}, 'tell')
    """

    def perform(step: Performing, scope: Scope, params: object) -> None:
        chosen = EnqueueScope(scope, step)
        collect(chosen, params)
        step.perform_now(chosen.actions)

    return Builtin("xstate.enqueueActions", perform)


def call(step: Performing, action: Call, scope: Scope) -> None:
    """Do one action: a built-in changes the step, any other becomes an effect."""
    params = action.params
    if callable(params):
        params = params(scope)
    by = action.done_by
    if isinstance(by, Builtin):
        by.perform(step, scope, params)
    else:
        step.effects.append(Act(action.type, params, scope, action.run))
