"""The types of JSON, and the mark of an argument that was not given."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Unset(Enum):
    """The type of an argument that was not given (`None` is a value)."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "…"


UNSET: Literal[Unset.UNSET] = Unset.UNSET

if TYPE_CHECKING:
    Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
    JsonObject: TypeAlias = Mapping[str, Json]
    Event: TypeAlias = Mapping[str, Json]
    StateValue: TypeAlias = "str | Mapping[str, StateValue]"
else:
    # A name inside another module's annotation is evaluated there, where a recursive alias finds nothing.
    Json = object
    JsonObject = Event = Mapping[str, object]
    StateValue = object
