"""Every exception of actorweb, with the three things its reader needs.

An error says what happened (with the names of those concerned), what was expected, and what to do. Each class has a
stable code, so that a message can be looked up and a test can name it. Codes: 1xx values, 2xx definitions, 3xx actors
at run time, 4xx asks, 5xx supervision, 6xx templates and elements, 7xx hosts and boot, 8xx tools, 9xx testing. What can go
wrong with state over time (migrations, history, stores: 35x) is in `actorweb.errors.state`, and what a test may get in
`actorweb.errors.testing`: few pages need them to start.
"""

from __future__ import annotations


class ActorError(Exception):
    """The base of every error that actorweb raises.

    `str(error)` is three lines: `CODE what happened`, `Expected: …`, `Do: …`.
    """

    code: str = "AW-000"

    def __init__(self, happened: str, expected: str, do: str) -> None:
        super().__init__(f"{self.code} {happened}\nExpected: {expected}\nDo: {do}")
        self.happened = happened
        self.expected = expected
        self.do = do


# --- 1xx: values ---------------------------------------------------------------------------------------------------


class NotAMessage(ActorError):
    """A class that is not decorated with `@message` stands where a message type must."""

    code = "AW-101"


class EncodeError(ActorError):
    """A value has no JSON form."""

    code = "AW-102"


class DecodeError(ActorError):
    """JSON does not fit the type it is read as. The text begins with the path of the place."""

    code = "AW-103"


class MutableContext(ActorError):
    """A context could be changed in place, so that a failed turn could not be undone."""

    code = "AW-104"


# --- 2xx: definitions ----------------------------------------------------------------------------------------------


class BadDefinition(ActorError):
    """A behavior cannot be built from what it was given."""

    code = "AW-201"


class DuplicateWireName(BadDefinition):
    """Two message types of one behavior have the same wire name."""

    code = "AW-202"


class BadSpec(ActorError):
    """A child specification or a supervisor is not valid."""

    code = "AW-203"


# --- 3xx: actors at run time ---------------------------------------------------------------------------------------


class BadPlan(ActorError):
    """A handler returned something that cannot be committed; the turn changed nothing."""

    code = "AW-301"


class NameTaken(ActorError):
    """An actor of that name runs already."""

    code = "AW-302"

    def __init__(self, name: str, ref: object) -> None:
        super().__init__(f"the name {name!r} belongs to {ref}", "a name that no running actor has", "choose another name, or stop that actor first")
        self.name = name
        self.ref = ref


class StartFailed(ActorError):
    """An actor did not start. `ref` is it, `child` the id of the child that failed (or None), `__cause__` the error."""

    code = "AW-303"

    def __init__(self, ref: object, child: str | None, reason: str) -> None:
        why = "" if child is None else f", because its child {child!r} did"
        super().__init__(f"{ref} failed to start{why}: {reason}", "a start that ends without an error", "see the cause above; nothing of the start is left")
        self.ref = ref
        self.child = child


class StartTimeout(ActorError):
    """A start took longer than it was given."""

    code = "AW-304"


class StashOverflow(ActorError):
    """An actor stashed more messages than it may."""

    code = "AW-305"


class SystemClosed(ActorError):
    """The actor system is not running."""

    code = "AW-306"


class Misuse(ActorError):
    """A call that its place does not allow."""

    code = "AW-307"


class NoThreads(ActorError):
    """This host has no threads."""

    code = "AW-308"


# --- 4xx: asks -----------------------------------------------------------------------------------------------------


class AskError(ActorError):
    """The base of every way in which an ask ends without a value."""

    code = "AW-400"


class AskTimeout(AskError):
    """No answer came in time."""

    code = "AW-401"

    def __init__(self, target: object, request: object, timeout: float) -> None:
        super().__init__(
            f"{target} did not answer {request!r} within {timeout:g} s", "an answer in time", "give a longer timeout, or see what the actor waits for"
        )
        self.target = target
        self.request = request
        self.timeout = timeout


class ActorStopped(AskError):
    """The actor that was asked has ended. `reason` says how; `NoProc()` if it had ended before."""

    code = "AW-402"

    def __init__(self, target: object, reason: object) -> None:
        super().__init__(f"{target} has ended: {reason!r}", "a running actor", "look it up again by its name, or watch it")
        self.target = target
        self.reason = reason


class ActorCrashed(AskError):
    """The handler that served the request raised. `error` (also `__cause__`) is what it raised."""

    code = "AW-403"

    def __init__(self, target: object, request: object, error: BaseException) -> None:
        super().__init__(
            f"{target} crashed while it served {request!r}: {type(error).__name__}: {error}",
            "a handler that returns",
            "see the cause; the actor's supervisor decides what follows",
        )
        self.target = target
        self.request = request
        self.error = error


class NoReply(AskError):
    """The handler took the request and neither replied, deferred, stashed nor stopped."""

    code = "AW-404"

    def __init__(self, target: object, request: object) -> None:
        super().__init__(
            f"{target} handled {request!r} without a reply", "MessagePlan(reply=…) or MessagePlan(defer=True)", "return one of them, or tell instead of ask"
        )
        self.target = target
        self.request = request


class UnhandledRequest(AskError):
    """No handler takes the request."""

    code = "AW-405"

    def __init__(self, target: object, request: object, known: str) -> None:
        super().__init__(
            f"{target} has no handler for {request!r} in its present mode", f"one of {known}", f"add .on({type(request).__name__}, …) to its behavior"
        )
        self.target = target
        self.request = request


class AskCycle(AskError):
    """The ask would wait for itself. `path` names the actors of the circle."""

    code = "AW-406"

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(
            f"this ask closes a circle: {' asks '.join(path)}",
            "an actor that does not wait, directly or not, for the asker",
            "reply first, or ask with MessagePlan(ask=[Ask(…)])",
        )
        self.path = path


class AskInSyncHandler(AskError):
    """A sync handler called `ref.ask`, which it cannot await."""

    code = "AW-407"


class MailboxFull(AskError):
    """A bounded mailbox has no room. Raised where the message is sent; inside a turn it fails the turn, unless the handler takes it."""

    code = "AW-408"

    def __init__(self, ref: object, message: object, capacity: int) -> None:
        super().__init__(
            f"the mailbox of {ref} is full ({capacity}): no room for {message!r}",
            "a sender that waits for the actor now and then",
            "ask instead of tell, or choose overflow='drop_new' or 'drop_old'",
        )
        self.ref = ref
        self.message = message
        self.capacity = capacity


# --- 5xx: supervision ----------------------------------------------------------------------------------------------


class ChildError(AskError):
    """A supervisor refused a request about a child.

    `code` says why: `already_started`, `already_present`, `running`, `restarting` or `not_found` (OTP: `supervisor`).
    """

    code: str = "AW-501"

    def __init__(self, code: str, ref: object = None, request: object = None) -> None:
        happened, do = _REFUSALS.get(code, ("it was refused", "see the code"))
        super().__init__(f"{ref} refused {request!r} ({code}): {happened}", "a request that fits what WhichChildren() tells", do)
        self.code = code
        self.ref = ref
        self.request = request


_REFUSALS = {
    "already_started": ("a child of that id runs", "choose another id, or end that child with TerminateChild and DeleteChild"),
    "already_present": ("there is a child of that id, which was stopped", "start it with RestartChild, or remove it with DeleteChild"),
    "running": ("the child runs", "end it with TerminateChild first"),
    "restarting": ("the child is being restarted", "end it with TerminateChild first, or wait"),
    "not_found": ("there is no such child", "give the id of a child; a dynamic supervisor knows its children by ref only"),
}


class ChildStartFailed(AskError, StartFailed):
    """A child that a supervisor was asked to start did not start. `child` is its id, `__cause__` the error."""

    code = "AW-502"

    def __init__(self, ref: object, child: str | None, reason: str) -> None:
        StartFailed.__init__(self, ref, child, reason)


# --- 6xx: templates and elements -----------------------------------------------------------------------------------


class TemplateError(ActorError):
    """A template cannot be parsed, or a value does not fit its hole."""

    code = "AW-601"


class BadBinding(ActorError):
    """An `on(…)` names a field or a path that does not exist."""

    code = "AW-602"


class DuplicateKey(ActorError):
    """Two rows of one `each` have the same key."""

    code = "AW-603"


class BadElement(ActorError):
    """An element cannot be defined from what it was given."""

    code = "AW-604"


# --- 7xx: hosts and boot -------------------------------------------------------------------------------------------


class BadWire(ActorError):
    """The page sent something that the protocol does not know."""

    code = "AW-701"


class UnknownComponent(ActorError):
    """A page names a component that there is not."""

    code = "AW-702"


class ComponentFailed(ActorError):
    """A component's module raised when it was imported."""

    code = "AW-703"


class ManifestMismatch(ActorError):
    """The page's manifest is not what its Python modules define."""

    code = "AW-704"


# --- 8xx: tools ----------------------------------------------------------------------------------------------------


class BadTarget(ActorError):
    """The command line names a behavior that there is not."""

    code = "AW-801"


class PortTaken(ActorError):
    """The development server cannot have its port."""

    code = "AW-802"


class MissingExtra(ActorError):
    """A command needs packages of an extra that is not installed."""

    code = "AW-803"
