"""Snapshots: the state of a machine between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.machine.configuration import matches
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.machine.configuration import Configuration
    from actorweb.machine.effects import Child, Fields, Occurrence
    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Node
    from actorweb.values.json import StateValue

Status: TypeAlias = Literal["active", "done", "error", "stopped"]
STATUSES: dict[str, Status] = {"active": "active", "done": "done", "error": "error", "stopped": "stopped"}


class MachineSnapshot:
    """The state of a machine. It is not changed: a step makes another, or gives the same if nothing happened."""

    __slots__ = ("_children", "_configuration", "_context", "_error", "_machine", "_memory", "_output", "_status")

    def __init__(
        self,
        machine: Machine,
        configuration: Configuration,
        context: Fields,
        *,
        status: Status = "active",
        output: object = UNSET,
        error: object = None,
        children: Mapping[str, Child] | None = None,
        memory: Mapping[str, tuple[Node, ...]] | None = None,
    ) -> None:
        self._machine = machine
        self._configuration = configuration
        self._context = context
        self._status: Status = status
        self._output = output
        self._error = error
        self._children: Mapping[str, Child] = children or {}
        self._memory: Mapping[str, tuple[Node, ...]] = memory or {}

    @property
    def configuration(self) -> Configuration:
        """The active states."""
        return self._configuration

    @property
    def value(self) -> StateValue:
        """The state value: a key, or a mapping of regions and deeper states."""
        return self._configuration.value

    @property
    def context(self) -> Fields:
        """The context."""
        return self._context

    @property
    def status(self) -> Status:
        """Whether it takes events, is done, failed or was stopped."""
        return self._status

    @property
    def output(self) -> object:
        """What a machine that is done gave, or UNSET."""
        return self._output

    @property
    def error(self) -> object:
        """The error of status `error`."""
        return self._error

    @property
    def children(self) -> Mapping[str, Child]:
        """The actors that the machine spawned, by id."""
        return self._children

    @property
    def memory(self) -> Mapping[str, tuple[Node, ...]]:
        """What each history state remembers."""
        return self._memory

    @property
    def history_value(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the states that each history state remembers, by its id."""
        return {key: tuple(node.id for node in nodes) for key, nodes in self._memory.items()}

    @property
    def tags(self) -> frozenset[str]:
        """The tags of all active states."""
        return self._configuration.tags

    def has_tag(self, tag: str) -> bool:
        """Tell whether an active state has that tag."""
        return tag in self._configuration.tags

    def matches(self, value: str | Mapping[str, object]) -> bool:
        """Tell whether the machine is in a state: a key, a dotted path, or a value that may leave out what is deeper."""
        return matches(value, self._configuration.value)

    def can(self, event: Occurrence) -> bool:
        """Tell whether an event would be taken: some transition for it has a target or actions. Raises GuardFailed."""
        return self._machine.can(self, event)

    def get_meta(self) -> dict[str, object]:
        """Give the meta of the active states by their ids."""
        return {node.id: node.meta for node in self._configuration.nodes if node.meta is not UNSET}

    def __repr__(self) -> str:
        return f"<{self._status} {self.value!r} {self._context!r}>"
