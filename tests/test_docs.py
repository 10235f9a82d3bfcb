"""Every snippet of the documentation runs as it stands there, and what is named exists."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import io
import json
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorweb import ActorSystem
from actorweb.testing import SimulatedWorld

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
IN_NO_TIME = ("supervise", "become", "virtual-time", "test-a-chart", "durable-machine")  # what these do takes no time in the real world either
WITH_EXAMPLES = [path for path in sorted((ROOT / "actorweb").rglob("*.py")) if "    >>> " in path.read_text()]
PARTS = ("**The problem.**", "**What is guaranteed.**", "**What goes wrong.**")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def snippets(page: Path) -> list[tuple[str, str]]:
    """Give the snippets of a page: (language, text)."""
    return re.findall(r"```(\w+)\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """A module for the snippets of a page: dataclasses look theirs up."""
    made = types.ModuleType("snippets")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    yield made


def execute(page: Path, module: types.ModuleType) -> str:
    """Run the Python of a page, from the first snippet to the last, in one module; then the `main` of a how-to, in a simulated world. Gives what was printed."""
    names = vars(module)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for language, code in snippets(page):
            if language == "python" and not code.startswith("# file:"):
                exec(compile(code, name_of(page), "exec"), names)
        if page in HOW_TO:
            world = SimulatedWorld(seed=1)

            async def main() -> None:
                async with ActorSystem(world=world) as system:
                    await names["main"](system)

            world.run(main())
    return printed.getvalue()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HOW_TO], ids=name_of)
def test_the_python_of_a_page_runs(page: Path, module: types.ModuleType) -> None:
    execute(page, module)
    if page == README:
        assert "total_element" in vars(module)


@pytest.mark.parametrize("page", [page for page in HOW_TO if page.stem != "virtual-time"], ids=name_of)
def test_the_program_of_a_how_to_prints_what_the_page_says(page: Path, module: types.ModuleType) -> None:
    (said,) = [text for language, text in snippets(page) if language == "text"]
    assert execute(page, module) == said


@pytest.mark.parametrize("page", [page for page in HOW_TO if page.stem in IN_NO_TIME], ids=name_of)
def test_the_program_of_a_how_to_runs_as_a_program(page: Path, tmp_path: Path) -> None:
    (program,) = [code for language, code in snippets(page) if language == "python"]
    (said,) = [text for language, text in snippets(page) if language == "text"]
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run([sys.executable, str(tmp_path / "program.py")], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, check=True)
    assert done.stdout == said


@pytest.mark.parametrize("page", HOW_TO, ids=name_of)
def test_a_how_to_says_the_problem_what_is_guaranteed_and_what_goes_wrong(page: Path) -> None:
    text = page.read_text()
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=name_of)
def test_the_examples_of_docstrings_run(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    done = doctest.testmod(module)
    assert done.attempted
    assert not done.failed


def test_the_pyscript_page_is_the_one_that_is_served() -> None:
    (code,) = [code for kind, code in snippets(README) if code.startswith("# file:")]
    served = (ROOT / "static/pyscript.py").read_text()
    assert code.split("\n", 1)[1].strip() == served.split('"""', 2)[2].strip()


def test_the_command_prints_what_is_said() -> None:
    (command,) = [code for kind, code in snippets(README) if "actorweb run" in code]
    (printed,) = [code for kind, code in snippets(README) if kind == "json"]
    done = subprocess.run(
        ["bash", "-c", command.replace("actorweb run", f"{sys.executable} -m actorweb.cli run")], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [json.loads(line) for line in printed.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_named_exists(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (page.parent / path).exists(), path
    for path in re.findall(r"`((?:components|actorweb|web|bench|tests)/[\w/.]*)`", text):
        if path != "components/total/__init__.py":  # the reader's own
            assert (ROOT / path).exists(), path


def test_the_targets_that_the_readme_names_exist() -> None:
    for target in ("demo", "test", "bench"):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def names_of_tests(path: Path) -> list[str]:
    """Give the names of the tests in a file."""
    tree = ast.parse(path.read_text())
    return [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_")]


def test_each_promise_of_otp_names_a_test_that_exists_and_each_such_test_is_named() -> None:
    text = (ROOT / "docs" / "otp.md").read_text()
    named = re.findall(r"`(test_\w+)`", text)
    existing = [test for path in sorted((ROOT / "tests" / "otp").glob("test_*.py")) for test in names_of_tests(path)]
    assert sorted(set(named) - set(existing)) == [], "named, but not there"
    assert sorted(set(existing) - set(named)) == [], "there, but not named"
