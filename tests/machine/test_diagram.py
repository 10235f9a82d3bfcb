"""A machine drawn as a Mermaid state diagram."""

from __future__ import annotations

from actorweb.machine import machine
from actorweb.machine.diagram import mermaid

PLAYER = {
    "id": "player",
    "type": "parallel",
    "states": {
        "playback": {
            "initial": "stopped",
            "states": {
                "stopped": {"entry": "reset", "on": {"PLAY": {"target": "playing", "guard": "loaded", "actions": ["start", "note"]}}},
                "playing": {"tags": ["busy"], "on": {"STOP": "stopped", "SEEK": {"actions": "seek"}}, "after": {"3000": "stopped", "slow": "last"}},
                "last": {"type": "history", "history": "deep", "target": "stopped"},
            },
        },
        "loading": {
            "initial": "asking",
            "exit": "leave",
            "states": {"asking": {"invoke": {"src": "load", "id": "load", "onDone": "done", "onError": "asking"}}, "done": {"type": "final"}},
            "onDone": {"actions": "cheer"},
            "always": {"target": ".done", "guard": "cached"},
        },
        "lamp": {},
    },
}


def test_everything_of_a_chart_is_drawn() -> None:
    made = machine(PLAYER, guards={"cached": lambda *_: False}, missing="xstate")
    assert (
        mermaid(made, made.initial_snapshot())
        == """\
stateDiagram-v2
  state "player" as s0 {
    state "playback" as s1 {
      state "stopped" as s2
      s2 : entry / reset
      state "playing" as s3
      s3 : tags / busy
      s3 : SEEK / seek
      state "H*" as s4
      [*] --> s2
    }
    --
    state "loading" as s5 {
      state "asking" as s6
      s6 : invoke / load
      state "done" as s7
      [*] --> s6
      s7 --> [*]
    }
    note right of s5
      exit / leave
      done / cheer
    end note
    --
    state "lamp" as s8
    [*] --> s8
  }
  s2 --> s3 : PLAY [loaded] / start, note
  s3 --> s2 : STOP
  s3 --> s2 : after 3000 ms
  s3 --> s4 : after slow
  s4 --> s2
  s5 --> s7 : always [cached]
  s6 --> s7 : done of load
  s6 --> s6 : error of load
  classDef active fill:#ffd54a,stroke:#8a6d00,color:#000
  class s2,s6,s8 active"""
    )


def test_without_a_snapshot_nothing_is_highlighted() -> None:
    assert "classDef" not in mermaid(machine(PLAYER, missing="xstate"))


def test_what_mermaid_would_read_as_its_own_is_written_as_entities() -> None:
    odd = machine({"initial": 'a"b', "states": {'a"b': {"on": {"x: y;\n[z]": {"target": "c#d", "guard": "{g}"}}}, "c#d": {}}}, missing="xstate")
    text = mermaid(odd)
    assert 'state "a#34;b" as s1' in text
    assert 'state "c#35;d" as s2' in text
    assert "s1 --> s2 : x#58; y#59;#10;#91;z#93; [#123;g#125;]" in text
