"""Actors: behaviors, turns, supervision. Knows no state store, no machine and no page."""
