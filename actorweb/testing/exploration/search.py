"""The search: many seeded schedules of one scenario, over all cores, and the shortest story of the first that fails."""

from __future__ import annotations

import gc
import inspect
import os
import sys
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors.testing import BadExploration, InvariantBroken
from actorweb.testing.choices import Choices
from actorweb.testing.exploration.faults import FAULTS
from actorweb.testing.exploration.invariants import INVARIANTS
from actorweb.testing.exploration.schedule import STEPS, Exploration, Failure, Limits, play
from actorweb.testing.exploration.shrink import shrink, to_text
from actorweb.testing.exploration.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import NoReturn

    from actorweb.system import ActorSystem
    from actorweb.testing.exploration.invariant import Invariant

Scenario: TypeAlias = "Callable[[ActorSystem], Awaitable[None]] | Callable[[ActorSystem, Exploration], Awaitable[None]]"

RETENTION = 15
"""Two of so many schedules are looked at for what is retained, which costs a garbage collection."""
BATCH = 200
"""How many schedules a process plays before it tells how far it is."""


@dataclass(frozen=True, slots=True)
class Explored:
    """What an exploration covered."""

    schedules: int
    steps: int
    seconds: float


def explore(
    scenario: Scenario,
    /,
    *,
    schedules: int = 1000,
    seed: int = 0,
    faults: bool | Sequence[str] = True,
    invariants: Sequence[type[Invariant]] | None = None,
    processes: int | None = None,
    steps: int = STEPS,
    shrinks: int = 4000,
) -> Explored:
    """Play a scenario in many schedules, with faults, and check every invariant after every step.

    A scenario is an `async def (system)`, or `(system, exploration)` for one that wants its own dice or properties. Seeds
    `seed` to `seed + schedules - 1` are played, on all cores (`processes=1`: in this process). Each decides the order of
    all that is ready, the author's dice, and the faults: `True` for all of `FAULTS`, or their names, or `False`.
    The scenario must hold under faults: an `AskError`, `StartFailed`, `NameTaken` or `MailboxFull` that it lets through in
    a schedule with a fault ends it early and is no failure.

    Raises `InvariantBroken` with the shortest failing story that was found, its seed and the command that replays it.
    """
    limits = Limits(steps=steps, faults=fault_names(faults))
    laws = INVARIANTS if invariants is None else tuple(invariants)
    if schedules < 1:
        raise BadExploration(f"explore(…, schedules={schedules})", "1 or more", "say how many seeds are to be played")
    count = cores() if processes is None else processes
    begun = time.monotonic()
    if count <= 1 or schedules < BATCH or not can_fork():
        found, done, stepped, _ = search(scenario, range(seed, seed + schedules), laws, limits)
    else:
        found, done, stepped = _in_processes(scenario, seed, schedules, laws, limits, count)
    if found is not None:
        fail(scenario, Choices(seed=found), laws, limits, found, shrinks)
    return Explored(done, stepped, time.monotonic() - begun)


def replay(
    scenario: Scenario,
    choices: Sequence[int],
    /,
    *,
    faults: bool | Sequence[str] = True,
    invariants: Sequence[type[Invariant]] | None = None,
    steps: int = STEPS,
) -> None:
    """Play one list of choices again. Raises `InvariantBroken` with its whole story if it fails."""
    limits = Limits(steps=steps, faults=fault_names(faults))
    fail(scenario, Choices(replay=choices), INVARIANTS if invariants is None else tuple(invariants), limits, None, 0, must=False)


def fault_names(faults: bool | Sequence[str]) -> tuple[str, ...]:  # noqa: FBT001  (what `explore` takes)
    """Give the names of the faults that are meant."""
    if isinstance(faults, bool):
        return FAULTS if faults else ()
    unknown = [name for name in faults if name not in FAULTS]
    if unknown:
        raise BadExploration(f"explore(…, faults={list(faults)!r})", f"some of {', '.join(FAULTS)}", f"mend {unknown[0]!r}")
    return tuple(faults)


def cores() -> int:
    """How many processes are worth it."""
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Tell whether a process can be split in two: then a scenario needs no name to be found by."""
    return hasattr(os, "fork") and sys.platform not in ("darwin", "emscripten")


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Let the garbage collector look at nothing but what schedules make, and only when asked."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        with warnings.catch_warnings():
            # A schedule that is given up may leave a coroutine that never ran.
            warnings.filterwarnings("ignore", message="coroutine .* was never awaited", category=RuntimeWarning)
            try:
                yield
            finally:
                gc.collect()  # while that is passed over
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def search(scenario: Scenario, seeds: Sequence[int], laws: Sequence[type[Invariant]], limits: Limits) -> tuple[int | None, int, int, Failure | None]:
    """Play seeds in this process until one fails: give that seed or None, how many were played, their steps, and what was wrong."""
    with quiet_collector():
        return _search(scenario, seeds, laws, limits)


def _search(scenario: Scenario, seeds: Sequence[int], laws: Sequence[type[Invariant]], limits: Limits) -> tuple[int | None, int, int, Failure | None]:
    looking = replace(limits, retention=True)
    done = stepped = 0
    for seed in seeds:
        failure, observer = play(scenario, Choices(seed=seed), laws, looking if seed % RETENTION in (0, RETENTION // 2) else limits)
        done += 1
        stepped += observer.steps
        if failure is not None:
            return seed, done, stepped, failure
    return None, done, stepped, None


def _in_processes(scenario: Scenario, seed: int, schedules: int, laws: Sequence[type[Invariant]], limits: Limits, count: int) -> tuple[int | None, int, int]:
    import multiprocessing  # noqa: PLC0415  (not on every host)
    from multiprocessing.connection import Connection, wait  # noqa: PLC0415  (as above)

    fork = multiprocessing.get_context("fork")
    pipes: dict[Connection, object] = {}
    workers = []
    for place in range(count):
        ours, theirs = fork.Pipe(duplex=False)
        worker = fork.Process(target=_work, args=(theirs, scenario, range(seed + place, seed + schedules, count), laws, limits), daemon=True)
        worker.start()
        theirs.close()
        pipes[ours] = None
        workers.append(worker)
    found: int | None = None
    done = stepped = 0
    failure: str | None = None
    while pipes and found is None and failure is None:
        for pipe in wait(list(pipes)):
            if not isinstance(pipe, Connection):
                continue
            try:
                told: tuple[int | None, int, int, str | None] = pipe.recv()
            except EOFError:
                del pipes[pipe]
                continue
            done, stepped = done + told[1], stepped + told[2]
            failure = failure or told[3]
            found = told[0] if found is None else found
    for worker in workers:
        if found is not None or failure is not None:
            worker.terminate()
        worker.join()
    if failure is not None:
        raise BadExploration(f"a process of the exploration ended with {failure}", "a scenario that runs", "try it with processes=1")
    return found, done, stepped


def _work(pipe: Connection, scenario: Scenario, seeds: range, laws: Sequence[type[Invariant]], limits: Limits) -> None:
    with quiet_collector():
        for place in range(0, len(seeds), BATCH):
            try:
                found, done, stepped, _ = _search(scenario, seeds[place : place + BATCH], laws, limits)
            except BaseException as error:
                pipe.send((None, 0, 0, f"{type(error).__name__}: {error}"))
                raise
            pipe.send((found, done, stepped, None))
            if found is not None:
                break
    pipe.close()


def fail(scenario: Scenario, choices: Choices, laws: Sequence[type[Invariant]], limits: Limits, seed: int | None, shrinks: int, *, must: bool = True) -> None:
    """Play a failing schedule again, make it as short as possible, and raise its story. Without `must` it need not fail."""
    looking = replace(limits, retention=True)
    with quiet_collector():
        first, _ = play(scenario, choices, laws, looking)
        if first is None:
            if must:
                raise BadExploration(
                    f"seed {seed} failed, and did not when it was played again",
                    "a scenario that does the same in each run of a seed",
                    "take chance and time from actor.random and actor.now(), and keep nothing in globals",
                )
            return

        def attempt(given: list[int]) -> tuple[int, list[int]] | None:
            again = Choices(replay=given)
            failure, observer = play(scenario, again, laws, looking)
            if failure is None or failure.name != first.name or type(failure.error) is not type(first.error):
                return None
            return observer.steps, again.taken

        least = shrink(choices.taken, attempt, most=shrinks) if shrinks else list(choices.taken)
        failure, observer = play(scenario, Choices(replay=least), (*laws, Trace), limits)
    lines = next((each.lines for each in observer.invariants if isinstance(each, Trace)), [])
    _tell(scenario, failure or first, lines, seed, least, limits)


def _tell(scenario: Scenario, failure: Failure, lines: list[str], seed: int | None, least: list[int], limits: Limits) -> NoReturn:
    target = name_of(scenario)
    which = "" if limits.faults == FAULTS else f" --faults {','.join(limits.faults) or 'none'}"
    story = "\n".join(lines)
    again = f"python -m actorweb.testing.explore {target}{which} --replay {to_text(least) or '0'}"
    seeded = "" if seed is None else f"; the seed that found it: {again.partition(' --replay')[0]} --seed {seed}"
    error = InvariantBroken(
        f"{target} broke “{failure.name}”: {failure.text}\n{story}",
        failure.sentence,
        f"replay it: {again}{seeded}",
    )
    raise error from failure.error


def name_of(scenario: Scenario) -> str:
    """Give MODULE:NAME of a scenario, for the command that replays it."""
    module = inspect.getmodule(scenario)
    name = getattr(module, "__spec__", None)
    found = name.name if name is not None else getattr(scenario, "__module__", "?")
    return f"{found}:{getattr(scenario, '__qualname__', repr(scenario))}"
