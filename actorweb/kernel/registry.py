"""Names: unique, taken before start, free before `Down` is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import NameTaken

if TYPE_CHECKING:
    from actorweb.kernel.cell import Cell


class Registry:
    """Which name is whose."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
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
