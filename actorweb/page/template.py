"""What a view makes: templates, keyed rows, event bindings. Data; nothing is rendered here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable
from operator import itemgetter
from typing import Protocol, TypeVar, overload

from actorweb.errors import BadBinding, TemplateError
from actorweb.page.grammar import Statics, parse, split
from actorweb.values.message import wire_name

T = TypeVar("T")
_parsed: dict[tuple[str, ...], Statics] = {}
_sources: dict[str, Source] = {}


class Source:
    """A template in the string form: its statics, and how it takes its values out of the named ones."""

    __slots__ = ("count", "statics", "take")

    def __init__(self, text: str) -> None:
        strings, names = split(text)
        parsed = parse(strings, names)
        self.statics: Statics = Statics(parsed.strings, parsed.holes, names)
        self.count: int = len(set(names))
        self.take: Callable[[dict[str, object]], tuple[object, ...]]
        if len(names) > 1:
            self.take = itemgetter(*names)
        else:  # an itemgetter of one name gives no tuple
            self.take = lambda values: tuple([values[name] for name in names])


class Template:
    """Statics and values: one look of a part of the page. Equal looks share their statics."""

    __slots__ = ("statics", "values")

    def __init__(self, statics: Statics, values: tuple[object, ...]) -> None:
        self.statics: Statics = statics
        self.values: tuple[object, ...] = values

    def __repr__(self) -> str:
        return f"<Template {''.join(self.statics.strings)[:40]!r}>"


class TString(Protocol):
    """`string.templatelib.Template` (Python 3.14)."""

    @property
    def strings(self) -> tuple[str, ...]: ...
    @property
    def values(self) -> tuple[object, ...]: ...


@overload
def html(template: str, /, **values: object) -> Template: ...
@overload
def html(template: TString, /) -> Template: ...
def html(template: str | TString, /, **values: object) -> Template:
    """Make a template: `html("<b>{n}</b>", n=3)` on every Python, `html(t"<b>{n}</b>")` from 3.14 on.

    Text and attributes are escaped by position. `.name` sets a property, `?name` a boolean attribute, `@event` binds a
    message (modifiers: `.prevent .stop .once .self .debounce(ms) .throttle(ms) .key(Enter)`). In text a value may be a
    text, a number, a template, a list of them, `each(…)`, or None and booleans for nothing. URLs may be http, https,
    mailto, tel or relative. Raises `TemplateError` for a hole where none may be, when the template is first used.

    >>> html("<b>{n}</b>", n=3)
    <Template '<b></b>'>
    """
    if isinstance(template, str):
        source = _sources.get(template)
        if source is None:
            source = _sources[template] = Source(template)
        try:
            taken = source.take(values)
        except KeyError as error:
            known = ", ".join(source.statics.names)
            raise TemplateError(f"the hole {{{error.args[0]}}} got no value", f"values for {known}", f"call html(…, {error.args[0]}=…)") from None
        if len(values) > source.count:
            names = source.statics.names
            extra = next(name for name in values if name not in names)
            raise TemplateError(
                f"the value {extra}=… belongs to no hole", f"only {', '.join(names) or 'no values'}", f"remove it, or write {{{extra}}} where it belongs"
            )
        return Template(source.statics, taken)
    strings = template.strings
    statics = _parsed.get(strings)
    if statics is None:
        interpolations = getattr(template, "interpolations", ())
        statics = _parsed[strings] = parse(strings, tuple(getattr(item, "expression", "…") for item in interpolations))
    return Template(statics, template.values)


class Rows:
    """Keyed rows. Made by `each`."""

    __slots__ = ("items", "key", "view")

    def __init__(self, items: Iterable[object], key: Callable[[object], Hashable], view: Callable[[object], Template]) -> None:
        self.items: Iterable[object] = items
        self.key: Callable[[object], Hashable] = key
        self.view: Callable[[object], Template] = view

    def __repr__(self) -> str:
        return "<Rows>"


def each(items: Iterable[T], /, *, key: Callable[[T], Hashable], view: Callable[[T], Template]) -> Rows:
    """Make one template per item. A row keeps its place in the document, its focus and its slots by its key.

    A row is made again only if its item is another object, or if `view` closes over something that has changed. Keys
    must differ (`DuplicateKey` otherwise).

    >>> each(("a", "b"), key=lambda item: item, view=lambda item: html("<li>{x}</li>", x=item))
    <Rows>
    """
    return Rows(items, key, view)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (both functions are for T, as the items are)


@dataclasses.dataclass(frozen=True, slots=True)
class Binding:
    """A message whose fields are filled from the event. Made by `on`."""

    message: type[object]
    fields: tuple[tuple[str, str], ...]


SOURCES = frozenset(
    [
        "target",
        "currentTarget",
        "key",
        "code",
        "detail",
        "clientX",
        "clientY",
        "offsetX",
        "offsetY",
        "button",
        "altKey",
        "ctrlKey",
        "metaKey",
        "shiftKey",
        "deltaX",
        "deltaY",
        "data",
    ]
)
"""Where the page may look for a field: properties of the event."""


def on(message: type[object], /, **fields: str) -> Binding:
    """Bind an event to a message and say which of its fields come from where in the event: `on(Typed, text="target.value")`.

    This is data, so nothing but the named fields crosses to the actor; they are decoded strictly to the declared types.
    Raises `BadBinding` for a field that the message does not have, or a path that the page may not read.

    >>> from actorweb import message
    >>> @message
    ... class Typed:
    ...     text: str
    >>> on(Typed, text="target.value").fields
    (('text', 'target.value'),)
    """
    wire_name(message)
    known = [field.name for field in dataclasses.fields(message)] if dataclasses.is_dataclass(message) else []
    for name, path in fields.items():
        if name not in known:
            raise BadBinding(
                f"on({message.__name__}, {name}=…): {message.__name__} has no field {name!r}",
                f"one of {', '.join(known) or 'none (it has no fields)'}",
                "correct the name",
            )
        if not isinstance(path, str) or path.partition(".")[0] not in SOURCES or not all(part.isidentifier() for part in path.split(".")):
            raise BadBinding(
                f"on({message.__name__}, {name}={path!r}): the page cannot read that",
                f"a path that begins with one of {', '.join(sorted(SOURCES))}",
                'write a path like "target.value"',
            )
    missing = [
        field.name
        for field in (dataclasses.fields(message) if dataclasses.is_dataclass(message) else ())
        if field.name not in fields and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise BadBinding(
            f"on({message.__name__}, …) leaves {', '.join(missing)} without a value",
            "a path for each field that has no default",
            f'add {missing[0]}="target.value", or another path',
        )
    return Binding(message, tuple(fields.items()))
