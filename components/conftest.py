"""Async tests run in a simulated world, as a user's would."""

from actorweb.testing.plugin import *
