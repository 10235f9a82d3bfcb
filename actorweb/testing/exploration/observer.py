"""The observer of one schedule: sees what happens from outside the kernel, keeps its own account, and tells the invariants."""

from __future__ import annotations

from collections.abc import Coroutine
from types import CoroutineType
from typing import TYPE_CHECKING

from actorweb.kernel.ask import Answer, Asked, Completion
from actorweb.kernel.children import DeleteChild, TerminateChild
from actorweb.kernel.delivery import Wrapped, unwrap
from actorweb.kernel.effect import Effect
from actorweb.kernel.exits import Cleared
from actorweb.kernel.idle import Idle
from actorweb.kernel.life import Start
from actorweb.kernel.link import LinkedEnd
from actorweb.kernel.plan import MessagePlan
from actorweb.kernel.scheduler import Command
from actorweb.kernel.table import STARTING, Go
from actorweb.kernel.timers import Timer
from actorweb.kernel.turn import awaited
from actorweb.kernel.watch import Notice
from actorweb.machine.own import Leave
from actorweb.testing.exploration import mailbox, reports, storage
from actorweb.testing.exploration.behaviors import observed
from actorweb.testing.exploration.entrances import Entrances
from actorweb.testing.exploration.faults import Faults
from actorweb.testing.exploration.invariant import EVENTS, Invariant, overridden
from actorweb.testing.exploration.lanes import Urgent
from actorweb.testing.exploration.sights import DONE, NEW, QUEUED, TAKEN, Handling, Life, Sent, is_over

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Sequence

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import Report
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.world import Envelope
    from actorweb.system import ActorSystem
    from actorweb.testing.exploration.tasks import Driver, ObservedWorld
    from actorweb.values.generics import Never

INNER = (Timer, Completion, Notice, Answer, Start, Go, Command, Idle, LinkedEnd, Effect, Cleared, Leave)
"""The kernel's own messages: they have no fate of their own."""


class Observer:
    """Stands around a kernel: it replaces the kernel's lanes, tasks and entrances by ones that tell, and reads its reports."""

    def __init__(self, system: ActorSystem, world: ObservedWorld, kinds: Iterable[type[Invariant]], faults: Sequence[str]) -> None:
        self.system: ActorSystem = system
        self.world: ObservedWorld = world
        kernel = system.kernel
        self.kernel: Kernel = kernel
        self.violations: list[tuple[str, str, str]] = []
        self.lives: dict[Cell, Life] = {}
        self.coroutines: dict[object, Handling] = {}
        self.acting: Life | None = None
        """Whose code runs: the source of what is sent now."""
        self.turn: Handling | None = None
        self.raw: object = None
        """What was taken from the queue in this step."""
        self.last_raw: object = None
        self.ended_by_link: bool = False
        self.current: Sent | None = None
        self.unkillable: bool = False
        self.on_its_way: dict[int, Sent] = {}
        self.inner: tuple[type, ...] = INNER
        self.steps: int = 0
        self.killing: bool = False
        """Whether all are being killed: then no order is kept."""
        self.due: list[tuple[int, Callable[[], None]]] = []
        self.after_step: list[Callable[[], None]] = []
        self.faults: Faults = Faults(self, faults)
        self.invariants: list[Invariant] = [kind(self) for kind in kinds]
        self._hear: dict[str, list[Callable[..., None]]] = {event: [] for event in EVENTS}
        for invariant in self.invariants:
            kind = type(invariant)
            for event in overridden(kind):
                self._hear[event].append(getattr(invariant, event))
        hear = self._hear
        self._on_sent, self._on_taken, self._on_held, self._on_stepped = hear["sent"], hear["taken"], hear["held"], hear["stepped"]
        self._on_entered, self._on_settled = hear["entered"], hear["settled"]
        kernel.urgent = Urgent(self)
        self.entrances: Entrances = Entrances(self)
        kernel.reports.subscribe(self.report)

    def close(self) -> None:
        """Let the kernel go: only what it keeps itself is left."""
        self.entrances.close()
        self.kernel.reports._subscribers.clear()
        self.world.tasks.clear()
        self.__dict__ = {"steps": self.steps}

    def tell(self, event: str, *values: object) -> None:
        """Tell the invariants of an event."""
        for hear in self._hear[event]:
            hear(*values)

    # --- actors ----------------------------------------------------------------------------------------------------

    def see(self, cell: Cell) -> Life:
        """Give the account of an actor, begun when it is first seen."""
        life = self.lives.get(cell)
        if life is None:
            kin = cell._kin
            parent = None if kin is None or kin.parent is None else self.see(kin.parent)
            life = Life(cell, parent, None if kin is None else kin.name, None if kin is None else kin.spec, len(self.lives))
            self.lives[cell] = life
            cell._behavior = observed(cell._behavior)
            if parent is not None:
                parent.children[life] = None
            self.tell("born", life)
        return life

    def stops(self, cell: Cell) -> None:
        """See the call of an `on_stop`."""
        life = self.see(cell)
        life.stops += 1
        self.tell("stopping", life)

    # --- messages --------------------------------------------------------------------------------------------------

    def number(self, envelope: Envelope, source: Life | None) -> Sent:
        target = self.lives.get(envelope[0]) or self.see(envelope[0])
        number = 0
        if source is not None:
            number = source.sent_to[target] = source.sent_to.get(target, 0) + 1
        sent = Sent(target, envelope[1], source, number, envelope)
        self.on_its_way[id(envelope)] = sent
        if source is not None and self.turn is not None and self.turn.life is source:
            self.turn.sends.append(sent)
        return sent

    def put(self, envelope: Envelope) -> None:
        """See a message put into the queue."""
        cell, message = envelope
        kind = type(message)
        if cell is self.kernel.clerk:
            return
        if kind in INNER:
            if kind is Notice:
                self.tell("noticed", message, self.see(cell), self.see(message.source))  # type: ignore[attr-defined]
            elif kind is Start:
                self.see(cell)
            return
        sent = self.on_its_way.get(id(envelope)) or self._admitted(envelope)
        if sent is None:
            sent = self.number(envelope, self.acting)
        sent.state = QUEUED
        if type(sent.inner) is Asked:
            self.asks(sent.inner)
        for hear in self._on_sent:
            hear(sent)

    def put_urgent(self, envelope: Envelope) -> None:
        """See a message put into the input lane: it keeps its order there, not with what goes through the queue."""
        sent = self.number(envelope, None)
        sent.state = QUEUED
        if type(sent.inner) is Asked:
            self.asks(sent.inner)
        for hear in self._on_sent:
            hear(sent)

    def _admitted(self, envelope: Envelope) -> Sent | None:
        """Find what was numbered before it got its place in a bounded mailbox, and so an envelope of another identity."""
        message, turn = envelope[1], self.turn
        if turn is None or not isinstance(message, Wrapped):
            return None
        for sent in turn.sends:
            if sent.state == NEW and sent.raw is message.message and sent.cell is envelope[0]:
                self.on_its_way.pop(id(sent.envelope), None)
                sent.raw, sent.envelope = message, envelope
                self.on_its_way[id(envelope)] = sent
                return sent
        return None

    def asks(self, asked: Asked) -> None:
        """See an ask go out; one of an async turn lets out all that was sent before."""
        turn = self.turn
        if turn is not None and turn.waits and asked.future is not None:
            turn.awaiting.append(asked)
            for sent in turn.sends:
                sent.flushed = True
        self.tell("asked", asked, self.acting, self.see(asked.target))

    def take_back(self, envelope: Envelope) -> None:
        """See a message taken out of the queue again, with the turn that sent it."""
        sent = self.on_its_way.get(id(envelope))
        if sent is not None:
            sent.state = NEW

    def take(self, envelope: Envelope) -> None:
        """See a step begin with a message."""
        if self.raw is not None:
            self.step_ended()
        cell, raw = envelope
        self.raw = raw
        kind = type(raw)
        if cell is self.kernel.clerk:
            return
        life = self.lives.get(cell) or self.see(cell)
        self.acting = life
        if kind not in INNER:
            sent = self.on_its_way.pop(id(envelope), None)
            if sent is None:
                sent = self.number(envelope, None)
                del self.on_its_way[id(envelope)]
            sent.state = TAKEN
            self.current = sent
            for hear in self._on_taken:
                hear(sent)
        elif isinstance(raw, Start) and cell._table is STARTING and raw.run == life.run:
            self.faults.start(cell)
            life.stops = 0
            self.tell("begun", life)

    def command(self, cell: Cell) -> None:
        """See a step begin with a command."""
        if self.raw is not None:
            self.step_ended()
        self.acting = None if cell is self.kernel.clerk else self.lives.get(cell) or self.see(cell)
        self.raw = Command

    # --- turns -----------------------------------------------------------------------------------------------------

    def enter(self, cell: Cell, message: object) -> Handling:
        """See a handler called."""
        life = self.lives.get(cell) or self.see(cell)
        raw, sent, direct = self.raw, self.current, False
        if type(raw) is Go:
            raw = None if cell._run is None else unwrap(cell._run.handling)
        kind = type(raw)
        if message is None and kind is Start:
            turn = Handling(life, raw, "start")
        elif kind is Timer and isinstance(raw, Timer):
            turn = Handling(life, message, "timer")
            self.tell("timer_fired", raw, life)
        elif kind in INNER:
            turn = Handling(life, message, kind.__name__)
            turn.raw = raw
        else:
            turn = Handling(life, message, "message")
            if sent is not None and sent.state == TAKEN and sent.cell is cell and sent.message is message:
                direct = True
            else:
                sent = next((each for each in (*life.next, *life.waiting) if each.message is message), None)
            for hear in self._on_entered:
                hear(turn, sent, direct=direct)
            if sent is not None:
                if not direct:
                    (life.next if sent in life.next else life.waiting).remove(sent)
                sent.state, sent.fate = DONE, "handled"
                if type(sent.inner) is Asked:
                    turn.asked = sent.inner
        if turn.kind != "message":
            for hear in self._on_entered:
                hear(turn, None, direct=False)
        life.turn = self.turn = turn
        return turn

    def goes_on(self, turn: Handling, result: object) -> object:
        """See a handler that is async: its turn ends with its task."""
        coroutine = result if type(result) is CoroutineType else awaited(result)
        turn.waits = turn.asynchronous = True
        assert isinstance(coroutine, Coroutine)  # noqa: S101  (one or the other is)
        self.coroutines[coroutine] = turn
        return coroutine

    def eager_end(self, turn: Handling, task: asyncio.Task[object]) -> None:
        """See an async handler that never waited: its turn is like that of a sync one."""
        turn.waits = False
        if not task.cancelled():
            turn.error = task.exception()

    def task_ended(self, driver: Driver[object], function: Callable[[asyncio.Task[object]], object], task: asyncio.Task[object]) -> None:
        """See what the kernel does at the end of a task of an actor."""
        turn, life = driver.turn, driver.life
        before, turn_before = self.acting, self.turn
        self.acting, self.turn = life, turn
        if turn is not None and life is not None:
            run = life.cell._run
            turn.dropped = run is not None and (run.ending is not None or run.ended or run.turn is None or life.run != turn.run)
            turn.error = None if task.cancelled() else task.exception()
        try:
            function(task)
        finally:
            self.acting, self.turn = before, turn_before
            if turn is not None:
                turn.waits = turn.error is None and storage.begins(turn)
                if not turn.waits:
                    self.settle(turn)
            if life is not None:
                self.look_at_run(life)

    def settle(self, turn: Handling) -> None:
        """See a turn committed, or undone."""
        life = turn.life
        if life.turn is turn:
            life.turn = None
        run = life.cell._run
        if turn.kind == "start" and run is not None and run.ending is not None and run.ending.start_failed is not None:
            turn.crashed = True
        if not turn.crashed and not turn.dropped:
            mailbox.commit(turn)
        else:
            for sent in turn.sends:
                if sent.state == NEW:
                    self.on_its_way.pop(id(sent.envelope), None)
        for hear in self._on_settled:
            hear(turn)
        if type(turn.message) is TerminateChild:
            self._terminates(life, turn.message.child)
            life.reordered = True
        elif type(turn.message) is DeleteChild:
            life.reordered = True
        if run is not None and run.ending is not None and not life.ending:
            life.ending = True
            given = turn.result
            plan: dict[str, object] = given if type(given) is MessagePlan else {}  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
            if turn.crashed or plan.get("stop", False) is not False:
                life.cause = life.cause or "crashed"

    def _terminates(self, supervisor: Life, child: str | ActorRef[Never]) -> None:
        """See a child told to end by a request: not because its family ends."""
        for life in supervisor.children:
            if life.cell.self is child or (life.spec is not None and life.spec.id == child):
                life.cause = "terminated"

    # --- steps -----------------------------------------------------------------------------------------------------

    def step_ended(self) -> None:
        """See a step end: settle its turn, and look at everything again."""
        life = self.acting
        turn, sent = self.turn, self.current
        raw = self.last_raw = self.raw
        self.ended_by_link = False
        self.raw = self.current = self.turn = self.acting = None
        if turn is not None and not turn.waits and not storage.begins(turn):
            self.settle(turn)
        if sent is not None and sent.state == TAKEN:
            asked = sent.inner
            if type(asked) is Asked and is_over(asked) and not mailbox.is_held(sent):
                sent.state, sent.fate = DONE, "ended"
            else:
                mailbox.hold(sent)
                for hear in self._on_held:
                    hear(sent)
        if raw is not None and life is not None:
            if type(raw) is Go and life.waiting:
                mailbox.refused(life)
            self.look_at_run(life)
        for hear in self._on_stepped:
            hear(life)

    def reason_of(self, life: Life) -> Reason | None:
        """Why the run of an actor ends or has ended."""
        run = life.cell._run
        return life.reason if run is None or run.ending is None else run.ending.reason

    def later(self, steps: int, function: Callable[[], None]) -> None:
        """Do something so many steps from now."""
        self.due.append((self.steps + steps, function))

    def run_after_step(self) -> None:
        """Do what was to be done when the step has ended."""
        while self.after_step:
            self.after_step.pop(0)()

    def look_at_run(self, life: Life) -> None:
        """See whether a run has begun to end, or the next one has begun."""
        run = life.cell._run
        if run is None or life.ended:
            return
        if run.ending is not None:
            if not life.ending and (type(self.last_raw) is LinkedEnd or (type(self.last_raw) is Go and type(run.handling) is LinkedEnd)):
                self.ended_by_link = type(self.last_raw) is LinkedEnd
                life.cause = life.cause or "linked"
            life.reason = run.ending.reason
            life.ending = True
            life.up = False
        if run.number != life.run:
            self.tell("restarting", life)
            mailbox.restart(life)
            life.run = run.number
            life.up = life.was_up = life.ending = False
            life.cause = ""
            life.turn = None
            life.timers.clear()
            life.keys.clear()
            life.watching.clear()

    def report(self, report: Report) -> None:
        """See a report of the system."""
        reports.take(self, report)
        self.tell("reported", report)
