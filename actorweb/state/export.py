"""Moving an actor: its state leaves one system as JSON and begins a life in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import BadPlan
from actorweb.errors.state import LostOwnership
from actorweb.kernel import exits, keeping
from actorweb.kernel.cell import run_of
from actorweb.kernel.checked import check_kind
from actorweb.kernel.logic import LogicSnapshot
from actorweb.kernel.recorder import State
from actorweb.kernel.signals import Shutdown
from actorweb.state.saving import check_modes, restore, save
from actorweb.state.store import Write
from actorweb.values.saved import saved_from_json
from actorweb.values.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.recorder import Keep
    from actorweb.kernel.scheduler import Kernel
    from actorweb.state.store import Store
    from actorweb.values.generics import Never
    from actorweb.values.json import JsonObject

MOVED = Shutdown("moved")
"""The reason with which an actor ends that was exported."""


def moved_out(kernel: Kernel, cell: Cell, finish: Callable[[BaseException | None], None]) -> JsonObject:
    """Give the state of an actor at rest as JSON, and end it. Raises `EncodeError`; then it runs on."""
    exported = save(cell._behavior, keeping.state_of(kernel, cell), None, kernel.world.wall()).to_json()
    exits.end(kernel, cell, MOVED, lambda: finish(None))
    ending = run_of(cell).ending
    if ending is not None:
        ending.moved = True
    return exported


def moved_in(kernel: Kernel, behavior: Behavior[Never, object], snapshot: JsonObject | Snapshot[object]) -> State:
    """Read a state to begin with. Raises `DecodeError`, `MigrationError`, `NewerState`, and `BadPlan` for a context of another type."""
    behavior = kernel.current(behavior)
    if isinstance(snapshot, Snapshot):
        check_kind(behavior, snapshot.context, f"the snapshot for an actor of {behavior}", "has")
        modes = (snapshot.mode or "default",)
        check_modes(behavior, modes, "the snapshot")
        if behavior.logic is None:
            return State(snapshot.context, snapshot.version, modes)
        if isinstance(snapshot, LogicSnapshot):
            return State(behavior.logic.fitting(snapshot), snapshot.version, modes)
        raise BadPlan(
            f"the snapshot for an actor of {behavior} is {snapshot!r}", "the snapshot of a machine", "give what system.snapshot(ref) or system.export(ref) gave"
        )
    return restore(behavior, saved_from_json(snapshot), "the snapshot", kernel.world.wall())


async def seed(kernel: Kernel, behavior: Behavior[Never, object], keep: Keep, state: State) -> None:
    """Store a state under a key that has none, so that an actor can begin with it. Raises `LostOwnership` where it has one."""
    store: Store = keep.store  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (whoever made the `Keep` was given a Store)
    saved = save(kernel.current(behavior), state, None, kernel.world.wall())
    done = kernel.world.future()

    def finish(error: BaseException | None) -> None:
        if done.done():
            return
        if isinstance(error, LostOwnership):
            done.set_exception(LostOwnership(keep.key, store.name, "it has a state already, so an actor cannot begin there with a snapshot"))
        elif error is not None:
            done.set_exception(error)
        else:
            done.set_result(None)

    store.commit([Write(keep.key, 1, saved.to_text(), keep.durability == "journal")], lambda errors: finish(errors[0]))
    await done
