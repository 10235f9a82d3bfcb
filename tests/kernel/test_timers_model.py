"""Timers against a plain model: a list of due times. Nothing fires that was replaced, cancelled or left behind, and nothing drifts."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actorweb import ActorRef, ActorSystem, After, Cancel, Every, MessagePlan, child, define_behavior, message, supervisor
from actorweb.testing import SimulatedWorld

HAIRS = [math.sqrt(number) / 1000 for number in range(2, 1000) if all(number % divisor for divisor in range(2, number))]
"""Each timer is due by a hair of its own later, of which no multiples meet: no two things happen at one instant (then the world would choose)."""


@message
class Tick:
    name: str


@message
class Order:
    """Sets or cancels timers, changes the mode, or crashes."""

    entries: tuple[After | Every | Cancel, ...] = ()
    become: str | None = None
    crash: bool = False


class Timer:
    def __init__(self, name: str, due: float, interval: float | None, key: str | None, mode: bool) -> None:
        self.name, self.due, self.interval, self.key, self.mode = name, due, interval, key, mode
        self.live, self.queued = True, False


class Model:
    """What an actor's timers do. While it is suspended what happens waits in `queue`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []
        self.queue: list[Timer | Order] = []
        self.suspended = False
        self.mode = "default"
        self.seen: list[tuple[float, str]] = []

    def happen(self, what: Timer | Order) -> None:
        if self.suspended:
            self.queue.append(what)
        elif isinstance(what, Timer):
            what.queued = False
            if what.live:
                self.seen.append((round(self.now, 6), what.name))
                if what.interval is None:
                    self.end([what])
        else:
            self.carry_out(what)

    def carry_out(self, order: Order) -> None:
        if order.crash:
            self.restart()
            return
        if order.become is not None and order.become != self.mode:
            self.mode = order.become
            self.end([timer for timer in self.timers if timer.mode])
        for entry in order.entries:
            self.end([timer for timer in self.timers if entry.key is not None and timer.key == entry.key])
            if isinstance(entry, Cancel):
                continue
            delay, interval = (entry.delay, None) if isinstance(entry, After) else (entry.interval, entry.interval)
            self.timers.append(Timer(entry.message.name, self.now + delay, interval, entry.key, entry.mode))  # type: ignore[attr-defined]

    def end(self, timers: list[Timer]) -> None:
        for timer in timers:
            timer.live = False
        self.timers = [timer for timer in self.timers if timer.live]

    def restart(self) -> None:
        self.end(self.timers)
        self.mode = "default"
        self.resume()

    def resume(self) -> None:
        self.suspended = False
        queue, self.queue = self.queue, []
        for what in queue:
            self.happen(what)

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [timer for timer in self.timers if timer.live and timer.due <= until]:
            timer = min(due, key=lambda each: each.due)
            self.now = timer.due
            timer.due = float("inf") if timer.interval is None else timer.due + timer.interval  # it can be replaced until it is handled
            if not timer.queued:
                timer.queued = True
                self.happen(timer)
        self.now = until


KEYS = st.sampled_from(["k", "l", None])


class TimersMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 99))
    def begin(self, seed: int) -> None:
        self.world = SimulatedWorld(seed=seed)
        self.system = ActorSystem(world=self.world)
        self.system.reports.subscribe(lambda report: None)
        self.seen: list[tuple[float, str]] = []
        self.model = Model()
        self.count = 0

        def order(order: Order, actor: Any) -> MessagePlan[Any]:
            if order.crash:
                raise ValueError(order)
            return MessagePlan(become=order.become, schedule=list(order.entries))

        behavior = (
            define_behavior("a").on(Order, order).on(Tick, lambda tick, actor: self.seen.append((round(actor.now(), 6), tick.name))).mode("other").build()
        )
        self.world.run(self.system.spawn(supervisor("root", intensity=10_000, children=[child("a", behavior, name="a")])))
        ref = self.system.lookup("a")
        assert ref is not None
        self.ref: ActorRef[Any] = ref

    def tell(self, order: Order) -> None:
        self.ref.tell(order)
        self.world.advance(0)
        self.model.happen(order)

    def timer(self, kind: str, delay: int, key: str | None, mode: bool) -> After | Every | Cancel:
        if kind == "cancel":
            return Cancel(key or "k")
        self.count += 1
        seconds = delay + HAIRS[self.count]
        make = After if kind == "after" else Every
        return make(seconds, Tick(str(self.count)), key=key, mode=mode)

    @rule(
        entries=st.lists(st.tuples(st.sampled_from(["after", "every", "cancel"]), st.integers(1, 4), KEYS, st.booleans()), min_size=1, max_size=3),
        become=st.sampled_from([None, None, "default", "other"]),
    )
    def set_timers(self, entries: list[tuple[str, int, str | None, bool]], become: str | None) -> None:
        self.tell(Order(tuple(self.timer(*entry) for entry in entries), become))

    @rule(become=st.sampled_from(["default", "other"]))
    def change_mode(self, become: str) -> None:
        self.tell(Order(become=become))

    @rule()
    def crash(self) -> None:
        self.tell(Order(crash=True))

    @rule()
    def stop(self) -> None:
        """A stop is a command: it ends a run that is suspended, too."""
        self.world.run(self.system.stop(self.ref))
        self.world.advance(0)
        self.model.restart()

    @precondition(lambda self: not self.model.suspended)
    @rule()
    def suspend(self) -> None:
        self.world.run(self.system.suspend(self.ref))
        self.model.suspended = True

    @precondition(lambda self: self.model.suspended)
    @rule()
    def resume(self) -> None:
        self.world.run(self.system.resume(self.ref))
        self.world.advance(0)
        self.model.resume()

    @rule(halves=st.integers(1, 20))
    def time_passes(self, halves: int) -> None:
        self.world.advance(halves / 2)
        self.model.advance(halves / 2)

    @invariant()
    def both_say_the_same(self) -> None:
        assert self.seen == self.model.seen
        assert self.world.now() == self.model.now

    def teardown(self) -> None:
        if hasattr(self, "system"):
            self.world.run(self.system.close())
            self.world.advance(1000)
            assert self.seen == self.model.seen, "nothing fires after the end"


TestTimers = TimersMachine.TestCase
TestTimers.settings = settings(max_examples=150, stateful_step_count=20)
