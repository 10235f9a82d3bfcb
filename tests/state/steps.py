"""Calls of a synchronous store, for tests that need no loop."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from actorweb.state.sqlite import SqliteStore
from actorweb.state.store import Kept, Store, Write


def put(store: Store, *writes: Write) -> list[BaseException | None]:
    told: list[BaseException | None] = []
    store.commit(writes, told.extend)
    return told


def get(store: Store, key: str) -> Kept | BaseException | None:
    told: list[Kept | BaseException | None] = []
    store.load(key, lambda kept, error: told.append(error or kept))
    (what,) = told
    return what


def append(store: Store, key: str, *texts: str, journal: bool = True) -> None:
    """Append texts behind what a key has."""
    kept = get(store, key)
    sequence = kept.sequence if isinstance(kept, Kept) else 0
    for number, text in enumerate(texts, sequence + 1):
        assert put(store, Write(key, number, text, journal)) == [None]


def step_store(path: Path, **options: float) -> SqliteStore:
    return SqliteStore(path, thread=False, **options)  # type: ignore[arg-type]


def filled(path: Path, records: dict[str, int]) -> Path:
    """Make a file in which each key has so many records, with the texts "KEY 1", "KEY 2", …"""
    store = step_store(path)
    for key, count in records.items():
        append(store, key, *(f'{{"text": "{key} {number}"}}' for number in range(1, count + 1)))
    asyncio.run(store.close())
    return path


def harm(path: Path, statement: str, *values: object) -> None:
    """Change a file behind the store's back."""
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement, values).rowcount != 0
    connection.close()
