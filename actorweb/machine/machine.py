"""The machine: a statechart in XState's format, compiled, as pure functions of snapshots and events."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias

from actorweb.errors.machine import BadAction, BadMachine, NotRestorable
from actorweb.machine.actions import Builtin
from actorweb.machine.choice import guard_failed, select
from actorweb.machine.configuration import Configuration, complete, find
from actorweb.machine.effects import Act, Child, Effect, Fields, Occurrence, Scope, Self
from actorweb.machine.loader import Loader
from actorweb.machine.snapshot import STATUSES, MachineSnapshot, Standing
from actorweb.machine.step import Step
from actorweb.values.generics import Never, TypeVar
from actorweb.values.json import UNSET
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from actorweb.kernel.behavior import Behavior
    from actorweb.machine.actions import Call
    from actorweb.machine.choice import Alternative
    from actorweb.machine.guards import Guard, GuardSpec
    from actorweb.machine.hosting import Hosting
    from actorweb.machine.node import Node

ActionSpec: TypeAlias = "Builtin | Callable[[Scope, object], object]"
DelaySpec: TypeAlias = "float | Callable[[Scope, object], float]"

E_co = TypeVar("E_co", covariant=True, default=object)
N = TypeVar("N")

_ALONE = Self("(machine)")
_KEPT = 1_000_000  # the states of all configurations that are remembered, some 50 MB of them
_TYPES_KEPT = 4096  # the types of events come from outside
_LONGEST = 1e300  # milliseconds
_MOST_ROUNDS = 100_000  # XState would go on for ever


class Machine(Generic[E_co]):
    """A compiled machine. `initial_snapshot` and `transition` are pure: they change nothing and run no custom action.

    `E` are the messages that it takes as events; one that declares none takes any mapping and message.
    """

    def __init__(self, config: Fields, loader: Loader) -> None:
        self.config: Fields = config
        self.root: Node = loader.root
        self.nodes: tuple[Node, ...] = tuple(loader.nodes)
        self.ids: Mapping[str, Node] = loader.ids
        self.actors: Mapping[str, object] = loader.actors
        self.delays: Mapping[str, object] = loader.delays
        options = config.get("options")
        limit = options.get("maxIterations") if isinstance(options, Mapping) else None
        if limit is not None and (not isinstance(limit, (int, float)) or isinstance(limit, bool) or math.isnan(limit)):
            raise BadMachine("options.maxIterations", f"it is {limit!r}", "a number", "write a number, or leave it out")
        self.most_rounds: float = _MOST_ROUNDS if limit is None or limit == math.inf else limit
        context = config.get("context")
        if context is not None and not isinstance(context, Mapping) and not callable(context):
            raise BadMachine("context", f"it is a {type(context).__name__}", "a mapping, or a function of the scope", "write a mapping")
        self._context = context
        self._loader = loader
        self._configurations: dict[tuple[Node, ...], Configuration] = {}
        self.behaviors: dict[str, Behavior[Never, object, ...]] = {}  # of what it invokes, once one was needed
        self._known: dict[str, bool] = {}
        self.events: Mapping[str, type] = {}

    def with_event(self, kind: type[N], /) -> Machine[E_co | N]:
        """Declare that messages of this type are events: `{"type": wire name, **fields}`. Checkers then reject all that is not declared.

        Raises `NotAMessage`, and `BadMachine` for a second type of one wire name.
        """
        name = wire_name(kind)
        if self.events.get(name, kind) is not kind:
            raise BadMachine("with_event", f"two types of event are called {name!r}", "wire names that differ", "give one of them another: @message(name=…)")
        made: Machine[E_co | N] = copy(self)
        made.events = {**self.events, name: kind}
        return made

    @property
    def id(self) -> str:
        """The id of the root."""
        return self.root.id

    def configuration(self, nodes: tuple[Node, ...]) -> Configuration:
        """Give the configuration of those active states, the same one each time."""
        found = self._configurations.get(nodes)
        if found is None:
            if len(self._configurations) * len(nodes) >= _KEPT:
                self._configurations.clear()
            found = self._configurations[nodes] = Configuration(nodes, self.ids)
        return found

    def guard(self, spec: object) -> Guard:
        """Compile a guard that an action asks for."""
        return self._loader.guards.compile(spec, self.id)

    def call(self, spec: object) -> Call:
        """Compile an action that another enqueued."""
        return self._loader.call(spec, self.id)

    def delay(self, asked: object, scope: Scope, params: object) -> float | None:
        """Give the milliseconds of a delay: a number, a name or a function; None for a name without an implementation.

        Raises BadAction for one that is not a number (NaN); what is longer than any clock knows is infinite.
        """
        found = self.delays.get(asked) if isinstance(asked, str) else asked
        if callable(found):
            found = found(scope, params)
        if not isinstance(found, (int, float)) or isinstance(found, bool):
            return None
        if found != found:  # noqa: PLR0124 - only NaN is not equal to itself, and a large int is no float
            raise BadAction(f"the delay {asked!r} is {found!r}", "milliseconds", "give a number")
        return found if abs(found) < _LONGEST else math.inf if found > 0 else -math.inf

    def knows(self, event_type: str) -> bool:
        """Tell whether some state has a transition for that type of event, wildcards included."""
        known = self._known.get(event_type)
        if known is None:
            if len(self._known) >= _TYPES_KEPT:
                self._known.clear()
            known = self._known[event_type] = any(node.candidates(event_type) for node in self.nodes)
        return known

    def hosted(self) -> Hosting:
        """Give what runs this machine as an actor. Raises `BadActor` for what cannot be invoked."""
        from actorweb.machine.family import check_actor  # noqa: PLC0415  (a machine that is only calculated with needs no actors)
        from actorweb.machine.hosting import Hosting  # noqa: PLC0415  (as above)

        for name, given in self.actors.items():
            check_actor(name, given)
        return Hosting(self)

    if TYPE_CHECKING:

        def __events__(self) -> E_co: ...

    # --- pure functions ---

    def begin(self, start_input: object = None, self_: Self = _ALONE) -> tuple[MachineSnapshot, tuple[Effect, ...]]:
        """Give the first snapshot and what starting asks for. If that fails: a snapshot in status `error`, and nothing asked."""
        event = {"type": "xstate.init", "input": start_input}
        static = self._context if isinstance(self._context, Mapping) else {}
        before = MachineSnapshot(self, Configuration((self.root,), self.ids), static)
        try:
            if callable(self._context):
                made = self._context(Scope({}, event, self_, start_input))
                if not isinstance(made, Mapping):
                    raise BadAction(f"the context function made {made!r}", "a mapping", "return a mapping")  # noqa: TRY301 - it fails the start as any error
                before = MachineSnapshot(self, before.configuration, made)
            step = Step(self, before, event, self_)
            step.begin()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the machine's error
            return MachineSnapshot(self, before.configuration, before.context, "error", standing=Standing(error=error)), ()
        return step.snapshot(), tuple(step.effects)

    def initial_snapshot(self, start_input: object = None) -> MachineSnapshot:
        """Give the first snapshot."""
        return self.begin(start_input)[0]

    def transition(self, snapshot: MachineSnapshot, event: Occurrence, self_: Self = _ALONE) -> tuple[MachineSnapshot, tuple[Effect, ...]]:
        """Give the snapshot after an event, and what the step asks for, in order.

        A snapshot that is done or failed stays as it is. If a guard or a built-in action fails: the snapshot before, in status
        `error`, and what was asked for until then. Raises BadAction for what is no event.
        """
        after, effects, _ = self.take(snapshot, event, self_)
        return after, effects

    def take(self, snapshot: MachineSnapshot, event: Occurrence, self_: Self = _ALONE) -> tuple[MachineSnapshot, tuple[Effect, ...], Exception | None]:
        """Do as `transition`, and give also the error that broke the step off: XState does not do then what it deferred."""
        try:
            choice = snapshot.configuration.choices[event["type"]]  # type: ignore[index]  # pyright: ignore[reportArgumentType]  (what is no string is not there)
        except (KeyError, TypeError):
            choice = snapshot.configuration.choice(_type_of(event))
        if snapshot.status in {"done", "error"}:  # one that was stopped and restored takes events there
            return snapshot, (), None
        context: Fields = snapshot.context
        scope: Scope | None = None
        chosen: Alternative | None = None
        for chosen in choice.alternatives:
            if chosen.test is None:
                break
            if scope is None:
                scope = Scope(context, event, self_)
            try:
                if chosen.test(scope, chosen.given):
                    break
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the machine's error
                failure = guard_failed(chosen.transitions[0], event["type"], error)
                return self.failed(snapshot, failure), (), failure
        if chosen is None or chosen.move is None or chosen.move.straight is None or snapshot.status != "active":
            return self._step(snapshot, event, self_, chosen)
        move = chosen.move
        effects: list[Effect] = []
        if move.straight:
            try:
                for action in move.straight:
                    if scope is None or scope.context is not context:
                        scope = Scope(context, event, self_)
                    if action.update is None:
                        effects.append(Act(action.type, action.params, scope, action.run))
                    else:
                        context = action.update(scope, action.params)
            except Exception as error:  # noqa: BLE001 - as above
                return self.failed(snapshot, error), tuple(effects), error
        if move.moves or context is not snapshot.context:
            snapshot = MachineSnapshot(self, move.after, context, "active", snapshot.version + 1, snapshot.standing)
        return snapshot, tuple(effects) if effects else (), None

    def _step(
        self, snapshot: MachineSnapshot, event: Occurrence, self_: Self, chosen: Alternative | None
    ) -> tuple[MachineSnapshot, tuple[Effect, ...], Exception | None]:
        """Take an event step by step."""
        here = snapshot.configuration
        step = Step(self, snapshot, event, self_)
        try:
            step.take(None if chosen is None else chosen.transitions)
        except Exception as error:  # noqa: BLE001 - as above
            return self.failed(snapshot, error), tuple(step.effects), error
        if chosen is not None:
            chosen.move = here.moves.get(chosen.transitions) if chosen.transitions else here.idle
        return step.snapshot(), tuple(step.effects), None

    def failed(self, snapshot: MachineSnapshot, error: object) -> MachineSnapshot:
        """Give a snapshot like that one, in status `error`."""
        standing = Standing(error=error, children=snapshot.children, memory=snapshot.memory)
        return MachineSnapshot(self, snapshot.configuration, snapshot.context, "error", snapshot.version, standing)

    def can(self, snapshot: MachineSnapshot, event: Occurrence) -> bool:
        """Tell whether some transition for an event has a target or actions. Raises GuardFailed."""
        chosen = select(snapshot.configuration, Scope(snapshot.context, event, _ALONE))
        return any(one.targets is not None or one.actions for one in chosen)

    # --- the persisted form ---

    def persist(self, snapshot: MachineSnapshot, children: Callable[[Child], object] | None = None) -> dict[str, object]:
        """Give the JSON form of a snapshot, as XState writes it. `children` gives that of a child; without it a child's is what it was restored from."""
        persisted: dict[str, object] = {"status": snapshot.status, "value": snapshot.value, "context": snapshot.context}
        if snapshot.output is not UNSET:
            persisted["output"] = snapshot.output
        if snapshot.error is not None:
            persisted["error"] = snapshot.error
        persisted["children"] = {
            child.id: {
                "snapshot": child.persisted if children is None else children(child),
                "src": child.src,
                "syncSnapshot": child.sync,
                **({} if child.system_id is None else {"systemId": child.system_id}),
            }
            for child in snapshot.children.values()
        }
        persisted["historyValue"] = {key: [{"id": name} for name in ids] for key, ids in snapshot.history_value.items()}
        return persisted

    def restore(self, persisted: Mapping[str, object], *, known: Mapping[str, Child] | None = None) -> MachineSnapshot:
        """Give the snapshot of a persisted form. Nothing is run, no timer set. Raises NotRestorable.

        A child that is `known`, of the same id and source, is that child.
        """
        status = persisted.get("status", "active")
        named = STATUSES.get(status) if isinstance(status, str) else None
        if named is None:
            raise NotRestorable(f"the status is {status!r}", "one of active, done, error, stopped", "restore what `persist` gave")
        context = _mapping(persisted, "context")
        children: dict[str, Child] = {}
        for name, data in _mapping(persisted, "children").items():
            if not isinstance(data, Mapping) or not isinstance(data.get("src"), str):
                raise NotRestorable(f"the child {name!r} is {data!r}", "a mapping with a src", "restore what `persist` gave")
            alive = None if known is None else known.get(name)
            if alive is not None and alive.src == data["src"] and alive.src in self.actors:
                children[name] = alive
            elif data["src"] in self.actors:
                system_id = data.get("systemId")
                children[name] = Child(
                    name,
                    data["src"],
                    sync=bool(data.get("syncSnapshot")),
                    persisted=data.get("snapshot"),
                    system_id=system_id if isinstance(system_id, str) else None,
                )
        memory: dict[str, tuple[Node, ...]] = {}
        for key, items in _mapping(persisted, "historyValue").items():
            names = [item.get("id") for item in items if isinstance(item, Mapping)] if isinstance(items, (list, tuple)) else []
            found = tuple(node for name in names if isinstance(name, str) and (node := find(self.ids, name)) is not None)
            if found:
                memory[key] = found
        nodes = complete(self._nodes_of(persisted.get("value", {})))
        standing = Standing(persisted.get("output", UNSET), persisted.get("error"), children, memory)
        return MachineSnapshot(self, self.configuration(nodes), context, named, standing=standing)

    def _nodes_of(self, value: object) -> tuple[Node, ...]:
        found: dict[Node, None] = {self.root: None}
        rest: list[tuple[Node, object]] = [(self.root, value)]
        while rest:
            node, part = rest.pop()
            found[node] = None
            keys = [part] if isinstance(part, str) else list(part) if isinstance(part, Mapping) else None
            if keys is None or any(key not in node.children for key in keys):
                raise NotRestorable(
                    f"{node.id!r} has no state {part!r}", f"one of {', '.join(node.children)}", "migrate the value, or restore with the machine it is of"
                )
            found.update(dict.fromkeys(node.children[key] for key in keys))
            if isinstance(part, Mapping):
                rest.extend((node.children[key], part[key]) for key in reversed(keys))
        return tuple(found)


def _type_of(event: Occurrence) -> str:
    kind = event.get("type") if isinstance(event, Mapping) else None
    if not isinstance(kind, str):
        raise BadAction(f"{event!r} is no event", "a mapping with a type", 'write {"type": …}')
    return kind


def _mapping(persisted: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = persisted.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise NotRestorable(f"{key} is a {type(value).__name__}", "a mapping", "restore what `persist` gave")
    return value


def machine(
    config: Fields,
    /,
    *,
    actions: Mapping[str, ActionSpec] | None = None,
    guards: Mapping[str, GuardSpec] | None = None,
    actors: Mapping[str, object] | None = None,
    delays: Mapping[str, DelaySpec] | None = None,
    missing: Literal["error", "xstate"] = "error",
) -> Machine[Never]:
    """Compile a machine from the config that XState 5 takes.

    Raises BadMachine with the path for a config that is not one, UnknownTarget for a target that is no state, and
    MissingImplementation for a name without an implementation; with `missing="xstate"` such names do what they do there:
    an unknown action or actor does nothing, a guard fails when it is asked.
    """
    given = [{} if named is None else named for named in (actions, guards, actors, delays)]
    loader = Loader(config, actions=given[0], guards=given[1], actors=given[2], delays=given[3], strict=missing == "error")
    return Machine(config, loader)
