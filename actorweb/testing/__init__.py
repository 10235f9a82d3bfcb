"""Test actors in virtual time."""

from actorweb.testing.exploration.exhaust import Exhausted as Exhausted
from actorweb.testing.exploration.exhaust import exhaust as exhaust
from actorweb.testing.exploration.invariant import Invariant as Invariant
from actorweb.testing.exploration.schedule import Exploration as Exploration
from actorweb.testing.exploration.search import Explored as Explored
from actorweb.testing.exploration.search import explore as explore
from actorweb.testing.exploration.search import replay as replay
from actorweb.testing.paths import Path as Path
from actorweb.testing.paths import Step as Step
from actorweb.testing.paths import paths as paths
from actorweb.testing.probe import Probe as Probe
from actorweb.testing.time_travel import replay_history as replay_history
from actorweb.testing.world import SimulatedWorld as SimulatedWorld
