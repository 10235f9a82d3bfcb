"""Shrinking: the smallest case that still differs, by leaving out part after part."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[Any, ...]


def parts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Give the paths of all parts, the large ones first."""
    items: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, _ in items:
        yield (*path, key)
    for key, part in items:
        yield from parts(part, (*path, key))


NEEDED = frozenset("key value field expr message state to from guards guard branches id src event k".split())  # noqa: SIM905 - words


def is_needed(case: dict[str, Any], path: Path) -> bool:
    """Tell whether a case without that part would be none of the vocabulary."""
    if path[0] in {"name", "source"} or path in {("config",), ("steps",)} or path[-1] in {"options", "maxIterations"}:
        return True
    if path[-1] == "params":
        return not str(at(case, path[:-1]).get("type", "")).startswith("act")
    if path[-1] == "type":
        return at(case, path) not in {"parallel", "final", "history"}
    return (len(path) > 1 and path[-2] == "params" and path[-1] in NEEDED) or "$expr" in path


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def exists(value: Any, path: Path) -> bool:
    for key in path:
        if not (isinstance(value, dict) and key in value) and not (isinstance(value, list) and isinstance(key, int) and key < len(value)):
            return False
        value = value[key]
    return True


def without(case: dict[str, Any], path: Path) -> dict[str, Any]:
    made = copy.deepcopy(case)
    del at(made, path[:-1])[path[-1]]
    return made


def simpler(case: dict[str, Any], path: Path) -> Iterator[dict[str, Any]]:
    """Give the case with something smaller in place of that part: one of its own parts."""
    part = at(case, path)
    inner: list[Any] = []
    if "$expr" in path:
        return
    if isinstance(part, list) and len(part) == 1:
        inner = part
    elif isinstance(part, dict):
        inner = [part[key] for key in ("target", "guard", "guards", "branches", "actions") if key in part and len(part) == 1]
        params = part.get("params")
        if isinstance(params, dict):
            inner += params.get("guards", []) + ([params["guard"]] if "guard" in params else [])
            inner += [action for branch in params.get("branches", []) for action in branch.get("actions", [])]
        if "states" in part and "type" in part and part["type"] == "parallel":
            inner.append({key: value for key, value in part.items() if key not in {"states", "type"}})
        elif "states" in part and "initial" in part:
            inner.append({key: value for key, value in part.items() if key not in {"states", "initial"}})
    for one in inner:
        made = copy.deepcopy(case)
        at(made, path[:-1])[path[-1]] = copy.deepcopy(one)
        yield made


def shrink(case: dict[str, Any], differs: Callable[[dict[str, Any]], bool], most: int = 20_000) -> dict[str, Any]:
    """Give a case from which nothing can be left out without the difference being gone, or what there is after `most` tries."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for path in list(parts(case)):
            if not exists(case, path):
                continue
            for made in [*(() if is_needed(case, path) else [without(case, path)]), *(simpler(case, path) if len(path) > 1 else ())]:
                tries += 1
                if tries > most:
                    return case
                if differs(made):
                    case = made
                    smaller = True
                    break
    return case
