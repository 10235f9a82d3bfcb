"""The urgent lane with an observer."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from actorweb.kernel.scheduler import Command

if TYPE_CHECKING:
    from actorweb.kernel.world import Envelope
    from actorweb.testing.exploration.observer import Observer


class Urgent(deque["Envelope"]):
    """Commands and what comes through the input lane; it tells of each that is taken."""

    __slots__ = ("_observer",)

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer

    def append(self, envelope: Envelope, /) -> None:
        """Put something in."""
        super().append(envelope)
        if type(envelope[1]) is not Command:
            self._observer.put_urgent(envelope)

    def popleft(self) -> Envelope:
        """Take the next."""
        envelope = super().popleft()
        if type(envelope[1]) is Command:
            self._observer.command(envelope[0])
        else:
            self._observer.take(envelope)
        return envelope
