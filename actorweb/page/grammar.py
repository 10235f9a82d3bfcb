"""The grammar of templates: HTML with holes. One parser for the string form and for t-strings.

A template is parsed once, when it is first used. The parser decides what each hole is by where it stands, refuses holes
where a value could become code (`on*`, `srcdoc`, `<script>`, `<style>`, names), and rewrites the text for lit-html: each
attribute with holes becomes one hole whose value is composed here, modifiers leave the names and become data.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors import TemplateError

if TYPE_CHECKING:
    from actorweb.values.json import Json

Kind: TypeAlias = Literal["text", "attribute", "url", "boolean", "property", "event"]
URL_ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "poster", "data", "cite", "background", "ping", "manifest", "xlink:href", "srcset"})
RAW = frozenset({"script", "style", "textarea", "title"})
MODIFIERS = frozenset({"prevent", "stop", "once", "self", "debounce", "throttle", "key"})
FORBIDDEN_PROPERTIES = frozenset({"innerhtml", "outerhtml", "srcdoc"})
_NAME = re.compile(r"[A-Za-z_][\w:.-]*")
_ATTRIBUTE = re.compile(r"[^\s=>/\"'<]+")
_MODIFIER = re.compile(r"([a-z]+)(?:\(([^()]*)\))?")


@dataclasses.dataclass(frozen=True, slots=True)
class Hole:
    """A place that takes a value.

    `values` are the numbers of the template's values that it is composed of, `pieces` the text around them (one more than
    values, empty for a hole that stands alone). `modifiers` are an event's: name → argument.
    """

    kind: Kind
    name: str
    values: tuple[int, ...]
    pieces: tuple[str, ...] = ()
    modifiers: tuple[tuple[str, str], ...] = ()


TEXT, ATTRIBUTE, EVENT, OTHER = range(4)
_CODES = {"text": TEXT, "attribute": ATTRIBUTE, "event": EVENT}


class Statics:
    """The part of a template that does not change: `strings` for lit-html, one more than `holes`. Each is only itself.

    `plain` says that each hole is just the value of its number, which is the usual case and the quick one. `plan` names
    the holes with their numbers and codes; `events` and `texts` are the numbers of those that may hold slots.
    """

    __slots__ = ("events", "holes", "names", "plain", "plan", "strings", "texts")

    def __init__(self, strings: tuple[str, ...], holes: tuple[Hole, ...], names: tuple[str, ...] = ()) -> None:
        self.strings: tuple[str, ...] = strings
        self.holes: tuple[Hole, ...] = holes
        self.names: tuple[str, ...] = names
        self.plain: bool = all(hole.values == (index,) and not hole.pieces for index, hole in enumerate(holes))
        self.plan: tuple[tuple[int, int, Hole], ...] = tuple((index, _CODES.get(hole.kind, OTHER), hole) for index, hole in enumerate(holes))
        self.events: tuple[int, ...] = tuple(index for index, code, _ in self.plan if code == EVENT)
        self.texts: tuple[int, ...] = tuple(index for index, code, _ in self.plan if code == TEXT)

    def describe(self, number: int) -> Json:
        """Give what the page must know of it, under a number."""
        return [number, list(self.strings), [[hole.kind, hole.name, [list(modifier) for modifier in hole.modifiers]] for hole in self.holes]]


class _Parser:
    """Walks over the text; a hole is the place between two strings."""

    def __init__(self, strings: tuple[str, ...], labels: tuple[str, ...]) -> None:
        self.strings = strings
        self.labels = labels
        self.part = 0
        self.at = 0
        self.out = [""]
        self.holes: list[Hole] = []

    # --- the text as one sequence of characters and holes ------------------------------------------------------------

    def peek(self) -> str:
        """The next character; `""` at a hole or at the end."""
        text = self.strings[self.part]
        return text[self.at] if self.at < len(text) else ""

    def at_hole(self) -> bool:
        return self.at == len(self.strings[self.part]) and self.part < len(self.strings) - 1

    def at_end(self) -> bool:
        return self.at == len(self.strings[self.part]) and self.part == len(self.strings) - 1

    def take_hole(self) -> int:
        self.part += 1
        self.at = 0
        return self.part - 1

    def starts(self, text: str) -> bool:
        return self.strings[self.part].startswith(text, self.at)

    def emit(self, text: str) -> None:
        self.out[-1] += text

    def take(self, count: int = 1) -> str:
        text = self.strings[self.part][self.at : self.at + count]
        self.at += count
        return text

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.strings[self.part], self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def add(self, hole: Hole) -> None:
        self.holes.append(hole)
        self.out.append("")

    def refuse(self, happened: str, expected: str, do: str) -> TemplateError:
        """Make the error, with the line and a caret under the spot."""
        before = "".join(self.strings[index] + (f"{{{self.labels[index]}}}" if index < self.part else "") for index in range(self.part))
        before += self.strings[self.part][: self.at]
        rest = "".join(
            (f"{{{self.labels[index - 1]}}}" if index > self.part else "") + (self.strings[index] if index > self.part else self.strings[index][self.at :])
            for index in range(self.part, len(self.strings))
        )
        number = before.count("\n") + 1
        start = before.rpartition("\n")[2]
        line = start + rest.partition("\n")[0]
        return TemplateError(f"line {number} of the template: {happened}\n    {line}\n    {' ' * len(start)}^", expected, do)

    # --- the grammar -------------------------------------------------------------------------------------------------

    def document(self) -> Statics:
        while not self.at_end():
            if self.at_hole():
                self.add(Hole("text", "", (self.take_hole(),)))
            elif self.starts("<!--"):
                self.comment()
            elif self.starts("</"):
                self.closing_tag()
            elif self.starts("<!"):
                raise self.refuse("a declaration stands in a template", "elements and text", "leave it out")
            elif self.peek() == "<":
                self.tag()
            else:
                self.emit(self.take())
        return Statics(tuple(self.out), tuple(self.holes))

    def comment(self) -> None:
        while not self.starts("-->"):
            if self.at_hole():
                raise self.refuse("a hole stands in a comment", "holes in text and attributes", "move it out of the comment, or delete the comment")
            if self.at_end():
                raise self.refuse("a comment is not closed", "-->", "close it")
            self.take()
        self.take(3)

    def closing_tag(self) -> None:
        self.emit(self.take(2))
        if self.at_hole():
            raise self.refuse("a hole stands for the name of a tag", "a name", "choose between two templates in Python instead")
        self.emit(self.match(_NAME))
        while self.peek().isspace():
            self.take()
        if self.peek() != ">":
            raise self.refuse("a closing tag is not closed", ">", "close it")
        self.emit(self.take())

    def tag(self) -> None:
        self.emit(self.take())
        if self.at_hole():
            raise self.refuse("a hole stands for the name of a tag", "a name", "choose between two templates in Python instead")
        name = self.match(_NAME)
        if not name:
            raise self.refuse("a '<' begins no tag", "a name behind it", "write &lt; for the sign itself")
        self.emit(name)
        while True:
            space = self.match(re.compile(r"\s+"))
            if self.at_hole():
                raise self.refuse("a hole stands where an attribute's name must", "name={…}, as in class={…} or ?disabled={…}", "name the attribute")
            if self.at_end():
                raise self.refuse(f"the tag <{name} is not closed", ">", "close it")
            if self.starts("/>"):
                self.emit(self.take(2))
                return
            if self.peek() == ">":
                self.emit(self.take())
                break
            self.emit(" " if space else "")
            self.attribute(name.lower())
        if name.lower() in RAW:
            self.raw_text(name.lower())

    def raw_text(self, name: str) -> None:
        closing = f"</{name}"
        while not self.strings[self.part][self.at :].lower().startswith(closing):
            if self.at_hole():
                raise self.refuse(
                    f"a hole stands inside <{name}>",
                    "fixed text there",
                    "use .value={…} for a textarea" if name == "textarea" else "use with_style for styles, and messages instead of scripts",
                )
            if self.at_end():
                raise self.refuse(f"<{name}> is not closed", f"</{name}>", "close it")
            self.emit(self.take())

    def attribute(self, tag: str) -> None:
        start = self.at
        name = self.match(_ATTRIBUTE)
        if not name:
            raise self.refuse("this is no attribute", "name, name=value or name={…}", "correct the tag")
        self.check_name(name, tag, start)
        if self.at_hole():
            raise self.refuse(f"a hole stands in the name {name!r}", "a fixed name", "put the hole behind '='")
        while self.peek().isspace():
            self.take()
        if self.peek() != "=":
            self.emit(name)
            return
        self.take()
        while self.peek().isspace():
            self.take()
        pieces, values = self.value()
        if not values:
            quoted = pieces[0].replace('"', "&quot;")
            self.emit(f'{name}="{quoted}"')
            return
        self.add_attribute(name, tag, tuple(pieces), tuple(values), start)

    def value(self) -> tuple[list[str], list[int]]:
        """Read an attribute's value: its text, and the holes in it."""
        quote = self.peek() if self.peek() in ("'", '"') and self.peek() else ""
        if quote:
            self.take()
        pieces = [""]
        values: list[int] = []
        while True:
            if self.at_hole():
                values.append(self.take_hole())
                pieces.append("")
                continue
            if self.at_end():
                raise self.refuse("an attribute's value is not closed", quote or ">", "close it")
            character = self.peek()
            if quote and character == quote:
                self.take()
                return pieces, values
            if not quote and (character.isspace() or character == ">"):
                return pieces, values
            pieces[-1] += self.take()

    def check_name(self, name: str, tag: str, start: int) -> None:
        low = name.lower()
        happened = expected = do = ""
        if low.startswith("on"):
            happened = f"the attribute {name!r} of <{tag}> is code"
            expected, do = "an event binding", f"write @{low[2:] or 'click'}={{message}}"
        elif low == "srcdoc" or (low[0] == "." and low[1:] in FORBIDDEN_PROPERTIES):
            happened = f"{name!r} of <{tag}> takes a whole document or raw HTML"
            expected, do = "an attribute that takes a value", "build the content as a template"
        if happened:
            self.at = start
            raise self.refuse(happened, expected, do)

    def add_attribute(self, name: str, tag: str, pieces: tuple[str, ...], values: tuple[int, ...], start: int) -> None:
        alone = len(values) == 1 and not any(pieces)
        prefix = name[0]
        if prefix in "@?." and not alone:
            self.at = min(start, len(self.strings[self.part]))
            raise self.refuse(f"{name}= of <{tag}> has text beside its hole", "one hole and nothing else", f"write {name}={{…}}")
        if prefix == "@":
            event, modifiers = self.modifiers(name[1:], tag)
            self.emit(f"@{event}=")
            self.add(Hole("event", event, values, (), modifiers))
        elif prefix == "?":
            self.emit(f"{name}=")
            self.add(Hole("boolean", name[1:], values))
        elif prefix == ".":
            self.emit(f"{name}=")
            self.add(Hole("property", name[1:], values))
        else:
            self.emit(f"{name}=")
            kind: Kind = "url" if name.lower() in URL_ATTRIBUTES else "attribute"
            self.add(Hole(kind, name, values, () if alone else pieces))

    def modifiers(self, text: str, tag: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        # An event's own name may contain dots ("todo.added"); what is a modifier's name ends it.
        parts = re.split(r"\.(?![^()]*\))", text)
        names: list[str] = []
        found: list[tuple[str, str]] = []
        for part in parts:
            match = _MODIFIER.fullmatch(part)
            if names and match is not None and match.group(1) in MODIFIERS:
                argument = match.group(2) or ""
                if match.group(1) in ("debounce", "throttle") and not argument.isdigit():
                    raise self.refuse(f"@{text} of <{tag}>: {match.group(1)}({argument})", "milliseconds, as in debounce(300)", "give a whole number")
                if match.group(1) == "key" and not argument:
                    raise self.refuse(f"@{text} of <{tag}>: key without a name", "the name of a key, as in key(Enter)", "name the key")
                found.append((match.group(1), argument))
            elif found:
                raise self.refuse(f"@{text} of <{tag}>: {part!r} is no modifier", f"one of {', '.join(sorted(MODIFIERS))}", "correct the name")
            else:
                names.append(part)
        return ".".join(names), tuple(found)


def parse(strings: tuple[str, ...], labels: tuple[str, ...] = ()) -> Statics:
    """Parse a template. `labels` name the holes in errors. Raises `TemplateError`."""
    return _Parser(strings, labels or ("…",) * (len(strings) - 1)).document()


def split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the string form at its `{name}` holes; `{{` and `}}` are the signs themselves. Raises `TemplateError`."""
    strings = [""]
    names: list[str] = []
    at = 0
    for found in re.finditer(r"\{\{|\}\}|\{([^{}]*)\}|[{}]", text):
        strings[-1] += text[at : found.start()]
        at = found.end()
        token = found.group()
        if token in ("{{", "}}"):
            strings[-1] += token[0]
        elif found.group(1) is not None and found.group(1).isidentifier():
            names.append(found.group(1))
            strings.append("")
        else:
            number = text.count("\n", 0, found.start()) + 1
            start = text.rfind("\n", 0, found.start()) + 1
            line = text[start:].partition("\n")[0]
            raise TemplateError(
                f"line {number} of the template: {token!r} is no hole\n    {line}\n    {' ' * (found.start() - start)}^",
                "{name}, with the value given by that name, or {{ for the sign",
                "correct the hole",
            )
    strings[-1] += text[at:]
    return tuple(strings), tuple(names)
