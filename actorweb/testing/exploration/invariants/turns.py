"""Invariants of the transaction: a turn does all that its result says, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.plan import After, Every, MessagePlan
from actorweb.testing.exploration.invariant import Invariant
from actorweb.testing.exploration.sights import QUEUED, TAKEN, WAITING

if TYPE_CHECKING:
    from actorweb.testing.exploration.sights import Handling, Sent


class FailedTurn(Invariant):
    """See `sentence`."""

    name = "a failed turn left nothing"
    sentence = "A turn that raised, or whose actor ended meanwhile, has changed nothing: no context, no mode, no message, no timer, no child, no reply."

    def settled(self, turn: Handling) -> None:
        if not (turn.crashed or turn.dropped):
            return
        life = turn.life
        cell = life.cell
        where = f"{cell.self.path} failed on {turn.message!r}"
        if life.run == turn.run and turn.kind != "start" and (cell.context is not turn.context or cell._version != turn.version):
            self.broken(f"{where}, but its context went from {turn.context!r} to {cell.context!r}")
        for sent in turn.sends:
            if sent.state in (QUEUED, TAKEN, WAITING) and not sent.flushed:
                self.broken(f"{where}, but {sent.message!r} went to {sent.cell.self.path}")
                return
        for timer in turn.timers:
            if timer.live:
                self.broken(f"{where}, but its timer {timer.message!r} is set")
                return
        for child in turn.spawned:
            run = child.cell._run
            if (run is None or not run.ended) and not self._flushed(turn):
                self.broken(f"{where}, but its child {child.cell.self.path} lives")
                return
        run = cell._run
        if run is not None and life.run == turn.run and run.number == turn.run and not run.ended:
            if run.ending is not None and len(run.stash) > turn.stashed:
                self.broken(f"{where}, but it stashed")
            if run.links and not turn.asynchronous and any(other not in turn.links and not made.over for other, made in run.links.items()):
                self.broken(f"{where}, but a link that it made is there")
            if run.modes is not turn.modes and run.modes != turn.modes:
                self.broken(f"{where}, but its mode went from {turn.modes!r} to {run.modes!r}")
        asked = turn.asked
        if (
            asked is not None
            and asked.future is not None
            and asked.future.done()
            and not asked.future.cancelled()
            and asked.future.exception() is None
            and not turn.dropped
        ):
            self.broken(f"{where}, but the asker got {asked.future.result()!r}")

    @staticmethod
    def _flushed(turn: Handling) -> bool:
        return bool(turn.awaiting)


class CommittedWhole(Invariant):
    """See `sentence`."""

    name = "a committed turn did all"
    sentence = "A turn that succeeded has done what its result says: context, version, mode, messages in order, timers, stash, reply."

    def settled(self, turn: Handling) -> None:
        if turn.crashed or turn.dropped or turn.kind == "start":
            return
        life = turn.life
        cell = life.cell
        run = cell._run
        if life.run != turn.run or (run is not None and (run.number != turn.run or run.ended)):
            return
        given = turn.result
        plan: dict[str, object] = given if type(given) is MessagePlan else {} if given is None else {"context": given}  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
        entered = "become" in plan and run is not None and run.modes[-1] != turn.modes[-1]
        changes = entered or ("context" in plan and plan["context"] is not turn.context)
        if (turn.asynchronous or turn.stored) and cell._version > turn.version + changes:
            return  # what was ordered meanwhile has been carried out at once after its commit
        where = f"{cell.self.path} committed {turn.message!r}"
        if cell._behavior.logic is not None:
            if not turn.version <= cell._version <= turn.version + 1 and not turn.asynchronous:
                self.broken(f"{where}: its version went from {turn.version} to {cell._version}")
        elif "context" in plan and isinstance(given, (MessagePlan, *cell._behavior.context_types)):
            wanted = plan["context"]
            if cell.context is not wanted:
                self.broken(f"{where}: its context is {cell.context!r}, not {wanted!r}")
        elif cell.context is not turn.context:
            self.broken(f"{where}: its context went from {turn.context!r} to {cell.context!r} by itself")
        if cell._behavior.logic is None and (cell.context is not turn.context) != (cell._version > turn.version) and "become" not in plan:
            self.broken(f"{where}: its version went from {turn.version} to {cell._version}")
        self._tells(turn, plan, where)
        if turn.stored and run is not None and run.ending is not None:
            return  # it was told to end while this was being stored: what would go on in it does not begin
        if plan.get("stash") and run is not None and plan.get("become") is None and len(run.stash) != turn.stashed + 1:
            self.broken(f"{where}: its stash holds {len(run.stash)} messages, not {turn.stashed + 1}")
        schedule = plan.get("schedule")
        if isinstance(schedule, (list, tuple)):
            wanted_timers = [entry for entry in schedule if isinstance(entry, (After, Every))]
            if len(wanted_timers) != len(turn.timers) or any(a.message is not b.message for a, b in zip(wanted_timers, turn.timers, strict=False)):
                self.broken(f"{where}: it set {len(turn.timers)} timers, not {len(wanted_timers)}")
        asked = turn.asked
        if asked is not None and "reply" in plan and asked.future is not None and asked.future.done() and not asked.future.cancelled():
            error = asked.future.exception()
            if error is None and asked.future.result() is not plan["reply"]:
                self.broken(f"{where}: the asker got {asked.future.result()!r}, not {plan['reply']!r}")

    def _tells(self, turn: Handling, plan: dict[str, object], where: str) -> None:
        tells = plan.get("tell")
        if not isinstance(tells, (list, tuple)) or not tells:
            return
        sends: list[Sent] = [sent for sent in turn.sends if sent.state != 0]
        place = 0
        for tell in tells:
            if not hasattr(tell.ref, "_cell"):
                continue
            while place < len(sends) and not (sends[place].message is tell.message and sends[place].cell is tell.ref._cell):
                place += 1
            if place == len(sends):
                self.broken(f"{where}: {tell.message!r} did not leave, or not in its order")
                return
            place += 1
