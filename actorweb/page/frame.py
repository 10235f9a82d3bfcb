"""Frames: what changed between two looks of an element, as JSON.

The statics of a template cross once for each page; afterwards only values cross, and only those that changed. The page
keeps a mirror of the values and gives it to lit-html. The forms, all JSON:

    value   = null | text | number | true | [statics, value, …] | {"l": [value, …]} | {"r": runs, "n": news}
    change  = [hole, value]                     the hole has this value now
            | [hole, "t", changes]              the template in the hole changed
            | [hole, "l", [change of each …]]   a list without keys: changes by index
            | [hole, "r", runs | null, news, [row, changes | {"t": value}, …]]    keyed rows: their order if it changed, new rows, changed rows
    runs    = [first, count, first, count, …]   row numbers in their order; new rows have consecutive numbers
    news    = [first, statics, width, value, …] all new rows in one flat list; statics 0: each value is a whole template

An event hole has a slot, or [slot, {field: path}], or null.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import DuplicateKey, TemplateError
from actorweb.page.attribute import UNSAFE_URL, attribute_text, compose, is_safe_url
from actorweb.page.grammar import ATTRIBUTE, EVENT, TEXT
from actorweb.page.runs import runs_of
from actorweb.page.sameness import Closure, count_same, is_same_item
from actorweb.page.slots import Slots, is_same_binding
from actorweb.page.template import Binding, Rows, Template
from actorweb.values.codec import to_json
from actorweb.values.message import is_message_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actorweb.page.grammar import Hole, Statics
    from actorweb.values.json import Json

Changes: TypeAlias = "list[Json]"


class Painter:
    """Makes frames for all elements of one page: it numbers the statics and binds the slots.

    With `binds=False` every slot is 0: a look to show before there is anybody to click for.
    """

    __slots__ = ("_numbers", "bind", "known", "new_statics", "refused", "retired", "slots")

    def __init__(self, *, binds: bool = True) -> None:
        self._numbers: dict[Statics, int] = {}
        self.new_statics: list[Json] = []
        self.slots: Slots = Slots()
        self.bind: Callable[[object], int] = self.slots.bind if binds else lambda _: 0
        self.known: set[type[object]] = set()  # classes that were found to be messages
        self.retired: list[int] = []
        self.refused: list[str] = []

    def number(self, statics: Statics) -> int:
        """Give the number of statics; new ones are put into the next frame."""
        number = self._numbers.get(statics)
        if number is None:
            number = self._numbers[statics] = len(self._numbers) + 1
            self.new_statics.append(statics.describe(number))
        return number

    # --- first looks -------------------------------------------------------------------------------------------------

    def paint(self, template: Template) -> tuple[Node, Json]:
        """Make the first look of a template."""
        node = Node(self, template)
        return node, node.take(self)

    def encode(self, hole: Hole, value: object) -> tuple[object, Json]:
        """Give what is kept for a hole's value, to compare the next one with, and its JSON."""
        kind = hole.kind
        if kind == "text":
            return self._encode_text(value)
        if kind == "event":
            return self._encode_event(hole, value)
        if kind == "boolean":
            return bool(value), bool(value)
        if kind == "property":
            return value, to_json(value)
        text = attribute_text(hole, value)
        if kind == "url" and text is not None and not is_safe_url(text):
            self.refused.append(f"the {hole.name} {text[:60]!r} was left out: an address may be http, https, mailto, tel or relative")
            text = UNSAFE_URL
        return text, text

    def _encode_text(self, value: object) -> tuple[object, Json]:
        if type(value) is str:
            return value, value
        if value is None or isinstance(value, bool):
            return None, None
        if isinstance(value, (int, float, str)):
            return value, str(value)
        if isinstance(value, Template):
            return self.paint(value)
        if isinstance(value, Rows):
            rows = KeyedRows(self, value)
            return rows, rows.first
        if isinstance(value, (list, tuple)):
            kept = [self._encode_text(item) for item in value]
            return [item for item, _ in kept], {"l": [data for _, data in kept]}
        return value, str(value)

    def _encode_event(self, hole: Hole, value: object) -> tuple[object, Json]:
        if value is None or value is False:
            return None, None
        if isinstance(value, Binding):
            slot = self.bind(value)
            return slot, [slot, dict(value.fields)]
        if not isinstance(value, dict) and not is_message_type(type(value)):
            raise TemplateError(
                f"@{hole.name} is bound to {value!r}", "a message, on(Message, field=path), or None", "bind a message: events are data, not functions"
            )
        self.known.add(type(value))
        slot = self.bind(value)
        return slot, slot

    def forget(self, kept: object) -> None:
        """Let the slots of what is no longer shown go: of a look, of rows, of lists of them."""
        if isinstance(kept, Node):
            inside = kept.kept
            for index in kept.statics.events:
                slot = inside[index]
                if slot is not None:
                    self.retired.append(slot)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (an event hole keeps its slot)
            for index in kept.statics.texts:
                part = inside[index]
                if part.__class__ is not str and part is not None:
                    self.forget(part)
        elif isinstance(kept, KeyedRows):
            for row in kept.sequence:
                self.forget(row)
        elif isinstance(kept, list):
            for part in kept:
                self.forget(part)

    # --- changes -----------------------------------------------------------------------------------------------------

    def change(self, number: int, hole: Hole, kept: object, value: object) -> tuple[object, Json]:
        """Compare a hole's new value with the kept one. Gives what is kept now, and the change or None."""
        if hole.kind == "text":
            return self._change_text(number, kept, value)
        if hole.kind == "property":
            if kept is value or (type(kept) is type(value) and kept == value):
                return kept, None
            now, data = self.encode(hole, value)
            return now, [number, data]
        now, data = self.encode(hole, value)
        return (kept, None) if now == kept else (now, [number, data])

    def rebind(self, number: int, hole: Hole, slot: object, value: object) -> tuple[object, Json]:
        """Give an event hole another message. The old slot goes with the frame that brings the new one."""
        now, data = self._encode_event(hole, value)
        if slot is None and now is None:
            return None, None
        if slot is not None:
            self.retired.append(slot)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (an event hole keeps its slot)
        return now, [number, data]

    def _change_text(self, number: int, kept: object, value: object) -> tuple[object, Json]:
        if type(value) is str or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            if type(kept) is type(value) and kept == value:
                return kept, None
        elif isinstance(value, Template):
            if isinstance(kept, Node) and kept.statics is value.statics:
                changes = kept.update(self, value)
                return kept, [number, "t", changes] if changes else None
        elif isinstance(value, Rows):
            if isinstance(kept, KeyedRows):
                change = kept.update(self, number, value)
                return kept, change
        elif isinstance(value, (list, tuple)) and isinstance(kept, list) and len(kept) == len(value):
            parts: list[Json] = []
            for index, item in enumerate(value):
                kept[index], change = self._change_text(index, kept[index], item)
                if change is not None:
                    parts.append(change)
            return kept, [number, "l", parts] if parts else None
        elif (value is None or isinstance(value, bool)) and kept is None:
            return None, None
        self.forget(kept)
        now, data = self._encode_text(value)
        return now, [number, data]


class Node:
    """One look of a template: what is kept of it to compare the next one with.

    `kept` holds for each hole its value, or what was made of it: a slot for an event, a node, rows, a list of these.
    `encoded` is the JSON of the values; whoever has sent it takes it away.
    """

    __slots__ = ("encoded", "kept", "statics", "values")

    def __init__(self, painter: Painter, template: Template) -> None:
        self.paint(painter, template)

    def paint(self, painter: Painter, template: Template) -> None:
        """Make the whole look."""
        self.statics: Statics = template.statics
        self.values: tuple[object, ...] = template.values
        self.kept: list[object]
        self.encoded: list[Json]
        statics, values, self.kept, self.encoded = self.statics, self.values, [], []
        if not statics.plain:
            for hole in statics.holes:
                kept, data = painter.encode(hole, compose(hole, values) if hole.pieces else values[hole.values[0]])
                self.kept.append(kept)
                self.encoded.append(data)
            return
        # The usual case, and the hot path of long lists: texts stand for themselves, only the rest is looked at.
        kept_values: list[object] = list(values)
        encoded: list[Json] = list(values)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType, reportArgumentType]  (what is no JSON is replaced below)
        known, bind = painter.known, painter.bind
        for number, code, hole in statics.plan:
            value = values[number]
            kind = value.__class__
            if code == EVENT and kind in known:
                kept_values[number] = encoded[number] = bind(value)
            elif code > ATTRIBUTE or kind is not str:
                if kind is int and code == TEXT:
                    encoded[number] = str(value)
                else:
                    kept_values[number], encoded[number] = painter.encode(hole, value)
        self.kept, self.encoded = kept_values, encoded

    def take(self, painter: Painter) -> list[Json]:
        """Give the whole look as JSON, once."""
        encoded, self.encoded = self.encoded, []
        return [painter.number(self.statics), *encoded]

    def update(self, painter: Painter, template: Template) -> Changes:
        """Give what changed, and keep the new look."""
        old, values = self.values, template.values
        self.encoded = []
        changes: list[Json] = []
        kept = self.kept
        for number, code, hole in template.statics.plan:
            if not hole.pieces:
                index = hole.values[0]
                value, before = values[index], old[index]
                # The same immutable value is the same look. Rows and lists are looked into: their items decide.
                if value is before and (code != TEXT or value.__class__ is str):
                    continue
                if code == EVENT:
                    if kept[number] is not None and is_same_binding(before, value):
                        continue
                    kept[number], change = painter.rebind(number, hole, kept[number], value)
                else:
                    kept[number], change = painter.change(number, hole, kept[number], value)
            else:
                kept[number], change = painter.change(number, hole, kept[number], compose(hole, values))
            if change is not None:
                changes.append(change)
        self.values = values
        return changes


class Row(Node):
    """A row as it is shown."""

    __slots__ = ("key", "number")

    key: Hashable
    number: int


class KeyedRows:
    """The rows of an `each` as they are shown, in their order and by key."""

    __slots__ = ("first", "items", "key", "last", "rows", "sequence", "view")

    def __init__(self, painter: Painter, rows: Rows) -> None:
        self.items: Sequence[object] = ()
        self.sequence: list[Row] = []
        self.rows: dict[Hashable, Row] = {}
        self.last: int = 0
        self.view: Closure = Closure(rows.view)
        self.key: Closure = Closure(rows.key)
        runs, news, _ = self._arrange(painter, rows)
        self.first: Json = {"r": runs or [], "n": news}

    def update(self, painter: Painter, number: int, rows: Rows) -> Json:
        """Give the change of a hole that holds rows, or None."""
        self.first = None
        runs, news, changed = self._arrange(painter, rows)
        if runs is None and not changed:
            return None
        return [number, "r", runs, news, changed]

    def _arrange(self, painter: Painter, rows: Rows) -> tuple[list[Json] | None, list[Json], list[Json]]:
        items = rows.items if isinstance(rows.items, (list, tuple)) else tuple(rows.items)
        before, self.items = self.items, tuple(items)
        sequence = self.sequence
        view, key_of = rows.view, rows.key
        closed, closed_key = Closure(view), Closure(key_of)
        keep = closed.is_same(self.view) and closed_key.is_same(self.key)
        self.view, self.key = closed, closed_key
        changed: list[Json] = []
        # Most changes leave most rows where they are: those are passed over without asking for their keys.
        start = 0
        pairs = zip(before, items, strict=False)
        while True:
            if keep:
                start += count_same(pairs)
            if start == len(sequence) or start == len(items) or key_of(items[start]) != sequence[start].key:
                break
            self._redraw(painter, sequence[start], _template(view(items[start])), changed)
            start += 1
        if start == len(sequence) == len(items):
            return None, [], changed
        end = 0
        if keep:
            limit = min(len(sequence), len(items)) - start
            end = count_same(zip(itertools.islice(reversed(before), limit), reversed(items), strict=False))
        fresh = self._rearrange(painter, rows, before, items, start, end, changed, keep=keep)
        return runs_of([row.number for row in self.sequence]), _news(painter, fresh), changed

    def _rearrange(
        self,
        painter: Painter,
        rows: Rows,
        before: Sequence[object],
        items: Sequence[object],
        start: int,
        end: int,
        changed: list[Json],
        *,
        keep: bool,
    ) -> list[Row]:
        """Put the rows between the first `start` and the last `end` anew. Gives those that are new."""
        view, key_of, known, sequence = rows.view, rows.key, self.rows, self.sequence
        old_end = len(sequence) - end
        middle = sequence[start:old_end]
        shown = {row.key for row in sequence[:start]}
        shown.update([row.key for row in sequence[old_end:]])
        old_items = {row.key: item for row, item in zip(middle, before[start:old_end], strict=True)} if keep else {}
        placed: list[Row] = []
        fresh: list[Row] = []
        last = self.last
        for item in items[start : len(items) - end]:
            key = key_of(item)
            if key in shown:
                raise DuplicateKey(f"two rows have the key {key!r}", "keys that differ", "give each(…, key=…) something that is unique, such as an id")
            shown.add(key)
            row = known.get(key)
            if row is None:
                row = Row(painter, _template(view(item)))
                last += 1
                row.key, row.number = key, last
                known[key] = row
                fresh.append(row)
            elif not (keep and is_same_item(old_items[key], item)):
                self._redraw(painter, row, _template(view(item)), changed)
            placed.append(row)
        self.last = last
        for row in middle:
            if row.key not in shown:
                painter.forget(row)
                del known[row.key]
        self.sequence = [*sequence[:start], *placed, *sequence[old_end:]]
        return fresh

    def _redraw(self, painter: Painter, row: Row, template: Template, changed: list[Json]) -> None:
        if template.statics is row.statics:
            changes = row.update(painter, template)
            if changes:
                changed.extend((row.number, changes))
        else:
            painter.forget(row)
            row.paint(painter, template)
            changed.extend((row.number, {"t": row.take(painter)}))


def _template(made: object) -> Template:
    if isinstance(made, Template):
        return made
    raise TemplateError(f"the view of a row gave {made!r}", "a template", "return html(…) from it")


def _news(painter: Painter, rows: list[Row]) -> list[Json]:
    if not rows:
        return []
    statics = rows[0].statics
    news: list[Json]
    if any(row.statics is not statics for row in rows):
        news = [rows[0].number, 0, 1, *(row.take(painter) for row in rows)]
    elif statics.holes:
        news = [rows[0].number, painter.number(statics), len(statics.holes), *itertools.chain.from_iterable([row.encoded for row in rows])]
    else:
        news = [rows[0].number, painter.number(statics), 0, *([0] * len(rows))]
    for row in rows:
        row.encoded = []
    return news
