"""Every exception of actorweb, with the three things its reader needs.

An error says what happened (with the names of those concerned), what was expected, and what to do. Each class has a
stable code, so that a message can be looked up and a test can name it. Codes: 1xx values, 2xx definitions, 3xx actors
at run time, 4xx asks, 5xx supervision, 6xx templates and elements, 7xx hosts and boot, 8xx tools, 9xx testing.
"""

from __future__ import annotations

from typing import ClassVar


class ActorError(Exception):
    """The base of every error that actorweb raises.

    `str(error)` is three lines: `CODE what happened`, `Expected: …`, `Do: …`.
    """

    code: ClassVar[str] = "AW-000"

    def __init__(self, happened: str, expected: str, do: str) -> None:
        super().__init__(f"{self.code} {happened}\nExpected: {expected}\nDo: {do}")
        self.happened = happened
        self.expected = expected
        self.do = do
