"""How a context that one definition of a behavior made becomes one that another definition works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError, DecodeError, EncodeError
from actorweb.errors.state import MigrationError
from actorweb.kernel.logic import LogicSnapshot
from actorweb.state.saving import context_from_json, context_to_json
from actorweb.values.migration import migrated

if TYPE_CHECKING:
    from actorweb.kernel.behavior import Behavior
    from actorweb.values.generics import Never


def converted(whose: object, context: object, old: Behavior[Never, object], new: Behavior[Never, object]) -> object:
    """Give a context of the old definition in the form of the new one. Raises `MigrationError`.

    Of one version, what fits stays the very same object; classes that a module reload made again are recognised by their
    names. Between versions the context goes through its JSON and the chain of migrations: `migrate` of the newer
    definition on the way up, `migrate_down` of the newer one on the way down.
    """
    if old.definition is new.definition:
        return context
    if old.version == new.version and (old.logic is not None or new.logic is not None):
        return _fitting(whose, context, old, new)
    if old.version == new.version and old.context_form == new.context_form and isinstance(context, new.context_types):
        return context  # the very classes: nothing was made anew
    if old.version == new.version:
        return _recast(whose, context, new)
    try:
        data = context_to_json(old, context)
    except EncodeError as error:
        raise MigrationError(
            f"{whose}: {error.happened}", error.expected, "keep what has no JSON form out of the context, or the version as it is", version=old.version
        ) from error
    data = migrated(whose, data, old.version, new.version, up=new.definition.up, down=old.definition.down)
    return context_from_json(whose, new, data, context)


def _fitting(whose: object, context: object, old: Behavior[Never, object], new: Behavior[Never, object]) -> object:
    """Give the state of a machine in a new config of the same version, if that has the states that are active."""
    cure = f"raise the version: .with_version({new.version + 1}).migrate({new.version}, function), with a function that maps the machine's value"
    if new.logic is None or not isinstance(context, LogicSnapshot):
        has, had = ("has", "had none") if new.logic is not None else ("has no", "had one")
        raise MigrationError(
            f"{whose}: behavior {new.name!r} {has} a machine, and {had} before, in the same version {old.version}",
            "a machine before and after, or another version",
            cure,
            version=new.version,
        )
    try:
        return new.logic.fitting(context)
    except ActorError as error:
        raise MigrationError(f"{whose}: {error.happened}", error.expected, cure, version=new.version) from error


def _recast(whose: object, context: object, new: Behavior[Never, object]) -> object:
    from actorweb.values.recast import recast  # noqa: PLC0415  (few programs replace their code)

    try:
        return recast(context, new.context_form, "context")
    except DecodeError as error:
        raise MigrationError(
            f"{whose}: its context does not fit the new code, which is of the same version {new.version}: {error.happened}",
            error.expected,
            f"raise the version: .with_version({new.version + 1}).migrate({new.version}, function)",
            version=new.version,
        ) from error
