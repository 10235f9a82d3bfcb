"""Moves: which states a set of transitions exits and enters."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from actorweb.errors.machine import EndlessStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from actorweb.machine.actions import Call
    from actorweb.machine.configuration import Configuration
    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Node, Transition

    Memory = Mapping[str, tuple[Node, ...]]


class Part:
    """A part of a move: the actions of one transition, or of one state that is exited or entered, in order.

    `awaited` are the ids of the actors that the state invokes. `final` is the state, if entering it may complete others;
    `active` are then the states at that moment.
    """

    __slots__ = ("active", "awaited", "calls", "final")

    def __init__(self, calls: tuple[Call, ...], awaited: tuple[str, ...] = (), final: Node | None = None, active: frozenset[Node] = frozenset()) -> None:
        self.calls: tuple[Call, ...] = calls
        self.awaited: tuple[str, ...] = awaited
        self.final: Node | None = final
        self.active: frozenset[Node] = active


class Move:
    """What transitions do to a configuration: `parts` to perform in order, and the states that are active `after`.

    `moves` tells whether these are others than before; `noted` is what history states remember of those that are left.
    `straight` are the actions if there is nothing else to do than some assigns and custom actions: nothing to remember,
    nothing completed, nothing that asks for `always`. If it cannot be worked out what is entered, `failed` is why: as
    there, what is exited and the transitions have run their actions by then.
    """

    __slots__ = ("after", "failed", "moves", "noted", "parts", "straight")

    def __init__(self, parts: tuple[Part, ...], here: Configuration, after: Configuration, noted: Memory, failed: EndlessStep | None = None) -> None:
        self.failed: EndlessStep | None = failed
        self.parts: tuple[Part, ...] = parts
        self.noted: Memory = noted
        self.moves: bool = set(after.nodes) != set(here.nodes)
        calls = tuple(call for part in parts for call in part.calls)
        is_straight = failed is None and not noted and not after.atoms and not any(part.final for part in parts) and all(call.is_plain for call in calls)
        self.straight: tuple[Call, ...] | None = calls if is_straight else None
        self.after: Configuration = after if self.moves or noted else here


def effective_targets(targets: tuple[Node, ...], memory: Memory) -> list[Node]:
    """Give the targets with each history state replaced by what it remembers, or by its default. Raises EndlessStep if one leads to itself."""
    found: dict[Node, None] = {}
    rest: list[tuple[Node, tuple[Node, ...]]] = [(node, ()) for node in reversed(targets)]
    while rest:
        node, over = rest.pop()
        if node.kind != "history":
            found[node] = None
        elif node.id in memory:
            found.update(dict.fromkeys(memory[node.id]))
        elif node in over:
            raise _endless(node)
        else:
            rest.extend((one, (*over, node)) for one in reversed(default_of(node)))
    return list(found)


def _endless(node: Node) -> EndlessStep:
    return EndlessStep(f"entering {node.id!r} leads back to itself", "history states whose defaults end", "give the history state another target")


def default_of(history: Node) -> tuple[Node, ...]:
    """Give the states to which a history state without memory leads."""
    if history.default is not None:
        return history.default
    parent = history.parent
    if parent is None or parent.kind == "parallel" or parent.initial is None:
        return () if parent is None else (parent,)
    return (parent.initial,)


def domain_of(transition: Transition, memory: Memory) -> Node | None:
    """Give the state inside which a transition happens; None is above the root: a re-entered root exits too."""
    targets = effective_targets(transition.targets or (), memory)
    source = transition.source
    if not transition.reenter and all(target is source or target.is_below(source) for target in targets):
        return source
    all_of = [*targets, source]
    for ancestor in all_of[0].above(None):
        if all(node.is_below(ancestor) for node in all_of[1:]):
            return ancestor
    if transition.reenter:
        return None
    while source.parent is not None:
        source = source.parent
    return source


def exit_set(transition: Transition, nodes: Iterable[Node], memory: Memory) -> set[Node]:
    """Give the active states that a transition exits."""
    if not transition.targets:
        return set()
    domain = domain_of(transition, memory)
    exited = {node for node in nodes if node.is_below(domain)}
    if domain is not None and transition.reenter and transition.source is domain:
        exited.add(domain)
    return exited


def without_conflicts(transitions: tuple[Transition, ...], nodes: Iterable[Node], memory: Memory) -> tuple[Transition, ...]:
    """Drop transitions that exit what another exits: the earlier stays, unless the later one's source is below its source."""
    if len(transitions) < 2 or _are_apart(transitions, memory):  # noqa: PLR2004 - a conflict takes two
        return transitions
    kept: dict[Transition, set[Node]] = {}
    for later in transitions:
        mine = exit_set(later, nodes, memory)
        given_up: list[Transition] = []
        for earlier, theirs in kept.items():
            if not mine.isdisjoint(theirs):
                if not later.source.is_below(earlier.source):
                    break
                given_up.append(earlier)
        else:
            for earlier in given_up:
                del kept[earlier]
            kept[later] = mine
    return tuple(kept)


def _are_apart(transitions: Iterable[Transition], memory: Memory) -> bool:
    """Tell whether each happens in a part of the tree of its own, as those of thousands of regions do: then none can be in another's way."""
    domains = [domain_of(transition, memory) for transition in transitions if transition.targets]
    if None in domains:
        return len(domains) == 1
    ranges = sorted((domain.order, domain.last) for domain in domains if domain is not None)
    return all(last < order for (_, last), (order, _) in pairwise(ranges))


class Entry:
    """Works out which states to enter. It goes down without recursion, so that a machine may be deep."""

    def __init__(self, memory: Memory, size: int) -> None:
        self.entered: dict[Node, None] = {}
        self.defaults: set[Node] = set()
        self.remembers: bool = False
        self._covered: set[Node] = set()  # the ancestors of what is entered
        self._memory = memory
        self._most = 20 * size + 1000

    def _add(self, node: Node) -> None:
        self.entered[node] = None
        upper = node.parent
        while upper is not None and upper not in self._covered:
            self._covered.add(upper)
            upper = upper.parent

    def take(self, transition: Transition) -> None:
        """Add what a transition enters. Raises EndlessStep if that has no end."""
        targets = transition.targets or ()
        self.remembers = self.remembers or any(node.kind == "history" for node in targets)
        domain = domain_of(transition, self._memory)
        source = transition.source
        for node in targets:
            if node.kind != "history" and (source is not node or source is not domain or transition.reenter):
                self._add(node)
                self.defaults.add(node)
            self._down([("below", node)])
        for node in effective_targets(targets, self._memory):
            upper = node.above(domain)
            if domain is not None and domain.kind == "parallel":
                upper.append(domain)
            self._up(upper, None if source.parent is None and transition.reenter else domain)

    def _up(self, ancestors: list[Node], domain: Node | None) -> None:
        for node in ancestors:
            if node.is_below(domain):
                self._add(node)
            if node.kind == "parallel":
                self._down([("region", child) for child in reversed(node.regions)])

    def _down(self, work: list[tuple[str, Node]]) -> None:
        left = self._most
        while work:
            left -= 1
            task, node = work.pop()
            if left < 0:
                raise _endless(node)
            if task == "ancestor":
                self._add(node)
                if node.kind == "parallel":
                    work.extend(("region", child) for child in reversed(node.regions))
            elif task in {"region", "default"}:
                if node not in self._covered:
                    self._add(node)
                    if task == "default":
                        self.defaults.add(node)
                    work.append(("below", node))
            elif task == "recalled":
                self._add(node)
                work.append(("below", node))
            elif node.kind == "history":
                work.extend(reversed(self._recall(node)))
            elif node.kind == "compound" and node.initial is not None:
                if node.initial.kind != "history":
                    self._add(node.initial)
                    self.defaults.add(node.initial)
                work.append(("below", node.initial))
            elif node.kind == "parallel":
                work.extend(("default", child) for child in reversed(node.regions))

    def _recall(self, history: Node) -> list[tuple[str, Node]]:
        self.remembers = True
        remembered = self._memory.get(history.id)
        targets = default_of(history) if remembered is None else remembered
        parent = history.parent
        if remembered is None and history.default is None and parent is not None and parent.kind != "parallel":
            self.defaults.add(parent)
        return [*(("recalled", node) for node in targets), *(("ancestor", upper) for node in targets for upper in node.above(parent))]


def exits_of(transitions: tuple[Transition, ...], nodes: tuple[Node, ...], memory: Memory) -> tuple[Node, ...]:
    """Give the states that transitions exit, the last in document order first."""
    ordered = sorted(nodes, key=_order)
    places = [node.order for node in ordered]
    exited: set[Node] = set()
    for transition in transitions:
        if not transition.targets:
            continue
        domain = domain_of(transition, memory)
        if domain is None:
            exited.update(nodes)
            continue
        exited.update(ordered[bisect_right(places, domain.order) : bisect_right(places, domain.last)])
        if transition.reenter and transition.source is domain:
            exited.add(domain)
    return tuple(sorted(exited, key=_order, reverse=True))


def _order(node: Node) -> int:
    return node.order


def recall(exited: tuple[Node, ...], active: Iterable[Node]) -> dict[str, tuple[Node, ...]]:
    """Give what the history states of exited states remember: the active children, or the active atomic states below if deep."""
    noted: dict[str, tuple[Node, ...]] = {}
    for node in exited:
        for history in node.memories:
            if history.history == "deep":
                noted[history.id] = tuple(one for one in active if one.kind in {"atomic", "final"} and one.is_below(node))
            else:
                noted[history.id] = tuple(one for one in active if one.parent is node)
    return noted


def move_of(machine: Machine, here: Configuration, transitions: tuple[Transition, ...], exited: tuple[Node, ...], memory: Memory) -> tuple[Move, bool]:
    """Work out what transitions do here, and whether that depends on what history states remember.

    A state that is left and entered again in one step recalls what it just was.
    """
    noted = recall(exited, here.nodes)
    entry = Entry({**memory, **noted}, len(machine.nodes))
    parts = [Part(node.leave) for node in exited if node.leave]
    parts += [Part(transition.actions) for transition in transitions if transition.actions]
    try:
        for transition in transitions:
            entry.take(transition)
    except EndlessStep as error:
        return Move(tuple(parts), here, here, noted, error), True
    active = dict.fromkeys(here.nodes)
    for node in exited:
        active.pop(node, None)
    for node in sorted(entry.entered, key=_order):
        active[node] = None
        calls = node.enter_default if node in entry.defaults else node.enter
        if node.kind == "final":
            parts.append(Part(calls, node.invoked, node, frozenset(active)))
        elif calls:
            parts.append(Part(calls, node.invoked))
    return Move(tuple(parts), here, machine.configuration(tuple(active)), noted), entry.remembers
