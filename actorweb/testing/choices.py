"""Choices: the one source of all that a simulated world leaves open, recorded so that it can be repeated and shrunk.

A choice is a number below the number of its options; 0 is always the plainest one: the actor that has waited longest, no
fault. So a shorter list of smaller numbers is a simpler story, and a failing one can be shrunk without knowing what its
numbers decide (hypothesis and PULSE do the same).
"""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ODDS = 0.15
"""How often a patient or a hasty schedule departs from its habit."""
FINE = 1 << 24


class Choices:
    """Draws by seed, or repeats a given list and goes on with zeros.

    >>> choices = Choices(seed=1)
    >>> drawn = [choices.below(10) for _ in range(5)]
    >>> again = Choices(replay=choices.taken)
    >>> [again.below(10) for _ in range(7)] == [*drawn, 0, 0]
    True
    """

    __slots__ = ("_given", "_note", "_random", "below", "next", "seed", "taken")

    def __init__(self, *, seed: int = 0, replay: Sequence[int] | None = None, record: bool = True) -> None:
        self.seed: int = seed
        self.taken: list[int] = []
        """What was chosen so far, unless nothing is recorded: a world that runs for hours must not grow."""
        self._note: Callable[[int], None] = self.taken.append if record else deque[int](maxlen=0).append
        self.below: Callable[[int], int]
        """Choose one of so many options, each as likely as the others. One option is no choice and is not recorded."""
        self.next: Callable[[int], int]
        """Choose who is next. How is a habit of the seed: anyone, mostly the first, or mostly the last; each finds other bugs."""
        if replay is not None:
            self._given: Sequence[int] = replay
            self.below = self.next = self._repeat
            return
        generator = Random(seed)  # noqa: S311  (choices to be repeated, not secrets)
        self._random: Callable[[], float] = generator.random
        self.below = self._any
        habit = generator.random()
        self.next = self._any if habit < 0.5 else self._mostly_first if habit < 0.75 else self._mostly_last  # noqa: PLR2004  (half, and a quarter each)

    def _repeat(self, options: int) -> int:
        if options < 2:  # noqa: PLR2004  (no choice)
            return 0
        taken = self.taken
        place = len(taken)
        chosen = self._given[place] if place < len(self._given) else 0
        if chosen >= options:
            chosen = options - 1
        taken.append(chosen)
        return chosen

    def _any(self, options: int) -> int:
        if options < 2:  # noqa: PLR2004  (no choice)
            return 0
        chosen = int(self._random() * options)
        self._note(chosen)
        return chosen

    def _mostly_first(self, options: int) -> int:
        if options < 2:  # noqa: PLR2004  (no choice)
            return 0
        chance = self._random()
        chosen = int(chance / ODDS * options) if chance < ODDS else 0
        self._note(chosen)
        return chosen

    def _mostly_last(self, options: int) -> int:
        if options < 2:  # noqa: PLR2004  (no choice)
            return 0
        chance = self._random()
        chosen = int(chance / ODDS * options) if chance < ODDS else options - 1
        self._note(chosen)
        return chosen


class Dice(Random):
    """The author's dice in a simulated world: `random.Random` whose every throw is a choice."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(0)
        self._choices = choices

    def random(self) -> float:
        """A number from 0 up to 1."""
        return self._choices.below(FINE) / FINE

    def getrandbits(self, k: int, /) -> int:
        """So many random bits."""
        bits = 0
        for _ in range(k):
            bits = bits << 1 | self._choices.below(2)
        return bits

    def _randbelow(self, n: int) -> int:
        """What `choice`, `randrange` and `shuffle` throw: a whole choice, so that it shrinks to the first option."""
        return self._choices.below(n)
