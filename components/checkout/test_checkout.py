"""The checkout checks, lets nobody on who is not ready, pays once, and comes back from its store in every step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import pytest

from actorweb import ActorRef, ActorSystem, JsonObject
from actorweb.machine import MachineSnapshot
from actorweb.page.manifest import describe
from actorweb.state.memory import MemoryStore
from actorweb.testing import Path, paths
from components.checkout import checkout, checkout_element, checkout_with, view
from components.checkout.bank import Bank
from components.checkout.steps import NAMES, Again, Back, Next, Order, Pay, Typed, chart_of_checkout, of

Message: TypeAlias = Typed | Next | Back | Pay | Again
Ref: TypeAlias = ActorRef[Message, JsonObject]
ADDRESS = (Typed("name", "Ada"), Typed("street", "Way 1"), Typed("postcode", "12345"))
CHECKED = 0.35


def card(number: str = "12345678") -> tuple[Message, ...]:
    return Typed("number", number), Typed("until", "12/29")


async def sent(system: ActorSystem, ref: Ref, *messages: Message, seconds: float = 0.001) -> str:
    """Send messages and give the step that shows after a while."""
    for each in messages:
        ref.tell(each)
    await asyncio.sleep(seconds)
    value = (await system.snapshot(ref)).value
    assert isinstance(value, Mapping)
    assert isinstance(value["steps"], str)
    return value["steps"]


async def order(system: ActorSystem, ref: Ref) -> Order:
    return of((await system.snapshot(ref)).context)


async def at_review(system: ActorSystem, ref: Ref, number: str = "12345678") -> None:
    await sent(system, ref, *ADDRESS, seconds=CHECKED)
    await sent(system, ref, Next(), *card(number), seconds=CHECKED)
    assert await sent(system, ref, Next()) == "review"


# --- the form -------------------------------------------------------------------------------------------------------


async def test_a_step_is_not_left_before_it_is_in_order(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    assert await sent(system, ref, Next()) == "address"
    assert await sent(system, ref, *ADDRESS, Next()) == "address", "it is being checked"
    assert await sent(system, ref, seconds=CHECKED) == "address"
    assert await sent(system, ref, Next()) == "card"
    assert await sent(system, ref, Next()) == "card"


async def test_going_on_with_nothing_says_what_is_needed(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    await sent(system, ref, Next(), seconds=CHECKED)
    now = await order(system, ref)
    assert set(now.problems) == set(now.typed) == NAMES["address"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("name", " ", "This is needed."),
        ("postcode", "1234", "A postcode has five digits."),
        ("postcode", "12 345", ""),
        ("number", "1234 567", "A card number has eight digits here."),
        ("number", "1234 5678", ""),
        ("until", "13/29", "Write the month and the year, as in 12/29."),
        ("until", "12/29", ""),
    ],
)
async def test_each_field_says_what_is_wrong_with_it(system: ActorSystem, name: str, text: str, problem: str) -> None:
    ref = await system.spawn(checkout)
    await sent(system, ref, Typed(name, text), seconds=CHECKED)
    assert (await order(system, ref)).problems.get(name, "") == problem


async def test_what_is_said_of_a_field_is_gone_once_it_changes(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    await sent(system, ref, Typed("postcode", "1"), seconds=CHECKED)
    await sent(system, ref, Typed("postcode", "12"))
    assert "postcode" not in (await order(system, ref)).problems


async def test_both_parts_are_checked_at_the_same_time(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    await sent(system, ref, Typed("postcode", "1"), Typed("until", "1"))
    assert (await system.snapshot(ref)).tags == {"checking-address", "checking-card"}
    await sent(system, ref, seconds=CHECKED)
    assert (await system.snapshot(ref)).tags == frozenset()


async def test_what_is_changed_later_must_be_in_order_before_it_is_paid(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    await at_review(system, ref)
    assert await sent(system, ref, Typed("postcode", "1"), Pay(), seconds=CHECKED) == "review"
    assert await sent(system, ref, Pay()) == "review"
    assert (await order(system, ref)).order == ""


# --- the payment ----------------------------------------------------------------------------------------------------


async def test_it_is_paid_and_told_and_another_order_may_follow(system: ActorSystem) -> None:
    bank = Bank()
    ref = await system.spawn(checkout_with(bank))
    async with ref.events(object) as events:
        await at_review(system, ref)
        assert await sent(system, ref, Pay(), Pay(), seconds=3) == "confirmed"
        paid = await order(system, ref)
        assert bank.booked == {paid.order: 42}
        assert await anext(events) == {"type": "OrderPaid", "order": paid.order, "receipt": paid.receipt}
    assert await sent(system, ref, Again()) == "address"
    now = await order(system, ref)
    assert (now.order, now.receipt, frozenset(now.typed)) == ("", "", NAMES["address"])
    assert await sent(system, ref, Next(), Next()) == "card"
    await sent(system, ref, *card(), seconds=CHECKED)
    await sent(system, ref, Next())
    assert await sent(system, ref, Pay(), seconds=3) == "confirmed"
    assert len(bank.booked) == 2


async def test_a_payment_that_failed_is_tried_again_under_the_same_number(system: ActorSystem) -> None:
    bank = Bank()
    ref = await system.spawn(checkout_with(bank))
    await at_review(system, ref, "12345671")
    assert await sent(system, ref, Pay(), seconds=3) == "refused"
    assert (await order(system, ref)).refused == "The bank cannot be reached."
    assert bank.booked == {}
    assert await sent(system, ref, Pay(), seconds=3) == "confirmed"
    assert len(bank.tried) == 2
    assert len(set(bank.tried)) == len(bank.booked) == 1
    assert (await order(system, ref)).refused == ""


async def test_who_is_declined_goes_back_and_takes_another_card(system: ActorSystem) -> None:
    ref = await system.spawn(checkout)
    await at_review(system, ref, "12345670")
    assert await sent(system, ref, Pay(), seconds=3) == "refused"
    assert (await order(system, ref)).refused == "The card was declined."
    assert await sent(system, ref, Back(), Typed("number", "12345678"), seconds=CHECKED) == "card"
    await sent(system, ref, Next())
    assert await sent(system, ref, Pay(), seconds=3) == "confirmed"


async def test_without_a_bank_the_payment_fails_and_says_why(system: ActorSystem) -> None:
    ref = await system.spawn(checkout_with(None))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await at_review(system, ref)
    assert await sent(system, ref, Pay()) == "refused"
    assert "needs a bank" in (await order(system, ref)).refused


# --- the store ------------------------------------------------------------------------------------------------------

LOOKS: dict[str, tuple[tuple[Message, ...], ...]] = {
    "address": ((Typed("name", "Ada"),),),
    "card": (ADDRESS, (Next(), Typed("number", "1234"))),
    "review": (ADDRESS, (Next(), *card()), (Next(),)),
    "paying": (ADDRESS, (Next(), *card()), (Next(), Pay())),
}


@pytest.mark.parametrize("step", LOOKS)
async def test_after_a_reload_it_is_in_its_step_with_what_was_typed(system: ActorSystem, step: str) -> None:
    store, bank = MemoryStore(), Bank()
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    for messages in LOOKS[step]:
        assert await sent(system, ref, *messages, seconds=CHECKED)
    before = await order(system, ref)
    await system.stop(ref)
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    assert await sent(system, ref) == step
    after = await order(system, ref)
    assert (after.typed, after.order) == (before.typed, before.order)


@pytest.mark.parametrize("seconds", [0.001, 1.0, 1.999])
async def test_a_reload_while_it_is_paid_pays_again_and_books_once(system: ActorSystem, seconds: float) -> None:
    store, bank = MemoryStore(), Bank()
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    await at_review(system, ref)
    await sent(system, ref, Pay(), seconds=seconds)
    await system.stop(ref)
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    assert await sent(system, ref, seconds=3) == "confirmed"
    assert len(bank.tried) == 2
    assert bank.booked == {(await order(system, ref)).order: 42}


async def test_an_order_that_the_bank_has_booked_is_not_booked_again(system: ActorSystem) -> None:
    """The bank has booked, but before its answer came the page was gone."""
    store, bank = MemoryStore(), Bank()
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    await at_review(system, ref)
    await sent(system, ref, Pay())
    number = (await order(system, ref)).order
    receipt = await bank.pay(number, "12345678", 42)
    await system.stop(ref)
    assert bank.booked == {number: 42}
    ref = await system.spawn(checkout_with(bank), store=store, key="checkout")
    assert await sent(system, ref, seconds=3) == "confirmed"
    assert bank.booked == {number: 42}
    assert (await order(system, ref)).receipt == receipt


async def test_a_check_that_a_reload_broke_off_is_made_again(system: ActorSystem) -> None:
    store = MemoryStore()
    ref = await system.spawn(checkout, store=store, key="checkout")
    await sent(system, ref, *ADDRESS, seconds=0.1)
    await system.stop(ref)
    ref = await system.spawn(checkout, store=store, key="checkout")
    await sent(system, ref, seconds=CHECKED)
    assert await sent(system, ref, Next()) == "card"


# --- the chart ------------------------------------------------------------------------------------------------------


def possible(state: MachineSnapshot) -> Iterator[Mapping[str, object]]:
    """Give what people may do, and what the tasks that run may say."""
    for name, text in (("name", "Ada"), ("number", "12345678")):
        yield {"type": "Typed", "field": name, "text": text}
    for name in ("Next", "Back", "Pay", "Again"):
        yield {"type": name}
    for part, names in NAMES.items():
        if f"check {part}" in state.children:
            for words in ("", "No."):
                yield {"type": f"xstate.done.actor.check {part}", "output": dict.fromkeys(sorted(names), words)}
    if "pay" in state.children:
        yield {"type": "xstate.done.actor.pay", "output": "R-1"}
        yield {"type": "xstate.error.actor.pay", "error": "No."}


WAYS = paths(chart_of_checkout, events=possible, by=lambda state: state.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_it_does_what_its_chart_says(system: ActorSystem, way: Path) -> None:
    """The tasks take for ever here: what they say is said by the path."""
    ref = await system.spawn(checkout_with(Bank(seconds=1e6)))
    for step in way.steps:
        ref.tell(step.event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (what the tasks say is no declared event)
        await asyncio.sleep(0.0001)
        assert (await system.snapshot(ref)).value == step.state.value


def test_the_ways_lead_to_every_state() -> None:
    assert {node for way in WAYS for node in way.state.configuration.nodes} == set(chart_of_checkout.nodes)


def test_it_shows_every_state_and_where_it_is() -> None:
    assert describe(checkout_element)["first"]
    for way in WAYS:
        assert view(way.state).values
