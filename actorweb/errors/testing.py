"""What a test may get: simulated worlds, probes, explorations and replays."""

from __future__ import annotations

from actorweb.errors import ActorError


class Deadlock(ActorError):
    """In a simulated world everything waits and no timer is set."""

    code = "AW-901"


class NotSimulated(ActorError):
    """A simulated world has no threads, sockets or processes."""

    code = "AW-902"


class ProbeFailed(ActorError, AssertionError):
    """A probe did not get what it expected."""

    code = "AW-903"


class BadSeeds(ActorError):
    """A test cannot run under the seeds that its mark asks for."""

    code = "AW-910"


class InvariantBroken(ActorError, AssertionError):
    """A schedule of an exploration broke an invariant, or the scenario's own checks. Its text tells the shortest story that does."""

    code = "AW-920"


class BadExploration(ActorError):
    """An exploration was asked for what there is not: a scenario, a fault, a number of schedules."""

    code = "AW-921"


class ReplayDiffers(ActorError, AssertionError):
    """A turn of a history file did not leave what was recorded. `record` is its place in the file."""

    code = "AW-930"

    def __init__(self, happened: str, expected: str, do: str, *, record: int) -> None:
        super().__init__(happened, expected, do)
        self.record = record


class BadPaths(ActorError):
    """The paths of a machine cannot be told: there are too many, or a step of them fails."""

    code = "AW-940"
