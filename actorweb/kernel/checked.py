"""A plan that was checked as a whole: nothing of it can fail any more, and nothing of it has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import BadPlan, MailboxFull
from actorweb.kernel import rollback, stash
from actorweb.kernel.ask import Answer, Asked, plan_ask
from actorweb.kernel.delivery import unwrap
from actorweb.kernel.plan import After, Ask, Cancel, Every, Pop, Push, Task, Tell
from actorweb.kernel.ref import ActorRef, ReplyTo
from actorweb.kernel.signals import Crash, Killed, NoProc, Normal, Reason, Shutdown
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.logic import LogicSnapshot
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.world import Envelope
    from actorweb.values.generics import Never

NAMES = ("context", "become", "reply", "defer", "emit", "tell", "ask", "schedule", "run", "stash", "next", "stop", "transition")
MODE_DEPTH = 64


class Checked:
    """What a plan will do, in the order in which it is done. UNSET and None stand for what it does not name."""

    __slots__ = ("context", "defer", "emits", "modes", "next", "reply", "requests", "run", "schedule", "stash", "state", "stop", "tells")

    def __init__(self) -> None:
        self.context: object = UNSET
        self.state: LogicSnapshot | None = None  # what a transition has led to; then `context` is its
        self.modes: tuple[str, ...] | None = None
        self.reply: object = UNSET
        self.defer: bool = False
        self.stash: bool = False
        self.tells: list[Envelope] = []
        self.emits: list[object] = []
        self.requests: list[Envelope] = []  # what its asks send
        self.schedule: list[After | Every | Cancel] = []
        self.run: list[Task] = []
        self.next: list[object] = []
        self.stop: Reason | None = None

    def hold(self, kernel: Kernel) -> None:
        """Let the asks wait with the rest: their time begins when they are sent."""
        if self.requests:
            held = {unwrap(asked): None for _, asked in self.requests}
            kernel.fresh[:] = [asked for asked in kernel.fresh if asked not in held]

    def let_go(self, kernel: Kernel) -> None:
        """Let the time of the asks begin that were held."""
        kernel.fresh.extend(asked for asked in (unwrap(request) for _, request in self.requests) if isinstance(asked, Asked))

    def undo(self) -> None:
        """Give back what was reserved: places in bounded mailboxes, and asks that are never sent."""
        rollback.undo([*self.tells, *self.requests])
        _forget(self.requests)


def _forget(requests: list[Envelope]) -> None:
    for _, request in requests:
        asked = unwrap(request)
        if isinstance(asked, Asked):
            asked.done = True


def check_context(cell: Cell, context: object, giver: str = "a handler") -> None:
    """Raise `BadPlan` unless the value is of the behavior's declared context type."""
    behavior = cell._behavior
    if not isinstance(context, behavior.context_types) or context is None:
        check_kind(behavior, context, f"{cell.self}: {giver} of behavior {behavior.name!r}", "returned")


def check_kind(behavior: Behavior[Never, object], context: object, giver: str, gave: str) -> None:
    """Raise `BadPlan` unless the value is of this behavior's context type."""
    if not isinstance(context, behavior.context_types) or context is None:
        expected = " or ".join(kind.__name__ for kind in behavior.context_types)
        raise BadPlan(
            f"{giver} {gave} {context!r} ({type(context).__name__})",
            f"None, a MessagePlan, or a new context of type {expected}" if expected else "None or a MessagePlan (the behavior has no context)",
            "return a context of that type, or MessagePlan(reply=…) to answer a request",
        )


def check(kernel: Kernel, cell: Cell, given: dict[str, object]) -> Checked:
    """Check a plan. Raises `BadPlan`, `StashOverflow` and `MailboxFull`; then nothing has happened."""
    for name in given:
        if name not in NAMES:
            raise _bad(cell, f"there is an entry {name!r}", f"only {', '.join(NAMES)}")
    checked = Checked()
    context = given.get("context", UNSET)
    if context is not UNSET:
        check_context(cell, context)
    if given.get("transition") is not None:
        from actorweb.kernel.logic import expand  # noqa: PLC0415  (its room opens with the first machine)

        given, checked.state = expand(cell, given)
        context = given.get("context", UNSET)
    checked.context = context
    checked.reply = given.get("reply", UNSET)
    become = given.get("become")
    if become is not None:
        checked.modes = _modes_after(cell, become)
    checked.defer = bool(given.get("defer"))
    checked.stash = bool(given.get("stash"))
    if checked.stash:
        stash.check_room(cell)
    stop = given.get("stop", False)
    if stop is not False:
        checked.stop = Normal() if stop is True else _reason(cell, stop)
    if "tell" in given:
        checked.tells = addresses(cell, given)
    if "emit" in given:
        checked.emits = _items(cell, given, "emit")
    if "next" in given:
        checked.next = _items(cell, given, "next")
    if "schedule" in given:
        checked.schedule = [_checked_entry(cell, item) for item in _items(cell, given, "schedule", After, Every, Cancel)]
    if "run" in given:
        checked.run = [item for item in _items(cell, given, "run", Task) if isinstance(item, Task)]
    asks = [item for item in _items(cell, given, "ask", Ask) if isinstance(item, Ask)] if "ask" in given else []
    for ask in asks:
        if not isinstance(ask.ref, ActorRef):
            raise _bad(cell, f"ask contains Ask({ask.ref!r}, …)", "an ActorRef in each Ask")
    checked.requests = [plan_ask(cell, ask) for ask in asks]
    if kernel.bounded:
        _admit(kernel, checked)
    return checked


def _admit(kernel: Kernel, checked: Checked) -> None:
    """Give the tells and asks of a plan their places in bounded mailboxes: all or none."""
    count = len(checked.tells)
    try:
        admitted = kernel.admit_all([*checked.tells, *checked.requests])
    except MailboxFull:
        _forget(checked.requests)
        raise
    checked.tells, checked.requests = admitted[:count], admitted[count:]


def addresses(cell: Cell, given: dict[str, object]) -> list[Envelope]:
    """Give what the tells of a plan send. Raises `BadPlan`."""
    tells: list[Envelope] = []
    for item in _items(cell, given, "tell", Tell):
        ref: object = item.ref if isinstance(item, Tell) else None
        message: object = item.message if isinstance(item, Tell) else None
        if isinstance(ref, ActorRef):
            tells.append((ref._cell, message))
        elif isinstance(ref, ReplyTo):
            tells.append(Answer(ref._asked, message).envelope)
        else:
            raise _bad(cell, f"tell contains Tell({ref!r}, …)", "an ActorRef or a ReplyTo in each Tell")
    return tells


def _items(cell: Cell, given: dict[str, object], name: str, *kinds: type) -> list[object]:
    value = given[name]
    if not isinstance(value, (list, tuple)):
        raise _bad(cell, f"{name}={value!r}", f"a list of {_names(kinds)}")
    items: list[object] = list(value)
    for item in items:
        if kinds and not isinstance(item, kinds):
            raise _bad(cell, f"{name} contains {item!r}", f"only {_names(kinds)}")
    return items


def _names(kinds: tuple[type, ...]) -> str:
    return " or ".join(kind.__name__ for kind in kinds) or "messages"


def _bad(cell: Cell, happened: str, expected: str) -> BadPlan:
    return BadPlan(f"{cell.self}: in its MessagePlan, {happened}", expected, "mend the plan; nothing of it was done")


def _reason(cell: Cell, stop: object) -> Reason:
    if isinstance(stop, (Normal, Shutdown, Killed, Crash, NoProc)):
        return stop
    raise BadPlan(f"{cell.self}: in its MessagePlan, stop={stop!r}", "True or a reason, as in stop=Shutdown()", "mend the plan; nothing of it was done")


def _modes_after(cell: Cell, become: object) -> tuple[str, ...]:
    modes = ("default",) if cell._run is None else cell._run.modes
    if cell._behavior.logic is not None:
        raise _bad(cell, f"become={become!r} in a behavior with a machine", "an event that leads to another state, as in transition={…}")
    if isinstance(become, Pop):
        if len(modes) == 1:
            raise _bad(cell, "become=pop() in a mode that nothing pushed", "a push before each pop")
        return modes[:-1]
    name = become.mode if isinstance(become, Push) else become
    if not isinstance(name, str) or name not in cell._behavior.modes:
        raise _bad(cell, f"become={become!r}", f"one of the modes {', '.join(map(repr, cell._behavior.modes))}")
    if isinstance(become, Push):
        if len(modes) >= MODE_DEPTH:
            raise _bad(cell, f"become={become!r} on a stack of {MODE_DEPTH} modes", f"at most {MODE_DEPTH}")
        return (*modes, str(name))
    return (*modes[:-1], str(name))


def _checked_entry(cell: Cell, entry: object) -> After | Every | Cancel:
    if isinstance(entry, After) and not entry.delay >= 0:
        raise _bad(cell, f"schedule contains {entry!r}", "a delay of 0 seconds or more")
    if isinstance(entry, Every) and not entry.interval > 0:
        raise _bad(cell, f"schedule contains {entry!r}", "an interval of more than 0 seconds")
    assert isinstance(entry, (After, Every, Cancel))  # noqa: S101  (`_items` has checked it; this tells the type checker)
    return entry
