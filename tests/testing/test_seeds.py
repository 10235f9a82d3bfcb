"""Tests under many seeds: the mark `seeds` of the pytest plugin."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from actorweb import ActorSystem
from actorweb.testing import SimulatedWorld

ROOT = Path(__file__).parents[2]
seen: list[int] = []


@pytest.mark.seeds(7)
async def test_a_marked_test_runs_once_for_each_seed(system: ActorSystem, world: SimulatedWorld, seed: int) -> None:
    assert system.kernel.world is world
    assert world.seed == seed
    seen.append(seed)


def test_which_is_what_it_did() -> None:
    assert seen in ([], [0, 1, 2, 3, 4, 5, 6])  # empty where this test is run alone


@pytest.fixture(autouse=True)
def _needs_processes(request: pytest.FixtureRequest) -> None:
    if sys.platform == "emscripten" and "tmp_path" in request.fixturenames:
        pytest.skip("this host has no processes")


def run(tmp_path: Path, test: str) -> str:
    """Run a test file of its own, which must fail, and give what pytest said."""
    (tmp_path / "conftest.py").write_text("from actorweb.testing.plugin import *\n")
    (tmp_path / "test_it.py").write_text(textwrap.dedent(test))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path / "test_it.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, check=False)
    assert done.returncode != 0, done.stdout
    return done.stdout


def test_a_failure_says_under_which_seed(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        """
        import pytest

        @pytest.mark.seeds(100)
        async def test_it(system, seed):
            assert seed != 42
        """,
    )
    assert "under seed 42" in said


@pytest.mark.parametrize("mark", ["seeds", "seeds(0)"])
def test_a_mark_without_a_number_is_refused(tmp_path: Path, mark: str) -> None:
    said = run(
        tmp_path,
        f"""
        import pytest

        @pytest.mark.{mark}
        async def test_it(system):
            pass
        """,
    )
    assert "AW-910" in said


def test_a_fixture_that_is_made_from_one_world_is_refused(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        """
        import pytest

        @pytest.fixture
        def mine(world):
            return world

        @pytest.mark.seeds(2)
        async def test_it(system, mine):
            pass
        """,
    )
    assert "AW-910" in said
    assert "'mine' is made once, from 'world'" in said
