"""Drawing: the choices of which random cases are made, their states, targets and guards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

EVENTS = ["A", "B", "C", "e.x", "e.y.z"]
RAISED = ["R1", "R2"]
KEYS = ["a", "b", "c", "d", "s", "t", "10", "2", "x.y", "u"]
WAITS = ["0", "1", "5", "10", "10", "20", "1.5"]
ODD_WAITS = ["1e1", "-5", "007", "", " 5 ", "0x10", "Infinity", ".5", "5.", "1_000", "+3", "NaN"]
DELAYS: dict[str, Any] = {"SHORT": 3, "LONG": 30, "DYN": {"$expr": ["+", ["ctx", "n"], 4]}, "BAD": {"$expr": ["ctx", "nothing"]}}
PLACES = ["n", "m"]


class Node:
    """A state of the tree, before it has transitions."""

    def __init__(self, key: str, parent: Node | None, kind: str) -> None:
        self.key = key
        self.parent = parent
        self.kind = kind
        self.id: str | None = None
        self.children: list[Node] = []
        self.config: dict[str, Any] = {}

    def all(self) -> list[Node]:
        return [self, *(node for child in self.children for node in child.all())]

    def up(self) -> list[Node]:
        return [self, *(self.parent.up() if self.parent else [])]


def escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace(".", "\\.")


class Drawing:
    """Makes choices. Each case has its own taste, so that many are small and about few things."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.count = 0
        self.ids = 0
        self.here: Node
        self.events = self.random.sample(EVENTS, self.random.randint(2, 4))  # few, so that states have transitions for the same
        self.nodes: list[Node] = []
        self.taste = {
            name: self.chance(often)
            for name, often in {
                "guards": 0.7, "always": 0.4, "after": 0.4, "history": 0.5, "final": 0.5, "actors": 0.45, "errors": 0.2, "odd": 0.35, "raise": 0.5,
                "delays": 0.35, "emit": 0.2, "assign": 0.7, "choose": 0.3, "several": 0.3, "restore": 0.25, "labels": 0.3, "route": 0.1, "parallel": 0.6,
                "reenter": 0.5, "wild": 0.4, "deep": 0.4, "initial": 0.3,
            }.items()
        }  # fmt: skip
        self.focus = self.one(
            ["always", "after", "history", "final", "actors", "raise", "delays", "choose", "several", "reenter", "initial", "nothing", "nothing"]
        )
        self.due = self.random.randint(1, 2)  # the count at which most eventless transitions are due
        self.taste |= {self.focus: True, "final": self.taste["final"] or self.focus == "history", "parallel": self.taste["parallel"] or self.chance(0.5)}

    # --- choices ---

    def chance(self, often: float) -> bool:
        return self.random.random() < often

    def one(self, of: Sequence[T]) -> T:
        return self.random.choice(of)

    def likes(self, what: str, often: float) -> bool:
        return self.taste[what] and self.chance(max(often, 0.6) if what == self.focus else often)

    def name(self, stem: str = "act") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    # --- targets ---

    def path(self, base: Node, to: Node) -> str:
        keys = []
        node = to
        while node is not base and node.parent is not None:
            keys.append(escaped(node.key))
            node = node.parent
        return ".".join(reversed(keys))

    def target(self, to: Node | None = None) -> str:
        here = self.here
        if to is None:
            memories = [node for node in self.nodes if node.kind == "history"]
            to = self.one(memories if memories and self.chance(0.3) else [node for node in self.nodes if node.parent is not None or self.chance(0.1)])
        forms: list[str] = []
        for upper in to.up():
            if upper.id is not None or upper.parent is None:
                name = upper.id if upper.id is not None else upper.key
                rest = self.path(upper, to)
                forms.append(f"#{escaped(name)}" + (f".{rest}" if rest else ""))
                break
        if here in to.up()[1:] and ("." not in here.key or here.parent is None or self.chance(0.02) or not forms):
            forms += [f".{self.path(here, to)}"] * 2
        if here.parent is not None and here.parent in to.up()[1:]:
            forms += [self.path(here.parent, to)] * 2
        if self.chance(0.0003):
            forms = ["nobody"]
        return self.one(forms)

    # --- guards ---

    def guard(self, depth: int = 0) -> Any:
        kind = self.random.random()
        if self.likes("errors", 0.04):
            return self.one([{"type": "fail", "params": {"message": "guard"}}, "unknown"])
        if kind < 0.2 and depth < 2:
            what = self.one(["and", "or"])
            return {"type": what, "params": {"guards": [self.guard(depth + 1) for _ in range(self.random.randint(1, 3))]}}
        if kind < 0.3 and depth < 2:
            return {"type": "not", "params": {"guard": self.guard(depth + 1)}}
        if kind < 0.5:
            return {"type": "stateIn", "params": {"state": self.state_ref()}}
        if kind < 0.58:
            return self.one(["yes", "no"])
        if kind < 0.66:
            return {"type": "evEq", "params": {"field": self.one(["user.id", "output", "output.n", "snapshot.value"]), "value": self.random.randint(0, 2)}}
        if kind < 0.74:
            return {"type": "expr", "params": {"expr": self.one([["<", ["ctx", "n"], 2], ["and", ["ctx", "n"], True], ["==", ["event", "type"], "A"]])}}
        if kind < 0.78:
            return {"type": "truthy", "params": {"key": self.one(["n", "m", "l", "o", "x"])}}
        value = {"$expr": ["ctx", "m"]} if self.chance(0.1) else self.random.randint(0, 3)
        return {"type": self.one(["lt", "lte", "gt", "gte", "eq", "ne", "lt", "lt"]), "params": {"key": self.one([*PLACES, "n", "n"]), "value": value}}

    def state_ref(self) -> Any:
        node = self.one(self.nodes)
        if node.parent is None or self.chance(0.5):
            return (
                self.target(node)
                if node.parent is None
                else f"#{escaped(node.id)}"
                if node.id
                else f"#{escaped(self.nodes[0].key)}.{self.path(self.nodes[0], node)}"
            )
        keys = [one.key for one in reversed(node.up()[:-1])]
        if self.chance(0.5):
            return ".".join(escaped(key) for key in keys)
        value: Any = keys[-1]
        for key in reversed(keys[:-1]):
            value = {key: value}
        return value
