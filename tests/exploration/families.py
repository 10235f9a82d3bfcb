"""Scenarios of what came to the kernel later: dynamic supervisors, links, groups, bounded mailboxes, administration, backoff; and large random trees."""

from __future__ import annotations

import asyncio

from actorweb import (
    ActorContext,
    ActorRef,
    ActorStopped,
    ActorSystem,
    AskError,
    Backoff,
    CountChildren,
    Crash,
    DeleteChild,
    Down,
    Exit,
    Killed,
    MessagePlan,
    Normal,
    RestartChild,
    Shutdown,
    StartChild,
    StartFailed,
    Tell,
    TerminateChild,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.errors import MailboxFull
from tests.exploration.scenarios import (
    Boom,
    Do,
    Note,
    Question,
    answer,
    answers,
    busy,
    count_note,
    door,
    ignores,
    keep,
    leaf,
    loader,
    note,
    parent,
    scenario,
    slow,
    slow_stopping,
    starts_badly,
    stopping,
    timed,
    tolerant,
    watcher,
    work,
    worker,
)

# --- administration of supervisors ---------------------------------------------------------------------------------

many = supervisor("many", strategy="dynamic", intensity=3)
some = supervisor(
    "some",
    strategy="one_for_one",
    intensity=4,
    auto_shutdown="any_significant",
    children=[child("a", worker), child("s", worker, restart="transient", significant=True)],
)
others = supervisor("others", strategy="rest_for_one", intensity=4, children=[child("a", worker), child("b", parent)])
SPECS = [child("a", worker), child("n", parent, restart="transient"), child("f", starts_badly), child("i", ignores, restart="temporary")]


async def _quietly(ref: ActorRef[object], request: object) -> object:
    try:
        return await ref.ask(request, timeout=2)
    except AskError as error:
        return error


@scenario
async def requests(system: ActorSystem) -> None:
    """Children that are added, terminated, restarted and deleted on request, while they crash."""
    dice = system.kernel.world.random
    top = await system.spawn(dice.choice([many, some, others]))
    waiting = []
    for _ in range(6):
        known = [cell.self for cell in (top._cell._kin.children or {})] if top._cell._kin is not None else []
        one = dice.choice(known) if known else None
        match dice.randrange(9):
            case 0 | 1 | 2:
                request: object = StartChild(dice.choice(SPECS))
            case 3:
                request = TerminateChild(dice.choice("abns"))
            case 4 if one is not None:
                request = TerminateChild(one)
            case 5:
                request = RestartChild(dice.choice("abns"))
            case 6:
                request = DeleteChild(dice.choice("abns"))
            case 7:
                request = dice.choice([WhichChildren(), CountChildren()])
            case _:
                if one is not None:
                    one.tell(Do(dice.choice(["crash", "stop"])))
                continue
        waiting.append(asyncio.ensure_future(_quietly(top, request)))
        if dice.randrange(2):
            await asyncio.sleep(0.1)
    await tolerant(*waiting)


slow_again = supervisor(
    "slow-again",
    intensity=3,
    period=1.0,
    children=[
        child("a", worker, backoff=Backoff(0.2, 1.0, jitter=0.5)),
        child("b", starts_badly, backoff=Backoff(0.1, 0.3), restart="transient"),
        child("c", worker),
    ],
)
slow_together = supervisor(
    "slow-together", strategy="one_for_all", intensity=3, children=[child("a", worker, backoff=Backoff(0.2, 1.0)), child("b", worker), child("c", parent)]
)


@scenario
async def backoffs(system: ActorSystem) -> None:
    """Restarts that wait."""
    dice = system.kernel.world.random
    try:
        top = await system.spawn(dice.choice([slow_again, slow_together]))
    except StartFailed:
        return
    waiting = []
    for _ in range(5):
        ref = system.kernel.child(top, dice.choice("abc"))
        if ref is None:
            continue
        ref.tell(Do(dice.choice(["crash", "crash", "count", "stop"])))
        if dice.randrange(4) == 0:
            waiting.append(asyncio.ensure_future(_quietly(top, TerminateChild(dice.choice("abc")))))
        await asyncio.sleep(dice.choice([0.0, 0.1, 0.25, 1.0]))
    await tolerant(*waiting)


# --- links, groups, topics -----------------------------------------------------------------------------------------


def tie(do: Do, actor: ActorContext[tuple[object, ...]]) -> object:
    match do.what:
        case "link":
            actor.link(do.value)
        case "unlink":
            actor.unlink(do.value)
        case "link and crash":
            actor.link(do.value)
            raise Boom(do.what)
        case "join":
            actor.system.group("g").join(actor.self)
            actor.system.topic("t").subscribe(actor.self)
        case "leave":
            actor.system.group("g").leave(actor.self)
        case "leave and crash":
            actor.system.group("g").leave(actor.self)
            actor.system.topic("t").unsubscribe(actor.self)
            raise Boom(do.what)
        case "publish":
            actor.system.topic("t").publish(Note("news"))
        case "crash":
            raise Boom(do.what)
        case "stop":
            return MessagePlan(stop=True)
    return None


def exited(exit_: Exit, actor: ActorContext[tuple[object, ...]]) -> object:
    return MessagePlan(context=(*actor.context, exit_.reason))


tied = define_behavior("tied").with_context(()).on(Do, tie).on(Note, keep).on_stop(stopping).build()
traps = define_behavior("traps").with_trap_exits().with_context(()).on(Do, tie).on(Note, keep).on(Exit, exited).on_stop(stopping).build()
ties = supervisor("ties", intensity=6, children=[child("a", tied), child("b", traps), child("c", tied, restart="temporary")])


@scenario
async def links(system: ActorSystem) -> None:
    """Runs that end together, or hear of each other's end."""
    dice = system.kernel.world.random
    top = await system.spawn(ties)
    for _ in range(8):
        one, other = (system.kernel.child(top, dice.choice("abc")) for _ in range(2))
        if one is not None and other is not None:
            one.tell(Do(dice.choice(["link", "link", "link", "unlink", "crash", "stop", "link and crash"]), other))
        if dice.randrange(4) == 0:
            await asyncio.sleep(0.1)


@scenario
async def groups(system: ActorSystem) -> None:
    """Places in a group and a topic: kept over restarts, ended with the actor, undone with a turn that raises."""
    dice = system.kernel.world.random
    top = await system.spawn(ties)
    group, topic = system.group("g"), system.topic("t")
    for _ in range(8):
        one = system.kernel.child(top, dice.choice("abc"))
        if one is not None:
            one.tell(Do(dice.choice(["join", "join", "leave", "leave and crash", "publish", "crash", "stop"])))
        if dice.randrange(3) == 0:
            await asyncio.sleep(0.1)
            for ref in (*group.members, *topic.members):
                run = ref._cell._run
                assert run is None or not run.ended, f"{ref} has ended and has a place"
            assert len(set(group.members)) == len(group.members)


# --- bounded mailboxes, suspension ---------------------------------------------------------------------------------


def pour(do: Do, actor: ActorContext[int]) -> object:
    target = do.value
    if isinstance(target, tuple) and target:
        if do.what == "plan":
            return MessagePlan(context=actor.context + 1, tell=[Tell(target[0], Note(place)) for place in range(3)])
        for place in range(3):
            if do.what == "carefully":
                try:
                    target[0].tell(Note(place))
                except MailboxFull:
                    return actor.context + 1
            else:
                target[0].tell(Note(place))
        if do.what == "crash":
            raise Boom(do.what)
    return None


async def sip(note: Note, actor: ActorContext[int]) -> int:
    await asyncio.sleep(0.05)
    return actor.context + 1


BOUNDED = {
    overflow: define_behavior(f"bounded-{overflow}")
    .with_mailbox(capacity=2, overflow=overflow)
    .with_context(0)
    .on(Note, sip)
    .on(Question, answer)
    .on(Do, work)
    .on_stop(stopping)
    .build()
    for overflow in ("raise", "drop_new", "drop_old")
}
pourer = define_behavior("pourer").with_context(0).on(Do, pour).build()
pourings = {
    overflow: supervisor("pouring", intensity=9, children=[child("to", BOUNDED[overflow]), child("p", pourer), child("q", pourer)]) for overflow in BOUNDED
}


@scenario
async def overloads(system: ActorSystem) -> None:
    """Bounded mailboxes of each policy, poured into by several."""
    dice = system.kernel.world.random
    top = await system.spawn(pourings[dice.choice(["raise", "drop_new", "drop_old"])])
    waiting = []
    for _ in range(6):
        target, one = system.kernel.child(top, "to"), system.kernel.child(top, dice.choice("pq"))
        if target is None or one is None:
            return
        match dice.randrange(5):
            case 0:
                one.tell(Do("crash", (target,))) if dice.randrange(2) else system.kernel.stop(target, Killed())
            case 1:
                waiting.append(asyncio.ensure_future(_quietly(target, Question(dice.choice(["reply", "crash", "defer", "stash"]), 1))))
            case _:
                one.tell(Do(dice.choice(["plan", "carefully", "all", "crash"]), (target,)))
        if dice.randrange(3) == 0:
            await asyncio.sleep(0.06)
    await tolerant(*waiting)


async def _administered(awaitable: object) -> None:
    try:
        await awaitable  # type: ignore[misc]
    except (ActorStopped, AskError):
        return


@scenario
async def suspensions(system: ActorSystem) -> None:
    """Actors that are suspended, resumed and given another context, at work and at rest."""
    dice = system.kernel.world.random
    top = await system.spawn(supervised)
    waiting = []
    for place in range(7):
        ref = system.kernel.child(top, dice.choice("dtb"))
        if ref is None:
            continue
        match dice.randrange(6):
            case 0:
                waiting.append(asyncio.ensure_future(_administered(system.suspend(ref))))
            case 1:
                waiting.append(asyncio.ensure_future(_administered(system.resume(ref))))
            case 2:
                waiting.append(asyncio.ensure_future(_administered(system.replace_context(ref, lambda context: context))))
            case 3:
                ref.tell(Note(place))
            case _:
                ref.tell(Do(dice.choice(["open", "close", "item", "set", "crash"]), place))
        if dice.randrange(3) == 0:
            await asyncio.sleep(0.1)
    for name in "dtb":
        ref = system.kernel.child(top, name)
        if ref is not None:
            await _administered(system.resume(ref))
    await tolerant(*waiting)


supervised = supervisor("supervised", intensity=6, children=[child("d", door), child("t", timed), child("b", busy)])


# --- large random trees --------------------------------------------------------------------------------------------


def anything(do: Do, actor: ActorContext[int]) -> object:
    dice = actor.random
    refs: tuple[ActorRef[object], ...] = do.value if isinstance(do.value, tuple) else ()
    match do.what:
        case "crash":
            raise Boom(do.what)
        case "stop":
            return MessagePlan(stop=dice.choice([True, Shutdown(), Crash(Boom("stop"))]))
        case "mode":
            return MessagePlan(become=dice.choice(["default", "other"]))
        case "stash":
            return MessagePlan(stash=True)
        case "spawn":
            actor.spawn(any_actor)
        case "spawn and crash":
            actor.spawn(any_actor).tell(Do("count"))
            raise Boom(do.what)
        case "watch" if refs:
            actor.watch(refs[0])
        case "link" if refs:
            actor.link(refs[0])
        case "next":
            return MessagePlan(next=[Do("count"), Do("mode")])
        case "no plan":
            return "no plan"
        case "tell" if refs:
            refs[0].tell(Do("count"))
        case "wait":
            return _wait(dice.choice([0.1, 0.5, 2.0]))
        case "count":
            return actor.context + 1
    return None


async def _wait(seconds: float) -> None:
    await asyncio.sleep(seconds)


any_actor = (
    define_behavior("any")
    .with_context(0)
    .on(Do, anything)
    .on(Question, answer)
    .on(Note, count_note)
    .on(Down, note)
    .on(Exit, note)
    .on_stop(stopping)
    .mode("other")
    .build()
)
DEEDS = ("crash", "stop", "mode", "stash", "spawn", "watch", "link", "next", "no plan", "spawn and crash", "tell", "count", "wait", "wait")
WORKERS = (any_actor, any_actor, worker, parent, loader, busy, slow, answers, watcher, timed, starts_badly, ignores, door, leaf)


def _random_tree(system: ActorSystem, depth: int) -> object:
    dice = system.kernel.world.random
    children = [
        child(
            f"c{place}",
            _random_tree(system, depth - 1) if depth and dice.random() < 0.4 else dice.choice(WORKERS),
            restart=dice.choice(["permanent", "transient", "temporary"]),
            shutdown=dice.choice([None, 0.5, "brutal_kill", "infinity"]),
        )
        for place in range(dice.randrange(3) + 1)
    ]
    return supervisor("tree", strategy=dice.choice(["one_for_one", "one_for_all", "rest_for_one"]), intensity=dice.randrange(6), children=children)


@scenario
async def trees(system: ActorSystem) -> None:
    """Random trees of everything, to which anything happens."""
    dice = system.kernel.world.random
    try:
        await system.spawn(_random_tree(system, 2))
        if dice.randrange(2):
            await system.spawn(_random_tree(system, 1))
    except StartFailed:
        return
    waiting = []
    for _ in range(dice.randrange(16) + 4):
        refs = _everyone(system)
        if not refs:
            break
        ref, other = dice.choice(refs), dice.choice(refs)
        match dice.randrange(12):
            case 0 | 1:
                waiting.append(asyncio.ensure_future(_quietly(ref, Question(dice.choice(["reply", "defer", "stash", "crash", "nothing"])))))
            case 2:
                try:
                    system.kernel.stop(ref, dice.choice([Normal(), Shutdown(), Killed()]), timeout=1)
                except ActorStopped:
                    continue
            case 3:
                await asyncio.sleep(dice.choice([0.1, 1.0, 3.0]))
            case _:
                ref.tell(Do(dice.choice(DEEDS), (other,)))
    await tolerant(*waiting)


def _everyone(system: ActorSystem) -> list[ActorRef[object]]:
    found: list[ActorRef[object]] = []
    cells = list(system.kernel.roots)
    while cells:
        cell = cells.pop()
        found.append(cell.self)
        if cell._kin is not None and cell._kin.children:
            cells.extend(cell._kin.children)
    return found


slowly_ending = define_behavior("slowly-ending").with_context(0).on(Do, work).on_stop(slow_stopping).build()
