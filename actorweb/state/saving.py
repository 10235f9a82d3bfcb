"""How the state of an actor becomes data, and data becomes state again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError, DecodeError, EncodeError
from actorweb.errors.state import MigrationError, NewerState
from actorweb.kernel.logic import LogicSnapshot
from actorweb.kernel.recorder import SetTimer, State
from actorweb.values.codec import encode_as, from_json, to_json
from actorweb.values.migration import migrated, read_context
from actorweb.values.saved import Saved, SavedTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior, Definition
    from actorweb.values.generics import Never
    from actorweb.values.json import Json


def context_to_json(behavior: Behavior[Never, object], context: object) -> Json:
    """Give a context as JSON, in the form that its behavior declares; of a machine the whole state. Raises `EncodeError` with the path."""
    if behavior.logic is not None:
        return behavior.logic.to_json(_whole(behavior, context))
    return encode_as(behavior.context_form, context, "context")


def _whole(behavior: Behavior[Never, object], context: object) -> LogicSnapshot:
    if isinstance(context, LogicSnapshot):
        return context
    raise MigrationError(
        f"a state of behavior {behavior.name!r} is {context!r}, and it has a machine now", "the state of a machine", "raise the version and migrate", version=0
    )


def context_from_json(whose: object, behavior: Behavior[Never, object], data: Json, live: object = None) -> object:
    """Read a migrated context; of a machine the whole state, in which what is alive in another goes on. Raises `MigrationError` with what does not fit."""
    if behavior.logic is None:
        return read_context(whose, behavior.context_form, data, behavior.version)
    try:
        return behavior.logic.from_json(data, live if isinstance(live, LogicSnapshot) else None)
    except ActorError as error:
        raise MigrationError(
            f"{whose}: {error.happened}", error.expected, f"let a migrate to version {behavior.version} map the value of the machine", version=behavior.version
        ) from error


def save(behavior: Behavior[Never, object], state: State, message: object, wall: float) -> Saved:
    """Give a state as data, at this time of the wall clock.

    A message without a JSON form (a signal, one that holds a ref) is left out: it is told for those who look back, and
    recovery does not need it. Raises `EncodeError` for a context or a timer's message without one.
    """
    try:
        told = None if message is None else to_json(message)
    except EncodeError:
        told = None
    timers = tuple(SavedTimer(timer.key, timer.left, timer.interval, timer.mode, to_json(timer.message)) for timer in state.timers)
    return Saved(behavior.name, behavior.version, state.version, state.modes, context_to_json(behavior, state.context), told, timers, wall)


def restore(
    behavior: Behavior[Never, object], saved: Saved, whose: object, wall: float, newer: Definition | None = None, unfit: Callable[[Json], None] | None = None
) -> State:
    """Make the state that was saved, in the behavior's present form. Where it was migrated it is a new version.

    What newer code wrote is brought down with the migrations of `newer`, where that code is known. A timer goes on with
    what is left of it now; a wall clock that was set back does not make it wait longer than it had to. The message of a
    timer that the behavior does not take goes to `unfit`, and that timer is over; without `unfit` it is an error.
    Raises `MigrationError` and, for what newer code wrote, `NewerState`.
    """
    if saved.behavior != behavior.name:
        raise MigrationError(
            f"{whose}: it was saved by the behavior {saved.behavior!r}",
            f"a state of the behavior {behavior.name!r}",
            "give each behavior keys of its own",
            version=saved.schema,
        )
    if saved.schema > behavior.version and newer is None:
        raise NewerState(
            f"{whose}: its context is of version {saved.schema}, and behavior {behavior.name!r} is version {behavior.version}",
            f"version {behavior.version} or older",
            "run the newer code, or export the state with it after a downgrade",
        )
    definition = behavior.definition
    data = migrated(whose, saved.context, saved.schema, behavior.version, up=definition.up, down={} if newer is None else newer.down)
    context = context_from_json(whose, behavior, data)
    check_modes(behavior, saved.modes, whose)
    passed = max(0.0, wall - saved.at)
    timers: list[SetTimer] = []
    for timer in saved.timers:
        try:
            message = behavior.kept_from_json(timer.message)
        except DecodeError as error:
            if unfit is not None:
                unfit(timer.message)
                continue
            raise MigrationError(
                f"{whose}: the message of its timer {timer.key!r}: {error.happened}", error.expected, "let the behavior take that message", version=saved.schema
            ) from error
        timers.append(SetTimer(timer.key, max(0.0, timer.left - passed), timer.interval, timer.mode, message))
    return State(context, saved.version + (saved.schema != behavior.version), saved.modes, tuple(timers))


def check_modes(behavior: Behavior[Never, object], modes: tuple[str, ...], whose: object) -> None:
    """Raise `MigrationError` for a mode that the behavior does not have."""
    for mode in modes:
        if mode not in behavior.modes:
            raise MigrationError(
                f"{whose}: it is in the mode {mode!r}, which behavior {behavior.name!r} (version {behavior.version}) does not have",
                f"one of {', '.join(map(repr, behavior.modes))}",
                "keep the mode until no actor is in it",
                version=behavior.version,
            )


def survives(behavior: Behavior[Never, object], context: object) -> str | None:
    """Say why a context would not come back from a store as it was; None if it would."""
    try:
        data = context_to_json(behavior, context)
        if behavior.logic is not None:
            back: object = behavior.logic.from_json(data)
        else:
            back = from_json(behavior.context_form, data, "context")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a form may be a union, which is no class)
    except ActorError as error:
        return error.happened
    return None if back == context else f"{context!r} would come back as {back!r}"
