"""The manifest: what a page must know of its elements before Python is ready, as JSON."""

from __future__ import annotations

import importlib
import traceback
from typing import TYPE_CHECKING

from actorweb.errors import ComponentFailed, UnknownComponent
from actorweb.page.element import ATTRIBUTE_TYPES, Element
from actorweb.page.frame import Painter
from actorweb.page.readings import custom_states
from actorweb.values.codec import dumps, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actorweb.page.element import Property
    from actorweb.values.json import Json, JsonObject


def describe(element: Element) -> JsonObject:
    """Give one element's part of the manifest."""
    return {
        "tag": element.tag,
        "properties": [_property(each) for each in element.properties],
        "events": [event.name for event in element.events],
        "style": element.style,
        "kept": element.stored is not None,
        "first": _first_look(element),
    }


def _first_look(element: Element) -> Json:
    """Give the look of the first context, so that the page can show it before Python is there; None if there is none.

    Its slots are 0: the page keeps what happens on them and points at the same holes of the first real frame.
    """
    if element.view is None:
        return None
    painter = Painter(binds=False)
    try:
        snapshot = element.behavior.first_snapshot()
        _, look = painter.paint(element.view(snapshot))
    except Exception:  # noqa: BLE001  (a context that wants arguments, or a view that raises: the page waits for the actor)
        return None
    return {"statics": painter.new_statics, "look": look, "states": list(custom_states(snapshot))}


def _property(each: Property) -> JsonObject:
    return {
        "name": each.name,
        "attribute": each.attribute,
        "type": ATTRIBUTE_TYPES.get(each.kind, "json") if isinstance(each.kind, type) else "json",
        "default": to_json(each.default),
        "reflect": each.reflect,
        "writable": each.message is not None or each.read is None,
        "read": each.read is not None,
    }


def digest(elements: Iterable[Element]) -> str:
    """Give a short text that differs when the definitions differ, so that a stale manifest is noticed."""
    text = dumps([describe(element) for element in elements])
    number = 0xCBF29CE484222325
    for byte in text.encode():  # FNV-1a: hashlib would cost the page a tenth of a second to import
        number = (number ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{number:016x}"


def module_of(component: str) -> str:
    """Give the module of a component: a dotted name is one, any other is in the gallery, `components.NAME`."""
    return component if "." in component else f"components.{component}"


def load(component: str) -> list[Element]:
    """Import a component and give the elements that its module defines. Raises `UnknownComponent` and `ComponentFailed`."""
    name = module_of(component)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise UnknownComponent(
                f"the component {component!r} is not there", f"a module {name} that can be imported", "correct data-components, or add the module"
            ) from None
        raise _failed(component, name, error) from error
    except Exception as error:
        raise _failed(component, name, error) from error
    elements = [value for value in vars(module).values() if isinstance(value, Element)]
    if not elements:
        raise UnknownComponent(
            f"the module {name} defines no element", "define_element(…)….build() kept in a variable of the module", "end the definition with .build()"
        )
    return elements


def _failed(component: str, name: str, error: BaseException) -> ComponentFailed:
    frames = traceback.extract_tb(error.__traceback__)
    # The frames of the import machinery say nothing to the author of the module.
    own = [frame for frame in frames if "importlib" not in frame.filename and not frame.filename.endswith("page/manifest.py")]
    text = "".join(traceback.format_list(own)) + "".join(traceback.format_exception_only(error))
    return ComponentFailed(
        f"the component {component!r} raised when {name} was imported:\n{text.rstrip()}", "a module that can be imported", "mend the line above"
    )


def manifest(components: Sequence[str]) -> JsonObject:
    """Give the manifest of some components. What cannot be loaded is named under `errors`; the others go on."""
    elements: list[Element] = []
    errors: list[Json] = []
    loaded: list[str] = []
    for component in components:
        try:
            elements += load(component)
            loaded.append(component)
        except (UnknownComponent, ComponentFailed) as error:
            errors.append({"component": component, "code": error.code, "text": str(error)})
    return {"elements": [describe(element) for element in elements], "digest": digest(elements), "components": loaded, "errors": errors}
