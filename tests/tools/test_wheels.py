"""Wheels for the page: sources, and beside them what the build compiled for the page's Python."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from actorweb.tools.wheels import bytecode, sources, wheel
from tests.hosts.prepare import ROOT
from tests.hosts.run import in_pyodide

PROGRAM = """
import pathlib, shutil, sys
shutil.unpack_archive(sys.argv[1], "/home/pyodide/site", "zip")
sys.path[:] = ["/home/pyodide/site", *(path for path in sys.path if path not in ("", "/repo"))]
site = pathlib.Path("/home/pyodide/site/actorweb")
if sys.argv[2] == "changed":
    for path in (site / "__init__.py", site / "system.py"):
        path.write_text(path.read_text() + "\\nCHANGED = True\\n")
if sys.argv[2] == "compiled only":
    for path in site.rglob("*.py"):
        assert (path.parent / "__pycache__" / f"{path.stem}.cpython-314.pyc").exists(), path
        path.write_bytes(path.read_bytes())
compiled = []
import importlib._bootstrap_external as loader
to_code = loader.SourceLoader.source_to_code
def source_to_code(self, data, path, *arguments, **options):
    compiled.append(path)
    return to_code(self, data, path, *arguments, **options)
loader.SourceLoader.source_to_code = source_to_code
import actorweb, actorweb.page
print(sorted(pathlib.Path(path).name for path in compiled), getattr(actorweb, "CHANGED", False))
"""


@pytest.fixture
def packed() -> Path:
    path = ROOT / ".cache" / "test_wheels.whl"
    path.write_bytes(wheel("actorweb"))
    return path


def test_each_source_has_its_bytecode() -> None:
    names = zipfile.ZipFile(io.BytesIO(wheel("actorweb"))).namelist()
    compiled = {name for name in names if name.endswith(".pyc")}
    assert len(compiled) == len(sources("actorweb")) == len(bytecode("actorweb"))
    assert "actorweb/kernel/__pycache__/scheduler.cpython-314.pyc" in compiled
    assert bytecode("components") == []


def test_a_page_compiles_nothing_of_ours(packed: Path) -> None:
    assert in_pyodide(PROGRAM, f"/repo/{packed.relative_to(ROOT)}", "compiled only") == (0, "[] False\n")


def test_a_source_that_was_changed_since_is_compiled_anew(packed: Path) -> None:
    assert in_pyodide(PROGRAM, f"/repo/{packed.relative_to(ROOT)}", "changed") == (0, "['__init__.py', 'system.py'] True\n")
