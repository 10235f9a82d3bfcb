"""Exploration as its users see it: what is found, how it is told, and how it is repeated."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from actorweb import ActorContext, ActorSystem, AskError, MessagePlan, Request, StartFailed, child, define_behavior, message, supervisor
from actorweb.errors.testing import BadExploration, InvariantBroken
from actorweb.testing import Exploration, Invariant, exhaust, explore, replay
from actorweb.testing.choices import Choices, Dice
from actorweb.testing.exploration.faults import FAULTS
from actorweb.testing.exploration.invariants import INVARIANTS
from actorweb.testing.exploration.schedule import Limits, play
from actorweb.testing.exploration.shrink import from_text, shrink, to_text
from actorweb.testing.exploration.trace import Trace

ROOT = Path(__file__).resolve().parents[2]


@message
class Add:
    by: int = 1


@message
class Total(Request[int]): ...


def add(message: Add, actor: ActorContext[int]) -> int:
    return actor.context + message.by


total = define_behavior("total").with_context(0).on(Add, add).on(Total, lambda request, actor: MessagePlan(reply=actor.context)).build()


async def sums(system: ActorSystem) -> None:
    ref = await system.spawn(total)
    for _ in range(3):
        ref.tell(Add(2))
    assert await ref.ask(Total()) == 6


async def races(system: ActorSystem, exploration: Exploration) -> None:
    """Wrong: it relies on the order of two actors."""
    heard: list[int] = []

    def hear(message: Add, actor: ActorContext[None]) -> None:
        heard.append(message.by)

    listener = define_behavior("listener").on(Add, hear).build()
    refs = [await system.spawn(listener) for _ in range(2)]
    for by in range(4):
        refs[by % 2].tell(Add(by))
    exploration.always("0 is heard before 3", lambda: 3 not in heard or 0 in heard)
    await asyncio.sleep(1)


async def crashes(system: ActorSystem) -> None:
    """Survives every fault."""
    try:
        top = await system.spawn(supervisor("top", intensity=9, children=[child("t", total)]))
    except StartFailed:
        return
    ref = system.kernel.child(top, "t")
    if ref is not None:
        ref.tell(Add(1))
        try:
            await ref.ask(Total(), timeout=1)
        except AskError:
            return


async def waits_for_ever(system: ActorSystem) -> None:
    await asyncio.get_running_loop().create_future()


async def never_ends(system: ActorSystem) -> None:
    again = define_behavior("again").on(Add, lambda message, actor: actor.self.tell(message)).build()
    (await system.spawn(again)).tell(Add())
    await asyncio.sleep(1)


async def depends_on_globals(system: ActorSystem) -> None:
    count.append(1)
    assert len(count) % 7


count: list[int] = []


def test_a_scenario_that_holds_is_played_in_every_schedule() -> None:
    explored = explore(sums, schedules=30, faults=False, processes=1)
    assert explored.schedules == 30
    assert explored.steps > 30 * 5


def test_a_scenario_that_survives_faults_holds_under_all_of_them() -> None:
    assert explore(crashes, schedules=300, processes=1).schedules == 300


def test_a_failure_tells_the_shortest_story_the_seed_and_the_command() -> None:
    with pytest.raises(InvariantBroken) as caught:
        explore(races, schedules=300, processes=1)
    told = str(caught.value)
    assert "AW-920" in told
    assert "broke “scenario”: 0 is heard before 3" in told
    assert "   1. " in told
    assert "handles Add(by=3)" in told
    assert "Expected: 0 is heard before 3" in told
    assert "python -m actorweb.testing.explore tests.testing.test_explore:races --replay " in told
    assert "--seed " in told
    assert "fault" not in told, "a fault that matters not is shrunk away"


def test_a_failure_is_an_assertion_error_and_has_its_cause() -> None:
    async def wrong(system: ActorSystem) -> None:
        assert system is None

    with pytest.raises(AssertionError) as caught:
        explore(wrong, schedules=1, faults=False, processes=1)
    assert isinstance(caught.value.__cause__, AssertionError)


def test_the_replay_of_a_story_fails_in_the_same_way() -> None:
    with pytest.raises(InvariantBroken) as caught:
        explore(races, schedules=300, processes=1)
    choices = from_text(str(caught.value).split("--replay ")[1].split(";")[0])
    with pytest.raises(InvariantBroken, match="0 is heard before 3"):
        replay(races, choices)
    replay(races, [])  # the plainest schedule holds


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_find_the_same(processes: int) -> None:
    with pytest.raises(InvariantBroken, match="0 is heard before 3"):
        explore(races, schedules=600, processes=processes)
    assert explore(sums, schedules=400, faults=False, processes=processes).schedules == 400


def test_a_seed_repeats_its_schedule_to_the_letter() -> None:
    def story(seed: int) -> list[str]:
        _, observer = play(crashes, Choices(seed=seed), (*INVARIANTS, Trace), Limits(faults=FAULTS))
        return next(each.lines for each in observer.invariants if isinstance(each, Trace))

    assert [story(seed) for seed in range(20)] == [story(seed) for seed in range(20)]
    assert len({"\n".join(story(seed)) for seed in range(20)}) > 2


@pytest.mark.parametrize(("scenario", "name"), [(waits_for_ever, "deadlock"), (never_ends, "endless")])
def test_a_schedule_that_does_not_end_is_a_failure(scenario: object, name: str) -> None:
    with pytest.raises(InvariantBroken, match=f"broke “{name}”"):
        explore(scenario, schedules=1, faults=False, processes=1, steps=300, shrinks=50)  # type: ignore[arg-type]


def test_a_scenario_that_is_not_the_same_in_each_run_is_told_so() -> None:
    count.clear()
    with pytest.raises(BadExploration, match="failed, and did not when it was played again"):
        explore(depends_on_globals, schedules=20, faults=False, processes=1)


def test_an_invariant_of_ones_own_is_looked_at() -> None:
    class Few(Invariant):
        name = "few messages"
        sentence = "At most two messages are sent."

        def __init__(self, observer: object) -> None:
            super().__init__(observer)  # type: ignore[arg-type]
            self.count = 0

        def sent(self, sent: object) -> None:
            self.count += 1
            if self.count > 2:
                self.broken(f"{self.count} were sent")

    with pytest.raises(InvariantBroken, match="broke “few messages”: 3 were sent"):
        explore(sums, schedules=1, faults=False, invariants=[Few], processes=1)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_happens(fault: str) -> None:
    """`full` needs a bounded mailbox; elsewhere it is a handler that raises."""

    async def scenario(system: ActorSystem) -> None:
        async def slowly(message: Add, actor: ActorContext[int]) -> int:
            await asyncio.sleep(0.1)
            return actor.context

        slow = define_behavior("slow").with_mailbox(capacity=3, overflow="drop_new").with_context(0).on(Add, slowly).build()
        for _ in range(3):
            ref = await system.spawn(slow)
            ref.tell(Add())
            ref.tell(Add())
        await asyncio.sleep(1)

    happened = 0
    for seed in range(200):
        failure, observer = play(scenario, Choices(seed=seed), INVARIANTS, Limits(faults=(fault,)))
        assert failure is None, f"seed {seed}: {failure}"
        happened += observer.faults.count
    assert happened


def test_exhaustive_search_finds_the_one_order_that_fails() -> None:
    with pytest.raises(InvariantBroken, match="0 is heard before 3"):
        exhaust(races, depth=20)
    found = exhaust(sums, depth=20)
    assert found.complete
    assert found.interleavings > 1
    assert str(found).endswith("all of them")


def test_exhaustive_search_says_when_its_bound_was_hit() -> None:
    assert not exhaust(sums, depth=1).complete
    assert not exhaust(crashes, depth=20, faults=("kill",), most=3).complete


def test_merging_equal_states_loses_no_end() -> None:
    """All orders of the messages of two actors: merged, no final state is missing."""

    def ends(merge: bool) -> set[tuple[int, ...]]:
        found: set[tuple[int, ...]] = set()

        async def scenario(system: ActorSystem) -> None:
            other = define_behavior("other").with_context(0).on(Add, lambda message, actor: actor.context * 2 + message.by).build()
            refs = [await system.spawn(other) for _ in range(2)]
            relay = define_behavior("relay").on(Add, lambda message, actor: refs[0].tell(message)).build()
            relays = [await system.spawn(relay) for _ in range(2)]
            relays[0].tell(Add(0))
            relays[1].tell(Add(1))
            refs[0].tell(Add(1))
            await asyncio.sleep(1)
            found.add(tuple([(await system.snapshot(ref)).context for ref in refs]))

        if merge:
            assert exhaust(scenario, depth=30).complete
        else:
            explore(scenario, schedules=300, faults=False, processes=1)
        return found

    assert ends(merge=True) == ends(merge=False)
    assert len(ends(merge=True)) > 1


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: explore(sums, schedules=0), "schedules=0"),
        (lambda: explore(sums, faults=["kil"]), "mend 'kil'"),
        (lambda: exhaust(sums, depth=0), "depth=0"),
    ],
)
def test_what_cannot_be_explored_is_refused(call: object, text: str) -> None:
    with pytest.raises(BadExploration, match=text):
        call()  # type: ignore[operator]


def test_the_collector_is_as_it_was_afterwards() -> None:
    explore(sums, schedules=3, faults=False, processes=1)
    assert gc.isenabled()


# --- choices and shrinking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_choices_are_repeated_from_what_was_taken(seed: int) -> None:
    choices = Choices(seed=seed)
    first = [choices.below(n) for n in range(1, 20)] + [choices.next(n) for n in range(1, 20)]
    again = Choices(replay=choices.taken)
    assert [again.below(n) for n in range(1, 20)] + [again.next(n) for n in range(1, 20)] == first


def test_a_replayed_choice_that_is_too_large_is_the_last_option() -> None:
    assert Choices(replay=[9]).below(3) == 2


def test_dice_throw_choices() -> None:
    dice = Dice(Choices(replay=[2, 0, 1, 1 << 23]))
    assert dice.choice("abc") == "c"
    assert dice.randrange(5) == 0
    assert dice.getrandbits(1) == 1
    assert dice.random() == 0.5
    assert dice.sample([1, 2, 3], 2)


def test_shrinking_finds_the_least_list() -> None:
    def attempt(choices: list[int]) -> tuple[int, list[int]] | None:
        return (1, choices) if sum(value >= 5 for value in choices) >= 2 else None

    assert shrink([9, 0, 3, 7, 7, 1, 8], attempt) == [5, 5]
    assert shrink([1, 2], attempt) == [1, 2], "what does not fail is left alone"
    assert shrink([9, 9], attempt, most=1) == [9, 9]


@pytest.mark.parametrize("choices", [[], [0], [1, 1], [0, 0, 0, 0, 2, 1], [3] * 7])
def test_a_list_of_choices_is_written_and_read(choices: list[int]) -> None:
    assert from_text(to_text(choices)) == choices


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "emscripten", reason="no processes there")
@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["tests.testing.test_explore:sums", "--seed", "3", "--faults", "none"], 0, "holds under seed 3"),
        (["tests.testing.test_explore:sums", "--schedules", "50", "--faults", "none", "--processes", "1"], 0, "holds in 50 schedules"),
        (["tests.testing.test_explore:sums", "--replay", "0,1*4", "--faults", "none"], 0, "holds under these choices"),
        (["tests.testing.test_explore:sums", "--exhaustive", "20"], 0, "all of them"),
        (["tests.testing.test_explore:races", "--schedules", "300"], 1, "0 is heard before 3"),
        (["tests.testing.test_explore:nothing"], 2, "has no function 'nothing'"),
        (["tests.nowhere:nothing"], 2, "there is no module 'tests.nowhere'"),
    ],
)
def test_the_command_plays_and_tells(arguments: list[str], status: int, text: str) -> None:
    done = subprocess.run([sys.executable, "-m", "actorweb.testing.explore", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, text in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr
