"""A counter that can become a multiplier: one behavior, two modes. One with a `name` is kept over a reload."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import ActorContext, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html


@message
class Increment:
    """Adds (or, in the mode "multiplying", multiplies by) `by`, or the counter's own step."""

    by: int | None = None


@message
class Decrement:
    by: int | None = None


@message
class Reset: ...


@message
class BecomeMultiplier: ...


@message
class BecomeCounter: ...


@message
class SetStep:
    value: int


@message
class SetLabels:
    value: tuple[str, ...]


@message
class Count(Request[int]):
    """Asks for the count."""


@message
class Changed:
    count: int


@dataclass(frozen=True, slots=True)
class Counter:
    count: int = 0
    step: int = 1
    labels: tuple[str, ...] = ()


def to(actor: ActorContext[Counter], count: int) -> MessagePlan[Counter]:
    return MessagePlan(context=replace(actor.context, count=count), emit=[Changed(count)])


def step(message: Increment | Decrement, actor: ActorContext[Counter]) -> int:
    return actor.context.step if message.by is None else message.by


counter = (
    define_behavior("counter")
    .with_context(Counter())
    .on(Increment, lambda message, actor: to(actor, actor.context.count + step(message, actor)))
    .on(Decrement, lambda message, actor: to(actor, actor.context.count - step(message, actor)))
    .on(Reset, lambda message, actor: to(actor, 0))
    .on(SetStep, lambda message, actor: replace(actor.context, step=message.value))
    .on(SetLabels, lambda message, actor: replace(actor.context, labels=message.value))
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .on(BecomeMultiplier, lambda message, actor: MessagePlan(become="multiplying"))
    .mode("multiplying")
    .on(Increment, lambda message, actor: to(actor, actor.context.count * max(step(message, actor), 2)))
    .on(Decrement, lambda message, actor: to(actor, actor.context.count // max(step(message, actor), 2)))
    .on(BecomeCounter, lambda message, actor: MessagePlan(become="default"))
    .build()
)


def view(snapshot: Snapshot[Counter]) -> Template:
    context = snapshot.context
    multiplies = snapshot.mode == "multiplying"
    by = max(context.step, 2) if multiplies else context.step
    return html(
        """
        <div class="counter" role="group" aria-label="Counter">
          <button part="button" aria-label={more} @click={increment}>{plus}</button>
          <output part="count" aria-live="polite">{count}</output>
          <button part="button" aria-label={less} @click={decrement}>{minus}</button>
          <button part="button" class="quiet" @click={reset}>Reset</button>
          <button part="button" class="quiet" aria-pressed={pressed} @click={become}>Multiply</button>
          {labels}
        </div>
        """,
        more=f"× {by}, the + of a multiplier" if multiplies else f"+ {by}",
        less=f"÷ {by}" if multiplies else f"− {by}",
        plus="× +" if multiplies else "+",
        minus="÷" if multiplies else "−",
        increment=Increment(),
        decrement=Decrement(),
        reset=Reset(),
        become=BecomeCounter() if multiplies else BecomeMultiplier(),
        pressed="true" if multiplies else "false",
        count=context.count,
        labels=[html("<span class='label'>{text}</span>", text=text) for text in context.labels],
    )


counter_element = (
    define_element("aw-counter")
    .with_behavior(counter)
    .with_attribute("name", str, default="")
    .with_store(key=lambda attributes: f"counter/{attributes['name']}" if attributes["name"] else None)
    .with_attribute("step", int, default=1, reflect=True, message=SetStep)
    .with_property("labels", tuple[str, ...], default=(), message=SetLabels)
    .with_property("count", int, read=lambda snapshot: snapshot.context.count)
    .with_event(Changed)
    .with_view(view)
    .with_style("""
        :host { display: inline-block; font: inherit; color: inherit }
        .counter { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem }
        output { min-width: 3ch; text-align: center; font-size: 1.6em; font-variant-numeric: tabular-nums }
        button { font: inherit; min-width: 2.6em; padding: .35em .7em; border: 1px solid currentColor; border-radius: .5em;
                 background: transparent; color: inherit; cursor: pointer }
        button:hover { background: color-mix(in srgb, currentColor 12%, transparent) }
        button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
        button[aria-pressed="true"] { background: color-mix(in srgb, currentColor 18%, transparent) }
        .quiet { font-size: .85em }
        .label { padding: .1em .5em; border-radius: 1em; border: 1px solid currentColor; font-size: .8em }
    """)
    .build()
)
