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
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import DuplicateKey, TemplateError
from actorweb.page.slots import Slots, is_same_binding
from actorweb.page.template import Binding, Rows, Template
from actorweb.values.codec import to_json
from actorweb.values.message import is_message_type

if TYPE_CHECKING:
    from types import CellType, CodeType

    from actorweb.page.grammar import Hole, Statics
    from actorweb.values.json import Json

Changes: TypeAlias = "list[Json]"
UNSAFE_URL = "about:blank#blocked"
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


class Painter:
    """Makes frames for all elements of one page: it numbers the statics and binds the slots.

    With `binds=False` every slot is 0: a look to show before there is anybody to click for.
    """

    __slots__ = ("_binds", "_numbers", "new_statics", "refused", "retired", "slots")

    def __init__(self, *, binds: bool = True) -> None:
        self._binds = binds
        self._numbers: dict[Statics, int] = {}
        self.new_statics: list[Json] = []
        self.slots: Slots = Slots()
        self.retired: list[int] = []
        self.refused: list[str] = []

    def number(self, statics: Statics) -> int:
        """Give the number of statics; new ones are put into the next frame."""
        number = self._numbers.get(statics)
        if number is None:
            number = self._numbers[statics] = len(self._numbers) + 1
            holes: list[Json] = [[hole.kind, hole.name, [list(modifier) for modifier in hole.modifiers]] for hole in statics.holes]
            self.new_statics.append([number, list(statics.strings), holes])
        return number

    def all_statics(self) -> list[Json]:
        """Give every statics so far, for a page that begins anew."""
        return [[number, list(statics.strings), [[hole.kind, hole.name, [list(m) for m in hole.modifiers]] for hole in statics.holes]] for statics, number in self._numbers.items()]

    # --- first looks -------------------------------------------------------------------------------------------------

    def paint(self, template: Template) -> tuple[Node, Json]:
        """Make the first look of a template."""
        node = Node(self, template)
        return node, [self.number(template.statics), *node.encoded]

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
        text = _attribute_text(hole, value)
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
        if not isinstance(value, Binding) and not is_message_type(type(value)) and not isinstance(value, dict):
            raise TemplateError(f"@{hole.name} is bound to {value!r}", "a message, on(Message, field=path), or None", "bind a message: events are data, not functions")
        slot = self.slots.bind(value) if self._binds else 0
        bound = Bound(slot, value)
        return bound, bound.data

    def forget(self, kept: object) -> None:
        """Let the slots of what is no longer shown go."""
        if isinstance(kept, Bound):
            self.retired.append(kept.slot)
        elif isinstance(kept, Node):
            for part in kept.kept:
                if not isinstance(part, (str, int, float, bool, type(None))):
                    self.forget(part)
        elif isinstance(kept, KeyedRows):
            for row in kept.rows.values():
                self.forget(row.node)
        elif isinstance(kept, list):
            for part in kept:
                self.forget(part)

    # --- changes -----------------------------------------------------------------------------------------------------

    def change(self, number: int, hole: Hole, kept: object, value: object) -> tuple[object, Json]:
        """Compare a hole's new value with the kept one. Gives what is kept now, and the change or None."""
        kind = hole.kind
        if kind == "event":
            if isinstance(kept, Bound) and value is not None and value is not False and is_same_binding(kept.message, value):
                return kept, None
        elif kind == "text":
            return self._change_text(number, kept, value)
        elif kind == "property" and (kept is value or (type(kept) is type(value) and kept == value)):
            return kept, None
        now, data = self.encode(hole, value)
        if kind == "event":
            if kept is None and now is None:
                return None, None
            self.forget(kept)
            return now, [number, data]
        if kind != "property" and now == kept:
            return kept, None
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


class Bound:
    """A slot in a hole, with the message that it names."""

    __slots__ = ("message", "slot")

    def __init__(self, slot: int, message: object) -> None:
        self.slot: int = slot
        self.message: object = message

    @property
    def data(self) -> Json:
        """The slot as JSON, with the fields to fill."""
        return [self.slot, dict(self.message.fields)] if isinstance(self.message, Binding) else self.slot


class Node:
    """One look of a template: what is kept of it to compare the next one with."""

    __slots__ = ("encoded", "kept", "statics", "values")

    def __init__(self, painter: Painter, template: Template) -> None:
        self.statics: Statics = template.statics
        self.values: tuple[object, ...] = template.values
        self.kept: list[object] = []
        self.encoded: list[Json] = []
        values = template.values
        for hole in template.statics.holes:
            value = values[hole.values[0]] if not hole.pieces else _compose(hole, values)
            if type(value) is str and hole.kind in ("text", "attribute"):
                self.kept.append(value)
                self.encoded.append(value)
            else:
                kept, data = painter.encode(hole, value)
                self.kept.append(kept)
                self.encoded.append(data)

    def update(self, painter: Painter, template: Template) -> Changes:
        """Give what changed, and keep the new look."""
        old, values = self.values, template.values
        self.encoded = []
        changes: list[Json] = []
        kept = self.kept
        for number, hole in enumerate(template.statics.holes):
            if not hole.pieces:
                index = hole.values[0]
                value = values[index]
                # The same immutable value is the same look. Rows and lists are looked into: their items decide.
                if value is old[index] and hole.kind != "text":
                    continue
            else:
                value = _compose(hole, values)
            kept[number], change = painter.change(number, hole, kept[number], value)
            if change is not None:
                changes.append(change)
        self.values = values
        return changes


class Row:
    """A row as it is shown."""

    __slots__ = ("item", "node", "number")

    def __init__(self, number: int, item: object, node: Node) -> None:
        self.number: int = number
        self.item: object = item
        self.node: Node = node


class KeyedRows:
    """The rows of an `each` as they are shown, by key."""

    __slots__ = ("first", "last", "order", "rows", "view")

    def __init__(self, painter: Painter, rows: Rows) -> None:
        self.rows: dict[Hashable, Row] = {}
        self.last: int = 0
        self.view: Callable[[object], Template] = rows.view
        self.order: list[int] = []
        runs, news, _ = self._arrange(painter, rows)
        self.first: Json = {"r": runs, "n": news}

    def update(self, painter: Painter, number: int, rows: Rows) -> Json:
        """Give the change of a hole that holds rows, or None."""
        self.first = None
        runs, news, changed = self._arrange(painter, rows)
        if runs is None and not changed:
            return None
        return [number, "r", runs, news, changed]

    def _arrange(self, painter: Painter, rows: Rows) -> tuple[list[Json] | None, list[Json], list[Json]]:
        old = self.rows
        view, key_of = rows.view, rows.key
        keep = is_same_view(self.view, view)
        self.view = view
        shown: dict[Hashable, Row] = {}
        order: list[int] = []
        fresh: list[Row] = []
        changed: list[Json] = []
        for item in rows.items:
            key = key_of(item)
            row = old.get(key)
            if row is None:
                self.last += 1
                row = Row(self.last, item, Node(painter, _template(view(item))))
                fresh.append(row)
            elif not (keep and is_same_item(row.item, item)):
                self._redraw(painter, row, _template(view(item)), item, changed)
            if key in shown:
                raise DuplicateKey(f"two rows have the key {key!r}", "keys that differ", "give each(…, key=…) something that is unique, such as an id")
            shown[key] = row
            order.append(row.number)
        if len(shown) - len(fresh) < len(old):
            for key, row in old.items():
                if key not in shown:
                    painter.forget(row.node)
        self.rows = shown
        runs = None
        if order != self.order:
            self.order = order
            runs = _runs(order)
        return runs, _news(painter, fresh), changed

    def _redraw(self, painter: Painter, row: Row, template: Template, item: object, changed: list[Json]) -> None:
        row.item = item
        if template.statics is row.node.statics:
            changes = row.node.update(painter, template)
            if changes:
                changed.extend((row.number, changes))
        else:
            painter.forget(row.node)
            row.node = Node(painter, template)
            changed.extend((row.number, {"t": [painter.number(template.statics), *row.node.encoded]}))


def _template(made: object) -> Template:
    if isinstance(made, Template):
        return made
    raise TemplateError(f"the view of a row gave {made!r}", "a template", "return html(…) from it")


def _news(painter: Painter, rows: list[Row]) -> list[Json]:
    if not rows:
        return []
    statics = rows[0].node.statics
    if all(row.node.statics is statics for row in rows):
        values = list(itertools.chain.from_iterable([row.node.encoded for row in rows]))
        return [rows[0].number, painter.number(statics), len(statics.holes), *values] if statics.holes else [rows[0].number, painter.number(statics), 0, *([0] * len(rows))]
    return [rows[0].number, 0, 1, *([painter.number(row.node.statics), *row.node.encoded] for row in rows)]


def _runs(order: list[int]) -> list[Json]:
    runs: list[Json] = []
    first = previous = count = 0
    for number in order:
        if count and number == previous + 1:
            count += 1
        else:
            if count:
                runs += (first, count)
            first, count = number, 1
        previous = number
    if count:
        runs += (first, count)
    return runs


def is_same_item(old: object, new: object) -> bool:
    """Tell whether a row need not be made again: the same object, or a tuple of the same objects."""
    if old is new:
        return True
    if type(old) is tuple and type(new) is tuple and len(old) == len(new):
        return all(a is b or (type(a) is type(b) and isinstance(a, (bool, int, str)) and a == b) for a, b in zip(old, new, strict=True))
    return False


def is_same_view(old: Callable[..., object], new: Callable[..., object]) -> bool:
    """Tell whether two functions give the same look for the same item: one code, closing over the same things."""
    if old is new:
        return True
    code: CodeType | None = getattr(new, "__code__", None)
    if code is None or getattr(old, "__code__", None) is not code:
        return False
    if getattr(old, "__defaults__", None) != getattr(new, "__defaults__", None):
        return False
    old_cells: Iterable[CellType] = getattr(old, "__closure__", None) or ()
    new_cells: Iterable[CellType] = getattr(new, "__closure__", None) or ()
    return all(_same_cell(a, b) for a, b in zip(old_cells, new_cells, strict=True))


def _same_cell(old: CellType, new: CellType) -> bool:
    try:
        a, b = old.cell_contents, new.cell_contents
    except ValueError:  # an empty cell: the function is used before what it closes over exists
        return False
    return a is b or (type(a) is type(b) and isinstance(a, (bool, int, float, str)) and a == b)


def _compose(hole: Hole, values: tuple[object, ...]) -> str:
    pieces = hole.pieces
    parts = [pieces[0]]
    for piece, index in zip(pieces[1:], hole.values, strict=True):
        value = values[index]
        parts.append("" if value is None or value is False else str(value))
        parts.append(piece)
    return "".join(parts)


def _attribute_text(hole: Hole, value: object) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TemplateError(f"the attribute {hole.name} got {value!r}", "a text, a number, a boolean or None", f"write .{hole.name}={{…}} to set a property instead")


def is_safe_url(text: str) -> bool:
    """Tell whether an address can do nothing but lead somewhere (HTML: `javascript:` URLs are code)."""
    # Browsers pass over tabs, newlines and leading control characters in a scheme, so we do as well.
    cleaned = "".join(character for character in text if character > " " and character != "\x7f").lower()
    head, colon, _ = cleaned.partition(":")
    if not colon or any(sign in head for sign in "/?#"):
        return True
    return head in SCHEMES
