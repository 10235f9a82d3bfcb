"""Configurations: the sets of states in which a machine can be, each with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from actorweb.errors.machine import UnknownTarget
from actorweb.machine.choice import Choice
from actorweb.machine.keys import in_order
from actorweb.machine.moves import Move
from actorweb.values.state_value import matches, split_path

if TYPE_CHECKING:
    from actorweb.machine.node import Node, Transition
    from actorweb.values.json import StateValue

_KEPT = 1024


class Configuration:
    """The active states, in the order in which they were entered: `always` looks at them so.

    XState can leave an ancestor without entering it again; such a state is part of the value, and its transitions are
    taken, but it is not among `nodes`. What is asked often is worked out once: the value, the tags, for each event type
    which transitions it can take, and for transitions what they do here.
    """

    __slots__ = ("_ids", "_nothing", "_value", "atoms", "choices", "idle", "moves", "nodes", "post", "tags")

    def __init__(self, nodes: tuple[Node, ...], ids: Mapping[str, Node]) -> None:
        self.nodes: tuple[Node, ...] = nodes
        self._ids = ids
        self.post: tuple[Node, ...] = _in_value(complete(nodes))
        self.tags: frozenset[str] = frozenset(tag for node in nodes for tag in node.tags)
        self.atoms: tuple[tuple[Node, ...], ...] = tuple(owners for node in nodes if (owners := node.eventless()))
        self.choices: dict[str, Choice] = {}
        self.idle: Move = Move((), self, self, {})
        self.moves: dict[tuple[Transition, ...], Move] = {}
        self._nothing: Choice | None = None
        self._value: StateValue | None = None

    @property
    def value(self) -> StateValue:
        """The state value, as XState writes it."""
        if self._value is None:
            self._value = self._work_out()
        return self._value

    def _work_out(self) -> StateValue:
        inner: dict[Node, dict[str, StateValue]] = {}
        value: StateValue = {}
        for node in self.post:
            parts = inner.get(node, {})
            value = parts
            if node.kind == "compound" and len(parts) == 1:
                only = next(iter(parts))
                if node.children[only].kind in {"atomic", "final"}:
                    value = only
            if node.parent is not None:
                inner.setdefault(node.parent, {})[node.key] = value
        return value

    def choice(self, event_type: str) -> Choice:
        """Give what an event of that type can take here."""
        choice = self.choices.get(event_type)
        if choice is None:
            if len(self.choices) >= _KEPT:
                self.choices.clear()
            choice = Choice(event_type, self)
            if choice.is_empty:  # one for all of them: types of events come from outside
                choice = self._nothing = self._nothing or choice
            self.choices[event_type] = choice
        return choice

    def keep(self, transitions: tuple[Transition, ...], move: Move) -> None:
        """Remember what those transitions do from here."""
        if len(self.moves) >= _KEPT:
            self.moves.clear()
        self.moves[transitions] = move

    def is_in(self, state: str | Mapping[str, object]) -> bool:
        """Tell whether the machine is in a state: `#id` of a node, a dotted path from the root, or a value. Raises UnknownTarget."""
        if isinstance(state, str) and state.startswith("#"):
            node = find(self._ids, state[1:])
            if node is None:
                raise UnknownTarget("stateIn", f"no state has the id {state!r}", "an id of this machine", "write the id that a state has")
            return node in self.nodes
        return matches(state, self.value)


def _in_value(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Give the states of the value, children before parents, in the order in which JavaScript reads its keys: mostly that of the document."""
    children: dict[Node, dict[str, Node]] = {}
    rest: list[Node] = []
    for node in nodes:
        if node.parent is None:
            rest.append(node)
        else:
            children.setdefault(node.parent, {})[node.key] = node
    found: list[Node] = []
    while rest:
        node = rest.pop()
        found.append(node)
        below = [child for _, child in in_order(children.get(node, {}))]
        if node.kind == "compound" and len(below) > 1:
            # With several targets XState can activate two children of one state; if the first is atomic, the value has it alone.
            first = next(iter(children[node].values()))
            below = [first] if first.kind in {"atomic", "final"} else below
        rest.extend(below)
    found.reverse()
    return tuple(found)


def complete(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Add to states what must be active with them: initial states, regions, ancestors."""
    found = dict.fromkeys(nodes)
    parents = {node.parent for node in nodes}
    work = list(nodes)
    for node in work:
        if node.kind == "compound" and node not in parents:
            begin = [node]
        elif node.kind == "parallel":
            begin = [child for child in node.regions if child not in found]
        else:
            continue
        for child in _initial(begin):
            if child not in found:
                found[child] = None
                work.append(child)
    for node in work:
        upper = node.parent
        while upper is not None and upper not in found:
            found[upper] = None
            upper = upper.parent
    return tuple(found)


def _initial(nodes: list[Node]) -> list[Node]:
    """Give states with all that is active in them at first, parents before children."""
    found: list[Node] = []
    rest = nodes[::-1]
    while rest:
        node = rest.pop()
        found.append(node)
        if node.kind == "compound" and node.initial is not None:
            rest.append(node.initial)
        elif node.kind == "parallel":
            rest.extend(reversed(node.regions))
    return found


def find(ids: Mapping[str, Node], path: str) -> Node | None:
    """Give the state of an id, or of an id and a path from there. An id with a dot is found only if it is escaped, as in XState."""
    name, *keys = split_path(path)
    node = ids.get(name)
    for key in keys:
        node = None if node is None else node.children.get(key)
    return node
