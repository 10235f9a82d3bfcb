"""What OTP's `gen_statem` promises, said in modes: postponing, time-outs, inserted events, callback modules on a stack."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import (
    ActorStopped,
    ActorSystem,
    After,
    BadPlan,
    Cancel,
    Crash,
    Crashed,
    DeadLetter,
    Down,
    MessagePlan,
    Normal,
    StashOverflow,
    Unhandled,
    child,
    pop,
    push,
    supervisor,
)
from actorweb.testing import Probe
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, named, working


def keep(message: object, actor: Any) -> MessagePlan[Any]:
    return MessagePlan(stash=True)


def add(note: Note, actor: Any) -> tuple[str, ...]:
    return (*actor.context, note.text)


def door(log: list[object] | None = None) -> Any:
    """Begin the definition of a worker that postpones notes while it is closed, and writes how it handled them when open."""
    return (
        working("door", log)
        .mode("default")
        .on(Note, keep)
        .mode("open")
        .on(Note, add)
        .mode("ajar")
        .on(Note, lambda note, actor: (*actor.context, f"{note.text} ajar"))
        .mode("shut")
        .on(Note, keep)
    )


def become(mode: Any, **plan: Any) -> Do:
    return Do(lambda actor: MessagePlan(become=mode, **plan))


def later(delay: float, text: str, **options: Any) -> Do:
    return Do(lambda actor: MessagePlan(schedule=[After(delay, Note(text), **options)]))


# --- postpone --------------------------------------------------------------------------------------------------------


async def test_postponed_events_are_retried_in_arrival_order_after_a_state_change(system: ActorSystem) -> None:
    # OTP gen_statem, postpone; observed on OTP 25
    ref = await system.spawn(door().build())
    for text in ("one", "two", "three"):
        ref.tell(Note(text))
    ref.tell(become("open"))
    assert await ref.ask(Notes()) == ("one", "two", "three")


async def test_postponed_events_are_retried_before_events_that_wait(system: ActorSystem) -> None:
    # OTP gen_statem, postpone: retried before the queued events
    ref = await system.spawn(door().build())
    for message in (Note("postponed"), become("open"), Note("waiting")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("postponed", "waiting")


async def test_postponed_events_are_retried_after_inserted_events(system: ActorSystem) -> None:
    # observed on OTP 25: after inserted events; SEMANTICS 22
    ref = await system.spawn(door().build())
    ref.tell(Note("postponed"))
    ref.tell(become("open", next=[Note("inserted")]))
    assert await ref.ask(Notes()) == ("inserted", "postponed")


async def test_postponed_events_are_not_retried_without_a_state_change(system: ActorSystem) -> None:
    # OTP gen_statem, postpone: keep_state and the same state are no state change
    ref = await system.spawn(door().build())
    for message in (Note("postponed"), become("default"), Do(lambda actor: ("new data",))):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("new data",)


async def test_an_event_may_be_postponed_again_and_keeps_its_place(system: ActorSystem) -> None:
    # OTP gen_statem, postpone
    ref = await system.spawn(door().build())
    for message in (Note("one"), Note("two"), become("shut"), Note("three"), become("open")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("one", "two", "three")


async def test_a_state_change_during_the_retry_retries_the_rest_in_the_new_state(system: ActorSystem) -> None:
    # OTP gen_statem: each event is handled in the state of its turn
    def close_after_one(note: Note, actor: Any) -> MessagePlan[Any]:
        return MessagePlan(context=(*actor.context, note.text), become="ajar")

    ref = await system.spawn(door().mode("open").on(Note, close_after_one).build())
    for message in (Note("one"), Note("two"), become("open")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("one", "two ajar")


async def test_a_call_may_be_postponed_and_is_answered_when_it_is_retried(system: ActorSystem) -> None:
    # OTP gen_statem: call events can be postponed; SEMANTICS 16
    behavior = working("door").mode("default").on(Notes, keep).mode("open").build()
    ref = await system.spawn(behavior)
    asking = asyncio.ensure_future(ref.ask(Notes()))
    await asyncio.sleep(1)
    ref.tell(become("open"))
    assert await asking == ()


async def test_a_postponed_call_fails_with_the_reason_of_its_server(system: ActorSystem) -> None:
    # OTP gen_statem:call/2; SEMANTICS 13
    ref = await system.spawn(working("door").mode("default").on(Notes, keep).build())
    asking = asyncio.ensure_future(ref.ask(Notes()))
    await asyncio.sleep(1)
    await system.stop(ref)
    with pytest.raises(ActorStopped) as caught:
        await asking
    assert caught.value.reason == Normal()


async def test_replacing_the_state_from_outside_does_not_retry_postponed_events(system: ActorSystem) -> None:
    # observed on OTP 25 (sys:replace_state); SEMANTICS 26
    ref = await system.spawn(door().build())
    ref.tell(Note("postponed"))
    await ref.ask(Notes())
    await system.replace_context(ref, lambda context: ("replaced",))
    assert await ref.ask(Notes()) == ("replaced",)
    ref.tell(become("open"))
    assert await ref.ask(Notes()) == ("replaced", "postponed")


async def test_a_stash_that_overflows_crashes_the_actor_and_says_so(system: ActorSystem) -> None:
    # bounded stash, overflow = failure (OTP's postpone is unbounded; Akka's StashBuffer is bounded)
    ref = await system.spawn(door().with_stash(capacity=2).build())
    async with system.reports(Crashed) as crashes:
        for text in ("one", "two", "three"):
            ref.tell(Note(text))
        crashed = await anext(crashes)
    assert isinstance(crashed.error, StashOverflow)
    assert crashed.message == Note("three")


# --- states ----------------------------------------------------------------------------------------------------------


async def test_the_state_decides_which_handler_takes_an_event(system: ActorSystem) -> None:
    # OTP gen_statem, state_functions
    ref = await system.spawn(door().build())
    for message in (become("open"), Note("one"), become("ajar"), Note("two")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("one", "two ajar")
    assert (await system.snapshot(ref)).mode == "ajar"


async def test_handlers_from_before_the_first_mode_serve_every_state(system: ActorSystem) -> None:
    # OTP gen_statem design, All State Events
    ref = await system.spawn(door().build())
    for mode in ("open", "ajar", "shut", "default"):
        ref.tell(become(mode))
        assert await ref.ask(Notes()) == ()


async def test_an_event_that_a_state_does_not_know_is_reported_and_no_crash(system: ActorSystem) -> None:
    # SEMANTICS 20 (OTP: function_clause); three kinds of lost message, none of them silent
    ref = await system.spawn(working("door").mode("shut").on(Down, keep).build())
    async with system.reports(Unhandled) as unhandled:
        ref.tell("knock")
        assert await anext(unhandled) == Unhandled(ref, "knock")
    assert await ref.ask(Notes()) == ()


async def test_a_state_that_there_is_not_fails_the_turn_and_changes_nothing(system: ActorSystem) -> None:
    # DESIGN 4: a plan is checked whole
    contexts: list[object] = []
    ref = await system.spawn(door().on_stop(lambda actor: contexts.append((actor.context, actor.snapshot.mode))).build())
    async with system.reports(Crashed) as crashes:
        ref.tell(become("nowhere", context=("never",)))
        assert isinstance((await anext(crashes)).error, BadPlan)
    await asyncio.sleep(1)
    assert contexts == [((), "default")]


async def test_a_restart_begins_in_the_first_state(system: ActorSystem) -> None:
    # OTP: a restart calls Module:init/1
    await system.spawn(supervisor("root", children=[child("door", door().build(), name="door")]))
    ref = named(system, "door")
    ref.tell(become("ajar"))
    ref.tell(Crashing())
    await ref.ask(Notes())
    assert (await system.snapshot(ref)).mode == "default"


async def test_push_remembers_the_state_and_pop_returns_to_it(system: ActorSystem) -> None:
    # OTP gen_statem: push_callback_module, pop_callback_module
    ref = await system.spawn(door().build())
    for message in (become("open"), become(push("ajar")), become(push("shut")), become(pop()), Note("one"), become(pop()), Note("two")):
        ref.tell(message)
    assert await ref.ask(Notes()) == ("one ajar", "two")


async def test_popping_the_last_state_is_an_error(system: ActorSystem) -> None:
    # OTP gen_statem: pop_callback_module on an empty stack ends the server; an error, not silence
    probe = Probe(system)
    ref = await system.spawn(door().build())
    probe.watch(ref)
    ref.tell(become(pop()))
    reason = (await probe.receive(Down)).reason
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, BadPlan)


async def test_push_and_pop_are_state_changes(system: ActorSystem) -> None:
    # OTP gen_statem: a new callback module; DESIGN 4: entering another mode releases the stash
    ref = await system.spawn(door().build())
    ref.tell(Note("postponed"))
    ref.tell(become(push("open")))
    assert await ref.ask(Notes()) == ("postponed",)


# --- inserted events -------------------------------------------------------------------------------------------------


async def test_inserted_events_come_before_queued_events_and_in_the_order_given(system: ActorSystem) -> None:
    # OTP gen_statem, next_event
    ref = await system.spawn(door().build())
    ref.tell(become("open", next=[Note("first"), Note("second")]))
    ref.tell(Note("queued"))
    assert await ref.ask(Notes()) == ("first", "second", "queued")


async def test_inserted_events_are_handled_in_the_new_state(system: ActorSystem) -> None:
    # OTP gen_statem, next_event: handled in the new state
    ref = await system.spawn(door().build())
    ref.tell(become("ajar", next=[Note("event")]))
    assert await ref.ask(Notes()) == ("event ajar",)


async def test_the_events_that_a_failed_turn_inserted_never_come(system: ActorSystem) -> None:
    # no effect at all
    await system.spawn(supervisor("root", children=[child("door", door().build(), name="door")]))
    ref = named(system, "door")
    ref.tell(become("open", next=[Note("never")], emit=5))
    ref.tell(become("open"))
    assert await ref.ask(Notes()) == ()


async def test_stop_and_reply_answers_and_ends(system: ActorSystem) -> None:
    # OTP gen_statem: {stop_and_reply, Reason, Replies}
    probe = Probe(system)
    ref = await system.spawn(door().build())
    probe.watch(ref)
    assert await ref.ask(Answer(lambda actor: MessagePlan(become="open", reply=actor.context, stop=True))) == ()
    assert await probe.receive(Down) == Down(ref, Normal())


# --- time-outs -------------------------------------------------------------------------------------------------------


async def test_a_state_timeout_comes_when_the_state_has_lasted_so_long(system: ActorSystem) -> None:
    # OTP gen_statem, state_timeout
    ref = await system.spawn(door().build())
    ref.tell(become("open"))
    ref.tell(later(5, "timeout", mode=True))
    await asyncio.sleep(5.5)
    assert await ref.ask(Notes()) == ("timeout",)


async def test_a_state_timeout_is_cancelled_by_a_state_change(system: ActorSystem) -> None:
    # OTP gen_statem, state_timeout; observed on OTP 25
    ref = await system.spawn(door().build())
    for message in (become("open"), later(5, "timeout", mode=True), become("ajar")):
        ref.tell(message)
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ()


async def test_a_state_timeout_is_not_cancelled_by_events_in_the_same_state(system: ActorSystem) -> None:
    # OTP gen_statem, state_timeout: not by other events, nor by keep_state
    ref = await system.spawn(door().build())
    for message in (become("open"), later(5, "timeout", mode=True), Note("event"), become("open")):
        ref.tell(message)
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("event", "timeout")


async def test_a_state_timeout_that_is_set_with_the_state_change_belongs_to_the_new_state(system: ActorSystem) -> None:
    # OTP gen_statem: transition actions are done after the state change; SEMANTICS 23
    ref = await system.spawn(door().build())
    ref.tell(become("open", schedule=[After(5, Note("timeout"), mode=True)]))
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("timeout",)


async def test_a_generic_timeout_survives_state_changes(system: ActorSystem) -> None:
    # OTP gen_statem, {timeout, Name}; named survives all
    ref = await system.spawn(door().build())
    for message in (later(5, "timeout", key="named"), become("open"), become("ajar"), Note("event")):
        ref.tell(message)
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("event ajar", "timeout ajar")


async def test_a_timeout_of_the_same_name_replaces_the_one_before(system: ActorSystem) -> None:
    # OTP gen_statem, {timeout, Name}: restarting the timer
    ref = await system.spawn(door().build())
    for message in (become("open"), later(5, "old", key="named"), later(8, "new", key="named")):
        ref.tell(message)
    await asyncio.sleep(20)
    assert await ref.ask(Notes()) == ("new",)


async def test_a_cancelled_timeout_never_comes(system: ActorSystem) -> None:
    # OTP gen_statem, {{timeout, Name}, cancel}
    ref = await system.spawn(door().build())
    for message in (become("open"), later(5, "timeout", key="named"), Do(lambda actor: MessagePlan(schedule=[Cancel("named")]))):
        ref.tell(message)
    await asyncio.sleep(20)
    assert await ref.ask(Notes()) == ()


async def test_cancelling_a_timeout_that_there_is_not_is_no_error(system: ActorSystem) -> None:
    # OTP gen_statem: cancelling a timer that does not run is no error
    ref = await system.spawn(door().build())
    ref.tell(Do(lambda actor: MessagePlan(schedule=[Cancel("nothing")])))
    assert await ref.ask(Notes()) == ()


async def test_an_event_timeout_is_cancelled_by_any_event(system: ActorSystem) -> None:
    # OTP gen_statem, event_timeout
    ref = await system.spawn(door().with_idle_timeout(5.0, Note("silence")).build())
    ref.tell(become("open"))
    for _ in range(3):
        await asyncio.sleep(4)
        ref.tell(Note("event"))
    await asyncio.sleep(5.5)
    assert await ref.ask(Notes()) == ("event", "event", "event", "silence")


async def test_a_postponed_event_breaks_the_silence_too(system: ActorSystem) -> None:
    # OTP gen_statem, event_timeout: a postponed event is an event
    ref = await system.spawn(door().with_idle_timeout(5.0, become("open")).build())
    await asyncio.sleep(4)
    ref.tell(Note("postponed"))
    await asyncio.sleep(4)
    assert (await system.snapshot(ref)).mode == "default"
    await asyncio.sleep(2)
    assert (await system.snapshot(ref)).mode == "open"


async def test_what_is_left_of_the_inserted_events_comes_before_postponed_ones(system: ActorSystem) -> None:
    # SEMANTICS 22: `next`, then released from the stash, then waiting (OTP: what was postponed comes first; the contract wins)
    ref = await system.spawn(door().build())
    ref.tell(Note("postponed"))
    ref.tell(Do(lambda actor: MessagePlan(next=[become("open"), Note("inserted")])))
    assert await ref.ask(Notes()) == ("inserted", "postponed")


async def test_what_is_left_of_the_inserted_events_when_the_run_ends_is_a_dead_letter(system: ActorSystem) -> None:
    # SEMANTICS 22
    await system.spawn(supervisor("root", children=[child("door", door().build(), name="door")]))
    ref = named(system, "door")
    async with system.reports(DeadLetter) as letters:
        ref.tell(become("open", next=[Crashing(), Note("left")]))
        ref.tell(become("open"))
        assert await ref.ask(Notes()) == ()
        assert await anext(letters) == DeadLetter(ref, Note("left"), "restarted")
