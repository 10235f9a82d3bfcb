"""The entrances of a kernel, each with an observer at its side: spawn, stop, send from outside, set a timer, watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.ask import TURN
from actorweb.kernel.timers import Timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import Keep, State
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.timers import Deadline
    from actorweb.kernel.world import Envelope
    from actorweb.testing.exploration.observer import Observer
    from actorweb.values.generics import Never

METHODS = ("_outside", "spawn", "stop", "kill_all")


class Entrances:
    """Stands in for the methods of one kernel. Each tells the observer and goes on to the kernel's own."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._kernel = kernel = observer.kernel
        self._outside = kernel._outside
        self._spawn = kernel.spawn
        self._stop = kernel.stop
        self._kill_all = kernel.kill_all
        self._set_timer = kernel.clock.set
        for name in METHODS:
            setattr(kernel, name, getattr(self, name.removeprefix("_") if name == "_outside" else name))
        setattr(kernel.clock, "set", self.set_timer)  # noqa: B010  (a method is replaced)
        kernel.out = self.outside

    def close(self) -> None:
        """Give the kernel its own methods back."""
        kernel = self._kernel
        for name in METHODS:
            kernel.__dict__.pop(name, None)
        kernel.clock.__dict__.pop("set", None)
        kernel.out = kernel._outside
        self.__dict__.clear()

    def outside(self, envelope: Envelope) -> None:
        """Number what is sent when it is sent: an async turn keeps it back until its commit."""
        sending = TURN.get()
        if sending is not None and not sending.ended and type(envelope[1]) not in self._observer.inner:
            self._observer.number(envelope, self._observer.see(sending.cell))
        self._outside(envelope)

    def spawn(
        self,
        behavior: Behavior[Never, object],
        *,
        name: str | None = None,
        parent: Cell | None = None,
        started: Callable[[ActorRef[Never], BaseException | None], None] | None = None,
        keep: Keep | None = None,
        state: State | None = None,
    ) -> ActorRef[Never, object]:
        """See a spawn."""
        ref = self._spawn(behavior, name=name, parent=parent, started=started, keep=keep, state=state)
        life = self._observer.see(ref._cell)
        if parent is not None and self._observer.turn is not None:
            self._observer.turn.spawned.append(life)
        return ref

    def stop(self, ref: ActorRef[Never], reason: Reason | None = None, stopped: Callable[[], None] | None = None, timeout: float | None = None) -> None:
        """See an actor told to stop from outside."""
        self._stop(ref, reason, stopped, timeout)
        self._observer.see(ref._cell).cause = "stopped"

    def kill_all(self) -> None:
        """See the system's time to end run out."""
        self._observer.killing = True
        self._kill_all()

    def set_timer(self, timer: Timer | Deadline) -> None:
        """See a timer that is set."""
        self._set_timer(timer)
        if isinstance(timer, Timer):
            life = self._observer.see(timer.cell)
            life.timers[timer] = True
            if self._observer.turn is not None and self._observer.turn.life is life:
                self._observer.turn.timers.append(timer)
            self._observer.tell("timer_set", timer, life)

    def watch(self, cell: Cell, watched: Cell) -> None:
        """See a watch begin."""
        watcher, target = self._observer.see(cell), self._observer.see(watched)
        if target not in watcher.watching:
            watcher.watching[target] = None
            if self._observer.turn is not None and self._observer.turn.life is watcher:
                self._observer.turn.watched.append(target)
            self._observer.tell("watched", watcher, target)

    def unwatch(self, cell: Cell, watched: Cell) -> None:
        """See a watch taken back."""
        watcher, target = self._observer.see(cell), self._observer.see(watched)
        watcher.watching.pop(target, None)
        self._observer.tell("unwatched", watcher, target)
