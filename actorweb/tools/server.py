"""The development server: static pages, the shim, the runtime, and components as wheels. Nothing leaves this machine."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from actorweb.errors import ActorError
from actorweb.page.manifest import module_of
from actorweb.tools.describing import described
from actorweb.tools.wheels import name_of, wheel
from actorweb.values.codec import loads

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from actorweb.values.json import Json

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent
RUNTIME = ("pyodide.asm.wasm", "pyodide.asm.mjs", "python_stdlib.zip")
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; base-uri 'self'; frame-ancestors 'self'"
# PyScript compiles its own helpers from text; the elements themselves need none of it.
PYSCRIPT_POLICY = POLICY.replace("'wasm-unsafe-eval'", "'wasm-unsafe-eval' 'unsafe-eval' blob:").replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
    ".py": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}


def folder_of(name: str) -> Path:
    """Give the folder `components` or `static`: of where the server was started, of the checkout, or of the package."""
    places = (Path.cwd() / name, CHECKOUT / name, PACKAGE / "gallery" / name)
    return next((place for place in places if place.is_dir()), places[-1])


def runtime_folder() -> Path:
    """Give the folder of the Pyodide release: `ACTORWEB_PYODIDE`, or node_modules of here or of the checkout."""
    given = os.environ.get("ACTORWEB_PYODIDE")
    places = [Path(given)] if given else [Path.cwd() / "node_modules/pyodide", CHECKOUT / "node_modules/pyodide"]
    return next((place for place in places if (place / "pyodide.mjs").is_file()), places[-1])


def make_importable(components: Path) -> None:
    """Let `components.NAME` be imported from where it is served."""
    for place in (str(components.parent), str(Path.cwd())):
        if place not in sys.path:
            sys.path.insert(0, place)


class Headers:
    """Adds to every answer what keeps a page safe, and that a copy must be asked about before it is used again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        policy = PYSCRIPT_POLICY if scope.get("path") == "/pyscript.html" else POLICY

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", policy.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                    (b"cache-control", b"no-cache"),
                ]
            await send(message)

        await self._app(scope, receive, add)


def application() -> ASGIApp:
    """Make the application."""
    components, static = folder_of("components"), folder_of("static")
    runtime = runtime_folder()
    pyscript = runtime.parent / "@pyscript/core/dist"
    # Only what defines elements is given away: other packages of this machine are nobody's business.
    asked_for = {"actorweb", "components"}
    make_importable(components)

    def serve(folder: Path, path: str) -> Response:
        target = (folder / path).resolve()
        if not target.is_relative_to(folder.resolve()) or not target.is_file() or target.name.startswith("."):
            return PlainTextResponse(f"There is no {path} here.\n", 404)
        return FileResponse(target, media_type=TYPES.get(target.suffix, "application/octet-stream"))

    def files(folder: Path) -> Callable[[Request], Response]:
        return lambda request: serve(folder, str(request.path_params["path"]))

    def page(request: Request) -> Response:
        path = str(request.path_params["path"]) or "index.html"
        return serve(static, path) if path.endswith(".html") else PlainTextResponse(f"There is no /{path} here.\n", 404)

    def describe(request: Request) -> Response:
        names = request.query_params.get("components", "").replace(",", " ").split()
        found = described(names)
        loaded = found["components"]
        packages = ["actorweb"]
        for name in loaded if isinstance(loaded, list) else []:
            top = module_of(str(name)).partition(".")[0]
            asked_for.add(top)
            if top not in packages:
                packages.append(top)
        sizes = {f"/actorweb/pyodide/{name}": (runtime / name).stat().st_size for name in RUNTIME if (runtime / name).is_file()}
        wheels = [f"/actorweb/wheels/{name_of(package)}" for package in packages]
        return JSONResponse({**found, "runtime": {"index": "/actorweb/pyodide/", "packages": wheels, "sizes": sizes}})

    def serve_wheel(request: Request) -> Response:
        name = str(request.path_params["name"])
        package = name.partition("-")[0]
        try:
            data = wheel(package) if name == name_of(package) and package in asked_for else None
        except ActorError as error:
            return JSONResponse({"code": error.code, "text": str(error)}, 404)
        if data is None:
            return PlainTextResponse(f"There is no wheel {name}.\n", 404)
        return Response(data, media_type="application/zip", headers={"etag": f'"{hashlib.sha256(data).hexdigest()[:32]}"'})

    def lock(_: Request) -> Response:
        """Pyodide's lock file, with our wheels and nothing else: there are no others here."""
        path = runtime / "pyodide-lock.json"
        original: Json = loads(path.read_text()) if path.is_file() else None
        info: Json = original.get("info") if isinstance(original, Mapping) else None
        packages = {}
        for package in ("actorweb", "components"):
            data = wheel(package)
            packages[package] = {
                "name": package,
                "version": name_of(package).split("-")[1],
                "file_name": f"../wheels/{name_of(package)}",
                "install_dir": "site",
                "sha256": hashlib.sha256(data).hexdigest(),
                "package_type": "package",
                "imports": [package],
                "depends": ["actorweb"] if package == "components" else [],
                "unvendored_tests": False,
            }
        return JSONResponse({"info": info, "packages": packages})

    routes = [
        Route("/actorweb/manifest.json", describe),
        Route("/actorweb/wheels/{name}", serve_wheel),
        Route("/actorweb/pyodide/pyodide-lock.json", lock),
        Route("/actorweb/pyodide/{path:path}", files(runtime)),
        Route("/actorweb/pyscript/{path:path}", files(pyscript)),
        Route("/actorweb/{path:path}", files(PACKAGE / "web")),
        Route("/components/{path:path}", files(components)),
        Route("/static/{path:path}", files(static)),
        Route("/{path:path}", page),
    ]
    return Headers(Starlette(routes=routes))
