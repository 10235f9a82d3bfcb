"""What all tests in a browser share: one Chromium, and the server as a user starts it."""

from __future__ import annotations

from e2e.pages import chromium, pages
from e2e.visit import origin, visit

__all__ = ["chromium", "origin", "pages", "visit"]
