"""The program that kills, and then looks at what is left.

After each kill: every acknowledged write is there with its text, nothing is there that nobody asked for, no record is
damaged, and no number is missing. Then the next child goes on with the same file.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from actorweb.errors.state import StoreError
from actorweb.state.inspection import StoredRecord
from actorweb.state.sqlite_inspection import Inspection
from actorweb.state.store import Kept
from actorweb.values.saved import saved_from_text
from tests.state.kill import child, durable
from tests.state.steps import get, step_store

ROOT = Path(__file__).resolve().parents[3]


class Lost(AssertionError):
    """A promise of the store was broken."""


class Told:
    """What a child told until it was killed."""

    def __init__(self, lines: list[str], status: int) -> None:
        self.status = status
        self.asked = [(key, int(number)) for kind, key, number in map(str.split, lines) if kind == "ask"]
        self.acknowledged = [(key, int(number)) for kind, key, number in map(str.split, lines) if kind == "ack"]


def killed(command: list[str], moment: float, *, from_start: bool) -> tuple[list[str], int]:
    """Run a program, kill it so many seconds after its start or after its first line, and give the lines it told and its status."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment) as process, selectors.DefaultSelector() as selector:
        assert process.stdout is not None
        selector.register(process.stdout, selectors.EVENT_READ)
        begun = time.monotonic() if from_start else None
        output = b""
        while True:
            left = 60.0 if begun is None else begun + moment - time.monotonic()
            if left <= 0 or not selector.select(left):
                break
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break  # it came to its end before its moment
            output += chunk
            begun = time.monotonic() if begun is None else begun
        process.kill()
        output += process.stdout.read()
    whole, _, torn = output.decode().rpartition("\n")
    # A torn last line was on its way: an acknowledgement that nobody received is none.
    return (
        [line for line in whole.split("\n") if line and line != "ready"] + ([torn] if torn.count(" ") == 2 and torn.startswith("ask") else [])
    ), process.returncode


class Harness:
    """A file, what was asked for and acknowledged in all runs so far, and the figures of the report."""

    program = child.__name__
    keys = child.KEYS

    def __init__(self, path: Path, seed: int, *, early: bool = False) -> None:
        self.path = path
        self._dice = Random(seed)
        self._early = early
        self._run = seed * 1_000_000
        self._asked: dict[str, dict[int, set[int]]] = {key: {} for key in self.keys}
        self._acknowledged: dict[str, dict[int, int]] = {key: {} for key in self.keys}
        self.kills = self.ends = self.acknowledged = self.pending = 0
        self.visible: set[tuple[str, int]] = set()

    def go_on(self) -> None:
        """Run a child, kill it, and mostly look at the file; sometimes the next child is the first to open it. Raises `Lost`."""
        if self._dice.random() < 0.1 and self.path.exists():
            self._compact()
        self._run += 1
        from_start = self._dice.random() < 0.1
        moment = self._dice.uniform(0, 0.15)
        command = [sys.executable, "-m", self.program, str(self.path), str(self._run), *(["early"] if self._early else [])]
        lines, status = killed(command, moment, from_start=from_start)
        refused = [line for line in lines if line.startswith("no ")]
        if refused or status not in (0, -signal.SIGKILL):
            raise Lost(f"run {self._run} ended with {status} and told {refused[:3]}")
        told = Told(lines, status)
        self._take_down(told)
        if status == 0 or self._dice.random() < 0.7:
            self.look()

    def _compact(self) -> None:
        """Kill a compaction, too: it may have been carried out or not."""
        command = [sys.executable, "-m", "actorweb.cli", "store", "compact", str(self.path), "--keep", str(child.KEEP)]
        _, status = killed(command, self._dice.uniform(0.1, 0.3), from_start=True)
        if status not in (0, -signal.SIGKILL):
            raise Lost(f"a compaction ended with {status}")
        self.look()

    def _take_down(self, told: Told) -> None:
        self.kills += told.status != 0
        self.ends += told.status == 0
        for key, number in told.asked:
            self._asked[key].setdefault(number, set()).add(self._run)
        for key, number in told.acknowledged:
            self._acknowledged[key][number] = self._run
        self.acknowledged += len(told.acknowledged)
        self.pending += len(told.asked) - len(told.acknowledged)
        if told.status == 0 and len(told.asked) != len(told.acknowledged):
            raise Lost(f"run {self._run} closed its store before all was told")

    def look(self) -> None:
        """Compare the file with what was told. Raises `Lost`."""
        if not self.path.exists():
            if any(self._acknowledged.values()):
                raise Lost(f"{self.path} is gone")
            return
        try:
            store = step_store(self.path)
        except StoreError as error:
            raise Lost(str(error)) from error
        try:
            newest = {key: get(store, key) for key in self.keys}
            with Inspection(str(self.path)) as inspection:
                damages = inspection.verify()
                if damages:
                    raise Lost("\n".join(map(str, damages)))
                for key in self.keys:
                    self._compare(key, inspection.records(key), newest[key])
        finally:
            store._ledger.close()

    def _compare(self, key: str, records: list[StoredRecord], newest: Kept | BaseException | None) -> None:
        safe = max(self._acknowledged[key], default=0)
        there = records[-1].sequence if records else 0
        if there < safe:
            raise Lost(f"{key}: record {safe} was acknowledged, and the newest that is there is {there}")
        if (newest.sequence if isinstance(newest, Kept) else newest) != (there or None):
            raise Lost(f"{key}: loaded {newest!r}, and the newest record is {there}")
        for record in records:
            asked = self._asked[key].get(record.sequence, set())
            if record.sequence in self._acknowledged[key]:
                asked = {self._acknowledged[key][record.sequence]}
            else:
                self.visible.add((key, record.sequence))
            if not asked or not self._is_what_was_asked_for(record, asked):
                raise Lost(f"{key}: record {record.sequence} has a text that nobody asked for: {record.text[:100]}")
        if not key.startswith(("s", "m")) and records and records[0].sequence > max(1, there - child.KEEP + 1):
            raise Lost(f"{key}: the journal begins at {records[0].sequence} and ends at {there}")

    def _is_what_was_asked_for(self, record: StoredRecord, runs: set[int]) -> bool:
        return record.text in {child.text_of(run, record.key, record.sequence) for run in runs}


class DurableHarness(Harness):
    """The same for durable actors: what a counter replied is where it begins again."""

    program = durable.__name__
    keys = durable.KEYS

    def _is_what_was_asked_for(self, record: StoredRecord, runs: set[int]) -> bool:
        saved = saved_from_text(record.text)
        return saved.context == {"count": record.sequence} and saved.version == record.sequence
