"""Readings: what an element's snapshot tells its page besides the look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from actorweb.errors import ActorError
from actorweb.page.mounted import is_small
from actorweb.page.story import story
from actorweb.values.codec import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.page.mounted import Mounted
    from actorweb.values.json import Json
    from actorweb.values.snapshot import Snapshot


def read(mounted: Mounted, snapshot: Snapshot[object], add: Callable[[str, Json], None], console: Callable[[str, str], None]) -> None:
    """Add what `read=` properties, the snapshot and the states say now, if it is something else than before."""
    tag = mounted.element.tag
    new: dict[str, Json] = {}
    for declared in mounted.element.properties:
        if declared.read is not None:
            try:
                value = to_json(declared.read(snapshot))
            except Exception as error:  # noqa: BLE001  (the author's function; the property keeps its value)
                console("error", f"<{tag}>.{declared.name} could not be read\n{story(error)}")
                continue
            if declared.name not in mounted.read or mounted.read[declared.name] != value:
                mounted.read[declared.name] = new[declared.name] = value
    if new:
        add("values", [mounted.number, new])
    if mounted.reads_snapshot or is_small(snapshot.context):
        try:
            add("snapshots", [mounted.number, to_json(snapshot)])
        except ActorError as error:
            if mounted.reads_snapshot:
                console("error", f"<{tag}>.snapshot: {error}")
    states = custom_states(snapshot)
    if states != mounted.states:
        mounted.states = states
        add("custom", [mounted.number, list(states)])


def custom_states(snapshot: Snapshot[object]) -> tuple[str, ...]:
    """Give the names for `:state(…)`: each active state by its path, joined with hyphens, the tags, and `done`; or the mode.

    A character that cannot be in a name becomes a hyphen. Source: HTML, Custom state pseudo-class.

    >>> from actorweb.values.snapshot import Snapshot
    >>> custom_states(Snapshot(None, value={"form": {"card": "checking"}}, tags=frozenset({"busy"})))
    ('form', 'form-card', 'form-card-checking', 'busy')
    """
    found: dict[str, None] = {}
    parts: list[tuple[str, object]] = [("", snapshot.value)]
    while parts:
        path, value = parts.pop(0)
        if isinstance(value, str):
            if value and (path or value != "default"):
                found[_name(path + value)] = None
        elif isinstance(value, Mapping):
            for key, below in value.items():
                found[_name(path + key)] = None
                parts.append((f"{path}{key}-", below))
    found.update(dict.fromkeys(_name(tag) for tag in sorted(snapshot.tags)))
    if snapshot.status == "done":
        found["done"] = None
    return tuple(found)


def _name(text: str) -> str:
    return "".join(character if character.isalnum() or character in "-_" else "-" for character in text)
