"""Snapshots: the state of a machine between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.kernel.logic import LogicSnapshot
from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from actorweb.machine.configuration import Configuration
    from actorweb.machine.effects import Child, Fields
    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Node
    from actorweb.values.json import Event, JsonObject, StateValue

Status: TypeAlias = Literal["active", "done", "error", "stopped"]
STATUSES: dict[str, Status] = {"active": "active", "done": "done", "error": "error", "stopped": "stopped"}


class MachineSnapshot(LogicSnapshot):
    """The state of a machine. It is not changed: a step makes another, or gives the same if nothing happened.

    What a `Snapshot` stores as fields is worked out here when it is asked for.
    """

    __slots__ = ("_children", "_configuration", "_context", "_error", "_machine", "_memory", "_output", "_status", "_version")

    # A frozen dataclass checks each assignment in Python, which would take half the time of a step.
    __setattr__ = object.__setattr__

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
        version: int = 0,
    ) -> None:
        self._version = version
        self._machine = machine
        self._configuration = configuration
        self._context = context
        self._status: Status = status
        self._output = output
        self._error = error
        self._children: Mapping[str, Child] = children or {}
        self._memory: Mapping[str, tuple[Node, ...]] = memory or {}

    @property
    def machine(self) -> Machine[object]:
        """The machine whose state it is."""
        return self._machine

    @property
    def configuration(self) -> Configuration:
        """The active states."""
        return self._configuration

    @property
    def value(self) -> StateValue:  # pyright: ignore[reportIncompatibleVariableOverride]  (read-only either way)
        """The state value: a key, or a mapping of regions and deeper states."""
        return self._configuration.value

    @property
    def context(self) -> JsonObject:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """The context."""
        return self._context  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  (that it is JSON, the author of its assigns says)

    @property
    def version(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """One more for each committed turn that changed the state, where an actor runs the machine; 0 otherwise."""
        return self._version

    @property
    def mode(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """A machine has no modes: `default`."""
        return "default"

    @property
    def status(self) -> Status:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
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
    def tags(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """The tags of all active states."""
        return self._configuration.tags

    def can(self, event: Event) -> bool:
        """Tell whether an event would be taken: some transition for it has a target or actions. Raises GuardFailed."""
        return self._machine.can(self, event)

    def get_meta(self) -> dict[str, object]:
        """Give the meta of the active states by their ids."""
        return {node.id: node.meta for node in self._configuration.nodes if node.meta is not UNSET}

    def at(self, version: int, context: object, *, ended: bool = False) -> MachineSnapshot:
        """Give the same state with this version and context, `stopped` if its actor has ended while active: itself, if it is that."""
        stopped = ended and self._status == "active"
        if self._version == version and self._context is context and not stopped:
            return self
        fields: Fields = context  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (the kernel has checked that it is a mapping)
        return MachineSnapshot(
            self._machine,
            self._configuration,
            fields,
            status="stopped" if stopped else self._status,
            output=self._output,
            error=self._error,
            children=self._children,
            memory=self._memory,
            version=version,
        )

    def _parts(self) -> tuple[object, ...]:
        children = {key: child.src for key, child in self._children.items()}
        return self.value, self._context, self._status, self._output, children, self.history_value

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, MachineSnapshot) and self._parts() == other._parts())

    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a context that is a mapping has none)

    def __repr__(self) -> str:
        return f"<{self._status} {self.value!r} {self._context!r}>"
