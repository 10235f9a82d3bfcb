"""A traffic light: nested states, delays that depend on its speed, a button for those who walk, and a night."""

from __future__ import annotations

from actorweb import JsonObject, Snapshot, define_behavior, message
from actorweb.machine import Scope, assign, machine
from actorweb.page import Template, define_element, html
from components.charting import STYLE, chart


@message
class Press:
    """Somebody wants to cross. Nothing happens while somebody waits already."""


@message
class Night: ...


@message
class Day: ...


@message
class SetSpeed:
    """Makes everything by day so much faster; the phase that is on begins anew."""

    speed: float


def milliseconds(base: float, scope: Scope) -> float:
    speed = scope.context["speed"]
    return base / speed if isinstance(speed, (int, float)) and speed > 0 else base


light = (
    machine(
        {
            "id": "traffic_light",
            "context": {"speed": 1, "waiting": False, "crossings": 0},
            "initial": "day",
            "states": {
                "day": {
                    "initial": "red",
                    "on": {
                        "Night": {"target": "night", "actions": "forget"},
                        "Press": {"guard": "nobody waits", "actions": "remember"},
                        "SetSpeed": {"target": ".same", "reenter": True, "actions": "set speed"},
                    },
                    "states": {
                        "green": {
                            "initial": "flowing",
                            "states": {
                                "flowing": {"always": {"guard": "somebody waits", "target": "ending"}, "after": {"LONG": "#amber"}},
                                "ending": {"after": {"SHORT": "#amber"}},
                            },
                        },
                        "amber": {"id": "amber", "after": {"SHORT": "red"}},
                        "red": {
                            "initial": "halt",
                            "states": {
                                "halt": {"after": {"SHORT": [{"guard": "somebody waits", "target": "walk", "actions": "serve"}, {"target": "#starting"}]}},
                                "walk": {"tags": "walk", "after": {"LONG": "hurry"}},
                                "hurry": {"tags": "walk", "after": {"SHORT": "#starting"}},
                            },
                        },
                        "starting": {"id": "starting", "after": {"SHORT": "green"}},
                        "same": {"type": "history", "history": "deep"},
                    },
                },
                "night": {
                    "initial": "lit",
                    "on": {"Day": "day", "SetSpeed": {"actions": "set speed"}},
                    "states": {"lit": {"after": {"700": "dark"}}, "dark": {"after": {"700": "lit"}}},
                },
            },
        },
        actions={
            "remember": assign({"waiting": True}),
            "forget": assign({"waiting": False}),
            "serve": assign(lambda scope, _: {"waiting": False, "crossings": crossings(scope.context["crossings"]) + 1}),
            "set speed": assign({"speed": lambda scope, _: scope.event["speed"]}),
        },
        guards={"somebody waits": lambda scope, _: scope.context["waiting"] is True, "nobody waits": lambda scope, _: scope.context["waiting"] is False},
        delays={"LONG": lambda scope, _: milliseconds(6000, scope), "SHORT": lambda scope, _: milliseconds(2000, scope)},
    )
    .with_event(Press)
    .with_event(Night)
    .with_event(Day)
    .with_event(SetSpeed)
)


def crossings(value: object) -> int:
    return value if isinstance(value, int) else 0


traffic_light = define_behavior("traffic-light").with_machine(light).build()

CARS = (
    ("day.green", "Cars may go."),
    ("day.amber", "Cars stop."),
    ("day.red", "Cars stand."),
    ("day.starting", "Cars get ready."),
    ("night", "Cars take care."),
)


def view(snapshot: Snapshot[JsonObject]) -> Template:
    by_day = snapshot.matches("day")
    waiting = snapshot.context["waiting"] is True
    words = next(words for state, words in CARS if snapshot.matches(state))
    if snapshot.matches("day.red.walk"):
        words += " Walk!"
    elif snapshot.matches("day.red.hurry"):
        words += " Hurry!"
    elif waiting:
        words += " Wait: the walkers’ light comes next."
    return html(
        """
        <div class="beside">
          <div class="crossing">
            <div class="lights" aria-hidden="true">
              <div class="cars"><span class="lamp red"></span><span class="lamp amber"></span><span class="lamp green"></span></div>
              <div class="walkers">
                <span class="lamp stand"><svg viewBox="0 0 24 24"><circle cx="12" cy="4" r="2.4"/><path d="M12 7v7M12 14l-1.6 8M12 14l1.6 8M7 8l5 0 5 0M7 8v6M17 8v6"/></svg></span>
                <span class="lamp go"><svg viewBox="0 0 24 24"><circle cx="13" cy="4" r="2.4"/><path d="M13 7l-2 7M11 14l4 8M11 14l-4 7M13 8l-5 3-1 3M13 8l2 4 4 1"/></svg></span>
              </div>
            </div>
            <div class="panel">
              <p role="status">{words}</p>
              <p><button class="press" aria-pressed={waiting} ?disabled={cannot} @click={press}>{label}</button></p>
              <p><button @click={other}>{turn}</button></p>
              <p class="count">Crossed so far: <strong>{crossings}</strong></p>
            </div>
          </div>
          <details open><summary>Its chart, live</summary>{chart}</details>
        </div>
        """,
        words=words,
        waiting="true" if waiting else "false",
        cannot=not by_day,
        press=Press(),
        label="Please wait" if waiting else "I want to cross",
        other=Night() if by_day else Day(),
        turn="Let it be night" if by_day else "Let it be day",
        crossings=crossings(snapshot.context["crossings"]),
        chart=chart(light, snapshot),
    )


traffic_light_element = (
    define_element("aw-traffic-light")
    .with_behavior(traffic_light)
    .with_attribute("speed", float, default=1.0, message=SetSpeed)
    .with_property("crossings", int, read=lambda snapshot: crossings(snapshot.context["crossings"]))
    .with_view(view)
    .with_style(STYLE)
    .with_style("""
        .crossing { display: flex; gap: 1.2rem; align-items: center; flex-wrap: wrap }
        .lights { display: flex; gap: .5rem; align-items: end }
        .cars, .walkers { display: grid; gap: .5rem; padding: .6rem; border-radius: 1rem; background: #17171f; border: 1px solid light-dark(#17171f, #55536b) }
        .lamp { display: grid; place-items: center; width: 3rem; aspect-ratio: 1; border-radius: 50%; background: #33333f;
                transition: background-color .12s, box-shadow .12s }
        .walkers .lamp { width: 2.6rem; border-radius: .5rem; color: #5b5b6b; background: #22222c }
        svg { width: 2rem; fill: currentColor; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
        path { fill: none }
        :host(:state(day-red)) .red, :host(:state(day-starting)) .red { background: #ff453a; box-shadow: 0 0 1.4rem #ff453a }
        :host(:state(day-amber)) .amber, :host(:state(day-starting)) .amber, :host(:state(night-lit)) .amber
          { background: #ffb100; box-shadow: 0 0 1.4rem #ffb100 }
        :host(:state(day-green)) .green { background: #30d158; box-shadow: 0 0 1.4rem #30d158 }
        :host(:state(walk)) .go { color: #30d158 }
        :host(:state(day):not(:state(walk))) .stand { color: #ff453a }
        :host(:state(day-red-hurry)) .go { animation: hurry .6s steps(2, jump-none) infinite alternate }
        @keyframes hurry { to { opacity: .25 } }
        .panel p { margin: 0 0 .6rem }
        .panel { flex: 1 1 12rem }
        .count { font-size: .9em }
        button { font: inherit; padding: .4em .8em; border: 1px solid currentColor; border-radius: .5em; background: transparent; color: inherit; cursor: pointer }
        button:disabled { opacity: .45; cursor: default }
        button:hover:enabled { background: color-mix(in srgb, currentColor 12%, transparent) }
        button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
        .press[aria-pressed="true"] { background: light-dark(#fff0c2, #4a3b00) }
        @media (prefers-reduced-motion: reduce) { .lamp { transition: none } :host(:state(day-red-hurry)) .go { animation: none } }
    """)
    .build()
)
