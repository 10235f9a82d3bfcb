"""Invariants of asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from actorweb.errors import ActorCrashed, AskTimeout
from actorweb.kernel.plan import MessagePlan
from actorweb.testing.exploration.invariant import Invariant
from actorweb.testing.exploration.sights import is_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.errors import AskError
    from actorweb.kernel.ask import Asked
    from actorweb.kernel.signals import Reason
    from actorweb.testing.exploration.observer import Observer
    from actorweb.testing.exploration.sights import Handling, Life

T = TypeVar("T")


class AskEndsOnce(Invariant):
    """See `sentence`."""

    name = "an ask ends once"
    sentence = "Each ask ends exactly once, at once when its target has ended, and not before its time runs out when it runs out."

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._open: dict[Asked, tuple[Life, float]] = {}
        self._late: set[Asked] = set()

    def asked(self, asked: Asked, asker: Life | None, target: Life) -> None:
        if asked in self._open:
            return
        self._open[asked] = (target, self.observer.world.now())
        answered, completion = asked.answered, asked.completion
        if answered is not None:
            asked.answered = self._counting(asked, answered)
        if completion is not None:
            asked.completion = self._counting(asked, completion)

    def _counting(self, asked: Asked, answered: Callable[[object, AskError | None], T]) -> Callable[[object, AskError | None], T]:
        calls = 0

        def once(value: object, error: AskError | None) -> T:
            nonlocal calls
            calls += 1
            if calls > 1:
                self.broken(f"the ask {asked.request!r} ended {calls} times")
            self._in_time(asked, error)
            return answered(value, error)

        return once

    def _in_time(self, asked: Asked, error: BaseException | None) -> None:
        known = self._open.get(asked)
        if known is None or not isinstance(error, AskTimeout):
            return
        target, since = known
        now = self.observer.world.now()
        if now < since + asked.timeout:
            self.broken(f"the ask {asked.request!r} timed out after {now - since:g} s instead of {asked.timeout:g} s")
        elif target.ended and asked not in self._late:
            self.broken(f"the ask {asked.request!r} timed out, but {target.cell.self.path} had ended")

    def stepped(self, life: Life | None) -> None:
        if not self._open:
            return
        for asked in [asked for asked in self._open if is_over(asked)]:
            future = asked.future
            if future is not None and not future.cancelled():
                self._in_time(asked, future.exception())
            del self._open[asked]

    def ended(self, life: Life, reason: Reason) -> None:
        waiting = None
        for asked, (target, _) in tuple(self._open.items()):
            if target is life and is_over(asked):
                del self._open[asked]  # before the end, so a time that ran out is no wonder
            if target is life and not is_over(asked):
                if waiting is None:
                    # What is still in the queue, or in a turn that has not committed, gets its answer when it arrives.
                    waiting = {id(sent.inner) for sent in self.observer.on_its_way.values()}
                current = self.observer.current
                if id(asked) in waiting:
                    self._late.add(asked)  # it is still on its way: its time may run out before it arrives
                elif not (current is not None and current.inner is asked):
                    self.broken(f"{life.cell.self.path} has ended, but nobody told the asker of {asked.request!r}")
                    return

    def closed(self) -> None:
        for asked in self._open:
            if not is_over(asked):
                self.broken(f"the ask {asked.request!r} never ended")
                return


class AskEndsWithItsTurn(Invariant):
    """See `sentence`."""

    name = "an ask ends with its turn"
    sentence = (
        "When the turn that serves an ask ends, the ask has ended, or was deferred, stashed, or ends with its actor; a crash ends it with `ActorCrashed`."
    )

    def settled(self, turn: Handling) -> None:
        asked = turn.asked
        if asked is None or turn.dropped:
            return
        if is_over(asked):
            if turn.crashed and asked.future is not None and not asked.future.cancelled():
                error = asked.future.exception()
                if (
                    error is not None
                    and isinstance(error, ActorCrashed)
                    and turn.error is not None
                    and error.error is not turn.error
                    and error.__cause__ is None
                ):
                    self.broken(f"the asker of {asked.request!r} got {error!r} for {turn.error!r}")
            return
        if turn.crashed:
            self.broken(f"{turn.life.cell.self.path} crashed on {asked.request!r}, and its asker still waits")
            return
        result = turn.result
        plan: dict[str, object] = result if type(result) is MessagePlan else {}  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (a plan is a dict)
        if not (plan.get("defer") or plan.get("stash") or plan.get("stop")):
            self.broken(f"{turn.life.cell.self.path} has handled {asked.request!r}, and its asker still waits")


class NoCircle(Invariant):
    """See `sentence`."""

    name = "no circle of asks"
    sentence = "Actors never wait for each other in a circle of awaited asks: the ask that would close it fails."

    def asked(self, asked: Asked, asker: Life | None, target: Life) -> None:
        turn = self.observer.turn
        if asker is None or turn is None or not turn.waits or asked.future is None:
            return
        path, seen = [target], {target}
        while path:
            life = path.pop()
            if life is asker:
                self.broken(f"{asker.cell.self.path} asks {target.cell.self.path}, which waits for it in the end")
                return
            if life.turn is not None:
                for waits in life.turn.awaiting:
                    if is_over(waits):
                        continue
                    reached = self.observer.lives.get(waits.target)
                    if reached is not None and reached not in seen:
                        seen.add(reached)
                        path.append(reached)
