"""Programs: a main coroutine with an actor system, signals, standard input and an exit status."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import BadDefinition, DecodeError
from actorweb.system import ActorSystem

if TYPE_CHECKING:
    from signal import Signals

Main: TypeAlias = (
    Callable[[], Awaitable[int | None]] | Callable[[ActorSystem], Awaitable[int | None]] | Callable[[ActorSystem, AsyncIterator[str]], Awaitable[int | None]]
)
CHUNK = 65_536


def run(main: Main, /) -> asyncio.Task[int] | None:
    """Run a program: `async def main(system)`, `main(system, lines)` or `main()`.

    `lines` are the lines of standard input without their ends, until the end of input. The first `SIGINT` or `SIGTERM`
    cancels `main`, after which the system ends in order; a second one ends the process at once. The exit status is what
    `main` returns (None is 0), 128 + the signal's number after a signal, and Python's own 1 after an error, which is raised
    here: a status that is not 0 is raised as `SystemExit`. Fatal errors of a handler end the system in order and are raised.
    Where a loop runs already (a page) the program is started beside it, and its task is given. Raises `BadDefinition`.

    >>> from actorweb import run
    >>> async def main(system: ActorSystem) -> None:
    ...     print("runs")
    >>> run(main)
    runs
    """
    program = _program(main, _parameters(main))
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        status = asyncio.run(program)
        if status:
            raise SystemExit(status) from None
        return None
    return loop.create_task(program)


def _parameters(main: object) -> int:
    from inspect import Parameter, signature  # noqa: PLC0415  (heavy, and a page that mounts elements has no main)

    if callable(main):
        kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        wanted = [each for each in signature(main).parameters.values() if each.kind in kinds and each.default is Parameter.empty]
        if len(wanted) <= 2:  # noqa: PLR2004  (a system and lines)
            return len(wanted)
    raise BadDefinition(f"run({main!r})", "async def main(system), main(system, lines) or main()", "give the function itself, without calling it")


async def _program(main: Callable[..., Awaitable[int | None]], parameters: int) -> int:
    received: list[Signals] = []
    _catch_signals(received)
    try:
        if not parameters:
            status = await main()
        else:
            async with ActorSystem() as system:
                status = await (main(system) if parameters == 1 else main(system, lines()))
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0]
    return status or 0


def _catch_signals(received: list[Signals]) -> None:
    """Cancel the program at the first signal; at the second, end the process."""
    if sys.platform in ("emscripten", "win32"):
        return  # a page has no signals; on Windows asyncio.run turns ctrl-C into a cancellation by itself
    import os  # noqa: PLC0415  (as above)
    import signal  # noqa: PLC0415  (as above)
    import threading  # noqa: PLC0415  (as above)

    if threading.current_thread() is not threading.main_thread():
        return  # signals come to the main thread only
    task = asyncio.current_task()

    def take(number: Signals) -> None:
        if received:
            sys.stderr.write(f"ended at once by a second {number.name}\n")
            sys.stderr.flush()
            os._exit(128 + number)
        received.append(number)
        if task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, take, number)


async def lines(descriptor: int | None = None) -> AsyncIterator[str]:
    """Read standard input line by line, without the line ends. Raises `DecodeError` with the number of a line that is no UTF-8."""
    number = 0
    rest = b""
    async for chunk in chunks(sys.stdin.fileno() if descriptor is None else descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            number += 1
            yield _text(line, number)
    if rest:
        yield _text(rest, number + 1)


def _text(line: bytes, number: int) -> str:
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise DecodeError(f"line {number} of the input is no UTF-8: {error}", "text in UTF-8", "save the input as UTF-8") from None


async def chunks(descriptor: int) -> AsyncIterator[bytes]:
    """Read what comes as it comes, in a thread that an end of the program does not wait for."""
    import os  # noqa: PLC0415  (a page has no standard input)
    import threading  # noqa: PLC0415  (as above)

    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue(2)

    def read() -> None:
        while True:
            chunk = os.read(descriptor, CHUNK)
            asyncio.run_coroutine_threadsafe(queue.put(chunk), loop).result()
            if not chunk:
                return

    threading.Thread(target=read, daemon=True, name="actorweb: input").start()
    while chunk := await queue.get():
        yield chunk
