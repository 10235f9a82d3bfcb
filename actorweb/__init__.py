"""OTP for Python in the browser and on the command line: the public names."""

from typing import TYPE_CHECKING

from actorweb.errors import ActorCrashed as ActorCrashed
from actorweb.errors import ActorError as ActorError
from actorweb.errors import ActorStopped as ActorStopped
from actorweb.errors import AskCycle as AskCycle
from actorweb.errors import AskError as AskError
from actorweb.errors import AskInSyncHandler as AskInSyncHandler
from actorweb.errors import AskTimeout as AskTimeout
from actorweb.errors import BadDefinition as BadDefinition
from actorweb.errors import BadPlan as BadPlan
from actorweb.errors import BadSpec as BadSpec
from actorweb.errors import ChildError as ChildError
from actorweb.errors import ChildStartFailed as ChildStartFailed
from actorweb.errors import DecodeError as DecodeError
from actorweb.errors import DuplicateWireName as DuplicateWireName
from actorweb.errors import EncodeError as EncodeError
from actorweb.errors import MailboxFull as MailboxFull
from actorweb.errors import Misuse as Misuse
from actorweb.errors import MutableContext as MutableContext
from actorweb.errors import NameTaken as NameTaken
from actorweb.errors import NoReply as NoReply
from actorweb.errors import NoThreads as NoThreads
from actorweb.errors import NotAMessage as NotAMessage
from actorweb.errors import StartFailed as StartFailed
from actorweb.errors import StartTimeout as StartTimeout
from actorweb.errors import StashOverflow as StashOverflow
from actorweb.errors import SystemClosed as SystemClosed
from actorweb.errors import UnhandledRequest as UnhandledRequest
from actorweb.system import ActorSystem as ActorSystem  # first of the rooms: it loads them in an order without circles

from actorweb.kernel.behavior import Behavior as Behavior  # isort: skip
from actorweb.kernel.builder import BehaviorBuilder as BehaviorBuilder  # isort: skip
from actorweb.kernel.builder import BehaviorStart as BehaviorStart  # isort: skip
from actorweb.kernel.behavior import Handler as Handler  # isort: skip
from actorweb.kernel.behavior import Result as Result  # isort: skip
from actorweb.kernel.builder import define_behavior as define_behavior  # isort: skip
from actorweb.kernel.cell import ActorContext as ActorContext
from actorweb.kernel.child_spec import Backoff as Backoff
from actorweb.kernel.child_spec import ChildSpec as ChildSpec
from actorweb.kernel.child_spec import child as child
from actorweb.kernel.children import ChildCounts as ChildCounts
from actorweb.kernel.children import ChildInfo as ChildInfo
from actorweb.kernel.children import Children as Children
from actorweb.kernel.children import CountChildren as CountChildren
from actorweb.kernel.children import DeleteChild as DeleteChild
from actorweb.kernel.children import RestartChild as RestartChild
from actorweb.kernel.children import StartChild as StartChild
from actorweb.kernel.children import TerminateChild as TerminateChild
from actorweb.kernel.children import WhichChildren as WhichChildren
from actorweb.kernel.plan import After as After
from actorweb.kernel.plan import Ask as Ask
from actorweb.kernel.plan import Cancel as Cancel
from actorweb.kernel.plan import Every as Every
from actorweb.kernel.plan import Ignore as Ignore
from actorweb.kernel.plan import MessagePlan as MessagePlan
from actorweb.kernel.plan import Task as Task
from actorweb.kernel.plan import Tell as Tell
from actorweb.kernel.plan import pop as pop
from actorweb.kernel.plan import push as push
from actorweb.kernel.ref import ActorRef as ActorRef
from actorweb.kernel.ref import ReplyTo as ReplyTo
from actorweb.kernel.reports import Crashed as Crashed
from actorweb.kernel.reports import DeadLetter as DeadLetter
from actorweb.kernel.reports import Dropped as Dropped
from actorweb.kernel.reports import HighWater as HighWater
from actorweb.kernel.reports import LateReply as LateReply
from actorweb.kernel.reports import NothingMade as NothingMade
from actorweb.kernel.reports import NotSaved as NotSaved
from actorweb.kernel.reports import Report as Report
from actorweb.kernel.reports import Restarted as Restarted
from actorweb.kernel.reports import RolledBack as RolledBack
from actorweb.kernel.reports import Started as Started
from actorweb.kernel.reports import Stopped as Stopped
from actorweb.kernel.reports import StrayMessage as StrayMessage
from actorweb.kernel.reports import Logged as Logged
from actorweb.kernel.reports import TracerFailed as TracerFailed
from actorweb.kernel.reports import TurnTrace as TurnTrace
from actorweb.kernel.reports import Unhandled as Unhandled
from actorweb.kernel.reports import Unkillable as Unkillable
from actorweb.kernel.reports import Upgraded as Upgraded
from actorweb.kernel.signals import Crash as Crash
from actorweb.kernel.signals import Down as Down
from actorweb.kernel.signals import Exit as Exit
from actorweb.kernel.signals import Killed as Killed
from actorweb.kernel.signals import NoProc as NoProc
from actorweb.kernel.signals import Normal as Normal
from actorweb.kernel.signals import Shutdown as Shutdown
from actorweb.kernel.signals import Reason as Reason
from actorweb.kernel.signals import Signal as Signal
from actorweb.kernel.signals import SignalType as SignalType
from actorweb.kernel.supervisor import SupervisorRequest as SupervisorRequest
from actorweb.kernel.supervisor import supervisor as supervisor
from actorweb.kernel.world import AsyncioWorld as AsyncioWorld
from actorweb.values.json import Event as Event
from actorweb.values.json import Json as Json
from actorweb.values.json import JsonObject as JsonObject
from actorweb.values.json import StateValue as StateValue
from actorweb.values.json import Unset as Unset
from actorweb.values.message import Asks as Asks
from actorweb.values.message import Request as Request
from actorweb.values.message import RequestType as RequestType
from actorweb.values.message import message as message
from actorweb.values.snapshot import Snapshot as Snapshot

__version__ = "0.1.0"

if TYPE_CHECKING:
    from actorweb.errors.state import DamagedRecord as DamagedRecord
    from actorweb.errors.state import LostOwnership as LostOwnership
    from actorweb.errors.state import MigrationError as MigrationError
    from actorweb.errors.state import NewerState as NewerState
    from actorweb.errors.state import NotKept as NotKept
    from actorweb.errors.state import NotStorable as NotStorable
    from actorweb.errors.state import StoreError as StoreError
    from actorweb.errors.state import UpgradeRefused as UpgradeRefused
    from actorweb.kernel.group import Group as Group
    from actorweb.kernel.group import Joined as Joined
    from actorweb.kernel.group import Left as Left
    from actorweb.kernel.group import Topic as Topic
    from actorweb.kernel.logbook import log_reports as log_reports
    from actorweb.program import run as run
    from actorweb.state.memory import MemoryStore as MemoryStore
    from actorweb.state.sqlite import SqliteStore as SqliteStore
    from actorweb.state.store import Kept as Kept
    from actorweb.state.store import Store as Store
    from actorweb.state.store import Write as Write
else:
    # What few pages use is loaded when it is first named: a page should start at once.
    _LATE = {
        "DamagedRecord": "errors.state",
        "Group": "kernel.group",
        "Joined": "kernel.group",
        "Kept": "state.store",
        "Left": "kernel.group",
        "LostOwnership": "errors.state",
        "MemoryStore": "state.memory",
        "MigrationError": "errors.state",
        "NewerState": "errors.state",
        "NotKept": "errors.state",
        "NotStorable": "errors.state",
        "SqliteStore": "state.sqlite",
        "Store": "state.store",
        "StoreError": "errors.state",
        "Topic": "kernel.group",
        "UpgradeRefused": "errors.state",
        "Write": "state.store",
        "log_reports": "kernel.logbook",
        "run": "program",
    }

    def __getattr__(name: str) -> object:
        if name not in _LATE:
            raise AttributeError(f"module 'actorweb' has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415  (as above)

        value = globals()[name] = getattr(import_module(f"actorweb.{_LATE[name]}"), name)
        return value
