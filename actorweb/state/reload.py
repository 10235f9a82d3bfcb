"""Reloading a module: its new source runs, and either everything that it defines is taken over, or nothing has changed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from actorweb.errors.state import UpgradeRefused
from actorweb.kernel.behavior import Behavior
from actorweb.state.upgrade import upgrade

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from actorweb.kernel.scheduler import Kernel
    from actorweb.values.generics import Never


def upgrade_module(kernel: Kernel, module: ModuleType) -> tuple[str, ...]:
    """Run a module's source anew and upgrade all the behaviors that it defines in one step. Gives their names.

    Whatever goes wrong, the module is as it was before and every actor runs on as it did: `UpgradeRefused`, with the error
    of the source, or of the upgrade, as its cause.
    """
    before = dict(module.__dict__)
    try:
        _run_anew(module)
        old, new = _behaviors(before, module.__dict__), _behaviors(module.__dict__, before)
        names = _names(module, new)
        upgrade(kernel, new, old, known_only=False)
    except BaseException as error:
        module.__dict__.clear()
        module.__dict__.update(before)
        if isinstance(error, UpgradeRefused) or not isinstance(error, Exception):
            raise
        raise UpgradeRefused(
            f"module {module.__name__!r} was not reloaded: {type(error).__name__}: {error}", "a source that runs to its end", "correct it; the old code runs on"
        ) from error
    return names


def _names(module: ModuleType, behaviors: list[Behavior[Never, object]]) -> tuple[str, ...]:
    names = tuple(behavior.name for behavior in behaviors)
    if not names:
        raise UpgradeRefused(
            f"module {module.__name__!r} defines no behavior", "a module with behaviors, ended with .build()", "name the module that defines them"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UpgradeRefused(
            f"module {module.__name__!r} defines two behaviors called {', '.join(map(repr, twice))}", "one behavior of each name", "rename one of them"
        )
    return names


def _behaviors(names: Mapping[str, object], other: Mapping[str, object]) -> list[Behavior[Never, object]]:
    """Give the behaviors of one state of a module that the other state does not have: what its source makes, not what it imports."""
    known = {value.definition for value in other.values() if isinstance(value, Behavior)}
    found: dict[object, Behavior[Never, object]] = {}
    for value in names.values():
        if isinstance(value, Behavior) and value.supervision is None and value.definition not in known:
            found.setdefault(value.definition, value)
    return list(found.values())


def _run_anew(module: ModuleType) -> None:
    """Run the source as it is now. Not by its cached bytecode, which is told apart by the second and the size only."""
    importlib.invalidate_caches()
    spec = module.__spec__
    loader = None if spec is None else spec.loader
    source = getattr(loader, "get_source", lambda _: None)(module.__name__)
    if not isinstance(source, str):
        importlib.reload(module)
        return
    code = compile(source, getattr(module, "__file__", None) or module.__name__, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102  (a reload is that)
