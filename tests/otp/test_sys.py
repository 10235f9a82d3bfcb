"""What OTP's `sys` promises: suspend, resume, get_state, replace_state, trace."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actorweb import ActorStopped, ActorSystem, After, AskTimeout, BadPlan, MessagePlan, NoProc, TracerFailed, TurnTrace, child, supervisor
from tests.otp.worker import Answer, Crashing, Do, Note, Notes, Told, named, worker


async def test_a_suspended_actor_handles_no_messages(system: ActorSystem) -> None:
    # OTP sys:suspend/1
    ref = await system.spawn(worker("a"))
    await system.suspend(ref)
    ref.tell(Note("waits"))
    await asyncio.sleep(100)
    assert (await system.snapshot(ref)).context == ()


async def test_what_came_while_it_was_suspended_is_handled_in_order_after_the_resume(system: ActorSystem) -> None:
    # OTP sys:resume/1
    ref = await system.spawn(worker("a"))
    await system.suspend(ref)
    for text in ("one", "two"):
        ref.tell(Note(text))
    await system.resume(ref)
    ref.tell(Note("three"))
    assert await ref.ask(Notes()) == ("one", "two", "three")


async def test_a_suspend_overtakes_what_waits(system: ActorSystem) -> None:
    # SEMANTICS 25: every administrative call takes the urgent lane
    ref = await system.spawn(worker("a"))
    for text in ("one", "two"):
        ref.tell(Note(text))
    await system.suspend(ref)
    assert (await system.snapshot(ref)).context == ()


async def test_a_suspend_waits_for_a_handler_that_is_still_awaiting(system: ActorSystem) -> None:
    # SEMANTICS 25; OTP: a system message is handled between two callbacks
    ref = await system.spawn(worker("a"))
    ref.tell(Do(lambda actor: asyncio.sleep(3, result=("done",))))
    await asyncio.sleep(1)
    await system.suspend(ref)
    assert asyncio.get_running_loop().time() == 3.0
    assert (await system.snapshot(ref)).context == ("done",)


async def test_suspending_twice_is_suspending_once(system: ActorSystem) -> None:
    # OTP sys:suspend/1 of a suspended process is ok
    ref = await system.spawn(worker("a"))
    await system.suspend(ref)
    await system.suspend(ref)
    await system.resume(ref)
    assert await ref.ask(Notes()) == ()


async def test_resuming_what_is_not_suspended_does_nothing(system: ActorSystem) -> None:
    # OTP sys:resume/1 of a running process is ok
    ref = await system.spawn(worker("a"))
    await system.resume(ref)
    assert await ref.ask(Notes()) == ()


async def test_a_call_to_a_suspended_actor_times_out_or_is_answered_after_the_resume(system: ActorSystem) -> None:
    # OTP: the call waits in the mailbox
    ref = await system.spawn(worker("a"))
    await system.suspend(ref)
    with pytest.raises(AskTimeout):
        await ref.ask(Notes(), timeout=2)
    asking = asyncio.ensure_future(ref.ask(Notes(), timeout=10))
    await asyncio.sleep(5)
    await system.resume(ref)
    assert await asking == ()


async def test_a_timer_that_expires_during_a_suspension_fires_once_after_the_resume(system: ActorSystem) -> None:
    # observed on OTP 25
    ref = await system.spawn(worker("a"))
    ref.tell(Do(lambda actor: MessagePlan(schedule=[After(2, Note("expired"))])))
    await ref.ask(Notes())
    await system.suspend(ref)
    await asyncio.sleep(10)
    await system.resume(ref)
    await asyncio.sleep(10)
    assert await ref.ask(Notes()) == ("expired",)


async def test_the_state_can_be_read_while_suspended_and_while_a_handler_waits(system: ActorSystem) -> None:
    # OTP sys:get_state/1; SEMANTICS 25: snapshot does not wait
    ref = await system.spawn(worker("a"))
    ref.tell(Note("committed"))
    ref.tell(Do(lambda actor: asyncio.sleep(50)))
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == ("committed",)
    assert asyncio.get_running_loop().time() == 1.0


async def test_replacing_the_state_gives_the_new_one_and_installs_it(system: ActorSystem) -> None:
    # OTP sys:replace_state/2
    ref = await system.spawn(worker("a"))
    ref.tell(Note("old"))
    await ref.ask(Notes())
    assert await system.replace_context(ref, lambda context: (*context, "new")) == ("old", "new")
    assert await ref.ask(Notes()) == ("old", "new")


async def test_replacing_the_state_is_one_version(system: ActorSystem) -> None:
    # DESIGN 5: Snapshot.version is +1 per committed change of context
    ref = await system.spawn(worker("a"))
    before = (await system.snapshot(ref)).version
    await system.replace_context(ref, lambda context: ("new",))
    assert (await system.snapshot(ref)).version == before + 1


async def test_the_state_can_be_replaced_while_suspended(system: ActorSystem) -> None:
    # OTP sys:replace_state/2; works while suspended
    ref = await system.spawn(worker("a"))
    await system.suspend(ref)
    ref.tell(Note("waiting"))
    await system.replace_context(ref, lambda context: ("replaced",))
    await system.resume(ref)
    assert await ref.ask(Notes()) == ("replaced", "waiting")


async def test_a_replacement_that_raises_changes_nothing_and_raises_at_the_caller(system: ActorSystem) -> None:
    # OTP sys:replace_state/2: {callback_failed, ...}; failure leaves the state
    ref = await system.spawn(worker("a"))
    ref.tell(Note("kept"))
    await ref.ask(Notes())
    with pytest.raises(ZeroDivisionError):
        await system.replace_context(ref, lambda context: 1 / 0 and context)
    assert await ref.ask(Notes()) == ("kept",)


async def test_a_replacement_of_another_type_is_refused(system: ActorSystem) -> None:
    # DESIGN 4: a context is of the declared type
    ref = await system.spawn(worker("a"))
    with pytest.raises(BadPlan):
        await system.replace_context(ref, lambda context: 5)  # type: ignore[arg-type, return-value]
    assert await ref.ask(Notes()) == ()


async def test_a_suspended_actor_can_be_stopped(system: ActorSystem) -> None:
    # OTP: a suspended process handles system messages, terminate among them
    log: list[object] = []
    ref = await system.spawn(worker("a", log))
    await system.suspend(ref)
    await system.stop(ref)
    assert log == [("start", "a"), ("stop", "a")]


async def test_a_restart_ends_a_suspension(system: ActorSystem) -> None:
    # SEMANTICS 12
    await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    ref = named(system, "a")
    await system.suspend(ref)
    await system.stop(ref)
    assert await ref.ask(Notes()) == ()


async def test_a_suspended_supervisor_goes_on_restarting_its_children(system: ActorSystem) -> None:
    # the supervisor's own page says so (OTP's would not); its requests wait
    tree = await system.spawn(supervisor("root", children=[child("a", worker("a"), name="a")]))
    await system.suspend(tree)
    ref = named(system, "a")
    ref.tell(Crashing())
    assert await ref.ask(Notes()) == ()


@pytest.mark.parametrize("order", ["suspend", "resume", "replace_context", "snapshot"])
async def test_ordering_what_has_ended_says_so(system: ActorSystem, order: str) -> None:
    # OTP sys: exits with noproc
    ref = await system.spawn(worker("a"))
    await system.stop(ref)
    orders: dict[str, Any] = {
        "suspend": lambda: system.suspend(ref),
        "resume": lambda: system.resume(ref),
        "replace_context": lambda: system.replace_context(ref, lambda context: context),
        "snapshot": lambda: system.snapshot(ref),
    }
    with pytest.raises(ActorStopped) as caught:
        await orders[order]()
    assert caught.value.reason == NoProc()


async def test_a_trace_tells_each_turn_with_its_sender_and_its_cause(system: ActorSystem) -> None:
    # OTP sys:trace/2
    traces: list[TurnTrace] = []
    one, two = await system.spawn(worker("one")), await system.spawn(worker("two"))
    system.reports.subscribe(lambda trace: traces.append(trace), TurnTrace)  # type: ignore[arg-type]
    one.tell(Do(lambda actor: two.tell(Note("from one"))))
    await asyncio.sleep(1)
    first, second = traces
    assert (first.ref, first.sender, first.cause) == (one, None, None)
    assert (second.ref, second.sender, second.cause, second.message) == (two, one, first.turn, Note("from one"))


async def test_a_trace_tells_the_error_of_a_turn_that_raised(system: ActorSystem) -> None:
    # OTP sys:trace/2, terminate
    traces: list[TurnTrace] = []
    ref = await system.spawn(worker("a"))
    system.reports.subscribe(lambda trace: traces.append(trace), TurnTrace)  # type: ignore[arg-type]
    ref.tell(Crashing())
    await asyncio.sleep(1)
    assert [type(trace.error) for trace in traces] == [Told]


async def test_a_tracer_that_raises_is_switched_off_and_harms_nobody(system: ActorSystem) -> None:
    # OTP sys:install/2: a debug function that fails is removed
    failures: list[object] = []

    def tracer(trace: object) -> None:
        raise Told

    ref = await system.spawn(worker("a"))
    system.reports.subscribe(failures.append, TracerFailed)
    system.reports.subscribe(tracer, TurnTrace)
    for text in ("one", "two"):
        ref.tell(Note(text))
    assert await ref.ask(Notes()) == ("one", "two")
    assert len(failures) == 1


async def test_an_order_is_obeyed_before_waiting_messages_and_after_the_present_turn(system: ActorSystem) -> None:
    # SEMANTICS 25: between two turns of that actor
    ref = await system.spawn(worker("a"))
    asking = asyncio.ensure_future(ref.ask(Answer(lambda actor: asyncio.sleep(2, result=MessagePlan(context=("turn",), reply=1)))))
    await asyncio.sleep(1)
    ref.tell(Note("waiting"))
    await system.replace_context(ref, lambda context: (*context, "order"))
    assert await asking == 1
    assert await ref.ask(Notes()) == ("turn", "order", "waiting")
