"""Readers of values that hold no others: numbers, texts, members of enums; see `reading`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum, Flag
from typing import TypeAlias

from actorweb.errors import DecodeError, EncodeError
from actorweb.values import shape as shapes
from actorweb.values.misfit import Misfit, wrong

Reader: TypeAlias = "Callable[[object], object]"


def _null(data: object) -> object:
    if data is not None:
        raise wrong(data, "null")
    return None


def _bool(data: object) -> object:
    if not isinstance(data, bool):
        raise wrong(data, "true or false")
    return data


def _int(data: object) -> object:
    if isinstance(data, bool) or not isinstance(data, int):
        if isinstance(data, float) and data.is_integer():
            return int(data)  # JavaScript has one kind of number
        raise wrong(data, "a whole number (int)")
    return data


def _float(data: object) -> object:
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        raise wrong(data, "a number (float)")
    try:
        value = float(data)
    except OverflowError:
        raise wrong(data, "a number that a float can hold") from None
    if not math.isfinite(value):
        raise wrong(data, "a finite number")
    return value


def text(data: object) -> object:
    if not isinstance(data, str):
        raise wrong(data, "a text (str)")
    return data


def _json(data: object) -> object:
    return data


PLAIN: dict[str, Reader] = {"null": _null, "bool": _bool, "int": _int, "float": _float, "str": text, "json": _json}


def choice(table: Mapping[tuple[bool, object], object], values: tuple[object, ...]) -> Reader:
    expected = " or ".join(repr(value) for value in values)

    def read(data: object) -> object:
        try:
            return table[isinstance(data, bool), data]
        except (KeyError, TypeError):  # not there, or an array or object
            raise wrong(data, expected) from None

    return read


def members(kind: type[Enum]) -> Reader:
    if issubclass(kind, Flag):
        return _flags(kind)
    values = tuple(member.value for member in kind)
    if all(isinstance(value, (str, int, float)) or value is None for value in values):
        return choice({shapes.key_of(member.value): member for member in kind}, values)
    from actorweb.values.json_text import dumps  # noqa: PLC0415  (few enums have such values)
    from actorweb.values.writing import write_any  # noqa: PLC0415

    table = {dumps(write_any(member.value, 1)): member for member in kind}
    expected = f"the value of a member of {kind.__name__}"

    def read(data: object) -> object:
        try:
            return table[dumps(data)]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (what is not JSON is refused there)
        except (KeyError, EncodeError):
            raise wrong(data, expected) from None

    return read


def _flags(kind: type[Flag]) -> Reader:
    def read(data: object) -> object:
        number = _int(data)
        try:
            member = kind(number)
        except ValueError:
            raise wrong(data, f"flags of {kind.__name__}") from None
        if not isinstance(member, kind) or member.value != number:
            raise wrong(data, f"flags of {kind.__name__}")
        return member

    return read


def address(shape: shapes.Address) -> Reader:
    kind = shape.kind

    def read(data: object) -> object:
        if not isinstance(data, str):
            raise wrong(data, f"a text that stands for a {kind.__name__}")
        try:
            return kind.__from_json__(data, "")
        except DecodeError as error:
            raise Misfit(error.happened, error.expected, error.do) from error

    return read


def whole_key(data: object) -> object:
    digits = data[1:] if isinstance(data, str) and data.startswith("-") else data
    if not isinstance(data, str) or not isinstance(digits, str) or not (digits.isascii() and digits.isdigit()) or (digits[0] == "0" and data != "0"):
        raise wrong(data, "a whole number as a key")
    try:
        return int(data)
    except ValueError:
        raise wrong(data, "a whole number of at most 4300 digits") from None


def as_object(data: object) -> Mapping[str, object]:
    """Give the data if it is an object."""
    if not isinstance(data, Mapping):
        raise wrong(data, "an object")
    return data
