"""Assembly: what a definition is checked for, and what of it its actors run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import BadDefinition, DuplicateWireName
from actorweb.kernel.signals import Signal
from actorweb.kernel.table import Mode
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Definition, Migration
    from actorweb.kernel.cell import Cell


def modes_of(definition: Definition) -> dict[str, Mode]:
    """Compile the modes."""
    types, strings, fallbacks = definition.types, definition.strings, definition.fallbacks
    first: Callable[[Cell], None] | None = None
    if definition.idle is not None:
        from actorweb.kernel.idle import stir  # noqa: PLC0415  (with_idle_timeout has opened it)

        first = stir
    logic = definition.logic
    if logic is not None:
        every = {**types[""], **types["default"]}
        return {"default": Mode("default", {**every, **logic.handlers(every)}, {**strings[""], **strings["default"]}, logic.take, first)}
    return {
        mode: Mode(mode, {**types[""], **types[mode]}, {**strings[""], **strings[mode]}, fallbacks.get(mode) or fallbacks.get(""), first)
        for mode in types
        if mode
    }


def messages_of(definition: Definition) -> dict[str, type]:
    """Give the declared messages by wire name. Raises `DuplicateWireName`."""
    messages: dict[str, type] = {} if definition.logic is None else dict(definition.logic.events)
    for types in definition.types.values():
        for kind in types:
            if issubclass(kind, Signal):
                continue
            name = wire_name(kind)
            other = messages.setdefault(name, kind)
            if other is not kind:
                raise DuplicateWireName(
                    f"behavior {definition.name!r}: {other.__module__}.{other.__qualname__} and {kind.__module__}.{kind.__qualname__} are both called {name!r}",
                    "wire names that differ within a behavior",
                    f'give one of them another: @message(name="…{name}")',
                )
    return messages


def add_migration(definition: Definition, method: str, chain: dict[int, Migration], version: int, function: Migration) -> None:
    """Add one step to a chain. Raises `BadDefinition`."""
    if isinstance(version, bool) or not isinstance(version, int) or version < 1 or not callable(function):
        raise BadDefinition(
            f"behavior {definition.name!r}: {method}({version!r}, {function!r})", "a version and a function of the context's JSON", "see docs/how-to/migrate.md"
        )
    if version in chain:
        raise BadDefinition(f"behavior {definition.name!r}: there are two of {method}({version}, …)", "one for each version", "remove one of them")
    chain[version] = function


def check_logic(definition: Definition) -> None:
    """Refuse what a machine decides itself."""
    if definition.logic is None:
        return
    modes = [mode for mode in definition.types if mode not in {"", "default"}]
    if modes:
        raise BadDefinition(
            f"behavior {definition.name!r} has a machine and the mode {modes[0]!r}",
            "the machine's states instead of modes",
            "make the mode a state of the machine",
        )
    if definition.fallbacks:
        raise BadDefinition(
            f"behavior {definition.name!r} has a machine and on_message: the machine would get no event",
            "handlers of single types, with .on",
            "write the types out",
        )


def check_migrations(definition: Definition) -> None:
    """Raise `BadDefinition` for a chain with gaps."""
    version = definition.version
    for method, chain, last in (("migrate", definition.up, version - 1), ("migrate_down", definition.down, version)):
        if not chain:
            continue
        missing = [step for step in range(min(chain), last + 1) if step not in chain]
        if missing:
            raise BadDefinition(
                f"behavior {definition.name!r} is version {version}, but there is no {method}({missing[0]}, …)",
                f"a {method} for each version from {min(chain)} to {last}",
                "add it, or correct with_version",
            )
        if max(chain) > last:
            raise BadDefinition(
                f"behavior {definition.name!r} is version {version}, but there is a {method}({max(chain)}, …)",
                f"versions up to {last}",
                "remove it, or correct with_version",
            )
    if 1 in definition.down:
        raise BadDefinition(f"behavior {definition.name!r}: migrate_down(1, …)", "versions from 2 on: there is none before 1", "remove it")


def check_capacity(name: str, method: str, capacity: object) -> None:
    """Raise `BadDefinition` for what is no capacity."""
    if isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 1:
        raise BadDefinition(f"behavior {name!r}: {method}(capacity={capacity!r})", "a whole number, 1 or more", "say how many messages there is room for")
