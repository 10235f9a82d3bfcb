"""The program that is killed, with actors: `python -m tests.state.kill.durable FILE RUN`. Durable counters are asked to count, and their replies are told.

Its lines are those of `child`: `ask KEY COUNT` before a counter is asked, `ack KEY COUNT` when it has replied.
"""

from __future__ import annotations

import asyncio
import sys
from random import Random

from actorweb import ActorSystem
from actorweb.state.sqlite import SqliteStore
from tests.state.counter import AddAsked, Count, counter
from tests.state.kill.child import KEEP, say

KEYS = ("counters/0", "counters/1", "counters/2", "counters/3")


async def main(path: str, run: int) -> int:
    dice = Random(run)
    store = SqliteStore(path, keep=KEEP, thread=dice.random() < 0.7)
    rounds = dice.choice([20, 10_000, 10_000, 10_000])
    async with ActorSystem() as system:
        refs = {key: await system.spawn(counter, store=store, key=key) for key in KEYS}
        counts = {key: await ref.ask(Count()) for key, ref in refs.items()}
        say(["ready"])

        async def count_on(key: str) -> None:
            for _ in range(rounds):
                expected = [counts[key] + step for step in range(1, dice.choice([2, 2, 3, 5]))]
                say([f"ask {key} {number}" for number in expected])
                replies = await asyncio.gather(*(refs[key].ask(AddAsked(), timeout=60.0) for _ in expected))
                say([f"ack {key} {reply}" if reply == number else f"no {key} {reply!r}" for reply, number in zip(replies, expected, strict=True)])
                counts[key] = expected[-1]

        await asyncio.gather(*map(count_on, KEYS))
    await store.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]))))
