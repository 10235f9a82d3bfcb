"""Writers: functions from values to JSON, made once for each type.

A value is written as its field declares it, since only the declaration tells how the options of a union are told apart.
What does not fit its declaration is written by its own class (a type of Python promises nothing at run time), unless the
writer is strict: then it is a `Misfit`, since it could not be read back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from types import NoneType
from typing import TypeAlias, is_typeddict

from actorweb.values import shape as shapes
from actorweb.values.fields import COMPILING, Field, fields_of
from actorweb.values.fitting import fits
from actorweb.values.json import Json
from actorweb.values.json_text import DEPTH, dumps
from actorweb.values.message import is_message_type
from actorweb.values.misfit import Misfit, shown
from actorweb.values.portable import Portable

Writer: TypeAlias = "Callable[[object, int], Json]"
"""Takes the value and the depth at which it stands: 1 for the outermost."""
Stray: TypeAlias = "Callable[[object, int], Json]"
"""Writes, or refuses, what does not fit its declaration."""

_writers: dict[object, Writer] = {}
_of_classes: dict[tuple[shapes.Fields, bool, bool], Writer] = {}
_by_class: dict[type, Writer] = {}


def writer(kind: object) -> Writer:
    """Give the strict writer of a declared type."""
    try:
        found = _writers.get(kind)
    except TypeError:  # an annotation that is not hashable
        return _make(shapes.shape_of(kind), strict=True)
    if found is None:
        with COMPILING:
            found = _writers[kind] = _make(shapes.shape_of(kind), strict=True)
    return found


def write_any(value: object, depth: int) -> Json:
    """Write a value by its own class."""
    found = _by_class.get(value.__class__)
    if found is None:
        with COMPILING:
            found = _by_class[value.__class__] = _of_unknown(value.__class__)
    return found(value, depth)


def _too_deep() -> Misfit:
    return Misfit(f" is nested deeper than {DEPTH}", f"at most {DEPTH} levels", "flatten the value")


def _not_finite(value: float) -> Misfit:
    return Misfit(f" is {value!r}", "a finite number (JSON has no others)", "use None for what is not known")


# --- by its own class ----------------------------------------------------------------------------------------------


def _of_unknown(kind: type) -> Writer:
    if issubclass(kind, Enum):
        return lambda value, depth: write_any(value.value, depth)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (an Enum)
    if issubclass(kind, (bool, str, NoneType)):
        return _same
    if issubclass(kind, int):
        return lambda value, depth: int(value)  # type: ignore[call-overload]  # noqa: ARG005  # pyright: ignore[reportArgumentType]  (an int)
    if issubclass(kind, float):
        return _write_float
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_field_defaults"):
        return _of_class(shapes.Fields(kind), tagged=False, strict=False)
    if issubclass(kind, (tuple, list)):
        return _array(write_any)
    if issubclass(kind, Mapping):
        return _table(_key, write_any)
    if issubclass(kind, AbstractSet):
        return _set(write_any)
    for base in kind.__mro__:
        if (base.__module__, base.__qualname__) in shapes.TEXTS:
            return _text(base)
    if issubclass(kind, Portable):
        return lambda value, depth: value.__to_json__()  # type: ignore[attr-defined]  # noqa: ARG005  # pyright: ignore[reportAttributeAccessIssue]
    return _formless


def _formless(value: object, depth: int) -> Json:
    del depth
    raise Misfit(
        f" is {shown(value)} ({type(value).__name__}), which has no JSON form",
        "None, bool, int, float, str, an enum, a tuple, a frozenset, a mapping with text keys, a dataclass, a message, a date, a UUID, a Decimal or bytes",
        "keep such a value out of what leaves Python",
    )


def _same(value: object, depth: int) -> Json:
    del depth
    return value  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  (None, a bool or a text)


def _write_float(value: object, depth: int) -> Json:
    del depth
    if not isinstance(value, float) or value - value:
        raise _not_finite(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a float that is not finite)
    return value


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    raise Misfit(f" has the key {shown(key)}", "text keys", "use texts as keys, or declare the field as Mapping[int, …], which writes numbers as texts")


# --- as declared ---------------------------------------------------------------------------------------------------


def _make(shape: shapes.Shape, *, strict: bool, tagged: bool = False) -> Writer:
    if isinstance(shape, shapes.Fields):
        return _of_class(shape, tagged=tagged, strict=strict)
    if isinstance(shape, shapes.Formless):
        return _refusing(shape) if strict else write_any
    stray = _stray(shape) if strict else write_any
    if isinstance(shape, shapes.Plain):
        return _plain_json if strict and shape.name == "json" else write_any if shape.name == "json" else _guarded(shape, write_any, stray)
    if isinstance(shape, shapes.OneOf):
        return _one_of(shape, stray, strict=strict)
    if isinstance(shape, shapes.Array):
        item = _make(shape.item, strict=strict)
        return _guarded(shape, _set(item) if shape.kind is frozenset else _array(item), stray)
    if isinstance(shape, shapes.Fixed):
        return _guarded(shape, _fixed([_make(each, strict=strict) for each in shape.items]), stray)
    if isinstance(shape, shapes.Table):
        return _guarded(shape, _table(_key_writer(shape.key, strict=strict), _make(shape.item, strict=strict)), stray)
    if isinstance(shape, shapes.Text):
        return _guarded(shape, _text(shape.kind), stray)
    return _guarded(shape, write_any, stray)


def _guarded(shape: shapes.Shape, write: Writer, stray: Stray) -> Writer:
    def guarded(value: object, depth: int) -> Json:
        return write(value, depth) if fits(shape, value) else stray(value, depth)

    return guarded


def _stray(shape: shapes.Shape) -> Stray:
    def refuse(value: object, depth: int) -> Json:
        del depth
        raise Misfit(
            f" is {shown(value)} ({type(value).__name__})", f"a value of its declared type ({shape!r})", "put in such a value, or declare what it holds"
        )

    return refuse


def _refusing(shape: shapes.Formless) -> Writer:
    def refuse(value: object, depth: int) -> Json:
        del value, depth
        raise Misfit(f": the type {shape.kind!r} has no JSON form: {shape.why}", "a dataclass, a message, or a plain type", "annotate it with such a type")

    return refuse


def _plain_json(value: object, depth: int) -> Json:
    """Write what is JSON already. A tuple is an array, and is read back as a list."""
    if value is None or value.__class__ in {bool, int, str}:
        return value  # pyright: ignore[reportReturnType]  (as tested)
    if value.__class__ is float:
        return _write_float(value, depth)
    if value.__class__ in {list, tuple}:
        return _plain_array(value, depth)
    if isinstance(value, Mapping):
        return _plain_object(value, depth)
    raise Misfit(f" is {shown(value)} ({type(value).__name__})", "plain JSON, as declared", "declare the type of what it holds")


def _one_of(shape: shapes.OneOf, stray: Stray, *, strict: bool) -> Writer:
    options = [(option, _make(option, strict=strict, tagged=shape.tagged)) for option in shape.options]
    exact = {option.kind: write for option, write in options if isinstance(option, shapes.Fields) and not is_typeddict(option.kind)}

    def write(value: object, depth: int) -> Json:
        found = exact.get(value.__class__)
        if found is not None:
            return found(value, depth)
        for option, made in options:
            if fits(option, value):
                return made(value, depth)
        return stray(value, depth)

    return write


def _text(kind: type) -> Writer:
    from actorweb.values import texts  # noqa: PLC0415  (few pages need them)

    form = texts.FORMS[texts.key_of(kind)]
    return lambda value, depth: form.write(value)  # noqa: ARG005  (texts have no depth)


def _array(item: Writer) -> Writer:
    def write(value: object, depth: int) -> Json:
        if depth > DEPTH:
            raise _too_deep()
        made: list[Json] = []
        try:
            for each in value:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]  (a tuple or list)
                made.append(item(each, depth + 1))  # noqa: PERF401  (its length tells the place)
        except Misfit as misfit:
            misfit.places.append(f"[{len(made)}]")
            raise
        return made

    return write


def _fixed(items: list[Writer]) -> Writer:
    def write(value: object, depth: int) -> Json:
        if depth > DEPTH:
            raise _too_deep()
        made: list[Json] = []
        try:
            for item, each in zip(items, value, strict=True):  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  (a tuple or list)
                made.append(item(each, depth + 1))
        except Misfit as misfit:
            misfit.places.append(f"[{len(made)}]")
            raise
        return made

    return write


def _set(item: Writer) -> Writer:
    def write(value: object, depth: int) -> Json:
        if depth > DEPTH:
            raise _too_deep()
        try:
            made = [item(each, depth + 1) for each in value]  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]  (a set)
        except Misfit as misfit:
            misfit.places.append("{…}")
            raise
        # Sorted, since a set has no order of its own and equal values must give equal texts.
        return sorted(made, key=dumps)

    return write


def _table(key_of: Callable[[object], str], item: Writer) -> Writer:
    def write(value: object, depth: int) -> Json:
        if depth > DEPTH:
            raise _too_deep()
        made: dict[str, Json] = {}
        name = ""
        for key, each in value.items():  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  (a mapping)
            name = key if key_of is _key and key.__class__ is str else key_of(key)
            try:
                made[name] = item(each, depth + 1)
            except Misfit as misfit:
                misfit.places.append(f".{name}")
                raise
        if len(made) != len(value):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  (a mapping)
            raise Misfit(f" is {shown(value)}, and two of its keys are written alike", "keys with different texts", "use keys of one type")
        return made

    return write


_plain_array = _array(_plain_json)
_plain_object = _table(_key, _plain_json)


def _key_writer(shape: shapes.Shape, *, strict: bool) -> Callable[[object], str]:
    if shape == shapes.STR:
        return _key
    write = _make(shape, strict=strict)

    def key_of(key: object) -> str:
        written = write(key, 1)
        return written if isinstance(written, str) else str(written) if isinstance(written, int) and not isinstance(written, bool) else _key(key)

    return key_of


# --- classes -------------------------------------------------------------------------------------------------------


def _of_class(shape: shapes.Fields, *, tagged: bool, strict: bool) -> Writer:
    key = shape, tagged, strict
    found = _of_classes.get(key)
    if found is None:
        # Types may contain themselves: until theirs is made, the inner use looks it up when it is called.
        _of_classes[key] = lambda value, depth: _of_classes[key](value, depth)  # noqa: PLW0108  (the writer is another by then)
        found = _of_classes[key] = _generate(shape, tagged=tagged, strict=strict)
    return found


def _generate(shape: shapes.Fields, *, tagged: bool, strict: bool) -> Writer:
    kind = shape.kind
    fields = fields_of(shape)
    scope: dict[str, object] = {
        "too_deep": _too_deep,
        "Misfit": Misfit,
        "stray": _stray(shape) if strict else write_any,
        "kind": kind,
        "isinstance": isinstance,
    }
    if is_typeddict(kind):
        return _typed_dict(fields, _stray(shape) if strict else write_any, strict=strict)
    lines = ["def write(value, depth):", "    if value.__class__ is not kind:", "        return stray(value, depth)"]
    lines += [f"    if depth > {DEPTH}:", "        raise too_deep()", "    depth += 1", "    at = ''", "    try:", "        pass"]
    for i, field in enumerate(fields):
        scope[f"w{i}"] = _make(field.shape, strict=strict)
        lines += [f"        f{i} = value.{field.name}", *_converted(i, field)]
    parts = [f"{field.name!r}: f{i}" for i, field in enumerate(fields)]
    if (tagged or is_message_type(kind)) and all(field.name != "type" for field in fields):
        parts.insert(0, f"'type': {shapes.tag_of(shape)!r}")
    lines += ["    except Misfit as misfit:", "        misfit.places.append(at)", "        raise", f"    return {{{', '.join(parts)}}}"]
    made: dict[str, Writer] = {}
    exec("\n".join(lines), scope, made)  # noqa: S102  (what is put in are the names of fields and of the class, as literals)
    return made["write"]


def _converted(i: int, field: Field) -> list[str]:
    """Give the lines that convert one field; plain values are only looked at."""
    slow = f"at = {f'.{field.name}'!r}; f{i} = w{i}(f{i}, depth)"
    shape, may_be_null = field.shape, ""
    if isinstance(shape, shapes.OneOf) and len(shape.options) == 2 and shapes.NULL in shape.options:  # noqa: PLR2004  (X | None)
        shape = next(option for option in shape.options if option != shapes.NULL)
        may_be_null = f"f{i} is not None and "
    if isinstance(shape, shapes.Plain) and shape.name in {"bool", "int", "str"}:
        return [f"        if {may_be_null}f{i}.__class__ is not {shape.name}:", f"            {slow}"]
    if isinstance(shape, shapes.Plain) and shape.name == "float":  # the difference is not 0.0 for a number that is not finite
        return [f"        if {may_be_null}(f{i}.__class__ is not float or f{i} - f{i}):", f"            {slow}"]
    if may_be_null:
        return [f"        if f{i} is not None:", f"            {slow}"]
    return [f"        {slow}"]


def _typed_dict(fields: tuple[Field, ...], stray: Stray, *, strict: bool) -> Writer:
    writers = {field.name: _make(field.shape, strict=strict) for field in fields}
    required = {field.name for field in fields if field.required}

    def write(value: object, depth: int) -> Json:
        if not isinstance(value, Mapping) or not required <= value.keys() or not value.keys() <= writers.keys():
            return stray(value, depth)
        if depth > DEPTH:
            raise _too_deep()
        made: dict[str, Json] = {}
        for name, write_field in writers.items():
            try:
                if name in value:
                    made[name] = write_field(value[name], depth + 1)
            except Misfit as misfit:
                misfit.places.append(f".{name}")
                raise
        return made

    return write
