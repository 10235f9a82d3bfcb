"""A handler that raises, and a view that raises."""

from __future__ import annotations

from actorweb import ActorContext, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html


@message
class Add: ...


@message
class Fail: ...


@message
class Spoil: ...


def fail(message: Fail, actor: ActorContext[int]) -> int:
    raise ValueError(f"cannot go on from {actor.context}")


faulty = define_behavior("faulty").with_context(0).on(Add, lambda message, actor: actor.context + 1).on(Fail, fail).on(Spoil, lambda message, actor: -1).build()


def view(snapshot: Snapshot[int]) -> Template:
    if snapshot.context < 0:
        raise ValueError("no look for what is below zero")
    return html(
        "<output>{count}</output> <button id='add' @click={add}>+ 1</button> <button id='fail' @click={fail}>Fail</button> <button id='spoil' @click={spoil}>Spoil</button>",
        count=snapshot.context,
        add=Add(),
        fail=Fail(),
        spoil=Spoil(),
    )


faulty_element = define_element("aw-faulty").with_behavior(faulty).with_view(view).build()
