"""JSON text, strictly: what JavaScript's `JSON.parse` would take for something else, or Python would choke on, is refused."""

from __future__ import annotations

import json
import sys

from actorweb.errors import DecodeError, EncodeError
from actorweb.values.json import Json

DEPTH = 64
"""How deeply JSON may be nested."""
SIZE = 64 * 1024 * 1024
"""How many characters a JSON text may have."""
DIGITS = 4300
"""How many digits a whole number may have: CPython's own limit, since reading them takes time that grows with the square."""

LONG = 4096
"""From so many characters on it pays to count the members of objects instead of looking at each for duplicates."""
_ALL_BUT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}:"'))


def loads(text: str) -> Json:
    """Read JSON text strictly. Raises `DecodeError`.

    Refused are: more than 64 Mi characters; nesting deeper than 64; a key twice in one object; NaN, Infinity and numbers
    that no float can hold; whole numbers of more than 4300 digits; half of a surrogate pair (it is no character, and no
    UTF-8 text can carry it).

    >>> loads('{"by": [1, 2.5, null]}')
    {'by': [1, 2.5, None]}
    """
    if len(text) > SIZE:
        raise DecodeError(f"this JSON has {len(text)} characters", f"at most {SIZE}", "send it in parts")
    if not text.isascii():
        _check_characters(text, DecodeError)
    members = _members_within_depth(text) if len(text) > LONG or text.count("[") + text.count("{") > DEPTH else 0
    if len(text) > DIGITS and not 0 < sys.get_int_max_str_digits() <= DIGITS:
        _check_digits(text)
    try:
        data = _decode_long(text, members) if len(text) > LONG else _decode(text)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"this is no JSON: {error}", "one JSON value", "look at the text near that place") from None
    if "\\u" in text:
        _check_characters(_encoder.encode(data), DecodeError)
    return data


def dumps(value: Json) -> str:
    """Write JSON text: compact, keys in their order, text as it is. Raises `EncodeError` for what `loads` would refuse, but for size and depth.

    >>> dumps({"by": (1, 2.5, None)})
    '{"by":[1,2.5,null]}'
    """
    try:
        text = _encoder.encode(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise EncodeError(f"this value has no JSON text: {error}", "what to_json gives", "write it with to_json first") from None
    if not text.isascii():
        _check_characters(text, EncodeError)
    return text


def _check_characters(text: str, error: type[DecodeError | EncodeError]) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as found:
        raise error(
            f"this JSON has half of a surrogate pair (U+{ord(text[found.start]):04X}) at {found.start}", "whole characters", "leave it out, or send both halves"
        ) from None


def _members_within_depth(text: str) -> int:
    """Give how many members the objects of a JSON text have together: its colons outside strings. Raises `DecodeError` for one that is too deep."""
    # Before the text is read: CPython's reader recurses on the native stack, and in Pyodide an overflow of that ends the
    # whole page. All is done by methods of bytes, which take a hundredth of the time of a regular expression.
    data = text.encode()
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    data = data.translate(None, _ALL_BUT_STRUCTURE)
    if 2 * data.count(b'""') != data.count(b'"'):
        # A string that holds none of these is two quotes now. Some do hold them: merge those that do not, and cut the others out.
        data = b"".join(data.replace(b'""', b"").split(b'"')[::2])
    members = data.count(b":")
    data = data.translate(None, b':"')
    for level in range(DEPTH):
        if level + data.count(b"[") + data.count(b"{") <= DEPTH:
            return members
        data = data.replace(b"[]", b"").replace(b"{}", b"")
    raise DecodeError(f"this JSON is nested deeper than {DEPTH}, or its brackets do not match", f"at most {DEPTH} levels", "flatten the value")


def _check_digits(text: str) -> None:
    import re  # noqa: PLC0415  (only in a program that lifted Python's own limit)

    if re.search(rf"(?<![\d.])\d{{{DIGITS + 1}}}", text):
        raise DecodeError(f"this JSON may hold a number of more than {DIGITS} digits", f"numbers of at most {DIGITS} digits", "send it as a text")


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON number; use null for what is not known")


def _float(text: str) -> float:
    value = float(text)
    if value - value:  # not 0.0: it is infinite
        raise ValueError(f"no float can hold {text[:20]}")
    return value


def _decode_long(text: str, members: int) -> Json:
    """Read a text with so many members. A key that stands twice leaves its object with one less."""
    found = 0

    def count(made: dict[str, Json]) -> dict[str, Json]:
        nonlocal found
        found += len(made)
        return made

    data: Json = json.JSONDecoder(parse_constant=_no_constant, parse_float=_float, object_hook=count).decode(text)
    return data if found == members else _decode(text)  # which names the key


def _decode(text: str) -> Json:
    data: Json = _decoder.decode(text)
    return data


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key[:80]!r} stands twice in one object")
            seen.add(key)
    return made


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_float, object_pairs_hook=_no_duplicates)
_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
