"""A to-do list: keyed rows that are added, edited in place, completed, filtered and cleared. One with a `name` is kept over a reload."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from actorweb import ActorContext, MessagePlan, Request, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, each, html, on

Filter = Literal["all", "open", "done"]
FILTERS: tuple[Filter, ...] = ("all", "open", "done")


@message
class Draft:
    """What stands in the field for a new item."""

    text: str


@message
class Add:
    text: str


@message
class Toggle:
    id: int


@message
class Edit:
    id: int


@message
class Rename:
    text: str


@message
class CancelEdit: ...


@message
class Remove:
    id: int


@message
class Show:
    filter: Filter


@message
class ClearDone: ...


@message
class GetItems(Request[tuple[str, ...]]):
    """Asks for the texts of all items, in order."""


@message
class ListChanged:
    open: int
    done: int


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class TodoList:
    items: tuple[Item, ...] = ()
    draft: str = ""
    editing: int = 0
    filter: Filter = "all"
    last: int = 0


Actor = ActorContext[TodoList]


def changed(new: TodoList) -> MessagePlan[TodoList]:
    done = sum(item.done for item in new.items)
    return MessagePlan(context=new, emit=[ListChanged(len(new.items) - done, done)])


def add(message: Add, actor: Actor) -> MessagePlan[TodoList] | TodoList:
    text = message.text.strip()
    if not text:
        return replace(actor.context, draft="")
    number = actor.context.last + 1
    return changed(replace(actor.context, items=(*actor.context.items, Item(number, text)), draft="", last=number))


def toggle(message: Toggle, actor: Actor) -> MessagePlan[TodoList]:
    items = tuple(replace(item, done=not item.done) if item.id == message.id else item for item in actor.context.items)
    return changed(replace(actor.context, items=items))


def rename(message: Rename, actor: Actor) -> MessagePlan[TodoList]:
    """Take the new text of the item that is edited; an empty one removes it."""
    context, text = actor.context, message.text.strip()
    items = tuple(replace(item, text=text) if item.id == context.editing else item for item in context.items)
    return changed(replace(context, items=tuple(item for item in items if item.text), editing=0))


def remove(message: Remove, actor: Actor) -> MessagePlan[TodoList]:
    return changed(replace(actor.context, items=tuple(item for item in actor.context.items if item.id != message.id)))


def clear(_: ClearDone, actor: Actor) -> MessagePlan[TodoList]:
    return changed(replace(actor.context, items=tuple(item for item in actor.context.items if not item.done)))


todo = (
    define_behavior("todo")
    .with_context(TodoList())
    .on(Draft, lambda message, actor: replace(actor.context, draft=message.text))
    .on(Add, add)
    .on(Toggle, toggle)
    .on(Edit, lambda message, actor: replace(actor.context, editing=message.id))
    .on(Rename, rename)
    .on(CancelEdit, lambda message, actor: replace(actor.context, editing=0))
    .on(Remove, remove)
    .on(Show, lambda message, actor: replace(actor.context, filter=message.filter))
    .on(ClearDone, clear)
    .on(GetItems, lambda message, actor: MessagePlan(reply=tuple(item.text for item in actor.context.items)))
    .build()
)


def row(shown: tuple[Item, bool]) -> Template:
    item, editing = shown
    if editing:
        return html(
            """<li><input class="edit" aria-label="New text" .value={text}
                 @keydown.key(Enter)={rename} @keydown.key(Escape)={cancel}>
               <button @click={cancel}>Cancel</button></li>""",
            text=item.text,
            rename=on(Rename, text="target.value"),
            cancel=CancelEdit(),
        )
    return html(
        """<li class={state}><label><input type="checkbox" .checked={done} @change={toggle}><span>{text}</span></label>
           <button aria-label={edit_label} @click={edit}>Edit</button>
           <button aria-label={remove_label} @click={remove}>✕</button></li>""",
        state="done" if item.done else "open",
        done=item.done,
        toggle=Toggle(item.id),
        text=item.text,
        edit_label=f"Edit {item.text}",
        edit=Edit(item.id),
        remove_label=f"Remove {item.text}",
        remove=Remove(item.id),
    )


def view(snapshot: Snapshot[TodoList]) -> Template:
    context = snapshot.context
    wanted = [item for item in context.items if context.filter == "all" or item.done == (context.filter == "done")]
    left = sum(not item.done for item in context.items)
    return html(
        """
        <div class="new"><input aria-label="What is to be done?" placeholder="What is to be done?" .value={draft}
            @input={typed} @keydown.key(Enter)={add}></div>
        <ul aria-label="Items">{rows}</ul>
        <div class="bar">
          <span role="status">{left} left</span>
          <span role="group" aria-label="Show">{filters}</span>
          <button ?disabled={none_done} @click={clear}>Clear done</button>
        </div>
        """,
        draft=context.draft,
        typed=on(Draft, text="target.value"),
        add=on(Add, text="target.value"),
        rows=each(((item, item.id == context.editing) for item in wanted), key=lambda shown: shown[0].id, view=row),
        left=left,
        filters=[
            html("<button aria-pressed={on} @click={show}>{name}</button>", on="true" if name == context.filter else "false", show=Show(name), name=name)
            for name in FILTERS
        ],
        none_done=left == len(context.items),
        clear=ClearDone(),
    )


todo_element = (
    define_element("aw-todo")
    .with_behavior(todo)
    .with_attribute("name", str, default="")
    .with_store(key=lambda attributes: f"todo/{attributes['name']}" if attributes["name"] else None)
    .with_property("items", tuple[str, ...], read=lambda snapshot: tuple(item.text for item in snapshot.context.items))
    .with_event(ListChanged)
    .with_view(view)
    .with_style("""
        :host { display: block; font: inherit; color: inherit }
        input { font: inherit; color: inherit; background: transparent }
        .new input, .edit { width: 100%; box-sizing: border-box; padding: .5em; border: 1px solid currentColor; border-radius: .5em }
        ul { list-style: none; margin: .5rem 0; padding: 0 }
        li { display: flex; align-items: center; gap: .4rem; padding: .25rem 0 }
        li label { flex: 1; display: flex; align-items: center; gap: .5rem; overflow-wrap: anywhere }
        li.done span { text-decoration: line-through }
        .bar { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; justify-content: space-between }
        button { font: inherit; font-size: .85em; padding: .3em .6em; border: 1px solid currentColor; border-radius: .5em; background: transparent;
                 color: inherit; cursor: pointer }
        button:disabled { opacity: .45; cursor: default }
        button[aria-pressed="true"], button:hover:enabled { background: color-mix(in srgb, currentColor 15%, transparent) }
        button:focus-visible, input:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
    """)
    .build()
)
