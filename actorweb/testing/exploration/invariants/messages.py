"""Invariants of messages and of the turns that take them."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import actorweb.kernel
from actorweb.errors import ActorError
from actorweb.kernel.ask import Answer, Asked, Completion
from actorweb.kernel.exits import Cleared
from actorweb.kernel.idle import Idle
from actorweb.kernel.link import LinkedEnd
from actorweb.kernel.mailbox import Refused, is_counted
from actorweb.kernel.reports import Crashed, TracerFailed
from actorweb.kernel.signals import Signal
from actorweb.kernel.table import Go
from actorweb.kernel.timers import Timer
from actorweb.kernel.watch import Notice
from actorweb.machine.own import Leave
from actorweb.testing.exploration.faults import Injected
from actorweb.testing.exploration.invariant import Invariant
from actorweb.testing.exploration.mailbox import is_held
from actorweb.testing.exploration.sights import NEW, QUEUED, WAITING, is_over

if TYPE_CHECKING:
    from actorweb.kernel.reports import DeadLetter, Dropped, Report, Unhandled
    from actorweb.kernel.signals import Reason
    from actorweb.testing.exploration.sights import Handling, Life, Sent

KERNEL = str(Path(actorweb.kernel.__file__ or "").parent)
INNER = (Timer, Completion, Notice, Answer, Go, Signal, Idle, LinkedEnd, Cleared, Leave)


class Fate(Invariant):
    """See `sentence`."""

    name = "one fate"
    sentence = "Each message is handled, unhandled, dropped, dead-lettered or undone with the turn that sent it: once."

    def unmatched(self, life: Life, report: DeadLetter | Unhandled | Dropped) -> None:
        self.broken(f"{report!r}, but {life.cell.self.path} had no such message waiting")

    def held(self, sent: Sent) -> None:
        if not is_held(sent):
            self.broken(f"{sent.message!r} was taken from the queue for {sent.cell.self.path} and is nowhere now")

    def stepped(self, life: Life | None) -> None:
        if life is None or life.turn is not None:
            return
        run = life.cell._run
        if not life.waiting and not life.next and (run is None or not (run.inbox or run.next)):
            return
        inbox = () if run is None or run.inbox is None else run.inbox
        kept = [each for each in inbox if not isinstance(each, INNER)]
        known = [sent.raw for sent in life.waiting]
        if len(kept) != len(known):
            lost = [sent.message for sent in life.waiting if not any(each is sent.raw for each in kept)]
            more = [each for each in kept if not any(each is sent.raw for sent in life.waiting)]
            self.broken(f"{life.cell.self.path}: lost from its mailbox: {lost!r}; in it without having been sent: {more!r}")
        if len(life.next) != (0 if run is None or run.next is None else len(run.next)):
            self.broken(f"{life.cell.self.path} has lost what its `next` inserted")

    def ended(self, life: Life, reason: Reason) -> None:
        self._all_gone(life, "ended")

    def restarting(self, life: Life) -> None:
        run = life.cell._run
        if run is not None and run.inbox is None:
            self._all_gone(life, "was restarted with its siblings")
        elif life.next:
            self.broken(f"{life.cell.self.path} was restarted, and nobody heard of {life.next[0].message!r}, which was inserted before what waited")

    def _all_gone(self, life: Life, how: str) -> None:
        for sent in (*life.next, *life.waiting, *life.stash):
            if not (type(sent.inner) is Asked and is_over(sent.inner)):
                self.broken(f"{life.cell.self.path} {how}, and nobody heard of {sent.message!r}, which waited for it")
                return

    def settled(self, turn: Handling) -> None:
        if turn.crashed or turn.dropped:
            return
        for sent in turn.sends:
            if sent.state == NEW:
                self.broken(f"{turn.life.cell.self.path} committed its turn, but {sent.message!r} to {sent.cell.self.path} never left")
                return

    def closed(self) -> None:
        for sent in self.observer.on_its_way.values():
            if sent.state != NEW:
                self.broken(f"{sent.message!r} to {sent.cell.self.path} had no fate when the system had ended")
                return


class Fifo(Invariant):
    """See `sentence`."""

    name = "order per pair"
    sentence = "Messages from one actor to another are taken in the order in which they were sent."

    def taken(self, sent: Sent) -> None:
        source = sent.source
        if source is None:
            return
        last = sent.target.taken_from.get(source, 0)
        if sent.number <= last:
            self.broken(f"{sent.cell.self.path} got {sent.message!r}, the {sent.number}th from {source.cell.self.path}, after the {last}th")
        sent.target.taken_from[source] = sent.number


class Mailbox(Invariant):
    """See `sentence`."""

    name = "order of a mailbox"
    sentence = "An actor handles what its `next` says first, then what was released from its stash, then what waits, each in order."

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        life = turn.life
        if turn.kind != "message":
            return
        if sent is None:
            self.broken(f"{life.cell.self.path} handles {turn.message!r}, which was not sent, or had its fate before")
        elif direct:
            first = life.first()
            if first is not None:
                self.broken(f"{life.cell.self.path} handles {turn.message!r}, which came after {first.message!r}")
        else:
            first = life.first()
            if first is not sent and first is not None:
                self.broken(f"{life.cell.self.path} handles {turn.message!r} before {first.message!r}")


class Bounds(Invariant):
    """See `sentence`."""

    name = "bounds of a mailbox"
    sentence = "A bounded mailbox refuses only what is more than its capacity, and where the oldest goes, none older stays."

    def sent(self, sent: Sent) -> None:
        run = sent.cell._run
        box = None if run is None else run.mailbox
        turn = self.observer.turn
        if box is None or type(sent.raw) is not Refused or (turn is not None and turn.asynchronous):
            return  # what an async turn sends was refused when it was sent, which may be long ago
        waiting = [*self.observer.on_its_way.values(), *sent.target.waiting]
        count = sum(1 for each in waiting if each.target is sent.target and each.state in (NEW, QUEUED, WAITING) and is_counted(each.raw))
        if count < box.capacity:
            self.broken(f"{sent.cell.self.path} refuses {sent.message!r}, but only {count} of {box.capacity} wait")

    def dropped(self, sent: Sent, older: Sent | None) -> None:
        if older is not None:
            self.broken(f"{sent.cell.self.path} drops {sent.message!r}, but {older.message!r} is older")


class OneTurn(Invariant):
    """See `sentence`."""

    name = "one turn at a time"
    sentence = "An actor handles one message at a time, and none before its start or after its end."

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        life = turn.life
        if life.turn is not None:
            self.broken(f"{life.cell.self.path} handles {turn.message!r} while it still handles {life.turn.message!r}")
        elif turn.kind != "start" and not life.up:
            self.broken(f"{life.cell.self.path} handles {turn.message!r}, but its run has not started or has ended")
        elif life.ending:
            self.broken(f"{life.cell.self.path} handles {turn.message!r}, but it ends")


class SoundKernel(Invariant):
    """See `sentence`."""

    name = "sound kernel"
    sentence = "What crashes an actor comes from its author or from a fault, never from the kernel itself."

    def reported(self, report: Report) -> None:
        if isinstance(report, TracerFailed):
            self.broken(f"a subscriber was switched off: {''.join(traceback.format_exception(report.error))}")
        elif isinstance(report, Crashed) and not isinstance(report.error, (ActorError, Injected)):
            at = report.error.__traceback__
            if at is None:
                return
            while at.tb_next is not None:
                at = at.tb_next
            if at.tb_frame.f_code.co_filename.startswith(KERNEL):
                self.broken(f"{report.ref.path}: {''.join(traceback.format_exception(report.error))}")
