"""The state of an actor as others see it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Generic, Literal

from actorweb.errors import Misuse
from actorweb.values.generics import TypeVar
from actorweb.values.json import StateValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actorweb.values.json import Event

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

    def matches(self, value: str | Mapping[str, object]) -> bool:
        """Tell whether the actor is in a state: a key, a dotted path, or a state value that may leave out what is deeper.

        Without a machine the mode is the state.
        """
        from actorweb.values.state_value import matches  # noqa: PLC0415  (a page that starts asks nothing yet)

        return matches(value, self.value)

    def has_tag(self, tag: str) -> bool:
        """Tell whether an active state has that tag."""
        return tag in self.tags

    def can(self, event: Event) -> bool:
        """Tell whether an event would be taken: some transition for it has a target or actions (XState: `snapshot.can`).

        Raises `Misuse` for an actor that is no machine, and `GuardFailed`.
        """
        raise Misuse(f"can({event!r}) was asked of the snapshot of an actor without a machine", "the snapshot of a machine", "give the behavior a machine")
