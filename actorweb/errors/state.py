"""What can go wrong with state over time: migrations, history, upgrades and stores."""

from __future__ import annotations

from actorweb.errors import ActorError


class MigrationError(ActorError):
    """A saved context cannot become one of the present version. `version` is that from which the step started."""

    code = "AW-351"

    def __init__(self, happened: str, expected: str, do: str, *, version: int = 0) -> None:
        super().__init__(happened, expected, do)
        self.version = version


class UpgradeRefused(ActorError):
    """An upgrade changed nothing. `ref` is the actor that it failed for, if it was one actor's; `__cause__` says why."""

    code = "AW-352"

    def __init__(self, happened: str, expected: str, do: str, *, ref: object = None) -> None:
        super().__init__(happened, expected, do)
        self.ref = ref


class NotKept(ActorError):
    """A history does not hold that version (any more)."""

    code = "AW-353"


class StoreError(ActorError):
    """A store did not keep or give what it was asked for; `__cause__` is what the system said (disk full, locked, read-only)."""

    code = "AW-354"


class LostOwnership(StoreError):
    """Somebody else writes this key: another actor of this program, or another program. Nothing of this write was kept."""

    code = "AW-355"

    def __init__(self, key: str, store: str, happened: str) -> None:
        super().__init__(f"{store}: key {key!r}: {happened}", "one owner for each key", "give each actor a key of its own; end the other owner first")
        self.key = key


class DamagedRecord(StoreError):
    """A record of a store cannot be read. All others can."""

    code = "AW-356"

    def __init__(self, store: str, key: str, sequence: int, why: str) -> None:
        super().__init__(
            f"{store}: key {key!r}, record {sequence}: {why}",
            "a record as it was written",
            "see what else is damaged with `actorweb store verify`, and bring the file back from a copy, or remove that record",
        )
        self.key = key
        self.sequence = sequence


class NewerState(StoreError):
    """What a store holds was written by newer code than this."""

    code = "AW-357"


class NotStorable(ActorError):
    """An actor was to be durable, but its context does not survive JSON."""

    code = "AW-358"


class NotLasting(StoreError):
    """A page's host has no store that outlives it. State that was to be kept lasts as long as the page."""

    code = "AW-359"
