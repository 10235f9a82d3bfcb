"""The port through which an actor's state is kept over time. The kernel calls it and knows nothing of stores or histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

from actorweb.errors import BadSpec
from actorweb.values.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.values.generics import Never

Durability: TypeAlias = Literal["journal", "snapshot"]


class SetTimer(Record):
    """A timer of an actor's state: how many seconds are left, and the rest of what was scheduled."""

    key: str | None
    left: float
    interval: float | None
    mode: bool
    message: object


class State(Record):
    """Everything of an actor that outlives its run: what a recorder is given, and gives back."""

    context: object
    version: int
    modes: tuple[str, ...]
    timers: tuple[SetTimer, ...] = ()


class Recorder(Protocol):
    """Keeps the state of one actor over time.

    One belongs to a spawn and serves all its runs. All calls are made by the kernel between or at the end of turns.
    """

    @property
    def journals(self) -> bool:
        """Whether what a turn did becomes visible only when `record` has kept its state."""
        ...

    @property
    def recovers(self) -> bool:
        """Whether a run begins with what was kept."""
        ...

    def recover(self, done: Callable[[State | None, BaseException | None], None]) -> None:
        """Give the newest state to `done`, or None if none was ever kept: at once or later."""
        ...

    def record(self, state: State, message: object, done: Callable[[BaseException | None], None]) -> None:
        """Keep a state before it is visible, and tell `done` when it is safe, or what went wrong: at once or later."""
        ...

    def changed(self, message: object) -> None:
        """Take note of the state that the actor has now. `message` is what the turn handled."""
        ...

    def when_kept(self, function: Callable[[], None]) -> None:
        """Call a function once everything noted so far is stored."""
        ...

    def forget(self) -> bool:
        """Let go of what is kept in memory, where a store has it all; False if that would lose something."""
        ...

    def ended(self) -> None:
        """Let go: the actor has ended for good."""
        ...


@runtime_checkable
class Keeper(Protocol):
    """A store, as far as the kernel passes it on from a spawn or a child's specification."""

    @property
    def name(self) -> str: ...
    @property
    def synchronous(self) -> bool: ...


class Keep(Record):
    """Where the state of a spawn is to be kept."""

    store: Keeper
    key: str
    durability: Durability


class Keeping(Protocol):
    """Makes the recorder of a spawn. `actorweb.system` gives the kernel one."""

    def __call__(self, cell: Cell, behavior: Behavior[Never, object], keep: Keep | None, /) -> Recorder: ...


def keep_at(whose: str, store: Keeper | None, key: str | None, durability: Durability) -> Keep:
    """Check where something is to be kept. Raises `BadSpec`."""
    if not isinstance(store, Keeper):
        raise BadSpec(f"{whose}: store={store!r} with key={key!r}", "a store, such as SqliteStore(path)", "give both store and key, or none")
    if not isinstance(key, str) or not key:
        raise BadSpec(f"{whose}: key={key!r} with a store", "a text that is not empty", 'name its state in the store, as in key="counters/42"')
    if durability not in ("journal", "snapshot"):
        raise BadSpec(f"{whose}: durability={durability!r}", "'journal' or 'snapshot'", "choose one of them")
    return Keep(store, key, durability)
