"""Traces are lines of JSON, in the order of the turns."""

from __future__ import annotations

import asyncio
import json

from actorweb import ActorSystem
from actorweb.kernel.tracing import TraceLines
from tests.kernel.counter import Fail, Increment, Multiplying, counter


async def test_each_turn_is_one_line(system: ActorSystem) -> None:
    lines: list[str] = []
    system.kernel.trace(TraceLines(lines.append))
    ref = await system.spawn(counter, name="counter")
    for message in (Increment(2), Multiplying(), Increment(3), Fail("why")):
        ref.tell(message)
    await asyncio.sleep(0.1)
    assert [json.loads(line) for line in lines] == [
        {"turn": 1, "actor": "/counter", "message": {"type": "Increment", "by": 2}, "context": {"count": 2}, "mode": "default", "version": 1},
        {"turn": 2, "actor": "/counter", "message": {"type": "Multiplying"}, "context": {"count": 2}, "mode": "multiplying", "version": 2},
        {"turn": 3, "actor": "/counter", "message": {"type": "Increment", "by": 3}, "context": {"count": 6}, "mode": "multiplying", "version": 3},
        {
            "turn": 4,
            "actor": "/counter",
            "message": {"type": "Fail", "text": "why"},
            "context": {"count": 6},
            "mode": "multiplying",
            "version": 3,
            "error": "Boom: why",
        },
    ]


async def test_what_has_no_json_form_is_shown_as_python_shows_it(system: ActorSystem) -> None:
    from actorweb import define_behavior

    lines: list[str] = []
    system.kernel.trace(TraceLines(lines.append))
    ref = await system.spawn(define_behavior("any").on_message(lambda m, a: None).build())
    ref.tell(1 + 2j)
    await asyncio.sleep(0.1)
    assert json.loads(lines[0])["message"] == "(1+2j)"
