"""Guards: conditions of transitions, given by name, as functions, or composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors.machine import BadMachine, MissingImplementation
from actorweb.machine.effects import Scope

if TYPE_CHECKING:
    from actorweb.machine.configuration import Configuration

GuardSpec: TypeAlias = "str | Mapping[str, object] | Callable[[Scope, object], object] | Combined"

_DEPTH = 100


class Guard:
    """A compiled guard: `test(scope, given)`. What is given are its params, or the configuration if it asks about that."""

    __slots__ = ("_asks", "_params", "test")

    def __init__(self, test: Callable[[Scope, object], object], params: object = None) -> None:
        self.test: Callable[[Scope, object], object] = test
        self._params = params
        self._asks = False

    @classmethod
    def of_configuration(cls, test: Callable[[Scope, Configuration], bool]) -> Guard:
        """Make a guard that asks about the configuration."""
        made = cls(test)  # type: ignore[arg-type]
        made._asks = True
        return made

    def given(self, configuration: Configuration) -> object:
        """Give the second argument of `test` in a configuration."""
        return configuration if self._asks else self._params

    def passes(self, scope: Scope, configuration: Configuration) -> bool:
        """Tell whether it passes. Raises what it raises."""
        return bool(self.test(scope, configuration if self._asks else self._params))


class Combined:
    """A guard made of others, or of the state: `and_`, `or_`, `not_`, `state_in`."""

    __slots__ = ("kind", "of", "state")

    def __init__(self, kind: str, of: tuple[object, ...] = (), state: object = None) -> None:
        self.kind: str = kind
        self.of: tuple[object, ...] = of
        self.state: object = state


def and_(*guards: GuardSpec) -> Combined:
    """Pass if all of them do; those after one that fails are not evaluated. Source: XState, `and`.

    >>> from actorweb.machine import machine
    >>> both = and_("a", lambda scope, params: scope.event["n"] > 1)
    >>> gate = machine({"on": {"GO": {"guard": both, "actions": "open"}}}, guards={"a": lambda scope, params: True}, actions={"open": lambda scope, params: None})
    >>> [gate.initial_snapshot().can({"type": "GO", "n": n}) for n in (1, 2)]
    [False, True]
    """
    return Combined("and", guards)


def or_(*guards: GuardSpec) -> Combined:
    """Pass if one of them does; those after it are not evaluated. Source: XState, `or`.

    >>> from actorweb.machine import machine
    >>> either = or_("a", lambda scope, params: scope.event["n"] > 1)
    >>> gate = machine({"on": {"GO": {"guard": either, "actions": "open"}}}, guards={"a": lambda scope, params: False}, actions={"open": lambda scope, params: None})
    >>> [gate.initial_snapshot().can({"type": "GO", "n": n}) for n in (1, 2)]
    [False, True]
    """
    return Combined("or", guards)


def not_(guard: GuardSpec) -> Combined:
    """Pass if the guard does not. Source: XState, `not`.

    >>> from actorweb.machine import machine
    >>> gate = machine({"initial": "a", "states": {"a": {"on": {"GO": {"guard": not_("shut"), "target": "b"}}}, "b": {}}}, guards={"shut": lambda scope, params: False})
    >>> gate.initial_snapshot().can({"type": "GO"})
    True
    """
    return Combined("not", (guard,))


def state_in(state: str | Mapping[str, object]) -> Combined:
    """Pass if the machine is in that state: `#id` of an active node, or a value that `matches`. Source: XState, `stateIn`.

    >>> from actorweb.machine import machine
    >>> moves = {"initial": "x", "states": {"x": {"on": {"GO": {"guard": state_in({"b": "on"}), "target": "y"}}}, "y": {}}}
    >>> switch = {"initial": "off", "states": {"off": {"on": {"ON": "on"}}, "on": {}}}
    >>> both = machine({"type": "parallel", "states": {"a": moves, "b": switch}})
    >>> off = both.initial_snapshot()
    >>> off.can({"type": "GO"}), both.transition(off, {"type": "ON"})[0].can({"type": "GO"})
    (False, True)
    """
    return Combined("stateIn", (), state)


class GuardCompiler:
    """Makes functions of guards as a config spells them."""

    def __init__(self, guards: Mapping[str, object], *, strict: bool) -> None:
        self._guards = guards
        self._strict = strict

    def compile(self, spec: object, path: str, depth: int = 0) -> Guard:
        """Give the function of a guard. Raises BadMachine, or MissingImplementation for an unknown name if strict."""
        if depth > _DEPTH:
            raise BadMachine(path, "guards are nested too deeply, or lead back to themselves", f"at most {_DEPTH} levels", "name a guard that does it")
        if isinstance(spec, Combined):
            return self._combined(spec, path, depth)
        if callable(spec):
            return _plain(spec, None)
        params: object = None
        if isinstance(spec, Mapping):
            params = spec.get("params")
            name = spec.get("type")
        else:
            name = spec
        if not isinstance(name, str):
            raise BadMachine(path, f"a guard is a {type(spec).__name__}", "a name, or a mapping with a type", "write the guard's name")
        if name in self._guards:
            found = self._guards[name]
            if isinstance(found, (str, Mapping, Combined)):
                return self.compile(found, path, depth + 1)
            if callable(found):
                return _plain(found, params)
            raise BadMachine(path, f"the guard {name!r} is a {type(found).__name__}", "a function", "give a function of a scope and the params")
        if name in {"and", "or", "not", "stateIn"} and isinstance(params, Mapping):
            of = params.get("guards", [params["guard"]] if "guard" in params else [])
            return self._combined(Combined(name, tuple(of) if isinstance(of, (list, tuple)) else (of,), params.get("state")), path, depth)
        if self._strict:
            raise MissingImplementation(path, "guard", name)

        def missing(*_: object) -> bool:
            raise MissingImplementation(path, "guard", name)

        return Guard(missing)

    def _combined(self, spec: Combined, path: str, depth: int) -> Guard:
        if spec.kind == "stateIn":
            state = spec.state
            if not isinstance(state, (str, Mapping)):
                raise BadMachine(path, f"stateIn has a {type(state).__name__}", "a state's id or value", 'write stateIn with "#id" or a value')
            return Guard.of_configuration(lambda _, configuration: configuration.is_in(state))
        parts = [self.compile(part, path, depth + 1) for part in spec.of]
        if spec.kind == "not":
            if len(parts) != 1:
                raise BadMachine(path, f"not has {len(parts)} guards", "one", "give it one guard")
            only = parts[0]
            return Guard.of_configuration(lambda scope, configuration: not only.passes(scope, configuration))
        if spec.kind == "and":
            return Guard.of_configuration(lambda scope, configuration: all(part.passes(scope, configuration) for part in parts))
        return Guard.of_configuration(lambda scope, configuration: any(part.passes(scope, configuration) for part in parts))


def _plain(function: Callable[..., object], params: object) -> Guard:
    if callable(params):
        return Guard(lambda scope, _: function(scope, params(scope)))
    return Guard(function, params)
