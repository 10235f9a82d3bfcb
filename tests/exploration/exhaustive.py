"""Scenarios small enough for every interleaving to be played."""

from __future__ import annotations

import asyncio

from actorweb import ActorStopped, ActorSystem, AskError, Killed, StartFailed, child, supervisor
from tests.exploration.lasting import first, second
from tests.exploration.scenarios import Do, Note, Question, answers, door, leaf, watcher, worker


async def two_leaves(system: ActorSystem) -> None:
    """Two actors that tell each other something; one of them fails."""
    one, other = await system.spawn(leaf), await system.spawn(leaf)
    one.tell(Do("pass", (other,)))
    other.tell(Do("pass", (one,)))
    one.tell(Do("crash", (other,)))


async def a_door(system: ActorSystem) -> None:
    """An actor that stashes, and is opened by another way."""
    ref = await system.spawn(door)
    other = await system.spawn(leaf)
    for message in (Do("item", 1), Do("item", 2), Do("open"), Do("item", 3), Do("next")):
        ref.tell(message)
        other.tell(Note())
    await asyncio.sleep(1)


async def an_ask(system: ActorSystem) -> None:
    """An ask whose target is killed meanwhile."""
    ref = await system.spawn(answers)
    asked = asyncio.ensure_future(_ask(ref))
    ref.tell(Do("mode"))
    try:
        system.kernel.stop(ref, Killed())
    except ActorStopped:
        return
    await asked


async def _ask(ref: object, how: str = "reply") -> None:
    try:
        await ref.ask(Question(how, 1), timeout=1)  # type: ignore[attr-defined]
    except AskError:
        return


first_form, second_form = first.build(), second.build()
pair = supervisor("pair", strategy="one_for_all", intensity=2, children=[child("a", worker), child("b", worker)])


async def a_pair(system: ActorSystem) -> None:
    """Two children that start again together; both crash."""
    try:
        top = await system.spawn(pair)
    except StartFailed:
        return
    for name in "ab":
        ref = system.kernel.child(top, name)
        if ref is not None:
            ref.tell(Do("crash"))


async def a_watch(system: ActorSystem) -> None:
    """One that watches another, takes it back, and watches again, while the other ends."""
    one, other = await system.spawn(watcher), await system.spawn(worker)
    for what in ("watch", "unwatch", "watch"):
        one.tell(Do(what, other))
    other.tell(Do("stop"))


async def an_upgrade(system: ActorSystem) -> None:
    """New code for two actors, one of which has an async handler at work, at every point of what they do."""
    one, other = [await system.spawn(first_form) for _ in range(2)]
    asked = asyncio.ensure_future(_ask(one, "slow"))
    upgraded = asyncio.ensure_future(system.upgrade(second_form))
    one.tell(Do("count"))
    one.tell(Do("mode"))
    other.tell(Do("tell", (one,)))
    await asyncio.gather(asked, upgraded, return_exceptions=True)


SMALL = {
    "an_upgrade": (an_upgrade, 80, False),
    "two_leaves": (two_leaves, 40, False),
    "two_leaves, one fault": (two_leaves, 40, ("kill", "raise", "raise_after")),
    "a_door": (a_door, 40, False),
    "an_ask": (an_ask, 40, False),
    "an_ask, one fault": (an_ask, 40, ("raise", "slow", "cancel")),
    "a_pair": (a_pair, 40, False),
    "a_pair, one fault": (a_pair, 40, ("kill",)),
    "a_watch": (a_watch, 40, False),
    "a_watch, one fault": (a_watch, 40, ("kill", "raise")),
}
