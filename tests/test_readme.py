"""The README's snippets run, in order, as they stand there."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)


def test_the_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("readme")
    monkeypatch.setitem(sys.modules, "readme", module)  # dataclasses look their module up
    names = vars(module)
    for kind, code in SNIPPETS:
        if kind == "python" and not code.startswith("# file:"):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(code, "README.md", "exec"), names)
    assert "total_element" in names


def test_the_pyscript_page_is_the_one_that_is_served() -> None:
    (code,) = [code for kind, code in SNIPPETS if code.startswith("# file:")]
    served = (ROOT / "static/pyscript.py").read_text()
    assert code.split("\n", 1)[1].strip() == served.split('"""', 2)[2].strip()


def test_the_command_prints_what_is_said() -> None:
    (command,) = [code for kind, code in SNIPPETS if "actorweb run" in code]
    (printed,) = [code for kind, code in SNIPPETS if kind == "json"]
    done = subprocess.run(
        ["bash", "-c", command.replace("actorweb run", f"{sys.executable} -m actorweb.cli run")], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [json.loads(line) for line in printed.splitlines()]


def test_what_is_named_exists() -> None:
    for path in re.findall(r"\]\(([\w./-]+)\)", TEXT) + re.findall(r"`((?:components|actorweb|web)/[\w/.]*)`", TEXT):
        if path != "components/total/__init__.py":  # the reader's own
            assert (ROOT / path).exists(), path
    for target in ("demo", "test", "bench"):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
