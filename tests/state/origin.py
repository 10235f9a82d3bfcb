"""An origin of a browser, in memory: what `web/storage.js` makes of IndexedDB and Web Locks, for tests under CPython.

`Origin` is what all tabs share; each `Tab` is one database connection of one page. Answers come in the order asked, in a
later turn of the loop. A test can garble the rows and make the next transactions fail.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TypeAlias

Row: TypeAlias = "tuple[object, object, object]"
"""Time, checksum, text."""
Asked: TypeAlias = "list[object]"


class Origin:
    def __init__(self) -> None:
        self.keys: dict[str, object] = {}
        self.records: dict[tuple[str, int], Row] = {}
        self.owners: dict[str, Tab] = {}
        self.locks = True
        self.trouble: list[tuple[str, str]] = []  # how the next transactions fail
        self.transactions: list[tuple[str, bool, int]] = []  # what was done: mode, strict, how many rows

    def tab(self) -> Tab:
        return Tab(self)


class Tab:
    """A connection. It knows nothing of Python's stores; it takes texts and gives texts."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.open = True
        self._tell: Callable[[str], None] = lambda text: None

    def listen(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def post(self, text: str) -> None:
        asked = json.loads(text)
        asyncio.get_running_loop().call_soon(self._carry_out, asked)

    def end(self) -> None:
        """The tab is closed, or its process dies: the browser lets its locks go."""
        self.open = False
        self._tell = lambda text: None
        for key in [key for key, owner in self.origin.owners.items() if owner is self]:
            del self.origin.owners[key]

    def _carry_out(self, asked: list[object]) -> None:
        kind, *given = asked
        if kind == "release":
            if self.origin.owners.get(str(given[0])) is self:
                del self.origin.owners[str(given[0])]
            return
        number, *rest = given
        trouble: tuple[str, str] | None = None
        result: object = None
        if kind == "close":
            self.end_quietly()
        elif not self.open:
            trouble = ("InvalidStateError", "it has been closed")
        elif self.origin.trouble:
            trouble = self.origin.trouble.pop(0)
        elif kind == "load":
            result = self._load(str(rest[0]))
        else:
            result = self._commit(*rest)  # type: ignore[arg-type]
        self._tell(json.dumps([number, trouble, result]))

    def end_quietly(self) -> None:
        tell = self._tell
        self.end()
        self._tell = tell

    def _load(self, key: str) -> list[object]:
        origin = self.origin
        owned = not origin.locks or origin.owners.setdefault(key, self) is self
        origin.transactions.append(("readonly", False, 1))
        found = max((sequence for name, sequence in origin.records if name == key), default=None)
        if found is None:
            return [owned, origin.keys.get(key), None, None, None, None]
        return [owned, origin.keys.get(key), found, *origin.records[key, found]]

    def _commit(self, strict: bool, keep: int | None, rows: list[tuple[str, int, bool, int, int, str]]) -> list[list[object]]:
        origin = self.origin
        origin.transactions.append(("readwrite", strict, len(rows)))
        refused: list[list[object]] = []
        for index, (key, sequence, journal, at, checksum, text) in enumerate(rows):
            newest = origin.keys.get(key, 0)
            if not isinstance(newest, int) or sequence != newest + 1:
                refused.append([index, newest])
                continue
            origin.keys[key] = sequence
            origin.records[key, sequence] = (at, checksum, text)
            first = sequence if not journal else 0 if keep is None else sequence - keep + 1
            for old in [place for place in origin.records if place[0] == key and place[1] < first]:
                del origin.records[old]
        return refused
