"""A bounded mailbox against a plain model: what is handled, what is dropped, and that nothing else happens to a message."""

from __future__ import annotations

from collections import deque
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actorweb import ActorRef, ActorSystem, Crashed, DeadLetter, Dropped, MailboxFull, MessagePlan, child, define_behavior, message, supervisor
from actorweb.testing import SimulatedWorld


@message
class Item:
    number: int
    kind: str


class Model:
    """What waits, with room for `capacity`; what was stashed has left the mailbox and waits beside it."""

    def __init__(self, capacity: int, overflow: str) -> None:
        self.capacity, self.overflow = capacity, overflow
        self.waiting: deque[Item] = deque()
        self.released: deque[Item] = deque()
        self.stash: list[Item] = []
        self.open = False
        self.seen: list[int] = []
        self.dropped: list[int] = []
        self.crashed: list[int] = []
        self.suspended = False

    def send(self, item: Item) -> bool:
        """Take a message in; False if the sender is told that there is no room."""
        if len(self.waiting) >= self.capacity:
            if self.overflow == "raise":
                return False
            self.dropped.append(item.number if self.overflow == "drop_new" else self.waiting.popleft().number)
            if self.overflow == "drop_new":
                return True
        self.waiting.append(item)
        return True

    def drain(self) -> None:
        while not self.suspended and (self.released or self.waiting):
            self.handle(self.released.popleft() if self.released else self.waiting.popleft())

    def handle(self, item: Item) -> None:
        match item.kind:
            case "keep" if not self.open:
                self.stash.append(item)
            case "crash":
                self.crashed.append(item.number)
                self.end_run()
            case "open" | "close":
                self.seen.append(item.number)
                if self.open != (item.kind == "open"):
                    self.open = not self.open
                    self.release()
            case _:
                self.seen.append(item.number)

    def release(self) -> None:
        self.released.extendleft(reversed(self.stash))
        self.stash = []

    def end_run(self) -> None:
        self.release()
        self.open = False
        self.suspended = False


class MailboxMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 99), capacity=st.integers(1, 4), overflow=st.sampled_from(["raise", "drop_new", "drop_old"]))
    def begin(self, seed: int, capacity: int, overflow: Any) -> None:
        self.world = SimulatedWorld(seed=seed)
        self.system = ActorSystem(world=self.world)
        self.model = Model(capacity, overflow)
        self.seen: list[int] = []
        self.dropped: list[int] = []
        self.crashed: list[int] = []
        self.dead: list[int] = []
        self.count = 0
        told = {Dropped: self.dropped, Crashed: self.crashed, DeadLetter: self.dead}
        self.system.reports.subscribe(lambda report: told[type(report)].append(report.message.number), *told)  # type: ignore[index, union-attr]

        def handle(item: Item, actor: Any) -> MessagePlan[Any] | None:
            if item.kind == "crash":
                raise ValueError(item)
            if item.kind == "keep" and actor.snapshot.mode == "default":
                return MessagePlan(stash=True)
            self.seen.append(item.number)
            return MessagePlan(become={"open": "open", "close": "default"}.get(item.kind))

        behavior = define_behavior("a").with_mailbox(capacity=capacity, overflow=overflow).on(Item, handle).mode("open").build()
        self.world.run(self.system.spawn(supervisor("root", intensity=10_000, children=[child("a", behavior, name="a")])))
        ref = self.system.lookup("a")
        assert ref is not None
        self.ref: ActorRef[Any] = ref

    @rule(kinds=st.lists(st.sampled_from(["item", "item", "keep", "open", "close", "crash"]), min_size=1, max_size=7))
    def send(self, kinds: list[str]) -> None:
        """Send messages at once, so that they wait for each other."""
        for kind in kinds:
            self.count += 1
            item = Item(self.count, kind)
            try:
                self.ref.tell(item)
            except MailboxFull:
                room = False
            else:
                room = True
            assert self.model.send(item) == room
        self.world.advance(0)
        self.model.drain()

    @precondition(lambda self: not self.model.suspended)
    @rule()
    def suspend(self) -> None:
        self.world.run(self.system.suspend(self.ref))
        self.model.suspended = True

    @rule()
    def resume(self) -> None:
        self.world.run(self.system.resume(self.ref))
        self.world.advance(0)
        self.model.suspended = False
        self.model.drain()

    @rule()
    def stop(self) -> None:
        """The run ends, and its supervisor begins another."""
        self.world.run(self.system.stop(self.ref))
        self.world.advance(0)
        self.model.end_run()
        self.model.drain()

    @invariant()
    def both_say_the_same(self) -> None:
        assert self.seen == self.model.seen
        assert self.dropped == self.model.dropped
        assert self.crashed == self.model.crashed
        assert self.dead == []

    def teardown(self) -> None:
        if hasattr(self, "system"):
            self.world.run(self.system.close())
            left = [*self.model.stash, *self.model.released, *self.model.waiting]
            assert self.dead == [item.number for item in left], "what is left at the end is a dead letter"


TestMailbox = MailboxMachine.TestCase
TestMailbox.settings = settings(max_examples=150, stateful_step_count=15)
