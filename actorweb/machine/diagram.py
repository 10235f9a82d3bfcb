"""Diagrams: a machine drawn as a Mermaid state diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actorweb.machine.actions import Call
    from actorweb.machine.machine import Machine
    from actorweb.machine.node import Node, Transition
    from actorweb.machine.snapshot import MachineSnapshot

_INTERNAL = ("xstate.raise", "xstate.cancel", "xstate.spawnChild", "xstate.stopChild")


def mermaid(machine: Machine[object], snapshot: MachineSnapshot | None = None) -> str:
    """Give a machine as a Mermaid `stateDiagram-v2`: states, transitions with guards and actions, delays, invoked actors.

    With a snapshot the innermost active states are highlighted. What a state does on entry and exit, and what it invokes, stands in
    it; a transition without a target is written there, too. Source: Mermaid, "State diagrams".

    >>> from actorweb.machine import machine
    >>> toggle = machine({"initial": "off", "states": {"off": {"on": {"TOGGLE": "on"}}, "on": {"on": {"TOGGLE": "off"}}}})
    >>> print(mermaid(toggle, toggle.initial_snapshot()))
    stateDiagram-v2
      state "(machine)" as s0 {
        state "off" as s1
        state "on" as s2
        [*] --> s1
      }
      s1 --> s2 : TOGGLE
      s2 --> s1 : TOGGLE
      classDef active fill:#ffd54a,stroke:#8a6d00,color:#000
      class s1 active
    """
    drawing = _Drawing(machine)
    lines = ["stateDiagram-v2", *drawing.state(machine.root, "  "), *drawing.transitions("  ")]
    if snapshot is not None:
        active = [drawing.name(node) for node in snapshot.configuration.nodes if not node.children]
        if active:
            lines += ["  classDef active fill:#ffd54a,stroke:#8a6d00,color:#000", f"  class {','.join(active)} active"]
    return "\n".join(lines)


class _Drawing:
    """One diagram under way."""

    def __init__(self, machine: Machine[object]) -> None:
        self._machine = machine

    def name(self, node: Node) -> str:
        """Give the name of a state in the diagram: keys may hold what Mermaid cannot read."""
        return f"s{node.order}"

    def inside(self, node: Node, indent: str) -> Iterator[str]:
        """Give the lines of what is in a state. A state may be deep, and a diagram of it is not read: Python's recursion is enough."""
        children = list(node.children.values())
        for place, child in enumerate(children):
            if node.kind == "parallel" and place and child.kind != "history":
                yield f"{indent}--"
            yield from self.state(child, indent)
            if node.kind == "parallel" and child.kind != "history" and not child.children:
                yield f"{indent}[*] --> {self.name(child)}"
        if node.initial is not None and node.kind == "compound":
            yield f"{indent}[*] --> {self.name(node.initial)}"
        for child in children:
            if child.kind == "final":
                yield f"{indent}{self.name(child)} --> [*]"

    def state(self, node: Node, indent: str) -> Iterator[str]:
        """Give the lines of a state with all that is in it."""
        own = self.name(node)
        if node.kind == "history":
            yield f'{indent}state "{"H*" if node.history == "deep" else "H"}" as {own}'
            return
        label = _escaped(node.key if node.parent is not None else node.id)
        if node.children:
            yield f'{indent}state "{label}" as {own} {{'
            yield from self.inside(node, indent + "  ")
            yield f"{indent}}}"
        else:
            yield f'{indent}state "{label}" as {own}'
        notes = list(self._notes(node))
        if notes and not node.children:
            for note in notes:
                yield f"{indent}{own} : {note}"
        elif notes:
            yield f"{indent}note right of {own}"
            yield from (f"{indent}  {note}" for note in notes)
            yield f"{indent}end note"

    def _notes(self, node: Node) -> Iterator[str]:
        """Give what a state does by itself."""
        config = node.config
        for word, calls in (("entry", node.enter), ("exit", node.exit)):
            said = _actions(calls)
            if said:
                yield f"{word} / {said}"
        invoke = config.get("invoke")
        for each in invoke if isinstance(invoke, (list, tuple)) else [invoke]:
            if isinstance(each, dict):
                yield f"invoke / {_escaped(str(each.get('src')))}"
        if node.tags:
            yield f"tags / {_escaped(', '.join(node.tags))}"
        for transition in _transitions(node):
            if transition.targets is None and (transition.actions or transition.guard is not None):
                yield _label(transition)

    def transitions(self, indent: str) -> Iterator[str]:
        """Give the lines of the transitions that lead somewhere, in document order."""
        for node in self._machine.nodes:
            for transition in _transitions(node):
                for target in transition.targets or ():
                    yield f"{indent}{self.name(node)} --> {self.name(target)} : {_label(transition)}"
            if node.kind == "history" and node.default is not None:
                for target in node.default:
                    yield f"{indent}{self.name(node)} --> {self.name(target)}"


def _transitions(node: Node) -> Iterator[Transition]:
    for group in node.transitions.values():
        yield from group
    yield from node.always


def _label(transition: Transition) -> str:
    """Say when a transition is taken and what it does: `EVENT [guard] / actions`."""
    text = _event(transition)
    if transition.guard is not None:
        text += f" [{_escaped(transition.guard_name or 'guard')}]"
    said = _actions(transition.actions)
    return (f"{text} / {said}" if said else text).strip()


def _event(transition: Transition) -> str:
    descriptor, node = transition.descriptor, transition.source
    if descriptor == "":
        return "always"
    if descriptor == f"xstate.done.state.{node.id}":
        return "done"
    for event, delay in node.delays:
        if descriptor == event:
            return f"after {delay:g} ms" if isinstance(delay, (int, float)) else f"after {_escaped(delay)}"
    for kind, word in (("xstate.done.actor.", "done"), ("xstate.error.actor.", "error"), ("xstate.snapshot.", "snapshot")):
        if descriptor.startswith(kind):
            return f"{word} of {_escaped(descriptor.removeprefix(kind))}"
    return _escaped(descriptor)


def _actions(calls: Iterable[Call]) -> str:
    return ", ".join(_escaped(call.type) for call in calls if call.type not in _INTERNAL)


def _escaped(text: str) -> str:
    """Write what has a meaning in Mermaid as entities."""
    return "".join(f"#{ord(character)};" if character in '"#;:{}<>[]' or ord(character) < ord(" ") else character for character in text)
