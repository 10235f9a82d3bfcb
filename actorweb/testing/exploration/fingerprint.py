"""The state of a simulated system between two steps, as a value: two schedules that have come to equal states have equal futures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.ask import Answer, Asked, Completion
from actorweb.kernel.delivery import unwrap
from actorweb.kernel.life import Start
from actorweb.kernel.scheduler import Command
from actorweb.kernel.table import BUSY, ENDING, OCCUPIED, QUEUEING, STARTING, SUSPENDED, Other
from actorweb.kernel.timers import Timer
from actorweb.kernel.watch import Notice

if TYPE_CHECKING:
    import asyncio

    from actorweb.kernel.cell import Cell
    from actorweb.testing.exploration.observer import Observer

TABLES = {id(STARTING): "starting", id(BUSY): "busy", id(QUEUEING): "queueing", id(ENDING): "ending", id(SUSPENDED): "suspended", id(OCCUPIED): "occupied"}


class Fingerprint:
    """Takes fingerprints in one schedule. Asks and tasks are numbered in the order in which they are first seen."""

    __slots__ = ("_numbers", "_observer")

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._numbers: dict[object, int] = {}

    def take(self) -> int:
        """Give the fingerprint of the present state."""
        observer = self._observer
        kernel, world = observer.kernel, observer.world
        now = world.now()
        lanes = sorted((self._whose(cell), tuple(self._message(each[1]) for each in lane)) for cell, lane in world.lanes().items())
        return hash(
            (
                tuple(self._actor(cell, now) for cell in observer.lives),
                tuple(lanes),
                tuple((self._whose(cell), self._message(message)) for cell, message in kernel.urgent),
                tuple(
                    (round(due - now, 9), order, type(entry).__name__)
                    for due, order, _, entry in sorted(kernel.clock._heap, key=lambda item: item[:3])
                    if entry.live
                ),
                tuple(self._callback(handle) for handle in world.loop.ready()),
                tuple((round(when - now, 9), self._callback(handle)) for when, handle in world.loop.timers()),
                tuple(self._task(task) for task in world.loop.open_tasks()),
                kernel.closed,
                tuple(sorted((old.name, old.version, new.version) for old, new in kernel.upgraded.items())),
                len(kernel.passive),
                observer.faults.state(),
            )
        )

    def _number(self, thing: object) -> int:
        return self._numbers.setdefault(thing, len(self._numbers))

    def _whose(self, cell: Cell) -> int:
        life = self._observer.lives.get(cell)
        return -1 if life is None else life.born

    def _actor(self, cell: Cell, now: float) -> object:
        run, table = cell._run, cell._table
        state: object = None
        if run is not None:
            ending = run.ending
            state = (
                run.number,
                run.modes,
                tuple(map(self._message, run.next or ())),
                tuple(map(self._message, run.inbox or ())),
                tuple(map(self._message, run.stash)),
                tuple((str(key) if isinstance(key, str) else "", self._timer(timer, now)) for key, timer in run.timers.items()),
                len(run.tasks),
                tuple(map(self._number, run.deferred)),
                tuple(map(self._whose, run.watching)),
                tuple(map(self._whose, run.links)),
                run.ended,
                run.suspended,
                None if run.successor is None else run.successor.version,
                run.turn is not None and run.turn.task is None,
                None if ending is None else (ending.stage, repr(ending.reason)),
            )
        return (TABLES.get(id(table), "ended" if isinstance(table, Other) else "open"), repr(cell.context), cell._version, cell._behavior.version, state)

    def _timer(self, timer: Timer, now: float) -> object:
        return (repr(timer.message), timer.live, timer.queued, round(timer.due - now, 9))

    def _message(self, message: object) -> str:
        inner = unwrap(message)
        match inner:
            case Asked():
                shown = f"ask {self._number(inner)} {inner.request!r} {inner.done}"
            case Timer():
                shown = f"timer {inner.message!r} {inner.live}"
            case Start():
                shown = f"start {inner.run}"
            case Notice():
                shown = f"notice {inner.run} {inner.signal!r}"
            case Completion():
                shown = f"completion {inner.run} {inner.value!r} {inner.error!r}"
            case Answer():
                shown = f"answer {self._number(inner.asked)} {inner.reply!r}"
            case Command():
                shown = f"command {getattr(inner.order, '__qualname__', type(inner.order).__name__)} {_closure(inner.order)}"
            case _ if type(inner).__module__.startswith("actorweb.kernel."):
                shown = type(inner).__name__
            case _:
                shown = repr(inner)
        return shown if inner is message else f"{type(message).__name__} {shown}"

    def _callback(self, handle: asyncio.Handle) -> str:
        callback = handle._callback  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (asyncio offers no public way)
        owner = getattr(callback, "__self__", None)
        name = getattr(callback, "__qualname__", type(callback).__name__)
        number = "" if owner is None or not hasattr(owner, "get_name") else owner.get_name()
        return f"{name} {number} {handle.cancelled()}"

    def _task(self, task: asyncio.Task[object]) -> object:
        places: list[object] = []
        waits: object = task.get_coro()
        while waits is not None:
            frame = getattr(waits, "cr_frame", None)
            if frame is not None:
                names = sorted(name for name, value in frame.f_locals.items() if isinstance(value, (int, str, float, tuple, bool, type(None))))
                places.append((frame.f_code.co_qualname, frame.f_lasti, tuple((name, repr(frame.f_locals[name])) for name in names)))
            waits = getattr(waits, "cr_await", None)
        return (task.get_name(), tuple(places))


def _closure(function: object) -> str:
    cells = getattr(function, "__closure__", None) or ()
    return " ".join(repr(cell.cell_contents) for cell in cells if type(cell.cell_contents).__module__ in ("builtins", "actorweb.kernel.signals"))
