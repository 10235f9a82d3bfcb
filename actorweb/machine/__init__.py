"""Statecharts: the machines of XState 5 in Python."""

from __future__ import annotations

from actorweb.machine.actions import (
    EnqueueScope,
    assign,
    cancel,
    emit,
    enqueue_actions,
    forward_to,
    log,
    raise_,
    send_parent,
    send_to,
    spawn_child,
    stop_child,
)
from actorweb.machine.effects import Act, Cancel, Child, Effect, Emit, Log, RaiseLater, Scope, Self, SendTo, SpawnChild, StopChild
from actorweb.machine.guards import and_, not_, or_, state_in
from actorweb.machine.inspection import Microstep, Way, microsteps, next_transitions
from actorweb.machine.invoked import ActorScope, from_callback, from_event_observable, from_observable, from_promise, from_transition
from actorweb.machine.machine import Machine, machine
from actorweb.machine.snapshot import MachineSnapshot

__all__ = [
    "Act",
    "ActorScope",
    "Cancel",
    "Child",
    "Effect",
    "Emit",
    "EnqueueScope",
    "Log",
    "Machine",
    "MachineSnapshot",
    "Microstep",
    "RaiseLater",
    "Scope",
    "Self",
    "SendTo",
    "SpawnChild",
    "StopChild",
    "Way",
    "and_",
    "assign",
    "cancel",
    "emit",
    "enqueue_actions",
    "forward_to",
    "from_callback",
    "from_event_observable",
    "from_observable",
    "from_promise",
    "from_transition",
    "log",
    "machine",
    "microsteps",
    "next_transitions",
    "not_",
    "or_",
    "raise_",
    "send_parent",
    "send_to",
    "spawn_child",
    "state_in",
    "stop_child",
]
