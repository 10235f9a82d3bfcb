"""What Akka and Pekko promise beyond OTP, and what other engines are known to get wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorCrashed,
    ActorRef,
    ActorSystem,
    Ask,
    AskError,
    AskTimeout,
    Backoff,
    CountChildren,
    Crashed,
    DeadLetter,
    Dropped,
    HighWater,
    MailboxFull,
    MessagePlan,
    NothingMade,
    Restarted,
    Stopped,
    Task,
    WhichChildren,
    child,
    define_behavior,
    supervisor,
)
from actorweb.testing import Probe, SimulatedWorld
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, named, worker, working


def now() -> float:
    return asyncio.get_running_loop().time()


def run(work: Any, **options: Any) -> Do:
    return Do(lambda actor: MessagePlan(run=[Task(work, on_done=lambda result: Note(f"done {result}"), **options)]))


async def resting(seconds: float, result: object) -> object:
    await asyncio.sleep(seconds)
    return result


async def failing(seconds: float) -> object:
    await asyncio.sleep(seconds)
    raise Told("failed")


# --- pipeToSelf ------------------------------------------------------------------------------------------------------


async def test_the_result_of_a_task_comes_back_as_a_message(system: ActorSystem) -> None:
    # Akka typed ActorContext.pipeToSelf
    ref = await system.spawn(worker("a"))
    ref.tell(run(lambda: resting(2, 5)))
    ref.tell(Note("meanwhile"))
    await asyncio.sleep(3)
    assert await ref.ask(Notes()) == ("meanwhile", "done 5")


async def test_the_failure_of_a_task_comes_back_as_a_message(system: ActorSystem) -> None:
    # Akka typed ActorContext.pipeToSelf: both outcomes
    ref = await system.spawn(worker("a"))
    ref.tell(run(lambda: failing(2), on_error=lambda error: Note(f"{error}")))
    await asyncio.sleep(3)
    assert await ref.ask(Notes()) == ("failed",)


async def test_a_failure_that_nobody_takes_is_a_crash_of_the_actor(system: ActorSystem) -> None:
    # SEMANTICS 17
    ref = await system.spawn(worker("a"))
    async with system.reports(Crashed) as crashes:
        ref.tell(run(lambda: failing(2)))
        assert isinstance((await anext(crashes)).error, Told)


async def test_a_task_is_cancelled_with_the_run_that_started_it(system: ActorSystem) -> None:
    # the task is owned by the actor and cancelled with it
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(run(lambda: resting(2, 5)))
    ref.tell(Crashing())
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ()


async def test_a_task_of_the_same_key_replaces_the_one_before(system: ActorSystem) -> None:
    # the contract of Task; like a keyed timer
    ref = await system.spawn(worker("a"))
    for result in ("old", "new"):
        ref.tell(run(lambda result=result: resting(2, result), key="k"))
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("done new",)


# --- ask from an actor -----------------------------------------------------------------------------------------------


def asking(target: ActorRef[Any], request: Answer, **options: Any) -> Do:
    return Do(lambda actor: MessagePlan(ask=[Ask(target, request, on_reply=lambda reply: Note(f"got {reply}"), **options)]))


async def test_the_answer_to_an_ask_comes_back_as_a_message_and_the_asker_is_free_meanwhile(system: ActorSystem) -> None:
    # Akka typed ActorContext.ask; messageAdapter
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    one.tell(asking(other, Answer(lambda actor: resting(2, MessagePlan(reply=7)))))
    one.tell(Note("meanwhile"))
    await asyncio.sleep(3)
    assert await one.ask(Notes()) == ("meanwhile", "got 7")


async def test_the_failure_of_an_ask_comes_back_as_a_message(system: ActorSystem) -> None:
    # Akka typed ActorContext.ask: Failure(TimeoutException)
    def failed(error: AskError) -> Note:
        return Note(type(error).__name__)

    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    one.tell(asking(other, Answer(lambda actor: resting(9, None)), timeout=2, on_error=failed))
    one.tell(asking(other, Answer(lambda actor: 1 / 0), timeout=20, on_error=failed))
    await asyncio.sleep(30)
    assert await one.ask(Notes()) == (AskTimeout.__name__, ActorCrashed.__name__)


async def test_an_answer_that_makes_no_message_is_reported(system: ActorSystem) -> None:
    # SEMANTICS 17: a None is reported and nothing is sent
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    async with system.reports(NothingMade) as nothing:
        one.tell(Do(lambda actor: MessagePlan(ask=[Ask(other, Notes(), on_reply=lambda reply: None)])))
        assert await anext(nothing) == NothingMade(one)


async def test_an_answer_for_an_earlier_run_of_the_asker_is_not_delivered(system: ActorSystem) -> None:
    # SEMANTICS 14: an ask belongs to the asker's run
    await system.spawn(supervisor("root", children=[child("one", worker("one"), name="one")]))
    one, other = named(system, "one"), await system.spawn(worker("other"))
    one.tell(asking(other, Answer(lambda actor: resting(2, MessagePlan(reply=7)))))
    one.tell(Crashing())
    await asyncio.sleep(10)
    assert await one.ask(Notes()) == ()


async def test_two_actors_that_ask_each_other_by_plan_do_not_wait_for_each_other(system: ActorSystem) -> None:
    # a mutual ask cycle hangs in other engines; an ask as data does not block
    one, other = await system.spawn(worker("one")), await system.spawn(worker("other"))
    one.tell(asking(other, Answer(lambda actor: MessagePlan(reply="other"))))
    other.tell(asking(one, Answer(lambda actor: MessagePlan(reply="one"))))
    await asyncio.sleep(1)
    assert (await one.ask(Notes()), await other.ask(Notes())) == (("got other",), ("got one",))


# --- backoff ---------------------------------------------------------------------------------------------------------


async def starts_of(system: ActorSystem, backoff: Backoff, crashes: list[float], *, until: float, intensity: int = 100) -> list[float]:
    """Give the times at which a child with such a backoff starts that crashes at these times."""
    starts: list[float] = []
    behavior = working("a").on_start(lambda actor: starts.append(actor.now())).build()
    await system.spawn(supervisor("root", intensity=intensity, children=[child("a", behavior, backoff=backoff, name="a")]))
    ref = named(system, "a")
    for when in crashes:
        await asyncio.sleep(when - now())
        ref.tell(Crashing())
    await asyncio.sleep(until - now())
    return starts


async def test_each_restart_waits_twice_as_long_as_the_one_before_up_to_a_most(system: ActorSystem) -> None:
    # Akka SupervisorStrategy.restartWithBackoff; SEMANTICS 11
    starts = await starts_of(system, Backoff(1.0, 5.0, reset_after=100.0), [0, 2, 6, 16, 26], until=60)
    assert starts == [0, 1, 4, 10, 21, 31]


async def test_a_quiet_time_begins_the_backoff_anew(system: ActorSystem) -> None:
    # Akka: resetBackoffAfter, by default (min + max) / 2
    starts = await starts_of(system, Backoff(1.0, 9.0), [0, 2, 20], until=60)
    assert starts == [0, 1, 4, 21]


async def test_jitter_moves_the_wait_by_at_most_its_share(system: ActorSystem) -> None:
    # Akka: randomFactor; SEMANTICS 11: · (1 ± jitter)
    _, second = await starts_of(system, Backoff(10.0, 100.0, jitter=0.2), [0], until=60)
    assert 8.0 <= second <= 12.0


async def test_messages_and_asks_wait_while_a_restart_is_backed_off(system: ActorSystem) -> None:
    # Akka: messages are stashed while backing off; SEMANTICS 11
    await system.spawn(supervisor("root", children=[child("a", worker("a"), backoff=Backoff(3.0, 9.0), name="a")]))
    ref = named(system, "a")
    ref.tell(Crashing())
    await asyncio.sleep(1)
    ref.tell(Note("waited"))
    assert await ref.ask(Notes()) == ("waited",)
    assert now() == 3.0


async def test_a_child_that_waits_for_its_restart_is_restarting_and_not_active(system: ActorSystem) -> None:
    # OTP supervisor:which_children/1: `restarting`; count_children/1: active counts actively running children only
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), backoff=Backoff(3.0, 9.0), name="a")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    assert [info.status for info in await tree.ask(WhichChildren())] == ["restarting"]
    assert (await tree.ask(CountChildren())).active == 0


async def test_a_stop_ends_the_wait_of_a_backoff_at_once(system: ActorSystem) -> None:
    # SEMANTICS 11
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), backoff=Backoff(30.0, 90.0), name="a")]))
    named(system, "a").tell(Crashing())
    await asyncio.sleep(1)
    await system.stop(tree)
    assert now() == 1.0


async def test_a_restart_counts_against_the_intensity_when_its_wait_is_over(system: ActorSystem) -> None:
    # SEMANTICS 11
    starts = await starts_of(system, Backoff(4.0, 4.0, reset_after=1000.0), [0, 10, 20], until=60, intensity=1)
    assert starts == [0, 4, 14, 24]


# --- bounded mailboxes -----------------------------------------------------------------------------------------------


async def busy(system: ActorSystem, overflow: Any, capacity: int = 2) -> ActorRef[Any]:
    """Spawn a worker with a bounded mailbox, which waits for 5 s."""
    ref = await system.spawn(working("a").with_mailbox(capacity=capacity, overflow=overflow).build())
    ref.tell(Do(lambda actor: resting(5, None)))
    await asyncio.sleep(1)
    return ref


async def test_a_full_mailbox_that_raises_raises_at_the_sender(system: ActorSystem) -> None:
    # policy `raise`
    ref = await busy(system, "raise")
    for text in ("one", "two"):
        ref.tell(Note(text))
    with pytest.raises(MailboxFull):
        ref.tell(Note("three"))
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("one", "two")


async def test_a_full_mailbox_that_drops_the_new_reports_it(system: ActorSystem) -> None:
    # Akka MailboxSelector.bounded: to dead letters; DESIGN 4: drops are reports
    ref = await busy(system, "drop_new")
    async with system.reports(Dropped) as dropped:
        for text in ("one", "two", "three"):
            ref.tell(Note(text))
        assert await anext(dropped) == Dropped(ref, Note("three"), "drop_new")
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("one", "two")


async def test_a_full_mailbox_that_drops_the_old_keeps_the_newest(system: ActorSystem) -> None:
    # drop_old
    ref = await busy(system, "drop_old")
    async with system.reports(Dropped) as dropped:
        for text in ("one", "two", "three"):
            ref.tell(Note(text))
        assert await anext(dropped) == Dropped(ref, Note("one"), "drop_old")
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("two", "three")


async def test_a_mailbox_that_raises_fails_the_turn_that_sent(system: ActorSystem) -> None:
    # DESIGN 4: a full mailbox that raises fails the turn at commit, before the context
    full, sender = await busy(system, "raise"), await system.spawn(worker("sender"))
    sender.tell(Do(lambda actor: [full.tell(Note(text)) for text in "abc"] and ("never",)))
    async with system.reports(Crashed) as crashes:
        crashed = await anext(crashes)
    assert isinstance(crashed.error, MailboxFull)
    assert crashed.context == ()
    await asyncio.sleep(10)
    assert await full.ask(Notes()) == ()


async def test_commands_never_count_against_a_mailbox(system: ActorSystem) -> None:
    # DESIGN 4: commands and signals never count
    ref = await busy(system, "raise", capacity=1)
    ref.tell(Note("the only place"))
    assert (await system.snapshot(ref)).context == ()
    await system.stop(ref)
    assert now() == 1.0


# --- what others get wrong -------------------------------------------------------------------------------------------


async def test_messages_between_a_pair_keep_their_order_whatever_the_handlers_do(system: ActorSystem) -> None:
    # Akka: message ordering per sender-receiver pair; Ray: async actors complete out of order
    order: list[int] = []

    def handler(number: int) -> Do:
        async def slow(actor: Any) -> None:
            await asyncio.sleep(actor.random.random())
            order.append(number)

        return Do(slow if number % 2 else lambda actor: order.append(number))

    ref, sender = await system.spawn(worker("a")), await system.spawn(worker("sender"))
    sender.tell(Do(lambda actor: [ref.tell(handler(number)) for number in range(6)] and None))
    await asyncio.sleep(10)
    assert order == [0, 1, 2, 3, 4, 5]


async def test_a_failed_tell_does_not_change_what_the_next_ask_returns(system: ActorSystem) -> None:
    # measured on Thespian: a tell that failed made the next ask return its PoisonMessage
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    ref.tell(Crashing())
    answers = [await ref.ask(Answer(lambda actor, number=number: MessagePlan(reply=number))) for number in range(3)]
    assert answers == [0, 1, 2]


async def test_each_message_is_handled_or_told_as_lost_and_nothing_else(system: ActorSystem) -> None:
    # DESIGN 1: nothing is lost silently
    handled: list[str] = []
    lost: list[object] = []
    system.reports.subscribe(lambda report: lost.append(report.message), DeadLetter, Crashed)  # type: ignore[union-attr]
    behavior = define_behavior("a").on(Note, lambda note, actor: handled.append(note.text)).on(Crashing, lambda message, actor: 1 / 0 and None).build()
    await system.spawn(supervisor("root", intensity=1, children=[child("a", behavior, name="a")]))
    ref = named(system, "a")
    sent = [Note(str(number)) if number % 4 else Crashing(str(number)) for number in range(12)]
    for message in sent:
        ref.tell(message)
    await asyncio.sleep(10)
    assert len(handled) + len(lost) == 12
    assert {*handled, *(getattr(message, "text", "") for message in lost)} == {message.text for message in sent}


async def test_the_reports_of_a_life_come_in_its_order(system: ActorSystem) -> None:
    # Akka EventStream; DESIGN 4, Reports
    told: list[str] = []
    system.reports.subscribe(lambda report: told.append(type(report).__name__), Crashed, Restarted, Stopped)
    await system.spawn(supervisor("root", children=[child("a", worker("a"), restart="transient", name="a")]))
    ref = named(system, "a")
    ref.tell(Crashing())
    ref.tell(Do(lambda actor: MessagePlan(stop=True)))
    await asyncio.sleep(1)
    assert told == ["Crashed", "Restarted", "Stopped"]


async def test_a_probe_hears_of_what_an_actor_emits_only_if_its_turn_commits(system: ActorSystem) -> None:
    # DESIGN 4: inside a turn nothing leaves the actor
    probe = Probe(system)
    ref = await system.spawn(worker("a"))
    async with ref.events(Note) as events:
        ref.tell(Do(lambda actor: MessagePlan(emit=[Note("one"), Note("two")])))
        ref.tell(Do(lambda actor: MessagePlan(emit=[Note("never")], context=5)))
        assert [event.text async for event in events] == ["one", "two"]
    await probe.receive_nothing()


async def test_a_queue_past_its_high_water_mark_is_reported_once(world: SimulatedWorld) -> None:
    # DESIGN 4, Overload: when the whole system's queue passes a high-water mark it says so once
    told: list[HighWater] = []
    async with ActorSystem(world=world, high_water=10) as system:
        system.reports.subscribe(told.append, HighWater)  # type: ignore[arg-type]
        ref, sender = await system.spawn(worker("a")), await system.spawn(worker("sender"))
        sender.tell(Do(lambda actor: [ref.tell(Note(str(number))) for number in range(50)] and None))
        await asyncio.sleep(1)
        assert len(await ref.ask(Notes())) == 50
    assert len(told) == 1
    assert told[0].waiting > 10
