"""Run cases recorded from XState: `run_xstate.py [--pyodide] FILE…` prints each that fails with its first difference, then `N passed, M failed`.

The exit status is 1 if any failed. A line that is no case, and a file that cannot be read, fail too. `--pyodide` runs them in Pyodide under node.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from actorweb.errors.machine import BadMachine, GuardFailed
from actorweb.machine import Child, MachineSnapshot
from actorweb.values.json import UNSET
from tests.conformance.interpreter import Actor, Endless, Plain
from tests.conformance.vocabulary import UserError, Vocabulary


class NoCase(ValueError):
    """A line of a file is no case."""


def load(path: Path) -> Iterator[dict[str, Any]]:
    """Give the cases of a file. Raises NoCase."""
    for case in lines_of(path):
        if isinstance(case, NoCase):
            raise case
        yield case


def lines_of(path: Path) -> Iterator[dict[str, Any] | NoCase]:
    """Give for each line that is not empty its case, or what is wrong with it."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            try:
                yield case_of(line)
            except (ValueError, RecursionError) as error:
                yield NoCase(f"{path}:{number}: no case: {error}")


def case_of(line: bytes) -> dict[str, Any]:
    """Give the case of a line. Raises ValueError."""
    case = json.loads(line)
    if not isinstance(case, dict):
        raise ValueError(f"expected an object, got {type(case).__name__}")  # noqa: TRY004 - caught as one with the decoder's
    for key, kind in {"name": str, "steps": list, "expected": list}.items():
        if not isinstance(case.get(key), kind):
            raise ValueError(f"{key!r} is {'missing' if key not in case else 'no ' + kind.__name__}")
    if not isinstance(case.get("config"), dict) and not isinstance(case.get("config_text"), str):
        raise ValueError("'config' is missing")
    wanted = 1 if case["expected"] == [{"invalid": True}] else len(case["steps"]) + 1
    if len(case["expected"]) != wanted:
        raise ValueError(f"{wanted} records expected, one for the start and one for each step, got {len(case['expected'])}")
    return case


def cause(error: object) -> object:
    """Give the user's error if there is one, else that something of the library's failed."""
    at: object = error
    while isinstance(at, BaseException):
        if isinstance(at, UserError):
            return str(at)
        at = at.__cause__
    return {"library": True}


def round_trip(persisted: object) -> object:
    """Give a persisted form as it comes back from JSON: errors are empty objects there."""
    if isinstance(persisted, BaseException):
        return {}
    if isinstance(persisted, Plain):
        return Plain(persisted.status, persisted.output, round_trip(persisted.error), persisted.context, persisted.given)
    if isinstance(persisted, Mapping):
        return {key: round_trip(part) for key, part in persisted.items()}
    return persisted


def can(snapshot: MachineSnapshot, event: str) -> bool:
    """Tell whether a snapshot would take an event; it would not if a guard fails."""
    try:
        return snapshot.can({"type": event})
    except GuardFailed:
        return False


class Run:
    """One case, run."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.case = case
        self.vocabulary = Vocabulary(case)
        self.world = self.vocabulary.world
        config = json.loads(case["config_text"]) if "config_text" in case else case["config"]
        self.machine = self.vocabulary.machine(config)
        for src in case.get("actors", {}):
            self.vocabulary.make(src)
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
            kept = round_trip(self.root.persist())
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
            found["can"] = [event for event in self.case["can"] if can(now, event)]
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


def failure_of(case: dict[str, Any] | NoCase) -> str | None:
    """Run a case; give what to print if it failed."""
    if isinstance(case, NoCase):
        return str(case)
    try:
        found = check(case)
    except (Exception, Endless) as error:  # noqa: BLE001 - a case that breaks is a case that fails
        found = f"{type(error).__name__}: {error}"
    return None if found is None else f"{case['name']} {case.get('features', '')}: {found}"


def main(paths: list[str]) -> int:
    """Run the files; give the exit status."""
    passed = failed = 0
    for path in paths:
        try:
            for case in lines_of(Path(path)):
                failure = failure_of(case)
                if failure is None:
                    passed += 1
                else:
                    failed += 1
                    print(failure)  # noqa: T201 - a program
        except OSError as error:
            failed += 1
            print(f"{path}: cannot be read: {error.strerror}")  # noqa: T201 - a program
    print(f"{passed} passed, {failed} failed")  # noqa: T201 - a program
    return 1 if failed else 0


def main_in_pyodide(paths: list[str]) -> int:
    """Run the files in Pyodide, which sees them as copies below this checkout; give the exit status."""
    from tests.hosts.prepare import ROOT  # noqa: PLC0415 - not to be imported there
    from tests.hosts.run import in_pyodide  # noqa: PLC0415

    with TemporaryDirectory(dir=ROOT, prefix=".cases-") as below:
        seen: list[str] = []
        for number, path in enumerate(paths):
            copy = Path(below, str(number), Path(path).name)
            copy.parent.mkdir()
            if Path(path).is_file():
                shutil.copyfile(path, copy)
            seen.append(copy.relative_to(ROOT).as_posix())
        status, printed = in_pyodide("import sys\nfrom tests.conformance.run_xstate import main\nsys.exit(main(sys.argv[1:]))", *seen, timeout=3600)
    print(printed, end="")  # noqa: T201 - a program
    return status


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main_in_pyodide([name for name in given if name != "--pyodide"]) if "--pyodide" in given else main(given))
