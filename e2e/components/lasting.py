"""Elements whose state outlives the page: one that is saved soon after a change, and one that shows nothing that is not stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actorweb import ActorContext, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html


@message
class Add: ...


@message
class AddAsked(Request[int]):
    """Adds one, and answers with the count."""


@message
class Fill:
    """Makes the state large."""

    size: int


@dataclass(frozen=True, slots=True)
class State:
    count: int = 0
    filling: str = ""


def added(actor: ActorContext[State]) -> State:
    return replace(actor.context, count=actor.context.count + 1)


def add_asked(_: AddAsked, actor: ActorContext[State]) -> MessagePlan[State, int]:
    new = added(actor)
    return MessagePlan(context=new, reply=new.count)


lasting = (
    define_behavior("lasting")
    .with_context(State())
    .on(Add, lambda message, actor: added(actor))
    .on(AddAsked, add_asked)
    .on(Fill, lambda message, actor: replace(actor.context, filling="x" * message.size))
    .build()
)


def key(attributes: Mapping[str, object]) -> str | None:
    return str(attributes["name"]) or None


def view(snapshot: Snapshot[State]) -> Template:
    return html("<button @click={add}>Add</button><output>{n}</output>", add=Add(), n=snapshot.context.count)


lasting_element = define_element("e2e-lasting").with_behavior(lasting).with_attribute("name", str, default="").with_store(key=key).with_view(view).build()
journal_element = (
    define_element("e2e-journal")
    .with_behavior(lasting)
    .with_attribute("name", str, default="")
    .with_store(key=lambda attributes: f"journal/{attributes['name']}", durability="journal")
    .with_view(view)
    .build()
)
