"""Every line marked E must be an error in both checkers."""
from __future__ import annotations

from dataclasses import dataclass

from actorweb import ActorContext, ActorRef, ActorSystem, Ask, Behavior, MessagePlan, Request, Task, Tell, child, define_behavior, message
from actorweb.page import define_element, html
from tests.typing.accepts import Api, Changed, Count, Counter, Failed, Find, GotCount, Increment, Multiplying, SetStep, counter, increment, load, multiply, starting, with_api

@message
class Unknown:
    x: int

@message
class Other(Request[str]): ...

@dataclass(frozen=True)
class Wrong:
    a: str

def wrong_context(message: Increment, actor: ActorContext[Wrong]) -> Wrong: return actor.context
def wrong_result(message: Increment, actor: ActorContext[Counter]) -> Wrong: return Wrong("")
def wrong_message(message: SetStep, actor: ActorContext[Counter]) -> Counter: return actor.context
def wrong_reply(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter, str]: return MessagePlan(reply="x")
def undeclared_reply(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter]:
    return MessagePlan(reply=1)  # E01 reply in a plan declared without one
def plan_wrong_context(message: Increment, actor: ActorContext[Counter]) -> MessagePlan[Counter]:
    return MessagePlan(context=Wrong(""))  # E02
async def wrong_async(message: Count, actor: ActorContext[Counter]) -> MessagePlan[Counter, str]: return MessagePlan(reply="x")

async def main(system: ActorSystem, ref: ActorRef[Increment | Count]) -> None:
    ref.tell(Unknown(1))  # E03
    await ref.ask(Other())  # E04 not in M
    await ref.ask(Increment())  # E05 not a request
    n: str = await ref.ask(Count())  # E06
    wide: ActorRef[Increment | Count | SetStep] = ref  # E07
    Increment(1).by = 4  # E08 frozen
    Increment("x")  # E09
    await system.spawn(starting)  # E10 arguments not bound
    await system.spawn(starting("x"))  # E11
    spawned = await system.spawn(counter)
    (await system.snapshot(spawned)).context.nope  # E12
    Tell(ref, Unknown(1))  # E13
    Ask(ref, Count(), on_reply=lambda text: Changed(text.upper()))  # E14
    Ask(ref, Other(), on_reply=GotCount)  # E15
    Task(load, on_done=GotCount)  # E16
    child("c", counter, restart="sometimes")  # E17
    print(n, wide)

b = define_behavior("b").with_context(Counter())
b.on(Increment, wrong_context)  # E20
b.on(Increment, wrong_result)  # E21
b.on(Increment, wrong_message)  # E22
b.on(Count, wrong_reply)  # E23
b.on(Count, wrong_async)  # E24
b.on(Count, lambda message, actor: MessagePlan(reply="x"))  # E25
b.on(Increment, lambda message, actor: MessagePlan(reply=1))  # E26 no reply to a plain message
b.on(Increment, lambda message, actor: Wrong(""))  # E27
b.on(Increment, lambda message, actor: Counter(message.nope))  # E28
b.on(Increment, lambda message, actor: Counter(actor.context.nope))  # E29
b.on(Increment, lambda message: None)  # E30
b.on(Increment, with_api)  # E31 dependencies
b.on(Count, lambda message, actor: 5)  # E32 forgot MessagePlan
x: Behavior[Unknown, Counter] = counter  # E33

element = define_element("e").with_behavior(counter)
element.with_attribute("step", int, default="1")  # E40 default of another type
element.with_attribute("step", int, default=1, message=Unknown)  # E41 counter does not take it
element.with_attribute("step", str, default="1", message=SetStep)  # E42
element.with_view(lambda snapshot: html("{x}", x=snapshot.context.nope))  # E43
element.with_view(lambda snapshot: "text")  # E44

from actorweb import Backoff, DeleteChild, StartChild, SupervisorRequest, supervisor
from tests.typing.accepts import multiplier

define_behavior("m").with_context(Wrong("")).mode("x", multiplier)  # E50 another context
define_behavior("m").with_mailbox(capacity=1, overflow="block")  # E51
define_behavior("m").with_mailbox("many")  # E52
child("c", counter, significant="yes")  # E53
child("c", counter, backoff=1.0)  # E54
supervisor("s", strategy="all_for_one")  # E55
supervisor("s", auto_shutdown="always")  # E56
Backoff("1", 2)  # E57
Task(load, on_done=lambda text: Changed(1), thread=True).nope  # E58
Task(lambda: 3, on_done=lambda n: n, thread=False)  # E59 not awaitable
DeleteChild(3)  # E60

async def administer(system: ActorSystem, ref: ActorRef[Increment, Counter], pool: ActorRef[SupervisorRequest]) -> None:
    await pool.ask(StartChild(counter))  # E61 a behavior is no spec
    await system.replace_context(ref, lambda old: old.count)  # E62
    system.from_thread(ref, Unknown(1))  # E63
    await ref.ask(StartChild(child("c", counter)))  # E64 not a supervisor
    text: str = await pool.ask(StartChild(child("c", counter)))  # E65
    system.group("g").join(counter)  # E66
    print(text)

async def keep(system: ActorSystem, ref: ActorRef[Increment, Counter]) -> None:
    await system.spawn(counter, store="file.db", key="c")  # E67 a path is no store
    await system.spawn(counter, durability="often")  # E68
    await system.spawn(counter, snapshot=await system.snapshot(await system.spawn(multiplier)), key=3)  # E69
    await system.rollback(ref)  # E70 to which version?
    await system.rollback(ref, version="1")  # E71
    await system.upgrade("counter")  # E72
    await system.upgrade_module("module")  # E73 a name is no module
    history: list[Counter] = await system.history(ref)  # E74
    print(history)

define_behavior("m").with_context(Counter()).migrate("1", lambda old: old)  # E75
define_behavior("m").with_context(Counter()).migrate(1, lambda old: Counter())  # E76 JSON, no context
define_behavior("m").with_context(Counter()).with_history("10")  # E77
child("c", counter, durability="journal", store="file.db")  # E78

from actorweb.machine import machine
from tests.typing.accepts import toggle, typed, typed_behavior

async def machines(system: ActorSystem) -> None:
    ref = await system.spawn(typed_behavior)
    ref.tell(Unknown(1))  # E79 no declared event
    ref.tell({"type": "Increment"})  # E80 nor is a mapping
    await ref.ask(Increment())  # E81 no request

define_behavior("m").with_machine({"initial": "a"})  # E82 a config is no machine
define_behavior("m").with_context(Counter()).with_machine(toggle)  # E83 the context is the machine's
machine([])  # E84
machine({}, missing="ignore")  # E85
machine({}, actions={"a": 3})  # E86
machine({}, guards={"g": 3})  # E87
machine({}, delays={"d": "soon"})  # E88
typed.with_event("Increment")  # E89
toggle.transition(toggle.initial_snapshot(), "TOGGLE")  # E90
MessagePlan(transition="TOGGLE")  # E91
define_behavior("m").with_machine(toggle).mode(3)  # E92
