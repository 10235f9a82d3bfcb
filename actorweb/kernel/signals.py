"""Why an actor ended, and the signals that tell others (OTP: exit reasons, `DOWN`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.kernel.ref import ActorRef
    from actorweb.values.generics import Never, Self

S_co = TypeVar("S_co", covariant=True)


class Signal(Record):
    """A message from the system. `on_message` never sees one; an unhandled one is an `Unhandled` report."""

    if TYPE_CHECKING:

        @classmethod
        def __signals__(cls) -> Self: ...


class SignalType(Protocol[S_co]):
    """The class of a signal."""

    def __signals__(self) -> S_co: ...


class Normal(Record):
    """The actor had nothing more to do. A transient child is not restarted."""


class Shutdown(Record):
    """The actor was told to end by its supervisor or its parent. A transient child is not restarted."""

    info: object = None


class Killed(Record):
    """The actor was ended without its `on_stop`. Abnormal."""


class Crash(Record):
    """A turn of the actor raised `error`. Abnormal."""

    error: BaseException


class NoProc(Record):
    """There was no such actor any more."""


Reason: TypeAlias = Normal | Shutdown | Killed | Crash | NoProc


def is_abnormal(reason: Reason) -> bool:
    """Tell whether a transient child that ended so is restarted (OTP: `supervisor`, restart types)."""
    return isinstance(reason, (Crash, Killed))


class Exit(Signal):
    """A linked actor has ended: for an actor that was built `.with_trap_exits()` (OTP: `EXIT`)."""

    ref: ActorRef[Never]
    reason: Reason


class Down(Signal):
    """A watched actor's run has ended. `restarting` says that its supervisor will try to start it again."""

    ref: ActorRef[Never]
    reason: Reason
    restarting: bool = False
