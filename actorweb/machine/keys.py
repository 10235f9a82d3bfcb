"""Keys: in which order JavaScript reads those of a config, and which of them are numbers to it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_LARGEST_INDEX = 2**32 - 2
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_MOST_DIGITS = 21  # JavaScript writes a number of more of them with an exponent,
_LEAST_POINT = -6  # and one with as many zeros behind the point


def _index(key: str) -> int | None:
    if key.isdecimal() and key.isascii() and (key == "0" or key[0] != "0") and len(key) <= len(str(_LARGEST_INDEX)):
        number = int(key)
        return number if number <= _LARGEST_INDEX else None
    return None


def in_order(mapping: Mapping[str, T]) -> list[tuple[str, T]]:
    """Give the items as JavaScript does: keys that are array indexes first, ascending, then the others as written.

    >>> in_order({"b": 1, "10": 2, "2": 3})
    [('2', 3), ('10', 2), ('b', 1)]
    """
    items = list(mapping.items())
    numbered = [(number, item) for item in items if (number := _index(item[0])) is not None]
    if not numbered:
        return items
    numbered.sort(key=lambda pair: pair[0])
    return [item for _, item in numbered] + [item for item in items if _index(item[0]) is None]


def as_number(text: str) -> float | None:
    """Read a number as JavaScript's `Number` does, or give None.

    >>> as_number(" 1e3 "), as_number("0x10"), as_number("-Infinity"), as_number("soon")
    (1000.0, 16.0, -inf, None)
    """
    text = text.strip()
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _WHOLE.fullmatch(text):
        return float(int(text, 0)) if len(text) < _MOST_DIGITS else None
    return {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}.get(text)


def as_text(number: float) -> str:
    """Write a number as JavaScript does.

    >>> as_text(1000.0), as_text(0.1), as_text(1e21), as_text(1.5e-7), as_text(1e16)
    ('1000', '0.1', '1e+21', '1.5e-7', '10000000000000000')
    """
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    sign, text = ("-", repr(-number)) if number < 0 else ("", repr(abs(number)))
    mantissa, _, power = text.partition("e")
    if not power:
        return sign + mantissa.removesuffix(".0")
    digits = mantissa.replace(".", "").rstrip("0") if mantissa.endswith(".0") else mantissa.replace(".", "")
    point = 1 + int(power)
    if 0 < point <= _MOST_DIGITS:
        return sign + digits.ljust(point, "0")
    if _LEAST_POINT < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
