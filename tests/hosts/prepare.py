"""The other hosts of the test suites: which Pythons there are, and what they need.

Run as a program it makes what is missing, so that the tests themselves install nothing: an environment for the oldest
and for the newest CPython found, and the wheels that Pyodide takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
PYODIDE_WHEELS = CACHE / "pyodide-wheels"
PACKAGES = ("pytest", "pluggy", "iniconfig", "packaging", "Pygments", "hypothesis", "sortedcontainers")
PYODIDE_ABI = ("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--platform", "pyemscripten_2026_0_wasm32")
FLOOR = (3, 11)


def version_of(python: str) -> tuple[int, int] | None:
    """Give the version of an interpreter, or None where the file does not run (a shim without a version behind it)."""
    try:
        done = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=30, check=True)
        major, minor = done.stdout.split()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return int(major), int(minor)


def found() -> dict[tuple[int, int], str]:
    """Give the CPythons of this machine, from the floor on."""
    names = [f"python3.{minor}" for minor in range(FLOOR[1], 20)]
    candidates = [path for name in names if (path := shutil.which(name))]
    for folder in (Path.home() / ".pyenv" / "versions", Path("/opt")):
        candidates += [str(path) for name in names for path in folder.glob(f"*/bin/{name}")]
    pythons: dict[tuple[int, int], str] = {}
    for candidate in candidates:
        version = version_of(candidate)
        if version is not None and version >= FLOOR:
            pythons.setdefault(version, candidate)
    return pythons


def others() -> dict[tuple[int, int], str]:
    """Give the oldest and the newest CPython found, without the one that runs."""
    pythons = found()
    wanted = {min(pythons), max(pythons)} - {sys.version_info[:2]} if pythons else set()
    return {version: pythons[version] for version in sorted(wanted)}


def environment(version: tuple[int, int]) -> Path:
    """Give the interpreter of the environment made for a version."""
    return CACHE / f"python{version[0]}.{version[1]}" / "bin" / "python"


def pins() -> list[str]:
    """Give the locked versions of what the suites import."""
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    return [line for line in lock if line.partition("==")[0] in PACKAGES]


def pip(*arguments: str) -> None:
    done = subprocess.run([*arguments, "--quiet", "--disable-pip-version-check", "--no-deps", *pins()], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


def main() -> None:
    for version, python in others().items():
        print(f"    CPython {version[0]}.{version[1]} ({python})", flush=True)
        target = environment(version)
        if not target.exists():
            subprocess.run([python, "-m", "venv", str(target.parents[1])], check=True)
        pip(str(target), "-m", "pip", "install")
    print("    wheels for Pyodide", flush=True)
    shutil.rmtree(PYODIDE_WHEELS, ignore_errors=True)
    pip(sys.executable, "-m", "pip", "download", "--only-binary", ":all:", *PYODIDE_ABI, "--dest", str(PYODIDE_WHEELS))


if __name__ == "__main__":
    main()
