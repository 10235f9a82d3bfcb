"""A chart beside its element: a machine drawn as nested boxes, with the active states marked. It is a template like any other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from actorweb import JsonObject, Snapshot
from actorweb.machine import Machine
from actorweb.machine.node import Node, Transition
from actorweb.page import Template, html

if TYPE_CHECKING:
    from actorweb.machine.actions import Call
    from actorweb.values.json import StateValue


LARGE = 5  # states within a state: it gets more room than others


class Row(NamedTuple):
    """What a state does at some time: `when`, under which condition, where that leads, and the actions on the way."""

    when: str
    guard: str
    target: str
    actions: str


def chart(machine: Machine[object], snapshot: Snapshot[JsonObject]) -> Template:
    """Draw a machine as it is now.

    Each state is a box with its name and a row for each transition: `EVENT [guard] → target / actions`. Boxes of active states
    are marked, for screen readers with `aria-current`; parallel regions have a dashed border and stand side by side.
    """
    active = frozenset(_active(machine.root, snapshot.value))
    innermost = ", ".join(_path(node) for node in machine.nodes if node in active and not active.intersection(node.children.values()))
    return html(
        """<div class="chart" role="group" aria-label={label}>{rows}{states}</div>""",
        label=f"Chart of {machine.id}, now in {innermost}",
        rows=_rows(machine.root),
        states=_states(machine.root, active),
    )


def _active(node: Node, value: StateValue) -> Iterator[Node]:
    """Give the states of a state value."""
    if isinstance(value, str):
        if value in node.children:
            yield node.children[value]
    else:
        for key, below in value.items():
            yield node.children[key]
            yield from _active(node.children[key], below)


def _states(node: Node, active: frozenset[Node]) -> Template | None:
    """Draw what is in a state."""
    if not node.children:
        return None
    return html("<ul class={kind}>{boxes}</ul>", kind=f"states of-{node.kind}", boxes=[_box(child, active) for child in node.children.values()])


def _box(node: Node, active: frozenset[Node]) -> Template:
    is_active = node in active
    words = ["state", node.kind]
    if node.parent is not None and node.parent.kind == "compound" and node.parent.initial is node:
        words.append("initial")
    if node.last - node.order >= LARGE:
        words.append("large")
    if is_active:
        words.append("active")
    return html(
        "<li class={words} aria-current={current}><span class='name'>{name}</span>{tags}{rows}{states}</li>",
        words=" ".join(words),
        current="true" if is_active else None,
        name=node.key if node.kind != "history" else f"{node.key} (history)" if node.history == "shallow" else f"{node.key} (deep history)",
        tags=[html("<span class='tag'>{tag}</span>", tag=tag) for tag in node.tags],
        rows=_rows(node),
        states=_states(node, active),
    )


def _rows(node: Node) -> Template | None:
    rows = _told(node)
    return html("<ul class='rows'>{rows}</ul>", rows=[_row(row) for row in rows]) if rows else None


def _row(row: Row) -> Template:
    return html(
        "<li><b>{when}</b>{guard}{target}{actions}</li>",
        when=row.when,
        guard=html(" <i>[{guard}]</i>", guard=row.guard) if row.guard else None,
        target=html(" → <span class='target'>{target}</span>", target=row.target) if row.target else None,
        actions=html(" / <span class='actions'>{actions}</span>", actions=row.actions) if row.actions else None,
    )


@cache
def _told(node: Node) -> tuple[Row, ...]:
    """Give the rows of a state: they are the same for ever."""
    rows = [Row(word, "", "", _named(calls)) for word, calls in (("entry", node.enter), ("exit", node.exit)) if _named(calls)]
    rows += [Row("invoke", "", "", name) for name in node.invoked]
    for transition in (*(each for group in node.transitions.values() for each in group), *node.always):
        targets = ", ".join(_target(node, target) for target in transition.targets or ())
        guard = "" if transition.guard is None else transition.guard_name or "guard"
        rows.append(Row(_when(transition), guard, targets, _named(transition.actions)))
    return tuple(rows)


def _named(calls: tuple[Call, ...]) -> str:
    return ", ".join(call.type for call in calls if not call.type.startswith("xstate."))


def _when(transition: Transition) -> str:
    descriptor, node = transition.descriptor, transition.source
    if not descriptor:
        return "always"
    for event, delay in node.delays:
        if descriptor == event:
            return f"after {delay:g} ms" if isinstance(delay, (int, float)) else f"after {delay}"
    for prefix, word in (("xstate.done.state.", "done"), ("xstate.done.actor.", "done"), ("xstate.error.actor.", "error"), ("xstate.snapshot.", "snapshot")):
        if descriptor.startswith(prefix):
            return word
    return descriptor


def _path(node: Node, below: Node | None = None) -> str:
    """Name a state by the keys that lead to it, from below that other one, or below the root."""
    return ".".join([each.key for each in reversed(node.above(below)) if each.parent is not None] + [node.key])


def _target(source: Node, target: Node) -> str:
    """Name a target as one would say it there: by the keys from the nearest state that has both in it."""
    return _path(target, next((each for each in (source, *source.above(None)) if target.is_below(each)), None))


STYLE = """
    :host { display: block; container-type: inline-size; font: inherit; color: inherit }
    .beside { display: grid; gap: 1.2rem }
    @container (min-width: 44rem) { .beside { grid-template-columns: minmax(0, 1fr) minmax(0, 1.7fr); align-items: start } }
    .beside > details > summary { cursor: pointer; font-size: .9em; margin-bottom: .4rem }
    summary:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
    .chart { font-size: .8rem; line-height: 1.35; color: light-dark(#3a3850, #c9c7dc) }
    .chart ul { list-style: none; margin: 0; padding: 0 }
    .states { display: flex; flex-wrap: wrap; gap: .4rem; align-items: stretch }
    .chart > .rows { margin-bottom: .4rem }
    .state { flex: 1 1 10em; min-width: 0; padding: .35rem .5rem .45rem; border: 1.5px solid light-dark(#b9b6cf, #55536b); border-radius: .55rem;
             overflow-wrap: anywhere; transition: background-color .15s, border-color .15s }
    .state.compound, .state.parallel { flex-basis: 14em }
    .state.large { flex: 2 1 25em }
    .of-parallel > .state { border-style: dashed }
    .state.history { border-style: dotted; border-radius: 1.2rem; flex: 0 1 auto }
    .state.final { border-style: double; border-width: 4px }
    .name { font-weight: 600; color: light-dark(#1c1b29, #ecebf5) }
    .initial > .name::before { content: "● " / "initial: "; font-size: .8em }
    .tag { display: inline-block; margin-inline-start: .4em; padding: 0 .45em; border: 1px solid currentColor; border-radius: 1em; font-size: .85em }
    .state > .rows { margin: .2rem 0 0 }
    .state > .states { margin-top: .4rem }
    .rows li { padding-inline-start: .9em; text-indent: -.9em }
    .rows b { font-weight: 600; font-family: ui-monospace, monospace; font-size: .95em }
    .rows i { color: light-dark(#6b2ea0, #d0a9ff) }
    .target { color: light-dark(#0b5c3b, #86e0b4); font-weight: 600 }
    .actions { color: light-dark(#8a3b12, #ffbf9b) }
    .state.active { border-color: light-dark(#4338ca, #a5a1ff); background: light-dark(#eef0ff, #26264a) }
    .state.active .state.active { background: light-dark(#dfe2ff, #33336a) }
    @media (prefers-reduced-motion: reduce) { .state { transition: none } }
"""
"""The style of a chart, and of an element that stands beside one: its view is a `<div class="beside">` of two parts."""
