"""The peers of the machine benchmark in Python: each takes the cycle of the flat toggle, and of the chart of 3 levels, its own way.

A peer that is not installed says so in its row.
"""

from __future__ import annotations

import time
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = {"transitions": "transitions", "statemachine": "python-statemachine", "sismic": "sismic"}


class Model:
    """What `transitions` drives."""

    def __init__(self) -> None:
        self.n = 0

    def below(self) -> bool:
        return self.n < 1000

    def inc(self) -> None:
        self.n += 1

    def reset(self) -> None:
        self.n = 0


def of_transitions(chart: str) -> tuple[Callable[[str], object], Callable[[], bool]]:
    """Give what takes an event, and what tells whether it is where a cycle begins."""
    from transitions import Machine
    from transitions.extensions import HierarchicalMachine

    model = Model()
    if chart == "flat toggle":
        moves = [["toggle", "off", "on"], ["toggle", "on", "off"]]
        Machine(model, states=["off", "on"], transitions=moves, initial="off", auto_transitions=False)
    else:
        work = {"name": "work", "initial": "low", "children": ["low", "high"]}
        states = ["off", {"name": "on", "initial": "idle", "children": ["idle", work]}]
        moves = [
            ["power", "off", "on"],
            ["power", "on", "off"],
            {"trigger": "start", "source": "on_idle", "dest": "on_work", "conditions": "below", "after": "inc"},
            {"trigger": "start", "source": "on_idle", "dest": "on_work", "after": "reset"},
            ["shift", "on_work_low", "on_work_high"],
        ]
        HierarchicalMachine(model, states=states, transitions=moves, initial="off", auto_transitions=False)
    return lambda event: model.trigger(event.lower()), lambda: model.state == "off"


def of_statemachine(chart: str) -> tuple[Callable[[str], object], Callable[[], bool]]:
    """As `of_transitions`."""
    from statemachine import State, StateChart

    if chart == "flat toggle":

        class Toggle(StateChart):
            off = State(initial=True)
            on = State()
            toggle = off.to(on) | on.to(off)

        made = Toggle()
    else:

        class Levels(StateChart):
            n = 0
            off = State(initial=True)

            class on(State.Compound):  # noqa: N801 - a state is named as in the chart
                idle = State(initial=True)

                class work(State.Compound):  # noqa: N801
                    low = State(initial=True)
                    high = State()
                    shift = low.to(high)

                start = idle.to(work, cond="below", on="inc") | idle.to(work, on="reset")

            power = off.to(on) | on.to(off)
            below, inc, reset = Model.below, Model.inc, Model.reset

        made = Levels()
    return lambda event: made.send(event.lower()), lambda: "off" in [state.id for state in made.configuration]


SISMIC = {
    "flat toggle": """
statechart:
  name: toggle
  root state:
    name: root
    initial: off
    states:
      - {name: 'off', transitions: [{event: TOGGLE, target: 'on'}]}
      - {name: 'on', transitions: [{event: TOGGLE, target: 'off'}]}
""",
    "3 levels": """
statechart:
  name: levels
  preamble: n = 0
  root state:
    name: root
    initial: 'off'
    states:
      - {name: 'off', transitions: [{event: POWER, target: 'on'}]}
      - name: 'on'
        initial: idle
        transitions: [{event: POWER, target: 'off'}]
        states:
          - name: idle
            transitions:
              - {event: START, guard: n < 1000, target: work, action: n = n + 1}
              - {event: START, guard: n >= 1000, target: work, action: n = 0}
          - name: work
            initial: low
            states: [{name: low, transitions: [{event: SHIFT, target: high}]}, {name: high}]
""",
}


def of_sismic(chart: str) -> tuple[Callable[[str], object], Callable[[], bool]]:
    """As `of_transitions`."""
    from sismic.interpreter import Interpreter
    from sismic.io import import_from_yaml

    made = Interpreter(import_from_yaml(SISMIC[chart].replace("initial: off", "initial: 'off'")))
    made.execute()
    return lambda event: made.queue(event).execute(), lambda: "off" in made.configuration


PEERS = {"transitions": of_transitions, "statemachine": of_statemachine, "sismic": of_sismic}


def is_installed(package: str) -> bool:
    """Tell whether a peer can be measured here."""
    return find_spec(package) is not None


def step_seconds(package: str, chart: str, events: tuple[str, ...], count: int) -> float:
    """Give the seconds of one step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        take, is_at_rest = PEERS[package](chart)
        cycle = events if len(events) > 1 else events * 2
        take(cycle[0])
        moved = not is_at_rest()
        for event in cycle[1:]:
            take(event)
        began = time.perf_counter()
        for _ in range(count // 2):
            for event in cycle:
                take(event)
        took = time.perf_counter() - began
    if not moved or not is_at_rest():
        raise AssertionError(f"{package} did not take the cycle of {chart}")
    return took / (count // 2 * len(cycle))
