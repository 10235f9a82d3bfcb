"""A store in a browser's IndexedDB, in a page or in a worker. It knows no JavaScript: texts go to `web/storage.js` and come back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol, TypeAlias

from actorweb.errors.state import DamagedRecord, LostOwnership, StoreError
from actorweb.state.checksum import checksum, fault
from actorweb.state.fence import checked_keep, closed, no_text, refusal
from actorweb.state.memory import KEEP
from actorweb.state.store import Kept, Store
from actorweb.values.codec import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from actorweb.state.store import Write
    from actorweb.values.json import Json

    Told = Callable[[Kept | None, BaseException | None], None]
    Committed = Callable[[Sequence[BaseException | None]], None]

Answer: TypeAlias = "Callable[[StoreError | None, Json], None]"

_MEANINGS = {
    "QuotaExceededError": ("there is no room left for this site", "room for a record", "free some: remove what is not needed, here or on the disk"),
    "InvalidStateError": ("it is not open", "a database that is open", "reload the page"),
    "VersionError": ("other code than this one's uses it", "one version in all tabs", "reload this page and every other tab of it"),
    "NotFoundError": ("it is not there", "a browser that has one for this page", "use a window that is not private, or go on without"),
    "TimeoutError": ("it does not answer", "an answer in time", "close other tabs of this site, or reload the page"),
    "SecurityError": ("it is forbidden for this page", "a page that may keep data", "allow data for this site"),
    "UnknownError": ("the disk failed", "a disk that works", "look at the disk; then reload the page"),
}


class Port(Protocol):
    """A database, as `web/storage.js` describes it: texts go in, and answers come out, in the order asked and never at once."""

    def post(self, text: str, /) -> object:
        """Take an operation."""
        ...

    def listen(self, tell: Callable[[str], None], /) -> object:
        """Say who takes the answers."""
        ...


class IndexedDbStore(Store):
    """Keeps records in a database of the browser, for the pages of one origin.

    Whoever loads a key first owns it, over all tabs, until it is released or the tab ends; everybody else gets what is
    stored and `LostOwnership` beside it, and all their writes of that key are refused. A journal's transaction waits for
    the disk. A journal keeps at least the last `keep` records of each key (None: all). `now` is the wall clock.
    Raises `StoreError` for a `keep` below 1. Source: Indexed Database API 3.0; Web Locks API.
    """

    def __init__(self, port: Port, *, name: str = "IndexedDB", keep: int | None = KEEP, now: Callable[[], float] = time.time) -> None:
        self.name: str = name
        self.synchronous: bool = False
        self._port = port
        self._keep = checked_keep(name, keep)
        self._now = now
        self._number = 0
        self._answers: dict[int, Answer] = {}
        self._foreign: dict[str, LostOwnership] = {}
        self._closing: asyncio.Future[None] | None = None

    def receive(self, text: str) -> None:
        """Take an answer of the database."""
        data = loads(text)
        number, trouble, result = data if isinstance(data, list) and len(data) == 3 else (None, None, None)  # noqa: PLR2004  (as the protocol says)
        answer = self._answers.pop(number) if isinstance(number, int) else None
        if answer is not None:
            answer(None if trouble is None else self._failure(trouble), result)

    def _failure(self, trouble: Json) -> StoreError:
        name, words = trouble if isinstance(trouble, list) and len(trouble) == 2 else ("UnknownError", trouble)  # noqa: PLR2004  (as above)
        happened, expected, do = _MEANINGS.get(str(name), ("it failed", "a database that works", "reload the page; if it stays, clear the data of this site"))
        return StoreError(f"{self.name}: {happened}: {name}: {words}", expected, do)

    def _post(self, answer: Answer, kind: str, *given: Json) -> None:
        self._number += 1
        self._answers[self._number] = answer
        self._port.post(dumps([kind, self._number, *given]))

    def load(self, key: str, done: Told) -> None:
        if self._closing is not None:
            asyncio.get_running_loop().call_soon(done, None, closed(self.name))
            return

        def loaded(error: StoreError | None, result: Json) -> None:
            kept: Kept | None = None
            if error is None:
                try:
                    kept, error = self._read(key, result)
                except DamagedRecord as damaged:
                    error = damaged
            done(kept, error)

        self._post(loaded, "load", key)

    def _read(self, key: str, result: Json) -> tuple[Kept | None, StoreError | None]:
        """Give the record that a row holds, and `LostOwnership` if it may only be read. Raises `DamagedRecord`."""
        owned, newest, sequence, at, check, text = result if isinstance(result, list) else [True, *(None,) * 5]
        if owned:
            lost = None
            self._foreign.pop(key, None)
        else:
            lost = self._foreign[key] = LostOwnership(key, self.name, "another tab keeps it, and this one may only read what was stored when it began")
        if newest is None and sequence is None:
            return None, lost
        number = sequence if isinstance(sequence, int) else 0
        if not isinstance(newest, int):
            raise DamagedRecord(self.name, key, number, "its key is missing from the table of keys")
        if sequence != newest:
            raise DamagedRecord(self.name, key, newest, f"it is missing; the newest that is left is {sequence}")
        why = fault(key, (sequence, at, check, text.encode() if isinstance(text, str) else text))
        if why is not None:
            raise DamagedRecord(self.name, key, newest, why)
        return Kept(newest, str(text)), lost

    def commit(self, writes: Sequence[Write], done: Committed) -> None:
        if self._closing is not None:
            asyncio.get_running_loop().call_soon(done, tuple(closed(self.name) for _ in writes))
            return
        broken = no_text(self.name, writes)
        # What fails here is told in its order, like everything else: behind an empty transaction.
        outcomes: list[BaseException | None] = [broken or self._foreign.get(write.key) for write in writes]
        sent = [index for index, outcome in enumerate(outcomes) if outcome is None]
        at = int(self._now() * 1000)
        rows: list[Json] = [_row(writes[index], at) for index in sent]

        def committed(error: StoreError | None, result: Json) -> None:
            for index in sent if error is not None else ():
                outcomes[index] = error
            for place, newest in _pairs(result):
                write = writes[sent[place]]
                outcomes[sent[place]] = refusal(self.name, write.key, write.sequence, newest)
            done(tuple(outcomes))

        self._post(committed, "commit", any(writes[index].journal for index in sent), self._keep, rows)

    def release(self, key: str) -> None:
        self._foreign.pop(key, None)
        if self._closing is None:
            self._port.post(dumps(["release", key]))

    async def close(self) -> None:
        if self._closing is None:
            closing = self._closing = asyncio.get_running_loop().create_future()
            self._post(lambda *_: closing.set_result(None), "close")
        await asyncio.shield(self._closing)


def _row(write: Write, at: int) -> Json:
    """Give a record as the database gets it, with the checksum that it is read with."""
    check = checksum(write.key.encode(), write.sequence, at, write.text.encode())
    return [write.key, write.sequence, write.journal, at, check, write.text]


def _pairs(result: Json) -> Iterator[tuple[int, int]]:
    """Give the writes that were refused, with the newest number that the database holds of their keys."""
    for pair in result if isinstance(result, list) else ():
        place, newest = pair if isinstance(pair, list) else (pair, 0)
        if isinstance(place, int):
            yield place, newest if isinstance(newest, int) else 0
