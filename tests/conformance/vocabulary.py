"""The vocabulary of the recorded cases (`xstate/VOCABULARY.md`) as configs, actions, guards and actors of this library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from actorweb.machine import (
    Machine,
    and_,
    assign,
    cancel,
    emit,
    enqueue_actions,
    machine,
    not_,
    or_,
    raise_,
    send_parent,
    send_to,
    spawn_child,
    state_in,
    stop_child,
)
from actorweb.values.json import UNSET
from tests.conformance.interpreter import Actor, Event, Plain, World

if TYPE_CHECKING:
    from actorweb.machine import Scope


class UserError(Exception):
    """An error that a case asks for."""


def plain(value: Any) -> Any:
    """Give what a path of a case may find: an error is its message, which for the library's own is only that; an absent value is null."""
    if isinstance(value, BaseException):
        while value.__cause__ is not None:
            value = value.__cause__
        return str(value) if isinstance(value, UserError) else "(library)"
    return None if value is UNSET else value


def at(value: Any, path: str) -> Any:
    for key in path.split(".") if path else []:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = getattr(value, key, None)
    return plain(value)


def number(value: Any) -> Any:
    return 0 if value is None else value


def truth(value: Any) -> bool:
    """Tell whether JavaScript takes a value for true: an empty list or object is."""
    return isinstance(value, (dict, list)) or bool(value)


def same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: (
        a + b if isinstance(a, str) and isinstance(b, str) else (f"{a}{b}" if isinstance(a, str) or isinstance(b, str) else number(a) + number(b))
    ),
    "-": lambda a, b: number(a) - number(b),
    "*": lambda a, b: number(a) * number(b),
    "pow": lambda a, b: number(a) ** number(b),
    "==": same,
    "!=": lambda a, b: not same(a, b),
    "<": lambda a, b: number(a) < number(b),
    "<=": lambda a, b: number(a) <= number(b),
    ">": lambda a, b: number(a) > number(b),
    ">=": lambda a, b: number(a) >= number(b),
}


def evaluate(expression: Any, context: Any, event: Any, given: Any = None) -> Any:
    if not isinstance(expression, list):
        return expression
    name, *rest = expression
    if name == "lit":
        return rest[0]
    if name in {"ctx", "event", "input"}:
        return at({"ctx": context, "event": event, "input": given}[name], rest[0])
    values = (evaluate(part, context, event, given) for part in rest)
    if name == "and":
        return all(truth(value) for value in values)
    if name == "or":
        return any(truth(value) for value in values)
    if name == "not":
        return not truth(next(values))
    return OPERATORS[name](next(values), next(values))


def has_expression(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "$expr" in value or any(has_expression(part) for part in value.values())
    return isinstance(value, list) and any(has_expression(part) for part in value)


def filled(value: Any, context: Any, event: Any, given: Any = None) -> Any:
    if isinstance(value, Mapping):
        if "$expr" in value:
            return evaluate(value["$expr"], context, event, given)
        return {key: filled(part, context, event, given) for key, part in value.items()}
    return [filled(part, context, event, given) for part in value] if isinstance(value, list) else value


def late(value: Any) -> Any:
    """Make a function of a value with an expression in it."""
    if has_expression(value):
        return lambda scope, _=None: filled(value, scope.context, scope.event, scope.input)
    return value


def is_undefined(value: Any) -> bool:
    """Tell whether a case has JavaScript's `undefined` there."""
    return isinstance(value, Mapping) and bool(value.get("$undefined"))


class Vocabulary:
    """One case's: its actions trace into its world."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.case = case
        self.world = World(self.make)
        self._made: dict[str, Any] = {}
        self.delays = {name: late(value) for name, value in case.get("delays", {}).items()}

    def make(self, src: str) -> Any:
        if src not in self._made:
            self._made[src] = self.actor(self.case["actors"][src])
        return self._made[src]

    def actor(self, spec: Any) -> Any:
        for key, logic in (("$promise", Promise), ("$callback", Callback), ("$transition", Adder)):
            if key in spec:
                return logic(spec[key], self)
        return self.machine(spec)

    def machine(self, config: Mapping[str, Any]) -> Machine:
        ready = self.state(config)
        if "context" in config and has_expression(config["context"]):
            ready["context"] = late(config["context"])
        return machine(ready, actions=Tracing(self), actors=self.case.get("actors", {}), delays=self.delays, missing="xstate")

    # --- configs ---

    def state(self, config: Any) -> Any:
        if not isinstance(config, Mapping):
            return config
        ready = dict(config)
        for key in ("entry", "exit"):
            if key in ready:
                ready[key] = self.actions(ready[key])
        self._change(ready, ("always", "onDone"))
        if isinstance(ready.get("on"), Mapping):
            ready["on"] = {name: self.transitions(value) for name, value in ready["on"].items()}
        if isinstance(ready.get("after"), Mapping):
            ready["after"] = {name: [] if is_undefined(value) else self.transitions(value) for name, value in ready["after"].items()}
        if "route" in ready:
            ready["route"] = self.transition(ready["route"])
        if isinstance(ready.get("initial"), Mapping) and "actions" in ready["initial"]:
            ready["initial"] = {**ready["initial"], "actions": self.actions(ready["initial"]["actions"])}
        if "output" in ready:
            ready["output"] = late(ready["output"])
        if "invoke" in ready:
            invokes = ready["invoke"]
            ready["invoke"] = [self.invoke(one) for one in invokes] if isinstance(invokes, list) else self.invoke(invokes)
        if isinstance(ready.get("states"), Mapping):
            ready["states"] = {name: self.state(value) for name, value in ready["states"].items()}
        return ready

    def invoke(self, config: Any) -> Any:
        if not isinstance(config, Mapping):
            return config
        ready = dict(config)
        self._change(ready, ("onDone", "onError", "onSnapshot"))
        if "input" in ready:
            ready["input"] = late(ready["input"])
        return ready

    def _change(self, config: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in keys:
            if is_undefined(config.get(key)):
                del config[key]
            elif key in config:
                config[key] = self.transitions(config[key])

    def transitions(self, given: Any) -> Any:
        return [self.transition(one) for one in given] if isinstance(given, list) else self.transition(given)

    def transition(self, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        if is_undefined(given):
            return {}
        ready = dict(given)
        if "actions" in ready:
            ready["actions"] = self.actions(ready["actions"])
        if "guard" in ready:
            ready["guard"] = self.guard(ready["guard"])
        return ready

    def actions(self, given: Any) -> Any:
        return [self.action(one) for one in given] if isinstance(given, list) else self.action(given)

    # --- actions ---

    def tag(self, scope: Scope, name: str) -> str:
        return f"{scope.self.id}/{name}" if scope.self.has_parent else name

    def action(self, spec: Any) -> Any:
        if not isinstance(spec, Mapping) or not isinstance(spec.get("type"), str):
            return spec
        name, params = spec["type"], spec.get("params")
        made = getattr(self, f"do_{name}", None)
        if made is not None:
            return made(params or {})
        return {**spec, "params": late(params)} if params is not None else {"type": name}

    def do_log(self, params: Any) -> Any:
        def run(scope: Scope, _: object) -> None:
            known = filled(params, scope.context, scope.event)
            entry: dict[str, object] = {}
            if "msg" in known:
                entry["msg"] = known["msg"]
            if known.get("keys"):
                entry["ctx"] = {key: scope.context.get(key) for key in known["keys"]}
            if known.get("event"):
                entry["event"] = scope.event["type"]
            self.world.trace.append([self.tag(scope, "log"), entry])

        return run

    def do_throw(self, params: Any) -> Any:
        def run(scope: Scope, _: object) -> None:
            raise UserError(filled(params, scope.context, scope.event)["message"])

        return run

    def _assign(self, params: Any, change: Callable[[Any, Mapping[str, Any], Any], Mapping[str, Any]]) -> Any:
        return assign(lambda scope, _: change(filled(params, scope.context, scope.event), scope.context, scope.event))

    def do_inc(self, params: Any) -> Any:
        return self._assign(params, lambda p, c, _: {p["key"]: number(c.get(p["key"])) + p.get("by", 1)})

    def do_set(self, params: Any) -> Any:
        return self._assign(params, lambda p, _, __: {p["key"]: p.get("value")})

    def do_setMany(self, params: Any) -> Any:  # noqa: N802 - the vocabulary's name
        return self._assign(params, lambda p, _, __: p)

    def do_copy(self, params: Any) -> Any:
        return self._assign(params, lambda p, c, _: {p["to"]: c.get(p["from"])})

    def do_push(self, params: Any) -> Any:
        return self._assign(params, lambda p, c, _: {p["key"]: [*(c.get(p["key"]) or []), p["value"]]})

    def do_setFromEvent(self, params: Any) -> Any:  # noqa: N802
        return self._assign(params, lambda p, _, e: {p["key"]: at(e, p["field"])})

    def do_calc(self, params: Any) -> Any:
        return assign(lambda scope, _: {params["key"]: evaluate(params["expr"], scope.context, scope.event)})

    def do_raise(self, params: Any) -> Any:
        return raise_(late(params["event"]), delay=late(params.get("delay")), id=params.get("id"))

    def do_sendTo(self, params: Any) -> Any:  # noqa: N802
        to = (lambda scope, _: scope.self) if params["to"] == "$self" else "#_parent" if params["to"] == "$parent" else params["to"]
        return send_to(to, late(params["event"]), delay=late(params.get("delay")), id=params.get("id"))

    def do_sendParent(self, params: Any) -> Any:  # noqa: N802
        return send_parent(late(params["event"]), delay=late(params.get("delay")), id=params.get("id"))

    def do_cancel(self, params: Any) -> Any:
        return cancel(params["id"])

    def do_stopChild(self, params: Any) -> Any:  # noqa: N802
        return stop_child(params["id"])

    def do_spawnChild(self, params: Any) -> Any:  # noqa: N802
        return spawn_child(params["src"], id=params.get("id"), input=late(params.get("input")))

    def do_emit(self, params: Any) -> Any:
        return emit(late(params["event"]))

    def do_choose(self, params: Any) -> Any:
        branches = [(self.guard(one["guard"]) if "guard" in one else None, self.actions(one.get("actions", []))) for one in params["branches"]]

        def collect(scope: Any, _: object) -> None:
            for guard, actions in branches:
                if guard is None or scope.check(guard):
                    for action in actions if isinstance(actions, list) else [actions]:
                        scope.enqueue(action)
                    return

        return enqueue_actions(collect)

    # --- guards ---

    def guard(self, spec: Any) -> Any:
        name = spec.get("type") if isinstance(spec, Mapping) else spec
        params = (spec.get("params") or {}) if isinstance(spec, Mapping) else {}
        if name in {"and", "or"}:
            return {"and": and_, "or": or_}[name](*(self.guard(one) for one in params["guards"]))
        if name == "not":
            return not_(self.guard(params["guard"]))
        if name == "stateIn":
            return state_in(params["state"])
        test = TESTS.get(name)
        if test is None:
            return spec

        def run(scope: Scope, _: object) -> bool:
            known = params if name == "expr" else filled(params, scope.context, scope.event)
            return truth(test(known, scope.context, scope.event))

        return run


def _fail(params: Any) -> bool:
    raise UserError(params["message"])


def _compare(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Any], bool]:
    return lambda p, c, _: p["key"] in c and compare(number(c[p["key"]]), number(p["value"]))


TESTS: dict[Any, Callable[[Any, Any, Any], Any]] = {
    "gt": _compare(lambda a, b: a > b),
    "gte": _compare(lambda a, b: a >= b),
    "lt": _compare(lambda a, b: a < b),
    "lte": _compare(lambda a, b: a <= b),
    "eq": lambda p, c, _: same(c.get(p["key"]), p["value"]),
    "ne": lambda p, c, _: not same(c.get(p["key"]), p["value"]),
    "truthy": lambda p, c, _: truth(c.get(p["key"])),
    "evEq": lambda p, _, e: same(at(e, p["field"]), p["value"]),
    "expr": lambda p, c, e: evaluate(p["expr"], c, e),
    "yes": lambda *_: True,
    "no": lambda *_: False,
    "fail": lambda p, *_: _fail(p),
}


class Tracing(dict[str, Any]):
    """The actions of a case: every name that is not of the vocabulary traces itself."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def get(self, name: str, default: object = None) -> Any:  # noqa: ARG002 - the form of a mapping
        special = getattr(self._vocabulary, f"do_{name}", None)
        if special is not None:
            return special({})

        def run(scope: Scope, params: object) -> None:
            tag = self._vocabulary.tag(scope, name)
            self._vocabulary.world.trace.append(tag if params is None else [tag, params])

        return run


class Promise:
    """`fromPromise`."""

    def __init__(self, spec: Any, vocabulary: Vocabulary) -> None:
        self.spec = spec
        self.world = vocabulary.world

    def initial(self, given: object) -> Plain:
        return Plain(given=given)

    def start(self, actor: Actor) -> None:
        if actor.snapshot.status != "active":
            return
        assert isinstance(actor.snapshot, Plain)
        given = actor.snapshot.given

        def settle() -> None:
            if actor.snapshot.status == "active":
                rejected = "reject" in self.spec
                data = UserError(self.spec["reject"]) if rejected else filled(resolved(self.spec.get("resolve"), given), None, None, given)
                actor.send({"type": "reject" if rejected else "resolve", "data": data})

        if self.spec.get("delay") is None:
            self.world.resolved.append(settle)
        else:
            self.world.set_timer(self.spec["delay"], lambda: self.world.resolved.append(settle))

    def take(self, actor: Actor, event: Event) -> Plain:
        now = actor.snapshot
        assert isinstance(now, Plain)
        if now.status != "active":
            return now
        if event["type"] == "resolve":
            return Plain("done", output=event["data"])
        if event["type"] == "reject":
            return Plain("error", error=event["data"])
        return Plain("stopped") if event["type"] == "xstate.stop" else now


def resolved(value: Any, given: Any) -> Any:
    return at(given, value[1]) if isinstance(value, list) and len(value) == 2 and value[0] == "input" else value  # noqa: PLR2004 - a pair


class Callback:
    """`fromCallback`."""

    def __init__(self, spec: Any, vocabulary: Vocabulary) -> None:
        self.spec = spec
        self.world = vocabulary.world

    def initial(self, given: object) -> Plain:
        return Plain(given=given)

    def start(self, actor: Actor) -> None:
        if "throw" in self.spec:
            raise UserError(self.spec["throw"])
        self._back(actor, self.spec.get("start", []))

    def _back(self, actor: Actor, events: Any) -> None:
        for event in events:
            if actor.snapshot.status != "stopped" and actor.parent is not None:
                assert isinstance(actor.snapshot, Plain)
                actor.parent.send(filled(event, None, None, actor.snapshot.given))

    def take(self, actor: Actor, event: Event) -> Plain:
        assert isinstance(actor.snapshot, Plain)
        if event["type"] == "xstate.stop":
            if "cleanup" in self.spec:
                self.world.trace.append(f"{actor.child.id}/{self.spec['cleanup']}")
            return Plain("stopped")
        self._back(actor, self.spec.get("on", {}).get(event["type"], []))
        return actor.snapshot


class Adder:
    """`fromTransition`."""

    def __init__(self, spec: Any, _: Vocabulary) -> None:
        self.spec = spec

    def initial(self, given: object) -> Plain:
        return Plain(context=dict(self.spec["initial"]), given=given)

    def start(self, actor: Actor) -> None:
        """Nothing to begin."""

    def take(self, actor: Actor, event: Event) -> Plain:
        assert isinstance(actor.snapshot, Plain)
        context: Any = actor.snapshot.context
        by = self.spec.get("add", {}).get(event["type"], 0)
        return Plain(actor.snapshot.status, context={**context, "n": context["n"] + by})
