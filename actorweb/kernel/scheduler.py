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

from actorweb.errors import ActorStopped, SystemClosed
from actorweb.kernel import ask, commit, exits, life, observers, rollback, supervision, turn
from actorweb.kernel.ask import TURN, Asked
from actorweb.kernel.behavior import with_arguments_of
from actorweb.kernel.plan import MessagePlan
from actorweb.kernel.registry import Registry
from actorweb.kernel.reports import HighWater, LateReply, Reports
from actorweb.kernel.signals import NoProc, Reason, Shutdown
from actorweb.kernel.table import BUSY, mode_of
from actorweb.kernel.timers import Clock, Timer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterable

    from actorweb.errors import AskError
    from actorweb.kernel.addresses import Addresses
    from actorweb.kernel.behavior import Behavior, Definition
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.passivation import Passive
    from actorweb.kernel.recorder import Keep, Keeping, State
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import TurnTrace
    from actorweb.kernel.tracing import Origin, Tracing
    from actorweb.kernel.world import Envelope, Queue, World
    from actorweb.system import ActorSystem
    from actorweb.values.generics import Never
    from actorweb.values.snapshot import Snapshot

M = TypeVar("M")
C = TypeVar("C")
URGENT_RUN = 64
"""After so many urgent turns one ordinary turn runs."""
HIGH_WATER = 100_000


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
        self.reports: Reports = Reports(world, self.trace)
        self.registry: Registry = Registry()
        self.clock: Clock = Clock(world, self._expired)
        self.queue: Queue = world.queue()
        self.urgent: deque[Envelope] = deque()
        self.roots: dict[Cell, None] = {}
        self.keeping: Keeping = system._keeping
        self.passive: dict[Cell, Passive] = {}
        self.upgraded: dict[Definition, Behavior[Never, object]] = {}
        """What an upgrade has put in the place of a definition."""
        self.fresh: list[Asked] = []
        self.asked: Asked | None = None
        self.changed: dict[Cell, None] = {}
        self.tracer: Tracing | None = None
        self.clerk: Cell | None = None
        self.bounded: bool = False
        """Whether there ever was an actor with a bounded mailbox: only then sends are counted."""
        self.high_water: int = HIGH_WATER
        self.fatal: BaseException | None = None
        self.on_fatal: Callable[[], None] = lambda: None
        self.draining: bool = False
        self.closed: bool = False
        self.context: contextvars.Context = contextvars.Context()
        self._woken = False
        self._urgent_run = 0
        self._drain_end: list[Callable[[], None]] = []
        self._plain: Queue = self.queue
        self._lanes_change = False
        self._flooded = False
        self._addresses: Addresses | None = None
        self._inside: Callable[[Envelope], None] = self.queue.append
        self.out: Callable[[Envelope], None] = self._outside
        """Where a send goes: into the queue while a turn runs, through `_outside` otherwise."""

    @property
    def addresses(self) -> Addresses:
        """The addresses of open asks that were written down."""
        if self._addresses is None:
            from actorweb.kernel.addresses import Addresses  # noqa: PLC0415  (few programs write addresses down)

            self._addresses = Addresses(self)
        return self._addresses

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
        self.post(self.admit(envelope))

    def admit(self, envelope: Envelope) -> Envelope:
        """Give a message its place in a bounded mailbox, if it is for one. Raises `MailboxFull`."""
        return self.admit_all([envelope])[0]

    def admit_all(self, envelopes: list[Envelope]) -> list[Envelope]:
        """Give messages their places, or none of them. Raises `MailboxFull`."""
        if not self.bounded:
            return envelopes
        from actorweb.kernel import mailbox  # noqa: PLC0415  (its room opens with the first behavior that wants it)

        return mailbox.admit_all(envelopes)

    def _admitted(self, envelope: Envelope) -> None:
        self.queue.append(self.admit(envelope))

    def bound(self) -> None:
        """Count what is sent to bounded actors from now on."""
        if not self.bounded:
            self.bounded = True
            self._inside = self._admitted
            if self.draining:
                self.out = self._inside

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
        if self._lanes_change:
            self._lanes_change = False
            self._change_lanes()
        self.draining = True
        self.out = self._inside
        try:
            ends: float | None = None
            while self.queue or self.urgent:
                self._turns(world.slice)
                if len(self.queue) > self.high_water or self._flooded:
                    self._watch_level()
                if ends is None:
                    ends = world.now() + world.budget
                elif world.now() >= ends:
                    break
                if world.budget <= 0:
                    break
        finally:
            self.out = self._outside
            self.draining = False
            if self.tracer is not None:
                self.tracer.rest()
        if self.fresh:
            ask.give_deadlines(self)
        if self.changed:
            observers.tell(self)
        while self._drain_end:
            functions, self._drain_end = self._drain_end, []
            for function in functions:
                function()
        if self.queue or self.urgent:
            self.nudge()

    def _watch_level(self) -> None:
        """Report once that too much waits, and again only after half of that was worked off."""
        waiting = len(self.queue)
        if not self._flooded:
            self._flooded = True
            self.reports.publish(HighWater(waiting))
        elif waiting * 2 < self.high_water:
            self._flooded = False

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
                rollback.fail(self, cell, message, error, mark)

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
        return observers.observe(self, ref, function)

    def listen(self, ref: ActorRef[Never], function: Callable[[object], None], *, closed: Callable[[], None] = lambda: None) -> Callable[[], None]:
        """Call a function with each message that the actor emits, at commit. `closed` is called when the actor has ended."""
        return observers.listen(ref, function, closed=closed)

    # --- lives ---------------------------------------------------------------------------------------------------

    def spawn(
        self,
        behavior: Behavior[M, C],
        *,
        name: str | None = None,
        parent: Cell | None = None,
        started: Callable[[ActorRef[Never], BaseException | None], None] | None = None,
        keep: Keep | None = None,
        state: State | None = None,
    ) -> ActorRef[M, C]:
        """Make an actor. With a parent it is part of the turn that runs; else it starts soon, and `started` is told how."""
        if self.closed:
            raise SystemClosed(
                f"an actor of {behavior} was to be spawned in a system that has ended", "a running system", "spawn inside `async with ActorSystem()`"
            )
        cell = life.spawn(self, behavior, name=name, parent=parent, keep=keep)
        envelope = (cell, life.Start(started, state=state))
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
        return run is None or not (run.tasks or run.turn is not None or run.next or run.inbox)

    def path_of(self, cell: Cell) -> str:
        """Give the path of an actor: the names, or behavior names with numbers, from the root to it."""
        return self.registry.path_of(cell)

    def current(self, behavior: Behavior[M, C]) -> Behavior[M, C]:
        """Give the newest code of a behavior: what an upgrade has put in its place."""
        newer = self.upgraded.get(behavior.definition)
        if newer is None:
            return behavior
        current: Behavior[M, C] = with_arguments_of(newer, behavior)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportAssignmentType]  (it has that name, and takes its messages)
        return current

    def kill_all(self) -> None:
        """End what has not ended, at once and without its `on_stop`."""
        exits.kill_all(self)

    def _expired(self, timer: Timer) -> None:
        self.post((timer.cell, timer))

    # --- tracing -------------------------------------------------------------------------------------------------

    def trace(self, tracer: Callable[[TurnTrace], None] | None) -> Callable[[], None]:
        """Call a function after each turn; None ends all tracing. From the next drain on. Gives the function that ends it."""
        if tracer is None:
            if self.tracer is not None:
                self.tracer.clear()
            return lambda: None
        if self.tracer is None:
            from actorweb.kernel.tracing import Tracing  # noqa: PLC0415  (not part of what a page must load to start)

            self.tracer = Tracing(self)
            self._change_lanes()
        return self.tracer.add(tracer)

    def end_tracing(self) -> None:
        """Trace no more."""
        self.tracer = None
        self._change_lanes()

    def _change_lanes(self) -> None:
        """Put the lanes in their place that trace, or count, or do neither: between two drains, since a drain holds on to its own."""
        if self.draining:
            self._lanes_change = True
            return
        tracer = self.tracer
        if tracer is not None:
            self.queue, self.urgent = tracer.queue, tracer.urgent
        elif self.queue is not self._plain:
            self.queue, self.urgent = self._plain, deque(self.urgent)
        self._inside = self._admitted if self.bounded else self.queue.append

    def trace_turn(self, cell: Cell, message: object, result: object, error: BaseException | None, origin: Origin | None = None) -> None:
        """Tell the tracers of a turn."""
        if self.tracer is not None:
            self.tracer.turn(cell, message, result, error, origin)
