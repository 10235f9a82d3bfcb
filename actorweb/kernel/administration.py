"""Administration of a running actor: suspend, resume, replace its context (OTP: `sys`).

Each order takes the urgent lane and is carried out between two turns of its actor: it overtakes waiting messages, works
while the actor is suspended, and waits for a handler that is still awaiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorStopped
from actorweb.kernel import commit
from actorweb.kernel.cell import run_of
from actorweb.kernel.checked import check_context
from actorweb.kernel.exits import CLEARING
from actorweb.kernel.recorder import State
from actorweb.kernel.signals import NoProc
from actorweb.kernel.table import BUSY, ENDING, OCCUPIED, STARTING, SUSPENDED, release

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from actorweb.kernel.cell import Cell
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.scheduler import Kernel
    from actorweb.kernel.signals import Reason
    from actorweb.values.generics import Never

    Finish: TypeAlias = Callable[[BaseException | None], None]


class Order:
    """Something to do to an actor between two turns; `failed` is told if its actor ends before."""

    __slots__ = ("carry_out", "failed")

    def __init__(self, carry_out: Callable[[Cell], None], failed: Callable[[BaseException], None]) -> None:
        self.carry_out: Callable[[Cell], None] = carry_out
        self.failed: Callable[[BaseException], None] = failed


async def order(kernel: Kernel, ref: ActorRef[Never], carry_out: Callable[[Cell, Finish], None]) -> None:
    """Have something done to an actor between two turns, and wait until it calls `finish`. Raises what it raises, or finishes with."""
    done = kernel.world.future()

    def finish(error: BaseException | None) -> None:
        if done.done():
            return  # whoever gave the order has been cancelled
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def obey(cell: Cell) -> None:
        if done.done():
            return
        try:
            carry_out(cell, finish)
        except Exception as error:  # noqa: BLE001  (whatever the author's function raises belongs to the caller)
            finish(error)

    give(kernel, ref._cell, Order(obey, finish))
    await done


async def between_turns(kernel: Kernel, function: Callable[[], None]) -> None:
    """Call a function between two turns, whoever's they are. Raises what it raises."""
    from actorweb.kernel.effect import clerk_of  # noqa: PLC0415  (effect imports much of the kernel)

    done = kernel.world.future()

    def carry_out() -> None:
        if done.done():
            return
        try:
            function()
        except Exception as error:  # noqa: BLE001  (as above)
            done.set_exception(error)
        else:
            done.set_result(None)

    kernel.command(clerk_of(kernel), lambda _, __: carry_out())
    await done


def give(kernel: Kernel, cell: Cell, order: Order) -> None:
    """Give an order. Raises `ActorStopped(NoProc())` if the actor has ended."""
    if cell._run is not None and cell._run.ended:
        raise ActorStopped(cell.self, NoProc())
    kernel.command(cell, lambda _, target: _take(target, order))


def _take(cell: Cell, order: Order) -> None:
    kernel = cell.self._kernel
    if cell in kernel.passive:
        from actorweb.kernel import passivation  # noqa: PLC0415  (it has put the actor aside)

        passivation.wake(kernel, cell)
    run = cell._run
    if run is not None and run.ended:
        order.failed(ActorStopped(cell.self, NoProc()))
    elif any(cell._table is table for table in AT_WORK):  # not `in`: tables are dicts, and equal ones are not the same
        run_of(cell).orders.append(order)
    else:
        order.carry_out(cell)


AT_WORK = (BUSY, STARTING, CLEARING, ENDING, OCCUPIED)


def refuse(cell: Cell, reason: Reason) -> None:
    """Tell whoever gave an order that its actor has ended."""
    run = run_of(cell)
    orders, run.orders = run.orders, []
    for order in orders:
        order.failed(ActorStopped(cell.self, reason))


def suspend(cell: Cell, finish: Finish) -> None:
    """Let an actor take no messages until it is resumed. What comes waits; timers that expire meanwhile fire once after."""
    run_of(cell).suspended = True
    cell._table = SUSPENDED
    finish(None)


def resume(cell: Cell, finish: Finish) -> None:
    """Let a suspended actor go on with what has waited, in order."""
    run = run_of(cell)
    if run.suspended:
        run.suspended = False
        release(cell)
    finish(None)


def replace_context(kernel: Kernel, cell: Cell, function: Callable[[object], object], finish: Finish) -> object:
    """Install what the function makes of the context, and tell when that is done. Raises what it raises, or `BadPlan` for a wrong type; then nothing has changed."""
    context = function(cell.context)
    check_context(cell, context, "replace_context's function, for an actor")
    if cell._behavior.kept and context is not cell.context:
        from actorweb.kernel import keeping  # noqa: PLC0415  (its room opens with the first actor whose state is kept)

        run = run_of(cell)
        whole = context if run.logic is None else run.logic.at(cell._version + 1, context)
        state = State(whole, cell._version + 1, run.modes, keeping.timers_of(kernel, run))
        keeping.install(kernel, cell, state, lambda: commit.change_context(kernel, cell, context), finish)
        return context
    commit.change_context(kernel, cell, context)
    if kernel.changed:
        kernel.nudge()
    finish(None)
    return context
