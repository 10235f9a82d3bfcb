"""A machine as an actor: events are turns, and everything that a context actor can do a machine actor can do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping

import pytest

from actorweb import (
    ActorContext,
    ActorCrashed,
    ActorRef,
    ActorSystem,
    BadDefinition,
    BadPlan,
    Crashed,
    DecodeError,
    Down,
    Logged,
    MessagePlan,
    NoReply,
    Report,
    Request,
    Shutdown,
    StartFailed,
    Unhandled,
    child,
    define_behavior,
    message,
    supervisor,
)
from actorweb.errors.machine import BadAction, BadActor, GuardFailed
from actorweb.machine import (
    ActorScope,
    Scope,
    assign,
    cancel,
    emit,
    from_callback,
    from_event_observable,
    from_observable,
    from_promise,
    from_transition,
    log,
    machine,
    raise_,
    send_parent,
    send_to,
    spawn_child,
    state_in,
    stop_child,
)
from actorweb.testing import Probe

TOGGLE = {"id": "toggle", "initial": "off", "states": {"off": {"on": {"TOGGLE": "on"}}, "on": {"on": {"TOGGLE": "off"}}}}


@message
class Toggle:
    pass


@message
class Add:
    by: int
    tags: tuple[str, ...] = ()


@message
class Total(Request[int]):
    pass


@message
class Watch:
    ref: ActorRef[object]


def counting(**more: object) -> object:
    return machine(
        {"context": {"n": 0}, "initial": "a", "states": {"a": {"on": {"Add": {"actions": "add"}}}}, **more},
        actions={"add": assign({"n": lambda scope, _: scope.context["n"] + scope.event["by"]})},
    )


async def value(system: ActorSystem, ref: ActorRef[object]) -> object:
    await asyncio.sleep(0)
    return (await system.snapshot(ref)).value


async def settle() -> None:
    await asyncio.sleep(0.001)


# --- events ---------------------------------------------------------------------------------------------------------


async def test_a_mapping_is_an_event(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("toggle").with_machine(machine(TOGGLE)).build())
    ref.tell({"type": "TOGGLE"})
    await settle()
    assert await value(system, ref) == "on"


async def test_a_message_is_the_event_of_its_wire_name_and_fields(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("count").with_machine(counting()).build())
    ref.tell(Add(3))
    await settle()
    assert (await system.snapshot(ref)).context == {"n": 3}


async def test_the_fields_of_an_event_are_json(system: ActorSystem) -> None:
    kept = machine({"initial": "a", "states": {"a": {"on": {"Add": {"actions": "keep"}}}}}, actions={"keep": assign({"tags": lambda s, _: s.event["tags"]})})
    ref = await system.spawn(define_behavior("count").with_machine(kept).build())
    ref.tell(Add(3, ("x", "y")))
    await settle()
    assert (await system.snapshot(ref)).context == {"tags": ["x", "y"]}


async def test_what_has_no_json_form_goes_into_an_event_as_it_is(system: ActorSystem) -> None:
    seen: list[object] = []
    watching = machine({"initial": "a", "states": {"a": {"on": {"Watch": {"actions": "see"}}}}}, actions={"see": lambda s, _: seen.append(s.event["ref"])})
    ref = await system.spawn(define_behavior("watching").with_machine(watching).build())
    ref.tell(Watch(ref))
    await settle()
    assert seen == [ref]


async def test_an_event_that_no_state_knows_is_reported_as_unhandled(system: ActorSystem) -> None:
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Unhandled)
    ref = await system.spawn(define_behavior("toggle").with_machine(machine(TOGGLE)).build())
    for each in ({"type": "TOGGEL"}, Toggle(), {"no": "type"}, 3):
        ref.tell(each)
    await settle()
    assert [report.message for report in reports if isinstance(report, Unhandled)] == [{"type": "TOGGEL"}, Toggle(), {"no": "type"}, 3]


async def test_an_event_that_the_present_state_does_not_take_is_not_unhandled(system: ActorSystem) -> None:
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Unhandled)
    one_way = machine({"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {}}})
    ref = await system.spawn(define_behavior("way").with_machine(one_way).build())
    ref.tell({"type": "GO"})
    ref.tell({"type": "GO"})
    await settle()
    assert reports == []
    assert (await system.snapshot(ref)).version == 1


async def test_each_change_of_state_is_one_version(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("count").with_machine(counting()).build())
    for _ in range(3):
        ref.tell(Add(1))
    ref.tell({"type": "NOTHING"})
    await settle()
    assert (await system.snapshot(ref)).version == 3


async def test_a_snapshot_knows_value_tags_matches_can_and_version(system: ActorSystem) -> None:
    nested = machine({"initial": "a", "states": {"a": {"initial": "b", "tags": "busy", "states": {"b": {"on": {"GO": "c"}}, "c": {}}}}})
    ref = await system.spawn(define_behavior("nested").with_machine(nested).build())
    snapshot = await system.snapshot(ref)
    assert snapshot.value == {"a": "b"}
    assert snapshot.tags == {"busy"}
    assert snapshot.has_tag("busy")
    assert snapshot.matches("a.b")
    assert snapshot.matches({"a": "b"})
    assert snapshot.can({"type": "GO"})
    assert not snapshot.can({"type": "STOP"})
    assert (snapshot.version, snapshot.mode, snapshot.status) == (0, "default", "active")


# --- handlers -------------------------------------------------------------------------------------------------------


async def test_handlers_come_first(system: ActorSystem) -> None:
    behavior = define_behavior("count").with_machine(counting()).on(Total, lambda _, actor: MessagePlan(reply=actor.context["n"])).build()
    ref = await system.spawn(behavior)
    ref.tell(Add(2))
    assert await ref.ask(Total()) == 2


async def test_a_handler_can_give_the_machine_an_event(system: ActorSystem) -> None:
    behavior = define_behavior("toggle").with_machine(machine(TOGGLE)).on(Toggle, lambda _, actor: MessagePlan(transition={"type": "TOGGLE"})).build()
    ref = await system.spawn(behavior)
    ref.tell(Toggle())
    await settle()
    assert await value(system, ref) == "on"


async def test_the_context_of_a_plan_applies_before_its_transition(system: ActorSystem) -> None:
    guarded = machine(
        {"context": {"n": 0}, "initial": "a", "states": {"a": {"on": {"GO": {"guard": "enough", "target": "b"}}}, "b": {}}},
        guards={"enough": lambda scope, _: scope.context["n"] > 1},
    )
    behavior = define_behavior("guarded").with_machine(guarded).on(Add, lambda m, actor: MessagePlan(context={"n": m.by}, transition={"type": "GO"})).build()
    ref = await system.spawn(behavior)
    ref.tell(Add(1))
    await settle()
    assert ((await system.snapshot(ref)).context, await value(system, ref)) == ({"n": 1}, "a")
    ref.tell(Add(2))
    await settle()
    assert ((await system.snapshot(ref)).context, await value(system, ref)) == ({"n": 2}, "b")
    assert (await system.snapshot(ref)).version == 2


async def test_a_handler_may_return_a_context_alone(system: ActorSystem) -> None:
    behavior = define_behavior("count").with_machine(counting()).on(Toggle, lambda _, actor: {"n": 10}).build()
    ref = await system.spawn(behavior)
    ref.tell(Toggle())
    ref.tell(Add(1))
    await settle()
    assert (await system.snapshot(ref)).context == {"n": 11}


async def test_an_async_handler_may_transition(system: ActorSystem) -> None:
    async def later(_: Toggle, actor: ActorContext[object]) -> MessagePlan[object]:
        await asyncio.sleep(1)
        return MessagePlan(transition={"type": "TOGGLE"})

    ref = await system.spawn(define_behavior("toggle").with_machine(machine(TOGGLE)).on(Toggle, later).build())
    ref.tell(Toggle())
    ref.tell({"type": "TOGGLE"})
    await asyncio.sleep(2)
    assert await value(system, ref) == "off"


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (MessagePlan(become="other"), "in a behavior with a machine"),
        (MessagePlan(transition={"no": "type"}), "an event: a mapping"),
        (MessagePlan(transition="TOGGLE"), "an event: a mapping"),
    ],
)
async def test_a_plan_that_a_machine_cannot_take_crashes_the_turn(system: ActorSystem, plan: MessagePlan[object], expected: str) -> None:
    behavior = define_behavior("toggle").with_machine(machine(TOGGLE)).on(Total, lambda _, __: plan).build()
    with pytest.raises(ActorCrashed) as caught:
        await (await system.spawn(behavior)).ask(Total())
    assert isinstance(caught.value.__cause__, BadPlan)
    assert expected in str(caught.value.__cause__)


async def test_a_transition_needs_a_machine(system: ActorSystem) -> None:
    behavior = define_behavior("plain").with_context(0).on(Total, lambda _, __: MessagePlan(transition={"type": "GO"})).build()
    with pytest.raises(ActorCrashed) as caught:
        await (await system.spawn(behavior)).ask(Total())
    assert "a behavior without a machine" in str(caught.value.__cause__)


def test_modes_and_on_message_are_refused_with_a_machine() -> None:
    start = define_behavior("toggle").with_machine(machine(TOGGLE))
    with pytest.raises(BadDefinition, match="the mode 'fast'"):
        start.mode("fast").build()
    with pytest.raises(BadDefinition, match="would get no event"):
        start.on_message(lambda _, __: None).build()
    with pytest.raises(BadDefinition, match="what machine\\(config\\) gave"):
        define_behavior("toggle").with_machine(TOGGLE)  # type: ignore[call-overload]


async def test_an_ask_that_no_action_answers_ends_with_no_reply(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("count").with_machine(counting()).build())
    with pytest.raises(NoReply):
        await ref.ask(Total())


# --- what actions do ------------------------------------------------------------------------------------------------


async def test_an_action_may_return_a_plan(system: ActorSystem) -> None:
    answering = machine(
        {"context": {"n": 7}, "initial": "a", "states": {"a": {"on": {"Total": {"actions": "answer"}}}}},
        actions={"answer": lambda scope, _: MessagePlan(reply=scope.context["n"])},
    )
    ref = await system.spawn(define_behavior("answering").with_machine(answering).build())
    assert await ref.ask(Total()) == 7


async def test_actions_see_the_actor_and_its_dependencies(system: ActorSystem) -> None:
    seen: list[object] = []
    behavior = (
        define_behavior("seeing")
        .with_dependencies("the shop")
        .with_machine(machine({"initial": "a", "states": {"a": {"entry": "see"}}}, actions={"see": lambda scope, _: seen.append(scope.actor.dependencies)}))
        .build()
    )
    await system.spawn(behavior)
    assert seen == ["the shop"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (lambda _, __: MessagePlan(context={}), "with context"),
        (lambda _, __: MessagePlan(become="x"), "with become"),
        (lambda _, __: MessagePlan(transition={"type": "X"}), "with transition"),
        (lambda _, __: MessagePlan(stash=True), "with stash"),
        (lambda _, __: asyncio.sleep(0), "is async"),
    ],
)
async def test_what_an_action_may_not_return_crashes_the_turn(system: ActorSystem, action: object, expected: str) -> None:
    ref = await system.spawn(
        define_behavior("a").with_machine(machine({"initial": "a", "states": {"a": {"on": {"Total": {"actions": action}}}}})).build()  # type: ignore[dict-item]
    )
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Total())
    assert isinstance(caught.value.__cause__, (BadPlan, BadAction))
    assert expected in str(caught.value.__cause__)


async def test_two_replies_in_one_turn_are_a_bad_plan(system: ActorSystem) -> None:
    twice = machine({"initial": "a", "states": {"a": {"on": {"Total": {"actions": [lambda _, __: MessagePlan(reply=1), lambda _, __: MessagePlan(reply=2)]}}}}})
    ref = await system.spawn(define_behavior("twice").with_machine(twice).build())
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Total())
    assert "two parts of one turn give reply" in str(caught.value.__cause__)


async def test_emitted_events_reach_listeners_in_order(system: ActorSystem) -> None:
    emitting = machine({"initial": "a", "states": {"a": {"on": {"GO": {"actions": [emit({"type": "ONE"}), emit({"type": "TWO", "n": 2})]}}}}})
    ref = await system.spawn(define_behavior("emitting").with_machine(emitting).build())
    async with ref.events(dict) as events:
        ref.tell({"type": "GO"})
        assert [await anext(events), await anext(events)] == [{"type": "ONE"}, {"type": "TWO", "n": 2}]


async def test_a_log_action_is_a_report(system: ActorSystem) -> None:
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Logged)
    ref = await system.spawn(define_behavior("a").with_machine(machine({"initial": "a", "states": {"a": {"entry": log("hello", "greeting")}}})).build())
    assert reports == [Logged(ref, "hello", "greeting")]


async def test_a_step_that_fails_is_a_crash_and_nothing_of_it_is_left(system: ActorSystem) -> None:
    probe = Probe(system)

    def fail(_: Scope, __: object) -> None:
        raise ValueError("no")

    failing = machine(
        {"context": {"n": 1}, "initial": "a", "states": {"a": {"on": {"GO": {"target": "b", "actions": ["tell", "fail"]}}}, "b": {}}},
        actions={"tell": lambda scope, _: probe.ref.tell("told"), "fail": fail},
    )
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Crashed)
    ref = await system.spawn(define_behavior("failing").with_machine(failing).build())
    ref.tell({"type": "GO"})
    await settle()
    assert [(type(report.error), report.message) for report in reports if isinstance(report, Crashed)] == [(ValueError, {"type": "GO"})]
    assert probe.messages == []


async def test_a_guard_that_raises_is_a_crash(system: ActorSystem) -> None:
    guarded = machine({"initial": "a", "states": {"a": {"on": {"Total": {"guard": "bad", "target": "b"}}}, "b": {}}}, guards={"bad": lambda _, __: 1 / 0})
    ref = await system.spawn(define_behavior("guarded").with_machine(guarded).build())
    with pytest.raises(ActorCrashed) as caught:
        await ref.ask(Total())
    assert isinstance(caught.value.__cause__, GuardFailed)


async def test_a_supervisor_starts_a_crashed_machine_again_from_its_first_state(system: ActorSystem) -> None:
    crashing = machine(
        {"initial": "a", "states": {"a": {"on": {"GO": "b"}}, "b": {"on": {"CRASH": {"actions": "crash"}}}}}, actions={"crash": lambda _, __: 1 / 0}
    )
    await system.spawn(supervisor("root", children=[child("m", define_behavior("m").with_machine(crashing).build(), name="m")]))
    ref = system.lookup("m")
    ref.tell({"type": "GO"})
    await settle()
    assert await value(system, ref) == "b"
    ref.tell({"type": "CRASH"})
    await settle()
    assert await value(system, ref) == "a"
    assert (await system.snapshot(ref)).version == 2


async def test_an_initial_step_that_fails_fails_the_start(system: ActorSystem) -> None:
    failing = machine({"initial": "a", "states": {"a": {"entry": "fail"}}}, actions={"fail": lambda _, __: 1 / 0})
    with pytest.raises(StartFailed, match="division by zero"):
        await system.spawn(define_behavior("failing").with_machine(failing).build())


# --- input, output, starts ------------------------------------------------------------------------------------------


async def test_input_makes_the_first_context(system: ActorSystem) -> None:
    order = machine({"context": lambda scope: {"id": scope.input["id"]}, "initial": "a", "states": {"a": {}}})
    behavior = define_behavior("order").with_machine(order).build()
    ref = await system.spawn(behavior.with_input({"id": 3}))
    assert (await system.snapshot(ref)).context == {"id": 3}


def test_input_is_refused_without_a_machine() -> None:
    with pytest.raises(BadDefinition, match="takes no input"):
        define_behavior("plain").with_context(0).build().with_input(3)


async def test_on_start_sees_the_first_state_and_may_transition(system: ActorSystem) -> None:
    behavior = define_behavior("toggle").with_machine(machine(TOGGLE)).on_start(lambda actor: MessagePlan(transition={"type": "TOGGLE"})).build()
    ref = await system.spawn(behavior)
    assert await value(system, ref) == "on"


async def test_a_machine_that_is_done_stays_and_takes_no_more_events(system: ActorSystem) -> None:
    ending = machine({"initial": "a", "output": 5, "states": {"a": {"on": {"END": "b"}, "after": {"1000": "a"}}, "b": {"type": "final"}}})
    ref = await system.spawn(define_behavior("ending").with_machine(ending).build())
    ref.tell({"type": "END"})
    ref.tell({"type": "END"})
    await asyncio.sleep(3)
    snapshot = await system.snapshot(ref)
    assert (snapshot.status, snapshot.value, snapshot.version) == ("done", "b", 1)
    assert not ref._cell._run.timers


# --- time -----------------------------------------------------------------------------------------------------------

LIGHT = {
    "id": "light",
    "initial": "green",
    "states": {"green": {"after": {"3000": "yellow"}}, "yellow": {"after": {"1000": "red"}}, "red": {"after": {"2000": "green"}}},
}


async def test_after_transitions_come_on_time(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("light").with_machine(machine(LIGHT)).build())
    seen = []
    for _ in range(7):
        seen.append(await value(system, ref))
        await asyncio.sleep(1)
    assert seen == ["green", "green", "green", "yellow", "red", "red", "green"]


async def test_a_delayed_event_is_cancelled_by_its_id(system: ActorSystem) -> None:
    delaying = machine(
        {
            "initial": "a",
            "states": {
                "a": {
                    "entry": [raise_({"type": "LATE"}, delay=1000, id="late"), raise_({"type": "LATER"}, delay=2000)],
                    "on": {"NO": {"actions": cancel("late")}, "LATE": "b", "LATER": "c"},
                },
                "b": {},
                "c": {},
            },
        }
    )
    ref = await system.spawn(define_behavior("delaying").with_machine(delaying).build())
    ref.tell({"type": "NO"})
    await asyncio.sleep(3)
    assert await value(system, ref) == "c"


async def test_a_delayed_event_set_again_leaves_the_first_to_come(system: ActorSystem) -> None:
    counting_late = machine(
        {
            "context": {"n": 0},
            "initial": "a",
            "states": {"a": {"on": {"SET": {"actions": raise_({"type": "LATE"}, delay=1000, id="late")}, "LATE": {"actions": "count"}}}},
        },
        actions={"count": assign({"n": lambda scope, _: scope.context["n"] + 1})},
    )
    ref = await system.spawn(define_behavior("late").with_machine(counting_late).build())
    ref.tell({"type": "SET"})
    ref.tell({"type": "SET"})
    await asyncio.sleep(3)
    assert (await system.snapshot(ref)).context == {"n": 2}


# --- children -------------------------------------------------------------------------------------------------------


def invoking(actors: Mapping[str, object], **invoke: object) -> object:
    return machine(
        {
            "context": {},
            "initial": "work",
            "states": {
                "work": {
                    "invoke": {
                        "src": "job",
                        "id": "job",
                        "onDone": {"target": "done", "actions": "keep"},
                        "onError": {"target": "failed", "actions": "blame"},
                        **invoke,
                    },
                    "on": {"LEAVE": "left", "TICK": {"actions": "tick"}, "PING": {"actions": send_to("job", {"type": "PING"})}},
                },
                "done": {},
                "failed": {"on": {"RETRY": "work"}},
                "left": {},
            },
        },
        actions={
            "keep": assign({"output": lambda scope, _: scope.event["output"]}),
            "blame": assign({"error": lambda scope, _: str(scope.event["error"])}),
            "tick": assign({"ticks": lambda scope, _: [*scope.context.get("ticks", []), scope.event.get("n")]}),
        },
        actors=actors,
    )


async def test_a_promise_is_invoked_and_its_value_is_the_output(system: ActorSystem) -> None:
    async def job(scope: ActorScope) -> int:
        await asyncio.sleep(1)
        return scope.input["n"] * scope.dependencies

    behavior = define_behavior("m").with_dependencies(2).with_machine(invoking({"job": job}, input=lambda scope: {"n": 21})).build()
    ref = await system.spawn(behavior)
    assert await value(system, ref) == "work"
    await asyncio.sleep(2)
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context) == ("done", {"output": 42})


async def test_a_promise_that_fails_is_an_error_event_and_no_crash(system: ActorSystem) -> None:
    attempts: list[int] = []

    async def job(_: ActorScope) -> str:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("declined")
        return "paid"

    reports: list[Report] = []
    system.reports.subscribe(reports.append, Crashed)
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": job})).build())
    await asyncio.sleep(0.1)
    assert await value(system, ref) == "failed"
    assert (await system.snapshot(ref)).context == {"error": "declined"}
    ref.tell({"type": "RETRY"})
    await asyncio.sleep(0.1)
    assert await value(system, ref) == "done"
    assert reports == []


async def test_leaving_the_state_cancels_the_promise(system: ActorSystem) -> None:
    ended: list[str] = []

    async def job(_: ActorScope) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append("cancelled")

    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": job})).build())
    await asyncio.sleep(0.1)
    ref.tell({"type": "LEAVE"})
    await asyncio.sleep(0.1)
    assert ended == ["cancelled"]
    assert await value(system, ref) == "left"


async def test_an_error_of_a_child_that_nothing_handles_crashes_the_machine_with_it(system: ActorSystem) -> None:
    async def job(_: ActorScope) -> None:
        raise ValueError("boom")

    alone = machine({"initial": "a", "states": {"a": {"invoke": {"src": "job", "id": "job"}}}}, actors={"job": job})
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Crashed)
    ref = await system.spawn(define_behavior("alone").with_machine(alone).build())
    await asyncio.sleep(0.1)
    assert [str(report.error) for report in reports if isinstance(report, Crashed) and report.ref is ref] == ["boom"]


async def test_a_callback_sends_back_and_receives_and_cleans_up(system: ActorSystem) -> None:
    cleaned: list[str] = []

    def job(scope: ActorScope) -> object:
        scope.send_back({"type": "TICK", "n": 1})
        scope.receive(lambda event: scope.send_back({"type": "TICK", "n": event["type"]}))
        return lambda: cleaned.append("clean")

    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": job})).build())
    ref.tell({"type": "PING"})
    await settle()
    assert (await system.snapshot(ref)).context == {"ticks": [1, "PING"]}
    ref.tell({"type": "LEAVE"})
    await settle()
    assert cleaned == ["clean"]


async def test_a_callback_that_raises_at_its_start_is_an_error_event(system: ActorSystem) -> None:
    def job(_: ActorScope) -> None:
        raise ValueError("no")

    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": from_callback(job)})).build())
    await settle()
    assert (await system.snapshot(ref)).context == {"error": "no"}


async def test_an_observable_tells_each_value_and_its_end(system: ActorSystem) -> None:
    async def job(_: ActorScope) -> AsyncIterator[object]:
        for number in range(3):
            await asyncio.sleep(1)
            yield number

    seen = {"onSnapshot": {"actions": assign({"ticks": lambda scope, _: [*scope.context.get("ticks", []), scope.event["snapshot"].context]})}}
    for made in (job, from_observable(job)):
        ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": made}, **seen)).build())
        await asyncio.sleep(5)
        snapshot = await system.snapshot(ref)
        assert (snapshot.value, snapshot.context) == ("done", {"ticks": [None, 0, 1, 2], "output": None})  # the first is told, too


async def test_an_event_observable_sends_its_values_as_events(system: ActorSystem) -> None:
    async def job(_: ActorScope) -> AsyncIterator[Mapping[str, object]]:
        yield {"type": "TICK", "n": 5}

    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": from_event_observable(job)})).build())
    await asyncio.sleep(1)
    assert (await system.snapshot(ref)).context == {"ticks": [5], "output": None}


async def test_a_transition_function_is_an_actor(system: ActorSystem) -> None:
    reducer = from_transition(lambda state, event, scope: state + 1, initial=lambda scope: scope.input)
    seen = {"onSnapshot": {"actions": assign({"ticks": lambda scope, _: [*scope.context.get("ticks", []), scope.event["snapshot"].context]})}, "input": 10}
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": reducer}, **seen)).build())
    ref.tell({"type": "PING"})
    ref.tell({"type": "PING"})
    await settle()
    assert (await system.snapshot(ref)).context == {"ticks": [10, 11, 12]}


async def test_a_machine_is_invoked_with_input_and_gives_its_output(system: ActorSystem) -> None:
    inner = machine(
        {
            "context": lambda scope: {"n": scope.input},
            "initial": "a",
            "states": {"a": {"on": {"PING": "b"}}, "b": {"type": "final"}},
            "output": lambda scope: scope.context["n"] + 1,
        }
    )
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": inner}, input=1)).build())
    ref.tell({"type": "PING"})
    await settle()
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context) == ("done", {"output": 2})


async def test_a_behavior_is_invoked_and_takes_events_as_its_messages(system: ActorSystem) -> None:
    def add(m: Add, actor: ActorContext[int]) -> MessagePlan[int]:
        return MessagePlan(context=actor.context + m.by, stop=actor.context + m.by > 4)

    def start(first: int = 0) -> int:
        return first

    adder = define_behavior("adder").with_context(start).on(Add, add).build()
    adding = machine(
        {
            "context": {},
            "initial": "work",
            "states": {
                "work": {
                    "invoke": {"src": "job", "id": "job", "input": {"first": 3}, "onDone": {"target": "done", "actions": "keep"}},
                    "on": {"GO": {"actions": send_to("job", {"type": "Add", "by": 2})}},
                },
                "done": {},
            },
        },
        actions={"keep": assign({"output": lambda scope, _: scope.event["output"]})},
        actors={"job": adder},
    )
    ref = await system.spawn(define_behavior("m").with_machine(adding).build())
    ref.tell({"type": "GO"})
    await settle()
    snapshot = await system.snapshot(ref)
    assert (snapshot.value, snapshot.context) == ("done", {"output": 5})


@pytest.mark.skipif(sys.platform == "emscripten", reason="a page has no threads")
def test_a_thread_is_invoked() -> None:
    async def main() -> object:
        async with ActorSystem() as system:
            ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": from_promise(lambda scope: 6 * 7, thread=True)})).build())
            async with asyncio.timeout(5):
                changed = asyncio.Event()
                system.kernel.observe(ref, lambda snapshot: changed.set() if snapshot.value == "done" else None)
                await changed.wait()
            return (await system.snapshot(ref)).context

    assert asyncio.run(main()) == {"output": 42}


async def test_child_and_parent_send_to_each_other(system: ActorSystem) -> None:
    inner = machine({"initial": "a", "states": {"a": {"on": {"PING": {"actions": send_parent({"type": "TICK", "n": "pong"})}}}}})
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": inner})).build())
    ref.tell({"type": "PING"})
    await settle()
    assert (await system.snapshot(ref)).context == {"ticks": ["pong"]}


async def test_a_machine_sends_to_any_actor_by_its_ref(system: ActorSystem) -> None:
    got: list[object] = []
    other = await system.spawn(define_behavior("other").with_context(0).on(Add, lambda m, _: got.append(m)).on("TEXT", lambda e, _: got.append(e)).build())
    sending = machine(
        {
            "initial": "a",
            "states": {
                "a": {
                    "on": {
                        "GO": {"actions": [send_to(other, {"type": "Add", "by": 3}), send_to(lambda scope, _: scope.event["to"], {"type": "TEXT"})]},
                        "LATE": {"actions": send_to(other, {"type": "TEXT"}, delay=10)},
                    }
                }
            },
        }
    )
    reports: list[Report] = []
    system.reports.subscribe(reports.append, Crashed)
    ref = await system.spawn(define_behavior("m").with_machine(sending).build())
    ref.tell({"type": "GO", "to": other})
    await settle()
    assert got == [Add(3), {"type": "TEXT"}]
    ref.tell({"type": "LATE"})
    await settle()
    (report,) = reports
    assert isinstance(report, Crashed)
    assert isinstance(report.error, BadAction)
    assert "later" in str(report.error)


async def test_a_machine_of_a_context_actor_sends_to_it_as_its_parent(system: ActorSystem) -> None:
    inner = define_behavior("inner").with_machine(machine({"initial": "a", "states": {"a": {"entry": send_parent({"type": "HELLO"})}}})).build()
    heard: list[object] = []

    def begin(actor: ActorContext[int]) -> None:
        actor.spawn(inner)

    await system.spawn(define_behavior("outer").with_context(0).on_start(begin).on("HELLO", lambda event, _: heard.append(event)).build())
    await settle()
    assert heard == [{"type": "HELLO"}]


async def test_a_spawned_child_ends_when_it_is_stopped_behind_what_was_sent_to_it(system: ActorSystem) -> None:
    got: list[object] = []

    def job(scope: ActorScope) -> object:
        scope.receive(lambda event: got.append(event["type"]))
        return lambda: got.append("end")

    spawning = machine(
        {
            "initial": "a",
            "states": {
                "a": {
                    "entry": spawn_child("job", id="one"),
                    "on": {"GO": {"actions": [send_to("one", {"type": "LAST"}), stop_child("one"), send_to(lambda s, _: s.self, {"type": "ON"})]}, "ON": "b"},
                },
                "b": {},
            },
        },
        actors={"job": job},
    )
    ref = await system.spawn(define_behavior("m").with_machine(spawning).build())
    ref.tell({"type": "GO"})
    await settle()
    assert got == ["LAST", "end"]
    assert await value(system, ref) == "b"


async def test_what_was_to_be_sent_later_to_a_stopped_child_does_not_reach_another_of_its_id(system: ActorSystem) -> None:
    got: list[object] = []

    def job(scope: ActorScope) -> None:
        scope.receive(lambda event: got.append(event["type"]))

    spawning = machine(
        {
            "initial": "a",
            "states": {
                "a": {
                    "entry": spawn_child("job", id="one"),
                    "on": {
                        "LATER": {"actions": send_to("one", {"type": "LATE"}, delay=1000)},
                        "AGAIN": {"actions": [stop_child("one"), spawn_child("job", id="one"), send_to("one", {"type": "NEW"}, delay=500)]},
                    },
                }
            },
        },
        actors={"job": job},
    )
    ref = await system.spawn(define_behavior("m").with_machine(spawning).build())
    ref.tell({"type": "LATER"})
    ref.tell({"type": "AGAIN"})
    await asyncio.sleep(3)
    assert got == ["NEW"]


async def test_a_system_id_is_a_name_in_the_system_from_one_invoke_to_the_next(system: ActorSystem) -> None:
    got: list[object] = []

    def job(scope: ActorScope) -> None:
        scope.receive(lambda event: got.append((scope.input, event["type"])))

    config = {
        "context": {"n": 0},
        "initial": "a",
        "states": {
            "a": {
                "entry": assign({"n": lambda scope, _: scope.context["n"] + 1}),
                "invoke": {"src": "job", "systemId": "logger", "input": lambda scope: scope.context["n"]},
                "on": {
                    "AGAIN": {"target": "a", "reenter": True},
                    "OUT": "b",
                    "LOG": {"actions": send_to(lambda scope, _: scope.actor.system.lookup("logger"), {"type": "X"})},
                },
            },
            "b": {},
        },
    }
    ref = await system.spawn(define_behavior("m").with_machine(machine(config, actors={"job": job})).build())
    for kind in ("LOG", "AGAIN", "LOG"):
        ref.tell({"type": kind})
        await settle()
    assert got == [(1, "X"), (2, "X")]
    ref.tell({"type": "OUT"})
    await settle()
    assert system.lookup("logger") is None


async def test_a_system_id_that_another_has_is_a_crash(system: ActorSystem) -> None:
    await system.spawn(define_behavior("other").with_context(0).build(), name="logger")
    config = {"initial": "a", "states": {"a": {"invoke": {"src": "job", "systemId": "logger"}}}}
    with pytest.raises(StartFailed, match="logger"):
        await system.spawn(define_behavior("m").with_machine(machine(config, actors={"job": lambda scope: None})).build())


async def test_children_end_with_their_machine(system: ActorSystem) -> None:
    cleaned: list[str] = []
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": lambda scope: lambda: cleaned.append("end")})).build())
    await settle()
    await system.stop(ref)
    assert cleaned == ["end"]


async def test_down_of_others_reaches_the_handler_and_that_of_children_the_machine(system: ActorSystem) -> None:
    downs: list[object] = []
    other = await system.spawn(define_behavior("other").with_context(0).build())

    async def job(_: ActorScope) -> int:
        return 1

    behavior = (
        define_behavior("m")
        .with_machine(invoking({"job": job}))
        .on_start(lambda actor: actor.watch(other))
        .on(Down, lambda down, _: downs.append(down.ref))
        .build()
    )
    ref = await system.spawn(behavior)
    await system.stop(other)
    await settle()
    assert downs == [other]
    assert await value(system, ref) == "done"


async def test_a_child_that_somebody_else_stops_is_an_error_event(system: ActorSystem) -> None:
    ref = await system.spawn(define_behavior("m").with_machine(invoking({"job": lambda scope: None})).build())
    (inner,) = ref._cell._kin.children
    await system.stop(inner.self, reason=Shutdown())
    await settle()
    assert await value(system, ref) == "failed"


async def test_what_cannot_be_invoked_is_refused_when_it_is_needed(system: ActorSystem) -> None:
    with pytest.raises(BadActor, match="the actor 'job' is a int"):
        define_behavior("m").with_machine(invoking({"job": 3})).build()


async def test_a_machine_may_look_at_its_other_regions(system: ActorSystem) -> None:
    regions = machine(
        {
            "type": "parallel",
            "states": {
                "a": {"initial": "x", "states": {"x": {"on": {"GO": "y"}}, "y": {}}},
                "b": {"initial": "x", "states": {"x": {"on": {"NEXT": {"guard": state_in({"a": "y"}), "target": "y"}}}, "y": {}}},
            },
        }
    )
    ref = await system.spawn(define_behavior("regions").with_machine(regions).build())
    for kind in ("NEXT", "GO", "NEXT"):
        ref.tell({"type": kind})
    await settle()
    assert await value(system, ref) == {"a": "y", "b": "y"}


# --- typed events ---------------------------------------------------------------------------------------------------


def test_declared_events_are_the_messages_of_the_behavior() -> None:
    behavior = define_behavior("count").with_machine(counting().with_event(Add)).build()  # type: ignore[attr-defined]
    assert behavior.messages == {"Add": Add}
    assert behavior.message_from_json({"type": "Add", "by": 3}) == Add(3)
    assert behavior.message_from_json({"type": "OTHER", "x": 1}) == {"type": "OTHER", "x": 1}


@pytest.mark.parametrize("kind", ["xstate.done.actor.pay", "xstate.own", "xstate.after.10.a", "xstate.stop"])
def test_nobody_outside_tells_a_machine_what_only_it_may_know(kind: str) -> None:
    behavior = define_behavior("toggle").with_machine(machine(TOGGLE)).build()
    with pytest.raises(DecodeError, match="came from outside"):
        behavior.message_from_json({"type": kind, "event": {"type": "xstate.done.actor.pay"}})
    assert behavior.message_from_json({"type": "xstate.route", "to": "#a"}) == {"type": "xstate.route", "to": "#a"}


def test_two_events_of_one_name_are_refused() -> None:
    @message(name="Add")
    class Other:
        pass

    with pytest.raises(BadDefinition, match="two types of event are called 'Add'"):
        machine(TOGGLE).with_event(Add).with_event(Other)
