"""Modes, the stash and `next` against a plain model: one queue, one list, one stack."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actorweb import ActorRef, ActorSystem, DeadLetter, MessagePlan, child, define_behavior, message, pop, push, supervisor
from actorweb.testing import SimulatedWorld

CAPACITY = 4
MODES = ("default", "one", "two")
KEPT = {("default", "a"), ("one", "b"), ("two", "a"), ("two", "b")}
"""Which kind of item is stashed in which mode; any other is handled."""


@message
class Item:
    number: int
    kind: str


@message
class Change:
    """Changes the mode, inserts messages, and crashes, in a way."""

    become: Any = None
    next: tuple[Any, ...] = ()
    crash: bool = False


class Model:
    """What has been handled, in which mode; what is stashed; what waits."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str]] = []
        self.dead: list[object] = []
        self.next: deque[object] = deque()
        self.queue: deque[object] = deque()
        self.stash: list[object] = []
        self.modes = ["default"]

    def drain(self) -> None:
        while self.next or self.queue:
            self.handle(self.next.popleft() if self.next else self.queue.popleft())

    def handle(self, message: object) -> None:
        if isinstance(message, Item):
            if (self.modes[-1], message.kind) not in KEPT:
                self.seen.append((message.number, self.modes[-1]))
            elif len(self.stash) < CAPACITY:
                self.stash.append(message)
            else:
                self.crash()
        elif isinstance(message, Change):
            modes = list(self.modes)
            if message.become == "pop":
                modes.pop()
            elif message.become in MODES:
                modes[-1] = message.become
            elif message.become is not None:
                modes.append(message.become.removeprefix("push "))
            if message.crash or not modes:
                self.crash()
                return
            entered = modes[-1] != self.modes[-1]
            self.modes = modes
            if entered:
                self.queue.extendleft(reversed(self.stash))
                self.stash = []
            self.next.extendleft(reversed(message.next))

    def crash(self) -> None:
        """Begin a new run: the stash and what was released wait at the front; what `next` had left is lost."""
        self.dead.extend(self.next)
        self.next.clear()
        self.queue.extendleft(reversed(self.stash))
        self.stash = []
        self.modes = ["default"]


@dataclass
class Seen:
    """What the real actor did."""

    items: list[tuple[int, str]] = field(default_factory=list)
    dead: list[object] = field(default_factory=list)


def change(order: Change, actor: Any) -> MessagePlan[Any]:
    if order.crash:
        raise ValueError(order)
    become = order.become
    if become == "pop":
        become = pop()
    elif become is not None and become.startswith("push "):
        become = push(become.removeprefix("push "))
    return MessagePlan(become=become, next=order.next)


ITEMS = st.sampled_from("abc")
BECOME = st.sampled_from([None, "default", "one", "two", "pop", "push default", "push one", "push two"])


class StashMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 99))
    def begin(self, seed: int) -> None:
        self.world = SimulatedWorld(seed=seed)
        self.system = ActorSystem(world=self.world)
        self.seen = seen = Seen()
        self.system.reports.subscribe(lambda letter: seen.dead.append(letter.message), DeadLetter)  # type: ignore[union-attr]
        self.model = Model()
        self.numbers = 0

        def item(message: Item, actor: Any) -> MessagePlan[Any] | None:
            mode = actor.snapshot.mode
            if (mode, message.kind) in KEPT:
                return MessagePlan(stash=True)
            seen.items.append((message.number, mode))
            return None

        behavior = define_behavior("a").with_stash(capacity=CAPACITY).on(Item, item).on(Change, change).mode("one").mode("two").build()
        self.world.run(self.system.spawn(supervisor("root", intensity=10_000, children=[child("a", behavior, name="a")])))
        ref = self.system.lookup("a")
        assert ref is not None
        self.ref: ActorRef[Any] = ref

    def item(self, kind: str) -> Item:
        self.numbers += 1
        return Item(self.numbers, kind)

    @rule(kinds=st.lists(ITEMS, min_size=1, max_size=4), become=BECOME, inserted=st.lists(st.one_of(ITEMS, st.booleans()), max_size=3), crash=st.integers(0, 5))
    def send(self, kinds: list[str], become: str | None, inserted: list[str | bool], crash: int) -> None:
        """Send items, a change of mode with inserted messages (a bool is a change or a crash), and another item, at once."""
        following = tuple(Change(crash=what, become="one") if isinstance(what, bool) else self.item(what) for what in inserted)
        messages = [*(self.item(kind) for kind in kinds), Change(become, following, crash=crash == 0), self.item("c")]
        for each in messages:
            self.ref.tell(each)
        self.world.advance(0)
        self.model.queue.extend(messages)
        self.model.drain()

    @rule(become=BECOME)
    def change_mode(self, become: str | None) -> None:
        self.ref.tell(Change(become))
        self.world.advance(0)
        self.model.queue.append(Change(become))
        self.model.drain()

    @invariant()
    def both_say_the_same(self) -> None:
        assert self.seen.items == self.model.seen
        assert self.seen.dead == self.model.dead
        snapshot = self.world.run(self.system.snapshot(self.ref))
        assert snapshot.mode == self.model.modes[-1]

    def teardown(self) -> None:
        if hasattr(self, "system"):
            self.world.run(self.system.close())
            assert self.seen.dead == [*self.model.dead, *self.model.stash], "what is stashed at the end is a dead letter"


TestStash = StashMachine.TestCase
TestStash.settings = settings(max_examples=150, stateful_step_count=15)
