"""The command `actorweb`. Written with argparse: three commands with a few options do not earn a dependency."""

from __future__ import annotations

import argparse
import sys

from actorweb import __version__

RUN = """Run an actor between standard input and output.

Each line of the input is a message as JSON: {"type": "Increment", "by": 5}. What the actor emits comes out as such
lines; a request is answered by {"reply": …}. A bad line is reported with its number and the run goes on.

  $ printf '{"type":"Increment","by":5}\\n{"type":"Count"}\\n' | actorweb run components.counter:counter
  {"type":"Changed","count":5}
  {"reply":5}

Exit status: 0; 1 if a line was bad or the actor crashed; 2 if there is no such behavior.
"""
DEV = """Serve pages, components and the Python runtime from this folder, for development.

The folder's static/index.html (or the gallery's) is served at /, and a page needs one tag:

  <script type="module" src="/actorweb/actorweb.js" data-components="counter"></script>

Components are modules: `counter` is components.counter, a dotted name is itself.
"""


def parser() -> argparse.ArgumentParser:
    """Give the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="actorweb", description="OTP for Python in the browser and on the command line.", epilog="actorweb COMMAND --help teaches each command."
    )
    made.add_argument("--version", action="version", version=f"actorweb {__version__}")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    shape = argparse.RawDescriptionHelpFormatter
    run = commands.add_parser("run", help="run an actor between standard input and output", description=RUN, formatter_class=shape)
    run.add_argument("target", metavar="MODULE:BEHAVIOR", help="as in components.counter:counter")
    run.add_argument("--trace", action="store_true", help="print each turn as a JSON line on standard error")
    dev = commands.add_parser("dev", help="serve pages and components for development", description=DEV, formatter_class=shape)
    dev.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
    dev.add_argument("--host", default="127.0.0.1", help="the address to serve on (127.0.0.1: this machine only)")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    made = parser()
    given = made.parse_args(arguments)
    if given.command == "run":
        from actorweb.tools.run import run

        return run(given.target, trace=given.trace)
    if given.command == "dev":
        from actorweb.tools.dev import dev

        return dev(given.host, given.port)
    made.print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
