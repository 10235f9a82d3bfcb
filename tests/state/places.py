"""The places of this host that stores can keep in."""

from __future__ import annotations

import sys
from pathlib import Path

from actorweb.state.memory import MemoryStore
from actorweb.state.sqlite import SqliteStore


class InMemory:
    survives = False

    def __init__(self, folder: Path) -> None:
        self.name = folder.name

    def open(self, *, keep: int | None = 1000) -> MemoryStore:
        return MemoryStore(keep=keep)


class InAFile:
    survives = True
    thread = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "store.db"

    def open(self, *, keep: int | None = 1000) -> SqliteStore:
        return SqliteStore(self.path, keep=keep, thread=self.thread)


class InAFileStepByStep(InAFile):
    thread = False


PLACES = (InMemory, InAFileStepByStep) if sys.platform == "emscripten" else (InMemory, InAFile, InAFileStepByStep)  # a page has no threads
