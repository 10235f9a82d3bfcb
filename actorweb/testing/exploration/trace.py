"""The story of a schedule: numbered lines that a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.reports import Crashed, DeadLetter, Dropped, LateReply, Restarted, Started, Stopped, Unhandled, Unkillable
from actorweb.testing.exploration.invariant import Invariant

if TYPE_CHECKING:
    from actorweb.kernel.reports import Report
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life, Sent

LONGEST = 160
TOLD = (Crashed, DeadLetter, Dropped, LateReply, Restarted, Started, Stopped, Unhandled, Unkillable)


class Trace(Invariant):
    """Writes down who handled what, sent by whom, and what went wrong besides. It finds nothing wrong itself."""

    name = "trace"
    sentence = "A story is told."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self.lines: list[str] = []

    def _add(self, text: str, *, mark: str = " ") -> None:
        text = text if len(text) <= LONGEST else text[:LONGEST] + "…"
        self.lines.append(f"{len(self.lines) + 1:4}. {mark} {self.observer.world.now():6.2f}s  {text}")

    def entered(self, turn: Handling, sent: Sent | None, *, direct: bool) -> None:
        path = turn.life.cell.self.path
        if turn.kind == "start":
            self._add(f"{path} starts{f' its run {turn.run}' if turn.run else ''}")
            return
        source = "" if sent is None else " from outside" if sent.source is None else f" from {sent.source.cell.self.path}"
        how = "" if turn.kind == "message" else f" ({turn.kind.lower()})"
        self._add(f"{path} handles {turn.message!r}{source}{how}{'' if direct or turn.kind != 'message' else ', which had waited'}")

    def settled(self, turn: Handling) -> None:
        if turn.crashed or turn.dropped:
            self._add(f"{turn.life.cell.self.path}: its turn of {turn.message!r} is undone")

    def stopping(self, life: Life) -> None:
        self._add(f"{life.cell.self.path} runs on_stop")

    def reported(self, report: Report) -> None:
        if isinstance(report, TOLD):
            self._add(_shown(report))

    def faulted(self, text: str) -> None:
        self._add(f"fault: {text}", mark="!")


def _shown(report: Report) -> str:
    match report:
        case Crashed(ref=ref, error=error, message=message):
            return f"{ref.path} crashes on {message!r}: {error!r}"
        case DeadLetter(ref=ref, message=message, reason=reason):
            return f"{ref.path} gets no more: {message!r} is a dead letter ({reason})"
        case Started(ref=ref):
            return f"{ref.path} has started"
        case Restarted(ref=ref, reason=reason):
            return f"{ref.path} has started again after {reason!r}"
        case Stopped(ref=ref, reason=reason):
            return f"{ref.path} has ended: {reason!r}"
        case _:
            return repr(report)
