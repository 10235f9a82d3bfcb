"""The bridge: the elements of one page and their actors. It knows no JavaScript and no loop; texts go in and out.

Every element has a supervisor of its own, so a crash restarts its actor and nothing else. After each drain that changed
something, or that handled an event, one frame goes to the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from actorweb.errors import ActorError, ActorStopped, AskError
from actorweb.kernel.delivery import Delivery
from actorweb.kernel.reports import Crashed, Logged, NotSaved, Report, Restarted, Started, Stopped
from actorweb.kernel.signals import NoProc, Shutdown
from actorweb.page.frame import Painter
from actorweb.page.mounted import Mounted
from actorweb.page.readings import read
from actorweb.page.storage import Storage, key_of
from actorweb.page.story import story
from actorweb.page.template import Binding, Template
from actorweb.page.wire import AskElement, DomEvent, Mount, Op, ReadSnapshot, Send, SetProperty, read_batch
from actorweb.values.codec import dumps, fields_to_json, from_json, to_json
from actorweb.values.message import wire_name

if TYPE_CHECKING:
    from actorweb.kernel.ref import ActorRef
    from actorweb.kernel.reports import Reports
    from actorweb.kernel.scheduler import Kernel
    from actorweb.page.element import Element, Property
    from actorweb.values.generics import Never
    from actorweb.values.json import Json
    from actorweb.values.snapshot import Snapshot


class Bridge:
    """One page. `post` takes each batch for it; `receive` takes each batch from it. Its durable elements are kept in `storage`."""

    def __init__(self, kernel: Kernel, reports: Reports, elements: Iterable[Element], post: Callable[[str], None], storage: Storage | None = None) -> None:
        self._kernel = kernel
        self._elements = {element.tag: element for element in elements}
        self._storage = Storage() if storage is None else storage
        self._post = post
        self._painter = Painter()
        self._mounted: dict[int, Mounted] = {}
        self._by_actor: dict[ActorRef[Never], Mounted] = {}
        self._by_supervisor: dict[ActorRef[Never], Mounted] = {}
        self._dirty: dict[Mounted, None] = {}
        self._handled: dict[Mounted, None] = {}
        self._frame: dict[str, list[Json]] = {}
        self._number = 0
        self._acknowledged = 0
        self._flushing = False
        self._cancel = reports.subscribe(self._report)

    @property
    def mounted(self) -> int:
        """How many elements are in the document."""
        return len(self._mounted)

    @property
    def slots(self) -> int:
        """How many slots are kept."""
        return len(self._painter.slots)

    def close(self) -> None:
        """End all actors of the page."""
        for mounted in tuple(self._mounted.values()):
            self._unmount(mounted)
        self._cancel()

    # --- from the page -----------------------------------------------------------------------------------------------

    def receive(self, text: str) -> None:
        """Take a batch. What is wrong in it is reported on the page's console, and the rest goes on."""
        try:
            acknowledged, ops = read_batch(text)
        except ActorError as error:
            self._console("error", str(error))
            return
        # To forget what is no longer shown can wait until somebody's answer is out.
        self._acknowledged = acknowledged
        if not ops:
            self._painter.slots.acknowledged(acknowledged)
        for op in ops:
            try:
                self._take(op)
            except ActorError as error:
                self._console("error", f"<{self._tag_of(op)}>: {error}")

    def _tag_of(self, op: Op) -> str:
        mounted = self._mounted.get(op.element)
        return op.tag if isinstance(op, Mount) else "?" if mounted is None else mounted.element.tag

    def _take(self, op: Op) -> None:
        if isinstance(op, Mount):
            self._mount(op)
            return
        mounted = self._mounted.get(op.element)
        if mounted is None:
            if isinstance(op, AskElement):
                self._add("replies", [op.number, None, {"name": "ActorStopped", "code": "AW-402", "text": "the element has left the document"}])
            return
        if isinstance(op, SetProperty):
            self._set(mounted, op.name, op.value)
        elif isinstance(op, DomEvent):
            self._event(mounted, op)
        elif isinstance(op, Send):
            message = mounted.element.behavior.message_from_json(op.message)
            self._when_started(mounted, lambda ref: self._kernel.send(ref, message))
        elif isinstance(op, AskElement):
            self._ask(mounted, op)
        elif isinstance(op, ReadSnapshot):
            mounted.reads_snapshot = True
            self._touch(mounted, self._dirty)
        else:
            self._unmount(mounted)

    def _mount(self, op: Mount) -> None:
        element = self._elements.get(op.tag)
        if element is None:
            self._add("states", [op.element, "failed", f"AW-704 the host knows no element <{op.tag}>"])
            return
        mounted = self._mounted[op.element] = Mounted(op.element, element)
        try:
            mounted.key = key_of(element, op.values)
        except Exception as error:  # noqa: BLE001  (the function that gives the key is the author's code)
            self._fail(mounted, f"the key of its store: {error}", error)
            return
        self._storage.when_free(mounted.key, partial(self._spawn, mounted))
        for name, value in op.values.items():
            try:
                self._set(mounted, name, value)
            except ActorError as error:
                self._console("error", f"<{op.tag}>: {error}")

    def _spawn(self, mounted: Mounted) -> None:
        if mounted.number in self._mounted:
            tree = self._storage.supervisor(mounted.element, mounted.key)
            mounted.supervisor = self._kernel.spawn(tree, started=partial(self._started, mounted))
            self._by_supervisor[mounted.supervisor] = mounted

    def _started(self, mounted: Mounted, ref: ActorRef[Never], error: BaseException | None) -> None:
        if mounted.number not in self._mounted:
            return
        if error is not None:
            self._fail(mounted, f"its actor did not start: {error}", error.__cause__ or error)
            return
        actor = mounted.actor = self._kernel.child(ref, "actor")
        if actor is None:
            return
        self._by_actor[actor] = mounted
        mounted.cancels.append(self._kernel.observe(actor, partial(self._changed, mounted)))
        mounted.cancels.append(self._kernel.listen(actor, partial(self._emitted, mounted)))
        self._add("states", [mounted.number, "ready", ""])
        if mounted.key is not None:
            self._add("states", [mounted.number, "kept", mounted.key])
            if self._storage.trouble is not None:
                self._kernel.reports.publish(NotSaved(actor, mounted.key, self._storage.trouble))
        mounted.hand_over(actor)

    def _when_started(self, mounted: Mounted, send: Callable[[ActorRef[Never]], None]) -> None:
        if mounted.waiting is not None:
            mounted.waiting.append(send)
        elif mounted.actor is not None:
            send(mounted.actor)

    def _set(self, mounted: Mounted, name: str, data: Json) -> None:
        declared = next((each for each in mounted.element.properties if each.name == name), None)
        if declared is None or declared.message is None:
            return  # the shim keeps what has no message to itself
        kind: type[object] = declared.kind  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  (any annotation that the codec reads)
        value = declared.default if data is None and declared.attribute else from_json(kind, data, name)
        mounted.values[name] = value
        self._when_started(mounted, partial(self._send_property, declared, value))

    def _send_property(self, declared: Property, value: object, ref: ActorRef[Never]) -> None:
        if declared.message is not None:
            self._kernel.send(ref, declared.message(value))

    def _event(self, mounted: Mounted, op: DomEvent) -> None:
        bound = self._painter.slots.find(op.slot)
        handled = partial(self._acknowledge, mounted, op.number)
        if bound is None:
            self._console("warn", f"<{mounted.element.tag}>: an event came for slot {op.slot}, which is no more")
            handled()
            return
        message: object = bound
        if isinstance(bound, Binding):
            try:
                message = from_json(bound.message, op.fields, bound.message.__name__)
            except ActorError:
                handled()
                raise
        self._when_started(mounted, lambda ref: self._kernel.send(ref, Delivery(message, handled)))

    def _ask(self, mounted: Mounted, op: AskElement) -> None:
        number = op.number

        def answered(value: object, error: AskError | None) -> None:
            if error is not None:
                self._refuse(number, error)
                return
            try:
                self._add("replies", [number, to_json(value), None])
            except ActorError as failure:
                self._refuse(number, failure)

        try:
            request = mounted.element.behavior.message_from_json(op.message)
        except ActorError as error:
            self._refuse(number, error)
            return
        if mounted.failed:
            self._refuse(number, ActorStopped(f"<{mounted.element.tag}>", NoProc()))
            return
        self._when_started(mounted, lambda ref: self._kernel.ask(ref, request, op.seconds, answered))

    def _refuse(self, number: int, error: ActorError) -> None:
        self._add("replies", [number, None, {"name": type(error).__name__, "code": error.code, "text": str(error)}])

    def _unmount(self, mounted: Mounted) -> None:
        self._mounted.pop(mounted.number, None)
        self._dirty.pop(mounted, None)
        self._handled.pop(mounted, None)
        for cancel in mounted.cancels:
            cancel()
        self._forget_look(mounted)
        if mounted.actor is not None:
            self._by_actor.pop(mounted.actor, None)
        ref = mounted.supervisor
        if ref is not None and self._by_supervisor.pop(ref, None) is not None:
            try:
                self._kernel.stop(ref, Shutdown("its element left the document"))
            except ActorStopped:
                return  # it had ended by itself
            self._storage.leaves(ref, mounted.key)
            mounted.hand_over(ref)
        elif mounted.waiting:
            self._console("warn", f"<{mounted.element.tag}> left before it had an actor; what was sent to it is lost: {len(mounted.waiting)}")
        self._touch(mounted, None)

    # --- from the actors ---------------------------------------------------------------------------------------------

    def _changed(self, mounted: Mounted, snapshot: Snapshot[object]) -> None:
        mounted.snapshot = snapshot
        self._touch(mounted, self._dirty)

    def _emitted(self, mounted: Mounted, event: object) -> None:
        for declared in mounted.element.events:
            is_event = isinstance(event, Mapping) and event.get("type") == wire_name(declared.message)
            if is_event or isinstance(event, declared.message):
                try:
                    detail: Json = (
                        to_json({key: value for key, value in event.items() if key != "type"}) if isinstance(event, Mapping) else fields_to_json(event)
                    )
                except ActorError as error:
                    self._console("error", f"<{mounted.element.tag}>: {declared.name} was not dispatched: {error}")
                    return
                self._add("events", [mounted.number, declared.name, detail, declared.bubbles, declared.composed])
                return

    def _acknowledge(self, mounted: Mounted, number: int) -> None:
        mounted.acknowledged = max(mounted.acknowledged, number)
        if mounted.number in self._mounted:
            self._touch(mounted, self._handled)

    def _report(self, report: Report) -> None:
        if isinstance(report, (Started, Stopped, Restarted)):
            if isinstance(report, Stopped):
                self._storage.ended(report.ref)
                mounted = self._by_supervisor.get(report.ref)
                if mounted is not None and mounted.actor is not None and isinstance(report.reason, Shutdown):
                    self._fail(mounted, f"its actor crashed too often: {report.reason.info}", None)
            elif isinstance(report, Restarted):
                mounted = self._by_actor.get(report.ref)
                if mounted is not None and mounted.actor is not None:
                    for declared in mounted.element.properties:
                        if declared.name in mounted.values:
                            self._send_property(declared, mounted.values[declared.name], mounted.actor)
        elif isinstance(report, Crashed):
            self._console("error", f"{report.ref.path} crashed on {report.message!r}\n{story(report.error)}")
            mounted = self._by_actor.get(report.ref)
            if mounted is not None:
                self._add("states", [mounted.number, "crashed", str(report.error)])
        elif isinstance(report, NotSaved):
            self._not_saved(report)
        elif isinstance(report, Logged):
            self._console("info", f"{report.ref.path}: {report.label + ': ' if report.label else ''}{report.value!r}")
        else:
            self._console("warn", repr(report))

    def _not_saved(self, report: NotSaved) -> None:
        words = self._storage.words(report)
        if words:
            self._console("warn", words)
        if self._storage.is_for_good(report):
            for mounted in self._mounted.values():  # by its place in the tree, for its actor may not have started yet
                if mounted.supervisor is not None and report.ref.path.startswith(f"{mounted.supervisor.path}/"):
                    self._add("states", [mounted.number, "unsaved", str(report.error)])

    def _fail(self, mounted: Mounted, text: str, error: BaseException | None) -> None:
        mounted.failed = text
        mounted.waiting = None
        self._forget_look(mounted)
        self._add("states", [mounted.number, "failed", text])
        self._console("error", f"<{mounted.element.tag}>: {text}" + (f"\n{story(error)}" if error is not None else ""))

    # --- frames ------------------------------------------------------------------------------------------------------

    def _touch(self, mounted: Mounted, where: dict[Mounted, None] | None) -> None:
        if where is not None:
            where[mounted] = None
        if not self._flushing:
            self._flushing = True
            self._kernel.at_drain_end(self._flush)

    def _add(self, name: str, entry: Json) -> None:
        self._frame.setdefault(name, []).append(entry)
        if not self._flushing:
            self._flushing = True
            self._kernel.at_drain_end(self._flush)

    def _console(self, level: str, text: str) -> None:
        self._add("console", [level, text])

    def _flush(self) -> None:
        """Send one frame with all that has come together."""
        dirty, self._dirty = self._dirty, {}
        handled, self._handled = self._handled, {}
        looks: list[Json] = []
        for mounted in dirty:
            looks.append([mounted.number, mounted.acknowledged, self._look(mounted)])
            if mounted.snapshot is not None:
                read(mounted, mounted.snapshot, self._add, self._console)
        looks.extend([mounted.number, mounted.acknowledged, None] for mounted in handled if mounted not in dirty)
        painter = self._painter
        for text in painter.refused:
            self._console("error", text)
        painter.refused.clear()
        frame, self._frame = self._frame, {}
        self._flushing = False
        if looks:
            frame["elements"] = looks
        if painter.new_statics:
            frame["statics"], painter.new_statics = painter.new_statics, []
        if frame:
            self._number += 1
        # What no longer shows goes with this frame; without one, the page has removed the element itself.
        painter.slots.retire(self._number, painter.retired)
        painter.retired = []
        if frame:
            self._post(dumps({"frame": self._number, **frame}))
        painter.slots.acknowledged(self._acknowledged)

    def _look(self, mounted: Mounted) -> Json:
        """Give the look of an element: whole at first, then what changed; None if nothing did."""
        view, snapshot = mounted.element.view, mounted.snapshot
        if view is None or snapshot is None or (mounted.failed and mounted.actor is None):
            return None
        try:
            template = view(snapshot)
            if not isinstance(template, Template):
                raise TypeError(f"the view gave {template!r}, expected what html(…) gives")  # noqa: TRY301  (shown with the view's own errors)
            if mounted.node is not None and mounted.node.statics is template.statics:
                changes = mounted.node.update(self._painter, template)
                look: Json = {"c": changes} if changes else None
            else:
                self._forget_look(mounted)
                mounted.node, look = self._painter.paint(template)
        except Exception as error:  # noqa: BLE001  (a view is the author's code; the element shows that it failed)
            self._fail(mounted, f"its view raised: {type(error).__name__}: {error}", error)
            return None
        if mounted.failed:
            mounted.failed = ""
            self._add("states", [mounted.number, "ready", ""])
        return look

    def _forget_look(self, mounted: Mounted) -> None:
        if mounted.node is not None:
            self._painter.forget(mounted.node)
            mounted.node = None
