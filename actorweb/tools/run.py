"""`actorweb run`: an actor behind standard input and output, one JSON value a line."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING

from actorweb.errors import ActorError, BadTarget, DecodeError
from actorweb.kernel.behavior import Behavior
from actorweb.kernel.child_spec import child
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.reports import Crashed, DeadLetter, NotSaved, Report, Stopped, Unhandled
from actorweb.kernel.signals import Shutdown
from actorweb.kernel.supervisor import supervisor
from actorweb.kernel.tracing import TraceLines
from actorweb.program import chunks
from actorweb.system import ActorSystem
from actorweb.values.codec import dumps, loads, to_json
from actorweb.values.message import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import TextIO

    from actorweb.errors import AskError
    from actorweb.kernel.ref import ActorRef
    from actorweb.state.store import Store
    from actorweb.values.generics import Never

AHEAD = 1000
"""So many lines may be under way: beyond that the input waits, and memory stays bounded."""


def find(target: str) -> Behavior[Never, object]:
    """Give the behavior that `MODULE:NAME` names. Raises `BadTarget`."""
    found = load(target)
    if not isinstance(found, Behavior):
        raise BadTarget(f"{target} is a {type(found).__name__}", "a Behavior", "name what define_behavior(…)….build() gave")
    behavior: Behavior[Never, object] = found  # pyright: ignore[reportUnknownVariableType]  (of a module's variable nothing more is known)
    behavior.check_bound()
    return behavior


def load(target: str) -> object:
    """Give what `MODULE:NAME` names. Raises `BadTarget`."""
    module_name, colon, name = target.partition(":")
    if not colon or not module_name or not name:
        raise BadTarget(f"{target!r} names no behavior", "MODULE:NAME, as in components.counter:counter", "write the module, a colon, and the variable")
    if "" not in sys.path and os.getcwd() not in sys.path:  # noqa: PTH109  (sys.path holds texts)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109  (as above)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise BadTarget(
                f"there is no module {module_name!r}", "a module that can be imported from here", "correct the name, or start in the folder that contains it"
            ) from None
        raise
    if not hasattr(module, name):
        known = ", ".join(key for key, value in vars(module).items() if isinstance(value, Behavior)) or "none"
        raise BadTarget(f"the module {module_name!r} has no {name!r}", f"one of its behaviors: {known}", "correct the name behind the colon")
    found: object = getattr(module, name)
    return found


class Run:
    """One run: reads messages, tells and asks, writes replies and what the actor emits."""

    def __init__(self, behavior: Behavior[Never, object], out: TextIO, err: TextIO, *, trace: bool, store: Store | None = None, key: str | None = None) -> None:
        self._behavior = behavior
        self._store = store
        self._key = None if store is None else key or behavior.name
        self._out = out
        self._err = err
        self._trace = trace
        self._under_way = 0
        self._room = asyncio.Event()
        self._failed = False
        self._ended = asyncio.Event()

    async def run(self, chunks: AsyncIterator[bytes]) -> int:
        """Handle every line; give the exit status: 0, or 1 if a line was bad or the actor crashed."""
        async with ActorSystem() as system:
            if self._trace:
                system.kernel.trace(TraceLines(self._say))
            system.reports.subscribe(self._report)
            spec = child(self._behavior.name, self._behavior, restart="transient", store=self._store, key=self._key)
            tree = await system.spawn(supervisor("run", children=[spec]))
            ref = system.kernel.child(tree, self._behavior.name)
            if ref is None:
                return 0  # its on_start ignored the start
            system.kernel.listen(ref, self._emitted, closed=self._ended.set)
            number = 0
            rest = b""
            async for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    number += 1
                    await self._line(system, ref, number, line)
                if self._ended.is_set():
                    break
            if rest.strip():
                await self._line(system, ref, number + 1, rest)
            await self._quiet(system, ref)
        self._out.flush()
        return 1 if self._failed else 0

    async def _line(self, system: ActorSystem, ref: ActorRef[object], number: int, line: bytes) -> None:
        if not line.strip() or self._ended.is_set():
            return
        try:
            message = self._behavior.message_from_json(loads(line.decode()))
        except UnicodeDecodeError as error:
            self._complain(number, line, DecodeError(f"this is no UTF-8: {error}", "JSON in UTF-8", "save the text as UTF-8"))
            return
        except ActorError as error:
            self._complain(number, line, error)
            return
        self._under_way += 1
        if issubclass(type(message), Request):
            system.kernel.ask(ref, message, 60.0, lambda reply, error: self._answered(number, line, reply, error))
        else:
            system.kernel.send(ref, Delivery(message, self._handled))
        if self._under_way >= AHEAD:
            self._room.clear()
            await self._room.wait()

    async def _quiet(self, system: ActorSystem, ref: ActorRef[object]) -> None:
        """Wait until every line has been handled and no task of the actor is left. Timers are not waited for."""
        while self._under_way:
            self._room.clear()
            await self._room.wait()
        while not self._ended.is_set() and not system.kernel.is_idle(ref):  # noqa: ASYNC110  (the kernel tells of no such event)
            await asyncio.sleep(0.005)

    def _handled(self) -> None:
        self._under_way -= 1
        self._room.set()

    def _answered(self, number: int, line: bytes, reply: object, error: AskError | None) -> None:
        self._handled()
        if error is not None:
            self._complain(number, line, error)
            return
        try:
            self._write(dumps({"reply": to_json(reply)}))
        except ActorError as failure:
            self._complain(number, line, failure)

    def _emitted(self, event: object) -> None:
        try:
            self._write(dumps(to_json(event)))
        except ActorError as error:
            self._failed = True
            self._say(f"an emitted message was left out: {error}")

    def _report(self, report: Report) -> None:
        if isinstance(report, Crashed):
            self._failed = True
            self._say(f"{report.ref.path} crashed on {report.message!r}\n{''.join(traceback.format_exception(report.error)).rstrip()}")
        elif isinstance(report, (DeadLetter, NotSaved, Unhandled)):
            self._failed = True
            self._say(repr(report))
        elif isinstance(report, Stopped) and isinstance(report.reason, Shutdown) and report.reason.info is not None:
            self._failed = True
            self._say(f"{report.ref.path} ended: {report.reason.info}")

    def _complain(self, number: int, line: bytes, error: ActorError) -> None:
        self._failed = True
        text = line.decode(errors="replace").strip()
        self._say(f"line {number}: {text if len(text) <= 200 else text[:199] + '…'}\n{error}")  # noqa: PLR2004  (a few rows of a terminal)

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")

    def _say(self, text: str) -> None:
        self._out.flush()
        self._err.write(text + "\n")


def run(target: str, *, trace: bool, store: str | None = None, key: str | None = None) -> int:
    """Run the behavior that `target` names between standard input and output. Gives the exit status.

    With a `store`, a file, its state is what an earlier run left under `key`, by default the behavior's name.
    """
    opened: Store | None = None
    try:
        behavior = find(target)
        if store is not None:
            from actorweb.state.sqlite import SqliteStore

            # One actor has one turn on its way to the disk at a time: a thread between them would only take time.
            opened = SqliteStore(store, thread=False)
    except ActorError as error:
        sys.stderr.write(f"{error}\n")
        return 2

    async def main() -> int:
        try:
            return await Run(behavior, sys.stdout, sys.stderr, trace=trace, store=opened, key=key).run(chunks(sys.stdin.fileno()))
        finally:
            if opened is not None:
                await opened.close()

    try:
        return asyncio.run(main())
    except ActorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BrokenPipeError:
        return pipe_broke()
    except KeyboardInterrupt:
        return 130


def pipe_broke() -> int:
    """Give the exit status when who reads has gone away: that is how a pipe ends, not an error of ours."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
