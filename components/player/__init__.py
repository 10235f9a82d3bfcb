"""A player: what plays, how loud, and what stands below it are three regions of one chart. Each remembers where it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from actorweb import JsonObject, Snapshot, define_behavior, message
from actorweb.machine import ActorScope, Scope, assign, emit, from_event_observable, machine
from actorweb.page import Template, define_element, html, on
from actorweb.values.codec import from_json, to_json
from components.charting import STYLE, chart


@message
class Play: ...


@message
class Pause: ...


@message
class Stop:
    """Stops. `Play` goes on from there: playing or paused, fast or not, as it was."""


@message
class Faster:
    """Plays at twice the speed, or at the usual one again."""


@message
class Seek:
    position: int


@message
class Mute:
    """Mutes, or lets it be as loud as it was."""


@message
class SetVolume:
    volume: int


@message
class Captions:
    """Shows captions in the language they had, or hides them."""


@message
class Translate:
    """Shows the captions in the other language."""


@message
class Tick: ...


@message
class PieceBegan:
    title: str


@message
class Ended: ...


class Piece(NamedTuple):
    title: str
    lines: tuple[tuple[str, str], ...]  # one for each LINE seconds, in English and in Latin

    @property
    def length(self) -> int:
        return LINE * len(self.lines)


LINE = 4
LOUD = 70
PIECES = (
    Piece("Of time", (("Time flies.", "Tempus fugit."), ("Seize the day.", "Carpe diem."), ("Make haste slowly.", "Festina lente."))),
    Piece(
        "Of failing",
        (("To err is human.", "Errare humanum est."), ("Let it crash.", "Sine cadat."), ("Through hardship to the stars.", "Per aspera ad astra.")),
    ),
    Piece("Of ends", (("The die is cast.", "Alea iacta est."), ("It is finished.", "Consummatum est."))),
)


@dataclass(frozen=True, slots=True)
class Playing:
    """The context of the chart."""

    piece: int = 0
    position: int = 0  # seconds of the piece
    volume: int = 50


def of(context: Mapping[str, object]) -> Playing:
    return from_json(Playing, to_json(context))


def sought(scope: Scope, _: object) -> int:
    asked = scope.event["position"]
    length = PIECES[of(scope.context).piece].length
    return max(0, min(asked, length)) if isinstance(asked, int) else 0


def chosen(scope: Scope, _: object) -> int:
    asked = scope.event["volume"]
    return max(0, min(asked, 100)) if isinstance(asked, int) else 0


def is_over(scope: Scope, _: object) -> bool:
    playing = of(scope.context)
    return playing.position >= PIECES[playing.piece].length


def has_more(scope: Scope, _: object) -> bool:
    return is_over(scope, _) and of(scope.context).piece < len(PIECES) - 1


async def beats(scope: ActorScope) -> AsyncIterator[Mapping[str, object]]:
    """Tick: each second, or as often as the state says that invokes it."""
    seconds = scope.input if isinstance(scope.input, (int, float)) else 1.0
    while True:
        await asyncio.sleep(seconds)
        yield {"type": "Tick"}


PLAYBACK = {
    "initial": "stopped",
    "on": {"Seek": {"actions": "seek"}},
    "states": {
        "stopped": {"on": {"Play": "on.as it was"}},
        "on": {
            "initial": "playing",
            "on": {"Stop": "stopped"},
            "states": {
                "playing": {
                    "initial": "normal",
                    "on": {"Pause": "paused", "Tick": {"actions": "advance"}},
                    "always": [{"guard": "has more", "actions": ["next piece", "tell piece"]}, {"guard": "is over", "target": "#ended"}],
                    "states": {
                        "normal": {"invoke": {"src": "beats", "id": "beats", "input": 1.0}, "on": {"Faster": "fast"}},
                        "fast": {"tags": "fast", "invoke": {"src": "beats", "id": "fast beats", "input": 0.5}, "on": {"Faster": "normal"}},
                        "same speed": {"type": "history"},
                    },
                },
                "paused": {"on": {"Play": "playing.same speed"}},
                "as it was": {"type": "history", "history": "deep"},
            },
        },
        "ended": {
            "id": "ended",
            "entry": "tell end",
            "on": {"Play": {"target": "on", "actions": ["rewind", "tell piece"]}, "Seek": {"target": "on.paused", "actions": "seek"}},
        },
    },
}
VOLUME = {
    "initial": "audible",
    "on": {"SetVolume": {"target": ".audible", "actions": "set volume"}},
    "states": {
        "audible": {
            "initial": "soft",
            "on": {"Mute": "muted"},
            "always": {"guard": "is silent", "target": "muted"},
            "states": {"soft": {"always": {"guard": "is loud", "target": "loud"}}, "loud": {"tags": "loud"}, "before": {"type": "history"}},
        },
        "muted": {"tags": "muted", "on": {"Mute": "audible.before"}},
    },
}
CAPTIONS = {
    "initial": "off",
    "states": {
        "off": {"on": {"Captions": "shown.before"}},
        "shown": {
            "initial": "english",
            "on": {"Captions": "off"},
            "states": {"english": {"on": {"Translate": "latin"}}, "latin": {"on": {"Translate": "english"}}, "before": {"type": "history"}},
        },
    },
}

playing_chart = (
    machine(
        {
            "id": "player",
            "context": {"piece": 0, "position": 0, "volume": 50},
            "type": "parallel",
            "states": {"playback": PLAYBACK, "volume": VOLUME, "captions": CAPTIONS},
        },
        actions={
            "advance": assign({"position": lambda scope, _: of(scope.context).position + 1}),
            "seek": assign({"position": sought}),
            "rewind": assign({"piece": 0, "position": 0}),
            "next piece": assign({"piece": lambda scope, _: of(scope.context).piece + 1, "position": 0}),
            "set volume": assign({"volume": chosen}),
            "tell piece": emit(lambda scope, _: {"type": "PieceBegan", "title": PIECES[of(scope.context).piece].title}),
            "tell end": emit({"type": "Ended"}),
        },
        guards={
            "is over": is_over,
            "has more": has_more,
            "is silent": lambda scope, _: of(scope.context).volume == 0,
            "is loud": lambda scope, _: of(scope.context).volume >= LOUD,
        },
        actors={"beats": from_event_observable(beats)},
    )
    .with_event(Play)
    .with_event(Pause)
    .with_event(Stop)
    .with_event(Faster)
    .with_event(Seek)
    .with_event(Mute)
    .with_event(SetVolume)
    .with_event(Captions)
    .with_event(Translate)
    .with_event(Tick)
)

player = define_behavior("player").with_machine(playing_chart).build()


def caption(playing: Playing, snapshot: Snapshot[JsonObject]) -> str:
    """Give the line that is spoken now, in the language that is chosen."""
    if not snapshot.matches("captions.shown"):
        return ""
    lines = PIECES[playing.piece].lines
    english, latin = lines[min(playing.position // LINE, len(lines) - 1)]
    return latin if snapshot.matches("captions.shown.latin") else english


def words(snapshot: Snapshot[JsonObject]) -> str:
    if snapshot.matches("playback.on"):
        return "Paused" if snapshot.matches("playback.on.paused") else "Playing fast" if snapshot.has_tag("fast") else "Playing"
    return "Stopped" if snapshot.matches("playback.stopped") else "At its end"


def next_words(playing: Playing, snapshot: Snapshot[JsonObject]) -> str:
    if snapshot.matches("playback.on.playing"):
        return "Pause"
    if snapshot.matches("playback.ended"):
        return "Play again"
    return "Play on" if snapshot.matches("playback.stopped") and (playing.position or playing.piece) else "Play"


def view(snapshot: Snapshot[JsonObject]) -> Template:
    playing = of(snapshot.context)
    piece = PIECES[playing.piece]
    plays = snapshot.matches("playback.on.playing")
    shown = snapshot.matches("captions.shown")
    muted = snapshot.has_tag("muted")
    return html(
        """
        <div class="beside">
          <div class="player" role="group" aria-label="Player">
            <p class="title"><strong>{title}</strong> <span role="status">{words}</span></p>
            <div class="screen"><div class="bars" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div><p class="caption" lang={language}>{caption}</p></div>
            <label>Position <input class="seek" type="range" min="0" max={length} .value={position} aria-valuetext={time} @input={seek}></label>
            <div class="row">
              <button class="main" @click={play}>{play_label}</button>
              <button ?disabled={cannot_stop} @click={stop}>Stop</button>
              <button aria-pressed={fast} ?disabled={not_playing} @click={faster}>2×</button>
              <span class="time">{time}</span>
            </div>
            <div class="row">
              <button aria-pressed={muted} @click={mute}>Mute</button>
              <label class="volume">Volume <input type="range" min="0" max="100" step="5" .value={volume} @input={set_volume}></label>
            </div>
            <div class="row">
              <button aria-pressed={captions} @click={toggle}>Captions</button>
              <button ?disabled={hidden} @click={translate}>{other}</button>
            </div>
          </div>
          <details open><summary>Its chart, live</summary>{chart}</details>
        </div>
        """,
        title=piece.title,
        words=words(snapshot),
        caption=caption(playing, snapshot),
        language="la" if snapshot.matches("captions.shown.latin") else "en",
        length=piece.length,
        position=str(playing.position),
        time=f"0:{playing.position:02} of 0:{piece.length:02}",
        seek=on(Seek, position="target.valueAsNumber"),
        play=Pause() if plays else Play(),
        play_label=next_words(playing, snapshot),
        cannot_stop=not snapshot.matches("playback.on"),
        stop=Stop(),
        fast="true" if snapshot.has_tag("fast") else "false",
        not_playing=not plays,
        faster=Faster(),
        muted="true" if muted else "false",
        mute=Mute(),
        volume=str(playing.volume),
        set_volume=on(SetVolume, volume="target.valueAsNumber"),
        captions="true" if shown else "false",
        toggle=Captions(),
        hidden=not shown,
        translate=Translate(),
        other="In English" if snapshot.matches("captions.shown.latin") else "In Latin",
        chart=chart(playing_chart, snapshot),
    )


player_element = (
    define_element("aw-player")
    .with_behavior(player)
    .with_property("position", int, read=lambda snapshot: of(snapshot.context).position)
    .with_event(PieceBegan)
    .with_event(Ended)
    .with_view(view)
    .with_style(STYLE)
    .with_style("""
        .player { display: grid; gap: .7rem }
        .player p { margin: 0 }
        .screen { display: grid; place-items: center; gap: .6rem; min-height: 7rem; padding: .8rem; border-radius: .8rem; background: #17171f; color: #ecebf5 }
        .bars { display: flex; gap: .3rem; align-items: end; height: 3rem }
        .bars i { width: .6rem; height: 12%; border-radius: .3rem; background: #8f8aff }
        .caption { min-height: 1.5em; font-size: 1.05em; text-align: center }
        :host(:state(playback-on-playing)) .bars i { animation: beat 1s ease-in-out infinite alternate }
        :host(:state(fast)) .bars i { animation-duration: .5s }
        :host(:state(loud)) .bars i { background: #ff8f6b }
        :host(:state(muted)) .bars i { background: #6b6a7c }
        .bars i:nth-child(2n) { animation-delay: -.35s !important }
        .bars i:nth-child(3n) { animation-delay: -.7s !important }
        @keyframes beat { to { height: 100% } }
        label { display: grid; gap: .15rem; font-size: .9em }
        .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
        .volume { display: flex; flex: 1 1 10rem; align-items: center; gap: .5rem }
        .volume input { flex: 1; min-width: 0 }
        .time { margin-inline-start: auto; font-variant-numeric: tabular-nums }
        .main { min-width: 6.5em; font-weight: 600 }
        input[type=range] { width: 100%; accent-color: light-dark(#4338ca, #a5a1ff) }
        button { font: inherit; padding: .35em .8em; border: 1px solid currentColor; border-radius: .5em; background: transparent; color: inherit; cursor: pointer }
        button:disabled { opacity: .45; cursor: default }
        button:hover:enabled { background: color-mix(in srgb, currentColor 12%, transparent) }
        button[aria-pressed="true"] { background: color-mix(in srgb, currentColor 18%, transparent) }
        button:focus-visible, input:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
        @media (prefers-reduced-motion: reduce) { :host(:state(playback-on-playing)) .bars i { animation: none; height: 60% } }
    """)
    .build()
)
