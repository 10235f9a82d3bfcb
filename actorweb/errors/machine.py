"""What can go wrong with machines: 22x when a machine is built, 37x when it runs."""

from __future__ import annotations

from actorweb.errors import ActorError, BadDefinition

_LONGEST = 300


def _short(text: str) -> str:
    """Leave out the middle of a long text: a config can have a name of a million characters, or a thousand children."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


class BadMachine(BadDefinition):
    """A machine's config is not one that XState takes. `path` is the place in the config."""

    code = "AW-220"

    def __init__(self, path: str, happened: str, expected: str, do: str) -> None:
        super().__init__(*(_short(text) for text in (f"{path or 'the config'}: {happened}", expected, do)))
        self.path = path


class UnknownTarget(BadMachine):
    """A target, or an `initial`, names no state."""

    code = "AW-221"


class MissingImplementation(BadMachine):
    """A config names an action, guard, actor or delay that was not given. `name` is that name, `path` the state's id."""

    code = "AW-222"

    def __init__(self, path: str, kind: str, name: str) -> None:
        super().__init__(
            path,
            f"the {kind} {name!r} has no implementation",
            f"every {kind} of the config among {kind}s=",
            f'give {kind}s={{{name!r}: …}}, or build with missing="xstate" to do what XState does',
        )
        self.name = name


class MachineTooLarge(BadMachine):
    """A config has more states, or deeper ones, than a machine may have (or holds itself)."""

    code = "AW-223"


class GuardFailed(ActorError):
    """A guard raised while a transition was selected; `__cause__` is its error."""

    code = "AW-371"


class UnresolvedActor(ActorError):
    """An event was to be sent to an actor that is not there."""

    code = "AW-372"


class EndlessStep(ActorError):
    """A step did not come to an end: the machine's `maxIterations` was exceeded, or entering a state leads back to it."""

    code = "AW-373"


class NotRestorable(ActorError):
    """A persisted snapshot does not fit the machine."""

    code = "AW-374"


class BadAction(ActorError):
    """A built-in action was given what it cannot use."""

    code = "AW-375"


class StepFailed(ActorError):
    """A machine came into status `error` with something that is no exception: a child was said to have failed with it."""

    code = "AW-376"


class BadActor(BadDefinition):
    """What was given as an actor for a machine to invoke cannot be one."""

    code = "AW-224"
