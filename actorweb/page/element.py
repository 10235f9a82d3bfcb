"""Elements: custom elements whose behavior is an actor."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from types import GenericAlias
from typing import TYPE_CHECKING, Generic

from actorweb.errors import BadElement
from actorweb.kernel.behavior import Behavior
from actorweb.values.generics import TypeVar
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from actorweb.kernel.recorder import Durability
    from actorweb.page.template import Template
    from actorweb.values.generics import Never, Self
    from actorweb.values.snapshot import Snapshot

M = TypeVar("M")
C = TypeVar("C")
A = TypeVar("A", bool, int, float, str)
P = TypeVar("P")
ATTRIBUTE_TYPES: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}
_TAG = re.compile(r"[a-z][a-z0-9._-]*-[a-z0-9._-]*")
_RESERVED_TAGS = frozenset(
    {"annotation-xml", "color-profile", "font-face", "font-face-src", "font-face-uri", "font-face-format", "font-face-name", "missing-glyph"}
)
_OWN_NAMES = frozenset({"ready", "send", "ask", "snapshot"})
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9-]*")

defined: list[Element] = []
"""Every element that was built, in order: what `mount()` without arguments takes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Property:
    """A property of an element, and its attribute if `attribute` is not empty."""

    name: str
    kind: object
    default: object
    attribute: str
    reflect: bool
    message: Callable[[object], object] | None
    read: Callable[[Snapshot[object]], object] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Emitted:
    """A message that leaves the element as a `CustomEvent`."""

    message: type[object]
    name: str
    bubbles: bool
    composed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """That an element's actor is durable: `key` gives its key from the element's attributes, or None to keep nothing."""

    key: Callable[[Mapping[str, object]], str | None]
    durability: Durability


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Element:
    """A custom element: its tag, its behavior, and how both meet. Made by `define_element`."""

    tag: str
    behavior: Behavior[Never, object]
    properties: tuple[Property, ...] = ()
    events: tuple[Emitted, ...] = ()
    view: Callable[[Snapshot[object]], Template] | None = None
    style: str = ""
    stored: Stored | None = None

    def __repr__(self) -> str:
        return f"<Element {self.tag}>"


class ElementBuilder(Generic[M, C]):
    """Collects what an element is. Each step gives a new builder."""

    __slots__ = ("_element",)

    def __init__(self, element: Element) -> None:
        self._element = element

    def with_attribute(
        self,
        name: str,
        kind: type[A],
        /,
        *,
        default: A,
        reflect: bool = False,
        message: Callable[[A], M] | None = None,
        read: Callable[[Snapshot[C]], A] | None = None,
    ) -> Self:
        """Declare an attribute and the property of the same name (`max-count` is `maxCount`).

        Each change sends `message(value)`. A removed attribute is its default; text that does not convert leaves the
        value as it is and is reported. `reflect` writes the attribute when the property is set, or, with `read=`, when
        the snapshot changes. Raises `BadElement`.
        """
        tag = self._element.tag
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise BadElement(f"<{tag}>: the attribute {name!r}", "lower-case letters, digits and '-'", "rename it")
        if kind not in ATTRIBUTE_TYPES:
            raise BadElement(f"<{tag}>: the attribute {name!r} is a {kind!r}", "bool, int, float or str", "use with_property for richer values")
        head, *rest = name.split("-")
        return self._with_property(head + "".join(part.capitalize() for part in rest), kind, default, name, reflect, message, read)

    def with_property(
        self,
        name: str,
        kind: type[P],
        /,
        *,
        default: P | None = None,
        message: Callable[[P], M] | None = None,
        read: Callable[[Snapshot[C]], P] | None = None,
    ) -> Self:
        """Declare a property that has no attribute: any type that has a JSON form.

        Setting it sends `message(value)`, decoded strictly; its getter gives at once what was set, or with `read=` what
        the last snapshot says (read-only without `message`). Raises `BadElement`.
        """
        return self._with_property(name, kind, default, "", False, message, read)  # noqa: FBT003  (reflect: there is nothing to reflect to)

    def _with_property(
        self,
        name: str,
        kind: object,
        default: object,
        attribute: str,
        reflect: bool,  # noqa: FBT001  (private)
        message: object,
        read: object,
    ) -> Self:
        element = self._element
        if not name.isidentifier() or name in _OWN_NAMES:
            raise BadElement(f"<{element.tag}>: the property {name!r}", f"an identifier that is none of {', '.join(sorted(_OWN_NAMES))}", "rename it")
        if any(known.name == name for known in element.properties):
            raise BadElement(f"<{element.tag}>: two properties are called {name!r}", "names that differ", "remove one of them")
        if attribute and (type(default) is not kind and not (kind is float and type(default) is int)):
            raise BadElement(
                f"<{element.tag}>: the default of {name!r} is {default!r}",
                f"a value of type {getattr(kind, '__name__', kind)}",
                "give a default of the declared type",
            )
        made = Property(name, kind, default, attribute, reflect, message, read)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (the public methods typed the pair)
        return type(self)(dataclasses.replace(element, properties=(*element.properties, made)))

    def with_event(self, event: type[object], /, *, name: str | None = None, bubbles: bool = True, composed: bool = True) -> Self:
        """Dispatch what the actor emits of this type as a `CustomEvent` whose `detail` is its fields as plain data.

        It is named after the message (`Changed` → `changed`, `ItemAdded` → `item-added`), or `name`.
        """
        wire_name(event)
        made = Emitted(event, name or _dashed(event.__name__), bubbles, composed)
        return type(self)(dataclasses.replace(self._element, events=(*self._element.events, made)))

    def with_view(self, view: Callable[[Snapshot[C]], Template], /) -> Self:
        """Say how a snapshot looks. The view is a pure function; it runs at most once for each drain that changed the snapshot."""
        return type(self)(dataclasses.replace(self._element, view=view))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (C is the behavior's context)

    def with_style(self, css: str, /) -> Self:
        """Add CSS: one constructable sheet, shared by all elements of the tag."""
        style = f"{self._element.style}\n{css}" if self._element.style else css
        return type(self)(dataclasses.replace(self._element, style=style))

    def with_store(self, *, key: str | Callable[[Mapping[str, object]], str | None], durability: Durability = "snapshot") -> Self:
        """Make its actor durable: what was stored under `key` is where it begins, in this page or after a reload.

        A function is given the attributes (and properties, by their names) as they are when the actor starts, with
        defaults for the rest; where it gives None, that element is not kept. One element has a key at a time: a second
        one of the page shows its `error` slot, and one in another tab shows what is stored and saves nothing. In
        `"snapshot"` mode the newest state is saved at the end of each drain that changed it; in `"journal"` mode a change
        shows only once it is stored. The context needs a JSON form. Raises `BadElement`.
        """
        tag = self._element.tag
        if durability not in ("snapshot", "journal"):
            raise BadElement(f"<{tag}>: durability={durability!r}", "'snapshot' or 'journal'", "choose one of them")
        if not callable(key) and (not isinstance(key, str) or not key):
            raise BadElement(f"<{tag}>: with_store(key={key!r})", "a text that is not empty, or a function of the attributes", "name its state in the store")
        made = Stored(key if callable(key) else lambda _: key, durability)
        return type(self)(dataclasses.replace(self._element, stored=made))

    def build(self) -> Element:
        """Give the element. It is defined in the page when the page's manifest or `mount()` names it."""
        defined.append(self._element)
        return self._element

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)


class ElementStart:
    """An element with no behavior yet: choose it first."""

    __slots__ = ("_tag",)

    def __init__(self, tag: str) -> None:
        self._tag = tag

    def with_behavior(self, behavior: Behavior[M, C], /) -> ElementBuilder[M, C]:
        """Choose the behavior: each element of the tag has an actor of its own that runs it, under its own supervisor."""
        if not isinstance(behavior, Behavior):
            raise BadElement(f"<{self._tag}>: its behavior is {behavior!r}", "a Behavior", "end its definition with .build()")
        return ElementBuilder(Element(self._tag, behavior))


def define_element(tag: str, /) -> ElementStart:
    """Begin the definition of a custom element. Raises `BadElement` for a tag that HTML does not allow.

    >>> from actorweb import define_behavior
    >>> from actorweb.page import html
    >>> hello = define_behavior("hello").with_context("you").build()
    >>> define_element("aw-hello").with_behavior(hello).with_view(lambda s: html("Hello, {x}", x=s.context)).build()
    <Element aw-hello>
    """
    if not isinstance(tag, str) or not _TAG.fullmatch(tag) or tag in _RESERVED_TAGS:
        raise BadElement(
            f"define_element({tag!r})", "a valid custom element name: lower case, with a '-' (HTML, Custom elements)", "rename it, as in aw-counter"
        )
    return ElementStart(tag)


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
