"""The runner says of any file how many of its cases pass, and why the others do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.run_xstate import main
from tests.hosts.prepare import PYODIDE_WHEELS, ROOT

HERE = Path(__file__).parent
FILES = [path.relative_to(ROOT).as_posix() for path in sorted((HERE / "xstate").glob("*.jsonl"))]
RECORD = {"value": "a", "context": {}, "status": "active", "trace": []}
GOOD = {"name": "good", "config": {"initial": "a", "states": {"a": {}}}, "steps": [], "expected": [RECORD]}


def lines(path: Path, *cases: object) -> str:
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in cases), encoding="utf-8")
    return str(path)


def test_all_pass_and_the_status_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([lines(tmp_path / "x.jsonl", GOOD, "", GOOD)]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"


def test_one_that_fails_is_named_with_its_first_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = {**GOOD, "name": "bad", "expected": [{**RECORD, "value": "b"}]}
    assert main([lines(tmp_path / "x.jsonl", GOOD, bad)]) == 1
    assert capsys.readouterr().out == "bad : after 'start' (record 0) .value: expected 'b', got 'a'\n1 passed, 1 failed\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no json", "Expecting value"),
        ("[1]", "expected an object, got list"),
        (json.dumps({**GOOD, "name": 3}), "'name' is no str"),
        ('{"name": "x"}', "'steps' is missing"),
        (json.dumps({**GOOD, "config": 3}), "'config' is missing"),
        (json.dumps({**GOOD, "expected": []}), "1 records expected"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_line_that_is_no_case_fails_with_its_place(line: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "x.jsonl", GOOD, line, GOOD)
    assert main([path]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{path}:2: no case: ")
    assert told in first
    assert last == "2 passed, 1 failed"


def test_a_file_that_is_not_there_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl"), lines(tmp_path / "x.jsonl", GOOD)]) == 1
    assert capsys.readouterr().out == f"{tmp_path}/none.jsonl: cannot be read: No such file or directory\n1 passed, 1 failed\n"


def test_a_case_without_an_end_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = {"actions": {"type": "sendTo", "params": {"to": "$self", "event": {"type": "E"}}}}
    case = {**GOOD, "config": {"on": {"E": again}}, "steps": [{"type": "E"}], "expected": [{**RECORD, "value": {}}] * 2}
    assert main([lines(tmp_path / "x.jsonl", case)]) == 1
    assert "Endless" in capsys.readouterr().out


@pytest.mark.slow
def test_the_recorded_cases_pass_in_pyodide_too_and_one_that_fails_is_told(tmp_path: Path) -> None:
    assert PYODIDE_WHEELS.is_dir(), f"{PYODIDE_WHEELS} is missing; do: make setup"
    bad = lines(tmp_path / "bad.jsonl", {**GOOD, "name": "bad", "expected": [{**RECORD, "value": "b"}]})
    command = [sys.executable, "tests/conformance/run_xstate.py", "--pyodide", *FILES, bad]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    cases = sum(1 for name in FILES for line in (ROOT / name).read_text("utf-8").splitlines() if line)
    assert done.stdout.splitlines() == ["bad : after 'start' (record 0) .value: expected 'b', got 'a'", f"{cases} passed, 1 failed"]
    assert done.returncode == 1
