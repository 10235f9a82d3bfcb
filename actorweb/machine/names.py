"""Names: what a config asks to be implemented, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actorweb.machine.machine import Machine

_COMPOSED = ("and", "or", "not", "stateIn")


def names_of(machine: Machine[object]) -> Mapping[str, Mapping[str, str]]:
    """Give the names of actions, guards, actors and delays that a config uses, each with the path of its first use."""
    found: dict[str, dict[str, str]] = {"actions": {}, "guards": {}, "actors": {}, "delays": {}}
    for node in machine.nodes:
        config, path = node.config, node.path
        for key in ("entry", "exit"):
            for name in _named(config.get(key)):
                found["actions"].setdefault(name, _at(path, key))
        initial = config.get("initial")
        if isinstance(initial, Mapping):
            for name in _named(initial.get("actions")):
                found["actions"].setdefault(name, _at(path, "initial"))
        for invoke in _listed(config.get("invoke")):
            if isinstance(invoke, Mapping) and isinstance(invoke.get("src"), str):
                found["actors"].setdefault(str(invoke["src"]), _at(path, "invoke"))
        for _, delay in node.delays:
            if isinstance(delay, str):
                found["delays"].setdefault(delay, _at(path, "after"))
        for place, transition in _transitions(config, path):
            for name in _named(transition.get("actions")):
                found["actions"].setdefault(name, place)
            for name in _guards(transition.get("guard")):
                found["guards"].setdefault(name, place)
    return found


def _transitions(config: Mapping[str, object], path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key in ("on", "after"):
        table = config.get(key)
        if isinstance(table, Mapping):
            for name, given in table.items():
                for one in _listed(given):
                    if isinstance(one, Mapping):
                        yield _at(path, f"{key}.{name}"), one
    holders: list[tuple[str, object]] = [(path, config)]
    holders.extend((_at(path, "invoke"), invoke) for invoke in _listed(config.get("invoke")))
    for place, holder in holders:
        if isinstance(holder, Mapping):
            for key in ("always", "onDone", "onError", "onSnapshot", "route"):
                for one in _listed(holder.get(key)):
                    if isinstance(one, Mapping):
                        yield _at(place, key), one


def _named(given: object) -> Iterator[str]:
    for one in _listed(given):
        name = one.get("type") if isinstance(one, Mapping) else one
        if isinstance(name, str):
            yield name


def _guards(given: object) -> Iterator[str]:
    """Give the names in a guard; what composes others is no name."""
    work = [given]
    while work:
        one = work.pop()
        name = one.get("type") if isinstance(one, Mapping) else one
        params = one.get("params") if isinstance(one, Mapping) else None
        if name in _COMPOSED and isinstance(params, Mapping):
            work.extend(_listed(params.get("guards")))
            work.append(params.get("guard"))
        elif isinstance(name, str):
            yield name


def _listed(given: object) -> list[object]:
    return [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
