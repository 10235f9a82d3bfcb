"""Supervisors as they are defined: strategy, intensity, children (OTP: `supervisor`). How a running one decides is told in `supervision`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from actorweb.errors import BadSpec
from actorweb.kernel import children as answers
from actorweb.kernel.behavior import Behavior
from actorweb.kernel.builder import make_behavior
from actorweb.kernel.child_spec import AutoShutdown, ChildSpec, Strategy, SupervisorSpec, check_fits, is_seconds
from actorweb.kernel.children import Children, CountChildren, DeleteChild, RestartChild, StartChild, TerminateChild, WhichChildren

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actorweb.kernel.table import Handlers

STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one", "dynamic")
AUTO_SHUTDOWNS = ("never", "any_significant", "all_significant")

SupervisorRequest: TypeAlias = WhichChildren | CountChildren | StartChild | TerminateChild | RestartChild | DeleteChild


def supervisor(
    name: str,
    /,
    *,
    strategy: Strategy = "one_for_one",
    intensity: int = 3,
    period: float = 5.0,
    auto_shutdown: AutoShutdown = "never",
    children: Sequence[ChildSpec] = (),
) -> Behavior[SupervisorRequest, Children]:
    """Define a supervisor: a behavior that starts, restarts and stops its children.

    `strategy`: `"one_for_one"` restarts the child that ended; `"one_for_all"` stops all others in reverse and starts all
    again; `"rest_for_one"` does so with those that were started after it. Under the last two what waited for a
    restarted child becomes dead letters (`restarted`). A `"dynamic"` one begins without children: `StartChild(spec)` brings
    each, and all are told to stop at once (OTP: `simple_one_for_one`).

    More than `intensity` restarts within `period` seconds (both ends included) end the supervisor with `Shutdown`, and
    with it all its children. A failed first start is not retried: the children already started stop in reverse and the
    supervisor's start fails. A failed restart is retried and counts. `auto_shutdown`: whether the end of
    `"any_significant"` child, or of `"all_significant"` ones, ends the supervisor with `Shutdown`.
    It is administered by `WhichChildren`, `CountChildren`, `StartChild`, `TerminateChild`, `RestartChild` and
    `DeleteChild`. Raises `BadSpec`. Source: OTP, Supervisor Behaviour.

    >>> from actorweb import child, define_behavior
    >>> worker = define_behavior("worker").with_context(0).build()
    >>> root = supervisor("root", children=[child("worker", worker)])
    """
    if strategy not in STRATEGIES:
        raise BadSpec(f"supervisor {name!r}: strategy={strategy!r}", f"one of {', '.join(STRATEGIES)}", "choose one of them")
    if isinstance(intensity, bool) or not isinstance(intensity, int) or intensity < 0:
        raise BadSpec(f"supervisor {name!r}: intensity={intensity!r}", "a whole number, 0 or more", "say how many restarts are too few to worry")
    if not is_seconds(period) or not period > 0:
        raise BadSpec(f"supervisor {name!r}: period={period!r}", "more than 0 seconds", "say in how many seconds the restarts are counted")
    if auto_shutdown not in AUTO_SHUTDOWNS:
        raise BadSpec(f"supervisor {name!r}: auto_shutdown={auto_shutdown!r}", f"one of {', '.join(AUTO_SHUTDOWNS)}", "choose one of them")
    if strategy == "dynamic" and auto_shutdown != "never":
        raise BadSpec(
            f"supervisor {name!r}: auto_shutdown={auto_shutdown!r} with strategy='dynamic'", "auto_shutdown='never'", "leave it out (OTP refuses it, too)"
        )
    if strategy == "dynamic" and len(children):
        raise BadSpec(f"supervisor {name!r}: children={list(children)!r} with strategy='dynamic'", "no children", "start each with StartChild(spec)")
    definition = SupervisorSpec(strategy, intensity, period, auto_shutdown, tuple(children))
    ids: set[str] = set()
    for spec in definition.children:
        if not isinstance(spec, ChildSpec):
            raise BadSpec(f"supervisor {name!r}: children contains {spec!r}", "what child(…) gives", "write child(id, behavior)")
        if spec.id in ids:
            raise BadSpec(f"supervisor {name!r}: two children have id={spec.id!r}", "ids that differ", "rename one of them")
        check_fits(name, definition, spec)
        ids.add(spec.id)
    return make_behavior(name, Children(tuple(spec.id for spec in definition.children)), REQUESTS, MESSAGES, definition)


REQUESTS: Handlers = {
    WhichChildren: answers.which,
    CountChildren: answers.count,
    StartChild: answers.start,
    TerminateChild: answers.terminate,
    RestartChild: answers.restart,
    DeleteChild: answers.delete,
}
MESSAGES = {kind.__name__: kind for kind in REQUESTS}
