"""Asks against a plain model of a server with a queue: each ask ends once, in the way and at the time that the model says."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actorweb import (
    ActorCrashed,
    ActorRef,
    ActorStopped,
    ActorSystem,
    AskError,
    AskTimeout,
    Crash,
    Killed,
    LateReply,
    MessagePlan,
    NoProc,
    NoReply,
    Normal,
    Request,
    Shutdown,
    UnhandledRequest,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.testing import SimulatedWorld

HAIR = 1e-3
"""Each answer takes another hair longer, and each timeout half a hair and a bit of its own: no two things happen at one instant (then the world would choose)."""


class Boom(Exception):
    """What the server's handler raises: equal to every other one."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Boom)

    __hash__ = None  # type: ignore[assignment]


@message
class Question(Request[int]):
    number: int
    how: str
    seconds: float


@message
class Unknown(Request[int]): ...


class Asking:
    """One ask of the model: `end` is how it ended, and `when`."""

    def __init__(self, number: int, how: str, seconds: float, deadline: float) -> None:
        self.number, self.how, self.seconds, self.deadline = number, how, seconds, deadline
        self.end: object = None
        self.when = 0.0


class Model:
    """A server that handles one question at a time. A permanent one is restarted when it ends."""

    def __init__(self, permanent: bool) -> None:
        self.permanent = permanent
        self.now = 0.0
        self.alive = True
        self.asks: list[Asking] = []
        self.queue: deque[Asking] = deque()
        self.busy: Asking | None = None
        self.until = 0.0
        self.deferred: list[Asking] = []
        self.late: list[int] = []

    def finish(self, asking: Asking, end: object) -> None:
        if asking.end is None:
            asking.end, asking.when = end, self.now
        elif isinstance(end, int):
            self.late.append(end)

    def ask(self, asking: Asking) -> None:
        self.asks.append(asking)
        if not self.alive:
            self.finish(asking, ("stopped", NoProc()))
            return
        self.queue.append(asking)
        self.work()

    def work(self) -> None:
        while self.alive and self.busy is None and self.queue:
            asking = self.queue.popleft()
            match asking.how:
                case "reply":
                    self.finish(asking, asking.number)
                case "slow" | "slow crash":
                    self.busy, self.until = asking, self.now + asking.seconds
                case "defer":
                    self.deferred.append(asking)
                case "crash":
                    self.finish(asking, "crashed")
                    self.stop(Crash(Boom()))
                case "silent":
                    self.finish(asking, "no reply")
                case "unknown":
                    self.finish(asking, "unhandled")
                case "stop":
                    self.finish(asking, ("stopped", Normal()))
                    self.stop(Normal())

    def stop(self, reason: object) -> None:
        """The run ends: what it serves or has deferred ends with it; what waits does, too, unless there is a next run."""
        lost = [*self.deferred, *([self.busy] if self.busy is not None else [])]
        self.deferred, self.busy = [], None
        if not self.permanent:
            self.alive = False
            lost.extend(self.queue)
            self.queue.clear()
        for asking in lost:
            self.finish(asking, ("stopped", reason))
        self.work()

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            times = [(asking.deadline, asking) for asking in self.asks if asking.end is None]
            when, which = min(times, key=lambda pair: pair[0], default=(float("inf"), None))
            if min(when, self.until if self.busy is not None else float("inf")) > end:
                break
            if self.busy is not None and self.until < when:
                self.now, served, self.busy = self.until, self.busy, None
                if served.how == "slow":
                    self.finish(served, served.number)
                else:
                    self.finish(served, "crashed")
                    self.stop(Crash(Boom()))
                self.work()
            elif which is not None:
                self.now = when
                self.finish(which, "timeout")
        self.now = end


def end_of(error: AskError) -> object:
    """Say in the model's words how an ask ended."""
    if isinstance(error, ActorStopped):
        return ("stopped", error.reason)
    if isinstance(error, ActorCrashed):
        assert isinstance(error.error, Boom)
        return "crashed"
    return {AskTimeout: "timeout", NoReply: "no reply", UnhandledRequest: "unhandled"}[type(error)]


HOW = st.sampled_from(["reply", "slow", "slow", "slow crash", "defer", "defer", "crash", "silent", "unknown", "stop"])


class AskMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 99), permanent=st.sampled_from([True, True, False]))
    def begin(self, seed: int, permanent: bool) -> None:
        self.world = SimulatedWorld(seed=seed)
        self.system = ActorSystem(world=self.world)
        self.late: list[object] = []
        self.system.reports.subscribe(lambda report: self.late.append(report.reply), LateReply)  # type: ignore[union-attr]
        self.model = Model(permanent)
        self.ends: dict[int, tuple[object, float]] = {}
        self.replies: dict[int, Any] = {}
        self.answered = 0
        behavior = define_behavior("server").on(Question, self.serve).build()
        spec = child("server", behavior, restart="permanent" if permanent else "temporary", name="server")
        self.world.run(self.system.spawn(supervisor("root", intensity=10_000, children=[spec])))
        ref = self.system.lookup("server")
        assert ref is not None
        self.ref: ActorRef[Any] = ref

    def serve(self, question: Question, actor: Any) -> Any:
        match question.how:
            case "reply":
                return MessagePlan(reply=question.number)
            case "slow" | "slow crash":
                return self.serve_slowly(question)
            case "defer":
                self.replies[question.number] = actor.reply_to
                return MessagePlan(defer=True)
            case "crash":
                raise Boom
            case "stop":
                return MessagePlan(stop=True)
        return None

    async def serve_slowly(self, question: Question) -> Any:
        await asyncio.sleep(question.seconds)
        if question.how == "slow crash":
            raise Boom
        return MessagePlan(reply=question.number)

    async def asking(self, number: int, request: Any, timeout: float) -> None:
        try:
            end: object = await self.ref.ask(request, timeout=timeout)
        except AskError as error:
            end = end_of(error)
        assert number not in self.ends, "an ask ends once"
        self.ends[number] = (end, round(self.world.now(), 6))

    @rule(how=HOW, seconds=st.integers(0, 4), timeout=st.integers(0, 8))
    def ask(self, how: str, seconds: int, timeout: int) -> None:
        number = len(self.model.asks)
        slow, limit = seconds + (number + 1) * HAIR, timeout + HAIR / 2 + number * HAIR / 1000
        request: Any = Unknown() if how == "unknown" else Question(number, how, slow)
        with self.world.loop.entered():
            self.world.task(self.asking(number, request, limit))
        self.world.advance(0)
        self.model.ask(Asking(number, how, slow, self.model.now + limit))

    @precondition(lambda self: self.model.deferred)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Answer a deferred question, which may have timed out."""
        asking = data.draw(st.sampled_from(self.model.deferred), "question")
        self.replies[asking.number].tell(asking.number)
        self.world.advance(0)
        self.model.deferred.remove(asking)
        self.model.finish(asking, asking.number)

    @precondition(lambda self: any(asking.end is not None for asking in self.model.asks))
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        """Answer a question that has ended: nobody hears of it but the reports."""
        ended = [asking.number for asking in self.model.asks if asking.end is not None and asking.number in self.replies and asking not in self.model.deferred]
        if ended:
            number = data.draw(st.sampled_from(ended), "question")
            self.replies[number].tell(number)
            self.world.advance(0)
            self.model.late.append(number)

    @precondition(lambda self: self.model.alive)
    @rule(reason=st.sampled_from([Normal(), Shutdown("x"), Killed()]))
    def stop(self, reason: Any) -> None:
        self.world.run(self.system.stop(self.ref, reason=reason))
        self.world.advance(0)
        self.model.stop(reason)

    @rule(halves=st.integers(1, 8))
    def time_passes(self, halves: int) -> None:
        self.world.advance(halves / 2)
        self.model.advance(halves / 2)

    @invariant()
    def both_say_the_same(self) -> None:
        expected = {asking.number: (asking.end, round(asking.when, 6)) for asking in self.model.asks if asking.end is not None}
        assert self.ends == expected
        assert self.late == self.model.late

    def teardown(self) -> None:
        if not hasattr(self, "system"):
            return
        self.world.run(self.system.close())
        self.world.advance(0)
        assert len(self.ends) == len(self.model.asks), "no ask outlives its system"


TestAsk = AskMachine.TestCase
TestAsk.settings = settings(max_examples=150, stateful_step_count=20)
