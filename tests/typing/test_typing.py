"""The public types hold in two checkers: what must pass does, and each line marked E in `rejects.py` is an error in both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REJECTED = {number: text.split("# ")[-1][:3] for number, text in enumerate((HERE / "rejects.py").read_text().splitlines(), 1) if re.search(r"# E\d\d", text)}

Errors = dict[str, dict[int, list[str]]]


def mypy() -> Errors:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--show-absolute-path", "--explicit-package-bases", "--config-file="]
    done = subprocess.run([*command, str(HERE / "accepts.py"), str(HERE / "rejects.py")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    errors: Errors = {}
    for line in done.stdout.splitlines():
        if match := re.match(r"(.+?):(\d+): error: (.*)", line):
            errors.setdefault(Path(match[1]).name, {}).setdefault(int(match[2]), []).append(match[3])
    return errors


def pyright() -> Errors:
    command = [str(ROOT / "node_modules" / ".bin" / "pyright"), "--outputjson", "--pythonpath", sys.executable, "--project", str(HERE / "pyrightconfig.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    errors: Errors = {}
    for each in json.loads(done.stdout)["generalDiagnostics"]:
        if each["severity"] == "error":
            errors.setdefault(Path(each["file"]).name, {}).setdefault(each["range"]["start"]["line"] + 1, []).append(each["message"])
    return errors


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def errors(request: pytest.FixtureRequest) -> Errors:
    return request.param()


def test_the_examples_are_accepted(errors: Errors) -> None:
    assert errors.get("accepts.py", {}) == {}


def test_each_marked_line_and_no_other_is_an_error(errors: Errors) -> None:
    found = errors.get("rejects.py", {})
    missed = {number: code for number, code in REJECTED.items() if number not in found}
    surplus = {number: texts for number, texts in found.items() if number not in REJECTED}
    assert (missed, surplus) == ({}, {})
