"""The chart of the checkout: its steps, and beside them a region for each part that is checked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from actorweb import JsonObject, message
from actorweb.machine import ActorScope, Scope, assign, emit, machine, state_in
from actorweb.values.codec import from_json, to_json
from components.checkout.bank import Bank


@message
class Typed:
    """Something was typed into a field."""

    field: str
    text: str


@message
class Next:
    """Goes on to the next step, if this one is in order."""


@message
class Back: ...


@message
class Pay:
    """Pays, or tries to pay once more: under the same order number, so that nobody pays twice."""


@message
class Again:
    """Begins another order, to the same address."""


@message
class OrderPaid:
    order: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    hint: str
    autocomplete: str
    mode: str = "text"


ADDRESS = (
    Field("name", "Name", "Who gets it", "name"),
    Field("street", "Street and number", "Where to", "street-address"),
    Field("postcode", "Postcode", "Five digits", "postal-code", "numeric"),
)
CARD = (
    Field("number", "Card number", "Eight digits, made up. One that ends in 0 is declined, in 1 the bank is away the first time.", "off", "numeric"),
    Field("until", "Valid until", "As in 12/29", "off"),
)
NAMES = {"address": frozenset(each.name for each in ADDRESS), "card": frozenset(each.name for each in CARD)}
FORMS = {
    "postcode": (r"\d{5}", "A postcode has five digits."),
    "number": (r"\d{8}", "A card number has eight digits here."),
    "until": (r"(0[1-9]|1[0-2])/\d\d", "Write the month and the year, as in 12/29."),
}
PRICE = 42


@dataclass(frozen=True, slots=True)
class Order:
    """The context of the chart. `order` is the number under which it is paid, from the first attempt on."""

    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    order: str = ""
    receipt: str = ""
    refused: str = ""


def of(context: Mapping[str, object]) -> Order:
    return from_json(Order, to_json(context))


def texts(value: object) -> dict[str, str]:
    return from_json(dict[str, str], to_json(value))


def problem_of(name: str, text: str) -> str:
    """Say what is wrong with a field, or nothing."""
    text = text.replace(" ", "")
    if not text:
        return "This is needed."
    pattern, words = FORMS.get(name, ("", ""))
    return "" if re.fullmatch(pattern or ".*", text) else words


async def check(scope: ActorScope) -> Mapping[str, str]:
    """Check the fields of one part, as a server would: slowly. What is typed meanwhile ends this and begins another."""
    await asyncio.sleep(0.3)
    return {name: problem_of(name, text) for name, text in texts(scope.input).items()}


def bank_of(scope: ActorScope) -> Bank:
    if isinstance(scope.dependencies, Bank):
        return scope.dependencies
    raise TypeError("the checkout needs a bank: .with_dependencies(Bank())")


async def pay(scope: ActorScope) -> str:
    """Pay at the bank that the behavior was given."""
    given = texts(scope.input)
    return await bank_of(scope).pay(given["order"], given["number"], PRICE)


def fields_of(part: str, scope: Scope) -> JsonObject:
    typed = of(scope.context).typed
    return {name: typed.get(name, "") for name in NAMES[part]}


def touched(part: str, scope: Scope) -> JsonObject:
    """Let the fields count as filled in, with nothing, so that what they want is said."""
    return {"typed": {**of(scope.context).typed, **fields_of(part, scope)}}


def is_in(part: str, scope: Scope) -> bool:
    return scope.event["field"] in NAMES[part]


def keep(scope: Scope, _: object) -> JsonObject:
    """Keep what was typed; what was said of it before is no longer said."""
    order, name = of(scope.context), str(scope.event["field"])
    return {"typed": {**order.typed, name: str(scope.event["text"])}, "problems": {key: words for key, words in order.problems.items() if key != name}}


def judge(scope: Scope, _: object) -> JsonObject:
    found = texts(scope.event["output"])
    rest = {key: words for key, words in of(scope.context).problems.items() if key not in found}
    return {"problems": {**rest, **{key: words for key, words in found.items() if words}}}


def is_fine(scope: Scope, _: object) -> bool:
    return not any(texts(scope.event["output"]).values())


def payment(scope: Scope) -> JsonObject:
    order = of(scope.context)
    return {"order": order.order, "number": order.typed.get("number", "")}


def checking(part: str) -> Mapping[str, object]:
    """Give the region that checks the fields of one part, whatever step is shown."""

    def fields(scope: Scope) -> JsonObject:
        return fields_of(part, scope)

    return {
        "initial": "untouched",
        "on": {
            "Typed": {"guard": f"is of {part}", "target": ".checking", "actions": "keep"},
            **({"Again": {"guard": "is confirmed", "target": ".untouched"}} if part == "card" else {}),
        },
        "states": {
            "untouched": {"on": {"Next": {"guard": f"{part} is shown", "target": "checking", "actions": f"touch {part}"}}},
            "checking": {
                "tags": f"checking-{part}",
                "invoke": {
                    "src": "check",
                    "id": f"check {part}",
                    "input": fields,
                    "onDone": [{"guard": "is fine", "target": "fine", "actions": "judge"}, {"target": "faulty", "actions": "judge"}],
                },
            },
            "fine": {},
            "faulty": {"on": {"Next": {"guard": f"{part} is shown", "actions": f"touch {part}"}}},
        },
    }


STEPS: Mapping[str, object] = {
    "initial": "address",
    "states": {
        "address": {"on": {"Next": {"guard": "address is fine", "target": "card"}}},
        "card": {"on": {"Next": {"guard": "card is fine", "target": "review"}, "Back": "address"}},
        "review": {"on": {"Pay": {"guard": "all is fine", "target": "paying"}, "Back": "card"}},
        "paying": {
            "tags": "busy",
            "invoke": {
                "src": "pay",
                "id": "pay",
                "input": payment,
                "onDone": {"target": "confirmed", "actions": ["take receipt", "tell"]},
                "onError": {"target": "refused", "actions": "blame"},
            },
        },
        "refused": {"on": {"Pay": {"guard": "all is fine", "target": "paying"}, "Back": "card"}},
        "confirmed": {"on": {"Again": {"target": "address", "actions": "begin anew"}}},
    },
}

chart_of_checkout = (
    machine(
        {
            "id": "checkout",
            "context": {"typed": {}, "problems": {}, "order": "", "receipt": "", "refused": ""},
            "type": "parallel",
            "states": {"steps": STEPS, "address": checking("address"), "card": checking("card")},
        },
        actions={
            "keep": assign(keep),
            "touch address": assign(lambda scope, _: touched("address", scope)),
            "touch card": assign(lambda scope, _: touched("card", scope)),
            "judge": assign(judge),
            "take receipt": assign({"receipt": lambda scope, _: str(scope.event["output"]), "refused": ""}),
            "blame": assign({"refused": lambda scope, _: str(scope.event["error"])}),
            "tell": emit(lambda scope, _: {"type": "OrderPaid", "order": of(scope.context).order, "receipt": of(scope.context).receipt}),
            "begin anew": assign(
                {
                    "typed": lambda scope, _: {name: text for name, text in of(scope.context).typed.items() if name in NAMES["address"]},
                    "order": "",
                    "receipt": "",
                }
            ),
        },
        guards={
            "address is fine": state_in({"address": "fine"}),
            "card is fine": state_in({"card": "fine"}),
            "all is fine": state_in({"address": "fine", "card": "fine"}),
            "address is shown": state_in({"steps": "address"}),
            "card is shown": state_in({"steps": "card"}),
            "is confirmed": state_in({"steps": "confirmed"}),
            "is of address": lambda scope, _: is_in("address", scope),
            "is of card": lambda scope, _: is_in("card", scope),
            "is fine": is_fine,
        },
        actors={"check": check, "pay": pay},
    )
    .with_event(Typed)
    .with_event(Next)
    .with_event(Back)
    .with_event(Pay)
    .with_event(Again)
)
