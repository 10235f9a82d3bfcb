"""Names and paths. A name is unique, taken before start, free before `Down` is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import NameTaken
from actorweb.kernel.cell import kin_of

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell


class Registry:
    """Which name is whose."""

    __slots__ = ("_names", "_numbered")

    def __init__(self) -> None:
        self._numbered = 0
        self._names: dict[str, Cell] = {}

    def reserve(self, name: str, cell: Cell) -> None:
        """Take a name. Raises `NameTaken`."""
        holder = self._names.get(name)
        if holder is not None:
            raise NameTaken(name, holder.self)
        self._names[name] = cell

    def release(self, name: str, cell: Cell) -> None:
        """Free a name, if it is that actor's."""
        if self._names.get(name) is cell:
            del self._names[name]

    def find(self, name: str) -> Cell | None:
        """Give the actor of that name, or None."""
        return self._names.get(name)

    def path_of(self, cell: Cell) -> str:
        """Give the path of an actor: the names, or behavior names with numbers, from the root to it."""
        parts: list[str] = []
        at: Cell | None = cell
        while at is not None:
            kin = at._kin
            spec = None if kin is None else kin.spec
            name = None if kin is None else kin.name
            parts.append(name or (spec.id if spec is not None else f"{at._behavior.name}-{self._number_of(at)}"))
            at = None if kin is None else kin.parent
        return "/" + "/".join(reversed(parts))

    def _number_of(self, cell: Cell) -> int:
        kin = kin_of(cell)
        if not kin.number:
            self._numbered += 1
            kin.number = self._numbered
        return kin.number
