"""The loader: from a config to nodes, once, with every name resolved and every mistake told with its path."""

from __future__ import annotations

from collections.abc import Mapping

from actorweb.errors.machine import BadMachine, MachineTooLarge, MissingImplementation, UnknownTarget
from actorweb.machine.actions import Builtin, Call, cancel, raise_, spawn_child, stop_child
from actorweb.machine.checks import INVOKE_KEYS, KINDS, ROOT_KEYS, STATE_KEYS, TRANSITION_KEYS, child_path, is_given, list_of, mapping_at, text_at
from actorweb.machine.guards import Guard, GuardCompiler
from actorweb.machine.keys import as_number, as_text, in_order
from actorweb.machine.node import Node, Transition
from actorweb.values.json import UNSET
from actorweb.values.state_value import split_path

MOST_STATES = 100_000
DEEPEST = 1_000


class Loader:
    """Compiles one config. `nodes` are in document order, `ids` finds them."""

    def __init__(
        self,
        config: Mapping[str, object],
        *,
        actions: Mapping[str, object],
        guards: Mapping[str, object],
        actors: Mapping[str, object],
        delays: Mapping[str, object],
        strict: bool,
    ) -> None:
        self.actions = actions
        self.actors = actors
        self.delays = delays
        self.strict = strict
        self.guards: GuardCompiler = GuardCompiler(guards, strict=strict)
        self.nodes: list[Node] = []
        self.ids: dict[str, Node] = {}
        self.root: Node = self._grow(mapping_at(config, "", ROOT_KEYS))
        for node in self.nodes:
            self._connect(node)
        for node in self.nodes:
            self._transitions(node)
        self._routes()

    # --- the tree ---

    def _grow(self, config: Mapping[str, object]) -> Node:
        root_id = text_at(config.get("id") or "(machine)", "id")
        work: list[tuple[str, str, Node | None, object, tuple[str, ...]]] = [(root_id, "", None, config, ())]
        while work:
            key, path, parent, given, keys = work.pop()
            state = mapping_at(given, path, STATE_KEYS if parent else None)
            if len(keys) > DEEPEST or len(self.nodes) >= MOST_STATES:
                much = f"a state {len(keys)} levels deep" if len(keys) > DEEPEST else f"more than {MOST_STATES} states"
                raise MachineTooLarge(".".join(keys[:5]), much, f"at most {DEEPEST} levels and {MOST_STATES} states", "does the config hold itself?")
            node = Node(key, path, parent, state, len(self.nodes))
            self.nodes.append(node)
            node.id = text_at(state.get("id") or ".".join([root_id, *keys]), child_path(path, "id"))
            if node.id in self.ids:
                raise BadMachine(child_path(path, "id"), f"the id {node.id!r} is that of another state, too", "one state for each id", "rename one of them")
            self.ids[node.id] = node
            if parent is not None:
                parent.children[key] = node
            self._kind(node)
            if state.get("states") is not None:
                states = mapping_at(state["states"], child_path(path, "states"))
                for name, child in reversed(in_order(states)):
                    work.append((name, child_path(path, "states", name), node, child, (*keys, name)))
        for node in reversed(self.nodes):
            if node.parent is not None:
                node.parent.last = max(node.parent.last, node.last)
        return self.nodes[0]

    def _kind(self, node: Node) -> None:
        state = node.config
        history = state.get("history")
        if not isinstance(history, (str, bool, type(None))) or history not in {None, False, True, "shallow", "deep"}:
            raise BadMachine(child_path(node.path, "history"), f"it is {history!r}", '"shallow" or "deep"', "write one of them")
        node.history = "deep" if history == "deep" else "shallow"
        kind = state.get("type")
        if kind is None:
            if state.get("states"):
                node.kind = "compound"
            elif is_given(history):
                node.kind = "history"
            return
        known = KINDS.get(kind) if isinstance(kind, str) else None
        if known is not None:
            node.kind = known
            return
        raise BadMachine(child_path(node.path, "type"), f"it is {kind!r}", f"one of {', '.join(KINDS)}", "write one of them, or leave it out")

    def _connect(self, node: Node) -> None:
        state = node.config
        node.regions = tuple(child for child in node.children.values() if child.kind != "history")
        node.memories = tuple(child for child in node.children.values() if child.kind == "history")
        node.tags = tuple(text_at(tag, child_path(node.path, "tags")) for tag in list_of(state.get("tags")))
        node.meta = state.get("meta", UNSET)
        if node.kind == "final" or node.parent is None:
            node.output = state.get("output", UNSET)
        initial = state.get("initial")
        if initial is not None and not isinstance(initial, str) and isinstance(initial, Mapping):
            initial = initial.get("target")
        if not initial:
            if node.kind == "compound":
                first = next(iter(node.children), "…")
                raise BadMachine(child_path(node.path, "initial"), "it is missing", "the child state to begin in", f'add "initial": "{first}"')
            return
        name = text_at(initial, child_path(node.path, "initial"))
        if name not in node.children:
            raise UnknownTarget(child_path(node.path, "initial"), f"no child state is called {name!r}", f"one of {', '.join(node.children)}", "correct it")
        node.initial = node.children[name]

    # --- what happens in the states ---

    def calls(self, given: object, path: str) -> tuple[Call, ...]:
        """Compile actions. Raises BadMachine, or MissingImplementation if an action is not known and must be."""
        return tuple(self.call(action, path) for action in list_of(given))

    def call(self, action: object, path: str) -> Call:
        """Compile one action."""
        if isinstance(action, Builtin):
            return Call(action.name, None, action)
        if isinstance(action, str):
            name, params = action, None
        elif isinstance(action, Mapping):
            name, params = text_at(action.get("type"), child_path(path, "type")), action.get("params")
        elif callable(action):
            return Call(getattr(action, "__name__", "(anonymous)"), None, action)
        else:
            raise BadMachine(path, f"an action is a {type(action).__name__}", "a name, or a mapping with a type", "write the action's name")
        done_by = self.actions.get(name)
        if done_by is None and self.strict:
            raise MissingImplementation(path, "action", name)
        if done_by is not None and not isinstance(done_by, Builtin) and not callable(done_by):
            raise BadMachine(path, f"the action {name!r} is a {type(done_by).__name__}", "a function or a built-in action", "give one of them")
        return Call(name, params, done_by)

    def _transitions(self, node: Node) -> None:
        state, path = node.config, node.path
        found: dict[str, tuple[Transition, ...]] = {}
        enter = list(self.calls(state["entry"], child_path(path, "entry"))) if "entry" in state else []
        leave = list(self.calls(state["exit"], child_path(path, "exit"))) if "exit" in state else []
        if state.get("on") is not None:
            for descriptor, given in in_order(mapping_at(state["on"], child_path(path, "on"))):
                if not descriptor:
                    raise BadMachine(child_path(path, "on"), 'the event "" is none', "the type of an event", "write it as `always`")
                found[descriptor] = self._all(node, descriptor, given, child_path(path, "on", descriptor))
        if is_given(state.get("onDone")):
            done = f"xstate.done.state.{node.id}"
            found[done] = self._all(node, done, state["onDone"], child_path(path, "onDone"))
        spawns, stops = self._invokes(node, found) if "invoke" in state else ((), ())
        for name, given in in_order(mapping_at(state["after"], child_path(path, "after"))) if state.get("after") else ():
            place = child_path(path, "after", name)
            delay = self._delay(name, place)
            event = f"xstate.after.{delay if isinstance(delay, str) else as_text(float(delay))}.{node.id}"
            node.delays = (*node.delays, (event, delay))
            enter.append(Call("xstate.raise", None, raise_({"type": event}, delay=delay, id=event)))
            leave.append(Call("xstate.cancel", None, cancel(event)))
            # XState spreads a string inside a list, so that it loses its target: kept, for equal behavior.
            each = [{} if isinstance(one, str) else one for one in given] if isinstance(given, (list, tuple)) else given
            found[event] = found.get(event, ()) + self._all(node, event, each, place)
        if is_given(state.get("always")):
            node.always = self._all(node, "", state["always"], child_path(path, "always"))
        initial = state.get("initial")
        begin = self.calls(initial.get("actions"), child_path(path, "initial", "actions")) if isinstance(initial, (dict, Mapping)) else ()
        node.transitions = found
        node.wildcards = tuple(sorted((name for name in found if name.endswith("*")), key=len, reverse=True))
        node.enter = (*enter, *spawns)
        node.enter_default = (*node.enter, *begin)
        node.exit = tuple(leave)
        node.leave = (*leave, *stops)
        if node.kind == "history" and is_given(state.get("target")):
            if node.parent is None:
                raise BadMachine(path, "the root is a history state", "a state", "put it into a state")
            node.default = tuple(self._by_path(node.parent, text_at(one, path), child_path(path, "target")) for one in list_of(state["target"]))

    def _invokes(self, node: Node, found: dict[str, tuple[Transition, ...]]) -> tuple[list[Call], list[Call]]:
        spawns: list[Call] = []
        stops: list[Call] = []
        names: list[str] = []
        for place, given in enumerate(list_of(node.config.get("invoke"))):
            path = child_path(node.path, f"invoke[{place}]")
            invoke = mapping_at(given, path, INVOKE_KEYS)
            src = text_at(invoke.get("src"), child_path(path, "src"))
            if self.strict and src not in self.actors:
                raise MissingImplementation(path, "actor", src)
            asked = invoke.get("id")
            name = f"{place}.{node.id}" if asked is None else text_at(asked, child_path(path, "id"))
            names.append(name)
            system_id = None if invoke.get("systemId") is None else text_at(invoke["systemId"], child_path(path, "systemId"))
            if system_id is not None and (not system_id or "/" in system_id):
                raise BadMachine(child_path(path, "systemId"), f"it is {system_id!r}", "a text that is not empty and has no '/'", "choose another name")
            wants = is_given(invoke.get("onSnapshot"))
            spawns.append(Call("xstate.spawnChild", None, spawn_child(src, id=name, input=invoke.get("input"), sync_snapshot=wants, system_id=system_id)))
            stops.append(Call("xstate.stopChild", None, stop_child(name)))
            for key, event in (("onDone", "done.actor"), ("onError", "error.actor"), ("onSnapshot", "snapshot")):
                if is_given(invoke.get(key)):
                    descriptor = f"xstate.{event}.{name}"
                    found[descriptor] = self._all(node, descriptor, invoke[key], child_path(path, key))
        node.invoked = tuple(names)
        return spawns, stops

    def _delay(self, name: str, path: str) -> float | str:
        number = as_number(name)
        if number is not None:
            return int(number) if number.is_integer() else number
        if self.strict and name not in self.delays:
            raise MissingImplementation(path, "delay", name)
        return name

    def _all(self, node: Node, descriptor: str, given: object, path: str) -> tuple[Transition, ...]:
        several = given if isinstance(given, (list, tuple)) else [given]
        return tuple(self._one(node, descriptor, one, f"{path}[{place}]" if several is given else path) for place, one in enumerate(several))

    def _one(self, node: Node, descriptor: str, given: object, path: str) -> Transition:
        config = {"target": given} if isinstance(given, str) else mapping_at(given, path, TRANSITION_KEYS)
        target = config.get("target")
        targets: tuple[Node, ...] | None = None
        if target is not None and target != "":
            place = child_path(path, "target")
            targets = tuple(self._target(node, text_at(one, place), place) for one in list_of(target))
        made = Transition(node, descriptor, targets, reenter=bool(config.get("reenter")))
        made.path = path
        actions, asked = config.get("actions"), config.get("guard")
        if actions is not None:
            made.actions = self.calls(actions, child_path(path, "actions"))
        if asked is not None:
            made.guard = self.guards.compile(asked, child_path(path, "guard"))
            made.guard_name = asked if isinstance(asked, str) else str(asked.get("type", "")) if isinstance(asked, Mapping) else ""
            made.guard_spec = asked
        return made

    def _target(self, node: Node, target: str, path: str) -> Node:
        if target.startswith("#"):
            return self._by_path(node, target, path)
        if node.parent is None:
            if not target.startswith("."):
                raise UnknownTarget(path, f"{target!r} is no target from the root", "a child or an id", f'did you mean ".{target}"?')
            return self._by_path(node, target[1:], path)
        # As there: the key is not escaped, so that a state with a dot in its key cannot name its children so.
        if not target.startswith("."):
            return self._by_path(node.parent, target, path)
        return self._by_path(node.parent, node.key + target, path, node.key)

    def _by_path(self, base: Node, target: str, path: str, base_key: str = "") -> Node:
        node = base
        steps = split_path(target)
        if target.startswith("#"):
            name = split_path(target)[0][1:]
            if name not in self.ids:
                escaped = target[1:].replace(".", "\\.")
                do = f'write "#{escaped}"' if target[1:] in self.ids else "correct it, or give that id to a state"
                raise UnknownTarget(path, f"no state has the id {name!r}", "the id of a state", do)
            node, steps = self.ids[name], steps[1:]
        for step in steps:
            if not step:
                break
            if step not in node.children:
                known = f"one of {', '.join(node.children)}" if node.children else "a state with children"
                do = "write the target with an id, as XState does not take a key with a dot so" if "." in base_key else "correct the target"
                raise UnknownTarget(path, f"{target!r}: {node.id!r} has no child state {step!r}", known, do)
            node = node.children[step]
        return node

    def _routes(self) -> None:
        routes: list[Transition] = []
        for node in self.nodes[1:]:
            route = node.config.get("route")
            if isinstance(route, Mapping) and node.config.get("id"):
                path = child_path(node.path, "route")
                made = self._one(self.root, "xstate.route", {**route, "target": f"#{node.id}"}, path)
                made.guard = _routed(f"#{node.id}", made.guard)
                routes.append(made)
        if routes:
            self.root.transitions["xstate.route"] = tuple(routes)


def _routed(to: str, guard: Guard | None) -> Guard:
    return Guard.of_configuration(lambda scope, configuration: scope.event.get("to") == to and (guard is None or guard.passes(scope, configuration)))
