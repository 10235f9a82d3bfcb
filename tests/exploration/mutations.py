"""Known bugs to plant in the kernel, one at a time: what the exploration must find, or it is worth little.

A bug whose text is not in its module any more is an error: the list is to follow the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

BUDGET = 20_000
"""How many schedules of each of its scenarios a bug may need."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One bug: in `module`, `old` becomes `new`. `scenarios` are where it is looked for, the likeliest first."""

    name: str
    module: str
    old: str
    new: str
    scenarios: tuple[str, ...]
    budget: int = BUDGET


MUTATIONS = (
    # --- turns ---
    Mutation(
        "what a failed turn sent is not taken back", "kernel/rollback.py", "    cut(kernel, mark)\n    kernel.asked", "    kernel.asked", ("tells", "overloads")
    ),
    Mutation(
        "the context of a plan is installed before the rest of it is checked",
        "kernel/commit.py",
        "    if rest or kernel.bounded:\n",
        "    if context is not UNSET and rest:\n        change_context(kernel, cell, context)\n    if rest or kernel.bounded:\n",
        ("tells", "waits"),
    ),
    Mutation(
        "what an async turn sent leaks when it crashes",
        "kernel/turn.py",
        "        rollback.undo(turn.sends)\n        rollback.fail(kernel, cell, turn.message, error, mark, asked)\n",
        "        rollback.fail(kernel, cell, turn.message, error, mark, asked)\n        kernel.post_all(turn.sends)\n",
        ("waits",),
    ),
    Mutation(
        "a stopped async turn lets out what it sent",
        "kernel/turn.py",
        "    if run.ending is not None or run.ended:\n        rollback.undo(turn.sends)",
        "    if run.ending is not None or run.ended:\n        kernel.post_all(turn.sends)",
        ("waits",),
    ),
    Mutation("a child that a failed turn spawned lives", "kernel/rollback.py", "            life.unspawn(cell)\n", "            pass\n", ("tells", "trees")),
    Mutation(
        "messages are handled while an async handler is at work",
        "kernel/turn.py",
        "    run_of(cell).turn = turn\n    cell._table = BUSY",
        "    run_of(cell).turn = turn",
        ("waits", "circles"),
    ),
    Mutation(
        "what an async handler sent leaves after what its plan tells",
        "kernel/turn.py",
        "            kernel.post_all(turn.sends)\n            turn.sends = []\n",
        "",
        ("waits",),
    ),
    # --- mailboxes ---
    Mutation(
        "the stash is released in the wrong order",
        "kernel/stash.py",
        "        run.inbox.extendleft(reversed(run.stash))",
        "        run.inbox.extendleft(run.stash)",
        ("stashes",),
    ),
    Mutation(
        "the stash is released behind what waits",
        "kernel/stash.py",
        "        run.inbox.extendleft(reversed(run.stash))",
        "        run.inbox.extend(run.stash)",
        ("stashes", "suspensions"),
    ),
    Mutation(
        "the stash is lost at a restart",
        "kernel/exits.py",
        "        stash.release(run)\n",
        "        run.stash = []\n",
        ("stashes", "asks"),
    ),
    Mutation(
        "`next` comes after what waits",
        "kernel/commit.py",
        "        run.next = deque((*checked.next, *(run.next or ())))",
        "        run.inbox = deque((*(run.inbox or ()), *checked.next))",
        ("stashes", "trees"),
    ),
    Mutation(
        "a newer message overtakes what waits",
        "kernel/table.py",
        "        cell._table = QUEUEING\n        cell.self._kernel.post((cell, GO))",
        "        cell._table = mode_of(cell).table\n        cell.self._kernel.post((cell, GO))",
        ("stashes", "waits"),
    ),
    Mutation(
        "what waited for an ended actor is no dead letter",
        "kernel/exits.py",
        '    _dead_letters(kernel, cell, waiting, reason, "moved" if moved else "stopped")\n',
        "    del waiting\n",
        ("stashes", "one_for_one"),
    ),
    Mutation(
        "what is sent to an ended actor is no dead letter",
        "kernel/exits.py",
        '    _dead_letter(cell.self._kernel, cell, message, None, "stopped")',
        "    return",
        ("tells", "one_for_one"),
    ),
    Mutation(
        "a bounded mailbox does not count off what was handled",
        "kernel/mailbox.py",
        "        box.waiting -= 1\n    return dispatch",
        "        box.waiting -= 0\n    return dispatch",
        ("overloads",),
    ),
    Mutation(
        "a full mailbox drops the newest though it is to drop the oldest",
        "kernel/mailbox.py",
        "        _drop(inbox[oldest], cell)\n        del inbox[oldest]",
        "        _drop(inbox[-1], cell)\n        del inbox[-1]",
        ("overloads",),
    ),
    Mutation(
        "messages of an actor are taken in the wrong order",
        "kernel/turn.py",
        "            turn.sends = kernel.admit_all(turn.sends)\n",
        "            turn.sends = kernel.admit_all(turn.sends[::-1])\n",
        ("waits",),
    ),
    Mutation(
        "a tell of a plan is forgotten",
        "kernel/commit.py",
        "        kernel.queue.extend(tells)\n",
        "        kernel.queue.extend(tells[1:])\n",
        ("waits", "overloads"),
    ),
    # --- asks ---
    Mutation(
        "an ask is ended though it has ended",
        "kernel/ask.py",
        "        if not self.close(value, error):\n            return\n",
        "        self.close(value, error)\n",
        ("asks", "plan_asks_of_all_ends"),
    ),
    Mutation(
        "a deferred ask never hears that its target has ended",
        "kernel/exits.py",
        "    for asked in tuple(run.deferred):\n        ask.stopped(asked, reason)\n",
        "",
        ("asks", "plan_asks_of_all_ends"),
    ),
    Mutation("the asker does not hear of a crash", "kernel/rollback.py", "        asked.finish(None, failure)\n", "", ("asks",)),
    Mutation(
        "a handler that says nothing leaves its asker waiting",
        "kernel/turn.py",
        "        asked.finish(None, NoReply(cell.self, request))",
        "        pass",
        ("asks",),
    ),
    Mutation("a circle of asks is not seen", "kernel/ask.py", "    return path if reaches(target) else []", "    return []", ("circles",)),
    Mutation(
        "the answer to an earlier run is handled by a later one",
        "kernel/ask.py",
        "    if completion.run != (0 if run is None else run.number):\n        return None\n",
        "",
        ("plan_asks_of_all_ends", "tasks"),
    ),
    # --- watches, names ---
    Mutation(
        "the last watcher is not told",
        "kernel/watch.py",
        "    for watcher in watchers:\n        tell_down",
        "    for watcher in watchers[:1]:\n        tell_down",
        ("watches",),
    ),
    Mutation("a watch is told twice", "kernel/watch.py", "    watchers, kin.watchers = kin.watchers, ()\n", "    watchers = kin.watchers\n", ("watches",)),
    Mutation("the `Down` of an earlier run is taken for that of a later watch", "kernel/watch.py", " or since > message.ended:", ":", ("watches",)),
    Mutation("a watch outlives the watcher's run", "kernel/exits.py", "    watch.stop_watching(cell)\n", "    run.watching = {}\n", ("watches",)),
    Mutation(
        "watching what has ended tells nothing",
        "kernel/watch.py",
        "        tell_down(target, cell, NoProc(), ended=life + 1)\n        return\n",
        "        return\n",
        ("watches", "trees"),
    ),
    Mutation(
        "`Down` is sent before the name is free",
        "kernel/exits.py",
        "        _bury(kernel, cell, reason)\n        told = kin is not None and parent is not None and parent in kin.watchers\n        watch.tell_watchers(cell, reason, restarting=False)\n",
        "        told = kin is not None and parent is not None and parent in kin.watchers\n        watch.tell_watchers(cell, reason, restarting=False)\n        _bury(kernel, cell, reason)\n",
        ("watches",),
    ),
    Mutation(
        "a name is kept after the end",
        "kernel/life.py",
        "        kernel.registry.release(kin.name, cell)\n",
        "        pass\n",
        ("watches", "one_for_one"),
    ),
    # --- timers ---
    Mutation("a replaced timer fires", "kernel/schedule.py", "            kernel.clock.forget(before)\n", "            pass\n", ("timers",)),
    Mutation(
        "a timer of an earlier run fires",
        "kernel/exits.py",
        "    for timer in run.timers.values():\n        kernel.clock.forget(timer)\n    run.timers.clear()\n",
        "    run.timers.clear()\n",
        ("timers",),
    ),
    Mutation(
        "a timer outlives its mode",
        "kernel/schedule.py",
        "            del run.timers[key]\n            kernel.clock.forget(timer)\n",
        "            del run.timers[key]\n",
        ("timers",),
    ),
    Mutation("an idle timeout fires although something happened", "kernel/idle.py", " or message.number != run.silence.number:", ":", ("silences",)),
    # --- ends ---
    Mutation(
        "a task is not cancelled when its actor ends",
        "kernel/exits.py",
        "    for task in tuple(run.tasks):\n        task.cancel()\n",
        "    run.tasks.clear()\n",
        ("tasks",),
    ),
    Mutation(
        "an actor ends before its children",
        "kernel/exits.py",
        "    if not children:\n        return False\n    last",
        "    return False\n    last",
        ("one_for_one", "trees"),
    ),
    Mutation(
        "children stop in the order of their start",
        "kernel/exits.py",
        "        ending.children = supervision.in_start_order(cell)\n",
        "        ending.children = supervision.in_start_order(cell)[::-1]\n",
        ("one_for_one", "one_for_all"),
    ),
    Mutation(
        "on_stop runs twice",
        "kernel/exits.py",
        "        if _call_on_stop(kernel, cell, ending):\n            return\n        ending.stage = TELLING\n",
        "        if _call_on_stop(kernel, cell, ending):\n            return\n        if ending.stopped:\n            _call_on_stop(kernel, cell, ending)\n        ending.stage = TELLING\n",
        ("requests", "one_for_one"),
    ),
    Mutation(
        "on_stop runs after a kill",
        "kernel/exits.py",
        "    if handler is None or isinstance(ending.reason, Killed) or",
        "    if handler is None or",
        ("one_for_one", "tasks"),
    ),
    Mutation(
        "an ending actor goes on handling messages",
        "kernel/exits.py",
        "    ending = run.ending = Ending(reason)\n    cell._table = ENDING\n",
        "    ending = run.ending = Ending(reason)\n",
        ("waits", "one_for_one"),
    ),
    # --- supervision ---
    Mutation(
        "one restart more than the intensity is allowed",
        "kernel/supervision.py",
        "    if len(restarts) <= definition.intensity:",
        "    if len(restarts) <= definition.intensity + 1:",
        ("one_for_one", "trees"),
    ),
    Mutation(
        "a supervisor gives up one restart too early",
        "kernel/supervision.py",
        "    if len(restarts) <= definition.intensity:",
        "    if len(restarts) < definition.intensity:",
        ("trees", "one_for_one"),
    ),
    Mutation(
        "a group of children starts again in reverse",
        "kernel/restart_group.py",
        "    for member in members:\n        if isinstance",
        "    for member in reversed(members):\n        if isinstance",
        ("one_for_all", "rest_for_one"),
    ),
    Mutation(
        "a group of children starts again all at once",
        "kernel/restart_group.py",
        "            state.starting = member\n            life.start_again(kernel, member, state.down.pop(member))\n            return\n",
        "            life.start_again(kernel, member, state.down.pop(member))\n",
        ("one_for_all", "rest_for_one"),
    ),
    Mutation(
        "rest_for_one stops those before the failed child",
        "kernel/restart_group.py",
        'first = 0 if state.spec.strategy == "one_for_all" else [entry for _, entry in entries].index(child_cell)',
        "first = 0",
        ("rest_for_one",),
    ),
    Mutation("a mode is kept over a restart", "kernel/exits.py", '    run.modes = ("default",)\n', "", ("stashes", "timers")),
    Mutation(
        "the end of a linked actor ends a later run",
        "kernel/link.py",
        "    if message.link.cut or message.run != run.number:",
        "    if message.link.cut:",
        ("links",),
    ),
    Mutation(
        "what a failed turn linked stays linked", "kernel/link.py", "    effect.note(cell.self._kernel, partial(_cut, cell, target, made))\n", "", ("links",)
    ),
    Mutation("a group keeps who has ended", "kernel/life.py", "    for place in () if kin is None else kin.places:", "    for place in ():", ("groups",)),
    Mutation(
        "the system keeps an actor that has ended",
        "kernel/life.py",
        "        kernel.roots.pop(cell, None)\n",
        "        kernel.roots.pop(cell, None)\n        kernel.__dict__.setdefault('gone', []).append(cell)\n",
        ("tells",),
    ),
    Mutation("a restart ends no suspension", "kernel/exits.py", "    run.suspended = False\n", "", ("suspensions",)),
    # --- state over time ---
    Mutation(
        "a turn that could not be stored is committed all the same",
        "kernel/keeping.py",
        "        if error is None:\n            kernel.post_all(waited.sends)\n            self.carry()\n",
        "        kernel.post_all(waited.sends)\n        self.carry()\n        if error is None:\n            pass\n",
        ("slow_stores",),
    ),
    Mutation(
        "what a turn sent leaves while it is being stored",
        "kernel/keeping.py",
        "        self.turn.wait()\n        cell = self.turn.cell\n",
        "        self.turn.wait()\n        self.turn.kernel.post_all(self.turn.sends)\n        cell = self.turn.cell\n",
        ("slow_stores",),
    ),
    Mutation(
        "messages are handled while a turn is being stored",
        "kernel/keeping.py",
        "        run_of(cell).turn = self.turn\n        cell._table = BUSY\n",
        "        run_of(cell).turn = self.turn\n",
        ("slow_stores", "upgrades_of_durables"),
    ),
    Mutation(
        "an order that is being stored shares its actor with the next message",
        "kernel/turn.py",
        "    if cell._table is BUSY and run_of(cell).turn is None:",
        "    if cell._table is BUSY:",
        ("slow_stores",),
    ),
    Mutation(
        "the time of an ask in a plan begins before it is sent",
        "kernel/keeping.py",
        "        checked.hold(kernel)\n",
        "        pass\n",
        ("slow_stores", "upgrades_of_durables", "put_aside"),
    ),
    Mutation("a rollback is no new version", "state/history.py", "        cell._version += 1\n", "        pass\n", ("histories", "durables")),
    Mutation("a rollback leaves the mode", "state/history.py", "        run.modes = entry.modes\n", "        pass\n", ("histories", "durables")),
    Mutation(
        "a rollback goes to another version",
        "state/history.py",
        "            if entry.snapshot.version == version:",
        "            if entry.snapshot.version >= version:",
        ("histories", "durables"),
    ),
    Mutation(
        "an upgrade swaps the code under a handler that is awaiting",
        "state/upgrade.py",
        "    elif any(cell._table is table for table in AT_WORK):",
        "    elif False:",
        ("upgrades",),
    ),
    Mutation(
        "an upgrade forgets to migrate the context",
        "state/upgrade.py",
        "        _take_over(kernel, cell, swap.behavior)\n        _install(kernel, cell, swap.context)\n",
        "        _take_over(kernel, cell, swap.behavior)\n        _install(kernel, cell, cell.context)\n",
        ("upgrades",),
    ),
    Mutation(
        "what an awaiting handler left is not migrated",
        "state/upgrade.py",
        "    _take_over(kernel, cell, behavior)\n    _install(kernel, cell, context)\n",
        "    _take_over(kernel, cell, behavior)\n    _install(kernel, cell, cell.context)\n",
        ("upgrades",),
    ),
    Mutation(
        "one that was put aside loses the messages that wake it",
        "kernel/passivation.py",
        "    return table[type(message)](message, cell) if isinstance(table, Other) else dispatch(message, cell)\n",
        "    return None if isinstance(table, Other) else dispatch(message, cell)\n",
        ("put_aside",),
    ),
    Mutation(
        "one that was put aside comes back with its first context",
        "kernel/passivation.py",
        "        cell.context = behavior.first_context() if state is None else state.context",
        "        cell.context = behavior.first_context()",
        ("put_aside",),
    ),
)
