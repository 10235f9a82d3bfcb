"""Messages: immutable values with a wire name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import GenericAlias
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, dataclass_transform, overload

from actorweb.errors import NotAMessage

if TYPE_CHECKING:
    from actorweb.values.generics import Self

T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Q_co = TypeVar("Q_co", covariant=True)


@overload
def message(cls: type[T], /) -> type[T]: ...
@overload
def message(*, name: str) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def message(cls: type[T] | None = None, /, *, name: str = "") -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class a message: a frozen dataclass with slots, a wire name and a codec.

    The wire name is the class name, or `name`. Instances are equal by value and hashable when their fields are.

    >>> @message
    ... class Increment:
    ...     by: int = 1
    >>> Increment(by=2)
    Increment(by=2)
    """

    def make(target: type[T]) -> type[T]:
        made = dataclasses.dataclass(frozen=True, slots=True)(target)
        _hasten(made)
        type.__setattr__(made, "__wire_name__", name or made.__name__)
        return made

    return make if cls is None else make(cls)


class Request(Generic[R]):
    """A message that declares the type of its reply.

    >>> @message
    ... class Count(Request[int]):
    ...     '''Asks for the count.'''
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __asks__(self) -> tuple[Self, R]: ...
        @classmethod
        def __answers__(cls, reply: R, /) -> tuple[Self, R]: ...
    else:
        __class_getitem__ = classmethod(GenericAlias)


class Asks(Protocol[Q_co, R_co]):
    """A request `Q` whose reply is `R`: what `ActorRef.ask` takes. Every `Request[R]` is one."""

    def __asks__(self) -> tuple[Q_co, R_co]: ...


class RequestType(Protocol[Q_co, R]):
    """The class of a request `Q` whose reply is `R`."""

    def __answers__(self, reply: R, /) -> tuple[Q_co, R]: ...


def is_message_type(cls: object) -> bool:
    """Tell whether a class was itself decorated with `@message` (a subclass of one is not)."""
    return isinstance(cls, type) and "__wire_name__" in cls.__dict__


def wire_name(cls: type) -> str:
    """Give the name by which messages of this class are known outside Python. Raises `NotAMessage`."""
    name = cls.__dict__.get("__wire_name__")
    if not isinstance(name, str):
        raise NotAMessage(
            f"{cls.__module__}.{cls.__qualname__} is used as a message but is not one",
            "a class decorated with @message",
            f"write @message above `class {cls.__name__}`",
        )
    return name


def _hasten(cls: type) -> None:
    """Replace the `__init__` of a frozen dataclass by one that writes through the slots: it takes half the time.

    A class without fields keeps none at all. What a dataclass does beyond storing its arguments stays with dataclasses.
    """
    if not dataclasses.is_dataclass(cls):
        return
    fields = dataclasses.fields(cls)
    slots = [getattr(cls, field.name, None) for field in fields]
    if not fields:
        if "__init__" in cls.__dict__ and not hasattr(cls, "__post_init__"):
            type.__delattr__(cls, "__init__")
        return
    if hasattr(cls, "__post_init__") or any(
        not field.init or field.default_factory is not dataclasses.MISSING or not hasattr(slot, "__set__") for field, slot in zip(fields, slots, strict=True)
    ):
        return
    names = {f"_default_{field.name}": field.default for field in fields if field.default is not dataclasses.MISSING}
    names |= {f"_set_{field.name}": slot.__set__ for field, slot in zip(fields, slots, strict=True) if slot is not None}

    def parameter(field: dataclasses.Field[object]) -> str:
        return field.name if field.default is dataclasses.MISSING else f"{field.name}=_default_{field.name}"

    parameters = [parameter(field) for field in fields if not field.kw_only]
    keywords = [parameter(field) for field in fields if field.kw_only]
    signature = ", ".join(["self", *parameters, *(["*", *keywords] if keywords else [])])
    body = "\n".join(f"    _set_{field.name}(self, {field.name})" for field in fields)
    made: dict[str, Callable[..., None]] = {}
    exec(f"def __init__({signature}):\n{body}", names, made)  # noqa: S102  (names come from a dataclass: identifiers)
    init = made["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    type.__setattr__(cls, "__init__", init)
