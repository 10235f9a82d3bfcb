"""Async tests run in a simulated world, as a user's would."""

from hypothesis import settings

from actorweb.testing.plugin import *

# How fast a host is says nothing about a law.
settings.register_profile("actorweb", deadline=None)
settings.load_profile("actorweb")
