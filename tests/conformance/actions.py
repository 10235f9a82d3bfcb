"""The actions of random cases."""

from __future__ import annotations

from typing import Any

from tests.conformance.drawing import EVENTS, PLACES, RAISED, Drawing


class Actions(Drawing):
    """Makes actions."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.known_actors: list[str] = []
        self.child_ids: list[str] = []
        self.is_child = False
        self.calm = False  # makes a transition that should raise little, lest it goes on for ever

    def event(self) -> dict[str, Any]:
        return {"type": self.one(self.events if self.chance(0.95) else EVENTS)}

    def actions(self, often: float, *, entering: bool = False) -> list[Any]:
        made: list[Any] = []
        while self.chance(often) and len(made) < 4:
            made.append(self.action(entering=entering))
            often *= 0.6
        return made

    def action(self, depth: int = 0, *, entering: bool = False) -> Any:
        if self.likes("errors", 0.05):
            return {"type": "throw", "params": {"message": "boom"}}
        makers: list[Any] = [self._named, self._named, self._log]
        makers += [self._assign] * 3 if self.taste["assign"] else []
        makers += [self._raise] * 2 if self.taste["raise"] and self.chance(0.4 if entering else 0.1 if self.calm else 1) else []
        makers += [self._delayed] * 2 if self.taste["delays"] else []
        makers += [self._emit] if self.taste["emit"] else []
        makers += [self._actor] * 2 if self.taste["actors"] else []
        makers += [self._actor] * 2 if self.is_child else []
        if self.taste["choose"] and depth < 2:
            makers += [lambda: self._choose(depth)]
        return self.one(makers)()

    def _named(self) -> Any:
        name = self.name()
        kind = self.random.random()
        if kind < 0.6:
            return name
        return (
            {"type": name}
            if kind < 0.7
            else {"type": name, "params": self.one([{"k": 1}, {"k": {"$expr": ["ctx", "n"]}}, {"e": {"$expr": ["event", "type"]}}])}
        )

    def _log(self) -> Any:
        return {"type": "log", "params": {"msg": self.name("log"), "keys": ["n", "m"], "event": True}}

    def _assign(self) -> Any:
        key = self.one(PLACES)
        return self.one(
            [
                {"type": "inc", "params": {"key": key}},
                {"type": "inc", "params": {"key": "n", "by": self.one([1, 2, -1])}},
                {"type": "set", "params": {"key": key, "value": self.random.randint(0, 2)}},
                {"type": "setMany", "params": {"n": 1, "m": {"$expr": ["ctx", "n"]}}},
                {"type": "copy", "params": {"from": "n", "to": "m"}},
                {"type": "push", "params": {"key": "l", "value": {"$expr": ["event", "type"]}}},
                {
                    "type": "setFromEvent",
                    "params": {"key": "o", "field": self.one(["user.id", "output", "error", "type", "snapshot.value", "snapshot.context.n"])},
                },
                {"type": "calc", "params": {"key": "n", "expr": self.one([["+", ["ctx", "n"], 1], ["-", 2, ["ctx", "n"]], ["lit", 2]])}},
            ]
        )

    def _raise(self) -> Any:
        event: Any = {"type": self.one(RAISED if self.chance(0.8) else self.events)}
        if self.chance(0.1):
            event["user"] = {"id": {"$expr": ["ctx", "n"]}}
        return {"type": "raise", "params": {"event": event}}

    def _delayed(self) -> Any:
        kind = self.random.random()
        if kind < 0.2:
            return {"type": "cancel", "params": {"id": self.one(["t1", "t2"])}}
        params: Any = {"event": self.event(), "delay": self.one([0, 1, 5, 10, "SHORT", "DYN", "MISSING", "BAD", {"$expr": ["ctx", "n"]}])}
        if self.chance(0.6):
            params["id"] = self.one(["t1", "t2"])
        if kind < 0.6:
            return {"type": "raise", "params": params}
        return {"type": "sendTo", "params": {"to": "$self", **params}}

    def _emit(self) -> Any:
        return {"type": "emit", "params": {"event": {"type": "note", "n": {"$expr": ["ctx", "n"]}}}}

    def _actor(self) -> Any:
        if self.is_child and self.chance(0.6):
            how = self.one([{"type": "sendParent"}, {"type": "sendTo"}])
            params: Any = {"event": {"type": self.one(self.events)}}
            if self.chance(0.2):
                params["delay"] = self.one([0, 5])
            return {**how, "params": {**params, **({"to": "$parent"} if how["type"] == "sendTo" else {})}}
        kind = self.random.random()
        if kind < 0.3 and self.known_actors:
            return {
                "type": "spawnChild",
                "params": {"src": self.one(self.known_actors), "id": self.one(["k1", "k2"]), **({"input": {"k": 2}} if self.chance(0.4) else {})},
            }
        if kind < 0.45:
            return {"type": "stopChild", "params": {"id": self.one(["k1", "k2", *self.child_ids])}}
        mine = self._ids_here()
        to = self.one(mine) if mine and self.chance(0.85) else "$self"
        if self.likes("errors", 0.2):
            to = self.one(["nobody", "k1", *self.child_ids])
        params = {"to": to, "event": self.one([{"type": "PING"}, {"type": self.one(self.events)}])}
        if self.chance(0.15):
            params["delay"] = self.one([0, 5, "DYN"])
        return {"type": "sendTo", "params": params}

    def _ids_here(self) -> list[str]:
        found: list[str] = []
        for node in self.here.up():
            invoke = node.config.get("invoke", [])
            found += [one["id"] for one in (invoke if isinstance(invoke, list) else [invoke]) if "id" in one]
        return found

    def _choose(self, depth: int) -> Any:
        branches: list[Any] = []
        for _ in range(self.random.randint(1, 2)):
            branch: dict[str, Any] = {"actions": [self.action(depth + 1) for _ in range(self.random.randint(0, 2))]}
            if self.chance(0.7):
                branch["guard"] = self.guard()
            branches.append(branch)
        return {"type": "choose", "params": {"branches": branches}}
