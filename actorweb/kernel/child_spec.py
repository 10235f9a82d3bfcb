"""Child specifications: how a supervisor starts, restarts and stops each of its children (OTP: `supervisor:child_spec()`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from actorweb.errors import BadSpec
from actorweb.kernel.behavior import Behavior
from actorweb.values.record import Record

if TYPE_CHECKING:
    from actorweb.kernel.recorder import Durability, Keep, Keeper
    from actorweb.values.generics import Never

Strategy: TypeAlias = Literal["one_for_one", "one_for_all", "rest_for_one", "dynamic"]
Restart: TypeAlias = Literal["permanent", "transient", "temporary"]
AutoShutdown: TypeAlias = Literal["never", "any_significant", "all_significant"]
ChildShutdown: TypeAlias = "float | Literal['brutal_kill', 'infinity']"
RESTARTS = ("permanent", "transient", "temporary")


class Backoff(Record):
    """How long a child waits before it is started again; all in seconds.

    The nth restart since the last quiet `reset_after` waits min(max, min·2ⁿ⁻¹)·(1 ± jitter). A run that lasted
    `reset_after` (default (min + max)/2) begins the count anew. A restart counts against the supervisor's intensity when
    its wait is over; messages and asks wait meanwhile, and a stop ends the wait at once. Checked by `child`.
    """

    min: float
    max: float
    jitter: float = 0.0
    reset_after: float | None = None

    @property
    def quiet(self) -> float:
        """After so long a life the count begins anew."""
        return (self.min + self.max) / 2 if self.reset_after is None else self.reset_after

    def delay(self, failures: int, chance: float) -> float:
        """Give the seconds that the restart after so many failures waits; `chance` is from 0 to 1."""
        # 2.0 ** 1100 is an OverflowError; by then max has long been reached.
        delay = min(self.max, self.min * 2.0 ** min(failures - 1, 1000))
        return delay * (1 + self.jitter * (2 * chance - 1))


class ChildSpec(Record):
    """How a supervisor starts, restarts and stops one child. Made by `child`."""

    id: str
    behavior: Behavior[Never, object]
    restart: Restart
    shutdown: ChildShutdown
    significant: bool
    backoff: Backoff | None
    name: str | None
    keep: Keep | None = None

    @property
    def seconds(self) -> float | None:
        """How long the child may take to stop; None for as long as it wants."""
        if self.shutdown == "infinity":
            return None
        return 0.0 if self.shutdown == "brutal_kill" else float(self.shutdown)


class SupervisorSpec(Record):
    """What a supervisor was defined with."""

    strategy: Strategy
    intensity: int
    period: float
    auto_shutdown: AutoShutdown
    children: tuple[ChildSpec, ...]


def child(
    id: str,  # noqa: A002  (OTP's word, and public)
    behavior: Behavior[Never, object],
    /,
    *,
    restart: Restart = "permanent",
    shutdown: ChildShutdown | None = None,
    significant: bool = False,
    backoff: Backoff | None = None,
    name: str | None = None,
    store: Keeper | None = None,
    key: str | None = None,
    durability: Durability = "journal",
) -> ChildSpec:
    """Describe one child of a supervisor.

    `restart`: `"permanent"` always, `"transient"` after an abnormal end (`Crash`, `Killed`), `"temporary"` never.
    `shutdown`: the seconds it may take to stop (5.0; for a supervisor `"infinity"`), or `"brutal_kill"`.
    `significant`: its own end may end the supervisor, as that one's `auto_shutdown` says.
    `backoff`: how long a restart waits (not at all without one).
    `store`, `key`, `durability`: as of `ActorSystem.spawn`; each of its runs begins with what was stored.
    Raises `BadSpec`. Source: OTP, Supervisor Behaviour, child specification.

    >>> from actorweb import define_behavior
    >>> worker = define_behavior("worker").with_context(0).build()
    >>> child("worker", worker, restart="transient", backoff=Backoff(0.1, 30)).restart
    'transient'
    """
    if not isinstance(id, str) or not id:
        raise BadSpec(f"child: id={id!r}", "a text that is not empty", "give each child an id of its own")
    if not isinstance(behavior, Behavior):
        raise BadSpec(f"child {id!r}: behavior={behavior!r}", "a Behavior", "end its definition with .build()")
    if restart not in RESTARTS:
        raise BadSpec(f"child {id!r}: restart={restart!r}", f"one of {', '.join(RESTARTS)}", "choose one of them")
    if shutdown is None:
        shutdown = "infinity" if behavior.supervision is not None else 5.0
    if shutdown not in ("brutal_kill", "infinity") and not is_seconds(shutdown):
        raise BadSpec(f"child {id!r}: shutdown={shutdown!r}", "seconds (0 or more), 'brutal_kill' or 'infinity'", "choose one of them")
    if not isinstance(significant, bool):
        raise BadSpec(f"child {id!r}: significant={significant!r}", "True or False", "choose one of them")
    if significant and restart == "permanent":
        raise BadSpec(
            f"child {id!r}: significant=True with restart='permanent'", "a transient or temporary child", "a permanent child always comes back: leave one out"
        )
    if backoff is not None:
        _check_backoff(id, backoff)
    if name is not None and (not isinstance(name, str) or not name or "/" in name):
        raise BadSpec(f"child {id!r}: name={name!r}", "None, or a text that is not empty and has no '/'", "choose another name")
    keep = None
    if store is not None or key is not None:
        from actorweb.kernel.recorder import keep_at  # noqa: PLC0415  (its room opens with the first durable actor)

        keep = keep_at(f"child {id!r}", store, key, durability)
    return ChildSpec(id, behavior, restart, shutdown, significant, backoff, name, keep)


def is_seconds(value: object, *, least: float = 0.0) -> bool:
    """Tell whether a value is a number of seconds, `least` or more."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= least


def _check_backoff(child_id: str, backoff: Backoff) -> None:
    if not isinstance(backoff, Backoff):
        raise BadSpec(f"child {child_id!r}: backoff={backoff!r}", "Backoff(min, max)", "give the shortest and the longest wait, in seconds")
    if not is_seconds(backoff.min) or not is_seconds(backoff.max, least=backoff.min) or backoff.max == float("inf"):
        raise BadSpec(f"child {child_id!r}: backoff={backoff!r}", "seconds, 0 <= min <= max", "give the shortest and the longest wait")
    if not is_seconds(backoff.jitter) or backoff.jitter > 1:
        raise BadSpec(f"child {child_id!r}: backoff.jitter={backoff.jitter!r}", "a part of the wait, from 0 to 1", "0.2 spreads it by 20 %")
    if backoff.reset_after is not None and not is_seconds(backoff.reset_after):
        raise BadSpec(
            f"child {child_id!r}: backoff.reset_after={backoff.reset_after!r}", "None, or seconds (0 or more)", "say after how long a life all is well"
        )


def check_fits(name: str, definition: SupervisorSpec, spec: ChildSpec) -> None:
    """Raise `BadSpec` for a child whose specification this supervisor cannot keep."""
    if spec.significant and definition.auto_shutdown == "never":
        raise BadSpec(
            f"supervisor {name!r}: child {spec.id!r} has significant=True, but auto_shutdown='never'",
            "auto_shutdown='any_significant' or 'all_significant'",
            "say what its end means, or leave significant out",
        )
