"""The kernel: one queue for the whole system, drained turn by turn.

There is no mailbox and no task per actor. A message is an entry `(cell, message)` of one deque; a turn takes it, looks
its handler up in a dict, and calls it. What the handler sends is appended to the same deque, so that a mark taken
before the call is all that is needed to undo it. See DESIGN section 4, "How it is fast".
"""

from __future__ import annotations

import contextvars
from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, ClassVar, TypeVar

from actorweb.errors import ActorCrashed, ActorStopped, SystemClosed
from actorweb.kernel import ask, commit, exits, life, supervision, turn, watch
from actorweb.kernel.ask import TURN, Asked
from actorweb.kernel.cell import run_of
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.plan import MessagePlan
from actorweb.kernel.registry import Registry
from actorweb.kernel.reports import Crashed, LateReply, Reports, TracerFailed
from actorweb.kernel.signals import Crash, NoProc, Reason, Shutdown
from actorweb.kernel.table import BUSY, Go, mode_of
from actorweb.kernel.timers import Clock, Timer
from actorweb.kernel.watch import Notice

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterable

    from actorweb.errors import AskError
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.world import Envelope, Queue, World
    from actorweb.system import ActorSystem
    from actorweb.values.generics import Never
    from actorweb.values.snapshot import Snapshot

M = TypeVar("M")
C = TypeVar("C")
URGENT_RUN = 64
"""After so many urgent turns one ordinary turn runs."""
FATAL = (KeyboardInterrupt, SystemExit, MemoryError)


class Command:
    """An order of the kernel to an actor, in the urgent lane. It runs between two turns."""

    __slots__ = ("order",)

    def __init__(self, order: Callable[[Kernel, Cell], None]) -> None:
        self.order: Callable[[Kernel, Cell], None] = order


class Kernel:
    """Runs turns. Everything else in this room is a function on its cells."""

    compose: ClassVar[Callable[[World], Kernel]]
    """Make a whole system and give its kernel. Set by `actorweb.system`, for rooms that must not know it."""

    def __init__(self, system: ActorSystem, world: World) -> None:
        self.system = system
        self.world = world
        self.reports: Reports = Reports(world)
        self.registry: Registry = Registry()
        self.clock: Clock = Clock(world, self._expired)
        self.queue: Queue = world.queue()
        self.urgent: deque[Envelope] = deque()
        self.roots: dict[Cell, None] = {}
        self.fresh: list[Asked] = []
        self.asked: Asked | None = None
        self.changed: dict[Cell, None] = {}
        self.tracer: Callable[[Cell, object, object, BaseException | None], None] | None = None
        self.fatal: BaseException | None = None
        self.on_fatal: Callable[[], None] = lambda: None
        self.draining: bool = False
        self.closed: bool = False
        self.context: contextvars.Context = contextvars.Context()
        self._woken = False
        self._urgent_run = 0
        self._drain_end: list[Callable[[], None]] = []
        self._inside: Callable[[Envelope], None] = self.queue.append
        self.out: Callable[[Envelope], None] = self._outside
        """Where a send goes: into the queue while a turn runs, through `_outside` otherwise."""

    # --- sending -------------------------------------------------------------------------------------------------

    def post(self, envelope: Envelope) -> None:
        """Put a message into the queue, whoever sends it, and see that somebody comes to handle it."""
        self.queue.append(envelope)
        if not self.draining and not self._woken:
            self._woken = True
            self.world.wake(self.drain)

    def post_all(self, envelopes: Iterable[Envelope]) -> None:
        """Put messages into the queue in order."""
        self.queue.extend(envelopes)
        self.nudge()

    def send(self, ref: ActorRef[Never], message: object) -> None:
        """Send from outside in the input lane, which overtakes floods. Order per ref is kept."""
        self.urgent.append((ref._cell, message))
        self.nudge()

    def command(self, cell: Cell, order: Callable[[Kernel, Cell], None]) -> None:
        """Order something of an actor: it is done between two turns, before waiting messages."""
        self.urgent.append((cell, Command(order)))
        self.nudge()

    def ask(self, ref: ActorRef[Never], request: object, timeout: float, answered: Callable[[object, AskError | None], None]) -> None:
        """Ask from outside; `answered(reply, None)` or `answered(None, error)` is called exactly once."""
        ask.ask_with(self, ref._cell, request, timeout, answered)

    def start_task(self, coroutine: Coroutine[object, object, object]) -> asyncio.Task[object]:
        """Start the task of a handler, eagerly where Python can."""
        return self.world.task(coroutine, eager=True)

    def _outside(self, envelope: Envelope) -> None:
        sending = TURN.get()
        if sending is not None and sending.collect(envelope):
            return
        self.post(envelope)

    def nudge(self) -> None:
        """See that somebody comes to handle what waits."""
        if not self.draining and not self._woken:
            self._woken = True
            self.world.wake(self.drain)

    @property
    def has_work(self) -> bool:
        """Whether anything waits for its turn."""
        return bool(self.queue) or bool(self.urgent)

    # --- draining ------------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Run what is ready, for at most the world's budget, and ask to be woken if something is left."""
        self._woken = False
        if self.draining:
            return
        world = self.world
        self.draining = True
        self.out = self._inside
        try:
            ends: float | None = None
            while self.queue or self.urgent:
                self._turns(world.slice)
                if ends is None:
                    ends = world.now() + world.budget
                elif world.now() >= ends:
                    break
                if world.budget <= 0:
                    break
        finally:
            self.out = self._outside
            self.draining = False
        if self.fresh:
            ask.give_deadlines(self)
        if self.changed:
            self._tell_observers()
        while self._drain_end:
            functions, self._drain_end = self._drain_end, []
            for function in functions:
                function()
        if self.queue or self.urgent:
            self.nudge()

    def _turns(self, most: int) -> None:
        """Run at most so many turns. This is the hot path: see docs/performance.md before you add to it."""
        queue = self.queue
        urgent = self.urgent
        take = queue.popleft
        tracer = self.tracer
        plan = MessagePlan
        commit_plan = commit.commit
        for _ in repeat(None, most):
            if urgent:
                if self._urgent_run < URGENT_RUN or not queue:
                    self._urgent_run += 1
                    cell, message = urgent.popleft()
                    if type(message) is Command:
                        message.order(self, cell)
                        continue
                else:
                    self._urgent_run = 0
                    cell, message = take()
            elif queue:
                cell, message = take()
            else:
                return
            mark = len(queue)
            try:
                try:
                    handler = cell._table[type(message)]
                except KeyError:
                    handler = mode_of(cell).resolve(type(message))
                result = handler(message, cell)
                if result is None:
                    pass
                elif type(result) is cell._behavior.context_class:
                    if result is not cell.context:
                        cell.context = result  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (what change_context does, without the call)
                        cell._version += 1
                        if cell._run is not None and cell._run.observers:
                            self.changed[cell] = None
                elif type(result) is plan:
                    commit_plan(self, cell, result, message, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a plan is a dict)
                else:
                    turn.settle(self, cell, result, message, mark)
                if tracer is not None and cell._table is not BUSY:
                    self.trace_turn(cell, message, result, None)
            except BaseException as error:  # noqa: BLE001  (every error of a turn is the actor's crash; the fatal ones end the system)
                self.fail(cell, message, error, mark)

    def fail(self, cell: Cell, message: object, error: BaseException, mark: int, asked: Asked | None = None) -> None:
        """Undo a turn that raised, and end the run that it belonged to."""
        self.cut(mark)
        self.asked = None
        inner = self.inner(cell, message)
        if isinstance(error, FATAL):
            if self.fatal is None:
                self.fatal = error
                self.on_fatal()
            return
        if isinstance(message, life.Start):
            life.start_failed(self, cell, message, error)
            return
        if type(inner) is Asked:
            asked = inner
            inner = inner.request
        if self.tracer is not None:
            self.trace_turn(cell, message, None, error)
        self.reports.publish(Crashed(cell.self, error, inner, cell.context))
        exits.end(self, cell, Crash(error))
        if asked is not None:
            failure = ActorCrashed(cell.self, asked.request, error)
            failure.__cause__ = error
            asked.finish(None, failure)

    def cut(self, mark: int) -> None:
        """Take back what a turn sent since the mark."""
        queue = self.queue
        while len(queue) > mark:
            self.undo([queue.pop()])

    def undo(self, sends: Iterable[Envelope]) -> None:
        """Take back messages that never left: a child that was to start has never been."""
        for cell, message in sends:
            if isinstance(message, life.Start):
                life.unspawn(self, cell)

    def inner(self, cell: Cell, message: object) -> object:
        """Give the message behind the kernel's own wrapping; an `Asked` stays one."""
        if type(message) is Go:
            return self.inner(cell, run_of(cell).handling)
        if type(message) is Timer:
            return message.message
        if type(message) is Notice:
            return message.signal
        if type(message) is Delivery:
            return message.message
        return message

    def unasked_reply(self, cell: Cell, reply: object) -> None:
        """Report a reply to a request that was told."""
        self.reports.publish(LateReply(cell.self, reply))

    def at_drain_end(self, function: Callable[[], None]) -> None:
        """Call a function once, at the end of this or the next drain, after the observers."""
        self._drain_end.append(function)
        self.nudge()

    # --- watching from outside -----------------------------------------------------------------------------------

    def observe(self, ref: ActorRef[Never, C], function: Callable[[Snapshot[C]], None]) -> Callable[[], None]:
        """Call a function with the snapshot at the end of each drain that changed it, and once at the end of the next."""
        cell = ref._cell
        observers = run_of(cell).observers
        observers.append(function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (C is this cell's context type)
        self.changed[cell] = None
        self.nudge()

        def cancel() -> None:
            if function in observers:
                observers.remove(function)  # pyright: ignore[reportArgumentType]  (as above)

        return cancel

    def listen(self, ref: ActorRef[Never], function: Callable[[object], None], *, closed: Callable[[], None] = lambda: None) -> Callable[[], None]:
        """Call a function with each message that the actor emits, at commit. `closed` is called when the actor has ended."""
        run = run_of(ref._cell)
        entry = (function, closed)
        if run.ended:
            closed()
        else:
            run.listeners.append(entry)

        def cancel() -> None:
            if entry in run.listeners:
                run.listeners.remove(entry)

        return cancel

    def _tell_observers(self) -> None:
        changed, self.changed = self.changed, {}
        for cell in changed:
            run = cell._run
            if run is not None and not run.ended and not life.is_starting(cell):
                snapshot = cell.snapshot
                for function in tuple(run.observers):
                    function(snapshot)

    def watch(self, cell: Cell, ref: ActorRef[Never]) -> None:
        """Watch an actor for another."""
        watch.watch(cell, ref._cell)

    def unwatch(self, cell: Cell, ref: ActorRef[Never]) -> None:
        """Take a watch back."""
        watch.unwatch(cell, ref._cell)

    # --- lives ---------------------------------------------------------------------------------------------------

    def spawn(
        self,
        behavior: Behavior[M, C],
        *,
        name: str | None = None,
        parent: Cell | None = None,
        started: Callable[[ActorRef[Never], BaseException | None], None] | None = None,
    ) -> ActorRef[M, C]:
        """Make an actor. With a parent it is part of the turn that runs; else it starts soon, and `started` is told how."""
        if self.closed:
            raise SystemClosed(
                f"an actor of {behavior} was to be spawned in a system that has ended", "a running system", "spawn inside `async with ActorSystem()`"
            )
        cell = life.spawn(self, behavior, name=name, parent=parent)
        envelope = (cell, life.Start(started))
        if parent is None:
            self.post(envelope)
        else:
            self.out(envelope)
        ref: ActorRef[M, C] = cell.self  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (the cell runs this behavior)
        return ref

    def stop(self, ref: ActorRef[Never], reason: Reason | None = None, stopped: Callable[[], None] | None = None, timeout: float | None = None) -> None:
        """End an actor before its waiting messages. Raises `ActorStopped(NoProc())` if it has ended."""
        cell = ref._cell
        if cell._run is not None and cell._run.ended:
            raise ActorStopped(ref, NoProc())
        why = Shutdown() if reason is None else reason
        self.command(cell, lambda kernel, target: exits.end(kernel, target, why, stopped, timeout))

    def child(self, ref: ActorRef[Never], child_id: str) -> ActorRef[object] | None:
        """Give the ref of a supervisor's child by its id."""
        cell = supervision.child_of(ref._cell, child_id)
        return None if cell is None else cell.self

    def is_idle(self, ref: ActorRef[Never]) -> bool:
        """Tell whether an actor has nothing to do: no handler or task at work, and nothing in its inbox."""
        run = ref._cell._run
        return run is None or not (run.tasks or run.turn is not None or run.inbox)

    def path_of(self, cell: Cell) -> str:
        """Give the path of an actor: the names, or behavior names with numbers, from the root to it."""
        return self.registry.path_of(cell)

    def shut_down(self, done: Callable[[], None]) -> None:
        """End all actors that have no parent, the newest first, one after the other."""
        self.closed = True
        if not self.roots:
            done()
            return
        last = next(reversed(self.roots))
        self.command(last, lambda kernel, cell: exits.end(kernel, cell, Shutdown(), lambda: kernel.shut_down(done)))

    def _expired(self, timer: Timer) -> None:
        self.post((timer.cell, timer))

    # --- tracing -------------------------------------------------------------------------------------------------

    def trace(self, tracer: Callable[[Cell, object, object, BaseException | None], None] | None) -> None:
        """Call a function after each turn with (cell, message, result, error); None ends it. From the next drain on."""
        self.tracer = tracer

    def trace_turn(self, cell: Cell, message: object, result: object, error: BaseException | None) -> None:
        """Tell the tracer of a turn. One that raises is switched off, and that is reported."""
        tracer = self.tracer
        inner = self.inner(cell, message)
        if tracer is None or isinstance(inner, (life.Start, ask.Answer, Go)):
            return
        try:
            tracer(cell, inner.request if type(inner) is Asked else inner, result, error)
        except Exception as failure:  # noqa: BLE001  (a tracer must never change what it looks at)
            self.tracer = None
            self.reports.publish(TracerFailed(failure))
