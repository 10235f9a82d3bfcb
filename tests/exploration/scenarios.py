"""Small scenarios of the kernel, one for each feature: what is explored. Each must hold whatever the world chooses and whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actorweb import (
    ActorContext,
    ActorRef,
    ActorStopped,
    ActorSystem,
    After,
    Ask,
    AskError,
    Cancel,
    Down,
    Every,
    Ignore,
    Killed,
    MessagePlan,
    Normal,
    Request,
    Shutdown,
    StartFailed,
    Task,
    Tell,
    child,
    define_behavior,
    message,
    pop,
    push,
    supervisor,
)
from actorweb.errors import ActorError


class Boom(Exception):
    """What an author's handler raises."""


@message
class Do:
    what: str
    value: object = None


@message
class Note:
    value: object = None


@message
class Question(Request[object]):
    how: str
    value: object = None


SCENARIOS: dict[str, Callable[[ActorSystem], Awaitable[None]]] = {}


def scenario(function: Callable[[ActorSystem], Awaitable[None]]) -> Callable[[ActorSystem], Awaitable[None]]:
    SCENARIOS[function.__name__] = function
    return function


def note(message: object, actor: ActorContext[object]) -> None:
    """Take notice of it."""


def stopping(actor: ActorContext[object]) -> None:
    """End in an orderly way."""


async def slow_stopping(actor: ActorContext[object]) -> None:
    await asyncio.sleep(1)


async def tolerant(*awaitables: Awaitable[object]) -> list[object]:
    """Wait for all; what fails because something was made to fail is a result, too."""
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, (ActorError, Boom)):
            raise result
    return results


# --- tells, and turns that fail ------------------------------------------------------------------------------------


def relay(do: Do, actor: ActorContext[int]) -> object:
    """Pass it on in several ways; sometimes raise after all of it."""
    peers: tuple[ActorRef[object], ...] = do.value if isinstance(do.value, tuple) else ()
    for peer in peers:
        peer.tell(Note(1))
    if do.what == "crash":
        actor.spawn(leaf).tell(Note("never"))
        raise Boom(do.what)
    if do.what == "bad plan":
        return MessagePlan(
            context=actor.context + 1, tell=[Tell(peer, Note(2)) for peer in peers], schedule=[After(1, Note("never"), key="k")], become="no mode"
        )
    return MessagePlan(context=actor.context + 1, tell=[Tell(peer, Note(3)) for peer in peers], emit=[Note(4)])


leaf = define_behavior("leaf").with_context(0).on(Note, note).on(Do, relay).on_stop(stopping).build()


@scenario
async def tells(system: ActorSystem) -> None:
    """Actors that pass messages on, some turns of which raise."""
    dice = system.kernel.world.random
    refs = tuple([await system.spawn(leaf) for _ in range(3)])
    for _ in range(6):
        dice.choice(refs).tell(Do(dice.choice(["pass", "pass", "crash", "bad plan"]), tuple(ref for ref in refs if dice.random() < 0.6)))


# --- supervision ---------------------------------------------------------------------------------------------------


def work(do: Do, actor: ActorContext[int]) -> object:
    match do.what:
        case "crash":
            raise Boom(do.what)
        case "stop":
            return MessagePlan(stop=True)
        case "shutdown":
            return MessagePlan(stop=Shutdown())
        case "child":
            actor.spawn(leaf)
        case "count":
            return actor.context + 1
    return None


async def slow_work(do: Do, actor: ActorContext[int]) -> int:
    await asyncio.sleep(0.5)
    return actor.context + 1


def start_with_child(actor: ActorContext[int]) -> None:
    actor.spawn(leaf)


worker = define_behavior("worker").with_context(0).on(Do, work).on(Note, note).on_stop(stopping).build()
parent = define_behavior("parent").with_context(0).on(Do, work).on(Note, note).on_start(start_with_child).on_stop(slow_stopping).build()


def _tree(strategy: str, inner: str) -> object:
    below = supervisor("below", strategy=inner, intensity=2, children=[child("x", worker), child("y", parent, restart="transient")])
    return supervisor(
        "top",
        strategy=strategy,
        intensity=4,
        children=[
            child("a", worker, name="a"),
            child("b", parent, restart="transient", shutdown=0.5),
            child("c", below),
            child("d", worker, restart="temporary", shutdown="brutal_kill"),
        ],
    )


TREES = {
    (outer, inner): _tree(outer, inner) for outer in ("one_for_one", "one_for_all", "rest_for_one") for inner in ("one_for_one", "one_for_all", "rest_for_one")
}


async def _disturb(system: ActorSystem, strategy: str) -> None:
    dice = system.kernel.world.random
    top = await system.spawn(TREES[strategy, dice.choice(["one_for_one", "one_for_all", "rest_for_one"])])
    for _ in range(dice.randrange(6) + 1):
        ref = system.kernel.child(top, dice.choice("abcd"))
        if ref is not None and dice.random() < 0.4:
            ref = system.kernel.child(ref, dice.choice("xy")) or ref
        if ref is None:
            continue
        match dice.randrange(8):
            case 0 | 1 | 2:
                ref.tell(Do("crash"))
            case 3:
                ref.tell(Do(dice.choice(["stop", "shutdown", "child"])))
            case 4:
                ref.tell(Do("count"))
            case 5:
                await asyncio.sleep(dice.choice([0.1, 1, 6]))
            case _:
                try:
                    system.kernel.stop(ref, dice.choice([Normal(), Shutdown(), Killed()]))
                except ActorStopped:
                    continue


@scenario
async def one_for_one(system: ActorSystem) -> None:
    """A nested tree whose children end in all ways, each on its own."""
    await _disturb(system, "one_for_one")


@scenario
async def one_for_all(system: ActorSystem) -> None:
    """The same, where all start again together."""
    await _disturb(system, "one_for_all")


@scenario
async def rest_for_one(system: ActorSystem) -> None:
    """The same, where those that came later start again, too."""
    await _disturb(system, "rest_for_one")


def flaky(actor: ActorContext[int]) -> None:
    if actor.random.random() < 0.4:
        raise Boom("start")


def ignoring(actor: ActorContext[int]) -> Ignore | None:
    return Ignore() if actor.random.random() < 0.5 else None


starts_badly = define_behavior("flaky").with_context(0).on(Do, work).on_start(flaky).on_stop(stopping).build()
ignores = define_behavior("ignores").with_context(0).on(Do, work).on_start(ignoring).on_stop(stopping).build()
FLAKY = {
    strategy: supervisor(
        "flaky-top", strategy=strategy, intensity=3, children=[child("a", worker), child("b", starts_badly), child("c", ignores, restart="transient")]
    )
    for strategy in ("one_for_one", "one_for_all", "rest_for_one")
}


@scenario
async def starts(system: ActorSystem) -> None:
    """Starts that fail or are ignored, at first and at each restart."""
    dice = system.kernel.world.random
    try:
        top = await system.spawn(FLAKY[dice.choice(["one_for_one", "one_for_all", "rest_for_one"])])
    except StartFailed:
        return
    for _ in range(3):
        ref = system.kernel.child(top, dice.choice("abc"))
        if ref is not None:
            ref.tell(Do("crash"))
        if dice.randrange(2):
            await asyncio.sleep(1)


# --- asks ----------------------------------------------------------------------------------------------------------


def answer(question: Question, actor: ActorContext[object]) -> object:
    match question.how:
        case "reply":
            return MessagePlan(reply=question.value)
        case "crash":
            raise Boom(question.how)
        case "stop":
            return MessagePlan(stop=True)
        case "stash":
            return MessagePlan(stash=True)
        case "defer":
            return MessagePlan(defer=True, schedule=[After(0.5, Do("answer", actor.reply_to), key="later")])
        case "twice":
            return MessagePlan(reply=1, tell=[Tell(actor.reply_to, 2)])
    return None


def answer_later(do: Do, actor: ActorContext[object]) -> object:
    if do.what == "answer":
        return MessagePlan(tell=[Tell(do.value, "late")])
    if do.what == "mode":
        return MessagePlan(become="other")
    return None


async def ask_on(question: Question, actor: ActorContext[object]) -> object:
    """Ask the next one, which may be oneself."""
    refs = question.value
    if isinstance(refs, tuple) and refs:
        try:
            return MessagePlan(reply=await refs[0].ask(Question("on", refs[1:]), timeout=1))
        except AskError as error:
            return MessagePlan(reply=type(error).__name__)
    return MessagePlan(reply="end")


def answer_in_other(question: Question, actor: ActorContext[object]) -> object:
    return MessagePlan(reply="other", become="default")


answers = (
    define_behavior("answers").with_context(0).on(Do, answer_later).on(Question, answer).on_stop(stopping).mode("other").on(Question, answer_in_other).build()
)
asks_on = define_behavior("asks-on").with_context(0).on(Question, ask_on).on(Note, note).build()
served = supervisor("served", intensity=10, children=[child("s", answers)])


async def _ask(ref: ActorRef[object], question: Question, timeout: float) -> object:
    try:
        return await ref.ask(question, timeout=timeout)
    except AskError as error:
        return error


@scenario
async def asks(system: ActorSystem) -> None:
    """Asks that end in all the ways there are."""
    dice = system.kernel.world.random
    top = await system.spawn(served)
    ref = system.kernel.child(top, "s")
    if ref is None:
        return
    waiting = [
        asyncio.ensure_future(_ask(ref, Question(dice.choice(["reply", "crash", "stash", "defer", "twice", "nothing", "stop"]), place), dice.choice([0.3, 2])))
        for place in range(4)
    ]
    ref.tell(Do("mode"))
    if dice.randrange(2):
        await asyncio.sleep(0.4)
        ref.tell(Do("mode"))
    await tolerant(*waiting)


@scenario
async def circles(system: ActorSystem) -> None:
    """Async handlers that ask each other, in circles and not."""
    dice = system.kernel.world.random
    refs = [await system.spawn(asks_on) for _ in range(3)]
    ways = [tuple(dice.choice(refs) for _ in range(dice.randrange(3) + 1)) for _ in range(2)]
    await tolerant(*(_ask(dice.choice(refs), Question("on", way), 3) for way in ways))


def plan_asks(do: Do, actor: ActorContext[tuple[object, ...]]) -> object:
    return MessagePlan(
        context=(*actor.context, do.what),
        ask=[Ask(do.value, Question(do.what, 1), on_reply=Note, on_error=Note if do.what != "crash" else None, timeout=1)],
    )


def keep(note: Note, actor: ActorContext[tuple[object, ...]]) -> tuple[object, ...]:
    return (*actor.context, note.value)


planner = define_behavior("planner").with_context(()).on(Do, plan_asks).on(Note, keep).build()
planners = supervisor("planners", intensity=10, children=[child("p", planner), child("s", answers)])


@scenario
async def plan_asks_of_all_ends(system: ActorSystem) -> None:
    """`ask` in plans: the answer comes back as a message, or not to a later run."""
    dice = system.kernel.world.random
    top = await system.spawn(planners)
    for _ in range(4):
        asker, target = system.kernel.child(top, "p"), system.kernel.child(top, "s")
        if asker is not None and target is not None:
            asker.tell(Do(dice.choice(["reply", "crash", "defer", "nothing", "stash"]), target))
        if dice.randrange(3) == 0:
            await asyncio.sleep(0.6)


# --- stash and modes -----------------------------------------------------------------------------------------------


def closed(do: Do, actor: ActorContext[tuple[object, ...]]) -> object:
    match do.what:
        case "open":
            return MessagePlan(become=push("open"))
        case "crash":
            raise Boom(do.what)
        case "next":
            return MessagePlan(next=[Do("item", "n1"), Do("item", "n2")])
    return MessagePlan(stash=True)


def opened(do: Do, actor: ActorContext[tuple[object, ...]]) -> object:
    match do.what:
        case "close":
            return MessagePlan(become=pop())
        case "crash":
            raise Boom(do.what)
        case "next":
            return MessagePlan(next=[Do("item", "n3"), Do("close")], context=(*actor.context, "next"))
    return (*actor.context, do.value)


async def opened_slowly(note: Note, actor: ActorContext[tuple[object, ...]]) -> tuple[object, ...]:
    await asyncio.sleep(0.1)
    return (*actor.context, note.value)


door = (
    define_behavior("door")
    .with_context(())
    .on(Do, closed)
    .on(Note, lambda note, actor: MessagePlan(stash=True))
    .on_stop(stopping)
    .mode("open")
    .on(Do, opened)
    .on(Note, opened_slowly)
    .build()
)
doors = supervisor("doors", intensity=5, children=[child("door", door)])


@scenario
async def stashes(system: ActorSystem) -> None:
    """A door that keeps what comes while it is closed, and crashes with a full stash."""
    dice = system.kernel.world.random
    top = await system.spawn(doors)
    ref = system.kernel.child(top, "door")
    if ref is None:
        return
    for place in range(10):
        what = dice.choice(["item", "item", "item", "open", "close", "crash", "next", "note"])
        ref.tell(Note(place) if what == "note" else Do(what, place))
        if dice.randrange(4) == 0:
            await asyncio.sleep(0.05)


# --- timers --------------------------------------------------------------------------------------------------------


def set_timers(do: Do, actor: ActorContext[int]) -> object:
    dice = actor.random
    match do.what:
        case "crash":
            raise Boom(do.what)
        case "mode":
            return MessagePlan(become=dice.choice(["default", "other"]))
        case "cancel":
            return MessagePlan(schedule=[Cancel("a")])
        case "set":
            return MessagePlan(
                schedule=[
                    After(dice.choice([0, 0.5, 1]), Note("a"), key="a"),
                    After(1, Note("b"), key="b", mode=True),
                    Every(0.5, Note("c"), key=dice.choice("ac")),
                ]
            )
        case "bad":
            return MessagePlan(schedule=[After(0.1, Note("never"), key="a"), After(-1, Note("never"))])
    return None


timed = define_behavior("timed").with_context(0).on(Do, set_timers).on(Note, lambda note, actor: actor.context + 1).mode("other").build()
timeds = supervisor("timeds", intensity=5, children=[child("t", timed)])


@scenario
async def timers(system: ActorSystem) -> None:
    """Timers that are replaced, cancelled, left with their mode, and left behind by a crash."""
    dice = system.kernel.world.random
    top = await system.spawn(timeds)
    ref = system.kernel.child(top, "t")
    if ref is None:
        return
    for _ in range(6):
        ref.tell(Do(dice.choice(["set", "set", "cancel", "mode", "crash", "bad"])))
        if dice.randrange(2):
            await asyncio.sleep(dice.choice([0.5, 1, 1.25]))
    await asyncio.sleep(1.5)


def silent(note: Note, actor: ActorContext[int]) -> object:
    return MessagePlan(stop=True) if actor.context > 1 else actor.context + 1


idle = define_behavior("idle").with_idle_timeout(0.5, Note("idle")).with_context(0).on(Do, work).on(Note, silent).on_stop(stopping).build()
idles = supervisor("idles", intensity=5, children=[child("i", idle)])


@scenario
async def silences(system: ActorSystem) -> None:
    """Idle timeouts."""
    dice = system.kernel.world.random
    top = await system.spawn(idles)
    for _ in range(4):
        ref = system.kernel.child(top, "i")
        if ref is not None:
            ref.tell(Do(dice.choice(["count", "crash"])))
        await asyncio.sleep(dice.choice([0.2, 0.5, 0.8]))


# --- watches and names ---------------------------------------------------------------------------------------------


def look(do: Do, actor: ActorContext[tuple[object, ...]]) -> object:
    target = do.value[0] if isinstance(do.value, tuple) else do.value
    match do.what:
        case "watch":
            actor.watch(target)
        case "unwatch":
            actor.unwatch(target)
        case "watch and crash":
            actor.watch(target)
            raise Boom(do.what)
        case "crash":
            raise Boom(do.what)
        case "again":
            system = actor.system
            if system.lookup("star") is None:
                actor.watch(actor.spawn(worker, name="star"))
    return None


def seen(down: Down, actor: ActorContext[tuple[object, ...]]) -> object:
    if not down.restarting and actor.system.lookup("star") is down.ref:
        raise AssertionError("the name is not free")
    return MessagePlan(context=(*actor.context, down.reason))


watcher = define_behavior("watcher").with_context(()).on(Do, look).on(Down, seen).build()
watchers = supervisor("watchers", intensity=8, children=[child("w", watcher), child("v", watcher), child("t", worker, name="target")])


@scenario
async def watches(system: ActorSystem) -> None:
    """Actors that watch, stop watching, and crash; targets that end and start again."""
    dice = system.kernel.world.random
    top = await system.spawn(watchers)
    star = await system.spawn(worker, name="star")
    for _ in range(7):
        one = system.kernel.child(top, dice.choice("wv"))
        target = dice.choice([star, system.lookup("target"), system.lookup("star")])
        if one is None or target is None:
            continue
        match dice.randrange(5):
            case 0:
                target.tell(Do(dice.choice(["crash", "stop"])))
            case 1:
                one.tell(Do("again"))
            case _:
                one.tell(Do(dice.choice(["watch", "watch", "watch", "unwatch", "crash", "watch and crash"]), target))
        if dice.randrange(4) == 0:
            await asyncio.sleep(0.2)


# --- async handlers and tasks --------------------------------------------------------------------------------------


async def wait_and_send(do: Do, actor: ActorContext[int]) -> object:
    peers: tuple[ActorRef[object], ...] = do.value if isinstance(do.value, tuple) else ()
    for peer in peers:
        peer.tell(Note("before"))
    await asyncio.sleep(0.2)
    for peer in peers:
        peer.tell(Note("after"))
    match do.what:
        case "crash":
            raise Boom(do.what)
        case "ask" if peers:
            await peers[0].ask(Question("reply", 1), timeout=1)
            raise Boom("after the point of no return")
        case "bad":
            return MessagePlan(context=actor.context + 1, become="no mode")
    return MessagePlan(context=actor.context + 1, tell=[Tell(peer, Note("plan")) for peer in peers])


async def stubborn(note: Note, actor: ActorContext[int]) -> None:
    """Take long, and do not want to be cancelled."""
    try:
        await asyncio.sleep(3)
    except asyncio.CancelledError:
        await asyncio.sleep(0.1)


def count_note(note: Note, actor: ActorContext[int]) -> int:
    return actor.context + 1


busy = define_behavior("busy").with_context(0).on(Do, wait_and_send).on(Note, count_note).on(Question, answer).on_stop(slow_stopping).build()
slow = define_behavior("slow").with_context(0).on(Note, stubborn).on(Question, answer).on_stop(stopping).build()
busies = supervisor("busies", intensity=6, children=[child("a", busy), child("b", busy), child("c", slow, shutdown=0.05)])


@scenario
async def waits(system: ActorSystem) -> None:
    """Async handlers: messages wait for them, and what they sent leaks neither by a crash nor by a stop."""
    dice = system.kernel.world.random
    top = await system.spawn(busies)
    refs = tuple(ref for ref in (system.kernel.child(top, name) for name in "abc") if ref is not None)
    if not refs:
        return
    for _ in range(5):
        ref = dice.choice(refs)
        ref.tell(Do(dice.choice(["go", "go", "crash", "ask", "bad"]), tuple(peer for peer in refs if peer is not ref)))
        if dice.randrange(3) == 0:
            await asyncio.sleep(0.15)
    if dice.randrange(2):
        system.kernel.stop(top, Shutdown())


async def load(seconds: float, value: object) -> object:
    await asyncio.sleep(seconds)
    if value == "crash":
        raise Boom(value)
    return value


def run_tasks(do: Do, actor: ActorContext[int]) -> object:
    match do.what:
        case "crash":
            raise Boom(do.what)
        case "cancel":
            return MessagePlan(schedule=[Cancel("k")])
        case "stop":
            return MessagePlan(stop=True)
    value = do.value
    return MessagePlan(
        run=[
            Task(lambda: load(0.3, value), on_done=Note, on_error=Note, key="k"),
            Task(lambda: load(0.1, 1), on_done=lambda _: None if value == 3 else Note(), on_error=Note),
        ]
    )


loader = define_behavior("loader").with_context(0).on(Do, run_tasks).on(Note, count_note).on_stop(stopping).build()
loaders = supervisor("loaders", intensity=6, children=[child("l", loader)])


@scenario
async def tasks(system: ActorSystem) -> None:
    """Tasks that end, fail, are replaced, cancelled, and left behind by a crash or a stop."""
    dice = system.kernel.world.random
    top = await system.spawn(loaders)
    for _ in range(5):
        ref = system.kernel.child(top, "l")
        if ref is None:
            return
        ref.tell(Do(dice.choice(["run", "run", "run", "crash", "cancel", "stop"]), dice.choice(["crash", 2, 3])))
        if dice.randrange(2):
            await asyncio.sleep(dice.choice([0.1, 0.3]))
