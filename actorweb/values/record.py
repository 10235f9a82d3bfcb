"""Records: frozen values of the kernel's own, quick to define.

A frozen dataclass compiles five methods when its class is made, which costs a millisecond each in a page. What the
kernel tells (reports, signals) is made rarely, so its classes share methods that are slower and cost nothing to define.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, dataclass_transform

if TYPE_CHECKING:
    from typing import NoReturn


class _RecordType(type):
    """Makes slots of the annotated fields."""

    __record_defaults__: dict[str, object]
    __match_args__: tuple[str, ...]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> _RecordType:
        annotated = namespace.get("__annotations__", {})
        fields = tuple(annotated) if isinstance(annotated, dict) else ()
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        return super().__new__(cls, name, bases, {**namespace, "__slots__": fields, "__match_args__": fields, "__record_defaults__": defaults})


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordType):
    """The base of frozen values: fields by annotation, with defaults; equal by type and value, hashable when the fields are.

    >>> class Point(Record):
    ...     x: int
    ...     y: int = 0
    >>> Point(1)
    Point(x=1, y=0)
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        kind = type(self)
        fields = kind.__match_args__
        if len(args) > len(fields):
            raise TypeError(f"{kind.__name__} takes {len(fields)} values, got {len(args)}")
        given = dict(zip(fields, args, strict=False))
        for name, value in kwargs.items():
            if name not in fields or name in given:
                raise TypeError(f"{kind.__name__} got {'two values for' if name in given else 'no field'} {name!r}")
            given[name] = value
        for name in fields:
            if name in given:
                object.__setattr__(self, name, given[name])
            elif name in kind.__record_defaults__:
                object.__setattr__(self, name, kind.__record_defaults__[name])
            else:
                raise TypeError(f"{kind.__name__} got no value for {name!r}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in type(self).__match_args__)

    def __eq__(self, other: object) -> bool:
        if type(other) is type(self) and isinstance(other, Record):
            return self._values() == other._values()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in type(self).__match_args__)})"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), self._values()
