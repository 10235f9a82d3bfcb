"""Behaviors: what an author defines. Immutable, and shared by all actors that run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import GenericAlias
from typing import TYPE_CHECKING, Generic, TypeAlias

from actorweb.errors import BadDefinition
from actorweb.kernel.context_type import check_immutable, declared_form, declared_types
from actorweb.kernel.table import Handlers, Mode
from actorweb.values.generics import Never, ParamSpec, TypeVar
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    from actorweb.kernel.cell import ActorContext, Cell
    from actorweb.kernel.child_spec import SupervisorSpec
    from actorweb.kernel.idle import IdleTimeout
    from actorweb.kernel.logic import Logic
    from actorweb.kernel.mailbox import Mailbox
    from actorweb.kernel.plan import Ignore, MessagePlan
    from actorweb.values.json import Json, JsonObject

M_contra = TypeVar("M_contra", contravariant=True)
C_co = TypeVar("C_co", covariant=True)
C = TypeVar("C")
M = TypeVar("M")
D = TypeVar("D")
Q = TypeVar("Q")
R = TypeVar("R")
P = ParamSpec("P", default=[])

Result: TypeAlias = "None | C | MessagePlan[C, R] | Awaitable[None | C | MessagePlan[C, R]]"
Handler: TypeAlias = "Callable[[Q, ActorContext[C, D]], Result[C, R]]"
Migration: TypeAlias = "Callable[[JsonObject], Json]"
StartResult: TypeAlias = "Result[C, Never] | Ignore | Awaitable[Ignore]"


STASH_SIZE = 1000
"""How many messages an actor may stash, if its behavior does not say."""


class Definition:
    """What a builder has collected. Each step of a builder makes a new one, so a half-built behavior can be shared."""

    __slots__ = (
        "copy",
        "dependencies",
        "down",
        "factory",
        "fallbacks",
        "has_context",
        "history",
        "idle",
        "logic",
        "mailbox",
        "mode",
        "name",
        "start",
        "stash_size",
        "stop",
        "strings",
        "traps_exits",
        "types",
        "up",
        "value",
        "version",
    )

    def __init__(self, name: str) -> None:
        self.name: str = name
        self.value: object = None
        self.factory: Callable[..., object] | None = None
        self.copy: Callable[[object], object] | None = None
        self.logic: Logic | None = None
        self.has_context: bool = False
        self.dependencies: object = None
        self.mode: str = ""  # the mode that the next handler belongs to; "" for all modes
        self.types: dict[str, Handlers] = {"": {}, "default": {}}
        self.strings: dict[str, dict[str, Callable[..., object]]] = {"": {}, "default": {}}
        self.fallbacks: dict[str, Callable[..., object]] = {}
        self.start: Callable[[Cell], object] | None = None
        self.stop: Callable[[Cell], object] | None = None
        self.mailbox: Callable[[], Mailbox] | None = None
        self.idle: IdleTimeout | None = None
        self.stash_size: int = STASH_SIZE
        self.traps_exits: bool = False
        self.history: int = 0
        self.version: int = 1
        self.up: dict[int, Migration] = {}
        self.down: dict[int, Migration] = {}

    def changed(self) -> Definition:
        """Make a copy to change."""
        new = Definition(self.name)
        for slot in self.__slots__:
            setattr(new, slot, getattr(self, slot))
        new.types = {mode: dict(types) for mode, types in self.types.items()}
        new.strings = {mode: dict(strings) for mode, strings in self.strings.items()}
        new.fallbacks = dict(self.fallbacks)
        new.up, new.down = dict(self.up), dict(self.down)
        return new


class Behavior(Generic[M_contra, C_co, P]):
    """A definition, shared by all actors that run it. `P` are the arguments that its first context is made from.

    `messages` are the declared message types by wire name, `version` is that of its context's form. Calling a behavior binds the arguments of its context's
    function: `spawn(counter(count=3))`.
    """

    __slots__ = (
        "_checked",
        "_copy",
        "_factory",
        "_keeping",
        "_value",
        "arguments",
        "bound",
        "context_class",
        "context_types",
        "definition",
        "dependencies",
        "history",
        "idle",
        "kept",
        "logic",
        "mailbox",
        "messages",
        "modes",
        "name",
        "start_handler",
        "stash_size",
        "stop_handler",
        "supervision",
        "traps_exits",
        "version",
    )

    name: str
    version: int
    history: int
    kept: bool
    logic: Logic | None
    messages: Mapping[str, type]
    modes: dict[str, Mode]
    supervision: SupervisorSpec | None
    context_types: tuple[type, ...]
    context_class: type | None
    start_handler: Callable[[Cell], object] | None
    stop_handler: Callable[[Cell], object] | None
    dependencies: object
    arguments: tuple[tuple[object, ...], dict[str, object]]
    bound: bool
    definition: Definition
    mailbox: Callable[[], Mailbox] | None
    idle: IdleTimeout | None
    stash_size: int
    traps_exits: bool

    def __init__(self, definition: Definition, messages: Mapping[str, type], modes: dict[str, Mode], supervision: SupervisorSpec | None) -> None:
        self.name = definition.name
        self.definition = definition
        self.logic = definition.logic
        self.mailbox = definition.mailbox
        self.idle = definition.idle
        self.stash_size = definition.stash_size
        self.traps_exits = definition.traps_exits
        self.version = definition.version
        self.history = definition.history
        self.kept = False  # whether its actors have recorders; see `keeping`
        self._keeping: Behavior[Never, object] | None = None
        self.messages = messages
        self.modes = modes
        self.supervision = supervision
        self.dependencies = definition.dependencies
        self.start_handler = definition.start
        self.stop_handler = definition.stop
        self.arguments = ((), {})
        self.bound = False
        self._value = definition.value
        self._factory = definition.factory
        self._copy = definition.copy
        self._checked = False
        self.context_types = declared_types(definition.value, definition.factory) if definition.has_context else ()
        if definition.logic is not None:
            self.context_types = (dict, Mapping)
        self.context_class = self.context_types[0] if len(self.context_types) == 1 else None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Behavior[M_contra, C_co]:
        """Bind the arguments of the context's function. Raises `BadDefinition` when they do not fit."""
        if self._factory is None:
            raise BadDefinition(
                f"behavior {self.name!r} was called, but its context is a value",
                "a context that is a function or a class",
                f"spawn it as it is: spawn({self.name})",
            )
        _check_arguments(self.name, self._factory, args, kwargs)
        bound: Behavior[M_contra, C_co] = _copied(self)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportAssignmentType]  (its arguments are bound now)
        bound.arguments = (args, kwargs)
        bound.bound = True
        return bound

    def with_input(self, given: object, /) -> Behavior[M_contra, C_co]:
        """Bind the input of a machine: `spawn(order.with_input({"id": 3}))`. Raises `BadDefinition` for a behavior without one.

        Source: XState, `createActor(machine, {input})`.
        """
        if self.logic is None:
            raise BadDefinition(f"behavior {self.name!r} has no machine, so it takes no input", "a behavior with .with_machine(…)", f"call it: {self.name}(…)")
        bound: Behavior[M_contra, C_co] = _copied(self)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportAssignmentType]  (it takes no arguments)
        bound.arguments = ((), {"input": given})
        bound.bound = True
        return bound

    @property
    def context_form(self) -> object:
        """The type that contexts are written and read as: what the author declared, or the class of the first context."""
        if self.logic is not None:
            return dict[str, object]
        factory = self._factory
        if factory is not None and not isinstance(factory, type):
            declared = declared_form(factory)
            if declared is not None:
                return declared
        if len(self.context_types) != 1:
            self.first_context()
        return self.context_types[0]

    def check_bound(self) -> None:
        """Raise `BadDefinition` when the context's function still wants arguments."""
        if self._factory is not None and not self.bound:
            _check_arguments(self.name, self._factory, (), {})

    def first_context(self) -> object:
        """Make the context of a new run. Raises what the author's function raises, or `MutableContext`."""
        if self._factory is None:
            return self._value if self._copy is None else self._copy(self._value)
        args, kwargs = self.arguments
        context = self._factory(*args, **kwargs)
        if not self._checked:
            self._checked = True
            if self._copy is None:
                check_immutable(self.name, context)
            if not self.context_types:
                self.context_types = (type(context),)
                self.context_class = type(context)
        return context

    def first_snapshot(self) -> Snapshot[C_co]:
        """Give what an actor of this behavior shows before its first turn. Raises as the author's function of the context does."""
        if self.logic is not None:
            state: Snapshot[C_co] = self.logic.first(self.arguments[1].get("input"))  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (the context of a machine is C)
            return state
        context: C_co = self.first_context()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (it is what the author declared)
        return Snapshot(context, 0, "default", "default")

    def message_from_json(self, data: Json) -> object:
        """Read `{"type": wire name, **fields}` as a message that this behavior takes. Raises `DecodeError`.

        What no declared type takes stays a mapping where the behavior has handlers by string or `on_message`.
        """
        if self.logic is not None:
            return self.logic.message_from_json(self.messages, data)
        kind = data.get("type") if isinstance(data, Mapping) else None
        if isinstance(data, Mapping) and kind not in self.messages and any(mode.fallback is not None or kind in mode.strings for mode in self.modes.values()):
            return data

        from actorweb.values.codec import message_from_json  # noqa: PLC0415  (a page that starts needs no codec yet)

        return message_from_json(self.messages, data)

    def kept_from_json(self, data: Json) -> object:
        """Read a message that was kept with a state: in a store, a history, an export. Raises `DecodeError`."""
        return self.message_from_json(data) if self.logic is None else self.logic.kept_from_json(self.messages, data)

    def __repr__(self) -> str:
        return f"<Behavior {self.name}>"

    if TYPE_CHECKING:

        def __accepts__(self, message: M_contra) -> C_co: ...
    else:
        __class_getitem__ = classmethod(GenericAlias)


def _copied(behavior: Behavior[M, C, P]) -> Behavior[M, C, P]:
    made: Behavior[M, C, P] = Behavior.__new__(Behavior)  # pyright: ignore[reportAssignmentType]  (of which types, its slots say)
    for slot in Behavior.__slots__:
        setattr(made, slot, getattr(behavior, slot))
    made._keeping = None
    return made


def keeping(behavior: Behavior[Never, object]) -> Behavior[Never, object]:
    """Give the same behavior for actors whose state is kept: their turns go past a recorder."""
    if behavior.kept:
        return behavior
    if behavior._keeping is None:
        made = _copied(behavior)
        made.kept = True
        made.modes = {name: mode.keeping() for name, mode in behavior.modes.items()}
        behavior._keeping = made
    return behavior._keeping


def with_arguments_of(behavior: Behavior[M, C], other: Behavior[Never, object]) -> Behavior[M, C]:
    """Give a behavior with the arguments that were bound to an older one. Raises `BadDefinition` when they do not fit."""
    if not other.bound or (behavior._factory is None and behavior.logic is None):
        return behavior
    args, kwargs = other.arguments
    if behavior._factory is not None:
        _check_arguments(behavior.name, behavior._factory, args, kwargs)
    made = _copied(behavior)
    made.arguments, made.bound = other.arguments, True
    return made


def _check_arguments(name: str, factory: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
    from inspect import signature  # noqa: PLC0415  (heavy, and only for behaviors whose context is a function)

    try:
        wanted = signature(factory)
    except (TypeError, ValueError):
        return  # a function of C without a signature: it checks its arguments itself
    try:
        wanted.bind(*args, **kwargs)
    except TypeError as error:
        raise BadDefinition(f"behavior {name!r}: {error}", f"the arguments of its context: {wanted}", f"bind them: spawn({name}(…))") from None
