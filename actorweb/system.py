"""The actor system: composes the rooms, holds no logic."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from actorweb.errors import ActorStopped, MailboxFull, StartFailed, StartTimeout, SystemClosed
from actorweb.kernel.reports import Dropped
from actorweb.kernel.scheduler import HIGH_WATER, Kernel
from actorweb.kernel.signals import NoProc, Normal, Reason, Shutdown
from actorweb.kernel.world import AsyncioWorld, World
from actorweb.values.generics import Never, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.group import Group, Topic
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import Reports
    from actorweb.values.generics import Self
    from actorweb.values.snapshot import Snapshot

M = TypeVar("M")
C = TypeVar("C")


class ActorSystem:
    """All actors that live together: one queue, one set of names.

    Leaving `async with` stops every actor, the newest first, and children before their parents. A `KeyboardInterrupt`,
    `SystemExit` or `MemoryError` of a handler ends the system in the same order and is raised from `async with`. With
    `shutdown`, what has not ended after so many seconds is killed. When more than `high_water` messages wait in the
    whole system, it says so once (`HighWater`).

    >>> import asyncio
    >>> from actorweb import ActorSystem, define_behavior, message
    >>> @message
    ... class Add:
    ...     by: int
    >>> total = define_behavior("sum").with_context(0).on(Add, lambda add, actor: actor.context + add.by).build()
    >>> async def main() -> int:
    ...     async with ActorSystem() as system:
    ...         ref = await system.spawn(total)
    ...         ref.tell(Add(2))
    ...         await asyncio.sleep(0.01)
    ...         return (await system.snapshot(ref)).context
    >>> asyncio.run(main())
    2
    """

    def __init__(self, *, world: World | None = None, shutdown: float | None = None, high_water: int = HIGH_WATER) -> None:
        self.kernel: Kernel = Kernel(self, AsyncioWorld() if world is None else world)
        self.kernel.high_water = high_water
        self._shutdown = shutdown
        self._places: WeakValueDictionary[tuple[type, Hashable], Group | Topic] = WeakValueDictionary()
        self._owner: asyncio.Task[object] | None = None

    @property
    def reports(self) -> Reports:
        """What the system tells about itself: dead letters, crashes, restarts."""
        return self.kernel.reports

    async def __aenter__(self) -> Self:
        if self.kernel.closed:
            raise SystemClosed("this system has ended", "a new ActorSystem for each `async with`", "make another one")
        self._owner = asyncio.current_task()
        self.kernel.world.enter()
        self.kernel.on_fatal = self._interrupt
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()
        fatal = self.kernel.fatal
        if fatal is not None:
            owner = self._owner
            if owner is not None and isinstance(error, asyncio.CancelledError):
                owner.uncancel()
            raise fatal

    async def close(self) -> None:
        """Stop every actor in order and wait for their ends. What was still on its way to them is reported."""
        done = self.kernel.world.future()
        self.kernel.shut_down(lambda: None if done.done() else done.set_result(None))
        if self._shutdown is not None:
            await asyncio.wait([done], timeout=self._shutdown)
            if not done.done():
                self.kernel.kill_all()
        await done
        # All actors have ended: what was still on its way to them is reported, not forgotten.
        while self.kernel.has_work:
            self.kernel.drain()
        self.kernel.clock.close()

    def _interrupt(self) -> None:
        if self._owner is not None:
            self._owner.cancel()

    async def spawn(self, behavior: Behavior[M, C], /, *, name: str | None = None, timeout: float = 5.0) -> ActorRef[M, C]:  # noqa: ASYNC109  (a start always has one)
        """Start an actor and give its ref once it has started.

        A name is unique in the system. `timeout` is in seconds and bounds the start. Raises `StartFailed` (its
        `__cause__` is the error), `NameTaken` and `BadDefinition`; nothing is left of a start that failed.
        """
        kernel = self.kernel
        done = kernel.world.future()
        failure: list[BaseException] = []

        def started(_: ActorRef[Never], error: BaseException | None) -> None:
            if error is not None:
                failure.append(error)
            if not done.done():
                done.set_result(None)

        ref = kernel.spawn(behavior, name=name, started=started)
        try:
            await asyncio.wait_for(done, timeout)
        except TimeoutError:
            await self._end(ref, Shutdown("its start took too long"))
            late = StartFailed(ref, None, f"it had not started after {timeout:g} s")
            raise late from StartTimeout(
                f"{ref} had not started after {timeout:g} s", "a start in time", "give spawn a longer timeout, or do the slow part in a Task"
            )
        except asyncio.CancelledError:
            kernel.stop(ref, Shutdown("its spawn was cancelled"))
            raise
        if failure:
            raise failure[0]
        return ref

    async def stop(self, ref: ActorRef[Never], /, *, reason: Reason | None = None, timeout: float | None = None) -> None:  # noqa: ASYNC109  (the actor's shutdown time)
        """End an actor before its waiting messages (they become dead letters) and return when it has ended.

        Its supervisor applies the restart type to `reason` (`Normal()`). `Killed()` skips `on_stop`. `timeout` is the
        seconds that a handler which is still awaiting may take. Raises `ActorStopped(NoProc())` if it has ended.
        """
        await self._end(ref, Normal() if reason is None else reason, timeout)

    async def _end(self, ref: ActorRef[Never], reason: Reason, timeout: float | None = None) -> None:  # noqa: ASYNC109  (as in stop)
        done = self.kernel.world.future()
        self.kernel.stop(ref, reason, lambda: None if done.done() else done.set_result(None), timeout)
        await done

    async def snapshot(self, ref: ActorRef[Never, C], /) -> Snapshot[C]:
        """Give the last committed state. It does not wait for a handler that is still awaiting.

        To see a snapshot after a tell, ask first. Raises `ActorStopped(NoProc())` if the actor has ended.
        """
        cell = ref._cell
        if cell._run is not None and cell._run.ended:
            raise ActorStopped(ref, NoProc())
        snapshot: Snapshot[C] = cell.snapshot  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (C is this cell's context type)
        return snapshot

    async def suspend(self, ref: ActorRef[Never], /) -> None:
        """Let an actor take no messages until it is resumed; returns when it takes none. What comes waits, in order.

        Commands are obeyed: stop, snapshot, `replace_context`, `resume`. A supervisor goes on restarting its children. A
        restart ends a suspension. Raises `ActorStopped` if the actor has ended, or ends before. Source: OTP, `sys:suspend/1`.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        await self._order(ref, administration.suspend)

    async def resume(self, ref: ActorRef[Never], /) -> None:
        """Let a suspended actor go on. Raises `ActorStopped` as `suspend` does. Source: OTP, `sys:resume/1`."""
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        await self._order(ref, administration.resume)

    async def replace_context(self, ref: ActorRef[Never, C], function: Callable[[C], C], /) -> C:
        """Install what the function makes of the present context, between two turns, and give it.

        What it raises is raised here and changes nothing, and so is `BadPlan` for a value of another type. The stash is
        not released. Raises `ActorStopped` as `suspend` does. Source: OTP, `sys:replace_state/2`.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        made: list[C] = []

        def carry_out(cell: Cell) -> None:
            made.append(administration.replace_context(self.kernel, cell, function))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (C is this cell's context type)

        await self._order(ref, carry_out)
        return made[0]

    async def _order(self, ref: ActorRef[Never], carry_out: Callable[[Cell], None]) -> None:
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        done = self.kernel.world.future()

        def fail(error: BaseException) -> None:
            if not done.done():
                done.set_exception(error)

        def obey(cell: Cell) -> None:
            if done.done():
                return  # whoever gave the order has been cancelled
            try:
                carry_out(cell)
            except Exception as error:  # noqa: BLE001  (whatever the author's function raises belongs to the caller)
                fail(error)
            else:
                done.set_result(None)

        administration.give(self.kernel, ref._cell, administration.Order(obey, fail))
        await done

    def from_thread(self, ref: ActorRef[M], message: M, /) -> None:
        """Send a message from another thread: the only call that other threads may make.

        Those of one thread arrive in their order. A bounded mailbox without room drops the message, with a `Dropped`
        report. Raises `SystemClosed` when the system does not run.
        """
        kernel = self.kernel
        if kernel.closed:
            raise SystemClosed(f"a thread sent {message!r} to {ref} in a system that has ended", "a running system", "end your threads first")

        def send() -> None:
            try:
                ref.tell(message)
            except MailboxFull:
                kernel.reports.publish(Dropped(ref, message, "raise"))

        kernel.world.from_thread(send)

    def group(self, key: Hashable, /) -> Group:
        """Give the group of this key: many refs under one name, subscribable. Source: OTP, `pg`."""
        from actorweb.kernel.group import Group  # noqa: PLC0415  (few pages have groups)

        place = self._places.get((Group, key))
        if not isinstance(place, Group):
            place = self._places[Group, key] = Group(self.kernel, key)
        return place

    def topic(self, key: Hashable, /) -> Topic:
        """Give the topic of this key: publish and subscribe, FIFO for each publisher."""
        from actorweb.kernel.group import Topic  # noqa: PLC0415  (few pages have topics)

        place = self._places.get((Topic, key))
        if not isinstance(place, Topic):
            place = self._places[Topic, key] = Topic(self.kernel, key)
        return place

    def lookup(self, name: str, /) -> ActorRef[object] | None:
        """Give the ref of the actor that has this name, or None."""
        cell = self.kernel.registry.find(name)
        return None if cell is None else cell.self


def _compose(world: World) -> Kernel:
    return ActorSystem(world=world).kernel


Kernel.compose = _compose
