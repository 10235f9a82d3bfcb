"""A supervisor against a plain model of one: whatever is asked of it and whatever its children do, both say the same."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actorweb import (
    ActorRef,
    ActorStopped,
    ActorSystem,
    ChildError,
    ChildStartFailed,
    CountChildren,
    Crash,
    DeleteChild,
    Killed,
    Normal,
    RestartChild,
    Shutdown,
    StartChild,
    TerminateChild,
    WhichChildren,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.testing import SimulatedWorld

PERIOD = 10.0
IDS = st.sampled_from("abcd")
RESTARTS = st.sampled_from(["permanent", "transient", "temporary"])


OPTIONS = st.tuples(
    st.integers(0, 99),  # the seed
    st.sampled_from(["one_for_one", "one_for_all", "rest_for_one", "dynamic"]),
    st.sampled_from([1, 2, 3, 6, 0]),  # the intensity
    st.sampled_from(["never", "never", "any_significant", "all_significant"]),
    st.lists(RESTARTS, min_size=2, max_size=4),
)


@message
class Fail: ...


class Child:
    """What the model knows of one child: its spec, and which spawn of it runs (None: it is stopped)."""

    def __init__(self, name: str, key: str, restart: str, significant: bool) -> None:
        self.id, self.key, self.restart, self.significant = name, key, restart, significant
        self.spawn: int | None = None


class Model:
    """A supervisor as its documentation tells of it. `log` is what its children live through, in order."""

    def __init__(self, strategy: str, intensity: int, auto_shutdown: str) -> None:
        self.strategy, self.intensity, self.auto_shutdown = strategy, intensity, auto_shutdown
        self.dynamic = strategy == "dynamic"
        self.entries: dict[str, Child] = {}
        self.log: list[tuple[str, str]] = []
        self.restarts: list[float] = []
        self.spawns = 0
        self.failing: dict[str, int] = {}
        self.alive = True
        self.now = 0.0

    def begin(self, each: Child) -> bool:
        """Run the start of a child; tell whether it succeeds."""
        self.log.append(("start", each.key))
        if self.failing.get(each.key, 0):
            self.failing[each.key] -= 1
            return False
        return True

    def spawn(self, each: Child) -> bool:
        """Start a new spawn of a child."""
        if not self.begin(each):
            return False
        self.spawns += 1
        each.spawn = self.spawns
        return True

    def up(self) -> list[Child]:
        return [each for each in self.entries.values() if each.spawn is not None]

    def forget(self, each: Child) -> None:
        each.spawn = None
        if self.dynamic or each.restart == "temporary":
            del self.entries[each.key if self.dynamic else each.id]

    def die(self) -> None:
        """End, with those children that run, in reverse."""
        self.alive = False
        self.log.extend(("stop", each.key) for each in reversed(self.up()))

    def count(self) -> bool:
        self.restarts = [when for when in self.restarts if self.now - when <= PERIOD] + [self.now]
        return len(self.restarts) <= self.intensity

    def ended(self, each: Child, *, abnormal: bool, told: bool) -> None:
        """A child has ended by itself; `told` if its `on_stop` ran."""
        if told:
            self.log.append(("stop", each.key))
        if each.restart == "temporary" or (each.restart == "transient" and not abnormal):
            self.forget(each)
            others = [other for other in self.up() if other.significant]
            if each.significant and (self.auto_shutdown == "any_significant" or not others):
                self.die()
            return
        if self.strategy in ("one_for_one", "dynamic"):
            self.restart_alone(each)
        else:
            self.restart_together(each)

    def restart_alone(self, each: Child) -> None:
        while self.count():
            if self.begin(each):
                return
        self.forget(each)
        self.die()

    def restart_together(self, failed: Child | None) -> None:
        down = {failed}
        while failed is not None:
            if not self.count():
                for each in down:
                    if each is not None:
                        each.spawn = None
                self.die()
                return
            children = list(self.entries.values())
            group = children if self.strategy == "one_for_all" else children[children.index(failed) :]
            for each in reversed([each for each in group if each.spawn is not None and each not in down]):
                self.log.append(("stop", each.key))
                if each.restart == "temporary":
                    self.forget(each)
                else:
                    down.add(each)
            down |= {each for each in group if each.spawn is None and each.id in self.entries}  # those that were stopped start, too
            failed = None
            for each in [each for each in children if each in down]:
                if not (self.spawn(each) if each.spawn is None else self.begin(each)):
                    failed = each
                    break
                down.discard(each)


class SupervisorMachine(RuleBasedStateMachine):
    @initialize(options=OPTIONS)
    def begin(self, options: tuple[int, Any, int, Any, list[str]]) -> None:
        """Begin with a supervisor in a world of its own."""
        seed, strategy, intensity, auto_shutdown, restarts = options
        self.world = SimulatedWorld(seed=seed)
        self.system = ActorSystem(world=self.world)
        self.system.reports.subscribe(lambda report: None)
        self.log: list[tuple[str, str]] = []
        self.failing: dict[str, int] = {}
        self.refs: dict[int, ActorRef[Any]] = {}
        self.keys = 0
        auto_shutdown = "never" if strategy == "dynamic" else auto_shutdown
        self.model = Model(strategy, intensity, auto_shutdown)
        specs = []
        for name, restart in zip("abcd", restarts if strategy != "dynamic" else [], strict=False):
            each, spec = self.specify(name, restart, significant=True)
            self.model.entries[name] = each
            self.model.spawn(each)
            specs.append(spec)
        tree = supervisor("root", strategy=strategy, intensity=intensity, period=PERIOD, auto_shutdown=auto_shutdown, children=specs)
        self.tree: ActorRef[Any] = self.world.run(self.system.spawn(tree))

    def specify(self, name: str, restart: Any, *, significant: bool) -> tuple[Child, Any]:
        """Make a child for the model, and the spec of one for the supervisor."""
        self.keys += 1
        key = f"{name}{self.keys}"
        significant = significant and restart != "permanent" and self.model.auto_shutdown != "never"

        def start(actor: object) -> None:
            self.log.append(("start", key))
            if self.failing.get(key, 0):
                self.failing[key] -= 1
                raise ValueError(key)

        behavior = (
            define_behavior(name).on_start(start).on_stop(lambda actor: self.log.append(("stop", key))).on(Fail, lambda fail, actor: 1 / 0 and None).build()
        )
        return Child(name, key, restart, significant), child(name, behavior, restart=restart, significant=significant)

    def fail(self, key: str, times: int) -> None:
        """Let the next starts of a child fail."""
        self.failing[key] = self.model.failing[key] = times

    def ask(self, request: Any) -> Any:
        """Give the reply of the supervisor, or its error."""
        try:
            return self.world.run(self.tree.ask(request))
        except (ChildError, ChildStartFailed, ActorStopped) as error:
            return error

    def refused(self, answer: object, code: str) -> None:
        assert isinstance(answer, ChildError), answer
        assert answer.code == code

    @precondition(lambda self: not self.model.alive)
    @rule(options=OPTIONS)
    def begin_again(self, options: tuple[int, Any, int, Any, list[str]]) -> None:
        self.teardown()
        self.begin(options)

    # --- requests ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.alive)
    @rule(name=IDS, restart=RESTARTS, fails=st.booleans())
    def start_child(self, name: str, restart: str, fails: bool) -> None:
        each, spec = self.specify(name, restart, significant=False)
        there = None if self.model.dynamic else self.model.entries.get(name)
        if fails:
            self.fail(each.key, 1)
        answer = self.ask(StartChild(spec))
        if there is not None:
            self.refused(answer, "already_present" if there.spawn is None else "already_started")
        elif not self.model.spawn(each):
            assert isinstance(answer, ChildStartFailed)
        else:
            self.model.entries[each.key if self.model.dynamic else name] = each
            assert isinstance(answer, ActorRef)

    @precondition(lambda self: self.model.alive)
    @rule(name=IDS)
    def terminate_child(self, name: str) -> None:
        each = self.model.entries.get(name)
        answer = self.ask(TerminateChild(name))
        if each is None:
            self.refused(answer, "not_found")
            return
        assert answer is None
        if each.spawn is not None:
            self.model.log.append(("stop", each.key))
            self.model.forget(each)

    @precondition(lambda self: self.model.alive and self.model.up())
    @rule(data=st.data())
    def terminate_child_by_ref(self, data: st.DataObject) -> None:
        each = data.draw(st.sampled_from(self.model.up()), "child")
        assert self.ask(TerminateChild(self.ref_of(each))) is None
        self.model.log.append(("stop", each.key))
        self.model.forget(each)

    @precondition(lambda self: self.model.alive)
    @rule(name=IDS, fails=st.booleans())
    def restart_child(self, name: str, fails: bool) -> None:
        each = self.model.entries.get(name)
        if each is None or each.spawn is not None:
            self.refused(self.ask(RestartChild(name)), "not_found" if each is None else "running")
            return
        if fails:
            self.fail(each.key, 1)
        answer = self.ask(RestartChild(name))
        assert isinstance(answer, ActorRef if self.model.spawn(each) else ChildStartFailed)

    @precondition(lambda self: self.model.alive and not self.model.dynamic)
    @rule(name=IDS)
    def delete_child(self, name: str) -> None:
        each = self.model.entries.get(name)
        answer = self.ask(DeleteChild(name))
        if each is None or each.spawn is not None:
            self.refused(answer, "not_found" if each is None else "running")
        else:
            assert answer is None
            del self.model.entries[name]

    # --- what children do --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.alive and self.model.up())
    @rule(data=st.data(), how=st.sampled_from([Normal(), Shutdown(), Killed(), Crash(ValueError("by reason")), None]), fails=st.sampled_from([0, 0, 0, 1, 2]))
    def a_child_ends(self, data: st.DataObject, how: Any, fails: int) -> None:
        """A child ends with a reason, or raises (None); the next starts of one of them fail."""
        each = data.draw(st.sampled_from(self.model.up()), "child")
        if fails:
            self.fail(data.draw(st.sampled_from(self.model.up()), "the one that fails").key, fails)
        if how is None:
            self.ref_of(each).tell(Fail())
        else:
            self.world.run(self.system.stop(self.ref_of(each), reason=how))
        self.world.advance(0)
        self.model.now = self.world.now()
        self.model.ended(each, abnormal=how is None or isinstance(how, (Killed, Crash)), told=not isinstance(how, Killed))
        self.failing.clear()
        self.model.failing.clear()

    @rule(seconds=st.sampled_from([PERIOD / 2, PERIOD, PERIOD + 0.5]))
    def time_passes(self, seconds: float) -> None:
        self.world.advance(seconds)

    def ref_of(self, each: Child) -> ActorRef[Any]:
        assert each.spawn is not None
        return self.refs[each.spawn]

    # --- what must be equal ------------------------------------------------------------------------------------------

    @invariant()
    def both_say_the_same(self) -> None:
        assert self.log == self.model.log
        infos = self.ask(WhichChildren())
        if not self.model.alive:
            assert isinstance(infos, ActorStopped)
            return
        entries = list(self.model.entries.values())
        assert [(info.id, info.status) for info in infos] == [(each.id, "stopped" if each.spawn is None else "up") for each in entries]
        for info, each in zip(infos, entries, strict=True):
            if each.spawn is None:
                assert info.ref is None
            elif each.spawn in self.refs:
                assert info.ref is self.refs[each.spawn], "a restart keeps the ref"
            else:
                assert info.ref not in self.refs.values(), "a new spawn has a new ref"
                self.refs[each.spawn] = info.ref
        counts = self.ask(CountChildren())
        assert (counts.specs, counts.active) == (len(entries), len(self.model.up()))

    def teardown(self) -> None:
        if hasattr(self, "system"):
            self.world.run(self.system.close())
            if self.model.alive:
                self.model.die()
            assert self.log == self.model.log


TestSupervisor = SupervisorMachine.TestCase
TestSupervisor.settings = settings(max_examples=250, stateful_step_count=30)
