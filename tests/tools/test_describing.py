"""The manifest follows the files, and a module can do no harm to who describes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorweb.tools.describing import described

MODULE = """
print("what a module says is not the manifest")
from actorweb import define_behavior
from actorweb.page import define_element
element = define_element("{tag}").with_behavior(define_behavior("edited").with_context(0).build()).build()
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "edited_here").mkdir()
    (tmp_path / "edited_here" / "__init__.py").write_text("")
    return tmp_path / "edited_here" / "part.py"


def tags(found) -> list[str]:
    return [element["tag"] for element in found["elements"]]


def test_an_edited_module_is_read_anew(module: Path) -> None:
    module.write_text(MODULE.format(tag="aw-before"))
    before = described(["edited_here.part"])
    assert tags(before) == ["aw-before"]
    assert described(["edited_here.part"]) is before
    module.write_text(MODULE.format(tag="aw-afterwards"))
    after = described(["edited_here.part"])
    assert tags(after) == ["aw-afterwards"]
    assert after["digest"] != before["digest"]


@pytest.mark.parametrize("line", ["raise SystemExit(0)", "import os; os._exit(3)"])
def test_a_module_that_ends_python_is_named(module: Path, line: str) -> None:
    module.write_text(line)
    found = described(["edited_here.part"])
    (error,) = found["errors"]
    assert error["code"] == "AW-703"
    assert "edited_here.part" in error["text"]
