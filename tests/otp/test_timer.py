"""What OTP's `timer` and `erlang:send_after/3` promise, and Akka's keyed timers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import ActorRef, ActorSystem, After, BadPlan, Cancel, Crashed, DeadLetter, Every, MessagePlan, child, supervisor
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, named, worker, working


def schedule(*entries: Any) -> Do:
    return Do(lambda actor: MessagePlan(schedule=list(entries)))


def clock() -> Any:
    """Make a worker that writes down when each note came."""
    return working("clock").on(Note, lambda note, actor: (*actor.context, f"{note.text}@{actor.now():g}")).build()


async def notes_after(ref: ActorRef[Any], seconds: float) -> tuple[str, ...]:
    await asyncio.sleep(seconds)
    notes: tuple[str, ...] = await ref.ask(Notes())
    return notes


async def test_a_message_comes_once_after_its_delay(system: ActorSystem) -> None:
    # OTP erlang:send_after/3
    ref = await system.spawn(clock())
    ref.tell(schedule(After(2.5, Note("a"))))
    assert await notes_after(ref, 100) == ("a@2.5",)


async def test_messages_of_different_delays_come_in_the_order_of_their_times(system: ActorSystem) -> None:
    # OTP erlang:send_after/3
    ref = await system.spawn(clock())
    ref.tell(schedule(After(3, Note("c")), After(1, Note("a")), After(2, Note("b"))))
    assert await notes_after(ref, 10) == ("a@1", "b@2", "c@3")


async def test_a_delay_of_zero_comes_behind_what_waits(system: ActorSystem) -> None:
    # SEMANTICS 23; OTP: gen_statem time-out 0 is inserted after already queued events
    ref = await system.spawn(worker("a"))
    ref.tell(schedule(After(0, Note("timer"))))
    ref.tell(Note("waiting"))
    assert await notes_after(ref, 1) == ("waiting", "timer")


async def test_an_interval_comes_again_and_again_without_drift(system: ActorSystem) -> None:
    # OTP timer:send_interval/2
    ref = await system.spawn(clock())
    ref.tell(schedule(Every(0.1, Note("tick"))))
    notes = await notes_after(ref, 2.05)
    assert notes == tuple(f"tick@{number / 10:g}" for number in range(1, 21))


async def test_missed_ticks_of_an_interval_are_not_made_up_for(system: ActorSystem) -> None:
    # SEMANTICS 23
    ref = await system.spawn(clock())
    ref.tell(schedule(Every(1, Note("tick"))))
    ref.tell(Do(lambda actor: asyncio.sleep(5.5)))
    assert await notes_after(ref, 7.5) == ("tick@5.5", "tick@6", "tick@7")


async def test_a_cancelled_timer_never_fires(system: ActorSystem) -> None:
    # OTP erlang:cancel_timer/1
    ref = await system.spawn(clock())
    ref.tell(schedule(After(2, Note("a"), key="k"), Every(3, Note("b"), key="l")))
    await asyncio.sleep(1)
    ref.tell(schedule(Cancel("k"), Cancel("l")))
    assert await notes_after(ref, 100) == ()


async def test_a_timer_that_has_expired_and_waits_can_still_be_cancelled(system: ActorSystem) -> None:
    # a replaced key discards a queued tick (Akka); OTP: gen_statem never delivers a cancelled time-out
    ref = await system.spawn(clock())
    ref.tell(schedule(After(1, Note("a"), key="k")))
    ref.tell(Do(lambda actor: asyncio.sleep(5, result=MessagePlan(schedule=[Cancel("k")]))))
    assert await notes_after(ref, 100) == ()


async def test_setting_a_key_again_replaces_its_timer_even_one_that_has_expired_and_waits(system: ActorSystem) -> None:
    # Akka TimerScheduler: a new timer with the same key cancels the old, whose message is guaranteed not to be received
    ref = await system.spawn(clock())
    ref.tell(schedule(After(1, Note("old"), key="k")))
    ref.tell(Do(lambda actor: asyncio.sleep(5, result=MessagePlan(schedule=[After(1, Note("new"), key="k")]))))
    assert await notes_after(ref, 100) == ("new@6",)


async def test_an_interval_and_a_delay_of_one_key_replace_each_other(system: ActorSystem) -> None:
    # Akka TimerScheduler
    ref = await system.spawn(clock())
    ref.tell(schedule(Every(1, Note("tick"), key="k")))
    await asyncio.sleep(2.5)
    ref.tell(schedule(After(1, Note("once"), key="k")))
    assert await notes_after(ref, 10) == ("tick@1", "tick@2", "once@3.5")


async def test_timers_without_a_key_are_separate(system: ActorSystem) -> None:
    # OTP erlang:send_after/3: each call is a timer of its own
    ref = await system.spawn(clock())
    ref.tell(schedule(After(1, Note("a")), After(1, Note("a"))))
    assert await notes_after(ref, 5) == ("a@1", "a@1")


async def test_the_entries_of_one_schedule_apply_in_order(system: ActorSystem) -> None:
    # SEMANTICS 23
    ref = await system.spawn(clock())
    ref.tell(schedule(After(1, Note("never"), key="k"), Cancel("k"), After(2, Note("a"), key="k")))
    assert await notes_after(ref, 5) == ("a@2",)


async def test_timers_die_with_the_run_that_set_them(system: ActorSystem) -> None:
    # OTP erlang:send_after/3: cancelled when the process dies; Akka: timers are bound to the lifecycle, also for restarts
    await system.spawn(supervisor("root", children=[child("a", clock(), name="a")]))
    ref = named(system, "a")
    ref.tell(schedule(After(2, Note("old")), Every(1, Note("old"))))
    ref.tell(Crashing())
    assert await notes_after(ref, 100) == ()


async def test_a_timer_that_had_expired_before_the_restart_does_not_fire_after_it(system: ActorSystem) -> None:
    # Akka TimerScheduler: not from a previous incarnation
    await system.spawn(supervisor("root", children=[child("a", clock(), name="a")]))
    ref = named(system, "a")
    ref.tell(schedule(After(1, Note("old"))))
    ref.tell(Do(lambda actor: asyncio.sleep(5)))
    ref.tell(Crashing())
    await asyncio.sleep(2)
    assert await notes_after(ref, 100) == ()


async def test_the_timers_of_an_actor_that_ends_are_no_dead_letters(system: ActorSystem) -> None:
    # SEMANTICS 23
    letters: list[object] = []
    system.reports.subscribe(letters.append, DeadLetter)
    ref = await system.spawn(clock())
    ref.tell(schedule(After(1, Note("a"))))
    ref.tell(Do(lambda actor: asyncio.sleep(5)))
    await asyncio.sleep(2)
    await system.stop(ref)
    await asyncio.sleep(10)
    assert letters == []


async def test_a_timer_of_a_turn_that_raised_never_fires(system: ActorSystem) -> None:
    # DESIGN 1: no timer
    await system.spawn(supervisor("root", children=[child("a", clock(), name="a")]))
    ref = named(system, "a")
    ref.tell(Do(lambda actor: MessagePlan(schedule=[After(1, Note("never"))], become="nowhere")))
    assert await notes_after(ref, 100) == ()


@pytest.mark.parametrize("entry", [After(-1, Note("a")), Every(0, Note("a")), Every(-1, Note("a"))], ids=repr)
async def test_a_delay_that_makes_no_sense_fails_the_turn(system: ActorSystem, entry: Any) -> None:
    # OTP erlang:send_after/3: badarg
    ref = await system.spawn(clock())
    async with system.reports(Crashed) as crashes:
        ref.tell(schedule(entry))
        assert isinstance((await anext(crashes)).error, BadPlan)


async def test_an_idle_timeout_comes_once_after_each_silence(system: ActorSystem) -> None:
    # OTP gen_server time-out; Akka setReceiveTimeout; SEMANTICS 24
    ref = await system.spawn(
        working("a").on(Note, lambda note, actor: (*actor.context, f"{note.text}@{actor.now():g}")).with_idle_timeout(3.0, Note("idle")).build()
    )
    await asyncio.sleep(10)
    assert (await system.snapshot(ref)).context == ("idle@3",)
    ref.tell(Note("awake"))
    await asyncio.sleep(10)
    assert (await system.snapshot(ref)).context == ("idle@3", "awake@10", "idle@13")


async def test_an_idle_timeout_begins_with_the_start(system: ActorSystem) -> None:
    # SEMANTICS 24: armed at start
    ref = await system.spawn(working("a").with_idle_timeout(3.0, Do(lambda actor: MessagePlan(stop=True))).build(), name="a")
    await asyncio.sleep(3.5)
    assert system.lookup("a") is None
    assert ref.path.startswith("/a")


async def test_an_ask_breaks_the_silence_and_a_command_does_not(system: ActorSystem) -> None:
    # SEMANTICS 24: commands do not count
    ref = await system.spawn(working("a").with_idle_timeout(3.0, Note("idle")).build())
    await asyncio.sleep(2)
    await ref.ask(Answer())
    await asyncio.sleep(2)
    assert (await system.snapshot(ref)).context == ()
    await system.snapshot(ref)
    await asyncio.sleep(1.5)
    assert (await system.snapshot(ref)).context == ("idle",)


async def test_a_turn_that_is_still_at_work_when_the_silence_would_end_breaks_it(system: ActorSystem) -> None:
    # SEMANTICS 24: armed again after each turn but its own
    ref = await system.spawn(
        working("a").on(Note, lambda note, actor: (*actor.context, f"{note.text}@{actor.now():g}")).with_idle_timeout(3.0, Note("idle")).build()
    )
    await asyncio.sleep(2)
    ref.tell(Do(lambda actor: asyncio.sleep(5)))
    await asyncio.sleep(10)
    assert (await system.snapshot(ref)).context == ("idle@10",)
