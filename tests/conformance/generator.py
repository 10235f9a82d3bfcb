"""Random cases in the vocabulary, without `expected`: the same seed and number give the same case."""

from __future__ import annotations

from typing import Any

from tests.conformance.actions import Actions
from tests.conformance.drawing import DELAYS, EVENTS, KEYS, ODD_WAITS, RAISED, WAITS, Node

ODD_DESCRIPTORS = [
    "e.",
    ".*",
    "e..*",
    "**",
    "*.*",
    "e.y.",
    "xstate.after.*",
    "xstate.init",
    "xstate.stop",
    "xstate.done.state.*",
    "xstate.snapshot.*",
    "e.y.z.*",
]
ODD_EVENTS = [
    "*",
    "e",
    "e.",
    ".x",
    "e..z",
    "",
    "xstate.init",
    "xstate.done.state.m.a",
    "xstate.done.actor.i0",
    "xstate.error.actor.i1",
    "xstate.after.10.m",
    "xstate.stop",
]
WILD = [*RAISED, "e.y", "*", "e.*", "e.y.*", "e.x.*", "e.*.z", "e.*.*", "xstate.done.*", "xstate.*", "xstate.error.actor.*"]


class Generator(Actions):
    """Makes one case."""

    # --- the case ---

    def case(self, name: str) -> dict[str, Any]:
        self.actors: dict[str, Any] = {}
        self.child_ids: list[str] = []
        if self.taste["actors"]:
            self._actors()
        machine = self.machine("", list(self.actors))
        case: dict[str, Any] = {"name": name, "source": "fuzz", "config": machine, "delays": DELAYS}
        if self.actors:
            case["actors"] = self.actors
        if self.chance(0.2):
            case["input"] = {"k": self.random.randint(0, 3)}
        case["steps"] = [self.step() for _ in range(self.random.randint(3, 12))]
        case["can"] = [*EVENTS, "R1"]
        return case

    def _actors(self) -> None:
        # Each may use only those made before it, so that none holds itself.
        for number in range(self.random.randint(1, 3)):
            name = f"kid{number}"
            kind = self.random.random()
            if kind < 0.45:
                spec: Any = self.machine(name, list(self.actors), size=4)
            elif kind < 0.7:
                spec = {"$promise": {"resolve": self.one([1, {"x": 2}, None, ["input", "k"], {"$expr": ["input", "k"]}])}}
                if self.chance(0.3):
                    spec = {"$promise": {"reject": "no"}}
                if self.chance(0.4):
                    spec["$promise"]["delay"] = self.one([0, 5, 10])
            elif kind < 0.9:
                spec = {"$callback": {"cleanup": "cleanup"}}
                if self.chance(0.5):
                    spec["$callback"]["start"] = [self.event() for _ in range(self.random.randint(1, 2))]
                if self.chance(0.6):
                    spec["$callback"]["on"] = {self.one(self.events): [self.event()], "PING": [self.event()]}
                if self.likes("errors", 0.2):
                    spec["$callback"]["throw"] = "thrown"
            else:
                spec = {"$transition": {"initial": {"n": 0}, "add": {"A": 1, "PING": 2}}}
            self.actors[name] = spec

    def step(self) -> dict[str, Any]:
        if self.chance(0.25 if self.taste["after"] or self.taste["delays"] or self.taste["actors"] else 0.05):
            return {"$advance": self.one([0, 1, 5, 10, 10, 50])}
        if self.likes("restore", 0.2):
            return {"$restore": True}
        if self.chance(0.01):
            return {"$stop": True}
        if self.likes("route", 0.3):
            return {"type": "xstate.route", "to": f"#id{self.random.randint(0, 3)}"}
        if self.likes("odd", 0.1):
            return {"type": self.one(ODD_EVENTS)}
        return {**self.event(), **({"user": {"id": self.random.randint(0, 2)}} if self.chance(0.3) else {})}

    # --- machines ---

    def machine(self, name: str, actors: list[str], size: int | None = None) -> dict[str, Any]:
        outer, self.child_ids, self.known_actors, self.is_child = self.child_ids, [], actors, bool(name)
        self.left = size or self.random.randint(2, 14)
        root = Node(self.one(["m", "m", "(machine)", "m.1"]) if not name else name, None, self.one(["compound"] * 3 + ["parallel"]))
        if not self.taste["parallel"]:
            root.kind = "compound"
        self.ids = 100 if name else 0
        self._grow(root, 0)
        nodes = root.all()
        for node in nodes:
            if node is not root and self.chance(0.25):
                node.id = f"id.{self.ids}" if self.likes("odd", 0.2) and not self.taste["route"] else f"id{self.ids}"
                self.ids += 1
        for node in nodes:
            self._fill(node, nodes)
        config: dict[str, Any] = {} if root.key == "(machine)" else {"id": root.key}
        if self.chance(0.9):
            config["context"] = {"n": self.random.randint(0, 3), "m": 0, "l": [], "o": None}
            if self.chance(0.15):
                config["context"]["m"] = {"$expr": ["input", "k"]}
        config["options"] = {"maxIterations": 20 if self.chance(0.95) else 3}
        if self.likes("final", 0.5):
            config["output"] = self.one([{"$expr": ["event", "output"]}, {"n": {"$expr": ["ctx", "n"]}}, 7, None, False])
        self.child_ids = outer
        return {**config, **root.config}

    def _grow(self, node: Node, depth: int) -> None:
        keys = self.random.sample(KEYS if self.taste["odd"] else KEYS[:6], self.random.randint(2, 4) if node.kind == "compound" else self.random.randint(1, 3))
        for key in keys:
            if self.left <= 0 and node.children:
                break
            self.left -= 1
            deep = self.left > 0 and depth < (3 if self.taste["deep"] else 1) and self.chance(0.5)
            kind = self.one(["compound", "compound", "parallel" if self.taste["parallel"] else "compound"]) if deep else "atomic"
            if kind == "atomic" and node.kind == "compound" and node.children and self.likes("final", 0.4):
                kind = "final"
            child = Node(key, node, kind)
            node.children.append(child)
            if deep:
                self._grow(child, depth + 1)
        if self.likes("history", 0.5) and node.children:
            node.children.insert(self.random.randint(1, len(node.children)), Node(self.one(["h", "h", "5"]), node, "history"))

    def _fill(self, node: Node, nodes: list[Node]) -> None:
        config = node.config
        self.here = node
        self.nodes = nodes
        if node.id is not None:
            config["id"] = node.id
        if node.kind == "history":
            self._history(node)
            return
        if node.kind in {"parallel", "final"}:
            config["type"] = node.kind
        if node.parent is None or self.chance(0.7):
            tag = ".".join(one.key for one in reversed(node.up()[:-1])) or "root"
            config["entry"] = [f"+{tag}", *self.actions(0.4, entering=True)]
            config["exit"] = [f"-{tag}", *self.actions(0.2)] if self.chance(0.9) else f"-{tag}"
        if self.likes("labels", 0.5):
            config["tags"] = self.one(["x", ["x", "y"], [], ["z"]])
        if self.likes("labels", 0.3):
            config["meta"] = self.one([{"k": node.key}, None, 3, "text"])
        if self.taste["actors"] and self.known_actors and node.kind != "final" and self.chance(0.3):
            self._invoke(node)
        on: dict[str, Any] = {}
        for _ in range(self.random.randint(0 if node.children else 1, 3 if node.kind != "final" else 1)):
            descriptor = self.descriptor()
            self.calm = descriptor in RAISED or "*" in descriptor
            on[descriptor] = self.transitions()
        self.calm = False
        if on:
            config["on"] = on
        if self.likes("always", 0.25):
            config["always"] = self.transitions(always=True)
        if self.likes("after", 0.35):
            config["after"] = {self.wait(): self.transitions() for _ in range(self.random.randint(1, 2))}
        if node.kind in {"compound", "parallel"} and self.likes("final", 0.5):
            config["onDone"] = self.transitions()
        if node.kind == "final" and self.chance(0.4):
            config["output"] = self.one([{"n": {"$expr": ["ctx", "n"]}}, 5, None, {"$expr": ["event", "user.id"]}])
        if self.likes("odd", 0.3):
            self._oddly(config)
        if self.likes("route", 0.6) and node.parent is not None:
            config["route"] = {} if self.chance(0.6) else {"guard": self.guard(), "actions": self.actions(0.6)}
        if node.children:
            self._initial(node)
            config["states"] = {child.key: child.config for child in node.children}
        elif self.likes("odd", 0.05):
            config["states"] = {}

    def _oddly(self, config: dict[str, Any]) -> None:
        """Write something that means nothing, or what is there in a rarer form."""
        what = self.one(["output", "onDone", "empty", "alone", "described", "after", "tags", "initial"])
        if what == "output" and config.get("type") != "final":
            config["output"] = 3
        elif what == "onDone":
            config["onDone"] = self.transitions()
        elif what == "empty":
            config[self.one(["on", "after"])] = {}
            config[self.one(["always", "invoke", "entry", "exit", "onDone"])] = []
        elif what == "alone":
            config["entry"] = self.action(entering=True)
        elif what == "described":
            config |= {"description": "text", "meta": {"of": "state"}}
            config["on"] = {**config.get("on", {}), self.one(self.events): {"target": self.target(), "description": "text", "meta": {"of": "transition"}}}
        elif what == "after":
            config["after"] = {"10": [self.target(), {"actions": self.name()}], "20": self.target()}
        elif what == "tags":
            config["tags"] = []
        elif "type" not in config:
            config["initial"] = {"target": config["initial"]} if isinstance(config.get("initial"), str) else config.get("initial", "")

    def _initial(self, node: Node) -> None:
        real = [child for child in node.children if child.kind != "history" or self.likes("odd", 0.2)]
        if node.kind == "compound":
            lasting = [child for child in real if child.kind != "final"]
            first = self.one(lasting if lasting and self.chance(0.9) else real).key
            node.config["initial"] = {"target": first, "actions": [self.name("init"), *self.actions(0.3)]} if self.likes("initial", 0.6) else first

    def _history(self, node: Node) -> None:
        config = node.config
        kind = self.one(["shallow", "deep", "deep", True, None])
        if kind is not None:
            config["history"] = kind
        if kind is None or self.chance(0.7):
            config["type"] = "history"
        assert node.parent is not None
        below = [one for one in node.parent.all()[1:] if one.kind != "history" or self.likes("odd", 0.1)]
        if self.chance(0.4):
            target = self.path(node.parent, self.one(below))
            config["target"] = [target] if self.chance(0.2) else target

    def _invoke(self, node: Node) -> None:
        made = []
        for _ in range(1 if self.chance(0.8) else 2):
            spec: dict[str, Any] = {"src": self.one(self.known_actors) if self.chance(0.97) else "nobody"}
            if spec["src"] == "nobody":
                spec["id"] = "nobody"  # not that of another: docs/xstate-differences.md
            elif self.chance(0.7):
                spec["id"] = f"i{len(self.child_ids)}" if not self.likes("odd", 0.3) else "i0"
                self.child_ids.append(spec["id"])
            if self.chance(0.4):
                spec["input"] = self.one([{"k": 1}, {"k": {"$expr": ["ctx", "n"]}}])
            for key, often in (("onDone", 0.7), ("onError", 0.6), ("onSnapshot", 0.2)):
                if self.chance(often):
                    spec[key] = self.transitions()
            made.append(spec)
            for key in ("entry", "exit"):
                if "id" in spec and key in node.config and self.chance(0.3):
                    send = {"type": "sendTo", "params": {"to": spec["id"], "event": self.event()}}
                    node.config[key] = [*([node.config[key]] if isinstance(node.config[key], str) else node.config[key]), send]
        node.config["invoke"] = made[0] if len(made) == 1 and self.chance(0.7) else made

    def descriptor(self) -> str:
        if self.likes("odd", 0.15):
            return self.one(ODD_DESCRIPTORS)
        if self.chance(0.75):
            return self.one(self.events)
        return self.one(WILD if self.taste["wild"] else RAISED)

    def wait(self) -> str:
        if self.likes("odd", 0.3):
            return self.one(ODD_WAITS)
        return self.one([*WAITS, *DELAYS, "MISSING"] if self.chance(0.5) else WAITS)

    # --- transitions ---

    def targets(self) -> Any:
        if self.likes("several", 0.3):
            parallels = [node for node in self.nodes if node.kind == "parallel" and len(node.children) > 1]
            if parallels and self.chance(0.95):
                regions = [child for child in self.one(parallels).children if child.kind != "history"]
                return [self.target(self.one(region.all())) for region in self.random.sample(regions, min(2, len(regions)))]
            if self.chance(0.2):
                return [self.target(), self.target()]
        target = self.target()
        return [target] if self.chance(0.1) else target

    def transitions(self, *, always: bool = False) -> Any:
        kind = self.random.random()
        if not always:
            if kind < 0.05:
                return self.one([{}, {"$undefined": True}, [], [{}]])
            if kind < 0.25:
                target = self.targets()
                return target if isinstance(target, str) else {"target": target}
        if kind < 0.75:
            return self.transition(always=always)
        return [self.transition(always=always) for _ in range(self.random.randint(1, 3))]

    def transition(self, *, always: bool = False) -> Any:
        if not always and self.chance(0.1):
            return self.target()
        made: dict[str, Any] = {}
        if self.chance(0.8):
            made["target"] = self.targets() if self.chance(0.98) else ""
        if self.chance(0.97 if always else 0.3 if self.taste["guards"] else 0):
            made["guard"] = self.guard()
        if self.chance(0.5):
            actions = self.actions(1)
            made["actions"] = actions[0] if len(actions) == 1 and self.chance(0.5) else actions
        if always and self.chance(0.7):
            # Most of them end: each time the guard has less to pass.
            # With `eq` several are due at once.
            made["guard"] = {"type": self.one(["lt", "eq", "eq"]), "params": {"key": "n", "value": self.due if self.chance(0.8) else self.random.randint(1, 3)}}
            made["actions"] = [{"type": "inc", "params": {"key": "n"}}, *self.actions(0.3)]
        if self.likes("reenter", 0.35):
            made["reenter"] = self.chance(0.9)
        return made


def generate(seed: int, number: int) -> dict[str, Any]:
    """Give the case of that seed and number."""
    return Generator(f"{seed}/{number}").case(f"fuzz/{seed}/{number}")
