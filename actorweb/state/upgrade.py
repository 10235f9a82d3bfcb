"""Hot upgrade: new code for running actors, all or nothing, between two turns (OTP: `release_handler`, `code_change`).

Everything that can fail is tried before anything changes: the contexts of all actors are converted, their modes looked
up, their arguments bound. Then all are swapped in one step. An actor whose handler is still awaiting ends that turn on
the old code and is swapped when the turn has ended; so old code never sees a new context, nor new code an old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError
from actorweb.errors.state import UpgradeRefused
from actorweb.kernel import commit, exits, logic
from actorweb.kernel.administration import AT_WORK, Order
from actorweb.kernel.behavior import keeping, with_arguments_of
from actorweb.kernel.cell import run_of
from actorweb.kernel.child_spec import ChildSpec
from actorweb.kernel.exits import CLEARING
from actorweb.kernel.reports import Crashed, Upgraded
from actorweb.kernel.signals import Crash
from actorweb.kernel.table import HOLDING, STARTING, mode_of
from actorweb.state.conversion import converted
from actorweb.state.history import History
from actorweb.state.recording import Recording
from actorweb.state.saving import check_modes
from actorweb.values.migration import check_steps
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import Recorder
    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never


class Whose:
    """Names an actor and the upgrade that it is in, should an error ask: there may be a million of them."""

    __slots__ = ("cell", "new", "old")

    def __init__(self, cell: Cell, old: Behavior[Never, object], new: Behavior[Never, object]) -> None:
        self.cell: Cell = cell
        self.old: Behavior[Never, object] = old
        self.new: Behavior[Never, object] = new

    def __str__(self) -> str:
        return f"{self.cell.self} (behavior {self.new.name!r}, version {self.old.version} to {self.new.version})"


class Swap(Record):
    """What will change in one actor: its code, and its context if it is at rest."""

    cell: Cell
    behavior: Behavior[Never, object]
    context: object


def upgrade(kernel: Kernel, behaviors: Sequence[Behavior[Never, object]], replaced: Sequence[Behavior[Never, object]] = (), *, known_only: bool = True) -> None:
    """Replace the code of every actor that runs a behavior of one of these names. Raises `UpgradeRefused`; then nothing has changed.

    Whoever spawns one of the old definitions from now on gets the new code, and those that were `replaced` elsewhere count
    as old. With `known_only`, a behavior that no actor runs and no child's specification names is refused, too.
    """
    new = {behavior.name: behavior for behavior in behaviors}
    for behavior in behaviors:
        if behavior.supervision is not None:
            raise UpgradeRefused(
                f"{behavior} is a supervisor", "a behavior of yours", "upgrade the behaviors of its children; StartChild and DeleteChild change its children"
            )
    swaps: list[Swap] = []
    old: list[Behavior[Never, object]] = [behavior for behavior in replaced if behavior.name in new]
    actors = dict.fromkeys(new, 0)
    for cell in _all(kernel):
        present = _present(cell)
        newer = new.get(present.name)
        if newer is not None and present.supervision is None:
            actors[newer.name] += 1
            if newer.definition is not present.definition:
                swaps.append(_checked(cell, present, newer))
            old.append(present)
        for spec in _specs(cell):
            newest = new.get(spec.behavior.name)
            if newest is not None and spec.behavior.supervision is None:
                bound(f"child {spec.id!r} of {cell.self}", spec.behavior, newest, None)
                old.append(spec.behavior)
    known = {behavior.name for behavior in old}
    missing = [name for name in new if name not in known]
    if missing and known_only:
        running = sorted({_present(cell).name for cell in _all(kernel)}) or ["none"]
        raise UpgradeRefused(
            f"no actor runs a behavior called {', '.join(map(repr, missing))}", f"one of those that run: {', '.join(running)}", "correct the name, or spawn it"
        )
    # From here on nothing fails.
    for swap in swaps:
        _swap(kernel, swap)
    _remember(kernel, old, new)
    for name, count in actors.items():
        kernel.reports.publish(Upgraded(name, new[name].version, count))
    if kernel.changed:
        kernel.nudge()


def _present(cell: Cell) -> Behavior[Never, object]:
    """Give the code that an actor has, or will have when the turn at work has ended."""
    successor = None if cell._run is None else cell._run.successor
    return cell._behavior if successor is None else successor


def _all(kernel: Kernel) -> Iterator[Cell]:
    """Give every actor, parents first."""
    waiting = list(reversed(kernel.roots))
    while waiting:
        cell = waiting.pop()
        yield cell
        if cell._kin is not None and cell._kin.children:
            waiting.extend(reversed(cell._kin.children))


def _specs(cell: Cell) -> list[ChildSpec]:
    """Give the specifications by which a supervisor starts its children, again or for the first time."""
    state = None if cell._run is None else cell._run.supervision
    if state is None:
        return []
    running = [entry._kin.spec for entry in state.entries.values() if not isinstance(entry, ChildSpec) and entry._kin is not None]
    stopped = [entry for entry in state.entries.values() if isinstance(entry, ChildSpec)]
    return [spec for spec in (*running, *stopped, *state.spec.children) if spec is not None]


def bound(whose: object, old: Behavior[Never, object], newer: Behavior[Never, object], cell: Cell | None) -> Behavior[Never, object]:
    """Give the new code with the arguments of the old. Raises `UpgradeRefused` when they do not fit."""
    try:
        return with_arguments_of(newer, old)
    except ActorError as error:
        raise UpgradeRefused(
            f"{whose}: the arguments that it was spawned with do not fit: {error.happened}",
            error.expected,
            "give new parameters defaults",
            ref=None if cell is None else cell.self,
        ) from error


def _checked(cell: Cell, present: Behavior[Never, object], newer: Behavior[Never, object]) -> Swap:
    """Try an upgrade on one actor."""
    whose = Whose(cell, present, newer)
    behavior = bound(whose, present, newer, cell)
    run = cell._run
    if present.kept or newer.history:
        behavior = keeping(behavior)
    context: object = None
    if cell in cell.self._kernel.passive:
        try:
            check_steps(whose, present.version, newer.version, up=newer.definition.up, down=present.definition.down)
        except ActorError as error:
            raise UpgradeRefused(error.happened, error.expected, f"{error.do}; nothing was upgraded", ref=cell.self) from error
    elif not _unstarted(cell):
        try:
            context = converted(whose, logic.kept(cell), cell._behavior, behavior)
            check_modes(behavior, ("default",) if run is None else run.modes, whose)
        except ActorError as error:
            raise UpgradeRefused(error.happened, error.expected, f"{error.do}; nothing was upgraded", ref=cell.self) from error
    return Swap(cell, behavior, context)


def _unstarted(cell: Cell) -> bool:
    """Tell whether an actor has no context yet that anybody has seen."""
    run = cell._run
    if cell in cell.self._kernel.passive:
        return True  # its state is in the store, and migrated when it is read
    return (cell._table is STARTING or cell._table is CLEARING) and (run is None or run.turn is None)


def _swap(kernel: Kernel, swap: Swap) -> None:
    cell = swap.cell
    if _unstarted(cell):
        _take_over(kernel, cell, swap.behavior)
    elif any(cell._table is table for table in AT_WORK):
        run = run_of(cell)
        if run.successor is None:
            run.orders.insert(0, Order(lambda target: adopt(kernel, target), lambda _: None))
        run.successor = swap.behavior
    else:
        _take_over(kernel, cell, swap.behavior)
        _install(kernel, cell, swap.context)


def adopt(kernel: Kernel, cell: Cell) -> None:
    """Give an actor the code that an upgrade has set aside for it while it was at work.

    What the old code's last turn left is converted now. It cannot be refused any more: where it does not fit, the actor
    crashes, and its supervisor starts it on the new code.
    """
    run = run_of(cell)
    behavior, run.successor = run.successor, None
    if behavior is None:
        return
    whose = Whose(cell, cell._behavior, behavior)
    try:
        context = converted(whose, logic.kept(cell), cell._behavior, behavior)
        check_modes(behavior, run.modes, whose)
    except ActorError as error:
        run.successor = behavior  # for the run that comes next
        kernel.reports.publish(Crashed(cell.self, error, None, cell.context))
        exits.end(kernel, cell, Crash(error))
        return
    _take_over(kernel, cell, behavior)
    _install(kernel, cell, context)


def _take_over(kernel: Kernel, cell: Cell, behavior: Behavior[Never, object]) -> None:
    """Swap the code."""
    old = cell._behavior
    cell._behavior = behavior
    if cell in kernel.passive:
        cell._version += old.version != behavior.version  # whatever its record says when it is read
        _resize_history(kernel.passive[cell].recorder, old, behavior)
        return
    run = cell._run
    if behavior.history and (run is None or run.recorder is None):
        run = run_of(cell)
        run.recorder = kernel.keeping(cell, behavior, None)
    if run is not None:
        _resize_history(run.recorder, old, behavior)
    if behavior.mailbox is not None:
        run = run_of(cell)
        box, run.mailbox = run.mailbox, behavior.mailbox()
        if box is not None:
            run.mailbox.waiting, run.mailbox.excess = box.waiting, box.excess
        kernel.bound()
    elif behavior.mailbox is None and run is not None:
        run.mailbox = None
    if old.idle is not None or behavior.idle is not None:
        from actorweb.kernel import idle  # noqa: PLC0415  (its room opens with the first behavior that wants it)

        idle.still(cell)
        if not _unstarted(cell):
            idle.stir(cell)


def _resize_history(recorder: Recorder | None, old: Behavior[Never, object], behavior: Behavior[Never, object]) -> None:
    if isinstance(recorder, Recording) and old.history != behavior.history:
        if recorder.history is None:
            recorder.history = History(behavior.history)
        elif behavior.history:
            recorder.history.resize(behavior.history)
        else:
            recorder.history = None


def _install(kernel: Kernel, cell: Cell, context: object) -> None:
    """Put a converted context in, and the tables of the new code."""
    version = cell._version
    if isinstance(context, logic.LogicSnapshot):
        before = run_of(cell).logic
        if context == before:
            logic.put(cell, context)  # the same state, in the new config's terms: no new version
        else:
            commit.change_state(kernel, cell, context)
        logic.apply(kernel, cell, before)
    else:
        if cell._run is not None:
            cell._run.logic = None
        commit.change_context(kernel, cell, context)
    if not any(cell._table is table for table in HOLDING):
        cell._table = mode_of(cell).table
    recorder = None if cell._run is None else cell._run.recorder
    if recorder is not None and cell._version != version:
        recorder.changed(None)


def _remember(kernel: Kernel, old: Sequence[Behavior[Never, object]], new: dict[str, Behavior[Never, object]]) -> None:
    """Let whoever still spawns an old definition get the new code: another module, a child's specification."""
    replaced = {behavior.definition: behavior.name for behavior in old} | {definition: newer.name for definition, newer in kernel.upgraded.items()}
    for definition, name in replaced.items():
        if name in new:
            kernel.upgraded[definition] = new[name]
    for behavior in new.values():
        kernel.upgraded.pop(behavior.definition, None)
