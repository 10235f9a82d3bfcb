"""The bridge: elements and their actors, by texts only."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace

import pytest

from actorweb import ActorContext, ActorSystem, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.kernel.reports import DeadLetter, Stopped
from actorweb.page import Element, Template, define_element, html, on
from actorweb.page.bridge import Bridge
from actorweb.page.storage import Storage
from actorweb.values.json import Json
from tests.page.mirror import Mirror


@message
class Add:
    by: int = 1


@message
class SetStep:
    value: int


@message
class SetTags:
    value: tuple[str, ...]


@message
class Typed:
    text: str


@message
class Slow:
    text: str


@message
class Explode: ...


@message
class Count(Request[int]): ...


@message
class Unfit(Request[object]): ...


@message
class CountChanged:
    count: int


@dataclass(frozen=True, slots=True)
class State:
    count: int = 0
    step: int = 1
    text: str = ""
    tags: tuple[str, ...] = ()


async def slowly(slow: Slow, actor: ActorContext[State]) -> State:
    await asyncio.sleep(5)
    return replace(actor.context, text=slow.text)


def explode(_: Explode, actor: ActorContext[State]) -> State:
    raise ZeroDivisionError("boom")


behavior = (
    define_behavior("tester")
    .with_context(State())
    .on(
        Add,
        lambda m, a: MessagePlan(
            context=replace(a.context, count=a.context.count + m.by * a.context.step), emit=[CountChanged(a.context.count + m.by * a.context.step)]
        ),
    )
    .on(SetStep, lambda m, a: replace(a.context, step=m.value))
    .on(SetTags, lambda m, a: replace(a.context, tags=m.value))
    .on(Typed, lambda m, a: replace(a.context, text=m.text.upper()))
    .on(Slow, slowly)
    .on(Explode, explode)
    .on(Count, lambda m, a: MessagePlan(reply=a.context.count))
    .on(Unfit, lambda m, a: MessagePlan(reply=object()))
    .build()
)


def view(snapshot: Snapshot[State]) -> Template:
    if snapshot.context.text == "BAD":
        raise ValueError("cannot show this")
    return html(
        "<button @click={add}>{n}</button><input .value={text} @input={typed}><a @click={slow} @dblclick={explode}></a>",
        add=Add(),
        n=snapshot.context.count,
        text=snapshot.context.text,
        typed=on(Typed, text="target.value"),
        slow=on(Slow, text="target.value"),
        explode=Explode(),
    )


element = (
    define_element("x-test")
    .with_behavior(behavior)
    .with_attribute("step", int, default=1, reflect=True, message=SetStep)
    .with_property("tags", tuple[str, ...], default=(), message=SetTags)
    .with_property("count", int, read=lambda snapshot: snapshot.context.count)
    .with_event(CountChanged)
    .with_view(view)
    .build()
)


class Shim:
    """A page in memory: what `web/` does, without a document."""

    def __init__(self, system: ActorSystem, *elements: Element, storage: Storage | None = None) -> None:
        self.kernel = system.kernel
        self.frames: list[dict[str, list[list[Json]]]] = []
        self.mirror = Mirror()
        self.bridge = Bridge(system.kernel, system.reports, elements or (element,), self.post, storage)
        self.last = 0

    def post(self, text: str) -> None:
        frame = json.loads(text)
        self.last = frame.pop("frame")
        self.frames.append(frame)
        self.mirror.add(frame.get("statics", []))
        for number, _, look in frame.get("elements", []):
            if number == 1:
                self.mirror.show(look)

    def send(self, *ops: list[Json]) -> None:
        self.bridge.receive(json.dumps({"ack": self.last, "ops": ops}))

    def all(self, name: str) -> list[list[Json]]:
        return [entry for frame in self.frames for entry in frame.get(name, [])]

    def shown(self) -> list[object]:
        return self.mirror.shown()[1]  # type: ignore[index, no-any-return]

    def slot(self, hole: int) -> int:
        value = self.mirror.root.values[hole]  # type: ignore[attr-defined]
        return value[0] if isinstance(value, list) else value  # type: ignore[no-any-return]


async def settled() -> None:
    await asyncio.sleep(0.01)


async def test_a_mounted_element_is_shown_and_a_click_changes_what_it_shows(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    assert shim.shown() == ["slot", "0", "", "slot", "slot", "slot"]
    shim.send(["event", 1, 1, shim.slot(0), {}])
    await settled()
    assert shim.shown()[1] == "1"
    assert shim.frames[-1]["elements"] == [[1, 1, {"c": [[1, "1"]]}]]
    assert shim.all("states") == [[1, "ready", ""]]


async def test_properties_that_were_set_before_mounting_come_first(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {"step": 5, "tags": ["a"]}], ["send", 1, {"type": "Add"}])
    await settled()
    assert shim.shown()[1] == "5"
    assert shim.all("snapshots")[-1][1]["context"]["tags"] == ["a"]  # type: ignore[index, call-overload]


async def test_an_emitted_message_is_an_event_with_plain_data(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}], ["send", 1, {"type": "Add", "by": 3}])
    await settled()
    assert shim.all("events") == [[1, "count-changed", {"count": 3}, True, True]]
    assert shim.all("values")[-1] == [1, {"count": 3}]


async def test_fields_are_filled_from_the_event_and_decoded_strictly(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(3), {"text": "abc"}], ["event", 1, 2, shim.slot(3), {"text": 7}])
    await settled()
    assert shim.shown()[2] == "ABC"
    assert "Typed.text is 7" in str(shim.all("console")[0][1])
    assert shim.frames[-1]["elements"][0][1] == 2


async def test_a_drain_that_changed_nothing_still_acknowledges(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(3), {"text": ""}])
    await settled()
    assert shim.frames[-1]["elements"] == [[1, 1, None]]


async def test_an_event_is_acknowledged_only_when_its_async_handler_has_committed(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(4), {"text": "slow"}], ["event", 1, 2, shim.slot(0), {}])
    await asyncio.sleep(4)
    assert all(entry[1] == 0 for entry in shim.all("elements"))
    await asyncio.sleep(2)
    acknowledged = [entry for entry in shim.all("elements") if entry[1]]
    assert acknowledged[0][2] is not None
    assert shim.shown()[1:3] == ["1", "slow"]


async def test_a_slot_that_is_no_more_is_reported_and_acknowledged(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, 999, {}])
    await settled()
    assert "slot 999" in str(shim.all("console")[0][1])
    assert shim.frames[-1]["elements"] == [[1, 1, None]]


async def test_asks_are_answered_and_refused(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(
        ["mount", 1, "x-test", {}],
        ["ask", 1, 1, {"type": "Count"}, 5],
        ["ask", 1, 2, {"type": "Nope"}, 5],
        ["ask", 1, 3, {"type": "Unfit"}, 5],
        ["ask", 2, 4, {"type": "Count"}, 5],
    )
    await settled()
    replies = {entry[0]: (entry[1], entry[2] and entry[2]["name"]) for entry in shim.all("replies")}  # type: ignore[index, call-overload]
    assert replies == {1: (0, None), 2: (None, "DecodeError"), 3: (None, "EncodeError"), 4: (None, "ActorStopped")}


async def test_a_crash_restarts_that_actor_only_and_its_properties_still_hold(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {"step": 7}], ["mount", 2, "x-test", {}])
    await settled()
    shim.send(["send", 1, {"type": "Add"}], ["send", 2, {"type": "Add"}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(5), {}])
    await settled()
    assert shim.shown()[1] == "0"
    shim.send(["send", 1, {"type": "Add"}], ["ask", 2, 1, {"type": "Count"}, 5])
    await settled()
    assert shim.shown()[1] == "7"
    assert shim.all("replies") == [[1, 1, None]]
    (text,) = [str(entry[1]) for entry in shim.all("console")]
    assert "/x-test-" in text
    assert "crashed on Explode()" in text
    assert "ZeroDivisionError: boom" in text
    assert "test_bridge.py" in text


async def test_an_element_that_crashes_too_often_fails_and_the_others_go_on(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}], ["mount", 2, "x-test", {}])
    await settled()
    for _ in range(4):
        shim.send(["send", 1, {"type": "Explode"}])
        await settled()
    assert [entry for entry in shim.all("states") if entry[1] == "failed"][0][0] == 1
    shim.send(["send", 2, {"type": "Add"}], ["ask", 2, 1, {"type": "Count"}, 5], ["ask", 1, 2, {"type": "Count"}, 5])
    await settled()
    assert {entry[0]: entry[1] for entry in shim.all("replies")} == {1: 1, 2: None}


async def test_a_view_that_raises_shows_the_error_slot_until_it_can_be_shown_again(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(3), {"text": "bad"}])
    await settled()
    assert shim.all("states")[-1][:2] == [1, "failed"]
    assert "its view raised: ValueError: cannot show this" in str(shim.all("console")[-1][1])
    shim.send(["send", 1, {"type": "Typed", "text": "good"}])
    await settled()
    assert shim.all("states")[-1] == [1, "ready", ""]
    assert shim.shown()[2] == "GOOD"


async def test_an_element_that_shows_its_error_slot_and_leaves_the_document_leaves_no_actor(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    shim.send(["event", 1, 1, shim.slot(3), {"text": "bad"}])
    await settled()
    ended: list[object] = []
    system.reports.subscribe(ended.append, Stopped)
    shim.send(["unmount", 1])
    await settled()
    assert len(ended) == 2


async def test_an_actor_that_does_not_start_fails_its_element(system: ActorSystem) -> None:
    broken = define_element("x-broken").with_behavior(define_behavior("broken").on_start(lambda actor: 1 // 0 and None).build()).build()
    shim = Shim(system, element, broken)
    shim.send(["mount", 1, "x-test", {}], ["mount", 2, "x-broken", {}], ["ask", 2, 1, {"type": "Count"}, 5])
    await settled()
    assert [entry[:2] for entry in shim.all("states") if entry[0] == 2] == [[2, "failed"]]
    assert "ZeroDivisionError" in str(shim.all("console"))


async def test_unmounting_ends_the_actor_and_leaves_no_slot(system: ActorSystem) -> None:
    shim = Shim(system)
    for _ in range(10):
        shim.send(["mount", 1, "x-test", {}])
        await settled()
        shim.send(["unmount", 1])
        await settled()
    shim.send(["mount", 2, "x-test", {}])
    await settled()
    shim.send(["unmount", 2])
    await settled()
    shim.bridge.receive(json.dumps({"ack": shim.last, "ops": []}))
    assert shim.bridge.mounted == 0
    assert shim.bridge.slots == 0
    assert system.kernel.roots == {}


async def test_an_unmount_right_after_the_mount_leaves_nothing(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}], ["unmount", 1])
    await settled()
    assert system.kernel.roots == {}


async def test_what_was_sent_to_an_element_that_left_before_its_actor_had_started_is_not_lost_silently(system: ActorSystem) -> None:
    letters: list[object] = []
    system.reports.subscribe(letters.append, DeadLetter)
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}], ["send", 1, {"type": "Add", "by": 7}], ["ask", 1, 1, {"type": "Count"}, 5], ["unmount", 1])
    await settled()
    assert [letter.message for letter in letters if isinstance(letter, DeadLetter)] == [Add(7)]
    ((number, value, error),) = shim.all("replies")
    assert (number, value) == (1, None)
    assert isinstance(error, dict)
    assert error["name"] == "ActorStopped"
    assert system.kernel.roots == {}


async def test_a_tag_that_the_host_does_not_know_is_a_failure(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-other", {}])
    await settled()
    assert shim.all("states") == [[1, "failed", "AW-704 the host knows no element <x-other>"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"ack":1}',
        '{"ack":true,"ops":[]}',
        '{"ack":1,"ops":[["nothing"]]}',
        '{"ack":1,"ops":[["mount","x",1,{}]]}',
        '{"ack":1,"ops":[["event",1,1,true,{}]]}',
        '{"ack":NaN,"ops":[]}',
    ],
)
async def test_a_batch_that_breaks_the_protocol_is_reported_and_the_rest_goes_on(system: ActorSystem, text: str) -> None:
    shim = Shim(system)
    shim.bridge.receive(text)
    await settled()
    assert shim.all("console")[0][0] == "error"
    shim.send(["mount", 1, "x-test", {}])
    await settled()
    assert shim.shown()[1] == "0"


async def test_a_large_snapshot_travels_only_once_somebody_has_read_it(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {"tags": [str(n) for n in range(1000)]}])
    await settled()
    assert all(not entry[1]["context"]["tags"] for entry in shim.all("snapshots"))  # type: ignore[index, call-overload]
    shim.send(["snapshot", 1])
    await settled()
    assert len(shim.all("snapshots")[-1][1]["context"]["tags"]) == 1000  # type: ignore[index, call-overload]


async def test_closing_the_bridge_ends_all_its_actors(system: ActorSystem) -> None:
    shim = Shim(system)
    shim.send(["mount", 1, "x-test", {}], ["mount", 2, "x-test", {}])
    await settled()
    shim.bridge.close()
    await settled()
    assert system.kernel.roots == {}
