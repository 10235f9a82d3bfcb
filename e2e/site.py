"""A site in this process: what a server of actorweb offers, with pages and components that a test brings along."""

from __future__ import annotations

import functools
import io
import json
import threading
import urllib.parse
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from actorweb.page.manifest import manifest
from actorweb.tools.wheels import bytecode

ROOT = Path(__file__).resolve().parents[1]
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"
WHEEL = "/actorweb/wheels/actorweb-0.1.0-py3-none-any.whl"
PYODIDE = ROOT / "node_modules" / "pyodide"
RUNTIME = ("pyodide.asm.wasm", "pyodide.asm.mjs", "python_stdlib.zip", "pyodide-lock.json")
FOLDERS = ("actorweb", "components", "e2e/components", "bench/rows")
INFO = "actorweb-0.1.0.dist-info"


@functools.cache
def wheel() -> bytes:
    """Give the checkout as a wheel: the package, the gallery, and the components of the tests."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in FOLDERS:
            for path in sorted((ROOT / folder).rglob("*.py")):
                archive.write(path, path.relative_to(ROOT).as_posix())
        for path, place in bytecode("actorweb"):  # else each page compiles the package anew
            archive.write(path, place)
        for package in {folder.split("/")[0] for folder in FOLDERS if "/" in folder}:
            archive.writestr(f"{package}/__init__.py", "")
        archive.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: actorweb\nVersion: 0.1.0\n")
        archive.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nGenerator: actorweb\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{INFO}/RECORD", "")
    return made.getvalue()


class Site:
    """Serves `pages` (path → HTML), the bundle, Pyodide, the wheel, and files under `/files/` from the checkout.

    `isolated` adds the headers that give a page fine clocks; `missing` are paths that it does not have. The site runs between `with` and its end.
    """

    def __init__(self, pages: dict[str, str], *, isolated: bool = False, missing: tuple[str, ...] = ()) -> None:
        self.pages = pages
        self.missing = missing
        self.isolated = isolated
        self._wheel = wheel()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, query: str) -> tuple[int, str, bytes]:
        """Give status, type and body."""
        if path in self.missing:
            return 404, "text/plain", b"missing"
        if path in self.pages:
            return 200, TYPES[".html"], self.pages[path].encode()
        if path == "/favicon.ico":
            return 200, "image/x-icon", b""
        if path == WHEEL:
            return 200, "application/zip", self._wheel
        if path == "/actorweb/manifest.json":
            components = urllib.parse.parse_qs(query).get("components", [""])[0].split()
            sizes = {f"/actorweb/pyodide/{name}": (PYODIDE / name).stat().st_size for name in RUNTIME}
            found = {**manifest(components), "runtime": {"index": "/actorweb/pyodide/", "packages": [WHEEL], "sizes": sizes}}
            return 200, TYPES[".json"], json.dumps(found).encode()
        folder, _, name = path.removeprefix("/").partition("/")
        if folder == "actorweb":
            place = PYODIDE / name.removeprefix("pyodide/") if name.startswith("pyodide/") else ROOT / "actorweb" / "web" / name
        else:
            place = ROOT / name if folder == "files" else ROOT / "nowhere"
        if ".." in path or not place.is_file():
            return 404, "text/plain", path.encode()
        return 200, TYPES.get(place.suffix, "application/octet-stream"), place.read_bytes()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                status, kind, body = site.answer(url.path, url.query)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                if site.isolated:
                    self.send_header("Cross-Origin-Opener-Policy", "same-origin")
                    self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: the tests' output is the tests'."""

        return Handler
