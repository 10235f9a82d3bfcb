"""Python for the page: packages as wheels, made in memory from what this Python would import."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path

from actorweb import __version__
from actorweb.errors import UnknownComponent

LEFT_OUT = frozenset({"__pycache__", "web", "gallery", "tools", "testing", "cli.py", "plugin.py", "conftest.py"})
"""What a page has no use for: the shim itself, the gallery, and what runs on a developer's machine, tests included."""


def name_of(package: str) -> str:
    """Give the file name of a package's wheel."""
    return f"{package}-{__version__ if package == 'actorweb' else '0'}-py3-none-any.whl"


def sources(package: str) -> list[tuple[Path, str]]:
    """Give the files of a package and their places in a wheel. Raises `UnknownComponent`."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise UnknownComponent(f"the package {package!r} is not there", "a package that can be imported", "correct data-components, or add the module")
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        return [(origin, origin.name)]
    folder = origin.parent
    found = [path for path in folder.rglob("*.py") if not LEFT_OUT.intersection(path.relative_to(folder).parts) and not path.name.startswith("test_")]
    return [(path, f"{package}/{path.relative_to(folder).as_posix()}") for path in sorted(found)]


def bytecode(package: str) -> list[tuple[Path, str]]:
    """Give the compiled files that the build made for the page's Python, and their places. One whose source has changed since is passed over there."""
    if package != "actorweb":
        return []
    folder = Path(__file__).parents[1] / "web" / "bytecode"
    there = {place for _, place in sources(package)}
    compiled = [(path, path.relative_to(folder)) for path in sorted(folder.rglob("*.pyc"))]
    return [
        (path, f"{package}/{(place.parent / '__pycache__' / place.name).as_posix()}")
        for path, place in compiled
        if f"{package}/{(place.parent / place.name.partition('.')[0]).as_posix()}.py" in there
    ]


def wheel(package: str) -> bytes:
    """Make the wheel of a package: the same bytes for the same sources."""
    version = __version__ if package == "actorweb" else "0"
    info = f"{package}-{version}.dist-info"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(place: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(place), data, zipfile.ZIP_DEFLATED)

        for path, place in [*sources(package), *bytecode(package)]:
            add(place, path.read_bytes())
        add(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode())
        add(f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: actorweb\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        add(f"{info}/RECORD", b"")
    return made.getvalue()
