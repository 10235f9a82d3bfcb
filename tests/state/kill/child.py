"""The program that is killed: `python -m tests.state.kill.child FILE RUN [early]`. It writes batches, and tells what it asked for and what is safe.

Its lines: `ready`, `ask KEY SEQUENCE` before a write, `ack KEY SEQUENCE` when the store has told that it is safe, `no …` for a
write that failed. With `early` it acknowledges what it only asked for: a bug that the harness must find.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from random import Random
from zlib import crc32

from actorweb.state.sqlite import SqliteStore
from actorweb.state.store import Kept, Write

KEEP = 40
KEYS = ("j0", "j1", "j2", "s", "m")
"""Three with a journal, one with snapshots, and one mixed."""
AHEAD = 4
"""So many batches are under way at once."""


def text_of(run: int, key: str, sequence: int) -> str:
    """Give the text that a run writes there: anybody can tell whether a record is whole."""
    seed = crc32(f"{run}/{key}/{sequence}".encode())
    size = seed % 500 if seed % 7 else seed % 30_000
    return f'{{"run": {run}, "key": "{key}", "sequence": {sequence}, "fill": "{chr(97 + seed % 26) * size}"}}'


def say(lines: Sequence[str]) -> None:
    os.write(1, "".join(f"{line}\n" for line in lines).encode())


async def main(path: str, run: int, *, early: bool) -> int:
    dice = Random(run)
    store = SqliteStore(path, keep=KEEP)
    newest: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    for key in KEYS:
        loaded: asyncio.Future[Kept | BaseException | None] = loop.create_future()
        store.load(key, lambda kept, error, loaded=loaded: loaded.set_result(error or kept))
        what = await loaded
        if isinstance(what, BaseException):
            say([f"no {key} {what!r}"])
            return 1
        newest[key] = 0 if what is None else what.sequence
    say(["ready"])
    failed = False
    room = asyncio.Semaphore(AHEAD)

    def batch() -> list[Write]:
        writes = []
        for key in dice.choices(KEYS, k=dice.choice([1, 1, 2, 5, 20])):
            newest[key] += 1
            writes.append(Write(key, newest[key], text_of(run, key, newest[key]), key[0] == "j" or (key == "m" and dice.random() < 0.9)))
        return writes

    def told(writes: Sequence[Write], outcome: Sequence[BaseException | None]) -> None:
        nonlocal failed
        room.release()
        failed = failed or any(outcome)
        if not early:
            say([f"no {write.key} {error!r}" if error else f"ack {write.key} {write.sequence}" for write, error in zip(writes, outcome, strict=True)])

    for _ in range(dice.choice([50, 10_000, 10_000, 10_000])):
        await room.acquire()
        writes = batch()
        say([f"ask {write.key} {write.sequence}" for write in writes])
        if early:
            say([f"ack {write.key} {write.sequence}" for write in writes])
        store.commit(writes, lambda outcome, writes=writes: told(writes, outcome))
    await store.close()
    await asyncio.sleep(0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), early="early" in sys.argv[3:])))
