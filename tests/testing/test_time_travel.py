"""Time travel: a history from production is a regression test."""

from __future__ import annotations

import pytest

from actorweb import After, DecodeError, MessagePlan, child, define_behavior, message, supervisor
from actorweb.errors.state import MigrationError
from actorweb.errors.testing import ReplayDiffers
from actorweb.testing import replay_history
from tests.state.counter import Add, AddAsked, Count, Counter, Double, Fail, Later, builder, singly

recorded = builder.with_history(100).build()


async def history_of(system, tmp_path, *messages, behavior=recorded):
    ref = await system.spawn(behavior)
    for each in messages:
        ref.tell(each)
    await ref.ask(Count())
    path = tmp_path / "counter.history.jsonl"
    path.write_text(await system.export_history(ref))
    return path


async def test_a_history_runs_again_with_the_same_end(system, tmp_path):
    path = await history_of(system, tmp_path, Add(1), Count(), Add(2), Double(), Add(3))
    assert replay_history(recorded, path) == 4


async def test_the_first_turn_that_differs_is_shown(system, tmp_path):
    path = await history_of(system, tmp_path, Add(1), Add(2), Add(13), Add(1))
    changed = builder.mode("default").on(Add, lambda message, actor: Counter(actor.context.count + (12 if message.by == 13 else message.by))).build()
    with pytest.raises(ReplayDiffers) as failure:
        replay_history(changed, path)
    assert failure.value.record == 4
    assert "record 4, Add(by=13): it left Counter(count=15) in mode 'default'" in str(failure.value)
    assert "Expected: Counter(count=16) in mode 'default', as recorded" in str(failure.value)


async def test_a_turn_that_raises_now_is_shown_with_its_error(system, tmp_path):
    path = await history_of(system, tmp_path, Add(1), Add(2))
    changed = builder.mode("default").on(Add, lambda message, actor: Counter(1 // (2 - message.by))).build()
    with pytest.raises(ReplayDiffers, match=r"record 3, Add\(by=2\): it raised ZeroDivisionError") as failure:
        replay_history(changed, path)
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


async def test_what_timers_brought_is_replayed_and_timers_do_not_fire_by_themselves(system, tmp_path):
    import asyncio

    ref = await system.spawn(recorded)
    ref.tell(Later(5, 1.0))
    ref.tell(Add(1))
    await asyncio.sleep(2)
    path = tmp_path / "h"
    path.write_text(await system.export_history(ref))
    assert replay_history(recorded, path) == 2


async def test_a_restart_and_a_rollback_are_no_turns(system, tmp_path):
    await system.spawn(supervisor("root", children=[child("c", recorded, name="c")]))
    ref = system.lookup("c")
    await ref.ask(AddAsked(5))
    ref.tell(Fail())
    await ref.ask(AddAsked(2))
    await system.rollback(ref, version=1)
    await ref.ask(AddAsked(1))
    path = tmp_path / "h"
    path.write_text(await system.export_history(ref))
    assert replay_history(recorded, path) == 3


async def test_a_message_that_could_not_be_written_is_passed_over(system, tmp_path):
    @message
    class From:
        who: object

    behavior = singly.with_history(9).on(From, lambda message, actor: Counter(50)).build()
    ref = await system.spawn(behavior)
    ref.tell(From(ref))
    await ref.ask(AddAsked(1))
    path = tmp_path / "h"
    path.write_text(await system.export_history(ref))
    assert replay_history(behavior, path) == 1


async def test_an_old_history_is_migrated_and_held_against_the_new_code(system, tmp_path):
    path = await history_of(system, tmp_path, Add(1), Add(2))
    cents = (
        define_behavior("counter")
        .with_context(0)
        .with_version(2)
        .migrate(1, lambda old: old["count"] * 100)
        .on(Add, lambda message, actor: actor.context + 100 * message.by)
        .on(Count, lambda message, actor: MessagePlan(reply=actor.context))
    )
    assert replay_history(cents.build(), path) == 2
    with pytest.raises(ReplayDiffers, match="it left 101"):
        replay_history(cents.on(Add, lambda message, actor: actor.context + (100 if actor.context == 0 else 1)).build(), path)


async def test_async_handlers_are_waited_for(system, tmp_path):
    import asyncio

    async def slow(message, actor):
        await asyncio.sleep(3)
        return MessagePlan(context=Counter(actor.context.count + message.by), schedule=[After(1, Add(1))])

    behavior = define_behavior("slow").with_context(Counter()).with_history(9).on(Later, slow).on(Add, lambda message, actor: Counter(99)).build()
    ref = await system.spawn(behavior)
    ref.tell(Later(5, 0))
    await asyncio.sleep(10)
    path = tmp_path / "h"
    path.write_text(await system.export_history(ref))
    assert replay_history(behavior, path) == 2


async def test_the_journal_of_a_store_is_such_a_file(system, tmp_path):
    from actorweb.state.memory import MemoryStore
    from actorweb.values.codec import dumps, loads

    store = MemoryStore()
    ref = await system.spawn(builder.build(), store=store, key="c")
    for by in (1, 2, 3):
        await ref.ask(AddAsked(by))
    lines = [dumps({"actorweb-history": 1, "behavior": "counter", "key": "c"})]
    lines += [dumps({"sequence": record.sequence, **loads(record.text)}) for record in store.records("c")]
    path = tmp_path / "h"
    path.write_text("\n".join(lines))
    assert replay_history(builder.build(), path) == 2


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", DecodeError, "it is empty"),
        ("{}\n", DecodeError, "this is no history file: it begins with '{}'"),
        ('{"actorweb-history": 2, "behavior": "counter"}\n', DecodeError, "this is no history file"),
        ('{"actorweb-history": 1, "behavior": "counter", "key": null}\n{}\n', DecodeError, "line 2 has no sequence"),
        ('{"actorweb-history": 1, "behavior": "counter", "key": null}\n{"sequence": 1}\n', DecodeError, r"line 2\.behavior is missing"),
        (
            '{"actorweb-history": 1, "behavior": "x", "key": null}\n{"sequence": 1, "behavior": "x", "schema": 1, "version": 0, "modes": ["default"], "context": 1, "message": null, "timers": [], "at": 0}\n',
            MigrationError,
            "record 1: it was saved by the behavior 'x'",
        ),
    ],
)
def test_what_is_no_history_of_this_behavior_is_refused(tmp_path, text, error, words):
    path = tmp_path / "h"
    path.write_text(text)
    with pytest.raises(error, match=words):
        replay_history(recorded, path)
