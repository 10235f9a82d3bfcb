"""Choices: which transitions an event takes in a configuration."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from actorweb.errors.machine import GuardFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.machine.configuration import Configuration
    from actorweb.machine.effects import Scope
    from actorweb.machine.moves import Move
    from actorweb.machine.node import Node, Transition


class Alternative:
    """One of the sets of transitions that an event may take: this one, if `test(scope, given)` passes. `move` is what it does, once that is known."""

    __slots__ = ("given", "move", "test", "transitions")

    def __init__(self, transitions: tuple[Transition, ...], configuration: Configuration) -> None:
        self.transitions: tuple[Transition, ...] = transitions
        guard = transitions[0].guard if len(transitions) == 1 else None
        self.test: Callable[[Scope, object], object] | None = None if guard is None else guard.test
        self.given: object = None if guard is None else guard.given(configuration)
        self.move: Move | None = None


class Choice:
    """What an event of one type can take in one configuration, as far as it is known before the event comes.

    `rows` are the active states that have candidates, children before parents, in the order of the value. `alternatives` are
    to be tried in order, and the last has no guard; there are none where several regions ask guards of their own, and for
    the events that mean more than their transitions do (`xstate.stop`, and errors of children). An empty one takes nothing.
    """

    __slots__ = ("alternatives", "is_empty", "rows")

    def __init__(self, event_type: str, configuration: Configuration) -> None:
        self.rows: tuple[tuple[Node, tuple[Transition, ...]], ...] = tuple(
            (node, found) for node in configuration.post if (found := node.candidates(event_type))
        )
        self.alternatives: tuple[Alternative, ...] = ()
        self.is_empty: bool = False
        if event_type == "xstate.init":
            # XState takes its own first event for the start that has been, whoever sends it.
            self.alternatives = (Alternative((), configuration),)
            return
        if event_type == "xstate.stop" or event_type.startswith("xstate.error.actor"):
            return
        chosen: list[Transition] = []
        for node, candidates in self.rows:
            if chosen and chosen[-1].source.is_below(node):
                continue
            if candidates[0].guard is not None:
                break
            chosen.append(candidates[0])
        else:
            self.alternatives = (Alternative(tuple(chosen), configuration),)
            self.is_empty = not self.rows
            return
        if all(lower.is_below(upper) for (lower, _), (upper, _) in pairwise(self.rows)):
            candidates = tuple(transition for _, found in self.rows for transition in found)
            end = next((place for place, transition in enumerate(candidates) if transition.guard is None), None)
            tried = [(transition,) for transition in candidates[: None if end is None else end + 1]]
            self.alternatives = tuple(Alternative(transitions, configuration) for transitions in (tried if end is not None else [*tried, ()]))


def select(configuration: Configuration, scope: Scope) -> tuple[Transition, ...]:
    """Give the transitions that an event takes: in each region the innermost state that has one. Raises GuardFailed."""
    event_type = str(scope.event["type"])
    chosen: list[Transition] = []
    for node, candidates in configuration.choice(event_type).rows:
        # In post-order what was chosen below a state comes just before it.
        if chosen and chosen[-1].source.is_below(node):
            continue
        for transition in candidates:
            if transition.guard is None or _passes(transition, scope, configuration, event_type):
                chosen.append(transition)
                break
    return tuple(chosen)


def _passes(transition: Transition, scope: Scope, configuration: Configuration, event_type: str) -> bool:
    guard = transition.guard
    try:
        return guard is None or guard.passes(scope, configuration)
    except Exception as error:
        raise guard_failed(transition, event_type, error) from error


def guard_failed(transition: Transition, event_type: object, error: Exception) -> GuardFailed:
    """Give the error that says which guard raised; its cause is what that raised."""
    failure = GuardFailed(
        f"the guard {transition.guard_name!r} of {event_type!r} in {transition.source.id!r} raised {error!r}",
        "a guard that returns a bool",
        "see the cause above",
    )
    failure.__cause__ = error
    return failure
