"""The development server: what it serves, and what it does not."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from actorweb.errors import PortTaken, UnknownComponent
from actorweb.tools.dev import bind
from actorweb.tools.server import application
from actorweb.tools.wheels import name_of, sources, wheel

ROOT = Path(__file__).parents[2]


class Answer:
    """What the application sent."""

    def __init__(self) -> None:
        self.status_code = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks the application in memory: no port, no server."""

    def __init__(self) -> None:
        self.app = application()

    def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        answer = Answer()
        path, _, query = url.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": urllib.parse.unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "server": ("test", 80),
            "scheme": "http",
        }

        asked: list[int] = []

        async def receive() -> dict[str, object]:
            if asked:
                await asyncio.Event().wait()  # the client stays until it has its answer
            asked.append(1)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        asyncio.run(self.app(scope, receive, send))
        return answer


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/static/gallery.css", "text/css; charset=utf-8"),
        ("/actorweb/actorweb.js", "text/javascript; charset=utf-8"),
        ("/actorweb/worker.js.map", "application/json"),
        ("/actorweb/pyodide/pyodide.mjs", "text/javascript; charset=utf-8"),
        ("/actorweb/pyodide/pyodide.asm.wasm", "application/wasm"),
        ("/actorweb/pyscript/core.js", "text/javascript; charset=utf-8"),
        ("/components/counter/__init__.py", "text/plain; charset=utf-8"),
    ],
)
def test_files_are_served_with_their_types_and_a_strict_policy(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert "script-src 'self' 'wasm-unsafe-eval';" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/nothing.html",
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/components/../../etc/passwd",
        "/actorweb/pyodide/..%2f..%2fpackage.json",
        "/static/",
    ],
)
def test_nothing_outside_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_copy_is_asked_about_and_need_not_be_sent_again(client: Client) -> None:
    tag = client.get("/actorweb/actorweb.js").headers["etag"]
    assert client.get("/actorweb/actorweb.js", headers={"if-none-match": tag}).status_code in (200, 304)


def test_the_manifest_names_elements_wheels_and_sizes(client: Client) -> None:
    described = client.get("/actorweb/manifest.json?components=counter+todo").json()
    assert [element["tag"] for element in described["elements"]] == ["aw-counter", "aw-todo"]
    assert described["runtime"]["packages"] == ["/actorweb/wheels/actorweb-0.1.0-py3-none-any.whl", "/actorweb/wheels/components-0-py3-none-any.whl"]
    assert described["runtime"]["sizes"]["/actorweb/pyodide/pyodide.asm.wasm"] > 1_000_000
    assert described["errors"] == []


def test_an_unknown_component_is_named_and_the_others_are_served(client: Client) -> None:
    described = client.get("/actorweb/manifest.json?components=counter+nothing").json()
    assert described["components"] == ["counter"]
    assert [(error["component"], error["code"]) for error in described["errors"]] == [("nothing", "AW-702")]


def test_a_wheel_holds_the_sources_that_a_page_needs_and_no_others() -> None:
    names = zipfile.ZipFile(io.BytesIO(wheel("actorweb"))).namelist()
    assert "actorweb/kernel/scheduler.py" in names
    assert "actorweb/page/hosts/browser.py" in names
    assert not [name for name in names if "tools" in name or name.endswith("cli.py")]
    assert wheel("components") == wheel("components")
    assert not [place for _, place in sources("components") if "test_" in place]


def test_only_wheels_of_what_defines_elements_are_given_away(client: Client) -> None:
    assert client.get(f"/actorweb/wheels/{name_of('actorweb')}").headers["content-type"] == "application/zip"
    assert client.get(f"/actorweb/wheels/{name_of('json')}").status_code == 404
    assert client.get("/actorweb/wheels/actorweb-9-py3-none-any.whl").status_code == 404
    with pytest.raises(UnknownComponent):
        sources("not_there_at_all")


def test_the_lock_file_names_our_wheels_only(client: Client) -> None:
    lock = client.get("/actorweb/pyodide/pyodide-lock.json").json()
    assert set(lock["packages"]) == {"actorweb", "components"}
    assert lock["info"]["python"].startswith("3.14")


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} of 127.0.0.1 is in use[\s\S]*make demo PORT={port + 1}"):
            bind("127.0.0.1", port)
    with pytest.raises(PortTaken, match="no port 99999"):
        bind("127.0.0.1", 99999)
    with pytest.raises(PortTaken, match="cannot be served"):
        bind("192.0.2.1", 0)


def test_the_server_says_its_address_and_ends_cleanly_on_ctrl_c() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "actorweb.cli", "dev", "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    seen = ""
    while "ctrl-C" not in seen and process.poll() is None:
        seen += process.stdout.readline()
    assert f"http://127.0.0.1:{port}/" in seen
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert out.strip() == "ended"
