"""A component that cannot be imported anywhere."""

from __future__ import annotations

raise RuntimeError("this component is broken")
