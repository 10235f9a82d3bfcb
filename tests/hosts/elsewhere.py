"""The suites on the other hosts, run beside the tests of this one: each takes one core for minutes, and most tests here leave one idle."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tests.hosts.prepare import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

Outcome = tuple[int, str]


class Elsewhere:
    """Commands that run one after the other in the background, each with its outcome. `close` ends what still runs."""

    def __init__(self, commands: Sequence[tuple[str, list[str]]]) -> None:
        self.outcomes: dict[str, Future[Outcome]] = {name: Future() for name, _ in commands}
        self._commands = commands
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        for name, command in self._commands:
            if self._closed:
                return
            try:
                with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                    self._process = process
                    output, _ = process.communicate(timeout=900)
                    self.outcomes[name].set_result((process.returncode, output))
            except (OSError, subprocess.TimeoutExpired) as error:
                if self._process is not None:
                    self._process.kill()
                self.outcomes[name].set_exception(error)

    def close(self) -> None:
        """End what still runs."""
        self._closed = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._thread.join(timeout=10)
