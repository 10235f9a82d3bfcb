"""One schedule: a scenario run once in a simulated world, with an observer around it."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import ActorError, ActorStopped, AskError, MailboxFull, NameTaken, StartFailed
from actorweb.errors.testing import Deadlock
from actorweb.system import ActorSystem
from actorweb.testing.exploration import behaviors
from actorweb.testing.exploration.faults import MOST, Injected
from actorweb.testing.exploration.observer import Observer
from actorweb.testing.exploration.tasks import ObservedWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from random import Random

    from actorweb.testing.choices import Choices
    from actorweb.testing.exploration.invariant import Invariant

Scenario: TypeAlias = "Callable[[ActorSystem], Awaitable[None]] | Callable[[ActorSystem, Exploration], Awaitable[None]]"

STEPS = 5000
"""A schedule that has more steps is a failure: something goes on for ever."""
SETTLE = (0.0, 0.5, 12.0)
"""How long, in virtual seconds, a schedule may go on after its scenario, before the system ends."""


class Exploration:
    """What a scenario may ask of the schedule that plays it: its dice, and properties of its own to be looked at after every step."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._properties: list[tuple[str, Callable[[], bool]]] = []

    @property
    def random(self) -> Random:
        """The dice of this schedule: what they throw shrinks with it."""
        return self._observer.world.random

    @property
    def faults(self) -> int:
        """How many faults there were so far."""
        return self._observer.faults.count

    def always(self, sentence: str, holds: Callable[[], bool], /) -> None:
        """Look after every step whether this still holds."""
        self._properties.append((sentence, holds))

    def look(self) -> None:
        """Look at the scenario's own properties."""
        for sentence, holds in self._properties:
            if not holds():
                self._observer.violations.append(("scenario", sentence, sentence))


@dataclass(frozen=True, slots=True)
class Failure:
    """What was wrong: an invariant by name, or `scenario`, `deadlock`, `endless`."""

    name: str
    sentence: str
    text: str
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How a schedule is bounded, and which faults it may have."""

    steps: int = STEPS
    faults: tuple[str, ...] = ()
    most_faults: int = MOST
    patient: bool = True
    """Faults are chosen ahead (True), or anew at each step (False, for exhaustive search)."""
    retention: bool = False
    """Look with weak references whether anything is retained (costs a garbage collection)."""


def play(
    scenario: Scenario, choices: Choices, invariants: Sequence[type[Invariant]], limits: Limits, at_step: Callable[[Observer], bool] | None = None
) -> tuple[Failure | None, Observer]:
    """Run one schedule to its end or its first failure. `at_step` may end it, quietly, by False."""
    world = ObservedWorld(choices)
    system = ActorSystem(world=world)
    observer = Observer(system, world, invariants, limits.faults)
    world.observer = observer
    observer.faults.begin(most=limits.most_faults, patient=limits.patient)
    behaviors.begin(observer)
    try:
        with world.loop.entered():
            failure = _run(scenario, world, observer, limits, at_step)
        if failure is None and limits.retention:
            failure = _retained(observer, system)
        return failure, observer
    finally:
        behaviors.end()


def _run(scenario: Scenario, world: ObservedWorld, observer: Observer, limits: Limits, at_step: Callable[[Observer], bool] | None) -> Failure | None:
    loop = world.loop
    system = observer.system
    choices = world.choices

    exploration: Exploration | None = None
    if _takes_two(scenario):
        exploration = Exploration(observer)
    call: Callable[[], Awaitable[None]] = partial(scenario, system) if exploration is None else partial(scenario, system, exploration)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    async def main() -> None:
        async with system:
            try:
                await call()
            except (AskError, ActorStopped, StartFailed, NameTaken, MailboxFull, Injected):
                if not observer.faults.count:
                    raise
            pause = SETTLE[choices.below(len(SETTLE))]
            if pause:
                await asyncio.sleep(pause)

    task = loop.create_task(main(), name="main")
    step, violations, tick = loop.step, observer.violations, observer.faults.tick
    most = limits.steps
    failure: Failure | None = None
    while not task.done():
        observer.steps += 1
        try:
            ready = step()
        except Exception as error:  # noqa: BLE001  (whatever comes out of a step; it is told)
            failure = Failure("sound kernel", "No error comes out of the kernel.", "".join(traceback.format_exception(error)), error)
            break
        if not ready:
            if not task.done():
                failure = _stuck(world)
            break
        if observer.raw is not None:
            observer.step_ended()
            if observer.after_step:
                observer.run_after_step()
        if observer.due and observer.steps >= observer.due[0][0]:
            observer.due.pop(0)[1]()
        if exploration is not None:
            exploration.look()
        if violations:
            break
        tick()
        if observer.steps > most:
            failure = Failure("endless", "Every schedule ends.", f"it was still at work after {most} steps")
            break
        if at_step is not None and not at_step(observer):
            _abandon(world)
            return None
    if not violations and failure is None:
        loop.settle()
        raised = task.exception()
        if raised is not None:
            failure = Failure("scenario", "The scenario's own checks hold.", f"{type(raised).__name__}: {raised}", raised)
        else:
            observer.tell("closed")
    if violations:
        failure = Failure(*violations[0])
    _abandon(world)
    return failure


def _takes_two(scenario: Scenario) -> bool:
    code = getattr(scenario, "__code__", None)
    return code is not None and code.co_argcount - (1 if hasattr(scenario, "__self__") else 0) > 1


def _stuck(world: ObservedWorld) -> Failure:
    waiting = world.waiting()
    return Failure(
        "deadlock", "Something is ready, or a timer is set, until the scenario has ended.", f"everything waits: {waiting}", Deadlock(waiting, "", "")
    )


def _abandon(world: ObservedWorld) -> None:
    """End what is left of a schedule, so that no coroutine is left to complain."""
    loop = world.loop
    for _ in range(20):
        tasks = loop.open_tasks()
        if not tasks:
            break
        for task in tasks:
            task.cancel()
        for _ in range(1000):
            if not loop.run_ready_quietly():
                break
    loop.close()


def _retained(observer: Observer, system: ActorSystem) -> Failure | None:
    """After the end: nothing that the system keeps holds an actor."""
    refs = [weakref.ref(cell.self) for cell in observer.lives]
    for invariant in observer.invariants:
        invariant.__dict__.clear()
    observer.close()
    gc.collect(0)
    alive = [ref() for ref in refs if ref() is not None]
    if not alive:
        return None
    targets = {id(ref) for ref in alive}
    seen: set[int] = set()
    waiting: list[tuple[object, str]] = [(system, "system")]
    while waiting:
        thing, way = waiting.pop()
        if id(thing) in targets:
            return Failure("retained", "Nothing of an actor is retained after its end.", f"{thing!r} is held by {way}")
        if id(thing) in seen or isinstance(thing, (type, ActorError)):
            continue
        seen.add(id(thing))
        module = type(thing).__module__
        if module == "builtins" or module.startswith(("actorweb", "collections", "_asyncio", "asyncio")):
            waiting.extend(
                (each, f"{way} > {type(each).__name__}")
                for each in gc.get_referents(thing)
                if not callable(each) or type(each).__name__ in {"partial", "method"}
            )
    return None
