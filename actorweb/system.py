"""The actor system: composes the rooms, holds no logic."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from actorweb.errors import ActorStopped, MailboxFull, StartFailed, StartTimeout, SystemClosed
from actorweb.kernel import exits
from actorweb.kernel.reports import Dropped
from actorweb.kernel.scheduler import HIGH_WATER, Kernel
from actorweb.kernel.signals import NoProc, Normal, Reason, Shutdown
from actorweb.kernel.world import AsyncioWorld, World
from actorweb.values.generics import Never, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import ModuleType

    from actorweb.kernel.administration import Finish
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.cell import Cell
    from actorweb.kernel.group import Group, Topic
    from actorweb.kernel.recorder import Durability, Keep, State
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import Reports
    from actorweb.state.recording import Recording, Recordings
    from actorweb.state.store import Store
    from actorweb.values.generics import Self
    from actorweb.values.json import JsonObject
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
        self._recordings: Recordings | None = None
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
        exits.shut_down(self.kernel, lambda: None if done.done() else done.set_result(None))
        if self._shutdown is not None:
            await asyncio.wait([done], timeout=self._shutdown)
            if not done.done():
                self.kernel.kill_all()
        await done
        # All actors have ended: what was still on its way to them is reported, not forgotten.
        while self.kernel.has_work:
            self.kernel.drain()
        if self._recordings is not None:
            stored = self.kernel.world.future()
            self._recordings.when_idle(lambda: stored.set_result(None))
            await stored
        self.kernel.clock.close()

    def _interrupt(self) -> None:
        if self._owner is not None:
            self._owner.cancel()

    def _keeping(self, cell: Cell, behavior: Behavior[Never, object], keep: Keep | None) -> Recording:
        if self._recordings is None:
            from actorweb.state.recording import Recordings  # noqa: PLC0415  (few pages keep their actors' state)

            self._recordings = Recordings(self.kernel)
        return self._recordings(cell, behavior, keep)

    async def spawn(
        self,
        behavior: Behavior[M, C],
        /,
        *,
        name: str | None = None,
        store: Store | None = None,
        key: str | None = None,
        durability: Durability = "journal",
        snapshot: JsonObject | Snapshot[C] | None = None,
        timeout: float = 5.0,  # noqa: ASYNC109  (a start always has one)
    ) -> ActorRef[M, C]:
        """Start an actor and give its ref once it has started.

        A name is unique in the system. With a `store` the actor is durable: what is stored under `key` is where each of its
        runs begins. In `"journal"` mode a turn is visible only once its state is stored, so that what was acknowledged
        survives `kill -9`; in `"snapshot"` mode the newest state is saved at the end of each drain that changed it, and a
        crash may lose the last moments. `snapshot` is a state to begin with: what `export` gave, here or on another host, or
        a `Snapshot`. `timeout` is in seconds and bounds the start. Raises `StartFailed` (its `__cause__` is the error),
        `NameTaken`, `LostOwnership` when the key has an owner or, with a snapshot, a state, `MigrationError` and
        `BadDefinition`; nothing is left of a start that failed.
        """
        kernel = self.kernel
        keep: Keep | None = None
        state: State | None = None
        if store is not None or key is not None:
            from actorweb.kernel.recorder import keep_at  # noqa: PLC0415  (few pages keep their actors' state)

            keep = keep_at(f"spawn({behavior})", store, key, durability)
        if snapshot is not None:
            from actorweb.state import export  # noqa: PLC0415  (few pages move actors)

            state = export.moved_in(kernel, behavior, snapshot)
            if keep is not None:
                await export.seed(kernel, behavior, keep, state)
                state = None
        done = kernel.world.future()
        failure: list[BaseException] = []

        def started(_: ActorRef[Never], error: BaseException | None) -> None:
            if error is not None:
                failure.append(error)
            if not done.done():
                done.set_result(None)

        ref = kernel.spawn(behavior, name=name, started=started, keep=keep, state=state)
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
        if cell in self.kernel.passive:
            from actorweb.kernel import administration  # noqa: PLC0415  (few pages put actors aside)

            await administration.order(self.kernel, ref, lambda _, finish: finish(None))
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

        await administration.order(self.kernel, ref, administration.suspend)

    async def resume(self, ref: ActorRef[Never], /) -> None:
        """Let a suspended actor go on. Raises `ActorStopped` as `suspend` does. Source: OTP, `sys:resume/1`."""
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        await administration.order(self.kernel, ref, administration.resume)

    async def replace_context(self, ref: ActorRef[Never, C], function: Callable[[C], C], /) -> C:
        """Install what the function makes of the present context, between two turns, and give it.

        What it raises is raised here and changes nothing, and so is `BadPlan` for a value of another type. The stash is
        not released. Raises `ActorStopped` as `suspend` does. Source: OTP, `sys:replace_state/2`.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (few pages administer their actors)

        made: list[C] = []

        def carry_out(cell: Cell, finish: Finish) -> None:
            made.append(administration.replace_context(self.kernel, cell, function, finish))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (C is this cell's context type)

        await administration.order(self.kernel, ref, carry_out)
        return made[0]

    async def history(self, ref: ActorRef[Never, C], /) -> tuple[Snapshot[C], ...]:
        """Give the snapshots that are kept of an actor, the oldest first and the present one last.

        Raises `Misuse` for an actor whose behavior has no `.with_history(…)`, and `ActorStopped` as `snapshot` does.
        """
        from actorweb.state.history import history_of  # noqa: PLC0415  (few pages look back)

        await self.snapshot(ref)
        kept: tuple[Snapshot[C], ...] = tuple(entry.snapshot for entry in history_of(ref._cell).entries)  # type: ignore[misc]  # pyright: ignore[reportAssignmentType]  (C is this cell's context type)
        return kept

    async def export_history(self, ref: ActorRef[Never], /) -> str:
        """Give the history of an actor as the text of a history file: its versions and the messages that led to them.

        `actorweb.testing.replay_history` runs it again. Raises as `history` does, and `EncodeError` for a context without a JSON form.
        """
        from actorweb.state.history_file import write_history  # noqa: PLC0415  (few pages look back)

        await self.snapshot(ref)
        return write_history(ref._cell)

    async def rollback(self, ref: ActorRef[Never], /, *, version: int) -> None:
        """Let an actor be what it was at an earlier version, as a new version; `RolledBack` is reported.

        The timers of its modes end; what was sent stays sent; the stash is not released. A context of an older form is
        migrated. Raises `NotKept`, `MigrationError`, `Misuse` as `history` does, and `ActorStopped` as `suspend` does; then
        nothing has changed.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (as above)
        from actorweb.state.history import history_of, roll_back  # noqa: PLC0415  (few pages look back)

        await administration.order(self.kernel, ref, lambda cell, finish: roll_back(self.kernel, cell, history_of(cell), version, finish))

    async def upgrade(self, behavior: Behavior[Never, object], /) -> None:
        """Give new code to every actor that runs a behavior of this name, all or nothing, in one step between two turns.

        Contexts are migrated where the version differs. A handler that is still awaiting ends on the old code and what it
        leaves is migrated then; waiting messages, timers and answers are handled by the new code, matched by their wire
        names. Whoever spawns the old definition from now on gets the new one. `Upgraded` is reported. Raises
        `UpgradeRefused`, which names the actor and says what does not fit; then nothing has changed.
        Source: OTP, `code_change`.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (as above)
        from actorweb.state.upgrade import upgrade  # noqa: PLC0415  (few pages replace their code)

        await administration.between_turns(self.kernel, lambda: upgrade(self.kernel, [behavior]))

    async def upgrade_module(self, module: ModuleType, /) -> tuple[str, ...]:
        """Run a module's source anew and upgrade all behaviors that it defines in one step; gives their names.

        Raises `UpgradeRefused`, with the source's own error or what does not fit as its cause; then the module and all
        actors are as they were.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (as above)
        from actorweb.state.reload import upgrade_module  # noqa: PLC0415  (few pages replace their code)

        names: list[str] = []
        await administration.between_turns(self.kernel, lambda: names.extend(upgrade_module(self.kernel, module)))
        return tuple(names)

    async def export(self, ref: ActorRef[Never], /) -> JsonObject:
        """End an actor and give its state as JSON, to go on elsewhere: `spawn(behavior, snapshot=…)`.

        A move carries state, not address: what waits for the old ref, or is still sent to it, becomes dead letters (`moved`).
        Its supervisor does not start it again. Raises `EncodeError` for what has no JSON form, then the actor runs on; and
        `ActorStopped` as `suspend` does.
        """
        from actorweb.kernel import administration  # noqa: PLC0415  (as above)
        from actorweb.state import export  # noqa: PLC0415  (few pages move actors)

        exported: list[JsonObject] = []
        await administration.order(self.kernel, ref, lambda cell, finish: exported.append(export.moved_out(self.kernel, cell, finish)))
        return exported[0]

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
