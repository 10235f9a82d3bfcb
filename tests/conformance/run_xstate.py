"""Run cases recorded from XState: `run_xstate.py FILE…` prints each that fails with its first difference, then `N passed, M failed`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from actorweb.errors.machine import BadMachine
from actorweb.machine import Child, MachineSnapshot
from actorweb.values.json import UNSET
from tests.conformance.interpreter import Actor
from tests.conformance.vocabulary import UserError, Vocabulary


def load(path: Path) -> Iterator[dict[str, Any]]:
    """Give the cases of a file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def cause(error: object) -> object:
    """Give the user's error if there is one, else that something of the library's failed."""
    at: object = error
    while isinstance(at, BaseException):
        if isinstance(at, UserError):
            return str(at)
        at = at.__cause__
    return {"library": True}


class Run:
    """One case, run."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.case = case
        self.vocabulary = Vocabulary(case)
        self.world = self.vocabulary.world
        config = json.loads(case["config_text"]) if "config_text" in case else case["config"]
        self.machine = self.vocabulary.machine(config)
        self.root = self._actor(None)

    def _actor(self, restored: object) -> Actor:
        return Actor(self.world, self.machine, Child("root", "root", self.case.get("input")), None, restored)

    def start(self) -> None:
        self.root.start()
        self.world.settle()

    def step(self, step: Mapping[str, Any]) -> None:
        if "$advance" in step:
            self.world.advance(step["$advance"])
        elif step.get("$restore"):
            kept = self.root.persist()
            self.root.stop()
            self.world.settle()
            self.world.trace.clear()
            self.root = self._actor(kept)
            self.start()
        elif step.get("$stop"):
            self.root.stop()
        else:
            self.root.send(step)
        self.world.settle()

    def record(self) -> dict[str, Any]:
        now = self.root.snapshot
        assert isinstance(now, MachineSnapshot)
        found: dict[str, Any] = {"value": now.value, "context": now.context, "status": now.status, "trace": list(self.world.trace)}
        self.world.trace.clear()
        if now.tags:
            found["tags"] = sorted(now.tags)
        if now.status == "done" and now.output is not UNSET:
            found["output"] = now.output
        if now.status == "error":
            found["error"] = cause(now.error)
        children: dict[str, Any] = {}
        for name, child in now.children.items():
            inner = self.root.actors[child].snapshot
            children[name] = {"status": inner.status}
            if isinstance(inner, MachineSnapshot):
                children[name]["value"] = inner.value
        if children:
            found["children"] = children
        if now.get_meta():
            found["meta"] = now.get_meta()
        if self.case.get("can"):
            found["can"] = [event for event in self.case["can"] if now.can({"type": event})]
        return found


def differs(expected: object, got: object, path: str = "") -> str | None:
    """Give the first place where two JSON values differ."""
    if isinstance(expected, dict) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            if key not in got or key not in expected:
                return f"{path}.{key}: expected {expected.get(key, 'nothing')!r}, got {got.get(key, 'nothing')!r}"
            found = differs(expected[key], got[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(got, (list, tuple)):
        for place, (one, other) in enumerate(zip(expected, got, strict=False)):
            found = differs(one, other, f"{path}[{place}]")
            if found:
                return found
        return None if len(expected) == len(got) else f"{path}: expected {expected!r}, got {got!r}"
    equal = isinstance(expected, bool) == isinstance(got, bool) and expected == got
    return None if equal else f"{path}: expected {expected!r}, got {got!r}"


def check(case: Mapping[str, Any]) -> str | None:
    """Run a case; give the first difference, or None if there is none."""
    invalid = case["expected"] == [{"invalid": True}]
    try:
        run = Run(case)
    except BadMachine as error:
        return None if invalid else f"not built: {error}"
    run.start()
    if invalid:
        return None if run.root.snapshot.status == "error" else "built and started, but it is invalid"
    for place, recorded in enumerate(case["expected"]):
        if place:
            run.step(case["steps"][place - 1])
        # A child without an implementation is in XState's children as `undefined`: recorded as an empty object.
        expected = {key: value for key, value in recorded.items() if (key, value) != ("children", {})}
        found = differs(expected, run.record())
        if found:
            return f"after {'start' if not place else case['steps'][place - 1]!r} (record {place}) {found}"
    return None


def main(paths: list[str]) -> int:
    """Run the files; give the exit status."""
    passed = failed = 0
    for path in paths:
        for case in load(Path(path)):
            try:
                found = check(case)
            except Exception as error:  # noqa: BLE001 - a case that breaks is a case that fails
                found = f"{type(error).__name__}: {error}"
            if found is None:
                passed += 1
            else:
                failed += 1
                print(f"{case['name']} {case.get('features', '')}: {found}")  # noqa: T201 - a program
    print(f"{passed} passed, {failed} failed")  # noqa: T201 - a program
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
