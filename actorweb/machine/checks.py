"""Checks: the types and keys that a config may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from actorweb.errors.machine import BadMachine

if TYPE_CHECKING:
    from actorweb.machine.node import Kind

STATE_KEYS = frozenset(
    "after always description entry exit history id initial invoke key meta on onDone output route states tags target type".split()  # noqa: SIM905 - words
)
ROOT_KEYS = STATE_KEYS | {"context", "options", "schemas", "types", "version"}
TRANSITION_KEYS = frozenset({"actions", "description", "guard", "meta", "reenter", "target"})
INVOKE_KEYS = frozenset({"description", "id", "input", "meta", "onDone", "onError", "onSnapshot", "src", "systemId", "type"})
KINDS: Mapping[str, Kind] = {"atomic": "atomic", "compound": "compound", "parallel": "parallel", "final": "final", "history": "history"}
FORMERLY = {"cond": "guard", "internal": "reenter", "in": "guard: stateIn", "activities": "invoke", "data": "output", "strict": "nothing", "delay": "after"}


def mapping_at(value: object, path: str, keys: frozenset[str] | None = None) -> Mapping[str, object]:
    """Give a mapping with string keys, of those allowed. Raises BadMachine."""
    if not isinstance(value, (dict, Mapping)):  # nearly all are dicts, which is seen ten times as fast
        raise BadMachine(path, f"it is a {type(value).__name__}", "a mapping", "write it as an object of JSON")
    for key in value:
        if not isinstance(key, str):
            raise BadMachine(path, f"the key {key!r} is a {type(key).__name__}", "strings as keys", "write the key as a string")
        if keys is not None and key not in keys:
            instead = f"write {FORMERLY[key]!r} instead: that is its name since XState 5" if key in FORMERLY else "correct or remove it"
            raise BadMachine(f"{path}.{key}".lstrip("."), "no such key", f"one of {', '.join(sorted(keys))}", instead)
    return value


def text_at(value: object, path: str) -> str:
    """Give a string. Raises BadMachine."""
    if not isinstance(value, str):
        raise BadMachine(path, f"it is a {type(value).__name__}", "a string", "write a string")
    return value


def list_of(value: object) -> list[object]:
    """Give a list as it is, nothing as an empty one, and anything else as the only one."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def is_given(value: object) -> bool:
    """Tell whether JavaScript takes a value for true: an empty object or list is."""
    return value is not None and value is not False and value != "" and not (isinstance(value, (int, float)) and value == 0)


def child_path(path: str, *keys: str) -> str:
    """Give the path of a place inside another."""
    return ".".join((path, *keys) if path else keys)
