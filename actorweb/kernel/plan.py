"""What a handler returns when a new context alone does not say it all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Generic, Literal, overload

from actorweb.values.generics import Never, TypeVar
from actorweb.values.json import UNSET, Event, Unset
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from actorweb.errors import AskError
    from actorweb.kernel.logic import LogicSnapshot
    from actorweb.kernel.ref import ActorRef, ReplyTo
    from actorweb.kernel.signals import Reason
    from actorweb.values.message import Asks

C_co = TypeVar("C_co", covariant=True, default=Never)
R_co = TypeVar("R_co", covariant=True, default=Never)
M = TypeVar("M")
R = TypeVar("R")
T = TypeVar("T")


class Tell:
    """A message for a ref, or the answer for a `ReplyTo`; checkers check the pair."""

    __slots__ = ("message", "ref")

    def __init__(self, ref: ActorRef[M] | ReplyTo[M], message: M) -> None:
        self.ref: ActorRef[Never] | ReplyTo[Never] = ref
        self.message: object = message


class Ask:
    """A request whose answer comes back as a message: `on_reply(reply)`, or `on_error(error)`, is what the actor then handles.

    Both functions run inside a turn of the asking actor. Without `on_error` a failure crashes the actor with it.
    `timeout` is in seconds.
    """

    __slots__ = ("on_error", "on_reply", "ref", "request", "timeout")

    def __init__(
        self,
        ref: ActorRef[M],
        request: Asks[M, R],
        *,
        on_reply: Callable[[R], object],
        on_error: Callable[[AskError], object] | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.ref: ActorRef[Never] = ref
        self.request: object = request
        self.on_reply: Callable[[Never], object] = on_reply
        self.on_error: Callable[[AskError], object] | None = on_error
        self.timeout: float = timeout


class Task:
    """Work that goes on beside the actor; its result comes back as the message that `on_done` makes of it.

    The task belongs to the actor's run and is cancelled with it. Without `on_error` a failure crashes the actor with it.
    A task of the same key cancels the one before, and so does `Cancel(key)`; a cancelled task tells nothing.

    With `thread=True` the work is a plain function that may block: it runs in a thread, and must not touch actors (it may
    use `system.from_thread`). A thread cannot be stopped: cancelled, it goes on unheard. A host without threads (a page)
    fails the task with `NoThreads`.
    """

    __slots__ = ("key", "on_done", "on_error", "thread", "work")

    @overload
    def __init__(
        self,
        work: Callable[[], Awaitable[T]],
        *,
        on_done: Callable[[T], object],
        on_error: Callable[[Exception], object] | None = None,
        key: str | None = None,
        thread: Literal[False] = False,
    ) -> None: ...
    @overload
    def __init__(
        self,
        work: Callable[[], T],
        *,
        on_done: Callable[[T], object],
        on_error: Callable[[Exception], object] | None = None,
        key: str | None = None,
        thread: Literal[True],
    ) -> None: ...
    def __init__(
        self,
        work: Callable[[], object],
        *,
        on_done: Callable[[Never], object],
        on_error: Callable[[Exception], object] | None = None,
        key: str | None = None,
        thread: bool = False,
    ) -> None:
        self.thread: bool = thread
        self.key: str | None = key
        self.work: Callable[[], object] = work
        self.on_done: Callable[[Never], object] = on_done
        self.on_error: Callable[[Exception], object] | None = on_error


@dataclasses.dataclass(frozen=True, slots=True)
class After:
    """Handle `message` once, after `delay` seconds. Setting a key again replaces its timer; `mode=True` ends it with the mode."""

    delay: float
    message: object
    key: str | None = dataclasses.field(default=None, kw_only=True)
    mode: bool = dataclasses.field(default=False, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Every:
    """Handle `message` each `interval` seconds. The ticks do not drift, and missed ones are not made up for."""

    interval: float
    message: object
    key: str | None = dataclasses.field(default=None, kw_only=True)
    mode: bool = dataclasses.field(default=False, kw_only=True)


class Cancel(Record):
    """End the timer and the task of this key. The timer never fires afterwards, even if it has expired already."""

    key: str


class Push(Record):
    """See `push`."""

    mode: str


class Pop(Record):
    """See `pop`."""


class Ignore(Record):
    """What `on_start` returns so that nothing runs: the actor has ended with `Normal()` and its name is free (OTP: `ignore`)."""


class Stepped:
    """What an event has led a machine to: the result of a turn that did nothing else, and what `transition` becomes in a plan."""

    __slots__ = ("event", "state")

    def __init__(self, event: object, state: LogicSnapshot) -> None:
        self.event: object = event
        self.state: LogicSnapshot = state

    def __repr__(self) -> str:
        return repr(self.event)


def push(mode: str, /) -> Push:
    """Enter a mode and remember the present one (at most 64 of them), for `become=push("editing")`."""
    return Push(mode)


def pop() -> Pop:
    """Go back to the mode that the last `push` left, for `become=pop()`. Popping the last one is a `BadPlan`."""
    return Pop()


if TYPE_CHECKING:

    class _Given(Generic[C_co, R_co]):
        def items(self) -> Iterable[tuple[str, object]]: ...

else:
    # Storing what was given in C costs a third of naming thirteen parameters; the names are checked at commit.
    _Given = dict


class MessagePlan(_Given[C_co, R_co]):
    """All that a turn does, as data. It is checked as a whole, then committed as a whole, or not at all.

    The order is: context, mode, reply, tells, emits, asks, timers, tasks, `next`, stop.
    `MessagePlan[C]` never replies; `MessagePlan[C, R]` may.

    >>> MessagePlan(reply=4)
    MessagePlan(reply=4)
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            context: C_co | Unset = UNSET,
            become: str | Push | Pop | None = None,
            reply: R_co | Unset = UNSET,
            defer: bool = False,
            emit: Sequence[object] = (),
            tell: Sequence[Tell] = (),
            ask: Sequence[Ask] = (),
            schedule: Sequence[After | Every | Cancel] = (),
            run: Sequence[Task] = (),
            stash: bool = False,
            next: Sequence[object] = (),  # noqa: A002  (the public name)
            stop: bool | Reason = False,
            transition: Event | None = None,
        ) -> None: ...

    def __repr__(self) -> str:
        return f"MessagePlan({', '.join(f'{name}={value!r}' for name, value in self.items())})"
