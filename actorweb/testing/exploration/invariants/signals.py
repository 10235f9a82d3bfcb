"""Invariants of watches, timers, names, and of the new run of a restarted actor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.ask import Completion
from actorweb.kernel.link import LinkedEnd
from actorweb.kernel.signals import Down, Normal
from actorweb.testing.exploration.invariant import Invariant

if TYPE_CHECKING:
    from actorweb.kernel.signals import Reason
    from actorweb.kernel.timers import Timer
    from actorweb.kernel.watch import Notice
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life, Sent


class WatchToldOnce(Invariant):
    """See `sentence`."""

    name = "a watch is told once"
    sentence = "Each watch gets exactly one `Down` when the run that it watches ends, and it arrives unless the watcher's run has ended."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._owed: dict[tuple[Life, Life], int] = {}
        self._gone: list[tuple[Life, Life]] = []
        self._sent: set[Notice] = set()

    def watched(self, watcher: Life, target: Life) -> None:
        self._owed[watcher, target] = watcher.run
        if target.ended:
            self._gone.append((watcher, target))

    def unwatched(self, watcher: Life, target: Life) -> None:
        self._owed.pop((watcher, target), None)

    def noticed(self, notice: Notice, watcher: Life, source: Life) -> None:
        if not notice.watched or not isinstance(notice.signal, Down) or notice in self._sent:
            return  # an async turn may take back what it sent, and send it at its commit
        self._sent.add(notice)
        if self._owed.pop((watcher, source), None) is None:
            self.broken(f"{watcher.cell.self.path} is told of the end of {source.cell.self.path}, which it does not watch, or was told of before")

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        if isinstance(turn.message, Down):
            life = turn.life
            for target in tuple(life.watching):
                if target.cell.self is turn.message.ref:
                    del life.watching[target]

    def _told(self, target: Life) -> None:
        for (watcher, watched), run in tuple(self._owed.items()):
            if watched is target:
                if watcher.ended or watcher.run != run or watcher.cell._run is None or watcher.cell._run.number != run:
                    del self._owed[watcher, watched]
                elif not (watcher.ending and not watcher.up):
                    self.broken(f"the run of {target.cell.self.path} has ended, and {watcher.cell.self.path}, which watches it, was not told")

    def ended(self, life: Life, reason: Reason) -> None:
        self._told(life)
        self._drop(life)

    def restarting(self, life: Life) -> None:
        self._told(life)
        self._drop(life)

    def _drop(self, watcher: Life) -> None:
        for pair in [pair for pair in self._owed if pair[0] is watcher]:
            del self._owed[pair]

    def stepped(self, life: Life | None) -> None:
        for watcher, target in self._gone:
            if (watcher, target) in self._owed and watcher.up and not watcher.ending and self._owed[watcher, target] == watcher.run:
                self.broken(f"{watcher.cell.self.path} watches {target.cell.self.path}, which has ended, and was not told at once")
        self._gone.clear()


class Timers(Invariant):
    """See `sentence`."""

    name = "timers"
    sentence = "A timer fires at its time or later, once if it is an `After`, and never when it was replaced or cancelled, left its mode, or belongs to an earlier run."

    def timer_fired(self, timer: Timer, life: Life) -> None:
        may = life.timers.get(timer)
        where = f"{life.cell.self.path}: the timer of {timer.message!r}"
        if may is None:
            self.broken(f"{where} fires, but an earlier run has set it, or it has fired")
        elif not may:
            self.broken(f"{where} fires, but it was replaced or cancelled, or ended with its mode")
        elif self.observer.world.now() < timer.due and timer.interval is None:
            self.broken(f"{where} fires {timer.due - self.observer.world.now():g} s early")
        if timer.interval is None:
            life.timers.pop(timer, None)
            for key, each in tuple(life.keys.items()):
                if each is timer:
                    del life.keys[key]

    def stepped(self, life: Life | None) -> None:
        if life is None or not life.timers:
            return
        run = life.cell._run
        if run is None or life.turn is not None or run.ending is not None or run.number != life.run:
            return
        kept = set(map(id, run.timers.values()))
        for timer, may in life.timers.items():
            if may and id(timer) not in kept and timer.live:
                self.broken(f"{life.cell.self.path} has lost its timer of {timer.message!r}")
                return


class Silence(Invariant):
    """See `sentence`."""

    name = "idle timeouts"
    sentence = "An idle timeout is handled only when its actor has had no other turn for so long."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._stirred: dict[Life, float] = {}

    def started(self, life: Life) -> None:
        self._stirred[life] = self.observer.world.now()

    def settled(self, turn: Handling) -> None:
        if turn.kind != "Idle":
            self._stirred[turn.life] = self.observer.world.now()

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        timeout = turn.life.cell._behavior.idle
        if turn.kind != "Idle" or timeout is None:
            return
        silent = self.observer.world.now() - self._stirred.get(turn.life, 0.0)
        if silent < timeout.seconds - 1e-9:
            self.broken(f"{turn.life.cell.self.path} handles its idle timeout after {silent:g} s instead of {timeout.seconds:g} s")


class Completions(Invariant):
    """See `sentence`."""

    name = "answers to their run"
    sentence = "The answer to an `Ask` of a plan, and the end of a `Task`, come back to the run that wanted them, or to none."

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        raw = turn.raw
        if isinstance(raw, Completion) and raw.run != turn.life.run:
            self.broken(f"{turn.life.cell.self.path} handles {turn.message!r} in its run {turn.life.run}, but its run {raw.run} wanted it")


class Links(Invariant):
    """See `sentence`."""

    name = "linked ends"
    sentence = "The end of a linked actor ends or is told to the run that was linked to it, and to no other."

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        raw = turn.raw
        if isinstance(raw, LinkedEnd) and (raw.run != turn.life.run or raw.link.cut):
            self.broken(f"{turn.life.cell.self.path} handles {turn.message!r}, but its run {raw.run} was linked, or the link was taken back")

    def stepped(self, life: Life | None) -> None:
        raw = self.observer.last_raw
        if life is None or type(raw) is not LinkedEnd or not isinstance(raw, LinkedEnd):
            return
        behavior = life.cell._behavior
        if behavior.traps_exits or behavior.supervision is not None:
            return
        meant = raw.run == life.run and not raw.link.cut and not isinstance(raw.signal.reason, Normal)
        if self.observer.ended_by_link and not meant:
            self.broken(f"{life.cell.self.path} ends because of {raw.signal!r}, which was not meant for it")
        elif meant and life.up and not is_held_raw(life, raw):
            self.broken(f"{life.cell.self.path} goes on after {raw.signal!r}")


def is_held_raw(life: Life, raw: object) -> bool:
    """Tell whether a message of the kernel's own waits in an actor's mailbox."""
    run = life.cell._run
    return run is not None and run.inbox is not None and any(each is raw for each in run.inbox)


class Names(Invariant):
    """See `sentence`."""

    name = "names"
    sentence = "A name belongs to one living actor, from before its start until its end, and is free before anyone hears of the end."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._names: dict[str, Life] = {}

    def born(self, life: Life) -> None:
        name = life.name
        if name is None:
            return
        other = self._names.get(name)
        if other is not None and not other.ended and not (other.cell._run is not None and other.cell._run.ended):
            self.broken(f"{name!r} names {life.cell.self.path} and {other.cell.self.path}")
        self._names[name] = life
        if self.system.lookup(name) is not life.cell.self:
            self.broken(f"{name!r} does not lead to {life.cell.self.path}")

    def noticed(self, notice: Notice, watcher: Life, source: Life) -> None:
        signal = notice.signal
        if isinstance(signal, Down) and not signal.restarting and source.name is not None and self.system.lookup(source.name) is source.cell.self:
            self.broken(f"{watcher.cell.self.path} is told of the end of {source.cell.self.path}, whose name is not free")

    def ended(self, life: Life, reason: Reason) -> None:
        if life.name is not None and self.system.lookup(life.name) is life.cell.self:
            self.broken(f"{life.cell.self.path} has ended, and its name is not free")

    def stepped(self, life: Life | None) -> None:
        if life is not None and life.name is not None and not life.ended and self.system.lookup(life.name) is not life.cell.self:
            run = life.cell._run
            if run is None or not run.ended:
                self.broken(f"{life.name!r} does not lead to {life.cell.self.path}, which lives")


class FreshRun(Invariant):
    """See `sentence`."""

    name = "a new run is fresh"
    sentence = "A run begins in the default mode, without timers, tasks, stash, watches or open requests of the run before."

    def begun(self, life: Life) -> None:
        run = life.cell._run
        if run is None:
            return
        where = f"{life.cell.self.path} begins its run {life.run}"
        if run.modes != ("default",):
            self.broken(f"{where} in mode {run.modes!r}")
        if any(timer.live for timer in run.timers.values()):
            self.broken(f"{where} with timers of the run before")
        if run.tasks or run.keyed or run.turn is not None:
            self.broken(f"{where} with a task or a turn of the run before")
        if run.watching or run.deferred:
            self.broken(f"{where} with watches or deferred requests of the run before")
        if run.stash:
            self.broken(f"{where} with a stash")
        if run.suspended:
            self.broken(f"{where} suspended")
