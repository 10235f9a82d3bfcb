"""The codec, against `json` alone on the equal data, and beside peers that are written in C and Rust.

`python -m bench.codec` prints what each of them takes; `python -m bench --only=codec` holds the ratios to the budget.
"""

from __future__ import annotations

import dataclasses
import json
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from actorweb.values.codec import dumps, encode_as, from_json, loads, message_from_json, to_json
from actorweb.values.message import message

if TYPE_CHECKING:
    from collections.abc import Callable


@message
class Increment:
    by: int


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    sku: str
    count: int
    price: float


@message
class Order:
    number: int
    by: str
    price: float
    tags: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str | None = None


ORDER = Order(123, "Ada", 12.5, ("new", "gift"), (Line("a1", 2, 1.25), Line("b2", 1, 3.5)))
PEERS = ("msgspec", "pydantic")
MESSAGES = {"Increment": Increment, "Order": Order}


class Case(NamedTuple):
    """A value, and how many times it is written and read in one round."""

    name: str
    kind: type
    value: object
    count: int


CASES = (
    Case("a small message", Increment, Increment(3), 8_000),
    Case("an order of two lines", Order, ORDER, 3_000),
    Case("a context of 200 orders", tuple[Order, ...], (ORDER,) * 200, 20),
)


def seconds(count: int, work: Callable[[], object]) -> float:
    """Give the seconds that one call takes."""
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) / count


def works(case: Case) -> dict[str, dict[str, Callable[[], object]]]:
    """Give what is measured: ways of encoding and of decoding, each by the name of who does it."""
    data = to_json(case.value)
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    as_message = isinstance(case.value, (Increment, Order))
    read = (lambda: message_from_json(MESSAGES, loads(text))) if as_message else (lambda: from_json(case.kind, loads(text)))
    assert read() == case.value
    assert dumps(encode_as(case.kind, case.value)) == text
    # Since `json.dumps` with options makes an encoder each time, the peer is an encoder made once.
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    ways: dict[str, dict[str, Callable[[], object]]] = {
        "encode": {"json": lambda: encode(data), "actorweb": lambda: dumps(to_json(case.value)), "declared": lambda: dumps(encode_as(case.kind, case.value))},
        "decode": {"json": lambda: json.loads(text), "actorweb": read, "text only": lambda: loads(text)},
    }
    # Theirs read dataclasses; a message is one, but for its "type".
    plain = json.dumps({key: value for key, value in data.items() if key != "type"}) if as_message and isinstance(data, dict) else None
    if plain is not None and find_spec("msgspec"):
        import msgspec

        decoder, encoder = msgspec.json.Decoder(case.kind), msgspec.json.Encoder()
        assert decoder.decode(plain) == case.value
        ways["encode"]["msgspec"] = lambda: encoder.encode(case.value)
        ways["decode"]["msgspec"] = lambda: decoder.decode(plain)
    if plain is not None and find_spec("pydantic"):
        import pydantic

        adapter = pydantic.TypeAdapter(case.kind)
        assert adapter.validate_json(plain) == case.value
        ways["encode"]["pydantic"] = lambda: adapter.dump_json(case.value)
        ways["decode"]["pydantic"] = lambda: adapter.validate_json(plain)
    return ways


def measure(rounds: int) -> dict[tuple[str, str], dict[str, list[float]]]:
    """Give the seconds of each way, by case and direction; the rounds alternate between them."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for case in CASES:
        ways = works(case)
        for _ in range(rounds):
            for direction, who in ways.items():
                for name, work in who.items():
                    found.setdefault((case.name, direction), {}).setdefault(name, []).append(seconds(case.count, work))
    return found


if __name__ == "__main__":
    for (case, direction), who in measure(5).items():
        print(f"{direction} {case}: " + ", ".join(f"{name} {min(each) * 1e6:.2f} µs" for name, each in who.items()))
