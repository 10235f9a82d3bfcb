"""The wheel, made from the sdist, in an empty environment: it imports, runs an actor, and serves the gallery."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return python


def run(python: Path, *arguments: str, where: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), *arguments], cwd=where, input=text, capture_output=True, text=True, check=False, timeout=60)


def test_the_wheel_carries_all_that_a_user_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "__init__.py",
        "cli.py",
        "kernel/scheduler.py",
        "tools/server.py",
        "py.typed",
        "web/actorweb.js",
        "web/actorweb.js.map",
        "web/worker.js",
        "web/bytecode/kernel/scheduler.cpython-314.pyc",
        "gallery/components/counter/__init__.py",
        "gallery/static/index.html",
    ):
        assert f"actorweb/{name}" in names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name or name.startswith("tests/")]
    metadata = zipfile.ZipFile(wheel).read("actorweb-0.1.0.dist-info/METADATA").decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert needed == []


def test_it_imports_alone(python: Path, tmp_path: Path) -> None:
    done = run(python, "-I", "-W", "error", "-c", "import actorweb, actorweb.page, actorweb.testing; print(actorweb.__version__)", where=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "0.1.0"), done.stderr


def test_the_command_runs_an_actor(python: Path, tmp_path: Path) -> None:
    (tmp_path / "sums.py").write_text(
        "from actorweb import MessagePlan, Request, define_behavior, message\n"
        "@message\nclass Add:\n    by: int\n"
        "@message\nclass Total(Request[int]): ...\n"
        "sums = define_behavior('sums').with_context(0).on(Add, lambda m, a: a.context + m.by).on(Total, lambda m, a: MessagePlan(reply=a.context)).build()\n"
    )
    command = python.with_name("actorweb")
    done = subprocess.run(
        [str(command), "run", "sums:sums"],
        cwd=tmp_path,
        input='{"type":"Add","by":2}\n{"type":"Total"}\n',
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, '{"reply":2}\n'), done.stderr


def test_the_server_names_the_extra_that_it_misses(python: Path, tmp_path: Path) -> None:
    done = subprocess.run([str(python.with_name("actorweb")), "dev", "--port", "0"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "pip install 'actorweb[dev-server]'" in done.stderr


def test_it_serves_the_gallery(python: Path, tmp_path: Path) -> None:
    borrowed = {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"}  # the extra, as if it had been installed
    server = subprocess.Popen([str(python.with_name("actorweb")), "dev", "--port", "0"], cwd=tmp_path, env=borrowed, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        origin = next("http://" + line.split("http://")[1].split("/")[0] for line in server.stdout if "http://" in line)

        def get(path: str) -> str:
            with urllib.request.urlopen(origin + path) as answer:
                return answer.read().decode(errors="replace")

        assert "aw-counter" in get("/")
        assert "customElements" in get("/actorweb/actorweb.js")
        found = json.loads(get("/actorweb/manifest.json?components=counter+todo"))
        assert [element["tag"] for element in found["elements"]] == ["aw-counter", "aw-todo"]
        assert found["errors"] == []
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()
