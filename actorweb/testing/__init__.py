"""Test actors in virtual time."""

from actorweb.testing.probe import Probe as Probe
from actorweb.testing.world import SimulatedWorld as SimulatedWorld
