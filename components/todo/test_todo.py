"""The list adds, edits, completes, filters and clears."""

from __future__ import annotations

import asyncio

from actorweb import ActorRef, ActorSystem
from components.todo import Add, CancelEdit, ClearDone, Draft, Edit, GetItems, ListChanged, Remove, Rename, Show, TodoList, Toggle, todo

Ref = ActorRef[Add | CancelEdit | ClearDone | Edit | Remove | Rename | Show | Toggle, TodoList]


async def filled(system: ActorSystem) -> Ref:
    ref = await system.spawn(todo)
    for text in ("milk", "  bread ", ""):
        ref.tell(Add(text))
    return ref


async def context(system: ActorSystem, ref: Ref) -> TodoList:
    await asyncio.sleep(0.01)
    return (await system.snapshot(ref)).context


async def test_texts_are_stripped_and_empty_ones_are_not_added(system: ActorSystem) -> None:
    ref = await system.spawn(todo)
    for message in (Draft("milk"), Add("milk"), Add("  bread "), Draft(" "), Add(" ")):
        ref.tell(message)
    assert await ref.ask(GetItems()) == ("milk", "bread")
    assert (await system.snapshot(ref)).context.draft == ""


async def test_an_item_is_edited_in_place_and_an_empty_text_removes_it(system: ActorSystem) -> None:
    ref = await filled(system)
    for message in (Edit(1), Rename("oat milk"), Edit(2), CancelEdit()):
        ref.tell(message)
    assert [item.text for item in (await context(system, ref)).items] == ["oat milk", "bread"]
    ref.tell(Edit(2))
    ref.tell(Rename(" "))
    assert [item.id for item in (await context(system, ref)).items] == [1]


async def test_done_items_are_counted_and_cleared(system: ActorSystem) -> None:
    ref = await filled(system)
    await context(system, ref)
    async with ref.events(ListChanged) as changes:
        for message in (Toggle(1), Toggle(2), Toggle(2), ClearDone(), Remove(2)):
            ref.tell(message)
        await asyncio.sleep(0.1)
        counts = [await anext(changes) for _ in range(5)]
    assert counts == [ListChanged(1, 1), ListChanged(0, 2), ListChanged(1, 1), ListChanged(1, 0), ListChanged(0, 0)]
    assert (await context(system, ref)).items == ()


async def test_a_filter_changes_what_is_shown_and_nothing_else(system: ActorSystem) -> None:
    ref = await filled(system)
    ref.tell(Show("done"))
    state = await context(system, ref)
    assert (state.filter, len(state.items)) == ("done", 2)
