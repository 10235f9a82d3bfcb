"""Readers: functions from JSON to the values of a type, made once for each type.

The reader of a class is generated, with the checks of plain fields in line; those of other shapes are closures. A reader
raises `Misfit`, and nothing else whatever it is given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import CodeType
from typing import is_typeddict

from actorweb.values import scalars
from actorweb.values import shape as shapes
from actorweb.values.fields import COMPILING, Field, default_of, fields_of
from actorweb.values.json import UNSET
from actorweb.values.message import is_message_type
from actorweb.values.misfit import Misfit, wrong
from actorweb.values.scalars import Reader

_readers: dict[object, Reader] = {}
_of_classes: dict[tuple[shapes.Fields, bool], Reader] = {}


def reader(kind: object) -> Reader:
    """Give the reader of a type. Raises `Misfit` for a type without a JSON form."""
    try:
        found = _readers.get(kind)
    except TypeError:  # an annotation that is not hashable
        return _make(shapes.shape_of(kind))
    if found is None:
        with COMPILING:
            found = _readers[kind] = _make(shapes.shape_of(kind))
    return found


def _make(shape: shapes.Shape) -> Reader:
    if isinstance(shape, shapes.Plain):
        return scalars.PLAIN[shape.name]
    if isinstance(shape, shapes.Fields):
        return _of_class(shape, tagged=False)
    if isinstance(shape, shapes.OneOf):
        return _one_of(shape)
    if isinstance(shape, shapes.Array):
        return _array(shape)
    if isinstance(shape, shapes.Fixed):
        return _fixed(shape)
    if isinstance(shape, shapes.Table):
        return _table(shape)
    if isinstance(shape, shapes.Choice):
        return scalars.choice({shapes.key_of(value): value for value in shape.values}, shape.values)
    if isinstance(shape, shapes.Members):
        return scalars.members(shape.kind)
    if isinstance(shape, shapes.Text):
        from actorweb.values import texts  # noqa: PLC0415  (few pages need them)

        return texts.reader(shape.kind, texts.FORMS[texts.key_of(shape.kind)])
    if isinstance(shape, shapes.Address):
        return scalars.address(shape)
    if isinstance(shape, shapes.Formless):
        raise Misfit(f": the type {shape.kind!r} has no JSON form: {shape.why}", "a dataclass, a message, or a plain type", "annotate it with such a type")
    raise AssertionError(shape)


# --- arrays and mappings -------------------------------------------------------------------------------------------

_EXACT = {"bool": bool, "int": int, "str": str}


def _array(shape: shapes.Array) -> Reader:
    make, item = shape.kind, _make(shape.item)
    exact = _EXACT.get(shape.item.name) if isinstance(shape.item, shapes.Plain) else None

    def read(data: object) -> object:
        if not isinstance(data, list):
            raise wrong(data, "an array")
        if exact is not None:
            for each in data:
                if each.__class__ is not exact:
                    break
            else:
                return make(data)
        made: list[object] = []
        append = made.append
        try:
            for each in data:
                append(item(each))
        except Misfit as misfit:
            misfit.places.append(f"[{len(made)}]")
            raise
        try:
            return make(made)
        except TypeError:  # an item of a set that is an array or an object
            raise wrong(data, "an array of values that a set can hold") from None

    return read


def _fixed(shape: shapes.Fixed) -> Reader:
    items = [_make(each) for each in shape.items]
    expected = f"an array of {len(items)}"

    def read(data: object) -> object:
        if not isinstance(data, list) or len(data) != len(items):
            raise wrong(data, expected)
        made: list[object] = []
        try:
            for item, each in zip(items, data, strict=True):
                made.append(item(each))
        except Misfit as misfit:
            misfit.places.append(f"[{len(made)}]")
            raise
        return tuple(made)

    return read


def _table(shape: shapes.Table) -> Reader:
    item = _make(shape.item)
    key_reader = None if shape.key == shapes.STR else scalars.whole_key if shape.key == shapes.INT else _make(shape.key)

    def read(data: object) -> object:
        table = scalars.as_object(data)
        made: dict[object, object] = {}
        key: object = ""
        try:
            for key, each in table.items():
                made[scalars.text(key) if key_reader is None else key_reader(key)] = item(each)
        except Misfit as misfit:
            misfit.places.append(f".{key}")
            raise
        if len(made) != len(table):
            raise wrong(data, "each key once, however it is written")
        return made

    return read


# --- unions --------------------------------------------------------------------------------------------------------

_CLASSES = {"null": type(None), "boolean": bool, "number": float, "string": str, "array": list, "object": dict}


def _one_of(shape: shapes.OneOf) -> Reader:
    table: dict[type, list[Reader]] = {}
    tags: dict[str, Reader] = {}
    for option in shape.options:
        if isinstance(option, shapes.Fields) and shape.tagged:
            tags[shapes.tag_of(option)] = _of_class(option, tagged=True)
        else:
            made = _make(option)
            for category in shapes.categories(option):
                table.setdefault(_CLASSES[category], []).append(made)
    # A whole number is an int where there is one; a Literal is tried before the type that holds all.
    numbers = table.get(float, [])
    table[int] = sorted(numbers, key=lambda made: made is scalars.PLAIN["float"])
    table[float] = sorted(numbers, key=lambda made: made is scalars.PLAIN["int"])
    table[str] = sorted(table.get(str, []), key=lambda made: made is scalars.PLAIN["str"])
    expected = " or ".join(_called(option) for option in shape.options)
    if tags:
        table[dict] = [_tagged(tags)]

    def read(data: object) -> object:
        candidates = table.get(data.__class__)
        if candidates is None:
            candidates = next((table.get(kind, []) for kind in (bool, int, float, str, list, Mapping) if isinstance(data, kind)), [])
            candidates = table.get(dict, []) if isinstance(data, Mapping) else candidates
        if len(candidates) == 1:
            return candidates[0](data)
        for candidate in candidates:
            try:
                return candidate(data)
            except Misfit:
                continue
        raise wrong(data, expected)

    return read


def _tagged(tags: Mapping[str, Reader]) -> Reader:
    expected = f'an object with "type": {" or ".join(map(repr, sorted(tags)))}'

    def read(data: object) -> object:
        name = scalars.as_object(data).get("type")
        found = tags.get(name) if isinstance(name, str) else None
        if found is None:
            raise Misfit(f".type: {wrong(name, '').happened[4:]} is none of them" if "type" in scalars.as_object(data) else ".type is missing", expected)
        return found(data)

    return read


def _called(shape: shapes.Shape) -> str:
    """Name a shape for people."""
    if isinstance(shape, shapes.Plain):
        return shape.name
    if isinstance(shape, shapes.Choice):
        return " or ".join(map(repr, shape.values))
    if isinstance(shape, (shapes.Fields, shapes.Members, shapes.Text, shapes.Address)):
        return shape.kind.__name__
    return "an object" if isinstance(shape, shapes.Table) else "an array"


# --- classes -------------------------------------------------------------------------------------------------------


def _of_class(shape: shapes.Fields, *, tagged: bool) -> Reader:
    key = shape, tagged
    found = _of_classes.get(key)
    if found is None:
        # Types may contain themselves: until theirs is made, the inner use looks it up when it is called.
        _of_classes[key] = lambda data: _of_class(shape, tagged=tagged)(data)  # noqa: PLW0108  (the reader is another by then)
        try:
            found = _of_classes[key] = _generate(shape, tagged=tagged)
        except BaseException:
            del _of_classes[key]
            raise
    return found


def _generate(shape: shapes.Fields, *, tagged: bool) -> Reader:
    kind = shape.kind
    fields = fields_of(shape)
    names = {field.name for field in fields}
    tag = shapes.tag_of(shape) if (tagged or is_message_type(kind)) and "type" not in names else None
    required = [field.name for field in fields if field.required]
    known = ", ".join(field.name for field in fields) or "no fields"

    def explain(data: Mapping[str, object]) -> Misfit:
        """Say which field is unknown or missing."""
        for name in data:
            if name not in names and (tag is None or name != "type" or data[name] != tag):
                return Misfit(f".{name} is not a field of {kind.__name__}", f"only {known}", "leave it out, or correct its name")
        missing = next((name for name in required if name not in data), "?")
        return Misfit(f".{missing} is missing ({kind.__name__})", f"the fields {', '.join(required)}", f"add {missing!r}")

    scope: dict[str, object] = {
        "make": kind,
        "object_of": scalars.as_object,
        "explain": explain,
        "UNSET": UNSET,
        "Misfit": Misfit,
        "refused": _refused,
        "kind": kind,
    }
    lines = ["def read(data):", "    if data.__class__ is not dict:", "        data = object_of(data)"]
    getters = [f"        f{i} = data[{field.name!r}]" for i, field in enumerate(fields) if field.required]
    if getters:
        lines += ["    try:", *getters, "    except KeyError:", "        raise explain(data) from None"]
    lines.append(f"    known = {len(getters)}")
    if tag is not None:
        lines += ["    if 'type' in data:", f"        if data['type'] != {tag!r}:", "            raise explain(data)", "        known += 1"]
    lines += ["    at = ''", "    try:", "        pass"]
    for i, field in enumerate(fields):
        try:
            scope[f"r{i}"] = _make(field.shape)
        except Misfit as misfit:
            misfit.places.append(f".{field.name}")
            raise
        if field.required:
            lines += _converted(i, field, " " * 8)
        else:
            value, factory = default_of(kind, field.name)
            scope[f"d{i}"] = factory or value
            absent = "UNSET" if is_typeddict(kind) else f"d{i}()" if factory else f"d{i}"
            lines += [f"        f{i} = data.get({field.name!r}, UNSET)", f"        if f{i} is UNSET:", f"            f{i} = {absent}"]
            lines += ["        else:", "            known += 1", *_converted(i, field, " " * 12)]
    lines += ["    except Misfit as misfit:", "        misfit.places.append(at)", "        raise", "    if len(data) != known:", "        raise explain(data)"]
    lines += _made(kind, fields, scope)
    made: dict[str, Reader] = {}
    exec("\n".join(lines), scope, made)  # noqa: S102  (what is put in are the names of fields and of the class, as literals)
    return made["read"]


def _made(kind: type, fields: tuple[Field, ...], scope: dict[str, object]) -> list[str]:
    """Give the lines that make the value of its fields."""
    if is_typeddict(kind):
        lines = ["    made = {}"]
        for i, field in enumerate(fields):
            lines += [f"    if f{i} is not UNSET:", f"        made[{field.name!r}] = f{i}"]
        return [*lines, "    return made"]
    names = tuple(field.name for field in fields)
    code = getattr(getattr(kind, "__init__", None), "__code__", None)
    if isinstance(code, CodeType) and _only_stores(kind, code, names):
        scope |= {"new": object.__new__, **{f"s{i}": getattr(kind, name).__set__ for i, name in enumerate(names)}}
        return ["    made = new(make)", *(f"    s{i}(made, f{i})" for i in range(len(names))), "    return made"]
    # By place where the class surely takes them so: a call by name costs half as much again.
    by_place = isinstance(code, CodeType) and code.co_varnames[1 : code.co_argcount][: len(names)] == names
    call = f"make({', '.join(f'f{i}' if by_place else f'{name}=f{i}' for i, name in enumerate(names))})"
    return ["    try:", f"        return {call}", "    except Exception as error:", "        raise refused(kind, error) from error"]


def _only_stores(kind: type, code: CodeType, names: tuple[str, ...]) -> bool:
    """Tell whether a class's constructor is that of a frozen dataclass with slots, which does no more than store its arguments.

    It does so through `object.__setattr__`, which takes twice the time of writing to the slots, as a reader then does.
    """
    taken = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    return (
        "__dataclass_builtins_object__" in code.co_freevars  # nobody's own code names that
        and not hasattr(kind, "__post_init__")
        and getattr(kind, "__new__", None) is object.__new__
        and set(taken) == set(names) == {field.name for field in dataclasses.fields(kind)}
        and all(hasattr(getattr(kind, name, None), "__set__") for name in names)
    )


def _refused(kind: type, error: Exception) -> Misfit:
    """Say that the class itself does not take these fields."""
    return Misfit(f" is refused by {kind.__name__}: {type(error).__name__}: {error}", f"fields that {kind.__name__} takes")


_CHECKS = {"null": "is not None", "bool": ".__class__ is not bool", "int": ".__class__ is not int", "str": ".__class__ is not str"}


def _converted(i: int, field: Field, indent: str) -> list[str]:
    """Give the lines that convert one field; plain values that fit are only looked at."""
    slow = f"at = {f'.{field.name}'!r}; f{i} = r{i}(f{i})"
    shape, may_be_null = field.shape, ""
    if isinstance(shape, shapes.OneOf) and len(shape.options) == 2 and shapes.NULL in shape.options:  # noqa: PLR2004  (X | None)
        shape = next(option for option in shape.options if option != shapes.NULL)
        may_be_null = f"f{i} is not None and "
        if not isinstance(shape, shapes.Plain):
            return [f"{indent}if f{i} is not None:", f"{indent}    {slow}"]
    if not isinstance(shape, shapes.Plain):
        return [f"{indent}{slow}"]
    if shape.name == "json":
        return []
    if shape.name == "float":  # the difference is not 0.0 for a number that is not finite
        return [f"{indent}if {may_be_null}(f{i}.__class__ is not float or f{i} - f{i}):", f"{indent}    {slow}"]
    check = _CHECKS[shape.name]
    return [f"{indent}if {may_be_null}f{i}{'' if check.startswith('.') else ' '}{check}:", f"{indent}    {slow}"]
