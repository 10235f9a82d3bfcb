"""The counter that the tests of the kernel speak to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import ActorContext, MessagePlan, Request, define_behavior, message


@message
class Increment:
    by: int = 1


@message
class Count(Request[int]):
    """Asks for the count."""


@message
class Multiplying: ...


@message
class Fail:
    text: str = "boom"


@message
class Changed:
    count: int


@dataclass(frozen=True, slots=True)
class Counter:
    count: int = 0


class Boom(Exception):  # noqa: N818  (a name for a test)
    """What the handler of `Fail` raises."""


def increment(message: Increment, actor: ActorContext[Counter]) -> MessagePlan[Counter]:
    new = replace(actor.context, count=actor.context.count + message.by)
    return MessagePlan(context=new, emit=[Changed(new.count)])


def multiply(message: Increment, actor: ActorContext[Counter]) -> Counter:
    return replace(actor.context, count=actor.context.count * message.by)


def fail(message: Fail, actor: ActorContext[Counter]) -> Counter:
    raise Boom(message.text)


counter = (
    define_behavior("counter")
    .with_context(Counter())
    .on(Increment, increment)
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .on(Multiplying, lambda message, actor: MessagePlan(become="multiplying"))
    .on(Fail, fail)
    .mode("multiplying")
    .on(Increment, multiply)
    .build()
)
