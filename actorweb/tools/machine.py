"""`actorweb diagram` and `actorweb machine check`: charts drawn and looked through."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from actorweb.errors import ActorError, BadTarget, DecodeError
from actorweb.kernel.behavior import Behavior
from actorweb.machine.diagram import mermaid
from actorweb.machine.findings import findings
from actorweb.machine.hosting import Hosting
from actorweb.machine.machine import Machine, machine
from actorweb.machine.names import names_of
from actorweb.tools.run import load, pipe_broke
from actorweb.values.codec import loads

if TYPE_CHECKING:
    from actorweb.machine.snapshot import MachineSnapshot

KINDS = ("actions", "guards", "actors", "delays")


def diagram(target: str, snapshot: str | None = None) -> int:
    """Print a machine as a Mermaid diagram, the states of a snapshot highlighted. Gives the exit status: 2 if there is none."""
    try:
        found = _machine(target)
        state = None if snapshot is None else _snapshot(found, Path(snapshot))
    except (ActorError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)  # noqa: T201  (speaks to a terminal)
        return 2
    return _say(mermaid(found, state))


def check(file: str, implementations: str | None = None) -> int:
    """Look through a config in a JSON file and print what is found. Gives the exit status: 0 if nothing is, 1 if something, 2 for what is no machine."""
    try:
        made = _from_file(Path(file))
        given = None if implementations is None else _implementations(implementations)
    except (ActorError, OSError, UnicodeDecodeError) as error:
        print(f"{file}: {error}", file=sys.stderr)  # noqa: T201  (speaks to a terminal)
        return 2
    wanted = names_of(made)
    lines = [f"{found.path or 'the root'}: {found.kind}: {found.text}" for found in findings(made)]
    first: list[str] = []
    for kind in KINDS:
        names = wanted[kind]
        if given is not None:
            lines += [
                f"{path or 'the root'}: missing: the {kind[:-1]} {name!r} has no implementation" for name, path in names.items() if name not in given[kind]
            ]
            lines += [f"{implementations}: unused: no state uses the {kind[:-1]} {name!r}" for name in given[kind] if name not in names]
        elif names:
            first.append(f"to implement, {kind}: {', '.join(sorted(names))}")
    count = f"{len(lines)} finding{'' if len(lines) == 1 else 's'}" if lines else "all sound"
    status = _say("\n".join([*first, *lines, f"{file}: {made.id!r}, {len(made.nodes)} states, {count}"]))
    return 1 if lines else status


def _say(text: str) -> int:
    try:
        print(text, flush=True)  # noqa: T201  (speaks to a terminal)
    except BrokenPipeError:
        return pipe_broke()
    return 0


def _from_file(path: Path) -> Machine[object]:
    config = loads(path.read_text(encoding="utf-8"))
    if not isinstance(config, Mapping):
        raise DecodeError(f"it holds a {type(config).__name__}", "the config of a machine: an object", "export it from Stately as JSON")
    return machine(config, missing="xstate")


def _machine(target: str) -> Machine[object]:
    """Give the machine that `MODULE:NAME` names: itself, or that of a behavior; or one without implementations from a JSON file."""
    if target.endswith(".json"):
        return _from_file(Path(target))
    found = load(target)
    if isinstance(found, Behavior):
        logic: object = found.logic
        if isinstance(logic, Hosting):
            return logic.machine
    elif isinstance(found, Machine):
        chart: Machine[object] = found  # pyright: ignore[reportUnknownVariableType]  (of a module's variable nothing more is known)
        return chart
    raise BadTarget(f"{target} is no machine", "a machine, or a behavior with one", "name what machine(…) or .with_machine(…) gave")


def _snapshot(made: Machine[object], path: Path) -> MachineSnapshot:
    """Read a persisted form, or what holds one: an export, a line of a history or of a store."""
    data = loads((path.read_text(encoding="utf-8").strip().splitlines() or [""])[-1])  # of a history, the newest line
    while isinstance(data, Mapping) and "value" not in data and "context" in data:
        data = data["context"]
    if not isinstance(data, Mapping):
        raise DecodeError(
            f"{path} holds no state of a machine", "its persisted form, or an export", "write one with machine.persist(snapshot) or system.export(ref)"
        )
    return made.restore(data)


def _implementations(module_name: str) -> Mapping[str, Mapping[str, object]]:
    """Give the implementations that a module defines: its dicts called actions, guards, actors and delays."""
    if os.getcwd() not in sys.path:  # noqa: PTH109  (sys.path holds texts)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109  (as above)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise BadTarget(
            f"there is no module {error.name!r}", "a module that can be imported from here", "correct the name, or start in the folder that contains it"
        ) from None
    found: dict[str, Mapping[str, object]] = {}
    for kind in KINDS:
        given = getattr(module, kind, {})
        if not isinstance(given, Mapping):
            raise BadTarget(f"{module_name}.{kind} is a {type(given).__name__}", "a dict of names and implementations", f"write {kind} = {{…}}")
        found[kind] = given
    return found
