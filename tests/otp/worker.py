"""The actors that the sentences are tried on: a worker does as it is told, and notes what happens to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorweb import ActorRef, ActorSystem, Behavior, BehaviorBuilder, Down, MessagePlan, Request, define_behavior, message


@message
class Do:
    """Told or asked: the handler gives back what this function makes of the actor (a context, a plan, or None)."""

    what: Callable[[Any], object]


@message
class Note:
    """Adds its text to the context."""

    text: str


@message
class Notes(Request[tuple[str, ...]]):
    """Asks for the context."""


@message
class Crashing:
    """Makes its handler raise."""

    text: str = "as told"


@message
class Answer(Request[object]):
    """Asks for what this function makes of the actor."""

    what: Callable[[Any], object] = lambda actor: MessagePlan(reply=actor.context)


class Told(Exception):
    """What the handler of `Crashing` raises."""


def crash(message: Crashing, actor: Any) -> Any:
    raise Told(message.text)


def working(name: str, log: list[object] | None = None) -> BehaviorBuilder[Any, Any, Any]:
    """Begin the definition of a worker, which notes its starts, its ends and its signals in the log as `(what, name)`."""
    seen = [] if log is None else log
    return (
        define_behavior(name)
        .with_context(())
        .on_start(lambda actor: seen.append(("start", name)))
        .on_stop(lambda actor: seen.append(("stop", name)))
        .on(Do, lambda message, actor: message.what(actor))
        .on(Answer, lambda message, actor: message.what(actor))
        .on(Note, lambda message, actor: (*actor.context, message.text))
        .on(Notes, lambda message, actor: MessagePlan(reply=actor.context))
        .on(Crashing, crash)
        .on(Down, lambda down, actor: seen.append(down))
    )


def worker(name: str, log: list[object] | None = None) -> Behavior[Any, Any]:
    """Make a worker."""
    return working(name, log).build()


def named(system: ActorSystem, name: str) -> ActorRef[Any]:
    """Give the ref of an actor that must be there."""
    ref = system.lookup(name)
    assert ref is not None, f"no actor is named {name}"
    return ref
