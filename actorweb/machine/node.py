"""Nodes: the states of a machine as they were compiled from its config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.values.json import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from actorweb.machine.actions import Call
    from actorweb.machine.guards import Guard

Kind: TypeAlias = Literal["atomic", "compound", "parallel", "final", "history"]


class Transition:
    """A transition. `targets` is None if it has no target: then nothing is exited."""

    __slots__ = ("actions", "descriptor", "guard", "guard_name", "guard_spec", "path", "reenter", "source", "targets")

    def __init__(self, source: Node, descriptor: str, targets: tuple[Node, ...] | None, *, reenter: bool = False) -> None:
        self.source: Node = source
        self.descriptor: str = descriptor
        self.targets: tuple[Node, ...] | None = targets
        self.reenter: bool = reenter
        self.actions: tuple[Call, ...] = ()
        self.guard: Guard | None = None
        self.guard_name: str = ""
        self.guard_spec: object = None  # as the config has it
        self.path: str = ""

    def __repr__(self) -> str:
        where = "" if self.targets is None else " ".join(node.id for node in self.targets)
        return f"<{self.source.id} --{self.descriptor}--> {where}>"


class Node:
    """A state. `order` is its place in document order, `last` that of its last descendant."""

    __slots__ = (
        "_eventless", "always", "children", "config", "default", "delays", "enter", "enter_default", "exit", "history", "id", "initial", "invoked", "key", "kind", "last", "leave",
        "memories", "meta", "order", "output", "parent", "path", "regions", "tags", "transitions", "wildcards",
    )  # fmt: skip

    def __init__(self, key: str, path: str, parent: Node | None, config: Mapping[str, object], order: int) -> None:
        self.key: str = key
        self.path: str = path
        self.parent: Node | None = parent
        self.config: Mapping[str, object] = config
        self.order: int = order
        self.last: int = order
        self.id: str = ""
        self.kind: Kind = "atomic"
        self.history: Literal["shallow", "deep"] = "shallow"
        self.children: dict[str, Node] = {}
        self.regions: tuple[Node, ...] = ()  # its children that are no history
        self.memories: tuple[Node, ...] = ()  # its children that are
        self.initial: Node | None = None
        self.default: tuple[Node, ...] | None = None  # where a history without memory leads, if it says so
        self.enter: tuple[Call, ...] = ()
        self.enter_default: tuple[Call, ...] = ()
        self.exit: tuple[Call, ...] = ()
        self.leave: tuple[Call, ...] = ()  # its exit actions, and the stops of what it invoked
        self.invoked: tuple[str, ...] = ()
        self.transitions: dict[str, tuple[Transition, ...]] = {}
        self.wildcards: tuple[str, ...] = ()  # the descriptors among those of `transitions` that can mean several types, the longest first
        self.always: tuple[Transition, ...] = ()
        self._eventless: tuple[Node, ...] | None = None
        self.delays: tuple[tuple[str, float | str], ...] = ()  # the events of its `after`, and when they come
        self.tags: tuple[str, ...] = ()
        self.meta: object = UNSET
        self.output: object | Callable[[object], object] = UNSET

    def is_below(self, other: Node | None) -> bool:
        """Tell whether it is a proper descendant of that state; everything is below None, which is above the root."""
        return other is None or other.order < self.order <= other.last

    def above(self, end: Node | None) -> list[Node]:
        """Give its proper ancestors from the nearest, up to and without `end`."""
        found: list[Node] = []
        if end is self:
            return found
        node = self.parent
        while node is not None and node is not end:
            found.append(node)
            node = node.parent
        return found

    def candidates(self, event_type: str) -> tuple[Transition, ...]:
        """Give the transitions for an event type: the exact ones, then wildcards from the longest."""
        found = self.transitions.get(event_type, ())
        for name in self.wildcards:
            if name != event_type and matches_descriptor(event_type, name):
                found += self.transitions[name]
        return found

    def eventless(self) -> tuple[Node, ...]:
        """Give those of it and its ancestors that have an `always`, if it is atomic or final: in these XState looks for them."""
        if self._eventless is None:
            self._eventless = tuple(node for node in (self, *self.above(None)) if node.always) if self.kind in {"atomic", "final"} else ()
        return self._eventless

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"


def matches_descriptor(event_type: str, descriptor: str) -> bool:
    """Tell whether an event of that type is meant by a descriptor: equal, `*`, or `a.*` for `a` and what begins with `a.`."""
    if descriptor in (event_type, "*"):
        return True
    if not descriptor.endswith(".*"):
        return False
    stem = descriptor[:-2]
    if "*" in stem.split("."):
        return False
    return event_type == stem or event_type.startswith(stem + ".")
