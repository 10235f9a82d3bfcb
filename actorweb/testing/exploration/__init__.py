"""Exploration: many schedules of a simulated world, with faults, each checked against the kernel's promises."""
