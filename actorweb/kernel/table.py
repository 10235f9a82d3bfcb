"""Dispatch tables: which function takes which type of message.

Every mode of a behavior is compiled to one `dict` by message type. What an actor is doing besides is not a flag that
the hot path tests, but another table: a busy, queueing, ending or ended actor swaps its own for one of those below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import CoroutineType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from actorweb.errors import DecodeError
from actorweb.kernel.cell import run_of
from actorweb.kernel.reports import Unhandled
from actorweb.kernel.signals import Signal
from actorweb.values.message import is_message_type, wire_name

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell

Handlers: TypeAlias = "dict[type, Callable[..., object]]"
F = TypeVar("F", bound=Callable[..., object])

system_handlers: Handlers = {}


def handles(kind: type) -> Callable[[F], F]:
    """Register the kernel's own handler of a kernel message: every table contains it."""

    def register(function: F) -> F:
        system_handlers[kind] = function
        return function

    return register


class Stirring:
    """A handler each turn of which does something else first: it breaks the actor's silence."""

    __slots__ = ("first", "handler")

    def __init__(self, handler: Callable[..., object], first: Callable[[Cell], None]) -> None:
        self.handler: Callable[..., object] = handler
        self.first: Callable[[Cell], None] = first

    def __call__(self, message: object, cell: Cell) -> object:
        self.first(cell)
        return self.handler(message, cell)


class Unkept:
    """What a handler of a kept actor returned. No mode's context is of this type, so its turn goes past the recorder."""

    __slots__ = ("result",)

    def __init__(self, result: object) -> None:
        self.result: object = result


class Keeping:
    """A handler of an actor whose state is kept."""

    __slots__ = ("handler",)

    def __init__(self, handler: Callable[..., object]) -> None:
        self.handler: Callable[..., object] = handler

    def __call__(self, message: object, cell: Cell) -> Unkept | None:
        result = self.handler(message, cell)
        return None if result is None else Unkept(result)


class Recasting:
    """A handler for messages of another class of the same wire name: what a module reload has made anew is made to fit.

    One whose fields do not fit is unhandled.
    """

    __slots__ = ("handler", "kind")

    def __init__(self, handler: Callable[..., object], kind: type) -> None:
        self.handler: Callable[..., object] = handler
        self.kind: type = kind

    def __call__(self, message: object, cell: Cell) -> object:
        from actorweb.values.recast import recast  # noqa: PLC0415  (few programs replace their code)

        try:
            fitting: object = recast(message, self.kind)
        except DecodeError:
            unhandled(message, cell)
            return None
        return self.handler(fitting, cell)


class Mode:
    """One mode of a behavior, compiled. `first` is called before each turn (see `Stirring`); `kept` if the actor has a recorder."""

    __slots__ = ("fallback", "first", "kept", "name", "strings", "table", "types")

    def __init__(
        self,
        name: str,
        types: Handlers,
        strings: Mapping[str, Callable[..., object]],
        fallback: Callable[..., object] | None,
        first: Callable[[Cell], None] | None = None,
        *,
        kept: bool = False,
    ) -> None:
        self.name: str = name
        self.types: Handlers = types
        self.kept: bool = kept
        self.strings: dict[str, Callable[..., object]] = dict(strings)
        self.fallback: Callable[..., object] | None = fallback
        self.first: Callable[[Cell], None] | None = first
        self.table: Handlers = {**system_handlers, **{kind: self._made(handler) for kind, handler in types.items()}}
        if strings:
            self.table[dict] = self._made(self._by_type)

    def keeping(self) -> Mode:
        """Give the same mode for actors whose state is kept."""
        return Mode(self.name, self.types, self.strings, self.fallback, self.first, kept=True)

    def _made(self, handler: Callable[..., object]) -> Callable[..., object]:
        if self.kept:
            handler = Keeping(handler)
        return handler if self.first is None else Stirring(handler, self.first)

    def _by_type(self, event: Mapping[str, object], cell: Cell) -> object:
        handler = self.strings.get(str(event.get("type"))) or self.fallback or unhandled
        return handler(event, cell)

    def resolve(self, kind: type) -> Callable[..., object]:
        """Find the handler for a type that the table does not name, by its base classes, and remember it."""
        table = self.table
        found = system_handlers.get(kind)  # of a room that was opened after this behavior was built
        for base in kind.__mro__[1:-1]:
            if found is None and base in table:
                found = table[base]
        if found is None and is_message_type(kind):
            named = next((declared for declared in self.types if is_message_type(declared) and wire_name(declared) == wire_name(kind)), None)
            found = None if named is None else Recasting(table[named], named)
        if found is None:
            if self.strings and issubclass(kind, Mapping):
                found = self._by_type
            elif self.fallback is not None and not issubclass(kind, Signal):
                found = self.fallback
            else:
                found = unhandled
            found = self._made(found)
        table[kind] = found
        return found


def unhandled(message: object, cell: Cell) -> None:
    """Report what no handler takes."""
    cell.self._kernel.reports.publish(Unhandled(cell.self, message))


def mode_of(cell: Cell) -> Mode:
    """Give the compiled mode that the actor is in."""
    run = cell._run
    return cell._behavior.modes["default" if run is None else run.modes[-1]]


def lookup(cell: Cell, kind: type) -> Callable[..., object]:
    """Give the handler that the actor's mode has for a type, whatever table it has at present."""
    mode = mode_of(cell)
    handler = mode.table.get(kind)
    return mode.resolve(kind) if handler is None else handler


def handler_of(message: object, cell: Cell) -> Callable[..., object]:
    """Give the function that will really handle a message: `unhandled` if none does."""
    handler = lookup(cell, type(message))
    while isinstance(handler, (Stirring, Keeping)):
        handler = handler.handler
    mode = mode_of(cell)
    if isinstance(message, Mapping) and handler == mode._by_type:
        return mode.strings.get(str(message.get("type"))) or mode.fallback or unhandled
    return handler


def dispatch(message: object, cell: Cell) -> object:
    """Handle a message in the actor's present mode."""
    return lookup(cell, type(message))(message, cell)


class Other(dict[type, Callable[..., object]]):
    """A table for an actor that does not take messages at present: all that it does not name goes one way."""

    __slots__ = ("way",)

    def __init__(self, way: Callable[[object, Cell], object]) -> None:
        super().__init__()
        self.way: Callable[[object, Cell], object] = way

    def __missing__(self, kind: type) -> Callable[[object, Cell], object]:
        return self.way


def hold(message: object, cell: Cell) -> None:
    """Keep a message in the actor's own inbox, in order."""
    run = run_of(cell)
    inbox = run.inbox
    if inbox is None:
        inbox = run.inbox = deque()
    inbox.append(message)
    tracer = cell.self._kernel.tracer
    if tracer is not None:
        tracer.held = True


STARTING = Other(hold)  # takes its Start
BUSY = Other(hold)  # an async handler is at work
QUEUEING = Other(hold)  # works off its inbox before anything newer
ENDING = Other(hold)  # what comes now becomes a dead letter or waits for the next run
SUSPENDED = Other(hold)  # until it is resumed
OCCUPIED = Other(hold)  # a supervisor starts or stops a child because it was asked to
HOLDING = (STARTING, BUSY, QUEUEING, ENDING, SUSPENDED, OCCUPIED)


class Go:
    """The turn of an actor that works off its inbox."""

    __slots__ = ()


GO = Go()


def release(cell: Cell) -> None:
    """Let an actor take messages again: those in its inbox first, one a turn. One that was suspended meanwhile waits."""
    run = cell._run
    if run is not None and run.orders:
        cell._table = QUEUEING  # at rest: what was ordered while it was at work is carried out now
        while run.orders:
            run.orders.pop(0).carry_out(cell)
            if cell._table is BUSY or cell._table is ENDING:
                return  # what was ordered takes time; the rest is carried out when that is over
    if run is not None and run.suspended:
        cell._table = SUSPENDED
    elif run is not None and (run.next or run.inbox):
        cell._table = QUEUEING
        cell.self._kernel.post((cell, GO))
    else:
        cell._table = mode_of(cell).table


def go(_: Go, cell: Cell) -> object:
    """Handle the first message of the inbox."""
    run = run_of(cell)
    waiting = run.next or run.inbox
    if not waiting:
        release(cell)
        return None
    run.handling = waiting.popleft()
    result = dispatch(run.handling, cell)
    # No other turn runs meanwhile, so the table may be set now; one that an async handler made busy is released at its end.
    if cell._table is QUEUEING and type(result) is not CoroutineType and type(result) is not Unkept:
        release(cell)
    return result


def _stale(_: Go, __: Cell) -> None:
    """Pass over a `Go` whose inbox was worked off, or must wait, meanwhile."""


for _table in (system_handlers, *HOLDING):
    _table[Go] = _stale
QUEUEING[Go] = go
