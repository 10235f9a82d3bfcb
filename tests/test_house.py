"""The law of the house: who may import whom, and how long a module may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "actorweb"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "gallery" not in path.parts)

# A room may import itself and the rooms named here.
LAW = {
    "errors": set(),
    "values": {"errors"},
    "kernel": {"errors", "values"},
    "state": {"errors", "values", "kernel"},
    "machine": {"errors", "values", "kernel"},
    "page": {"errors", "values", "kernel"},
    "system": {"errors", "values", "kernel", "state", "machine", "page"},
    "program": {"errors", "values", "kernel", "system"},
    "testing": {"errors", "values", "kernel", "state", "machine", "page", "system"},
    "tools": {"errors", "values", "kernel", "state", "machine", "page", "system", "program"},
    "cli": {"errors", "values", "kernel", "state", "machine", "page", "system", "tools"},
}
PUBLIC = {"errors", "values", "kernel", "system"}  # what `from actorweb import …` reaches

# Types of a later room that an earlier one names, for checkers only: the system is what its actors see of it.
NAMED_ONLY = {("kernel", "system")}

# Composing a page's host needs a system and its store; nothing else of a room may.
COMPOSES = {("page/hosts", "system"), ("page/hosts", "state")}

# A plugin knows what it is plugged into; nothing imports it but a user's tests.
TOOLS_OF_OTHERS = {("actorweb/testing/plugin.py", "pytest")}

HEAVY = ("unittest", "html", "statistics", "uuid", "importlib.metadata", "random", "hashlib", "urllib", "email", "http", "ssl", "subprocess", "argparse")
JAVASCRIPT = ("js", "pyodide", "pyodide_js", "pyscript", "_pyodide")
LIMIT = 400


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Give the modules that a file imports, the line, and whether only for checkers."""

    def walk(node: ast.AST, checking: bool) -> Iterator[tuple[str, int, bool]]:
        for child in ast.iter_child_nodes(node):
            inside = checking
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for part in child.body:
                    yield from walk(ast.Module([part], []), True)
                for part in child.orelse:
                    yield from walk(ast.Module([part], []), checking)
                continue
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, child.lineno, inside
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{name_of(path)}:{child.lineno} imports relatively; write the whole name"
                for alias in child.names:
                    yield f"{child.module}.{alias.name}", child.lineno, inside
            else:
                yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text()), False)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_earlier_rooms(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in LAW, f"{name_of(path)}: no room of the house is called {room}"
    for module, line, checking in imports(path):
        if module.split(".")[0] != "actorweb":
            continue
        target = module.split(".")[1]
        places = [target] if target in LAW else sorted(PUBLIC)  # `from actorweb import X` reaches all public rooms
        for place in places:
            allowed = (
                place == room
                or place in LAW[room]
                or (checking and (room, place) in NAMED_ONLY)
                or (name_of(path.parent).removeprefix("actorweb/"), place) in COMPOSES
            )
            assert allowed, f"{name_of(path)}:{line} imports {module}, which comes after {room}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_core_needs_the_standard_library_only(path: Path) -> None:
    room = room_of(path)
    for module, line, checking in imports(path):
        top = module.split(".")[0]
        if room in {"tools", "cli"} or checking or top in {"actorweb", "__future__"}:
            continue
        if top in JAVASCRIPT:
            assert name_of(path).startswith("actorweb/page/hosts/"), f"{name_of(path)}:{line} imports {top} outside page/hosts"
        elif (name_of(path), top) not in TOOLS_OF_OTHERS:
            assert top in sys.stdlib_module_names, f"{name_of(path)}:{line} imports {top}, which is not in the standard library"


def test_one_module_alone_speaks_to_javascript() -> None:
    speakers = {name_of(path) for path in MODULES for module, _, checking in imports(path) if not checking and module.split(".")[0] in JAVASCRIPT}
    assert len(speakers) <= 1, f"js, pyodide and pyscript belong into one module: {sorted(speakers)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_stays_readable(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LIMIT, f"{name_of(path)} has {lines} lines; {LIMIT} at most: which two nouns are in it?"


@pytest.mark.parametrize("path", sorted([*MODULES, *(ROOT / "web").glob("*.js"), *(ROOT / "components").rglob("*.py")]), ids=name_of)
def test_text_is_plain(path: Path) -> None:
    text = path.read_bytes()
    assert b"\r" not in text
    assert b"\t" not in text or path.suffix == ".js"
    assert not [number for number, line in enumerate(text.split(b"\n"), 1) if line.endswith(b" ")], "trailing spaces"
    assert not text or text.endswith(b"\n")


@pytest.mark.parametrize("program", ["import actorweb", *(["import actorweb.page"] if (PACKAGE / "page").is_dir() else [])])
def test_an_import_brings_no_heavy_module(program: str) -> None:
    found = f"import sys, asyncio; before = set(sys.modules); {program}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", found], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
