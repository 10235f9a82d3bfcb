"""The builder of behaviors: `define_behavior("counter").with_context(…).on(…)….build()`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import GenericAlias
from typing import TYPE_CHECKING, Generic, get_origin, overload
from typing import TypeVar as PlainTypeVar

from actorweb.errors import BadDefinition
from actorweb.kernel import assembly
from actorweb.kernel.behavior import Behavior, Definition
from actorweb.kernel.context_type import check_immutable
from actorweb.kernel.signals import Signal
from actorweb.kernel.table import Handlers
from actorweb.values.generics import Never, ParamSpec, TypeVar
from actorweb.values.json import UNSET
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from actorweb.kernel.behavior import Handler, Migration, StartResult
    from actorweb.kernel.cell import ActorContext
    from actorweb.kernel.child_spec import SupervisorSpec
    from actorweb.kernel.logic import Hosted
    from actorweb.kernel.mailbox import Overflow
    from actorweb.kernel.signals import SignalType
    from actorweb.values.generics import Self
    from actorweb.values.json import Event, JsonObject
    from actorweb.values.message import RequestType

M = TypeVar("M")
C = TypeVar("C")
D = TypeVar("D")
N = TypeVar("N")
Q = TypeVar("Q")
R = TypeVar("R")
P = ParamSpec("P", default=[])
A = ParamSpec("A")
S = PlainTypeVar("S")


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

    @overload
    def mode(self, name: str, /) -> Self: ...
    @overload
    def mode(self, name: str, behavior: Behavior[N, C], /) -> BehaviorBuilder[M | N, C, D, P]: ...
    def mode(self, name: str, behavior: Behavior[Never, object] | None = None, /) -> object:
        """Give the handlers that follow to a mode of this name. Calling it again for a mode adds to it.

        With a behavior of the same context type its handlers become the mode's, now: what it does at its start and stop,
        and what it was given as dependencies, is not taken over. Raises `BadDefinition` if it has modes itself.
        """
        if not isinstance(name, str) or not name:
            raise BadDefinition(f"behavior {self._definition.name!r}: mode({name!r})", "a text that is not empty", "name the mode")
        definition = self._definition.changed()
        definition.mode = name
        types, strings = definition.types.setdefault(name, {}), definition.strings.setdefault(name, {})
        if behavior is not None:
            other = behavior.definition
            if len(behavior.modes) > 1:
                raise BadDefinition(
                    f"behavior {definition.name!r}: mode({name!r}, {behavior}) takes a behavior with the modes {', '.join(behavior.modes)}",
                    "a behavior without modes of its own",
                    "take its modes in one by one, or split it",
                )
            for mode in ("", "default"):
                types |= other.types[mode]
                strings |= other.strings[mode]
                if mode in other.fallbacks:
                    definition.fallbacks[name] = other.fallbacks[mode]
        return self._like(definition)

    def with_mailbox(self, *, capacity: int, overflow: Overflow = "raise") -> Self:
        """Bound how many messages may wait, and say what becomes of one too many.

        `"raise"`: the sender gets `MailboxFull`; inside a turn that fails the turn, before anything of it is done.
        `"drop_new"`: it is dropped. `"drop_old"`: the oldest one that waits is dropped. A drop is a `Dropped` report, and
        an ask that is dropped ends with `MailboxFull`. Commands, signals and the actor's own timers never count. Raises
        `BadDefinition`. (Erlang has no bound; Akka drops to dead letters.)
        """
        from actorweb.kernel.mailbox import OVERFLOWS, Mailbox  # noqa: PLC0415  (a room of its own for those who want it)

        definition = self._definition.changed()
        assembly.check_capacity(definition.name, "with_mailbox", capacity)
        if overflow not in OVERFLOWS:
            raise BadDefinition(f"behavior {definition.name!r}: with_mailbox(overflow={overflow!r})", f"one of {', '.join(OVERFLOWS)}", "choose one of them")
        definition.mailbox = partial(Mailbox, capacity, overflow)
        return self._like(definition)

    def with_stash(self, *, capacity: int) -> Self:
        """Bound the stash (1,000 otherwise). One message more crashes the actor with `StashOverflow`. Raises `BadDefinition`."""
        definition = self._definition.changed()
        assembly.check_capacity(definition.name, "with_stash", capacity)
        definition.stash_size = capacity
        return self._like(definition)

    def with_idle_timeout(self, seconds: float, message: object = UNSET, /) -> Self:
        """Handle `message` when nothing else has been handled for so many seconds: once for each silence.

        It is armed at the start and again after each turn but its own; commands do not count. A durable actor then leaves
        memory, if nothing holds it, and comes back from its store at its next message; where that is all that is wanted,
        leave the message out. Raises `BadDefinition`.
        Source: OTP, `gen_server` time-outs.
        """
        from actorweb.kernel.idle import IdleTimeout  # noqa: PLC0415  (a room of its own for those who want it)

        definition = self._definition.changed()
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
            raise BadDefinition(f"behavior {definition.name!r}: with_idle_timeout({seconds!r}, …)", "more than 0 seconds", "say how long a silence may last")
        definition.idle = IdleTimeout(seconds, message)
        return self._like(definition)

    def with_version(self, version: int, /) -> Self:
        """Number the form of the context: 1, unless said otherwise. Raise it with each change that old contexts do not fit.

        A context of an older form is brought up by the migrations: on an upgrade, on recovery from a store, on a
        rollback. Raises `BadDefinition`. Source: OTP, `code_change`.
        """
        definition = self._definition.changed()
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise BadDefinition(f"behavior {definition.name!r}: with_version({version!r})", "a whole number, 1 or more", "count the forms of the context")
        definition.version = version
        return self._like(definition)

    def migrate(self, version: int, function: Migration, /) -> Self:
        """Make, of the JSON of a context of this version, that of the next.

        `function` must not change what it is given. The chain has no gaps up to the behavior's own version; the oldest
        steps may be left out once nothing so old is kept. Raises `BadDefinition`.
        """
        definition = self._definition.changed()
        assembly.add_migration(definition, "migrate", definition.up, version, function)
        return self._like(definition)

    def migrate_down(self, version: int, function: Migration, /) -> Self:
        """Make, of the JSON of a context of this version, that of the one before: so that an upgrade can be taken back.

        Raises `BadDefinition`.
        """
        definition = self._definition.changed()
        assembly.add_migration(definition, "migrate_down", definition.down, version, function)
        return self._like(definition)

    def with_history(self, length: int, /) -> Self:
        """Keep the last `length` snapshots, by reference: for `system.history`, `system.rollback` and history files.

        What two contexts have in common is kept once, so a version costs what its turn made new. Raises `BadDefinition`.
        """
        definition = self._definition.changed()
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise BadDefinition(
                f"behavior {definition.name!r}: with_history({length!r})", "a whole number, 1 or more", "say how many versions to keep, or leave it out"
            )
        definition.history = length
        return self._like(definition)

    def with_trap_exits(self) -> Self:
        """Get the end of a linked actor as the signal `Exit`, instead of ending with it. A stop is a command and never trapped."""
        definition = self._definition.changed()
        definition.traps_exits = True
        return self._like(definition)

    def build(self) -> Behavior[M, C, P]:
        """Check the whole and compile it. Raises `DuplicateWireName`, `MutableContext` and `BadDefinition`."""
        definition = self._definition
        assembly.check_migrations(definition)
        assembly.check_logic(definition)
        if definition.has_context and definition.copy is None:
            if definition.factory is None:
                check_immutable(definition.name, definition.value)
            elif isinstance(definition.factory, type):
                check_immutable(definition.name, definition.factory)
        return Behavior(definition, assembly.messages_of(definition), assembly.modes_of(definition), None)

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

    @overload
    def with_machine(self, machine: Hosted[Never], /) -> BehaviorBuilder[object, JsonObject, D]: ...
    @overload
    def with_machine(self, machine: Hosted[N], /) -> BehaviorBuilder[N, JsonObject, D]: ...
    def with_machine(self, machine: Hosted[object], /) -> object:
        """Let a machine decide the state. The context is the machine's, a JSON mapping.

        What no `.on` handler takes is an event of the machine: a mapping with a `"type"` as it is, a message as
        `{"type": wire name, **fields}`. A handler can give it one: `MessagePlan(transition=event)`, from the `context=` of
        the same plan. A step that ends in status `error` is a crash of the turn. A machine that is done takes no more
        events; the actor stays until it is stopped. Raises `BadDefinition` for what is no machine.
        """
        if not hasattr(machine, "hosted"):
            raise BadDefinition(
                f"behavior {self._definition.name!r}: with_machine({machine!r})", "what machine(config) gave", "write .with_machine(machine({…}))"
            )
        definition = self._definition.changed()
        definition.logic = machine.hosted()
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
    return Behavior(definition, messages, assembly.modes_of(definition), supervision)
