"""A table of rows as an element: what a user would write, no trick."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import Snapshot, define_behavior, message
from actorweb.page import Template, define_element, each, html

ADJECTIVES = ("pretty", "large", "big", "small", "tall", "short", "long", "handsome", "plain", "quaint", "clean", "elegant", "easy")
COLOURS = ("red", "yellow", "blue", "green", "pink", "brown", "purple", "brown", "white", "black", "orange")
NOUNS = ("table", "chair", "house", "bbq", "desk", "car", "pony", "cookie", "sandwich", "burger", "pizza", "mouse", "keyboard")


@message
class Run:
    count: int


@message
class Append:
    count: int


@message
class Update: ...


@message
class Swap: ...


@message
class Clear: ...


@message
class Select:
    id: int


@message
class Remove:
    id: int


@message
class Add: ...


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    items: tuple[Item, ...] = ()
    last: int = 0
    selected: int = 0


def label(number: int) -> str:
    return f"{ADJECTIVES[number * 7 % 13]} {COLOURS[number * 5 % 11]} {NOUNS[number * 3 % 13]}"


def make(table: Table, kept: tuple[Item, ...], count: int, selected: int) -> Table:
    last = table.last
    return Table((*kept, *[Item(number, label(number)) for number in range(last + 1, last + count + 1)]), last + count, selected)


def swap(table: Table) -> Table:
    items = list(table.items)
    if len(items) > 998:
        items[1], items[998] = items[998], items[1]
    return replace(table, items=tuple(items))


table = (
    define_behavior("table")
    .with_context(Table())
    .on(Run, lambda message, actor: make(actor.context, (), message.count, 0))
    .on(Append, lambda message, actor: make(actor.context, actor.context.items, message.count, actor.context.selected))
    .on(
        Update,
        lambda _, actor: replace(
            actor.context, items=tuple([Item(item.id, f"{item.label} !!!") if at % 10 == 0 else item for at, item in enumerate(actor.context.items)])
        ),
    )
    .on(Swap, lambda _, actor: swap(actor.context))
    .on(Clear, lambda _, actor: replace(actor.context, items=(), selected=0))
    .on(Select, lambda message, actor: replace(actor.context, selected=message.id))
    .on(Remove, lambda message, actor: replace(actor.context, items=tuple([item for item in actor.context.items if item.id != message.id])))
    .build()
)


def row(pair: tuple[Item, bool]) -> Template:
    item, selected = pair
    return html(
        """<tr class={state}><td class="col-md-1">{id}</td><td class="col-md-4"><a @click={select}>{label}</a></td>
           <td class="col-md-1"><a @click={remove}><span aria-hidden="true">x</span></a></td><td class="col-md-6"></td></tr>""",
        state="danger" if selected else "",
        id=item.id,
        label=item.label,
        select=Select(item.id),
        remove=Remove(item.id),
    )


def view(snapshot: Snapshot[Table]) -> Template:
    context = snapshot.context
    selected = context.selected
    pairs = [(item, item.id == selected) for item in context.items]
    return html("<table><tbody>{rows}</tbody></table>", rows=each(pairs, key=lambda pair: pair[0].id, view=row))


table_element = define_element("bench-table").with_behavior(table).with_view(view).with_style("a { cursor: pointer } .danger { color: red }").build()

counter = define_behavior("counter").with_context(0).on(Add, lambda _, actor: actor.context + 1).build()
counter_element = (
    define_element("bench-counter")
    .with_behavior(counter)
    .with_view(lambda snapshot: html("<button @click={add}>{n}</button>", add=Add(), n=snapshot.context))
    .build()
)
