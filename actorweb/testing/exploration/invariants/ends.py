"""Invariants of families: who ends before whom, who starts again, and what is left when all have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.reports import Crashed, Restarted
from actorweb.kernel.signals import Crash, Killed, Shutdown
from actorweb.machine.own import LEFT
from actorweb.testing.exploration.invariant import Invariant

if TYPE_CHECKING:
    from actorweb.kernel.reports import Report
    from actorweb.kernel.signals import Reason
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Life


def is_alive(life: Life) -> bool:
    """Tell whether a spawn has not ended."""
    run = life.cell._run
    return not life.ended and not (run is not None and run.ended)


class Family(Invariant):
    """See `sentence`."""

    name = "no child outlives its parent"
    sentence = "When a run ends, for good or for a restart, all children of that run have ended; no child is born to an actor that has ended."

    def ended(self, life: Life, reason: Reason) -> None:
        self._childless(life)
        if life.parent is not None:
            life.parent.children.pop(life, None)

    def restarting(self, life: Life) -> None:
        self._childless(life)

    def _childless(self, life: Life) -> None:
        for child in life.children:
            if is_alive(child):
                self.broken(f"the run of {life.cell.self.path} has ended, but its child {child.cell.self.path} lives")
                return

    def born(self, life: Life) -> None:
        if life.parent is not None and not is_alive(life.parent):
            self.broken(f"{life.cell.self.path} was born to {life.parent.cell.self.path}, which has ended")


class Intensity(Invariant):
    """See `sentence`."""

    name = "restarts within intensity"
    sentence = "A supervisor restarts at most `intensity` times within its period, and does not give up before that."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._restarts: dict[Life, list[tuple[Life, float]]] = {}
        self._ends: dict[Life, list[float]] = {}
        self._crashes: dict[Life, tuple[BaseException, float]] = {}

    def reported(self, report: Report) -> None:
        if isinstance(report, Crashed):
            if report.message != "on_stop":
                self._crashes[self.observer.see(report.ref._cell)] = (report.error, self.observer.world.now())
        elif isinstance(report, Restarted) and isinstance(report.reason, Crash):
            life = self.observer.see(report.ref._cell)
            error, when = self._crashes.get(life, (None, 0.0))
            # Where its on_stop raised, its strategy may have stopped it: that is no restart of its own.
            if error is report.reason.error and life.spec is not None and life.spec.backoff is None:
                self._count(life, life.parent, when)

    def _count(self, life: Life, supervisor: Life | None, crashed: float) -> None:
        """Count what surely counts: the kernel's own count is between the crash and this start."""
        if supervisor is None or supervisor.supervision is None:
            return
        now = self.observer.world.now()
        spec = supervisor.supervision
        restarts = self._restarts.setdefault(supervisor, [])
        restarts.append((life, crashed))
        # Two that crash together may be one restart where siblings start again, too.
        certain = sum(1 for whose, when in restarts if now - when <= spec.period and (whose is life or not is_together(supervisor)))
        if certain > spec.intensity:
            self.broken(f"{supervisor.cell.self.path} restarted {certain} times within {spec.period:g} s, but its intensity is {spec.intensity}")

    def restarting(self, life: Life) -> None:
        self._restarts.pop(life, None)
        self._ends.pop(life, None)
        self._child_ended(life)

    def ended(self, life: Life, reason: Reason) -> None:
        spec = life.supervision
        if spec is not None and isinstance(reason, Shutdown) and isinstance(reason.info, str) and "exhausted" in reason.info:
            ends = self._ends.get(life, [])
            if len(ends) <= spec.intensity:
                self.broken(f"{life.cell.self.path} gave up after {len(ends)} ends of children, but its intensity is {spec.intensity}")
        self._child_ended(life)

    def _child_ended(self, life: Life) -> None:
        parent = life.parent
        if parent is not None and parent.supervision is not None:
            self._ends.setdefault(parent, []).append(self.observer.world.now())


class StopOrder(Invariant):
    """See `sentence`."""

    name = "stop order"
    sentence = "Children end in reverse order of their start: none is told to end while one that started after it lives."

    def stopping(self, life: Life) -> None:
        self._in_order(life)

    def ended(self, life: Life, reason: Reason) -> None:
        self._in_order(life)

    def restarting(self, life: Life) -> None:
        self._in_order(life)

    def _in_order(self, life: Life) -> None:
        parent = life.parent
        if parent is None or life.cause or not life.was_up:
            return
        run = life.cell._run
        ending = None if run is None else run.ending
        if ending is None or not isinstance(ending.reason, (Shutdown, Killed)) or ending.reason is LEFT or self.observer.killing:
            return
        spec = parent.supervision
        if spec is not None and spec.strategy == "dynamic":
            return
        if not (parent.ending or (parent.cell._run is not None and parent.cell._run.ending is not None)) and not is_together(parent):
            return
        order = siblings(parent)
        if life not in order:
            return
        for later in order[order.index(life) + 1 :]:
            state = later.cell._run
            if is_alive(later) and later.run_is_on() and state is not None and state.ending is None:
                self.broken(f"{life.cell.self.path} ends before {later.cell.self.path}, which started after it")
                return


def is_together(parent: Life) -> bool:
    """Tell whether the strategy of a supervisor stops siblings, too."""
    return parent.supervision is not None and parent.supervision.strategy in ("one_for_all", "rest_for_one")


def siblings(parent: Life) -> list[Life]:
    """The living children of an actor in the order of their birth; those of a supervisor that it was defined with, in the order of their specs."""
    spec = parent.supervision
    if parent.reordered:
        return []
    alive = [child for child in parent.children if is_alive(child)]
    if spec is None:
        return alive
    places = {child.id: place for place, child in enumerate(spec.children)}
    return sorted(
        (child for child in alive if child.spec is not None and child.spec.id in places), key=lambda child: places[child.spec.id if child.spec else ""]
    )


class StartOrder(Invariant):
    """See `sentence`."""

    name = "start order"
    sentence = "Under one_for_all and rest_for_one a child starts (again) only when no child after it is up, and under one_for_all only after those before it."

    def begun(self, life: Life) -> None:
        parent = life.parent
        spec = None if parent is None else parent.supervision
        if parent is None or spec is None or not is_together(parent) or life.spec is None or any(child.backoff is not None for child in spec.children):
            return
        if parent.up and not life.run:
            return  # it was asked for
        order = siblings(parent)
        if life not in order:
            return
        place = order.index(life)
        for later in order[place + 1 :]:
            if later.up and not later.ending:
                self.broken(f"{life.cell.self.path} starts while {later.cell.self.path}, which comes after it, is up")
                return
        if life.run and spec.strategy == "one_for_all":
            for earlier in order[:place]:
                if not earlier.up and not earlier.ending and not earlier.cause and earlier.run:
                    self.broken(f"{life.cell.self.path} starts before {earlier.cell.self.path}, which comes before it")
                    return


class Strategy(Invariant):
    """See `sentence`."""

    name = "who starts again"
    sentence = "A child starts again because it ended by itself, or because its supervisor's strategy restarts it with one that did."

    def restarting(self, life: Life) -> None:
        parent = life.parent
        if parent is None or parent.supervision is None or life.cause or not life.was_up or parent.reordered or life.supervision is not None:
            return
        strategy = parent.supervision.strategy
        others = [other for other in parent.children if other is not life]
        if strategy == "rest_for_one":
            order = siblings(parent)
            others = order[: order.index(life)] if life in order else others
        if strategy in ("one_for_one", "dynamic") or not any(not other.up or other.ending for other in others):
            self.broken(f"{life.cell.self.path} is to start again, but nothing has happened to it, nor to one before it")


class OnStop(Invariant):
    """See `sentence`."""

    name = "on_stop once"
    sentence = "`on_stop` runs once at the end of each run that had started, after its children have ended; never after a kill or a failed start."

    def stopping(self, life: Life) -> None:
        where = f"on_stop of {life.cell.self.path}"
        if life.stops > 1:
            self.broken(f"{where} is called the {life.stops}th time")
        if not life.was_up:
            self.broken(f"{where} is called, but its run had not started")
        run = life.cell._run
        if run is not None and run.ending is not None and isinstance(run.ending.reason, Killed):
            self.broken(f"{where} is called after a kill")
        if run is not None and (run.turn is not None or run.tasks):
            self.broken(f"{where} is called while a handler or a task goes on")
        for child in life.children:
            if is_alive(child):
                self.broken(f"{where} is called, but its child {child.cell.self.path} lives")

    def ended(self, life: Life, reason: Reason) -> None:
        self._was_called(life)

    def restarting(self, life: Life) -> None:
        self._was_called(life)

    def _was_called(self, life: Life) -> None:
        cell = life.cell
        if not life.was_up or life.stops or cell._behavior.stop_handler is None:
            return
        reason = self.observer.reason_of(life)
        if not isinstance(reason, Killed):
            self.broken(f"{cell.self.path} has ended, and its on_stop was not called")


class Leftovers(Invariant):
    """See `sentence`."""

    name = "nothing is left behind"
    sentence = "When the system has ended, no actor, name, message, timer, task or future of it is left."

    def closed(self) -> None:
        observer = self.observer
        kernel = observer.kernel
        if kernel.roots:
            self.broken(f"actors are left: {[cell.self.path for cell in kernel.roots]}")
        if kernel.has_work:
            self.broken("messages are left in the queue")
        if kernel.registry._names:
            self.broken(f"names are left: {sorted(kernel.registry._names)}")
        tasks = [task for task in observer.world.tasks if not task.done()]
        if tasks and not observer.unkillable:
            self.broken(f"tasks of actors are left: {[task.get_name() for task in tasks]}")
        for life in observer.lives.values():
            if is_alive(life):
                self.broken(f"{life.cell.self.path} lives")
                return
