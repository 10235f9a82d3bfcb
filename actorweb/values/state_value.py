"""State values: which state a machine is in, as XState writes it, and how one is asked about."""

from __future__ import annotations

from collections.abc import Mapping


def split_path(path: str) -> list[str]:
    r"""Split at the dots; a backslash takes the next character as it is.

    >>> split_path(r"a.b\.c")
    ['a', 'b.c']
    """
    if "\\" not in path:
        return path.split(".")
    parts = [""]
    characters = iter(path)
    for character in characters:
        if character == "\\":
            parts[-1] += next(characters, "")
        elif character == ".":
            parts.append("")
        else:
            parts[-1] += character
    return parts


def matches(asked: object, value: object) -> bool:
    """Tell whether a value is in the state asked for: a key, a dotted path, or a mapping of them.

    As in XState a key with a dot is a path on both sides, so that it is asked for as it is written in the value.

    >>> matches("on.slow", {"on": {"slow": "idle"}})
    True
    """
    pairs = [(asked, value)]
    while pairs:
        one, other = (_spread(side) for side in pairs.pop())
        if isinstance(other, str) or isinstance(one, str):
            if (one != other) if isinstance(other, str) else not isinstance(other, Mapping) or one not in other:
                return False
        elif not isinstance(one, Mapping) or not isinstance(other, Mapping):
            return False
        else:
            for key, part in one.items():
                if key not in other:
                    return False
                pairs.append((part, other[key]))
    return True


def _spread(value: object) -> object:
    if not isinstance(value, str) or ("." not in value and "\\" not in value):
        return value
    *path, made = split_path(value)
    spread: object = made
    for key in reversed(path):
        spread = {key: spread}
    return spread
