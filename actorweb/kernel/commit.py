"""Plans: checked as a whole, then done as a whole, in the fixed order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextvars import Context
from typing import TYPE_CHECKING

from actorweb.errors import BadPlan, MailboxFull
from actorweb.kernel import exits, stash
from actorweb.kernel.ask import Answer, Asked, Completion, plan_ask
from actorweb.kernel.cell import run_of
from actorweb.kernel.plan import After, Ask, Cancel, Every, Pop, Push, Task, Tell
from actorweb.kernel.ref import ActorRef, ReplyTo
from actorweb.kernel.signals import Crash, Killed, NoProc, Normal, Reason, Shutdown
from actorweb.kernel.table import BUSY, handles, lookup, release
from actorweb.kernel.timers import Timer
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell, Run
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.world import Envelope

NAMES = ("context", "become", "reply", "defer", "emit", "tell", "ask", "schedule", "run", "stash", "next", "stop")
MODE_DEPTH = 64


def check_context(cell: Cell, context: object, giver: str = "a handler") -> None:
    """Raise `BadPlan` unless the value is of the behavior's declared context type."""
    behavior = cell._behavior
    if not isinstance(context, behavior.context_types) or context is None:
        expected = " or ".join(kind.__name__ for kind in behavior.context_types)
        raise BadPlan(
            f"{cell.self}: {giver} of behavior {behavior.name!r} returned {context!r} ({type(context).__name__})",
            f"None, a MessagePlan, or a new context of type {expected}" if expected else "None or a MessagePlan (the behavior has no context)",
            "return a context of that type, or MessagePlan(reply=…) to answer a request",
        )


def change_context(kernel: Kernel, cell: Cell, context: object) -> None:
    """Install a context. The same object is no change."""
    if context is not cell.context:
        cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (read-only for handlers; this is the one place that writes)
        cell._version += 1
        if cell._run is not None and cell._run.observers:
            kernel.changed[cell] = None


def commit(kernel: Kernel, cell: Cell, given: dict[str, object], message: object, asked: Asked | None) -> None:
    """Check a plan as a whole, then do all of it in the fixed order."""
    rest = len(given)
    context: object = UNSET
    if "context" in given:
        rest -= 1
        context = given["context"]
        if type(context) is not cell._behavior.context_class and context is not UNSET:
            check_context(cell, context)
    tells: list[Envelope] | None = None
    if "tell" in given:
        rest -= 1
        items: list[Tell] = given["tell"]  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (what does not look like it is looked at closely)
        try:
            if len(items) == 1:
                item = items[0]
                tells = [(item.ref._cell, item.message)]  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]  (a ReplyTo has none)
            else:
                tells = [(item.ref._cell, item.message) for item in items]  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]  (as above)
        except (AttributeError, TypeError):
            tells = _addresses(cell, given)
    if not rest:
        if tells and kernel.bounded:
            tells = kernel.admit_all(tells)
        if context is not UNSET and context is not cell.context:
            cell.context = context  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  (what change_context does, without the call)
            cell._version += 1
            if cell._run is not None and cell._run.observers:
                kernel.changed[cell] = None
        if tells:
            kernel.queue.extend(tells)
            if not kernel.draining:
                kernel.nudge()
        return
    reply: object = UNSET
    if "reply" in given:
        rest -= 1
        reply = given["reply"]
    more = _check_rest(cell, given) if rest else None
    if more is not None and more.asks:
        more.requests = [plan_ask(cell, ask) for ask in more.asks]
    if kernel.bounded:
        # The last that can fail: from here on everything is done.
        tells = _admit(kernel, tells or [], more)
    if context is not UNSET:
        change_context(kernel, cell, context)
    if more is not None:
        more.enter_mode(kernel, cell, message, changed=context is not UNSET)
    if reply is not UNSET:
        if asked is not None:
            asked.finish(reply)
        else:
            kernel.unasked_reply(cell, reply)
    if tells:
        kernel.post_all(tells)
    if more is not None:
        more.go_on(kernel, cell, asked)


def _admit(kernel: Kernel, tells: list[Envelope], more: _Rest | None) -> list[Envelope]:
    """Give the tells and asks of a plan their places in bounded mailboxes: all or none."""
    requests = [] if more is None else more.requests
    try:
        admitted = kernel.admit_all([*tells, *requests])
    except MailboxFull:
        for _, asked in requests:
            if isinstance(asked, Asked):
                asked.done = True  # it was never sent
        raise
    if more is not None:
        more.requests = admitted[len(tells) :]
    return admitted[: len(tells)]


def _addresses(cell: Cell, given: dict[str, object]) -> list[Envelope]:
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


class _Rest:
    """What a plan may hold beside context, reply and tells: checked, and then done."""

    __slots__ = ("asks", "defer", "emits", "modes", "next", "requests", "run", "schedule", "stash", "stop")

    def __init__(self) -> None:
        self.modes: tuple[str, ...] | None = None
        self.defer = False
        self.stash = False
        self.stop: Reason | None = None
        self.emits: list[object] = []
        self.asks: list[Ask] = []
        self.requests: list[Envelope] = []  # what the asks send
        self.schedule: list[After | Every | Cancel] = []
        self.run: list[Task] = []
        self.next: list[object] = []

    def enter_mode(self, kernel: Kernel, cell: Cell, message: object, *, changed: bool) -> None:
        if self.stash:
            stash.keep(cell, message)
        if self.modes is None:
            return
        run = run_of(cell)
        entered = self.modes[-1] != run.modes[-1]
        run.modes = self.modes
        if not entered:
            return
        if not changed:
            cell._version += 1
        if run.observers:
            kernel.changed[cell] = None
        for key, timer in tuple(run.timers.items()):
            if timer.mode:
                del run.timers[key]
                kernel.clock.forget(timer)
        stash.release(run)
        if cell._table is not BUSY:  # a busy actor is released when its turn has ended
            release(cell)

    def go_on(self, kernel: Kernel, cell: Cell, asked: Asked | None) -> None:
        run = run_of(cell)
        if self.defer and asked is not None and not asked.done:
            asked.deferred = True
            run.deferred[asked] = None
        for event in self.emits:
            for take, _ in tuple(run.listeners):
                take(event)
        if self.requests:
            kernel.post_all(self.requests)
        if self.schedule:
            now = kernel.world.now()
            for entry in self.schedule:
                _schedule(kernel, cell, entry, now)
        for task in self.run:
            run_task(kernel, cell, task)
        if self.next:
            run.next = deque((*self.next, *(run.next or ())))
            if cell._table is not BUSY:
                release(cell)
        if self.stop is not None:
            if asked is not None and not asked.done:
                asked.deferred = True
                run.deferred[asked] = None
            exits.end(kernel, cell, self.stop)


def _check_rest(cell: Cell, given: dict[str, object]) -> _Rest:
    for name in given:
        if name not in NAMES:
            raise _bad(cell, f"there is an entry {name!r}", f"only {', '.join(NAMES)}")
    rest = _Rest()
    become = given.get("become")
    if become is not None:
        rest.modes = _modes_after(cell, become)
    rest.defer = bool(given.get("defer"))
    rest.stash = bool(given.get("stash"))
    if rest.stash:
        stash.check_room(cell)
    stop = given.get("stop", False)
    if stop is not False:
        rest.stop = Normal() if stop is True else _reason(cell, stop)
    if "emit" in given:
        rest.emits = _items(cell, given, "emit")
    if "next" in given:
        rest.next = _items(cell, given, "next")
    if "ask" in given:
        rest.asks = [item for item in _items(cell, given, "ask", Ask) if isinstance(item, Ask)]
        for ask in rest.asks:
            if not isinstance(ask.ref, ActorRef):
                raise _bad(cell, f"ask contains Ask({ask.ref!r}, …)", "an ActorRef in each Ask")
    if "schedule" in given:
        rest.schedule = [_checked_entry(cell, item) for item in _items(cell, given, "schedule", After, Every, Cancel)]
    if "run" in given:
        rest.run = [item for item in _items(cell, given, "run", Task) if isinstance(item, Task)]
    return rest


def _reason(cell: Cell, stop: object) -> Reason:
    if isinstance(stop, (Normal, Shutdown, Killed, Crash, NoProc)):
        return stop
    raise BadPlan(f"{cell.self}: in its MessagePlan, stop={stop!r}", "True or a reason, as in stop=Shutdown()", "mend the plan; nothing of it was done")


def _modes_after(cell: Cell, become: object) -> tuple[str, ...]:
    modes = ("default",) if cell._run is None else cell._run.modes
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


def _schedule(kernel: Kernel, cell: Cell, entry: After | Every | Cancel, now: float) -> None:
    timers = run_of(cell).timers
    if entry.key is not None and entry.key in timers:
        kernel.clock.forget(timers.pop(entry.key))
    if isinstance(entry, Cancel):
        _cancel_task(run_of(cell), entry.key)
        return
    interval = entry.interval if isinstance(entry, Every) else None
    timer = Timer(cell, now + (entry.delay if isinstance(entry, After) else entry.interval), entry.message, interval=interval, mode=entry.mode)
    timers[timer if entry.key is None else entry.key] = timer
    kernel.clock.set(timer)


@handles(Timer)
def tick(timer: Timer, cell: Cell) -> object:
    """Handle the message of an expired timer, unless it was replaced, cancelled, or set by an earlier run."""
    timer.queued = False
    if not timer.live:
        return None
    if timer.interval is None:
        timer.live = False
        timers = run_of(cell).timers
        for key, value in timers.items():
            if value is timer:
                del timers[key]
                break
    message = timer.message
    return lookup(cell, type(message))(message, cell)


def run_task(kernel: Kernel, cell: Cell, task: Task) -> None:
    """Start the work of a plan's `Task`. It belongs to the run: its end is a `Completion`."""
    run = run_of(cell)
    number = run.number
    started = Context().run(kernel.world.task, _work(kernel, task))  # a context of its own: no turn is its turn
    run.tasks[started] = None
    if task.key is not None:
        _cancel_task(run, task.key)
        run.keyed[task.key] = started

    def done(ended: asyncio.Task[object]) -> None:
        run.tasks.pop(ended, None)
        if run.ending is not None:
            if not ended.cancelled():
                ended.exception()  # looked at: it has nobody to go to any more
            kernel.command(cell, exits.proceed)
        elif run.number == number:
            if task.key is not None and run.keyed.get(task.key) is not started:
                return  # cancelled, or replaced just when it had ended: nobody waits for it
            if task.key is not None:
                del run.keyed[task.key]
            if ended.cancelled():
                completion = Completion(number, task.on_error, None, asyncio.CancelledError(f"{cell.self}: its task was cancelled"))
            else:
                error = ended.exception()
                completion = Completion(number, task.on_done, ended.result(), None) if error is None else Completion(number, task.on_error, None, error)  # pyright: ignore[reportArgumentType]  (on_error takes an Exception)
            kernel.post((cell, completion))

    started.add_done_callback(done, context=kernel.context)


def _cancel_task(run: Run, key: str) -> None:
    task = run.keyed.pop(key, None)
    if task is not None:
        task.cancel()


async def _work(kernel: Kernel, task: Task) -> object:
    if task.thread:
        return await kernel.world.thread(task.work)
    result = task.work()
    return await result if isinstance(result, Awaitable) else result
