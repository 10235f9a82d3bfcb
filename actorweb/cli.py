"""The command `actorweb`. Written with argparse: a few commands with a few options do not earn a dependency."""

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

With --store the actor goes on where the last run ended, even if that was killed: what comes out of it has been stored.

  $ echo '{"type":"Increment","by":5}' | actorweb run components.counter:counter --store counter.db
  {"type":"Changed","count":5}
  $ echo '{"type":"Increment","by":5}' | actorweb run components.counter:counter --store counter.db
  {"type":"Changed","count":10}

Exit status: 0; 1 if a line was bad or the actor crashed; 2 if there is no such behavior, or the file cannot be opened.
"""
DEV = """Serve pages, components and the Python runtime from this folder, for development.

The folder's static/index.html (or the gallery's) is served at /, and a page needs one tag:

  <script type="module" src="/actorweb/actorweb.js" data-components="counter"></script>

Components are modules: `counter` is components.counter, a dotted name is itself.
"""
SCHEMA = """Print the messages that a behavior takes as a JSON Schema (draft 2020-12), or with --context the form of its state.

  $ actorweb schema components.counter:counter > counter.schema.json

The schema accepts what `actorweb run` and a page accept. Exit status: 0; 2 if there is no such behavior, or no such form.
"""
STORE = """Look into a file that a SqliteStore keeps, and look after it. The program that writes it may run meanwhile.

  $ actorweb store inspect counter.db
  KEY      RECORD  KEPT  BYTES  WRITTEN
  counter      12    12  1,944  2026-03-01 12:00:00+00:00
  1 key
  $ actorweb store verify counter.db
  counter.db: 12 records under 1 key, all sound

For a terminal, inspect and compact write what people read; into a pipe or a file, JSON lines. Damage is told on standard error.
Exit status: 0; 1 if something is damaged or failed; 2 for bad usage, or a file or a key that there is not.
"""
INSPECT = """Show the keys of a store, or with --key the newest record of one.

  $ actorweb store inspect counter.db --key counter
  counter: record 12, written 2026-03-01 12:00:00+00:00; 12 kept
  {
    "behavior": "counter",
    …
"""
EXPORT = """Write journals to standard output as history files: each key begins with a line that names it, and each
other line is a state, the message that led to it included, the oldest first.

  $ actorweb store export counter.db --key counter > counter.jsonl

A damaged record is left out and told on standard error, and the exit status is 1.
"""
COMPACT = """Remove all but the newest records of each key, and give the room back. A damaged file is left as it is.

  $ actorweb store compact counter.db --keep 10
  counter.db: 2 records removed; 24,576 bytes before, 16,384 after
"""
DIAGRAM = """Print a machine as a Mermaid state diagram: states, guards, actions, delays, what it invokes.

  $ actorweb diagram components.traffic_light:light
  $ actorweb diagram order.json --snapshot order-17.json

GitHub, GitLab and many editors draw it from a ```mermaid block.
"""
MACHINE = """Look through a chart in XState's format."""
CHECK = """Check a config: whether it is one, and what in it is hardly meant.

  $ actorweb machine check order.json
  to implement, actions: charge, notify
  states.lost: unreachable: nothing leads to 'order.lost'
  order.json: 'order', 7 states, 1 finding

Unreachable states, transitions that an earlier one always takes, and those of which only the order in the config decides;
with --implementations also names without an implementation, and implementations without a use. The exit status is 1 if
something is found, and 2 for what is no machine.
"""
VERIFY = """Read a whole store, and tell everything that is damaged in it: records, missing records, the file's structure.

  $ actorweb store verify counter.db
  counter.db: 12 records under 1 key, all sound
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
    run.add_argument("--store", metavar="FILE", help="keep the actor's state in this file from run to run")
    run.add_argument("--key", help="under which key of the file (the behavior's name)")
    schema = commands.add_parser("schema", help="print the messages of a behavior as a JSON Schema", description=SCHEMA, formatter_class=shape)
    schema.add_argument("target", metavar="MODULE:BEHAVIOR", help="as in components.counter:counter")
    schema.add_argument("--context", action="store_true", help="the form of its context instead")
    diagram = commands.add_parser("diagram", help="draw a machine as a Mermaid diagram", description=DIAGRAM, formatter_class=shape)
    diagram.add_argument("target", metavar="MODULE:NAME", help="a machine or a behavior with one, or a config's FILE.json")
    diagram.add_argument("--snapshot", metavar="FILE", help="highlight the states of this snapshot: a persisted form, or an export")
    charts = commands.add_parser("machine", help="look through a chart", description=MACHINE, formatter_class=shape)
    chart_commands = charts.add_subparsers(dest="machine_command", metavar="COMMAND", required=True)
    check = chart_commands.add_parser("check", help="find what is wrong or hardly meant", description=CHECK, formatter_class=shape)
    check.add_argument("file", metavar="FILE.json", help="a config, as Stately exports it")
    check.add_argument("--implementations", metavar="MODULE", help="whose dicts actions, guards, actors and delays must have every name")
    dev = commands.add_parser("dev", help="serve pages and components for development", description=DEV, formatter_class=shape)
    dev.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
    dev.add_argument("--host", default="127.0.0.1", help="the address to serve on (127.0.0.1: this machine only)")
    _add_store(commands.add_parser("store", help="look into the file of a store and after it", description=STORE, formatter_class=shape))
    return made


def _add_store(store: argparse.ArgumentParser) -> None:
    shape = argparse.RawDescriptionHelpFormatter
    commands = store.add_subparsers(dest="store_command", metavar="COMMAND", required=True)
    inspect = commands.add_parser("inspect", help="show the keys, or the newest record of one", description=INSPECT, formatter_class=shape)
    export = commands.add_parser("export", help="write journals as history files", description=EXPORT, formatter_class=shape)
    compact = commands.add_parser("compact", help="keep the newest records only", description=COMPACT, formatter_class=shape)
    verify = commands.add_parser("verify", help="find all that is damaged", description=VERIFY, formatter_class=shape)
    for command in (inspect, export, compact, verify):
        command.add_argument("file", metavar="FILE", help="the file of a SqliteStore")
    for command in (inspect, export):
        command.add_argument("--key", help="this key only")
    compact.add_argument("--keep", type=_count, default=1, metavar="N", help="how many records of each key to keep (1)")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    made = parser()
    given = made.parse_args(arguments)
    if given.command == "run":
        from actorweb.tools.run import run

        if given.key is not None and given.store is None:
            made.error("--key names a key of --store: give both")
        return run(given.target, trace=given.trace, store=given.store, key=given.key)
    if given.command == "dev":
        from actorweb.tools.dev import dev

        return dev(given.host, given.port)
    if given.command == "store":
        return _store(given)
    if given.command == "schema":
        from actorweb.tools.schema import schema

        return schema(given.target, context=given.context)
    if given.command == "diagram":
        from actorweb.tools.machine import diagram

        return diagram(given.target, given.snapshot)
    if given.command == "machine":
        from actorweb.tools.machine import check

        return check(given.file, given.implementations)
    made.print_help()
    return 0


def _store(given: argparse.Namespace) -> int:
    from actorweb.tools import store

    if given.store_command == "inspect":
        return store.run(given.file, lambda console: store.inspect(given.file, given.key, console))
    if given.store_command == "export":
        return store.run(given.file, lambda console: store.export(given.file, given.key, console))
    if given.store_command == "compact":
        return store.run(given.file, lambda console: store.compact(given.file, given.keep, console))
    return store.run(given.file, lambda console: store.verify(given.file, console), verifies=True)


if __name__ == "__main__":
    sys.exit(main())
