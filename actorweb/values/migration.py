"""Migrations: the one chain by which a saved context comes up to the present form, and back down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError
from actorweb.errors.state import MigrationError
from actorweb.values.codec import from_json
from actorweb.values.json import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from actorweb.values.json import JsonObject

    Steps = Mapping[int, Callable[[JsonObject], Json]]


def migrated(whose: object, data: Json, have: int, want: int, *, up: Steps, down: Steps) -> Json:
    """Bring the JSON of a context from one version to another, step by step.

    Raises `MigrationError` that names the version where a step is missing or raised (its `__cause__`).
    """
    check_steps(whose, have, want, up=up, down=down)
    while have != want:
        steps, method, next_version = (up, "migrate", have + 1) if have < want else (down, "migrate_down", have - 1)
        step = steps[have]
        try:
            data = step(data)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a context that is no object is for its author's function to know)
        except Exception as error:
            raise MigrationError(
                f"{whose}: {method}({have}, …) raised {type(error).__name__}: {error}",
                "a function that makes the next form of every context of that version",
                "correct it; nothing has changed",
                version=have,
            ) from error
        have = next_version
    return data


def check_steps(whose: object, have: int, want: int, *, up: Steps, down: Steps) -> None:
    """Raise `MigrationError` for the first step that is missing on the way from one version to another."""
    while have != want:
        steps, method, next_version = (up, "migrate", have + 1) if have < want else (down, "migrate_down", have - 1)
        if have not in steps:
            raise MigrationError(
                f"{whose}: its context is of version {have}, and there is no {method}({have}, …)",
                f"a {method} for each version from {have} to {want}",
                f"add .{method}({have}, function) to the behavior",
                version=have,
            )
        have = next_version


def read_context(whose: object, form: object, data: Json, version: int) -> object:
    """Read a migrated context. Raises `MigrationError` with the path of what does not fit."""
    try:
        return from_json(form, data, "context")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a form may be a union, which is no class)
    except ActorError as error:
        raise MigrationError(
            f"{whose}: {error.happened}", error.expected, f"correct the context's migration to version {version}, or its type", version=version
        ) from error
