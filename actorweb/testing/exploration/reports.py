"""What the reports of a system mean for the account of its observer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.reports import Crashed, DeadLetter, Dropped, Restarted, Started, Stopped, Unhandled, Unkillable
from actorweb.kernel.signals import Crash
from actorweb.testing.exploration import mailbox

if TYPE_CHECKING:
    from actorweb.kernel.reports import Report
    from actorweb.testing.exploration.observer import Observer


def take(observer: Observer, report: Report) -> None:
    """Do to the account of an observer what a report says."""
    kind = type(report)
    if kind is Started or kind is Restarted:
        life = observer.see(report.ref._cell)  # type: ignore[union-attr]
        life.up = life.was_up = True
        observer.tell("started", life)
    elif isinstance(report, Stopped):
        life = observer.see(report.ref._cell)
        life.up = False
        life.ended = True
        life.reason = report.reason
        if isinstance(report.reason, Crash) and not life.cause:
            life.cause = "crashed"
        observer.tell("ended", life, report.reason)
        life.timers.clear()
        life.keys.clear()
        life.watching.clear()
        life.next.clear()
        life.waiting.clear()
        life.stash = []
        life.turn = None
    elif isinstance(report, Crashed):
        life = observer.see(report.ref._cell)
        life.cause = life.cause or "crashed"
        if life.turn is not None and report.message != "on_stop":
            life.turn.crashed = True
    elif isinstance(report, (DeadLetter, Unhandled, Dropped)):
        mailbox.report(observer, report)
    elif isinstance(report, Unkillable):
        observer.unkillable = True
        observer.see(report.ref._cell).turn = None
