"""Durable elements: where their state is kept, under which key, and what the page hears when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from actorweb import ActorSystem
from actorweb.errors import BadElement
from actorweb.errors.state import NotLasting
from actorweb.kernel.recorder import Durability
from actorweb.kernel.reports import NotSaved
from actorweb.page import Element, define_element
from actorweb.page.hosts.host import Host
from actorweb.page.manifest import describe
from actorweb.page.storage import Storage, key_of
from actorweb.state.indexeddb import IndexedDbStore
from actorweb.state.memory import MemoryStore
from actorweb.state.store import Store
from actorweb.values.json import Json
from tests.page.test_bridge import SetStep, SetTags, Shim, behavior, settled, view
from tests.state.origin import Origin

Key = str | Callable[[Mapping[str, object]], str | None]


def kept(key: Key = lambda attributes: str(attributes["name"]) or None, durability: Durability = "snapshot") -> Element:
    return (
        define_element("x-kept")
        .with_behavior(behavior)
        .with_attribute("name", str, default="")
        .with_attribute("first-step", int, default=1, message=SetStep)
        .with_property("tags", tuple[str, ...], default=(), message=SetTags)
        .with_store(key=key, durability=durability)
        .with_view(view)
        .build()
    )


element = kept()


def mount(number: int, name: str = "a") -> list[Json]:
    return ["mount", number, "x-kept", {"name": name}]


class Told:
    """What a system reports of states that were not saved."""

    def __init__(self, system: ActorSystem) -> None:
        self.reports: list[NotSaved] = []
        system.reports.subscribe(self.take, NotSaved)

    def take(self, report: object) -> None:
        assert isinstance(report, NotSaved)
        self.reports.append(report)


def in_browser(origin: Origin) -> IndexedDbStore:
    tab = origin.tab()
    store = IndexedDbStore(tab)
    tab.listen(store.receive)
    return store


# --- the definition ------------------------------------------------------------------------------------------------


def test_a_key_is_a_text_or_made_of_the_attributes_and_properties_with_their_defaults() -> None:
    assert key_of(kept(key="always"), {}) == "always"
    seen: list[Mapping[str, object]] = []

    def key(attributes: Mapping[str, object]) -> str:
        seen.append(attributes)
        return "made"

    assert key_of(kept(key=key), {"name": "a", "tags": ["x"], "unknown": 1}) == "made"
    assert key_of(kept(key=key), {"firstStep": "no number"}) == "made"
    assert seen == [{"name": "a", "first-step": 1, "tags": ("x",)}, {"name": "", "first-step": 1, "tags": ()}]


def test_an_element_whose_key_is_none_is_not_kept() -> None:
    assert key_of(kept(), {}) is None
    assert key_of(define_element("x-plain").with_behavior(behavior).build(), {"name": "a"}) is None


def test_what_is_no_key_is_refused() -> None:
    for wrong in ("", 7):
        with pytest.raises(BadElement, match="the key of its store is"):
            key_of(kept(key=lambda _, wrong=wrong: wrong), {})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "says"), [({"key": ""}, "with_store"), ({"key": 7}, "with_store"), ({"key": "a", "durability": "none"}, "durability='none'")]
)
def test_a_store_that_cannot_be_is_refused_where_it_is_defined(given: Mapping[str, object], says: str) -> None:
    with pytest.raises(BadElement, match=says):
        define_element("x-wrong").with_behavior(behavior).with_store(**given)  # type: ignore[arg-type]


def test_the_manifest_says_which_elements_are_kept() -> None:
    assert describe(element)["kept"] is True
    assert describe(define_element("x-plain").with_behavior(behavior).build())["kept"] is False


# --- keeping -------------------------------------------------------------------------------------------------------

STORES: tuple[Callable[[Origin], Store], ...] = (in_browser, lambda _: MemoryStore())


@pytest.mark.parametrize("make", STORES, ids=["IndexedDB", "memory"])
@pytest.mark.parametrize("durability", ["snapshot", "journal"])
async def test_an_element_begins_with_what_was_stored_and_its_first_frame_shows_it(
    system: ActorSystem, make: Callable[[Origin], Store], durability: Durability
) -> None:
    store = make(Origin())
    shim = Shim(system, kept(durability=durability), storage=Storage(store))
    shim.send(mount(1), ["send", 1, {"type": "Add", "by": 5}])
    await settled()
    assert shim.all("states") == [[1, "ready", ""], [1, "kept", "a"]]
    shim.send(["unmount", 1])
    await settled()
    later = Shim(system, kept(durability=durability), storage=Storage(store))
    later.send(mount(1))
    await settled()
    assert later.shown()[1] == "5"
    assert [frame["elements"][0][2][2] for frame in later.frames if "elements" in frame] == ["5"]  # type: ignore[index]
    assert later.all("console") == []


async def test_what_the_page_says_before_the_state_is_read_is_handled_after_it(system: ActorSystem) -> None:
    origin = Origin()
    shim = Shim(system, element, storage=Storage(in_browser(origin)))
    shim.send(mount(1), ["send", 1, {"type": "Add", "by": 5}])
    await settled()
    shim.send(["unmount", 1], mount(2), ["send", 2, {"type": "Add", "by": 2}], ["ask", 2, 1, {"type": "Count"}, 5])
    await settled()
    assert shim.all("replies") == [[1, 7, None]]


@pytest.mark.parametrize("durability", ["snapshot", "journal"])
async def test_an_element_that_replaces_another_of_its_key_waits_for_its_last_write(system: ActorSystem, durability: Durability) -> None:
    shim = Shim(system, kept(durability=durability), storage=Storage(in_browser(Origin())))
    shim.send(mount(1))
    await settled()
    for number in range(2, 6):
        shim.send(["send", number - 1, {"type": "Add"}])
        while system.kernel.has_work:
            system.kernel.drain()
        # A journal's change is on its way into the store now, and its actor has not ended before it is there.
        shim.send(["unmount", number - 1], mount(number))
        await settled()
    shim.send(["ask", 5, 1, {"type": "Count"}, 5])
    await settled()
    assert shim.all("replies") == [[1, 4, None]]
    assert shim.all("console") == []


async def test_an_element_that_waits_for_its_key_and_leaves_starts_nothing(system: ActorSystem) -> None:
    shim = Shim(system, element, storage=Storage(in_browser(Origin())))
    shim.send(mount(1))
    await settled()
    shim.send(["unmount", 1], mount(2), ["unmount", 2])
    await settled()
    shim.send(mount(3))
    await settled()
    assert [entry[:2] for entry in shim.all("states")] == [[1, "ready"], [1, "kept"], [3, "ready"], [3, "kept"]]
    assert shim.all("console") == []


async def test_of_two_elements_of_one_key_the_second_fails_and_the_first_goes_on(system: ActorSystem) -> None:
    shim = Shim(system, element, storage=Storage(in_browser(Origin())))
    shim.send(mount(1))
    await settled()
    shim.send(mount(2), mount(3, "b"))
    await settled()
    states = {(entry[0], entry[1]): str(entry[2]) for entry in shim.all("states")}
    assert set(states) == {(1, "ready"), (1, "kept"), (2, "failed"), (3, "ready"), (3, "kept")}
    assert "AW-355" in states[2, "failed"]
    assert "is already" in states[2, "failed"]
    shim.send(["unmount", 2], ["send", 1, {"type": "Add"}])
    await settled()
    assert shim.shown()[1] == "1"


async def test_a_key_that_raises_fails_its_element_and_no_other(system: ActorSystem) -> None:
    def key(attributes: Mapping[str, object]) -> str:
        return str(1 // len(str(attributes["name"])))

    shim = Shim(system, kept(key=key), storage=Storage(MemoryStore()))
    shim.send(mount(1, ""), mount(2), ["ask", 1, 1, {"type": "Count"}, 5])
    await settled()
    assert [entry[:2] for entry in shim.all("states")] == [[1, "failed"], [2, "ready"], [2, "kept"]]
    assert "ZeroDivisionError" in str(shim.all("console")[0][1])
    assert shim.all("replies")[0][1] is None
    shim.send(["unmount", 1])
    await settled()


# --- what is not saved ---------------------------------------------------------------------------------------------


async def test_in_a_second_tab_an_element_says_at_its_start_that_it_is_not_saved(system: ActorSystem) -> None:
    origin = Origin()
    first = Shim(system, element, storage=Storage(in_browser(origin)))
    first.send(mount(1), ["send", 1, {"type": "Add", "by": 3}])
    await settled()
    second = Shim(system, element, storage=Storage(in_browser(origin)))
    second.send(mount(1), ["send", 1, {"type": "Add"}], ["send", 1, {"type": "Add"}])
    await settled()
    assert second.shown()[1] == "5"
    (said,) = second.all("console")
    assert "'a', is not saved" in str(said[1])
    assert [entry[1] for entry in second.all("states")] == ["unsaved", "ready", "kept"]
    assert origin.keys == {"a": 1}


async def test_without_room_the_page_hears_of_it_and_the_element_goes_on(system: ActorSystem) -> None:
    origin = Origin()
    shim = Shim(system, element, storage=Storage(in_browser(origin)))
    shim.send(mount(1))
    await settled()
    origin.trouble = [("QuotaExceededError", "full")]
    shim.send(["send", 1, {"type": "Add"}])
    await settled()
    ((level, text),) = shim.all("console")
    assert level == "warn"
    assert "no room left" in str(text)
    assert [entry[1] for entry in shim.all("states")] == ["ready", "kept"]
    shim.send(["send", 1, {"type": "Add"}])
    await settled()
    assert '"count":2' in str(origin.records["a", 1])


async def test_trouble_of_the_host_is_said_once_and_reported_of_each_actor(system: ActorSystem) -> None:
    trouble = NotLasting("no database", "one", "go on")
    told = Told(system)
    shim = Shim(system, element, storage=Storage(MemoryStore(), trouble))
    shim.send(mount(1), mount(2, "b"), mount(3, ""))
    await settled()
    assert {(report.key, report.error) for report in told.reports} == {("a", trouble), ("b", trouble)}
    assert len(shim.all("console")) == 1
    assert "AW-359 no database" in str(shim.all("console")[0][1])
    assert len(told.reports) == 2
    assert {entry[0] for entry in shim.all("states") if entry[1] == "unsaved"} == {1, 2}


async def test_a_bridge_without_a_store_says_so_and_its_elements_work(system: ActorSystem) -> None:
    shim = Shim(system, element)
    shim.send(mount(1), ["send", 1, {"type": "Add"}])
    await settled()
    assert shim.shown()[1] == "1"
    assert "this host has no store" in str(shim.all("console")[0][1])
    assert len(shim.all("console")) == 1


@pytest.mark.parametrize("given", [None, MemoryStore()], ids=["nothing", "a store"])
def test_what_a_host_keeps_outlives_its_elements(given: MemoryStore | None) -> None:
    async def main() -> list[str]:
        frames: list[str] = []
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon(host.drain)

        host = Host([element], post=frames.append, wake=wake, store=given)

        async def take(*ops: str) -> None:
            host.receive(f'{{"ack": 0, "ops": [{", ".join(ops)}]}}')
            for _ in range(20):
                await asyncio.sleep(0)

        await take('["mount", 1, "x-kept", {"name": "a"}]', '["send", 1, {"type": "Add", "by": 41}]')
        await take('["unmount", 1]')
        await take('["mount", 2, "x-kept", {"name": "a"}]', '["send", 2, {"type": "Add", "by": 1}]', '["ask", 2, 1, {"type": "Count"}, 5]')
        return frames

    assert any('"replies":[[1,42,null]]' in frame for frame in asyncio.run(main()))
    if given is not None:
        (record,) = given.records("a")
        assert '"count":42' in record.text
