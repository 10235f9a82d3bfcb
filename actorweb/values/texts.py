"""Types of the standard library whose values are texts in JSON: dates and times, UUIDs, decimal numbers and bytes.

Each has one form that is written, and is read strictly: the pattern first, then the type's own constructor. This module
imports none of those types: their modules are heavy for a page, and a value of one can only come from whom imported it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from actorweb.values.misfit import wrong
from actorweb.values.record import Record

if TYPE_CHECKING:
    from datetime import timedelta

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
_ZONE = r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?"


class TextForm(Record):
    """How the values of a type are written and read.

    `read` gets the type and a text that matches `pattern`, and raises ValueError, OverflowError or ArithmeticError for one
    that stands for nothing. `format` is JSON Schema's name of it, if it has one.
    """

    expected: str
    pattern: str
    write: Callable[[object], str]
    read: Callable[[type, str], object]
    format: str = ""


def _nothing() -> None:
    """A date has no time zone."""


def _iso(value: object) -> str:
    offset: timedelta | None = getattr(value, "utcoffset", _nothing)()
    if offset is not None and offset.microseconds:
        raise wrong(value, "a time zone of whole seconds (CPython reads some others as UTC)")
    text: str = value.isoformat()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (dates and times)
    return text


def _from_iso(kind: type, text: str) -> object:
    return kind.fromisoformat(text)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (dates and times)


def _from_text(kind: type, text: str) -> object:
    return kind(text)


def _decimal(value: object) -> str:
    if not value.is_finite():  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (a Decimal)
        raise wrong(value, "a finite number (JSON has no others)")
    return str(value)


def _finite_decimal(kind: type, text: str) -> object:
    value = kind(text)
    if not value.is_finite():
        raise ValueError(text)
    return value


def _seconds(value: timedelta) -> str:
    total = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    days, rest = divmod(abs(total), 86_400_000_000)
    seconds, micros = divmod(rest, 1_000_000)
    inner = f"{seconds}.{micros:06}" if micros else f"{seconds}"
    return f"{'-' if total < 0 else ''}P{f'{days}D' if days else ''}{f'T{inner}S' if rest or not days else ''}"


_DURATION = r"-?P(?=[\dT])(\d{1,9}D)?(T(?=\d)(\d{1,15}H)?(\d{1,15}M)?(\d{1,15}(\.\d{1,6})?S)?)?"


def _from_seconds(kind: type, text: str) -> object:
    total = 0
    for number, fraction, unit in re.findall(r"(\d+)(?:\.(\d+))?([DHMS])", text):
        total += int(number) * {"D": 86_400, "H": 3_600, "M": 60, "S": 1}[unit] * 1_000_000 + int(f"{fraction:0<6}" if fraction else 0)
    return kind(microseconds=-total if text.startswith("-") else total)


def _base64(value: object) -> str:
    return binascii.b2a_base64(value, newline=False).decode() if isinstance(value, bytes) else ""


def _from_base64(kind: type, text: str) -> object:
    value = kind(binascii.a2b_base64(text, strict_mode=True)) if text else kind()
    if _base64(value) != text:  # bits that no byte takes
        raise ValueError(text)
    return value


FORMS: dict[tuple[str, str], TextForm] = {
    ("datetime", "datetime"): TextForm("a date with a time, as in 2026-01-31T12:30:00Z", f"{_DATE}T{_TIME}{_ZONE}", _iso, _from_iso, "date-time"),
    ("datetime", "date"): TextForm("a date, as in 2026-01-31", _DATE, _iso, _from_iso, "date"),
    ("datetime", "time"): TextForm("a time, as in 12:30:00", f"{_TIME}{_ZONE}", _iso, _from_iso, "time"),
    ("datetime", "timedelta"): TextForm("a duration, as in P1DT30S", _DURATION, _seconds, _from_seconds, "duration"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (each writer gets values of its type)
    ("uuid", "UUID"): TextForm("a UUID of 36 characters", r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", str, _from_text, "uuid"),
    ("decimal", "Decimal"): TextForm("a decimal number as a text, as in '12.50'", r"-?\d+(\.\d+)?(E[+-]?\d+)?", _decimal, _finite_decimal),
    ("builtins", "bytes"): TextForm("bytes as base64", r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", _base64, _from_base64),
}


def key_of(kind: type) -> tuple[str, str]:
    """Give the name by which a type may stand in `FORMS`."""
    return kind.__module__, kind.__qualname__


def reader(kind: type, form: TextForm) -> Callable[[object], object]:
    """Make the reader of a type."""
    matches = re.compile(form.pattern, re.ASCII).fullmatch

    def read(data: object) -> object:
        if not isinstance(data, str) or matches(data) is None:
            raise wrong(data, form.expected)
        try:
            return form.read(kind, data)
        except (ValueError, OverflowError, ArithmeticError):
            raise wrong(data, form.expected) from None

    return read
