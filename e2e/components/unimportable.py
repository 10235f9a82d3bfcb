"""A module that raises when it is imported."""

raise RuntimeError("this module never loads")
