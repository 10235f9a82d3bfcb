"""The other side: cases run by the real xstate in node, in one process for as many as are asked."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PIPE = 48_000
PROGRAM = ROOT / "tests" / "conformance" / "xstate.mjs"


class XState:
    """A node process that runs cases. Use it in a `with` block."""

    def __init__(self) -> None:
        assert shutil.which("node"), "node is missing; do: apt-get install nodejs"
        assert (ROOT / "node_modules" / "xstate").is_dir(), "node_modules/xstate is missing; do: make setup"
        self._process = subprocess.Popen(["node", str(PROGRAM)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        if kind is not None:
            self._process.kill()
        self._process.wait(30)

    def run(self, cases: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        """Give each case with what the real xstate answers: `expected`, and perhaps `endless` and `crashes`.

        Some cases are under way at once, so that both sides have work: as many bytes as a pipe holds, lest each waits for the other.
        """
        assert self._process.stdin is not None
        waiting: deque[tuple[Mapping[str, Any], int]] = deque()
        under_way = 0
        for case in cases:
            line = json.dumps({key: value for key, value in case.items() if key != "expected"}) + "\n"
            while waiting and under_way + len(line) > PIPE:
                given, size = waiting.popleft()
                under_way -= size
                yield given, self._answer(given)
            self._process.stdin.write(line)
            self._process.stdin.flush()
            waiting.append((case, len(line)))
            under_way += len(line)
        for given, _ in waiting:
            yield given, self._answer(given)

    def _answer(self, case: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"node ended at {json.dumps(case)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Give what the real xstate answers to one case."""
        return next(self.run([case]))[1]
