"""The invariants: what holds after every step of every schedule."""

from actorweb.testing.exploration.invariant import Invariant
from actorweb.testing.exploration.invariants.asks import AskEndsOnce, AskEndsWithItsTurn, NoCircle
from actorweb.testing.exploration.invariants.ends import Family, Intensity, Leftovers, OnStop, StartOrder, StopOrder, Strategy
from actorweb.testing.exploration.invariants.messages import Bounds, Fate, Fifo, Mailbox, OneTurn, SoundKernel
from actorweb.testing.exploration.invariants.signals import Completions, FreshRun, Links, Names, Silence, Timers, WatchToldOnce
from actorweb.testing.exploration.invariants.turns import CommittedWhole, FailedTurn
from actorweb.testing.exploration.invariants.versions import CodeFitsContext, RolledBackWhole, StoredFirst, Versions

INVARIANTS: tuple[type[Invariant], ...] = (
    Fate,
    Fifo,
    Mailbox,
    Bounds,
    OneTurn,
    FailedTurn,
    CommittedWhole,
    AskEndsOnce,
    AskEndsWithItsTurn,
    NoCircle,
    WatchToldOnce,
    Timers,
    Silence,
    Completions,
    Links,
    Family,
    Names,
    Intensity,
    StopOrder,
    StartOrder,
    Strategy,
    OnStop,
    FreshRun,
    Versions,
    RolledBackWhole,
    CodeFitsContext,
    StoredFirst,
    Leftovers,
    SoundKernel,
)
"""All of them, in the order in which they are asked. (`retained` is looked at by the schedule itself, after the end.)"""
