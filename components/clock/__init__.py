"""A clock: one timer that does not drift. Two on a page tick alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import ActorContext, Cancel, Every, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html


@message
class Tick: ...


@message
class Pause: ...


@message
class Resume: ...


@message
class Seconds(Request[int]):
    """Asks how many seconds the clock has shown."""


@dataclass(frozen=True, slots=True)
class Clock:
    seconds: int = 0
    running: bool = True


def run(actor: ActorContext[Clock]) -> MessagePlan[Clock]:
    return MessagePlan(context=replace(actor.context, running=True), schedule=[Every(1.0, Tick(), key="tick")])


clock = (
    define_behavior("clock")
    .with_context(Clock())
    .on_start(run)
    .on(Tick, lambda message, actor: replace(actor.context, seconds=actor.context.seconds + 1))
    .on(Pause, lambda message, actor: MessagePlan(context=replace(actor.context, running=False), schedule=[Cancel("tick")]))
    .on(Resume, lambda message, actor: run(actor))
    .on(Seconds, lambda message, actor: MessagePlan(reply=actor.context.seconds))
    .build()
)


def view(snapshot: Snapshot[Clock]) -> Template:
    minutes, seconds = divmod(snapshot.context.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return html(
        """<time role="timer" aria-label="Time on this page">{text}</time>
           <button aria-pressed={paused} @click={toggle}>Pause</button>""",
        text=f"{hours:02}:{minutes:02}:{seconds:02}",
        paused="false" if snapshot.context.running else "true",
        toggle=Pause() if snapshot.context.running else Resume(),
    )


clock_element = (
    define_element("aw-clock")
    .with_behavior(clock)
    .with_property("seconds", int, read=lambda snapshot: snapshot.context.seconds)
    .with_view(view)
    .with_style("""
        :host { display: inline-flex; align-items: center; gap: .8rem; font: inherit; color: inherit }
        time { font-size: 1.6em; font-variant-numeric: tabular-nums }
        button { font: inherit; font-size: .85em; padding: .35em .7em; border: 1px solid currentColor; border-radius: .5em; background: transparent;
                 color: inherit; cursor: pointer }
        button[aria-pressed="true"], button:hover { background: color-mix(in srgb, currentColor 15%, transparent) }
        button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
    """)
    .build()
)
