"""What a machine can invoke besides machines and behaviors: a promise, a callback, an observable, a transition function.

Each becomes a behavior, and each invocation an actor of it: a child of the machine's, ended with it.
Source: XState, "Actor logic creators".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import TYPE_CHECKING, Protocol, TypeAlias

from actorweb.errors.machine import BadActor
from actorweb.kernel.cell import run_of
from actorweb.kernel.plan import MessagePlan, Task
from actorweb.kernel.signals import Crash
from actorweb.values.message import message
from actorweb.values.record import Record
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.builder import BehaviorBuilder, BehaviorStart
    from actorweb.kernel.cell import ActorContext
    from actorweb.machine.effects import Self
    from actorweb.values.generics import Never

Event: TypeAlias = Mapping[str, object]


class Parent(Protocol):
    """The seat of an invoked actor, as far as it speaks to its parent."""

    sync: bool
    self: Self

    def tell_parent(self, event: Event) -> None:
        """Send an event to the machine that has invoked it."""


class ActorScope:
    """What the function of an invoked actor sees: its input, and the way back to the machine."""

    __slots__ = ("actor", "input", "receivers")

    def __init__(self, actor: ActorContext[object, object], given: object) -> None:
        self.actor: ActorContext[object, object] = actor
        self.input: object = given
        self.receivers: tuple[Callable[[Event], object], ...] = ()

    @property
    def dependencies(self) -> object:
        """What the machine's behavior was given with `.with_dependencies`."""
        return self.actor.dependencies

    def send_back(self, event: Event) -> None:
        """Send an event to the machine, now or later; nothing happens once this actor has ended."""
        run = run_of(self.actor)
        if not run.ended and run.ending is None:
            _seat(self.actor).tell_parent(event)

    def receive(self, function: Callable[[Event], object]) -> None:
        """Call a function with each event that the machine sends to this actor."""
        self.receivers = (*self.receivers, function)


class Invoked(Record):
    """The context of an invoked actor."""

    input: object = None
    context: object = None
    output: object = None
    scope: ActorScope | None = None
    cleanup: Callable[[], object] | None = None


@message(name="xstate.resolve")
class Resolved:
    """The work is done."""

    value: object


@message(name="xstate.reject")
class Rejected:
    """The work has failed."""

    error: object


@message(name="xstate.next")
class Next:
    """The observable has given a value."""

    value: object


def _first(given: object = None) -> Invoked:
    return Invoked(given)


class Kind:
    """A logic creator's result: makes the behavior of what it was given."""

    def behavior(self, start: BehaviorStart[object]) -> Behavior[Never, object, ...]:
        """Give the behavior."""
        raise NotImplementedError


class Promise(Kind):
    """See `from_promise`."""

    def __init__(self, function: Callable[[ActorScope], object], *, thread: bool) -> None:
        self._function = function
        self._thread = thread

    def behavior(self, start: BehaviorStart[object]) -> Behavior[Never, object, ...]:
        """Give the behavior: its task runs, and its end is the actor's."""

        def begin(actor: ActorContext[Invoked, object]) -> MessagePlan[Invoked]:
            scope = ActorScope(actor, actor.context.input)
            _tell(actor, None)
            if self._thread:
                return MessagePlan(run=[Task(lambda: self._function(scope), on_done=Resolved, on_error=Rejected, thread=True)])

            async def work() -> object:
                result = self._function(scope)
                return await result if isinstance(result, Awaitable) else result

            return MessagePlan(run=[Task(work, on_done=Resolved, on_error=Rejected)])

        return _ending(start).on_start(begin).on_message(lambda _, actor: _tell(actor, None)).build()


class Callbacks(Kind):
    """See `from_callback`."""

    def __init__(self, function: Callable[[ActorScope], object]) -> None:
        self._function = function

    def behavior(self, start: BehaviorStart[object]) -> Behavior[Never, object, ...]:
        """Give the behavior: the function runs at the start, what it returned at the end."""

        def begin(actor: ActorContext[Invoked, object]) -> Invoked:
            scope = ActorScope(actor, actor.context.input)
            cleanup = self._function(scope)
            _tell(actor, None)
            return Invoked(actor.context.input, scope=scope, cleanup=cleanup if callable(cleanup) else None)

        def hand_over(event: object, actor: ActorContext[Invoked, object]) -> None:
            scope = actor.context.scope
            if scope is not None and isinstance(event, Mapping):
                for function in scope.receivers:
                    function(event)
            _tell(actor, None)

        def clean_up(actor: ActorContext[Invoked, object]) -> None:
            if actor.context.cleanup is not None:
                actor.context.cleanup()

        return start.with_context(_first).on_start(begin).on_message(hand_over).on_stop(clean_up).build()


class Observable(Kind):
    """See `from_observable` and `from_event_observable`."""

    def __init__(self, function: Callable[[ActorScope], AsyncIterator[object]], *, events: bool) -> None:
        self._function = function
        self._events = events

    def behavior(self, start: BehaviorStart[object]) -> Behavior[Never, object, ...]:
        """Give the behavior: each value is a turn."""

        def begin(actor: ActorContext[Invoked, object]) -> MessagePlan[Invoked]:
            scope = ActorScope(actor, actor.context.input)

            _tell(actor, None)

            async def work() -> None:
                async for value in self._function(scope):
                    actor.self.tell(Next(value))

            return MessagePlan(run=[Task(work, on_done=Resolved, on_error=Rejected)])

        def take(given: Next, actor: ActorContext[Invoked, object]) -> Invoked:
            if self._events and isinstance(given.value, Mapping):
                _seat(actor).tell_parent(given.value)
            return _changed(actor, given.value)

        return _ending(start).on_start(begin).on(Next, take).on_message(lambda _, actor: _tell(actor, actor.context.context)).build()


class Reducer(Kind):
    """See `from_transition`."""

    def __init__(self, function: Callable[[object, Event, ActorScope], object], initial: object) -> None:
        self._function = function
        self._initial = initial

    def behavior(self, start: BehaviorStart[object]) -> Behavior[Never, object, ...]:
        """Give the behavior: each event is a turn."""

        def begin(actor: ActorContext[Invoked, object]) -> Invoked:
            scope = ActorScope(actor, actor.context.input)
            initial = self._initial(scope) if callable(self._initial) else self._initial
            _tell(actor, initial)
            return Invoked(actor.context.input, initial, scope=scope)

        def take(event: object, actor: ActorContext[Invoked, object]) -> Invoked | None:
            if not isinstance(event, Mapping) or actor.context.scope is None:
                return None
            return _changed(actor, self._function(actor.context.context, event, actor.context.scope))

        return start.with_context(_first).on_start(begin).on_message(take).build()


def _ending(start: BehaviorStart[object]) -> BehaviorBuilder[Resolved | Rejected, Invoked, object, ...]:
    """Handle the end of an actor's work: a value is its output, an error its reason. No crash is reported: the machine is told."""

    def resolved(done: Resolved, actor: ActorContext[Invoked, object]) -> MessagePlan[Invoked]:
        return MessagePlan(context=Invoked(actor.context.input, actor.context.context, done.value), stop=True)

    def rejected(failed: Rejected, _: ActorContext[Invoked, object]) -> MessagePlan[Invoked]:
        error = failed.error
        return MessagePlan(stop=Crash(error if isinstance(error, BaseException) else RuntimeError(repr(error))))

    return start.with_context(_first).on(Resolved, resolved).on(Rejected, rejected)


def _seat(actor: ActorContext[object, object]) -> Parent:
    seat: Parent = run_of(actor).seat  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (whoever invoked it has seated it)
    return seat


def _tell(actor: ActorContext[object, object], value: object) -> None:
    """Tell the machine of the state after the start or an event, if it wants to hear (`onSnapshot`)."""
    seat = _seat(actor)
    if seat.sync:
        seat.tell_parent({"type": f"xstate.snapshot.{seat.self.id}", "snapshot": Snapshot(value)})


def _changed(actor: ActorContext[Invoked, object], value: object) -> Invoked:
    """Give the next context, of which the machine is told."""
    _tell(actor, value)
    return Invoked(actor.context.input, value, scope=actor.context.scope)


def from_promise(function: Callable[[ActorScope], object], *, thread: bool = False) -> Promise:
    """Invoke an async function: what it returns is the output of `onDone`, what it raises the error of `onError`.

    It is cancelled when the state is left. With `thread=True` it is a plain function that may block (a page has no threads).
    An `async def` among `actors=` is taken for this by itself. Source: XState, `fromPromise`.
    """
    return Promise(function, thread=thread)


def from_callback(function: Callable[[ActorScope], object]) -> Callbacks:
    """Invoke a function that may `send_back` events, now and later, and `receive` some. What it returns is called at the end.

    A plain function among `actors=` is taken for this by itself. Source: XState, `fromCallback`.
    """
    return Callbacks(function)


def from_observable(function: Callable[[ActorScope], AsyncIterator[object]]) -> Observable:
    """Invoke an async generator: each value is the context of a snapshot, told to `onSnapshot`; its end is `onDone`.

    An async generator function among `actors=` is taken for this by itself. Source: XState, `fromObservable`.
    """
    return Observable(function, events=False)


def from_event_observable(function: Callable[[ActorScope], AsyncIterator[Event]]) -> Observable:
    """Invoke an async generator whose values are events for the machine. Source: XState, `fromEventObservable`."""
    return Observable(function, events=True)


def from_transition(function: Callable[[object, Event, ActorScope], object], initial: object) -> Reducer:
    """Invoke a function of a state and an event that gives the next state. Source: XState, `fromTransition`."""
    return Reducer(function, initial)


def kind_of(name: str, given: object) -> Kind:
    """Give what an implementation is taken for. Raises `BadActor`."""
    if isinstance(given, Kind):
        return given
    if isasyncgenfunction(given):
        return Observable(given, events=False)
    if callable(given):
        return Promise(given, thread=False) if iscoroutinefunction(given) else Callbacks(given)
    raise BadActor(
        f"the actor {name!r} is a {type(given).__name__}", "a machine, a behavior, a function, or what from_promise(…) and its like give", "give one of them"
    )
