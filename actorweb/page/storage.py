"""Storage: where the elements of one page keep the state of their actors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorweb.errors import ActorError, BadElement
from actorweb.kernel.child_spec import child
from actorweb.kernel.supervisor import supervisor
from actorweb.values.codec import from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.errors.state import StoreError
    from actorweb.kernel.behavior import Behavior
    from actorweb.kernel.recorder import Keeper
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import NotSaved
    from actorweb.page.element import Element
    from actorweb.values.generics import Never
    from actorweb.values.json import Json, JsonObject


class Storage:
    """The store of one page's host, if it has one. `trouble` says why what it keeps does not outlive the page, if it does not."""

    __slots__ = ("_leaving", "_said", "_store", "_supervisors", "_waiting", "trouble")

    def __init__(self, store: Keeper | None = None, trouble: StoreError | None = None) -> None:
        self._store = store
        self._supervisors: dict[str, Behavior[Never, object]] = {}
        self._said: set[str] = set()
        self._leaving: dict[ActorRef[Never], str] = {}
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self.trouble: StoreError | None = trouble

    def supervisor(self, element: Element, key: str | None) -> Behavior[Never, object]:
        """Give the supervisor of an element, whose only child is its actor."""
        tag, keep = element.tag, element.stored
        if key is not None and keep is not None:
            if self._store is not None:
                spec = child("actor", element.behavior, restart="transient", store=self._store, key=key, durability=keep.durability)
                return supervisor(tag, children=[spec])
            if self.trouble is None:
                from actorweb.errors.state import NotLasting  # noqa: PLC0415  (few pages need it to start)

                self.trouble = NotLasting(
                    "this host has no store: what its elements are to keep goes with them", "a store", "give the host one: Host(…, store=MemoryStore())"
                )
        made = self._supervisors.get(tag)
        if made is None:
            made = self._supervisors[tag] = supervisor(tag, children=[child("actor", element.behavior, restart="transient")])
        return made

    def when_free(self, key: str | None, function: Callable[[], None]) -> None:
        """Call a function: at once, or when the element that had this key and has left the document has ended."""
        if key is not None and key in self._leaving.values():
            self._waiting.setdefault(key, []).append(function)
        else:
            function()

    def leaves(self, supervisor: ActorRef[Never], key: str | None) -> None:
        """Note that an element has left the document; its actor may still have something to store."""
        if key is not None:
            self._leaving[supervisor] = key

    def ended(self, supervisor: ActorRef[Never]) -> None:
        """Note that the actor of an element has ended, and let those go on who wait for its key."""
        key = self._leaving.pop(supervisor, None)
        for function in () if key is None else self._waiting.pop(key, ()):
            function()

    def words(self, report: NotSaved) -> str:
        """Give what the page's console is to hear of a state that was not saved; empty if that was said before."""
        text = str(report.error)
        if report.error is self.trouble:
            if text in self._said:
                return ""
            self._said.add(text)
        return f"{report.ref.path}: its state, {report.key!r}, is not saved\n{text}"

    def is_for_good(self, report: NotSaved) -> bool:
        """Tell whether nothing of that actor will be saved any more."""
        from actorweb.errors.state import LostOwnership  # noqa: PLC0415  (as above)

        return report.error is self.trouble or isinstance(report.error, LostOwnership)


def key_of(element: Element, values: JsonObject) -> str | None:
    """Give the key under which an element is kept, by what the page says of its attributes; None if it is not kept.

    Raises `BadElement` for what is no key, and what the author's function raises.
    """
    keep = element.stored
    if keep is None:
        return None
    attributes = {each.attribute or each.name: _value(each.kind, values.get(each.name), each.default) for each in element.properties}
    key: object = keep.key(attributes)
    if key is None or (isinstance(key, str) and key):
        return key
    raise BadElement(f"<{element.tag}>: the key of its store is {key!r}", "a text that is not empty, or None to keep nothing", "correct with_store(key=…)")


def _value(kind: object, data: Json, default: object) -> object:
    if data is None:
        return default
    wanted: type[object] = kind  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (any annotation that the codec reads)
    try:
        return from_json(wanted, data, "attribute")
    except ActorError:
        return default  # whoever set it is told
