"""The mailbox of an actor as SEMANTICS 22 has it: `next` first, then what was released from the stash, then what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.kernel.ask import Asked, Completion
from actorweb.kernel.idle import Idle
from actorweb.kernel.mailbox import is_counted
from actorweb.kernel.plan import Cancel, MessagePlan, Pop, Push
from actorweb.kernel.reports import Dropped, Unhandled
from actorweb.kernel.schedule import lasts
from actorweb.kernel.signals import Signal
from actorweb.kernel.table import Go
from actorweb.kernel.timers import Timer
from actorweb.testing.exploration.sights import DONE, TAKEN, WAITING, Sent, is_over

if TYPE_CHECKING:
    from actorweb.kernel.reports import DeadLetter
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life


def hold(sent: Sent) -> None:
    """Put a message into its actor's mailbox."""
    sent.state = WAITING
    sent.target.waiting.append(sent)


def is_held(sent: Sent) -> bool:
    """Tell whether the kernel keeps a message in its actor's mailbox."""
    run = sent.cell._run
    inbox = None if run is None else run.inbox
    return bool(inbox) and any(each is sent.raw for each in inbox or ())


def refused(life: Life) -> None:
    """A request that no handler takes ends with an error and without a handler: it waits no more."""
    first = life.waiting[0]
    if type(first.inner) is Asked and is_over(first.inner) and not is_held(first):
        life.waiting.popleft()
        first.state, first.fate = DONE, "refused"


def commit(turn: Handling) -> None:
    """Do to the account what the plan of a turn does to the actor."""
    given = turn.result
    if type(given) is not MessagePlan:
        return
    plan: dict[str, object] = given  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
    life = turn.life
    if plan.get("stash"):
        sent = Sent(life, turn.message if turn.asked is None else turn.asked, None, 0)
        sent.state = WAITING
        life.stash.append(sent)
    become = plan.get("become")
    if become is not None:
        modes = turn.modes
        after = modes[:-1] if isinstance(become, Pop) else (*modes, become.mode) if isinstance(become, Push) else (*modes[:-1], become)
        if after[-1] != modes[-1]:
            life.waiting.extendleft(reversed(life.stash))
            life.stash = []
            for timer in [each for each in life.timers if each.mode]:
                _forget(life, timer)
    schedule = plan.get("schedule")
    if isinstance(schedule, (list, tuple)) and schedule:
        set_now = iter(turn.timers)
        for entry in schedule:
            key = entry.key
            if key is not None and key in life.keys:
                before = life.keys.pop(key)
                if not lasts(entry):
                    life.timers[before] = False
            if not isinstance(entry, Cancel):
                made_now = next(set_now, None)
                if made_now is not None and key is not None:
                    life.keys[key] = made_now
    following = plan.get("next")
    if isinstance(following, (list, tuple)) and following:
        made = [Sent(life, message, life, 0) for message in following]
        for sent in made:
            sent.state = WAITING
        life.next.extendleft(reversed(made))


def _forget(life: Life, timer: object) -> None:
    for each in life.timers:
        if each is timer:
            life.timers[each] = False
    for key, each in tuple(life.keys.items()):
        if each is timer:
            del life.keys[key]


def restart(life: Life) -> None:
    """What waited goes over to the next run, the stash first; after a restart with siblings nothing of it is left. What was inserted never goes over."""
    life.next.clear()
    run = life.cell._run
    if run is None or run.inbox is None:
        life.waiting.clear()
    else:
        life.waiting.extendleft(reversed(life.stash))
    life.stash = []


def _dropped_oldest(observer: Observer, life: Life, report: Dropped) -> None:
    counted = [sent for sent in life.waiting if is_counted(sent.raw)]
    current = observer.current
    if current is not None and current.target is life and current.state == TAKEN and is_counted(current.raw):
        counted.append(current)
    dropped = next((sent for sent in counted if sent.message is report.message), None)
    if dropped is not None:
        observer.tell("dropped", dropped, None if counted[0] is dropped else counted[0])


def _is_inner(observer: Observer, life: Life) -> bool:
    """Tell whether the turn handles what a timer, a task or an ask of a plan brought: such messages are the kernel's until then."""
    raw = observer.raw
    if type(raw) is Go:
        run = life.cell._run
        raw = None if run is None else run.handling
    return isinstance(raw, (Timer, Completion, Idle))


def report(observer: Observer, report: DeadLetter | Unhandled | Dropped) -> None:
    """Give a message the fate that was reported."""
    life = observer.see(report.ref._cell)
    if isinstance(report.message, Signal) or (observer.raw is not None and _is_inner(observer, life)):
        return
    fate = type(report).__name__
    if isinstance(report, Dropped) and report.policy == "drop_old":
        _dropped_oldest(observer, life, report)
    sent = observer.current
    if isinstance(report, Unhandled) and life.cell._behavior.logic is not None:
        return  # a machine has handled it, and tells that no state knows it
    if sent is not None and sent.target is life and sent.message is report.message and sent.state == TAKEN:
        sent.state, sent.fate = DONE, fate
        return
    for place in (life.next, life.waiting, life.stash):
        for sent in place:
            if sent.message is report.message and (type(sent.inner) is not Asked or type(report) is Dropped):
                place.remove(sent)
                sent.state, sent.fate = DONE, fate
                return
    observer.tell("unmatched", life, report)
