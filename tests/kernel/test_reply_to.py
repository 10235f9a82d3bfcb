"""Deferred answers that outlive the turn: kept in a context, written down, and read again."""

from __future__ import annotations

import asyncio
import copy
import pickle
from dataclasses import dataclass

import pytest

from actorweb import (
    ActorContext,
    ActorRef,
    ActorSystem,
    AskTimeout,
    Behavior,
    DecodeError,
    LateReply,
    MessagePlan,
    ReplyTo,
    Request,
    Tell,
    define_behavior,
    message,
)
from actorweb.values.codec import dumps, from_json, loads, to_json


@message
class Question(Request[int]): ...


@message
class Answer:
    value: int
    how: str = "kept"


@message
class Handed:
    to: ReplyTo[int]


@dataclass(frozen=True)
class Open:
    asks: tuple[ReplyTo[int], ...] = ()


def holder() -> Behavior[Question | Answer, Open]:
    def keep(question: Question, actor: ActorContext[Open]) -> MessagePlan[Open, int]:
        return MessagePlan(context=Open((*actor.context.asks, actor.reply_to)), defer=True)

    def answer(message: Answer, actor: ActorContext[Open]) -> MessagePlan[Open]:
        to = actor.context.asks[0]
        if message.how == "pickled":
            to = pickle.loads(pickle.dumps(to))
        elif message.how == "copied":
            to = copy.deepcopy(to)
        elif message.how == "json":
            to = from_json(Open, loads(dumps(to_json(actor.context)))).asks[0]
        return MessagePlan(context=Open(actor.context.asks[1:]), tell=[Tell(to, message.value)])

    return define_behavior("holder").with_context(Open()).on(Question, keep).on(Answer, answer).build()


@pytest.mark.parametrize("how", ["kept", "pickled", "copied", "json"])
async def test_an_address_is_good_however_it_was_kept(system: ActorSystem, how: str) -> None:
    ref = await system.spawn(holder())
    asked = asyncio.create_task(ref.ask(Question(), timeout=60))
    await asyncio.sleep(10)
    ref.tell(Answer(42, how))
    assert await asked == 42


async def test_an_answer_that_comes_too_late_is_reported(system: ActorSystem) -> None:
    ref = await system.spawn(holder())
    asked = asyncio.create_task(ref.ask(Question(), timeout=1))
    await asyncio.sleep(0.5)
    text = to_json((await system.snapshot(ref)).context)
    with pytest.raises(AskTimeout):
        await asked
    async with system.reports(LateReply) as late:
        from_json(Open, text).asks[0].tell(42)
        assert (await anext(late)).reply == 42


async def test_only_the_first_of_two_copies_answers(system: ActorSystem) -> None:
    ref = await system.spawn(holder())
    asked = asyncio.create_task(ref.ask(Question(), timeout=60))
    await asyncio.sleep(1)
    text = to_json((await system.snapshot(ref)).context)
    one, two = from_json(Open, text).asks[0], from_json(Open, text).asks[0]
    async with system.reports(LateReply) as late:
        one.tell(1)
        two.tell(2)
        assert await asked == 1
        assert (await anext(late)).reply == 2


async def test_a_message_may_carry_one_as_json(system: ActorSystem) -> None:
    ref: ActorRef[Question | Answer] = await system.spawn(holder())
    asked = asyncio.create_task(ref.ask(Question(), timeout=60))
    await asyncio.sleep(1)
    handed = from_json(Handed, to_json(Handed((await system.snapshot(ref)).context.asks[0])))
    handed.to.tell(7)
    assert await asked == 7


@pytest.mark.parametrize("text", ["nowhere/1", "id-1/x", "id-1", 3])
def test_an_address_of_a_system_that_does_not_run_here_is_refused(text: object) -> None:
    with pytest.raises(DecodeError, match=r"AW-103 value\.asks\[0\]"):
        from_json(Open, {"asks": [text]})
