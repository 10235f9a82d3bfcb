"""A session that goes idle and expires by itself: its states are modes, its clock is a timer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from actorweb import ActorContext, After, Cancel, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html

Status = Literal["idle", "active", "expired"]


@message
class Start:
    """Begins a session, or a new one after the last has expired."""


@message
class Activity:
    """Something was done: the session is good for another while. Refused once it has expired."""


@message
class Expire: ...


@message
class End:
    """Ends the session before its time."""


@message
class SetLifetime:
    seconds: float


@message
class GetStatus(Request[str]):
    """Asks whether the session is idle, active or expired."""


@message
class Refused:
    reason: str


@message
class StatusChanged:
    status: str


@dataclass(frozen=True, slots=True)
class Session:
    last_activity: float | None = None  # on the actor's clock, in seconds
    started: float | None = None
    renewals: int = 0
    refused: int = 0
    lifetime: float = 30.0


def renew(actor: ActorContext[Session]) -> After:
    return After(actor.context.lifetime, Expire(), key="expiry")


def start(_: Start, actor: ActorContext[Session]) -> MessagePlan[Session]:
    now = actor.now()
    return MessagePlan(
        context=replace(actor.context, started=now, last_activity=now, renewals=0, refused=0),
        become="active",
        schedule=[renew(actor)],
        emit=[StatusChanged("active")],
    )


def touch(_: Activity, actor: ActorContext[Session]) -> MessagePlan[Session]:
    context = replace(actor.context, last_activity=actor.now(), renewals=actor.context.renewals + 1)
    return MessagePlan(context=context, schedule=[renew(actor)])


def refuse(_: Activity, actor: ActorContext[Session]) -> MessagePlan[Session]:
    context = replace(actor.context, refused=actor.context.refused + 1)
    return MessagePlan(context=context, emit=[Refused("the session has expired")])


session = (
    define_behavior("session")
    .with_context(Session())
    .on(GetStatus, lambda message, actor: MessagePlan(reply={"default": "idle"}.get(actor.snapshot.mode, actor.snapshot.mode)))
    .on(SetLifetime, lambda message, actor: replace(actor.context, lifetime=max(0.1, message.seconds)))
    .on(Start, start)
    .mode("active")
    .on(Activity, touch)
    .on(Expire, lambda message, actor: MessagePlan(become="expired", emit=[StatusChanged("expired")]))
    .on(End, lambda message, actor: MessagePlan(become="default", schedule=[Cancel("expiry")], emit=[StatusChanged("idle")]))
    .mode("expired")
    .on(Activity, refuse)
    .build()
)

WORDS: dict[str, tuple[Status, str]] = {
    "default": ("idle", "Nobody is here."),
    "active": ("active", "Signed in."),
    "expired": ("expired", "The session has expired: what you do now is refused."),
}


def view(snapshot: Snapshot[Session]) -> Template:
    context = snapshot.context
    status, words = WORDS[snapshot.mode]
    since = "" if context.last_activity is None or context.started is None else f"{context.last_activity - context.started:.1f} s after the start"
    return html(
        """
        <div class={status} role="group" aria-label="Session">
          <p class="status" role="status"><strong>{status}</strong> {words}</p>
          <dl>
            <dt>Last activity</dt><dd>{since}</dd>
            <dt>Renewed</dt><dd>{renewals}×</dd>
            <dt>Refused</dt><dd>{refused}×</dd>
          </dl>
          <button @click={start}>{begin}</button>
          <button @click={activity} ?disabled={idle}>Do something</button>
          <button @click={end} ?disabled={inactive}>Sign out</button>
        </div>
        """,
        status=status,
        words=words,
        since=since or "none yet",
        renewals=context.renewals,
        refused=context.refused,
        start=Start(),
        begin="Sign in" if status == "idle" else "Sign in again",
        activity=Activity(),
        idle=status == "idle",
        end=End(),
        inactive=status != "active",
    )


session_element = (
    define_element("aw-session")
    .with_behavior(session)
    .with_attribute("lifetime", float, default=30.0, message=SetLifetime)
    .with_property("status", str, read=lambda snapshot: WORDS[snapshot.mode][0])
    .with_event(StatusChanged)
    .with_event(Refused)
    .with_view(view)
    .with_style("""
        :host { display: block; font: inherit; color: inherit }
        .status { margin: 0 0 .5rem }
        strong { display: inline-block; padding: .1em .6em; margin-inline-end: .4em; border-radius: 1em; border: 1px solid currentColor }
        .active strong { background: color-mix(in srgb, seagreen 30%, transparent) }
        .expired strong { background: color-mix(in srgb, crimson 30%, transparent) }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem; margin: 0 0 .8rem }
        dd { margin: 0; font-variant-numeric: tabular-nums }
        button { font: inherit; padding: .35em .7em; border: 1px solid currentColor; border-radius: .5em; background: transparent; color: inherit; cursor: pointer }
        button:disabled { opacity: .45; cursor: default }
        button:hover:enabled { background: color-mix(in srgb, currentColor 12%, transparent) }
        button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
    """)
    .build()
)
