"""Replay: a history from production runs again, and the first turn that differs is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from actorweb.errors.testing import ReplayDiffers
from actorweb.kernel.assembly import messages_of, modes_of
from actorweb.kernel.behavior import Behavior, with_arguments_of
from actorweb.kernel.cell import run_of
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.logic import kept
from actorweb.kernel.reports import Crashed
from actorweb.state.history_file import Recorded, read_history
from actorweb.state.saving import restore
from actorweb.system import ActorSystem
from actorweb.testing.world import SimulatedWorld

if TYPE_CHECKING:
    from os import PathLike

    from actorweb.kernel.recorder import State
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import Report
    from actorweb.values.generics import Never
    from actorweb.values.saved import Saved


def replay_history(behavior: Behavior[Never, object], history: str | PathLike[str], /) -> int:
    """Run the turns of a history file again, against this behavior, in a simulated world. Gives how many there were.

    Each turn begins with the recorded message in the state that the replay has reached, and must leave the recorded context
    and mode; states of an older version are migrated first. Where the record names no message (a restart, a rollback, a
    message that held a ref), the replay goes on from the recorded state. Timers do not fire by themselves: what they
    brought is in the record, and so is what invoked actors told: a machine starts none. Dice and ids are the simulated world's, so a handler that uses them will differ.

    Raises `ReplayDiffers` with the first turn that differs, `DecodeError` for what is no history file, and
    `MigrationError` and `NewerState` for states that the behavior cannot read.
    """
    recorded = read_history(Path(history).read_text(encoding="utf-8"))
    world = SimulatedWorld()
    return world.run(_Replay(behavior, world, recorded).run())


def _alone(behavior: Behavior[Never, object]) -> Behavior[Never, object]:
    """Give a behavior whose machine invokes nothing: a payment must not be made because somebody looks back."""
    if behavior.logic is None:
        return behavior
    definition = behavior.definition.changed()
    definition.logic = behavior.logic.alone()
    return with_arguments_of(Behavior(definition, messages_of(definition), modes_of(definition), None), behavior)


class _Replay:
    """One replay under way."""

    def __init__(self, behavior: Behavior[Never, object], world: SimulatedWorld, recorded: Recorded) -> None:
        self.behavior = _alone(behavior)
        self.world = world
        self.recorded = recorded
        self.crash: BaseException | None = None
        self.ref: ActorRef[Never] | None = None

    async def run(self) -> int:
        turns = 0
        async with ActorSystem(world=self.world) as system:
            system.reports.subscribe(self._hear, Crashed)
            for number, saved in enumerate(self.recorded.states, 1):
                expected = restore(self.behavior, saved, f"record {number}", saved.at)
                if self.ref is None or saved.message is None:
                    await self._begin(system, saved)
                else:
                    turns += 1
                    await self._turn(system, self.ref, number, saved, expected)
        return turns

    def _hear(self, report: Report) -> None:
        if isinstance(report, Crashed) and report.ref is self.ref and self.crash is None:
            self.crash = report.error

    async def _begin(self, system: ActorSystem, saved: Saved) -> None:
        """Go on from a recorded state."""
        if self.ref is not None:
            await system.stop(self.ref)
        self.ref = await system.spawn(self.behavior, snapshot=saved.to_json())
        self._end_timers(self.ref)

    async def _turn(self, system: ActorSystem, ref: ActorRef[Never], number: int, saved: Saved, expected: State) -> None:
        """Run one turn and compare what it leaves."""
        message = self.behavior.kept_from_json(saved.message)
        self.world.wall_offset += saved.at - self.world.wall()
        handled = self.world.future()
        system.kernel.send(ref, Delivery(message, lambda: None if handled.done() else handled.set_result(None)))
        await handled
        self._end_timers(ref)
        run = run_of(ref._cell)
        if self.crash is not None:
            raise ReplayDiffers(
                f"record {number}, {message!r}: it raised {type(self.crash).__name__}: {self.crash}", _shown(expected), _DO, record=number
            ) from self.crash
        left = kept(ref._cell)
        if (left, run.modes) != (expected.context, expected.modes):
            raise ReplayDiffers(f"record {number}, {message!r}: it left {left!r} in mode {run.modes[-1]!r}", _shown(expected), _DO, record=number)

    def _end_timers(self, ref: ActorRef[Never]) -> None:
        timers = run_of(ref._cell).timers
        for timer in timers.values():
            ref._kernel.clock.forget(timer)
        timers.clear()


_DO = "see what this turn depends on beside its message and context, or what has changed in the behavior since"


def _shown(expected: State) -> str:
    return f"{expected.context!r} in mode {expected.modes[-1]!r}, as recorded"
