"""The page's mirror, in Python: what `web/render.js` does with frames, for tests."""

from __future__ import annotations

from actorweb.values.json import Json


class Mirror:
    """Applies looks and changes, and gives what would be shown: nested lists of strings and values."""

    def __init__(self) -> None:
        self.statics: dict[int, tuple[list[str], list[list[Json]]]] = {}
        self.root: object = None

    def add(self, statics: list[Json]) -> None:
        for number, strings, holes in statics:  # type: ignore[misc]
            assert number not in self.statics, "statics cross once"
            self.statics[number] = (strings, holes)  # type: ignore[assignment]

    def show(self, look: Json) -> None:
        if isinstance(look, list):
            self.root = self.read(look)
        elif look is not None:
            self.change(self.root, look["c"])  # type: ignore[index, call-overload]

    def read(self, data: Json) -> object:
        if isinstance(data, list):
            _, holes = self.statics[data[0]]  # type: ignore[index]
            return Look(
                data[0],
                [value if hole[0] == "event" else self.read(value) if hole[0] == "text" else value for hole, value in zip(holes, data[1:], strict=True)],
            )  # type: ignore[arg-type]
        if isinstance(data, dict):
            if "l" in data:
                return [self.read(part) for part in data["l"]]  # type: ignore[union-attr]
            rows = RowsLook()
            self.arrange(rows, data["r"], data["n"])  # type: ignore[arg-type]
            return rows
        return data

    def arrange(self, rows: RowsLook, runs: list[int] | None, news: list[Json]) -> None:
        if news:
            first, statics, width = news[:3]
            step = width or 1
            for index, at in enumerate(range(3, len(news), step)):  # type: ignore[arg-type]
                data = news[at] if statics == 0 else [statics, *(news[at : at + width] if width else [])]  # type: ignore[operator]
                rows.rows[first + index] = self.read(data)  # type: ignore[operator, assignment]
        if runs is not None:
            rows.order = [number for at in range(0, len(runs), 2) for number in range(runs[at], runs[at] + runs[at + 1])]
            rows.rows = {number: rows.rows[number] for number in rows.order}

    def change(self, look: Look, changes: list[Json]) -> None:
        for change in changes:
            index = change[0]  # type: ignore[index, call-overload]
            hole = self.statics[look.statics][1][index]
            if len(change) == 2:  # type: ignore[arg-type]
                look.values[index] = self.read(change[1]) if hole[0] == "text" else change[1]  # type: ignore[index, call-overload]
            else:
                self.apply(look.values[index], change)  # type: ignore[arg-type]

    def apply(self, value: object, change: list[Json]) -> None:
        if change[1] == "t":
            self.change(value, change[2])  # type: ignore[arg-type]
        elif change[1] == "l":
            for part in change[2]:  # type: ignore[union-attr]
                if len(part) == 2:  # type: ignore[arg-type]
                    value[part[0]] = self.read(part[1])  # type: ignore[index, call-overload]
                else:
                    self.apply(value[part[0]], part)  # type: ignore[index, call-overload, arg-type]
        else:
            _, _, runs, news, changed = change
            self.arrange(value, runs, news)  # type: ignore[arg-type]
            for at in range(0, len(changed), 2):  # type: ignore[arg-type]
                number, data = changed[at], changed[at + 1]  # type: ignore[index, call-overload]
                if isinstance(data, dict):
                    value.rows[number] = self.read(data["t"])  # type: ignore[attr-defined]
                else:
                    self.change(value.rows[number], data)  # type: ignore[attr-defined]

    def shown(self, value: object = None) -> object:
        value = self.root if value is None else value
        if isinstance(value, Look):
            strings, holes = self.statics[value.statics]
            return [
                strings,
                [
                    "slot" if hole[0] == "event" and part is not None else self.shown(part) if part is not None else None
                    for hole, part in zip(holes, value.values, strict=True)
                ],
            ]
        if isinstance(value, RowsLook):
            return [self.shown(value.rows[number]) for number in value.order]
        if isinstance(value, list):
            return [self.shown(part) if part is not None else None for part in value]
        return value


class Look:
    def __init__(self, statics: int, values: list[object]) -> None:
        self.statics = statics
        self.values = values


class RowsLook:
    def __init__(self) -> None:
        self.rows: dict[int, Look] = {}
        self.order: list[int] = []
