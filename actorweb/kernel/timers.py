"""Timers: one heap for the whole system and one alarm for its earliest entry.

A timer is itself the message that its actor finds in the queue, so that one which was replaced or cancelled after it
expired is still recognised and never fires (Akka: keyed timers).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.world import Alarm, World


class Timer:
    """One entry. `live` is False once it has fired, was replaced, was cancelled, or its run has ended."""

    __slots__ = ("cell", "due", "interval", "lasting", "live", "message", "mode", "queued")

    def __init__(self, cell: Cell, due: float, message: object, *, interval: float | None, mode: bool, lasting: bool = True) -> None:
        self.cell: Cell = cell
        self.due: float = due
        self.message: object = message
        self.interval: float | None = interval
        self.mode: bool = mode
        self.lasting: bool = lasting  # whether it is kept with the actor's state: `on_start` sets its own in each life
        self.live: bool = True
        self.queued: bool = False


class Deadline:
    """A call at a time, for the kernel's own use. Cancel it by `live = False`, through `Clock.forget`."""

    __slots__ = ("due", "live", "ring")

    def __init__(self, due: float, ring: Callable[[], None]) -> None:
        self.due: float = due
        self.ring: Callable[[], None] = ring
        self.live: bool = True


class Clock:
    """The heap of everything that waits for a time."""

    def __init__(self, world: World, expired: Callable[[Timer], None]) -> None:
        self._world = world
        self._expired = expired
        self._heap: list[tuple[float, float, int, Timer | Deadline]] = []
        self._count = 0
        self._dead = 0
        self._alarm: Alarm | None = None
        self._alarm_due = 0.0

    def set(self, entry: Timer | Deadline) -> None:
        """Take an entry in."""
        self._count += 1
        heappush(self._heap, (entry.due, self._world.order(), self._count, entry))
        self._arm()

    def forget(self, entry: Timer | Deadline) -> None:
        """Make an entry never fire. The heap is swept when half of it is dead."""
        if not entry.live:
            return
        entry.live = False
        self._dead += 1
        if self._dead > 64 and self._dead * 2 > len(self._heap):  # noqa: PLR2004  (small heaps are not worth a sweep)
            self._heap = [item for item in self._heap if item[3].live]
            heapify(self._heap)
            self._dead = 0

    def close(self) -> None:
        """Take the alarm back."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._heap.clear()

    def _arm(self) -> None:
        heap = self._heap
        while heap and not heap[0][3].live:
            heappop(heap)
            self._dead = max(0, self._dead - 1)
        if not heap:
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None
            return
        due = heap[0][0]
        if self._alarm is not None:
            if self._alarm_due == due:
                return
            self._alarm.cancel()
        self._alarm_due = due
        self._alarm = self._world.alarm(due, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        heap = self._heap
        now = self._world.now()
        while heap and heap[0][0] <= now:
            entry = heappop(heap)[3]
            if not entry.live:
                self._dead = max(0, self._dead - 1)
            elif isinstance(entry, Deadline):
                entry.live = False
                entry.ring()
            else:
                self._fire(entry, now)
        self._arm()

    def _fire(self, timer: Timer, now: float) -> None:
        if not timer.queued:
            timer.queued = True
            self._expired(timer)
        if timer.interval is not None:
            # The next tick stands on the grid of the first one, however late this one is; missed ticks are left out.
            missed = int((now - timer.due) / timer.interval)
            timer.due += (missed + 1) * timer.interval
            self._count += 1
            heappush(self._heap, (timer.due, self._world.order(), self._count, timer))
