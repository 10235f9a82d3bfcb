"""Exhaustive search: every choice up to a depth, with equal states merged. For scenarios of a few actors and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actorweb.errors.testing import BadExploration
from actorweb.testing.choices import Choices
from actorweb.testing.exploration.fingerprint import Fingerprint
from actorweb.testing.exploration.invariants import INVARIANTS
from actorweb.testing.exploration.schedule import STEPS, Limits, play
from actorweb.testing.exploration.search import fail, fault_names, quiet_collector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.testing.exploration.invariant import Invariant
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.search import Scenario


@dataclass(frozen=True, slots=True)
class Exhausted:
    """What an exhaustive search covered. `complete`: every choice there was, none left out for the depth or the most."""

    interleavings: int
    states: int
    merged: int
    deepest: int
    complete: bool

    def __str__(self) -> str:
        how = "all of them" if self.complete else "the bound was hit"
        return f"{self.interleavings:,} interleavings of {self.states:,} states ({self.merged:,} merged), at most {self.deepest} choices deep: {how}"


class Branching(Choices):
    """Repeats a list, goes on with zeros, and remembers how many options there were."""

    __slots__ = ("options",)

    def __init__(self, given: Sequence[int]) -> None:
        super().__init__(replay=given)
        self.options: list[int] = []

    def _repeat(self, options: int) -> int:
        chosen = super()._repeat(options)
        if options > 1:
            self.options.append(options)
        return chosen


def exhaust(
    scenario: Scenario,
    /,
    *,
    depth: int = 20,
    faults: bool | Sequence[str] = False,
    most_faults: int = 1,
    most: int = 100_000,
    invariants: Sequence[type[Invariant]] | None = None,
    steps: int = STEPS,
    shrinks: int = 4000,
) -> Exhausted:
    """Play every schedule that differs in its first `depth` choices, at most `most` of them, and check every invariant.

    A schedule that comes to a state which was seen before (at least as early) is not followed further. A state is that of
    actors, queues, timers, asks, and where coroutines wait; what a scenario keeps elsewhere is not part of it. With
    `faults`, each step may have one, `most_faults` in all. Raises `InvariantBroken` as `explore` does.
    """
    if depth < 1:
        raise BadExploration(f"exhaust(…, depth={depth})", "1 or more", "say how many choices deep every option is to be tried")
    limits = Limits(steps=steps, faults=fault_names(faults), most_faults=most_faults, patient=False)
    laws = INVARIANTS if invariants is None else tuple(invariants)
    seen: dict[int, int] = {}
    prefix: list[int] = []
    count = merged = deepest = 0
    complete = True
    failing: list[int] | None = None
    with quiet_collector():
        while True:
            choices = Branching(prefix)
            watch = _Watch(choices, seen, len(prefix), depth)
            failure, _ = play(scenario, choices, laws, limits, watch.at_step)
            count += 1
            merged += watch.merged
            deepest = max(deepest, len(choices.taken))
            if failure is not None:
                failing = list(choices.taken)
                break
            complete = complete and all(options == 1 for options in choices.options[depth:])
            following = _next(choices, depth)
            if following is None:
                break
            if count >= most:
                complete = False
                break
            prefix = following
    if failing is not None:
        fail(scenario, Choices(replay=failing), laws, limits, None, shrinks)
    return Exhausted(count, len(seen), merged, deepest, complete)


def _next(choices: Branching, depth: int) -> list[int] | None:
    """Give the list that tries the next option of the last choice that has one."""
    taken = choices.taken
    for place in range(min(depth, len(taken)) - 1, -1, -1):
        if taken[place] + 1 < choices.options[place]:
            return [*taken[:place], taken[place] + 1]
    return None


class _Watch:
    """Ends a schedule that has come to a known state after its last new choice."""

    def __init__(self, choices: Branching, seen: dict[int, int], fresh: int, depth: int) -> None:
        self._choices = choices
        self._seen = seen
        self._fresh = fresh
        self._depth = depth
        self._print: Fingerprint | None = None
        self._at = -1
        self.merged = 0

    def at_step(self, observer: Observer) -> bool:
        """Say whether to go on. States are taken where a choice was made since the last one."""
        if self._print is None:
            self._print = Fingerprint(observer)
        place = len(self._choices.taken)
        if place < self._fresh or place == self._at or place > self._depth:
            return True
        self._at = place
        state = self._print.take()
        before = self._seen.get(state)
        if before is not None and before <= place and place > self._fresh:
            self.merged = 1
            return False
        if before is None or place < before:
            self._seen[state] = place
        return True
