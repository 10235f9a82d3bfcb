"""Snapshots: the state of a machine between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
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


class Standing:
    """What most steps leave as it is, so that snapshots share it."""

    __slots__ = ("children", "error", "memory", "output")

    def __init__(
        self,
        output: object = UNSET,
        error: object = None,
        children: Mapping[str, Child] = MappingProxyType({}),
        memory: Mapping[str, tuple[Node, ...]] = MappingProxyType({}),
    ) -> None:
        self.output: object = output
        self.error: object = error
        self.children: Mapping[str, Child] = children
        self.memory: Mapping[str, tuple[Node, ...]] = memory


_LONG = 200  # a state value can be deeper than Python's stack
_AT_FIRST = Standing()


class MachineSnapshot(LogicSnapshot):
    """The state of a machine. It is not changed: a step makes another, or gives the same if nothing happened.

    `configuration` are the active states of `machine`, and `standing` is the rest of the state. What a `Snapshot` stores
    beside context, status and version is worked out when it is asked for. `version` is one more for each step that changed
    the state, or each committed turn where an actor runs the machine. Source: XState, `MachineSnapshot`.

    >>> from actorweb.machine import machine
    >>> form = {"initial": "card", "tags": "open", "states": {"card": {"on": {"PAY": "paying"}}, "paying": {}}}
    >>> snapshot = machine({"initial": "form", "states": {"form": form}}).initial_snapshot()
    >>> snapshot.value, snapshot.matches("form.card"), snapshot.has_tag("open"), snapshot.can({"type": "PAY"})
    ({'form': 'card'}, True, True, True)
    """

    __slots__ = ("configuration", "machine", "standing")

    if not TYPE_CHECKING:  # A frozen dataclass checks each assignment in Python, which would take half the time of a step. CPython has one slot for both.
        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__
        __hash__ = None  # a context that is a mapping has none

    def __init__(
        self,
        machine: Machine[object],
        configuration: Configuration,
        context: Fields,
        status: Status = "active",
        version: int = 0,
        standing: Standing = _AT_FIRST,
    ) -> None:
        self.machine: Machine[object] = machine
        self.configuration: Configuration = configuration
        self.context: JsonObject = context  # type: ignore[assignment]  # pyright: ignore  (that it is JSON, the author of its assigns says)
        self.status: Status = status  # pyright: ignore  (frozen for others)
        self.version: int = version  # pyright: ignore  (as above)
        self.standing: Standing = standing

    @property
    def value(self) -> StateValue:  # pyright: ignore[reportIncompatibleVariableOverride]  (read-only either way)
        """The state value: a key, or a mapping of regions and deeper states."""
        return self.configuration.value

    @property
    def mode(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """A machine has no modes: `default`."""
        return "default"

    @property
    def output(self) -> object:
        """What a machine that is done gave, or UNSET."""
        return self.standing.output

    @property
    def error(self) -> object:
        """The error of status `error`."""
        return self.standing.error

    @property
    def children(self) -> Mapping[str, Child]:
        """The actors that the machine spawned, by id."""
        return self.standing.children

    @property
    def memory(self) -> Mapping[str, tuple[Node, ...]]:
        """What each history state remembers."""
        return self.standing.memory

    @property
    def history_value(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the states that each history state remembers, by its id."""
        return {key: tuple(node.id for node in nodes) for key, nodes in self.standing.memory.items()}

    @property
    def tags(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]  (as above)
        """The tags of all active states."""
        return self.configuration.tags

    def can(self, event: Event) -> bool:
        """Tell whether an event would be taken: some transition for it has a target or actions. Raises GuardFailed."""
        return self.machine.can(self, event)

    def get_meta(self) -> dict[str, object]:
        """Give the meta of the active states by their ids."""
        return {node.id: node.meta for node in self.configuration.nodes if node.meta is not UNSET}

    def at(self, version: int, context: object, *, ended: bool = False) -> MachineSnapshot:
        """Give the same state with this version and context, `stopped` if its actor has ended while active: itself, if it is that."""
        stopped = ended and self.status == "active"
        if self.version == version and self.context is context and not stopped:
            return self
        fields: Fields = context  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (the kernel has checked that it is a mapping)
        return MachineSnapshot(self.machine, self.configuration, fields, "stopped" if stopped else self.status, version, self.standing)

    def _parts(self) -> tuple[object, ...]:
        children = {key: child.src for key, child in self.standing.children.items()}
        return self.context, self.status, self.standing.output, children, self.history_value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, MachineSnapshot) or self._parts() != other._parts():
            return False
        return self.configuration is other.configuration or self.value == other.value

    def __repr__(self) -> str:
        told = repr(self.value) if len(self.configuration.nodes) < _LONG else f"{len(self.configuration.nodes)} states"
        return f"<{self.status} {told} {self.context!r}>"
