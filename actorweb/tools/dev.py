"""`actorweb dev`: the development server, started and ended as a person expects."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys

from actorweb.errors import ActorError, MissingExtra, PortTaken


def dev(host: str, port: int) -> int:
    """Serve until ctrl-C. Gives the exit status: 0, or 1 if it could not begin."""
    try:
        try:
            import uvicorn

            from actorweb.tools.server import application
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"the development server needs {error.name}, which is not installed", "the extra dev-server", "pip install 'actorweb[dev-server]'"
            ) from None
        taken = bind(host, port)
    except ActorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # Ctrl-C may come at any time; uvicorn ends in order, and then raises the signal again for those who did not ask for it.
    with contextlib.suppress(KeyboardInterrupt):
        server = uvicorn.Server(uvicorn.Config(application(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
        where = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{taken.getsockname()[1]}/"  # noqa: S104  (compared, not bound)
        sys.stdout.write(f"\n  actorweb serves {where}\n  ctrl-C ends it\n\n")
        sys.stdout.flush()
        server.run(sockets=[taken])
    sys.stdout.write("  ended\n")
    return 0


def bind(host: str, port: int) -> socket.socket:
    """Take the port. Raises `PortTaken`."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if os.name == "posix":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "is in use by another program" if error.errno == errno.EADDRINUSE else "may not be used by this user"
            raise PortTaken(
                f"port {port} of {host} {why}", "a free port", f"choose another: make demo PORT={port + 1}, or actorweb dev --port {port + 1}"
            ) from None
        raise PortTaken(
            f"{host}:{port} cannot be served: {error.strerror}", "an address of this machine and a port up to 65535", "correct --host or --port"
        ) from None
    except OverflowError:
        made.close()
        raise PortTaken(f"there is no port {port}", "a number from 0 to 65535", "correct --port") from None
    return made
