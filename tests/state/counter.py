"""A counter for tests of state over time, in two versions, with messages that other tests share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import ActorContext, After, Every, MessagePlan, Request, define_behavior, message


@message
class Add:
    by: int = 1


@message
class Count(Request[int]): ...


@message
class AddAsked(Request[int]):
    by: int = 1


@message
class Fail: ...


@message
class Double: ...


@message
class Singly: ...


@message
class Later:
    by: int
    seconds: float


@message
class Ticking:
    seconds: float


@message
class Changed:
    count: int


@dataclass(frozen=True)
class Counter:
    count: int = 0


def add(message: Add, actor: ActorContext[Counter]) -> MessagePlan[Counter]:
    new = replace(actor.context, count=actor.context.count + message.by)
    return MessagePlan(context=new, emit=[Changed(new.count)])


def add_asked(message: AddAsked, actor: ActorContext[Counter]) -> MessagePlan[Counter, int]:
    new = replace(actor.context, count=actor.context.count + message.by)
    return MessagePlan(context=new, reply=new.count)


def fail(message: Fail, actor: ActorContext[Counter]) -> Counter:
    raise ValueError("as told")


singly = (
    define_behavior("counter")
    .with_context(Counter())
    .on(Add, add)
    .on(AddAsked, add_asked)
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .on(Fail, fail)
    .on(Double, lambda message, actor: MessagePlan(become="double"))
    .on(Singly, lambda message, actor: MessagePlan(become="default"))
    .on(Later, lambda message, actor: MessagePlan(schedule=[After(message.seconds, Add(message.by), key="later")]))
    .on(Ticking, lambda message, actor: MessagePlan(schedule=[Every(message.seconds, Add(), key="tick")]))
)
builder = singly.mode("double").on(Add, lambda message, actor: replace(actor.context, count=actor.context.count + 2 * message.by))
counter = builder.build()
with_history = builder.with_history(10).build()
