"""Elements that go wrong on purpose, or that hold what a test needs to see."""
