"""A misfit: a value that does not fit a type, and the place where it stands.

Readers and writers raise it where they find it. The place is put together on the way out, so that a value that fits
costs no path at all; `codec` turns what arrives into a `DecodeError` or an `EncodeError`.
"""

from __future__ import annotations

from collections.abc import Mapping

LINE = 80
"""About so many characters of a value are shown."""


class Misfit(Exception):
    """What happened (the text follows the path), what was expected and what to do. `places` are those passed on the way out, the innermost first."""

    def __init__(self, happened: str, expected: str, do: str = "") -> None:
        super().__init__(happened)
        self.happened: str = happened
        self.expected: str = expected
        self.do: str = do or f"send {expected}"
        self.places: list[str] = []

    def told(self, path: str) -> tuple[str, str, str]:
        """Give the three parts of the error, the first with the path of the place."""
        return f"{path}{''.join(reversed(self.places))}{self.happened}".removeprefix("."), self.expected, self.do


def wrong(value: object, expected: str) -> Misfit:
    """Make the misfit of a value that is not what was expected."""
    return Misfit(f" is {shown(value)}", expected)


def shown(value: object) -> str:
    """Show a value in one line, in bounded time whatever it is: hostile data is large, and an int of 5,000 digits has no `repr`."""
    text = _shown(value, 3)
    return text if len(text) < LINE else text[: LINE - 3] + "…"


def _shown(value: object, levels: int) -> str:
    if isinstance(value, str):
        return repr(value[:LINE])
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * LINE:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, (list, tuple)) and type(value) in {list, tuple}:
        inner = "…" if not levels and value else ", ".join(_shown(each, levels - 1) for each in value[:9])
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping) and type(value) is dict:
        pairs = [f"{_shown(key, 0)}: {_shown(each, levels - 1)}" for _, key, each in zip(range(9), value, value.values(), strict=False)] if levels else []
        return f"{{{', '.join(pairs) if pairs or not value else '…'}}}"
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  (an author's `__repr__` must not hide what is being told)
        return f"<a {type(value).__name__} whose repr raises {type(error).__name__}>"
