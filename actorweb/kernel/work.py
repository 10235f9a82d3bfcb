"""Work that goes on beside an actor: the tasks of its plans. Each belongs to the run that began it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import Context
from typing import TYPE_CHECKING

from actorweb.kernel import exits
from actorweb.kernel.ask import Completion
from actorweb.kernel.cell import run_of

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell, Run
    from actorweb.kernel.plan import Task
    from actorweb.kernel.scheduler import Kernel


def run_task(kernel: Kernel, cell: Cell, task: Task) -> None:
    """Start the work of a plan's `Task`. It belongs to the run: its end is a `Completion`."""
    run = run_of(cell)
    number = run.number
    started = Context().run(kernel.world.task, _work(kernel, task))  # a context of its own: no turn is its turn
    run.tasks[started] = None
    if task.key is not None:
        cancel_task(run, task.key)
        run.keyed[task.key] = started

    def done(ended: asyncio.Task[object]) -> None:
        run.tasks.pop(ended, None)
        if run.ending is not None:
            if not ended.cancelled():
                ended.exception()  # looked at: it has nobody to go to any more
            kernel.command(cell, exits.proceed)
        elif run.number == number:
            if task.key is not None and run.keyed.get(task.key) is not started:
                return  # cancelled, or replaced just when it had ended: nobody waits for it
            if task.key is not None:
                del run.keyed[task.key]
            if ended.cancelled():
                completion = Completion(number, task.on_error, None, asyncio.CancelledError(f"{cell.self}: its task was cancelled"))
            else:
                error = ended.exception()
                completion = Completion(number, task.on_done, ended.result(), None) if error is None else Completion(number, task.on_error, None, error)  # pyright: ignore[reportArgumentType]  (on_error takes an Exception)
            kernel.post((cell, completion))

    started.add_done_callback(done, context=kernel.context)


def cancel_task(run: Run, key: str) -> None:
    """Cancel the task of this key, if there is one. It tells nothing any more."""
    task = run.keyed.pop(key, None)
    if task is not None:
        task.cancel()


async def _work(kernel: Kernel, task: Task) -> object:
    if task.thread:
        return await kernel.world.thread(task.work)
    result = task.work()
    return await result if isinstance(result, Awaitable) else result
