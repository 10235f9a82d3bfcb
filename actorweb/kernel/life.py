"""The life of a spawn: how it is made, starts, and starts again. How it ends is told in `exits`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from actorweb.errors import BadDefinition, StartFailed
from actorweb.kernel import commit, exits, schedule, supervision, turn
from actorweb.kernel.behavior import keeping
from actorweb.kernel.cell import ActorContext, kin_of, run_of
from actorweb.kernel.plan import Ignore
from actorweb.kernel.ref import ActorRef
from actorweb.kernel.reports import Crashed, Restarted, Started
from actorweb.kernel.signals import Crash, Normal, Reason
from actorweb.kernel.table import ENDING, STARTING, release

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.child_spec import ChildSpec
    from actorweb.kernel.recorder import Keep, State
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never


class Start:
    """The first message of a run."""

    __slots__ = ("entries", "reason", "run", "started", "state")

    def __init__(
        self,
        started: Callable[[ActorRef[Never], BaseException | None], None] | None = None,
        *,
        run: int = 0,
        reason: Reason | None = None,
        state: State | None = None,
    ) -> None:
        self.started: Callable[[ActorRef[Never], BaseException | None], None] | None = started
        self.run: int = run
        self.reason: Reason | None = reason  # why the run before ended, if this is a restart
        self.state: State | None = state  # what it goes on from, if it was moved here
        self.entries: dict[str, object] = {}  # what the start of its logic asks for


def is_starting(cell: Cell) -> bool:
    """Tell whether an actor's run has not started yet."""
    run = cell._run
    return cell._table is STARTING or cell._table is exits.CLEARING or (run is not None and run.turn is not None and is_start(run.turn.message))


def is_start(message: object) -> bool:
    """Tell whether a message is the first of a run."""
    return type(message) is Start


def spawn(
    kernel: Kernel,
    behavior: Behavior[Never, object],
    *,
    name: str | None,
    parent: Cell | None,
    spec: ChildSpec | None = None,
    keep: Keep | None = None,
) -> Cell:
    """Make a cell and reserve its name. Its `Start` is for the caller to send."""
    behavior = kernel.current(behavior)
    behavior.check_bound()
    cell: Cell = ActorContext()
    ref: ActorRef[object] = ActorRef(kernel, cell)
    cell._behavior = behavior
    cell._table = STARTING
    cell._kin = None
    cell._run = None
    cell._version = 0
    cell.context = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    cell.self = ref  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
    if behavior.mailbox is not None:
        run_of(cell).mailbox = behavior.mailbox()
        kernel.bound()
    if spec is not None and spec.keep is not None:
        keep = spec.keep
    if name is not None:
        if not isinstance(name, str) or not name or "/" in name:
            raise BadDefinition(f"an actor was to be named {name!r}", "a text that is not empty and has no '/'", "choose another name")
        kernel.registry.reserve(name, cell)
        kin_of(cell).name = name
    if parent is None:
        kernel.roots[cell] = None
    else:
        kin = kin_of(cell)
        kin.parent = parent
        kin.spec = spec
        family = kin_of(parent)
        if family.children is None:
            family.children = {}
        family.children[cell] = None
    if behavior.history or keep is not None:
        _keep(kernel, cell, keep)
    return cell


def _keep(kernel: Kernel, cell: Cell, keep: Keep | None) -> None:
    """Give an actor its recorder. Raises `LostOwnership` where its key belongs to another."""
    behavior = cell._behavior
    try:
        run_of(cell).recorder = kernel.keeping(cell, behavior, keep)
    except BaseException:
        leave(kernel, cell)
        raise
    cell._behavior = keeping(behavior)


def unspawn(cell: Cell) -> None:
    """Undo a spawn whose turn raised: the actor has never been."""
    cell._table = exits.DEAD
    run = run_of(cell)
    run.ended = True
    if run.recorder is not None:
        run.recorder.ended()
    leave(cell.self._kernel, cell)


def start(message: Start, cell: Cell) -> None:
    """Make the first context and run `on_start`, which is a turn."""
    kernel = cell.self._kernel
    behavior = cell._behavior
    run = cell._run
    if message.run != (0 if run is None else run.number):
        return  # that run was ended before it began
    if behavior.supervision is not None:
        cell.context = behavior.first_context()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
        supervision.begin(kernel, cell, message)
    elif run is not None and run.recorder is not None and run.recorder.recovers:
        from actorweb.kernel.keeping import recover  # noqa: PLC0415  (its room opens with the first actor whose state is kept)

        recover(kernel, cell, run.recorder, message)
    else:
        enter(kernel, cell, message, message.state)


def enter(kernel: Kernel, cell: Cell, message: Start, state: State | None) -> None:
    """Begin a run with a state, or with the behavior's first context."""
    behavior = cell._behavior
    run = cell._run
    mark = len(kernel.queue)
    if behavior.logic is not None:
        from actorweb.kernel import logic  # noqa: PLC0415  (its room opens with the first machine)

        message.entries = logic.enter(kernel, cell, state)
    else:
        context = behavior.first_context() if state is None else state.context
        if run is not None and run.number:
            commit.change_context(kernel, cell, context)
        else:
            cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (the kernel writes it)
        take_up(kernel, cell, state)
    if behavior.start_handler is None:
        if message.entries:
            commit_start(kernel, cell, message, None)
        else:
            started(kernel, cell, message)
        return
    result = behavior.start_handler(cell)
    if isinstance(result, Awaitable):
        result = turn.begin(kernel, cell, result, message, mark, None)
    if result is not turn.PENDING:
        commit_start(kernel, cell, message, result)


def take_up(kernel: Kernel, cell: Cell, state: State | None) -> None:
    """Take up what belongs to a state beside its context: modes, version, timers. What the actor has now is noted."""
    if state is not None:
        run_of(cell).modes = state.modes
        cell._version = max(cell._version, state.version)
        schedule.restore(kernel, cell, state.timers)
    if cell._run is not None and cell._run.recorder is not None:
        cell._run.recorder.changed(None)


def not_started(message: Start, cell: Cell) -> None:
    """Tell who waits for a start that the actor was ended before it."""
    if message.started is not None:
        message.started(cell.self, StartFailed(cell.self, None, "it was stopped before it had started"))


STARTING[Start] = start
ENDING[Start] = not_started


def commit_start(kernel: Kernel, cell: Cell, message: object, result: object) -> None:
    """Commit what `on_start` returned, and let the actor take messages."""
    if not isinstance(message, Start):
        return
    if type(result) is Ignore:
        ending = exits.begin_end(kernel, cell, Normal())
        ending.stage = exits.TELLING
        ending.start_ignored = message
        kernel.command(cell, exits.proceed)
        return
    if message.entries:
        from actorweb.kernel import logic  # noqa: PLC0415  (it has given them)

        result = logic.joined(cell, message.entries, result)
    if turn.settle(kernel, cell, result, message, len(kernel.queue)) is turn.PENDING:
        return  # it is being stored; `keeping` goes on when that is done
    if cell._table is not ENDING:
        started(kernel, cell, message)
    elif message.started is not None:
        message.started(cell.self, None)


def started(kernel: Kernel, cell: Cell, message: Start) -> None:
    """End the start: tell those who wait, and take messages."""
    if cell._behavior.idle is not None:
        from actorweb.kernel import idle  # noqa: PLC0415  (its room opens with the first behavior that wants it)

        idle.stir(cell)
    release(cell)
    run = cell._run
    if run is not None and run.observers:
        kernel.changed[cell] = None
    if kernel.reports.wanted:
        kernel.reports.publish(Started(cell.self) if message.reason is None else Restarted(cell.self, message.reason))
    if message.started is not None:
        message.started(cell.self, None)
    parent = None if cell._kin is None else cell._kin.parent
    if parent is not None and parent._behavior.supervision is not None:
        supervision.child_started(kernel, parent, cell)


def start_failed(kernel: Kernel, cell: Cell, message: Start, error: BaseException) -> None:
    """End a start that raised: nothing of it is left, and whoever waits is told why."""
    if isinstance(error, StartFailed) and error.ref is cell.self:
        failure = error
    else:
        failure = StartFailed(cell.self, None, f"{type(error).__name__}: {error}")
        failure.__cause__ = error
    if message.run:
        # Whoever spawned it heard of the first start long ago: only a report tells why it does not come back.
        kernel.reports.publish(Crashed(cell.self, error, "on_start", cell.context))
    ending = exits.begin_end(kernel, cell, Crash(failure))
    ending.start_failed = message
    kernel.command(cell, exits.proceed)


def leave(kernel: Kernel, cell: Cell) -> None:
    """Take a spawn out of the names and out of its family."""
    kin = cell._kin
    if kin is not None and kin.name is not None:
        kernel.registry.release(kin.name, cell)
    for place in () if kin is None else kin.places:
        place.ended(cell)
    if kin is not None and kin.parent is not None:
        family = kin.parent._kin
        if family is not None and family.children is not None:
            family.children.pop(cell, None)
    else:
        kernel.roots.pop(cell, None)


def start_again(kernel: Kernel, cell: Cell, reason: Reason) -> None:
    """Begin the next run of a spawn whose run before ended for this reason."""
    kernel.post((cell, Start(run=run_of(cell).number, reason=reason)))
