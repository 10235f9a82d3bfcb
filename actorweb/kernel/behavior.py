"""Behaviors: what an author defines. Immutable, and shared by all actors that run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import GenericAlias
from typing import TYPE_CHECKING, Generic, TypeAlias, get_origin, overload
from typing import TypeVar as PlainTypeVar

from actorweb.errors import BadDefinition, DuplicateWireName
from actorweb.kernel.context_type import check_immutable, declared_types
from actorweb.kernel.signals import Signal
from actorweb.kernel.table import Handlers, Mode
from actorweb.values.generics import Never, ParamSpec, TypeVar
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from actorweb.kernel.cell import ActorContext, Cell
    from actorweb.kernel.plan import Ignore, MessagePlan
    from actorweb.kernel.signals import SignalType
    from actorweb.kernel.supervision import SupervisorSpec
    from actorweb.values.generics import Self
    from actorweb.values.json import Event, Json
    from actorweb.values.message import RequestType

M_contra = TypeVar("M_contra", contravariant=True)
C_co = TypeVar("C_co", covariant=True)
M = TypeVar("M")
C = TypeVar("C")
D = TypeVar("D")
N = TypeVar("N")
Q = TypeVar("Q")
R = TypeVar("R")
P = ParamSpec("P", default=[])
A = ParamSpec("A")
S = PlainTypeVar("S")

Result: TypeAlias = "None | C | MessagePlan[C, R] | Awaitable[None | C | MessagePlan[C, R]]"
Handler: TypeAlias = "Callable[[Q, ActorContext[C, D]], Result[C, R]]"
StartResult: TypeAlias = "Result[C, Never] | Ignore | Awaitable[Ignore]"


class Definition:
    """What a builder has collected. Each step of a builder makes a new one, so a half-built behavior can be shared."""

    __slots__ = ("copy", "dependencies", "factory", "fallbacks", "has_context", "mode", "name", "start", "stop", "strings", "types", "value")

    def __init__(self, name: str) -> None:
        self.name: str = name
        self.value: object = None
        self.factory: Callable[..., object] | None = None
        self.copy: Callable[[object], object] | None = None
        self.has_context: bool = False
        self.dependencies: object = None
        self.mode: str = ""  # the mode that the next handler belongs to; "" for all modes
        self.types: dict[str, Handlers] = {"": {}, "default": {}}
        self.strings: dict[str, dict[str, Callable[..., object]]] = {"": {}, "default": {}}
        self.fallbacks: dict[str, Callable[..., object]] = {}
        self.start: Callable[[Cell], object] | None = None
        self.stop: Callable[[Cell], object] | None = None

    def changed(self) -> Definition:
        """Make a copy to change."""
        new = Definition(self.name)
        for slot in self.__slots__:
            setattr(new, slot, getattr(self, slot))
        new.types = {mode: dict(types) for mode, types in self.types.items()}
        new.strings = {mode: dict(strings) for mode, strings in self.strings.items()}
        new.fallbacks = dict(self.fallbacks)
        return new


class Behavior(Generic[M_contra, C_co, P]):
    """A definition, shared by all actors that run it. `P` are the arguments that its first context is made from.

    `messages` are the declared message types by wire name. Calling a behavior binds the arguments of its context's
    function: `spawn(counter(count=3))`.
    """

    __slots__ = (
        "_checked",
        "_copy",
        "_factory",
        "_value",
        "arguments",
        "bound",
        "context_class",
        "context_types",
        "dependencies",
        "messages",
        "modes",
        "name",
        "start_handler",
        "stop_handler",
        "supervision",
    )

    name: str
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

    def __init__(self, definition: Definition, messages: Mapping[str, type], modes: dict[str, Mode], supervision: SupervisorSpec | None) -> None:
        self.name = definition.name
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
        bound: Behavior[M_contra, C_co] = Behavior.__new__(Behavior)
        for slot in Behavior.__slots__:
            setattr(bound, slot, getattr(self, slot))
        bound.arguments = (args, kwargs)
        bound.bound = True
        return bound

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

    def message_from_json(self, data: Json) -> object:
        """Read `{"type": wire name, **fields}` as a message that this behavior takes. Raises `DecodeError`.

        What no declared type takes stays a mapping where the behavior has handlers by string or `on_message`.
        """
        kind = data.get("type") if isinstance(data, Mapping) else None
        if isinstance(data, Mapping) and kind not in self.messages and any(mode.fallback is not None or kind in mode.strings for mode in self.modes.values()):
            return data

        from actorweb.values.codec import message_from_json  # noqa: PLC0415  (a page that starts needs no codec yet)

        return message_from_json(self.messages, data)

    def __repr__(self) -> str:
        return f"<Behavior {self.name}>"

    if TYPE_CHECKING:

        def __accepts__(self, message: M_contra) -> C_co: ...
    else:
        __class_getitem__ = classmethod(GenericAlias)


class BehaviorBuilder(Generic[M, C, D, P]):
    """Collects handlers. Each step gives a new builder; `build` checks the whole."""

    __slots__ = ("_definition",)

    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    @overload
    def on(self, kind: SignalType[Q], handler: Handler[Q, C, D, Never], /) -> BehaviorBuilder[M, C, D, P]: ...
    @overload
    def on(self, kind: str, handler: Handler[Event, C, D, object], /) -> BehaviorBuilder[M | Event, C, D, P]: ...
    @overload
    def on(self, kind: type[N], handler: Handler[N, C, D, Never], /) -> BehaviorBuilder[M | N, C, D, P]: ...
    @overload
    def on(self, kind: RequestType[Q, R], handler: Handler[Q, C, D, R], /) -> BehaviorBuilder[M | Q, C, D, P]: ...
    def on(self, kind: object, handler: Callable[..., object], /) -> object:
        """Handle one type of message or signal, or mappings whose `"type"` is the given text.

        Before the first `.mode()` the handler serves every mode; after it, that mode, where it comes first. A handler of
        a base class takes subclasses that have none of their own. Raises `NotAMessage` and `BadDefinition`.
        """
        definition = self._definition.changed()
        if not callable(handler):
            raise BadDefinition(f"behavior {definition.name!r}: the handler of {kind!r} is {handler!r}", "a function of (message, actor)", "give a function")
        if isinstance(kind, str):
            definition.strings[definition.mode][kind] = handler
        else:
            kind = get_origin(kind) or kind
            if not (isinstance(kind, type) and issubclass(kind, Signal)):
                wire_name(kind if isinstance(kind, type) else type(kind))
            if isinstance(kind, type):
                definition.types[definition.mode][kind] = handler
        return BehaviorBuilder(definition)

    def on_message(self, handler: Handler[object, C, D, object], /) -> BehaviorBuilder[object, C, D, P]:
        """Handle every message that no other handler of the mode takes (never signals)."""
        definition = self._definition.changed()
        definition.fallbacks[definition.mode] = handler
        return BehaviorBuilder(definition)

    def on_start(self, handler: Callable[[ActorContext[C, D]], StartResult[C]], /) -> Self:
        """Run this at the start of each run, as a turn: if it raises, the start fails. `Ignore()` ends the actor without an error."""
        definition = self._definition.changed()
        definition.start = handler  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel calls it with the actor's own context)
        return self._like(definition)

    def on_stop(self, handler: Callable[[ActorContext[C, D]], Awaitable[None] | None], /) -> Self:
        """Run this once at the end of each run that had started, with `actor.reason`; never after `Killed()`."""
        definition = self._definition.changed()
        definition.stop = handler  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  (as in on_start)
        return self._like(definition)

    def mode(self, name: str, /) -> Self:
        """Give the handlers that follow to a mode of this name. Calling it again for a mode adds to it."""
        if not isinstance(name, str) or not name:
            raise BadDefinition(f"behavior {self._definition.name!r}: mode({name!r})", "a text that is not empty", "name the mode")
        definition = self._definition.changed()
        definition.mode = name
        definition.types.setdefault(name, {})
        definition.strings.setdefault(name, {})
        return self._like(definition)

    def build(self) -> Behavior[M, C, P]:
        """Check the whole and compile it. Raises `DuplicateWireName` and `MutableContext`."""
        definition = self._definition
        if definition.has_context and definition.copy is None:
            if definition.factory is None:
                check_immutable(definition.name, definition.value)
            elif isinstance(definition.factory, type):
                check_immutable(definition.name, definition.factory)
        return Behavior(definition, _messages(definition), _modes(definition), None)

    def _like(self, definition: Definition) -> Self:
        return type(self)(definition)

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)


class BehaviorStart(BehaviorBuilder[Never, None, D]):
    """A behavior with no context yet: choose it first."""

    __slots__ = ()

    @overload
    def with_context(self, context: Callable[A, N], /) -> BehaviorBuilder[Never, N, D, A]: ...  # type: ignore[overload-overlap]  # pyright: ignore[reportOverlappingOverload]  (a callable is a function of the context, by rule)
    @overload
    def with_context(self, context: N, /) -> BehaviorBuilder[Never, N, D]: ...
    @overload
    def with_context(self, context: N, /, *, copy: Callable[[N], N]) -> BehaviorBuilder[Never, N, D]: ...
    def with_context(self, context: object, /, *, copy: Callable[[S], S] | None = None) -> object:
        """Choose the first context: a value, or a function or class that makes it from the arguments of `spawn(behavior(…))`.

        The value must be immutable (`MutableContext` otherwise), or each run gets `copy(value)`.
        """
        definition = self._definition.changed()
        if context is None:
            raise BadDefinition(
                f"behavior {definition.name!r}: with_context(None)",
                "a value (None means “no change” in a handler's result)",
                "leave with_context out, or choose another value",
            )
        definition.has_context = True
        definition.copy = copy  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  (the overload ties it to the context)
        if callable(context):
            definition.factory = context
        else:
            definition.value = context
        return BehaviorBuilder(definition)

    def with_dependencies(self, dependencies: N, /) -> BehaviorStart[N]:
        """Hand something to the handlers as `actor.dependencies`: a client, a clock, a function. A test gives another."""
        definition = self._definition.changed()
        definition.dependencies = dependencies
        return BehaviorStart(definition)


def define_behavior(name: str, /) -> BehaviorStart[None]:
    """Begin the definition of a behavior.

    >>> from actorweb import message
    >>> @message
    ... class Add:
    ...     by: int
    >>> define_behavior("sum").with_context(0).on(Add, lambda add, actor: actor.context + add.by).build()
    <Behavior sum>
    """
    if not isinstance(name, str) or not name or "/" in name:
        raise BadDefinition(f"define_behavior({name!r})", "a text that is not empty and has no '/'", "name the behavior, as in define_behavior('counter')")
    return BehaviorStart(Definition(name))


def make_behavior(name: str, context: C, types: Handlers, messages: Mapping[str, type], supervision: SupervisorSpec) -> Behavior[M, C]:  # pyright: ignore[reportInvalidTypeVarUse]  (the caller says what it takes)
    """Make a behavior of the kernel's own."""
    definition = Definition(name)
    definition.value = context
    definition.has_context = True
    definition.types[""].update(types)
    return Behavior(definition, messages, _modes(definition), supervision)


def _modes(definition: Definition) -> dict[str, Mode]:
    types, strings, fallbacks = definition.types, definition.strings, definition.fallbacks
    return {
        mode: Mode(mode, {**types[""], **types[mode]}, {**strings[""], **strings[mode]}, fallbacks.get(mode) or fallbacks.get("")) for mode in types if mode
    }


def _messages(definition: Definition) -> dict[str, type]:
    messages: dict[str, type] = {}
    for types in definition.types.values():
        for kind in types:
            if issubclass(kind, Signal):
                continue
            name = wire_name(kind)
            other = messages.setdefault(name, kind)
            if other is not kind:
                raise DuplicateWireName(
                    f"behavior {definition.name!r}: {other.__module__}.{other.__qualname__} and {kind.__module__}.{kind.__qualname__} are both called {name!r}",
                    "wire names that differ within a behavior",
                    f'give one of them another: @message(name="…{name}")',
                )
    return messages


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
