"""The recorded cases again, with every machine as an actor of a system: what the kernel adds must not change what is seen."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from actorweb import ActorRef, ActorSystem, Crash, Normal, StartFailed, define_behavior
from actorweb.errors.machine import BadMachine
from actorweb.machine import ActorScope, Machine, MachineSnapshot, family, from_callback, from_promise, from_transition, machine
from actorweb.testing import SimulatedWorld
from actorweb.testing.choices import Choices
from actorweb.values.json import UNSET
from tests.conformance.run_xstate import cause, differs
from tests.conformance.vocabulary import Tracing, UserError, Vocabulary, filled, has_expression, late, resolved


def by_actor(trace: Iterable[Any]) -> dict[str, list[Any]]:
    """Give a trace for each actor alone: in which order several actors act, no system promises."""
    parts: dict[str, list[Any]] = {}
    for entry in trace:
        tag = entry if isinstance(entry, str) else entry[0]
        parts.setdefault(tag.rpartition("/")[0], []).append(entry)
    return parts


class InOrder(SimulatedWorld):
    """A simulated world that takes messages in the order in which they were sent, as XState's mailboxes are worked off."""

    def queue(self) -> Any:
        return deque()


class Actors(Mapping[str, Any]):
    """The actors of a case, each made when it is first wanted: they may invoke each other."""

    def __init__(self, vocabulary: HostedVocabulary) -> None:
        self._vocabulary = vocabulary
        self._specs = vocabulary.case.get("actors", {})
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._vocabulary.kind(self._specs[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)


class HostedVocabulary(Vocabulary):
    """The vocabulary, with actors that a system can run."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        super().__init__(case)
        self.actors = Actors(self)

    def machine(self, config: Mapping[str, Any]) -> Machine[Any]:
        ready = self.state(config)
        if "context" in config and has_expression(config["context"]):
            ready["context"] = late(config["context"])
        return machine(ready, actions=Tracing(self), actors=self.actors, delays=self.delays, missing="xstate")

    def kind(self, spec: Any) -> Any:
        if "$promise" in spec:
            return from_promise(lambda scope: self._promise(spec["$promise"], scope))
        if "$callback" in spec:
            return from_callback(lambda scope: self._callback(spec["$callback"], scope))
        if "$transition" in spec:
            known = spec["$transition"]
            return from_transition(
                lambda state, event, _: {**state, "n": state["n"] + known.get("add", {}).get(event["type"], 0)}, lambda _: dict(known["initial"])
            )
        return self.machine(spec)

    async def _promise(self, spec: Any, scope: ActorScope) -> object:
        if spec.get("delay") is not None:
            await asyncio.sleep(max(spec["delay"], 0) / 1000 + 1e-9)  # a timer of 0 ms is one, too
        if "reject" in spec:
            raise UserError(spec["reject"])
        return filled(resolved(spec.get("resolve"), scope.input), None, None, scope.input)

    def _callback(self, spec: Any, scope: ActorScope) -> object:
        def back(events: Any) -> None:
            for event in events:
                scope.send_back(filled(event, None, None, scope.input))

        if "throw" in spec:
            raise UserError(spec["throw"])
        back(spec.get("start", []))
        scope.receive(lambda event: back(spec.get("on", {}).get(event["type"], [])))
        name = family.seat_of(scope.actor).self.id  # type: ignore[arg-type]
        return (lambda: self.world.trace.append(f"{name}/{spec['cleanup']}")) if "cleanup" in spec else None


class HostedRun:
    """One case, run in a system."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.case = case
        self.world = InOrder(choices=Choices(replay=[], record=False))
        self.vocabulary = HostedVocabulary(case)
        self.trace = self.vocabulary.world.trace
        config = json.loads(case["config_text"]) if "config_text" in case else case["config"]
        self.behavior = define_behavior("root").with_machine(self.vocabulary.machine(config)).build().with_input(case.get("input"))
        self.ref: ActorRef[Any, Any] | None = None
        self.failed: StartFailed | None = None
        self.now = 0
        self.late = 0.0

    def check(self) -> str | None:
        return self.world.run(self._check())

    async def _check(self) -> str | None:
        async with ActorSystem(world=self.world) as system:
            system.reports.subscribe(lambda _: None)
            for place, recorded in enumerate(self.case["expected"]):
                if place:
                    await self._step(system, self.case["steps"][place - 1])
                else:
                    await self._start(system)
                await self._settle()
                if self.failed is not None:
                    return (
                        None if recorded["status"] == "error" else f"record {place} .status: expected {recorded['status']}, got a failed start: {self.failed}"
                    )
                expected = {key: value for key, value in recorded.items() if key not in self._apart(recorded)}
                got = self._record(expected)
                for record in (expected, got):
                    record["trace"] = by_actor(record.get("trace", []))
                found = differs(expected, got)
                if found:
                    return f"after {'start' if not place else self.case['steps'][place - 1]!r} (record {place}) {found}"
        return None

    def _apart(self, recorded: Mapping[str, Any]) -> set[str]:
        apart = set()
        if recorded.get("children") == {}:
            apart.add("children")
        if recorded["status"] in {"error", "stopped"}:  # a machine that crashed takes its children with it
            apart |= {"children", "trace"}
        return apart

    async def _settle(self) -> None:
        await asyncio.sleep(0)
        for _ in range(50):
            await self.world.loop.create_task(asyncio.sleep(0))

    async def _start(self, system: ActorSystem) -> None:
        listening = system.kernel.spawn(self.behavior, started=self._started)
        system.kernel.listen(listening, lambda event: self.trace.append(["$emit", event]))
        self.ref = listening

    def _started(self, _: object, error: BaseException | None) -> None:
        self.failed = error if isinstance(error, StartFailed) else None

    async def _step(self, system: ActorSystem, step: Mapping[str, Any]) -> None:
        assert self.ref is not None
        if "$advance" in step:
            # Milliseconds are whole and seconds are not: a timer of ten times 5 ms is a little late. Each step looks a little later than the one before.
            self.now += step["$advance"]
            self.late += 1e-6
            await asyncio.sleep(self.now / 1000 + self.late - self.world.now())
        elif step.get("$restore"):
            kept = await system.export(self.ref)
            self.trace.clear()
            self.ref = await system.spawn(self.behavior, snapshot=json.loads(json.dumps(kept)))
            system.kernel.listen(self.ref, lambda event: self.trace.append(["$emit", event]))
        elif step.get("$stop"):
            await system.stop(self.ref)
        else:
            self.ref.tell(step)

    def _record(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        assert self.ref is not None
        cell = self.ref._cell
        now = cell.snapshot
        assert isinstance(now, MachineSnapshot)
        reason = cell._run.ending.reason if cell._run is not None and cell._run.ending is not None else None
        crashed = reason.error if isinstance(reason, Crash) else None
        found: dict[str, Any] = {"value": now.value, "context": now.context, "status": "error" if crashed else now.status, "trace": list(self.trace)}
        self.trace.clear()
        if now.tags:
            found["tags"] = sorted(now.tags)
        if now.status == "done" and now.output is not UNSET:
            found["output"] = now.output
        if crashed:
            found["error"] = cause(crashed)
        children = {name: self._child(child) for name, child in now.children.items()}
        if children:
            found["children"] = children
        if now.get_meta():
            found["meta"] = now.get_meta()
        if self.case.get("can"):
            found["can"] = [event for event in self.case["can"] if now.can({"type": event})]
        return {key: value for key, value in found.items() if key in expected or key not in {"children", "trace"}}

    def _child(self, child: Any) -> dict[str, Any]:
        if child.ref is None:
            return {"status": "new"}
        cell = child.ref._cell
        run = cell._run
        reason = run.ending.reason if run is not None and run.ended and run.ending is not None else None
        status = "active" if reason is None else "done" if isinstance(reason, Normal) else "error" if isinstance(reason, Crash) else "stopped"
        logic = None if run is None else run.logic
        return {"status": status} if logic is None else {"status": status, "value": logic.value}


def check_hosted(case: Mapping[str, Any]) -> str | None:
    """Run a case in a system; give the first difference, or None."""
    if case["expected"] == [{"invalid": True}]:
        return None
    try:
        run = HostedRun(case)
    except BadMachine as error:
        return f"not built: {error}"
    return run.check()
