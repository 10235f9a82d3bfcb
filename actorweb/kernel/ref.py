"""The address of an actor: the only thing that others hold of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import GenericAlias
from typing import TYPE_CHECKING, Generic

from actorweb.kernel import ask
from actorweb.kernel.events import Subscription
from actorweb.values.generics import TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.message import Asks

M_contra = TypeVar("M_contra", contravariant=True)
C_co = TypeVar("C_co", covariant=True, default=object)
R = TypeVar("R")
E = TypeVar("E")
R_contra = TypeVar("R_contra", contravariant=True)


class ActorRef(Generic[M_contra, C_co]):
    """The address of an actor that takes messages `M`. (`C` is its context, known where it was spawned.)

    A ref names one spawn: it stays good over restarts, and after the end everything sent to it is a dead letter.
    Refs are equal by identity: there is one for each spawn.
    """

    __slots__ = ("__weakref__", "_cell", "_kernel")

    def __init__(self, kernel: Kernel, cell: Cell) -> None:
        self._kernel = kernel
        self._cell = cell

    def tell(self, message: M_contra, /) -> None:
        """Send a message.

        Messages between one pair of actors arrive in the order sent. Each is delivered once or becomes a dead letter.
        Inside a turn the message leaves when the turn commits, and never if it raises.
        """
        self._kernel.out((self._cell, message))

    def ask(self, request: Asks[M_contra, R], /, *, timeout: float = 5.0) -> Coroutine[object, object, R]:
        """Send a request and wait for its reply, at most `timeout` seconds.

        Ends exactly once: with the reply, or with an `AskError`: `AskTimeout`, `ActorStopped`, `ActorCrashed`, `NoReply`,
        `UnhandledRequest` or `AskCycle`. Raises `AskInSyncHandler` at once in a sync handler.
        """
        ask.refuse_in_sync_handler(self._kernel, request)
        return ask.answer_of(self._kernel, self._cell, request, timeout)

    def events(self, kind: type[E], /) -> AbstractAsyncContextManager[AsyncIterator[E]]:
        """Subscribe to what the actor emits of this type, from entering the context to leaving it or the actor's end."""
        return Subscription(self._kernel, self._cell, kind)

    @property
    def path(self) -> str:
        """Where the actor stands in the tree, as in `/shop/counter`. Good for people and traces, not for look-ups."""
        return self._kernel.path_of(self._cell)

    def __repr__(self) -> str:
        return f"<ActorRef {self.path}>"

    if TYPE_CHECKING:

        def __context__(self) -> C_co: ...
    else:
        __class_getitem__ = classmethod(GenericAlias)


class ReplyTo(Generic[R_contra]):
    """Where the answer to a deferred request goes. Anyone who holds it may answer, once.

    A second answer, or one that comes too late, is a `LateReply` report and is not delivered. It can be pickled and has a
    JSON form, both good for as long as its system runs: an ask does not outlive it. Reading one of a system that does not
    run here is a `DecodeError`.
    """

    __slots__ = ("_asked",)

    def __init__(self, asked: ask.Asked) -> None:
        self._asked = asked

    def __to_json__(self) -> str:
        return self._asked.target.self._kernel.addresses.text_of(self._asked)

    @classmethod
    def __from_json__(cls, text: str, path: str) -> ReplyTo[object]:
        from actorweb.kernel.addresses import find  # noqa: PLC0415  (few programs write addresses down)

        return ReplyTo(find(text, path))

    def __reduce__(self) -> tuple[Callable[[str, str], ReplyTo[object]], tuple[str, str]]:
        return ReplyTo.__from_json__, (self.__to_json__(), "ReplyTo")

    def tell(self, reply: R_contra, /) -> None:
        """Answer. Inside a turn the answer leaves when the turn commits."""
        self._asked.target.self._kernel.out(ask.Answer(self._asked, reply).envelope)

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)
