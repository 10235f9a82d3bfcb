"""An element that is in the document, as the host knows it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.ref import ActorRef
    from actorweb.page.element import Element
    from actorweb.page.frame import Node
    from actorweb.values.generics import Never
    from actorweb.values.json import Json
    from actorweb.values.snapshot import Snapshot

SNAPSHOT_SIZE = 64
"""A snapshot with at most so many values travels with each frame; a larger one only once somebody has read it."""


class Mounted:
    """An element that is in the document."""

    __slots__ = (
        "acknowledged",
        "actor",
        "cancels",
        "element",
        "failed",
        "key",
        "node",
        "number",
        "read",
        "reads_snapshot",
        "snapshot",
        "states",
        "supervisor",
        "values",
        "waiting",
    )

    def __init__(self, number: int, element: Element) -> None:
        self.number: int = number
        self.element: Element = element
        self.supervisor: ActorRef[Never] | None = None
        self.actor: ActorRef[object] | None = None
        self.values: dict[str, object] = {}  # the properties that the page has set: sent again after a restart
        self.waiting: list[Callable[[ActorRef[Never]], None]] | None = []  # what came before the actor had started
        self.cancels: list[Callable[[], None]] = []
        self.node: Node | None = None
        self.snapshot: Snapshot[object] | None = None
        self.reads_snapshot: bool = False
        self.states: tuple[str, ...] = ()  # the custom states that the page knows of
        self.read: dict[str, Json] = {}
        self.acknowledged: int = 0
        self.failed: str = ""
        self.key: str | None = None  # under which its actor's state is kept

    def hand_over(self, ref: ActorRef[Never]) -> None:
        """Give what came before the actor had started to it; or to the supervisor of one that never did: then it is a dead letter, and an ask ends."""
        waiting, self.waiting = self.waiting or [], None
        for send in waiting:
            send(ref)


def is_small(value: object) -> bool:
    """Tell whether a value has few parts, looking at no more of them than that."""
    left = SNAPSHOT_SIZE
    parts = [value]
    while parts:
        left -= 1
        if left < 0:
            return False
        part = parts.pop()
        if isinstance(part, str):
            left -= len(part) // 64
        elif isinstance(part, dict):
            if len(part) > left:
                return False
            parts.extend(part.values())
        elif isinstance(part, (tuple, list, frozenset)):
            if len(part) > left:
                return False
            parts.extend(part)
        elif dataclasses.is_dataclass(part):
            parts.extend(getattr(part, field.name) for field in dataclasses.fields(part))
    return True
