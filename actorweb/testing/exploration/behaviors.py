"""Behaviors as an observer gives them to actors: each handler tells the observer of its calls. The kernel sees no difference."""

from __future__ import annotations

from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING

from actorweb.kernel import keeping, watch
from actorweb.kernel.behavior import Behavior
from actorweb.kernel.table import Keeping, Mode, Stirring, system_handlers, unhandled
from actorweb.state import upgrade
from actorweb.testing.exploration import storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.cell import Cell
    from actorweb.testing.exploration.observer import Observer
    from actorweb.values.generics import Never

MOST = 2000
"""How many behaviors are remembered: a scenario that defines its own in each schedule must not fill the memory."""

at_work: list[Observer] = []
"""The observer of the schedule that runs, if one does."""

_variants: dict[int, tuple[Behavior[Never, object], Behavior[Never, object]]] = {}


_watch, _unwatch, _take, _bound = watch.watch, watch.unwatch, keeping.Storing.take, upgrade.bound


def _observed_watch(cell: Cell, target: Cell) -> None:
    if at_work and at_work[-1].kernel is cell.self._kernel:
        at_work[-1].entrances.watch(cell, target)
    _watch(cell, target)


def _observed_unwatch(cell: Cell, target: Cell) -> None:
    if at_work and at_work[-1].kernel is cell.self._kernel:
        at_work[-1].entrances.unwatch(cell, target)
    _unwatch(cell, target)


def _observed_take(storing: keeping.Storing, error: BaseException | None) -> None:
    if at_work and storing.waits and at_work[-1].kernel is storing.turn.kernel:
        storage.ends(at_work[-1], storing, error, _take)
    else:
        _take(storing, error)


def _observed_bound(whose: object, old: Behavior[Never, object], newer: Behavior[Never, object], cell: Cell | None) -> Behavior[Never, object]:
    behavior = _bound(whose, old, newer, cell)
    return observed(behavior) if at_work else behavior


def begin(observer: Observer) -> None:
    """Let this observer be told. What is a function, not a method of the kernel, is replaced meanwhile."""
    at_work.append(observer)
    watch.watch, watch.unwatch = _observed_watch, _observed_unwatch
    setattr(keeping.Storing, "take", _observed_take)  # noqa: B010  (a method is replaced)
    upgrade.bound = _observed_bound


def end() -> None:
    """Let the observer be told no more."""
    at_work.pop()
    if not at_work:
        watch.watch, watch.unwatch = _watch, _unwatch
        setattr(keeping.Storing, "take", _take)  # noqa: B010  (as above)
        upgrade.bound = _bound


def observed(behavior: Behavior[Never, object]) -> Behavior[Never, object]:
    """Give the variant of a behavior whose handlers tell the observer."""
    known = _variants.get(id(behavior))
    if known is not None and known[0] is behavior:
        return known[1]
    if len(_variants) >= MOST:
        _variants.clear()
    variant = copied(behavior)
    variant.modes = {name: _mode(mode) for name, mode in behavior.modes.items()}
    if behavior.start_handler is not None:
        variant.start_handler = _starter(behavior.start_handler)
    if behavior.stop_handler is not None:
        variant.stop_handler = _stopper(behavior.stop_handler)
    _variants[id(behavior)] = (behavior, variant)
    _variants[id(variant)] = (variant, variant)
    return variant


def copied(behavior: Behavior[Never, object]) -> Behavior[Never, object]:
    """Copy a behavior, to change one thing of it."""
    variant: Behavior[Never, object] = Behavior.__new__(Behavior)
    for slot in Behavior.__slots__:
        if hasattr(behavior, slot):
            setattr(variant, slot, getattr(behavior, slot))
    variant._keeping = None
    return variant


def _mode(mode: Mode) -> Mode:
    plain = {kind: _bare(handler) for kind, handler in mode.table.items()}
    types = {
        kind: _handler(handler)
        for kind, handler in plain.items()
        if handler is not unhandled and handler != mode._by_type and system_handlers.get(kind) is not handler
    }
    strings = {name: _handler(handler) for name, handler in mode.strings.items()}
    return Mode(mode.name, types, strings, None if mode.fallback is None else _handler(mode.fallback), mode.first, kept=mode.kept)


def _bare(handler: Callable[..., object]) -> Callable[..., object]:
    while isinstance(handler, (Stirring, Keeping)):
        handler = handler.handler
    return handler


def _handler(handler: Callable[..., object]) -> Callable[..., object]:
    def observed_handler(message: object, cell: Cell) -> object:
        observer = at_work[-1]
        turn = observer.enter(cell, message)
        try:
            result = observer.faults.handle(handler, message, cell)
        except BaseException as error:
            turn.error = error
            turn.crashed = True
            raise
        if type(result) is CoroutineType or (result is not None and isinstance(result, Awaitable)):
            return observer.goes_on(turn, result)
        turn.result = result
        return result

    return observed_handler


def _starter(handler: Callable[[Cell], object]) -> Callable[[Cell], object]:
    def observed_start(cell: Cell) -> object:
        observer = at_work[-1]
        turn = observer.enter(cell, None)
        try:
            result = handler(cell)
        except BaseException as error:
            turn.error = error
            turn.crashed = True
            raise
        if isinstance(result, Awaitable):
            return observer.goes_on(turn, result)
        turn.result = result
        return result

    return observed_start


def _stopper(handler: Callable[[Cell], object]) -> Callable[[Cell], object]:
    def observed_stop(cell: Cell) -> object:
        at_work[-1].stops(cell)
        return handler(cell)

    return observed_stop


def failing(behavior: Behavior[Never, object], start: Callable[[Cell], object] | None, stop: Callable[[Cell], object] | None) -> Behavior[Never, object]:
    """Give a variant that does something else when it starts, or when it stops."""
    variant = copied(behavior)
    if start is not None:
        variant.start_handler = _starter(start)
    if stop is not None:
        variant.stop_handler = _stopper(stop)
    return variant
