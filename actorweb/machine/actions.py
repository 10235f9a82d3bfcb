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
    """Replace the context by one with other values: a function that returns them all, or a mapping of values or functions."""
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
    """Handle an event in this same step, after the transitions that are due, or after a delay."""

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

    An actor that is no machine gets the message that it declares by that name, if it does. Later than at once only to
    oneself, a child or the parent: a ref is not kept over a restart.
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
    """Send an event to the parent when the step is committed."""
    return send_to("#_parent", event, delay=delay, id=id)


def forward_to(to: str | Child | Self | ActorRef[Never] | Maker) -> Builtin:
    """Send the event of this step on to another actor."""
    return send_to(to, lambda scope, _: scope.event)


def emit(event: Occurrence | Maker) -> Builtin:
    """Give an event to the actor's listeners when the step is committed."""
    return Builtin("xstate.emit", lambda step, scope, params: step.effects.append(Emit(_event(event, scope, params, "emit"))))


def log(value: object = None, label: str | None = None) -> Builtin:
    """Log a value, or what a function makes; without one the context and the event."""

    def perform(step: Performing, scope: Scope, params: object) -> None:
        made = {"context": scope.context, "event": scope.event} if value is None else _made(value, scope, params)
        step.effects.append(Log(made, label))

    return Builtin("xstate.log", perform)


def cancel(id: str | Maker) -> Builtin:  # noqa: A002 - its name in XState
    """Forget the delayed event of that id."""
    return Builtin("xstate.cancel", lambda step, scope, params: step.effects.append(Cancel(_text(id, scope, params, "cancel"))))


def spawn_child(
    src: str,
    *,
    id: str | Maker | None = None,  # noqa: A002 - its name in XState
    input: object = None,  # noqa: A002 - as above
    sync_snapshot: bool = False,
    system_id: str | None = None,
) -> Builtin:
    """Start an actor as a child of this one. Without an id it has that of its source.

    `system_id` is its name in the system, for `system.lookup`: one that another actor has is `NameTaken`, and a crash.
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
    """Stop a child, by its id or itself."""

    def perform(step: Performing, scope: Scope, params: object) -> None:
        asked = _made(child, scope, params)
        found = step.children.get(asked) if isinstance(asked, str) else asked
        step.touched = True
        if isinstance(found, Child):
            step.children = {key: other for key, other in step.children.items() if key != found.id}
            step.effects.append(StopChild(found))

    return Builtin("xstate.stopChild", perform)


def enqueue_actions(collect: Callable[[EnqueueScope, object], None]) -> Builtin:
    """Perform the actions that a function chooses."""

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
