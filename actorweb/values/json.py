"""The types of JSON, and the mark of an argument that was not given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Literal, TypeAlias


class Unset(Enum):
    """The type of an argument that was not given (`None` is a value)."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "…"


UNSET: Literal[Unset.UNSET] = Unset.UNSET

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
JsonObject: TypeAlias = Mapping[str, Json]
Event: TypeAlias = Mapping[str, Json]
StateValue: TypeAlias = "str | Mapping[str, StateValue]"
