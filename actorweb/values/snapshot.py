"""The state of an actor as others see it."""

from __future__ import annotations

import dataclasses
from typing import Generic, Literal

from actorweb.values.generics import TypeVar
from actorweb.values.json import StateValue

C_co = TypeVar("C_co", covariant=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot(Generic[C_co]):
    """The state of an actor between two turns.

    `version` is one more for each committed turn that changed the context, the mode or the machine value, and goes on
    over restarts. `value` and `tags` are a machine's; without a machine `value` is the mode.

    >>> Snapshot(context=3, version=1, mode="default", value="default").context
    3
    """

    context: C_co
    version: int = 0
    mode: str = ""
    value: StateValue = ""
    status: Literal["active", "done", "error", "stopped"] = "active"
    tags: frozenset[str] = frozenset()
