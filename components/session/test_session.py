"""A session expires by its timer, is renewed by activity, and refuses what comes too late."""

from __future__ import annotations

import asyncio

from actorweb import ActorSystem
from components.session import Activity, End, GetStatus, Refused, SetLifetime, Start, StatusChanged, session


async def test_a_session_is_idle_until_it_starts_and_expires_after_its_lifetime(system: ActorSystem) -> None:
    ref = await system.spawn(session)
    assert await ref.ask(GetStatus()) == "idle"
    ref.tell(Start())
    await asyncio.sleep(29.9)
    assert await ref.ask(GetStatus()) == "active"
    await asyncio.sleep(0.2)
    assert await ref.ask(GetStatus()) == "expired"


async def test_activity_renews_it(system: ActorSystem) -> None:
    ref = await system.spawn(session)
    ref.tell(Start())
    for _ in range(5):
        await asyncio.sleep(20)
        ref.tell(Activity())
    assert await ref.ask(GetStatus()) == "active"
    context = (await system.snapshot(ref)).context
    assert (context.renewals, context.last_activity) == (5, 100)
    await asyncio.sleep(31)
    assert await ref.ask(GetStatus()) == "expired"


async def test_an_expired_session_refuses_activity_until_it_starts_again(system: ActorSystem) -> None:
    ref = await system.spawn(session)
    ref.tell(SetLifetime(1))
    ref.tell(Start())
    await asyncio.sleep(2)
    async with ref.events(Refused) as refusals:
        ref.tell(Activity())
        assert (await anext(refusals)).reason == "the session has expired"
    assert (await system.snapshot(ref)).context.refused == 1
    ref.tell(Start())
    assert await ref.ask(GetStatus()) == "active"


async def test_a_session_that_ends_early_never_expires(system: ActorSystem) -> None:
    ref = await system.spawn(session)
    async with ref.events(StatusChanged) as changes:
        ref.tell(Start())
        ref.tell(End())
        await asyncio.sleep(100)
        assert [(await anext(changes)).status for _ in range(2)] == ["active", "idle"]
    assert await ref.ask(GetStatus()) == "idle"
