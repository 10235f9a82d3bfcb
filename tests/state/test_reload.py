"""Whole-module upgrade: a module's new source is taken over with all the behaviors that it defines, or not at all."""

from __future__ import annotations

import importlib
import sys
import textwrap

import pytest

from actorweb import Request, message
from actorweb.errors.state import UpgradeRefused
from actorweb.kernel.reports import Unhandled

SOURCE = """
from dataclasses import dataclass
from actorweb import MessagePlan, Request, define_behavior, message

@message
class Add:
    by: int = 1

@message
class Nested:
    add: Add
    who: object

@message
class Count(Request[int]): ...

@dataclass(frozen=True)
class Item:
    value: int

@dataclass(frozen=True)
class Counter:
    count: int = 0
    items: tuple[Item, ...] = ()

def take(message, actor):
    match message:
        case Nested(add=Add(by=by)):
            return Counter(actor.context.count + FACTOR * by, (*actor.context.items, Item(by)))

FACTOR = 1
counter = (
    define_behavior("counter")
    .with_context(Counter())
    .on(Add, lambda message, actor: Counter(actor.context.count + FACTOR * message.by, (*actor.context.items, Item(message.by))))
    .on(Nested, take)
    .on(Count, lambda message, actor: MessagePlan(reply=actor.context.count))
    .build()
)
watcher = define_behavior("watcher").with_context(0).on(Add, lambda message, actor: actor.context + FACTOR).on(Count, lambda m, actor: MessagePlan(reply=actor.context)).build()
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    names = []

    def write(source, name="reloaded"):
        names.append(name)
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        importlib.invalidate_caches()

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def module(write):
    write(SOURCE)
    return importlib.import_module("reloaded")


async def test_all_behaviors_of_the_module_are_upgraded_in_one_step(system, module, write):
    counter, watcher = await system.spawn(module.counter), await system.spawn(module.watcher)
    counter.tell(module.Add(1))
    watcher.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 1
    write(SOURCE.replace("FACTOR = 1", "FACTOR = 10"))
    assert await system.upgrade_module(module) == ("counter", "watcher")
    counter.tell(module.Add(1))
    watcher.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 11
    assert await watcher.ask(module.Count()) == 11


async def test_the_context_is_of_the_new_classes_through_and_through(system, module, write):
    counter = await system.spawn(module.counter)
    counter.tell(module.Add(7))
    await counter.ask(module.Count())
    write(SOURCE)
    await system.upgrade_module(module)
    context = (await system.snapshot(counter)).context
    assert type(context) is module.Counter
    assert type(context.items[0]) is module.Item
    assert context == module.Counter(7, (module.Item(7),))


async def test_messages_of_the_old_classes_are_handled_as_those_of_the_new(system, module, write):
    counter = await system.spawn(module.counter)
    old = module.Nested(module.Add(3), counter)
    old_count = module.Count()
    await system.suspend(counter)
    counter.tell(old)
    write(SOURCE)
    await system.upgrade_module(module)
    assert type(old) is not module.Nested
    await system.resume(counter)
    counter.tell(module.Add(1))
    assert await counter.ask(old_count) == 4


async def test_a_message_of_an_old_class_that_does_not_fit_the_new_one_is_reported(system, module, write):
    counter = await system.spawn(module.counter)
    old = module.Add(3)
    write(SOURCE.replace("by: int = 1", "by: str = ''"))
    await system.upgrade_module(module)
    reports = []
    system.reports.subscribe(reports.append, Unhandled)
    counter.tell(old)
    assert await counter.ask(module.Count()) == 0
    assert reports == [Unhandled(counter, old)]


async def test_what_other_modules_imported_from_it_spawns_the_new_code(system, module, write):
    imported = module.counter
    write(SOURCE.replace("FACTOR = 1", "FACTOR = 10"))
    await system.upgrade_module(module)
    counter = await system.spawn(imported)
    counter.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 10


async def test_a_change_within_the_second_and_of_the_same_length_is_seen(system, module, write):
    counter = await system.spawn(module.counter)
    for factor in (2, 3, 4):
        write(SOURCE.replace("FACTOR = 1", f"FACTOR = {factor}"))
        await system.upgrade_module(module)
        assert factor == module.FACTOR
    counter.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 4


async def test_imported_behaviors_are_not_of_the_module(system, module, write):
    other = await system.spawn(module.counter)
    write("from reloaded import counter\nfrom actorweb import define_behavior\nmine = define_behavior('mine').with_context(0).build()\n", "importing")
    importing = importlib.import_module("importing")
    mine = await system.spawn(importing.mine)
    assert await system.upgrade_module(importing) == ("mine",)
    assert await other.ask(module.Count()) == 0
    assert (await system.snapshot(mine)).context == 0


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (SOURCE.replace("FACTOR = 1", "FACTOR = 1 / 0"), "ZeroDivisionError: division by zero"),
        (SOURCE.replace("FACTOR = 1", "FACTOR ="), "SyntaxError: invalid syntax"),
        (SOURCE + "\nraise SystemError('half-way')\n", "SystemError: half-way"),
        ("from dataclasses import dataclass\n", "module 'reloaded' defines no behavior"),
        (SOURCE + "\nagain = define_behavior('counter').with_context(0).build()\n", "defines two behaviors called 'counter'"),
        (SOURCE.replace("count: int = 0", "count: str = ''"), r"context.count is 1"),
        (SOURCE.replace("MessagePlan, Request", "Nothing, Request"), "ImportError: cannot import name 'Nothing'"),
    ],
)
async def test_a_reload_that_fails_changes_nothing(system, module, write, source, text):
    counter, watcher = await system.spawn(module.counter), await system.spawn(module.watcher)
    counter.tell(module.Add(1))
    await counter.ask(module.Count())
    before, snapshots = dict(module.__dict__), [await system.snapshot(ref) for ref in (counter, watcher)]
    write(source)
    with pytest.raises(UpgradeRefused, match=text):
        await system.upgrade_module(module)
    assert module.__dict__ == before
    assert [await system.snapshot(ref) for ref in (counter, watcher)] == snapshots
    counter.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 2
    write(SOURCE.replace("FACTOR = 1", "FACTOR = 10"))
    await system.upgrade_module(module)
    counter.tell(module.Add(1))
    assert await counter.ask(module.Count()) == 12


async def test_another_module_with_a_message_of_the_same_wire_name_is_understood(system, module):
    @message
    class Add:
        by: int = 5

    counter = await system.spawn(module.counter)
    counter.tell(Add())
    assert await counter.ask(module.Count()) == 5


async def test_a_request_of_the_same_wire_name_that_does_not_fit_is_answered_with_an_error(system, module):
    @message(name="Count")
    class Other(Request[int]):
        more: int = 1

    counter = await system.spawn(module.counter)
    with pytest.raises(Exception, match="without a reply"):
        await counter.ask(Other())


async def test_an_actor_of_a_behavior_that_the_module_no_longer_defines_runs_on(system, module, write):
    watcher = await system.spawn(module.watcher)
    write(SOURCE.partition("watcher =")[0])
    await system.upgrade_module(module)
    add, count = module.Add, module.Count
    watcher.tell(add(1))
    assert await watcher.ask(count()) == 1
