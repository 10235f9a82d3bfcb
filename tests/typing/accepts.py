"""Section 12, and more: all of this must pass."""
from __future__ import annotations

from dataclasses import dataclass
from typing import reveal_type, TYPE_CHECKING

from actorweb import (ActorContext, ActorRef, ActorSystem, After, Ask, Cancel, Every, MessagePlan, Request, Task, Tell, child, define_behavior, message, supervisor)
from actorweb.page import define_element, each, html, on

@message
class Increment:
    by: int = 1

@message
class Count(Request[int]):
    """Asks for the count."""

@message
class Find(Request[str | None]):
    key: str

@message
class Multiplying: ...

@message
class Changed:
    count: int

@message
class GotCount:
    count: int

@message
class Failed:
    error: Exception

@message
class SetStep:
    value: int

@dataclass(frozen=True, slots=True)
class Counter:
    count: int = 0

def increment(message: Increment, actor: ActorContext[Counter]) -> MessagePlan[Counter]:
    new = Counter(actor.context.count + message.by)
    return MessagePlan(context=new, emit=[Changed(new.count)])

def multiply(message: Increment, actor: ActorContext[Counter]) -> Counter:
    return Counter(actor.context.count * message.by)

async def find(message: Find, actor: ActorContext[Counter]) -> MessagePlan[Counter, str | None]:
    return MessagePlan(reply=message.key)

counter = (
    define_behavior("counter")
    .with_context(Counter())
    .on(Increment, increment)
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .on(Multiplying, lambda message, actor: MessagePlan(become="multiplying"))
    .on(Find, find)
    .on(SetStep, lambda message, actor: Counter(message.value))
    .mode("multiplying")
    .on(Increment, multiply)
    .build()
)
if TYPE_CHECKING:
    reveal_type(counter)

def start_at(start: int) -> Counter: return Counter(start)

starting = define_behavior("starting").with_context(start_at).on(Increment, multiply).on(Multiplying, lambda message, actor: actor.context).build()
by_class = define_behavior("by_class").with_context(Counter).on(Increment, multiply).build()
lazily = define_behavior("lazily").with_context(lambda: Counter(7)).on(Increment, multiply).build()
if TYPE_CHECKING:
    reveal_type(starting)
    reveal_type(by_class)
    reveal_type(lazily)

async def main() -> None:
    async with ActorSystem() as system:
        ref = await system.spawn(counter, name="counter")
        ref.tell(Increment(by=5))
        n = await ref.ask(Count(), timeout=1.0)
        found = await ref.ask(Find("a"))
        if TYPE_CHECKING:
            reveal_type(ref)
            reveal_type(n)
            reveal_type(found)
        async with ref.events(Changed) as changes:
            async for change in changes:
                print(change.count)
        snapshot = await system.snapshot(ref)
        if TYPE_CHECKING:
            reveal_type(snapshot)
        print(snapshot.context.count)
        await system.rollback(ref, version=1)
        await system.upgrade(counter)
        await system.stop(ref)
        narrower: ActorRef[Increment] = ref
        narrower.tell(Increment())
        other = await system.spawn(starting(3))
        other.tell(Multiplying())

tree = supervisor("root", strategy="one_for_all", intensity=3, period=5.0, children=[
    child("counter", counter, restart="permanent", shutdown=5.0, name="counter"),
    child("counter2", starting(start=2)), child("c3", by_class(count=2)),
])

async def load() -> bytes: return b""

def everything(message: Increment, actor: ActorContext[Counter], ref: ActorRef[Increment | Count], other: ActorRef[Find]) -> MessagePlan[Counter, int]:
    return MessagePlan(
        context=Counter(1), reply=1, become="x", defer=True, emit=[Changed(1), Increment()],
        tell=[Tell(ref, Increment()), Tell(other, Find("x")), Tell(actor.self, Changed(1)), Tell(actor.reply_to, 4)],
        ask=[Ask(ref, Count(), on_reply=GotCount, on_error=Failed, timeout=1.0)],
        schedule=[After(30.0, Changed(1), key="idle"), Every(1.0, Changed(1)), Cancel("idle")],
        run=[Task(load, on_done=lambda data: Changed(len(data)), on_error=Failed)],
        stop=True, stash=True)

counter_element = (
    define_element("aw-counter")
    .with_behavior(counter)
    .with_attribute("step", int, default=1, reflect=True, message=SetStep)
    .with_event(Changed)
    .with_view(lambda snapshot: html("<button @click={add}>{n}</button>", add=Increment(), n=snapshot.context.count))
    .with_style("button { font: inherit }")
    .build()
)

@dataclass(frozen=True)
class Api:
    url: str

def with_api(message: Increment, actor: ActorContext[Counter, Api]) -> Counter:
    print(actor.dependencies.url)
    return actor.context

dep = (define_behavior("dep").with_dependencies(Api("u")).with_context(Counter())
    .on(Increment, with_api)
    .on(Multiplying, lambda message, actor: MessagePlan(emit=[actor.dependencies.url]))
    .on(Count, lambda message, actor: MessagePlan(reply=len(actor.dependencies.url)))
    .on("INCREMENT", lambda event, actor: Counter(len(event)))
    .on_start(lambda actor: MessagePlan(schedule=[After(1.0, Increment())]))
    .with_version(2)
    .migrate(1, lambda old: {**old, "step": 1})
    .with_history(10)
    .build())
if TYPE_CHECKING:
    reveal_type(dep)
rest = define_behavior("rest").with_context(Counter()).on(Increment, multiply).on_message(lambda message, actor: None).build()
stateless = define_behavior("s").on(Increment, lambda message, actor: print(message.by)).build()
if TYPE_CHECKING:
    reveal_type(rest)
    reveal_type(stateless)
rows = each(["a", "b"], key=lambda item: item, view=lambda item: html("<li>{x}</li>", x=item.upper()))
binding = on(SetStep, value="target.value")

plan = MessagePlan(become="x")
plan2 = MessagePlan(reply=4)
plan3 = MessagePlan(context=Counter())
if TYPE_CHECKING:
    reveal_type(plan)
    reveal_type(plan2)
    reveal_type(plan3)

from typing import Generic, TypeVar
from actorweb import Crash, Down, ReplyTo

T = TypeVar("T")

@message
class Get(Request[T], Generic[T]):
    key: str

@message(name="shop.buy")
class Buy:
    item: str
    amount: int = 1

@dataclass(frozen=True)
class Waiting:
    who: ReplyTo[int] | None = None

def wait(message: Count, actor: ActorContext[Waiting]) -> MessagePlan[Waiting, int]:
    return MessagePlan(context=Waiting(actor.reply_to), defer=True)

def bought(message: Buy, actor: ActorContext[Waiting]) -> MessagePlan[Waiting] | Waiting | None:
    if actor.context.who is None:
        return None
    if message.amount > 3:
        return Waiting()
    return MessagePlan(tell=[Tell(actor.context.who, message.amount)], context=Waiting())

def died(signal: Down, actor: ActorContext[Waiting]) -> None:
    if isinstance(signal.reason, Crash):
        print(signal.reason.error)

shop = (define_behavior("shop").with_context(Waiting())
    .on(Count, wait).on(Buy, bought).on(Down, died).on(Down, lambda signal, actor: print(signal.ref)).build())
if TYPE_CHECKING:
    reveal_type(shop)

class Sub(Multiplying): ...
def both(message: Increment | SetStep, actor: ActorContext[Counter]) -> Counter: return actor.context
async def aboth(message: Increment | SetStep, actor: ActorContext[Counter]) -> None: ...
def replies_subtype(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter, bool]: return MessagePlan(reply=True)
def optional(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter, int] | None: return None
many = define_behavior("many").with_context(Counter()).on(Increment, both).on(SetStep, aboth).on(Count, replies_subtype).on(Count, optional).build()
generic = define_behavior("generic").with_context(Counter()).on(Get[int], lambda message, actor: MessagePlan(reply=3)).build()
async def use(ref: ActorRef[Get[int]], both: ActorRef[Increment | Count]) -> None:
    if TYPE_CHECKING:
        reveal_type(await ref.ask(Get[int]("k")))
        reveal_type(await both.ask(Count()))
def branching(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter, int]:
    plan = MessagePlan(reply=1) if actor.context.count else MessagePlan(become="x", context=Counter())
    return plan
element2 = define_element("e").with_behavior(counter).with_attribute("on", bool, default=False).with_attribute("name", str, default="").with_attribute("size", float, default=1.0).build()

# The whole kernel.
from typing import assert_never, assert_type

from actorweb import (Logged, MemoryStore, NotSaved, RolledBack, Snapshot, SqliteStore, Upgraded, Backoff, ChildInfo, Children, DeadLetter, Dropped, Exit, Group, HighWater, Joined, Left, Report, RestartChild, StartChild, Crashed, Started, Restarted, Stopped,
                      Unhandled, LateReply, StrayMessage, Unkillable, NothingMade, TracerFailed, TurnTrace, SupervisorRequest, TerminateChild, Topic, WhichChildren, run)

multiplier = define_behavior("multiplier").with_context(Counter()).on(Increment, multiply).build()
whole = (define_behavior("whole").with_context(Counter())
    .with_mailbox(capacity=10, overflow="drop_old").with_stash(capacity=5).with_idle_timeout(3.0, Multiplying()).with_trap_exits()
    .on(Exit, lambda end, actor: print(end.ref, end.reason))
    .on(Multiplying, lambda message, actor: MessagePlan(become="multiplying", run=[Task(lambda: 3, on_done=GotCount, thread=True), Task(load, on_done=lambda text: Changed(len(text)))]))
    .mode("multiplying", multiplier)
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .build())

pool = supervisor("pool", strategy="dynamic")
team = supervisor("team", auto_shutdown="any_significant", children=[child("a", whole, restart="transient", significant=True, backoff=Backoff(0.1, 30, jitter=0.2))])

def told(report: Report) -> str:
    match report:
        case DeadLetter() | Unhandled() | Dropped() | LateReply() | StrayMessage() | Crashed() | Logged() | Started() | Restarted() | Stopped() | Unkillable() | NothingMade() | TurnTrace() | RolledBack() | NotSaved():
            return report.ref.path
        case HighWater():
            return str(report.waiting)
        case Upgraded():
            return f"{report.behavior} {report.version} {report.actors}"
        case TracerFailed():
            return str(report.error)
    assert_never(report)

async def administer(system: ActorSystem) -> int:
    ref = await system.spawn(whole)
    assert_type(ref, "ActorRef[Multiplying | Increment | Count, Counter]")
    supervised: ActorRef[SupervisorRequest, Children] = await system.spawn(pool)
    worker = await supervised.ask(StartChild(child("w", whole)))
    assert_type(worker, ActorRef[object])
    assert_type(await supervised.ask(RestartChild("w")), ActorRef[object])
    assert_type(await supervised.ask(WhichChildren()), tuple[ChildInfo, ...])
    await supervised.ask(TerminateChild(worker))
    await system.suspend(ref)
    await system.resume(ref)
    assert_type(await system.replace_context(ref, lambda old: Counter(old.count + 1)), Counter)
    group: Group = system.group("counters")
    group.join(ref)
    async with group.events(Joined) as joined, system.reports(Dropped) as drops:
        assert_type((await anext(joined)).ref.path, str)
        assert_type((await anext(drops)).policy, str)
    topic: Topic = system.topic(("news", 1))
    topic.subscribe(ref)
    topic.publish(Left("counters", ref))
    system.from_thread(ref, Increment(2))
    system.reports.subscribe(lambda report: print(told(report)), DeadLetter, TurnTrace)
    return 0

async def start_program(system: ActorSystem) -> None: await administer(system)
if TYPE_CHECKING:
    run(start_program)
    run(administer)

# State over time.
import types

from actorweb import JsonObject, Store
from actorweb.testing import replay_history

lasting = (define_behavior("lasting").with_context(Counter()).with_version(3).migrate(2, lambda old: old).migrate_down(3, lambda new: new)
    .with_idle_timeout(60.0).on(Count, lambda message, actor: MessagePlan(reply=actor.context.count)).build())
durable_team = supervisor("durable", children=[child("a", lasting, store=MemoryStore(), key="a", durability="snapshot")])

async def keep(system: ActorSystem, module: types.ModuleType) -> None:
    store: Store = SqliteStore("counters.db")
    ref = await system.spawn(lasting, store=store, key="counters/42")
    assert_type(await system.history(ref), "tuple[Snapshot[Counter], ...]")
    assert_type(await system.export_history(ref), str)
    assert_type(await system.upgrade_module(module), "tuple[str, ...]")
    exported: JsonObject = await system.export(ref)
    moved = await system.spawn(lasting, snapshot=exported)
    assert_type(moved, "ActorRef[Count, Counter]")
    await system.spawn(lasting, snapshot=await system.snapshot(moved), durability="journal")
    replay_history(lasting, "counter.history.jsonl")
    await store.close()

# Machines.
from collections.abc import AsyncIterator

from actorweb.machine import ActorScope, Machine, MachineSnapshot, Scope, assign, emit, from_observable, from_promise, machine, raise_, send_to
from actorweb.machine import and_, not_, state_in

toggle = machine({"id": "toggle", "initial": "off", "states": {"off": {"on": {"TOGGLE": "on"}}, "on": {"on": {"TOGGLE": "off"}}}})
machine_snapshot = toggle.initial_snapshot()
machine_snapshot, actions = toggle.transition(machine_snapshot, {"type": "TOGGLE"})
assert machine_snapshot.value == "on"
plain_snapshot: Snapshot[JsonObject] = machine_snapshot
toggler = define_behavior("toggle").with_machine(toggle).on(Increment, lambda message, actor: MessagePlan(transition={"type": "TOGGLE", "by": message.by})).build()
element3 = define_element("aw-toggle").with_behavior(toggler).with_view(lambda snapshot: html("{v}", v=str(snapshot.value), can=snapshot.can({"type": "TOGGLE"}))).build()

def enough(scope: Scope, params: object) -> bool: return scope.context["n"] == params and scope.event["type"] != "" and scope.actor.now() > 0
async def pay(scope: ActorScope) -> str: return str(scope.input)
async def ticks(scope: ActorScope) -> AsyncIterator[object]: yield scope.input

typed: Machine[Increment | SetStep] = machine(
    {"initial": "a", "states": {"a": {"on": {"Increment": {"actions": ["add", raise_({"type": "SetStep"}, delay=1000)], "guard": and_("enough", not_(state_in("b")))}}}}},
    actions={"add": assign({"n": lambda scope, params: 3}), "tell": emit({"type": "X"}), "send": send_to("job", lambda scope, params: {"type": "Y"}), "plan": lambda scope, params: MessagePlan(reply=3)},
    guards={"enough": enough, "both": and_("enough", "enough")},
    actors={"pay": pay, "safe": from_promise(pay), "ticks": from_observable(ticks), "toggle": toggle, "counter": counter},
    delays={"soon": 10, "later": lambda scope, params: 2.5},
    missing="xstate",
).with_event(Increment).with_event(SetStep)
typed_behavior = define_behavior("typed").with_dependencies(3).with_machine(typed).on(Count, lambda message, actor: MessagePlan(reply=actor.dependencies)).with_history(3).build()

async def machines(system: ActorSystem) -> None:
    ref = await system.spawn(typed_behavior.with_input({"n": 1}))
    assert_type(ref, "ActorRef[Increment | SetStep | Count, JsonObject]")
    ref.tell(Increment(2))
    assert_type(await ref.ask(Count()), int)
    snapshot = await system.snapshot(ref)
    assert_type(snapshot.matches("a.b") and snapshot.has_tag("busy") and snapshot.can({"type": "Increment"}), bool)
    any_ref = await system.spawn(toggler)
    any_ref.tell({"type": "TOGGLE"})
    any_ref.tell(Increment())
