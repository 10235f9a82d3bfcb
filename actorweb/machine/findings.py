"""Findings: what is legal in a machine and hardly meant: states that nothing leads to, transitions that never come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.machine.moves import default_of, domain_of
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Node, Transition

_DEEP = 50

Kind: TypeAlias = Literal["unreachable", "shadowed", "nondeterministic"]


class Finding(Record):
    """One finding: its kind, the path in the config, and what is the matter."""

    kind: Kind
    path: str
    text: str


def findings(machine: Machine[object]) -> tuple[Finding, ...]:
    """Give what a reader of the chart would ask about. Guards are taken to pass sometimes and to fail sometimes.

    Unreachable: no transition, initial state or history leads to the state. Shadowed: an earlier candidate for the same
    event always passes, or has the same guard. Nondeterministic: two transitions are due at the same event or time, and
    only the order in the config decides.
    """
    return (*_unreachable(machine), *_shadowed(machine), *_undecided(machine))


def reachable(machine: Machine[object]) -> set[Node]:
    """Give the states that some way of events, delays and guards leads to."""
    found: set[Node] = set()
    work: list[Node] = [machine.root]
    while work:
        node = work.pop()
        if node in found:
            continue
        found.add(node)
        if node.kind == "history":
            work.extend(default_of(node))
        work.extend(_below(node))
        upper = node.parent
        if upper is not None:
            work.append(upper)
            if upper.kind == "parallel":
                work.extend(upper.regions)
        for transition in _transitions(node):
            work.extend(transition.targets or ())
    return found


def _below(node: Node) -> Iterable[Node]:
    """Give what is entered with a state by default."""
    if node.kind == "parallel":
        return node.regions
    return () if node.initial is None or node.kind != "compound" else (node.initial,)


def _transitions(node: Node) -> Iterator[Transition]:
    for group in node.transitions.values():
        yield from group
    yield from node.always


def _unreachable(machine: Machine[object]) -> Iterator[Finding]:
    there = reachable(machine)
    for node in machine.nodes:
        if node not in there and (node.parent is None or node.parent in there):
            yield Finding("unreachable", node.path, f"nothing leads to {node.id!r}" + (" nor to what is in it" if node.children else ""))


def _shadowed(machine: Machine[object]) -> Iterator[Finding]:
    for node in machine.nodes:
        groups: list[tuple[str, tuple[Transition, ...]]] = [*node.transitions.items(), ("", node.always)]
        for descriptor, group in groups:
            seen: dict[str, Transition] = {}
            for transition in group:
                key = "" if transition.guard is None else _key(transition.guard_spec)
                earlier = seen.get("") or seen.get(key)
                if earlier is not None:
                    what = "always passes" if earlier.guard is None else f"has the same guard {earlier.guard_name!r}"
                    event = f"on {descriptor!r} " if descriptor else "in always "
                    yield Finding("shadowed", transition.path, f"it is never taken: {event}an earlier one {what}")
                else:
                    seen[key] = transition


def _key(guard: object) -> str:
    """Give a text that is equal for guards that are equal, as far as a person would look: a few levels deep."""
    parts: list[str] = []
    work: list[tuple[object, int]] = [(guard, 0)]
    while work:
        value, depth = work.pop()
        if depth > _DEEP:
            parts.append(f"{id(value)}")
        elif isinstance(value, Mapping):
            parts.append("{" + ",".join(sorted(str(key) for key in value)))
            work.extend((value[key], depth + 1) for key in sorted(value, key=str))
        elif isinstance(value, (list, tuple)):
            parts.append(f"[{len(value)}")
            work.extend((each, depth + 1) for each in value)
        else:
            parts.append(repr(value))
    return " ".join(parts)


def _undecided(machine: Machine[object]) -> Iterator[Finding]:
    for node in machine.nodes:
        if node.kind == "parallel":
            yield from _conflicts(node, machine)
        times: dict[object, str] = {}
        upper: Node | None = node
        while upper is not None:
            for event, delay in upper.delays:
                if delay in times and times[delay] != event:
                    text = f"{upper.id!r} and {node.id!r}, which is in it, wait the same time, {delay}: which of them comes first, their order decides"
                    yield Finding("nondeterministic", node.path, text)
                elif upper is node:
                    times[delay] = event
            upper = upper.parent


def _conflicts(parallel: Node, machine: Machine[object]) -> Iterator[Finding]:
    """Find events on which one region leaves the parallel state, or restarts another, while that takes the event too."""
    inside: dict[Node, dict[str, list[Transition]]] = {}
    for region in parallel.regions:
        table = inside[region] = {}
        for node in machine.nodes[region.order : region.last + 1]:
            for descriptor, group in node.transitions.items():
                table.setdefault(descriptor, []).extend(one for one in group if one.targets)
    told: set[str] = set()
    for region, table in inside.items():
        for descriptor, mine in table.items():
            outward = next((one for one in mine if (domain := domain_of(one, {})) is None or not (domain is region or domain.is_below(region))), None)
            others = [other for other, theirs in inside.items() if other is not region and theirs.get(descriptor)]
            if outward is not None and others and descriptor not in told and not descriptor.startswith("xstate."):
                told.add(descriptor)
                names = ", ".join(repr(other.id) for other in others)
                text = f"on {descriptor!r} it exits the regions {names}, which take that event, too: only the first in the config is taken"
                yield Finding("nondeterministic", outward.path, text)
