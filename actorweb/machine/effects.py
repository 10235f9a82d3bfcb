"""Effects: what a step asks for, in the order in which it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors import Misuse
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.kernel.cell import ActorContext
    from actorweb.kernel.ref import ActorRef
    from actorweb.values.generics import Never
    from actorweb.values.json import JsonObject

Fields: TypeAlias = Mapping[str, object]
Occurrence: TypeAlias = Mapping[str, object]  # an event: its `type` and its fields


class Self:
    """The actor that runs a machine, as the machine knows it."""

    __slots__ = ("actor", "has_parent", "id")

    def __init__(self, id: str, *, has_parent: bool = False, actor: ActorContext[JsonObject, object] | None = None) -> None:  # noqa: A002 - its name in XState
        self.id: str = id
        self.has_parent: bool = has_parent
        self.actor: ActorContext[JsonObject, object] | None = actor

    def __repr__(self) -> str:
        return f"Self({self.id!r})"


class Child:
    """One child of a machine, from its spawning to its stop. Two children are the same only if they are one object."""

    __slots__ = ("id", "persisted", "ref", "src", "start_input", "sync", "system_id")

    def __init__(
        self,
        id: str,  # noqa: A002 - its name in XState
        src: str,
        start_input: object = None,
        *,
        sync: bool = False,
        persisted: object = None,
        system_id: str | None = None,
    ) -> None:
        self.id: str = id
        self.ref: ActorRef[object] | None = None  # the actor that it is, once it was spawned
        self.src: str = src
        self.start_input: object = start_input
        self.sync: bool = sync
        self.persisted: object = persisted
        self.system_id: str | None = system_id  # its name in the system

    def __repr__(self) -> str:
        return f"Child({self.id!r}, {self.src!r})"


class Scope:
    """What an implementation sees: the context at its place in the order of actions, the event, who runs it, the input."""

    __slots__ = ("context", "event", "input", "self")

    def __init__(self, context: Fields, event: Occurrence, self_: Self, start_input: object = None) -> None:
        self.context: Fields = context
        self.event: Occurrence = event
        self.self: Self = self_
        self.input: object = start_input

    @property
    def actor(self) -> ActorContext[JsonObject, object]:
        """The actor that runs the machine: its ref, dependencies, clock and dice. Raises `Misuse` where no actor does."""
        actor = self.self.actor
        if actor is None:
            raise Misuse("scope.actor was read, but no actor runs this machine", "a machine that was spawned", "give its behavior to system.spawn")
        return actor


Implementation: TypeAlias = Callable[[Scope, object], object]


class Act(Record):
    """Run a custom action. `run` is its implementation, or None if there is none (with `missing="xstate"`)."""

    type: str
    params: object
    scope: Scope
    run: Implementation | None

    if not TYPE_CHECKING:  # Steps make many of these, and a record checks each assignment in Python. CPython has one slot for both.
        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__

    def __init__(self, type: str, params: object, scope: Scope, run: Implementation | None) -> None:  # noqa: A002 - its name in XState
        self.type, self.params, self.scope, self.run = type, params, scope, run  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (frozen for others)


class Log(Record):
    """Write a value to the log."""

    value: object
    label: str | None


class RaiseLater(Record):
    """Send an event to itself after `delay` milliseconds."""

    event: Occurrence
    delay: float
    id: str | None


class SendTo(Record):
    """Send an event to a child, itself, the parent or another actor, at once or after `delay` milliseconds. `to` is None if nobody is there."""

    to: Child | Self | ActorRef[Never] | Literal["parent"] | None
    event: Occurrence
    delay: float | None
    id: str | None


class Cancel(Record):
    """Forget the delayed event of that id."""

    id: str


class SpawnChild(Record):
    """Start a child."""

    child: Child


class StopChild(Record):
    """Stop a child."""

    child: Child


class Emit(Record):
    """Give an event to the actor's listeners."""

    event: Occurrence


Effect: TypeAlias = Act | Log | RaiseLater | SendTo | Cancel | SpawnChild | StopChild | Emit
