"""What all tests in a browser share: one Chromium."""

from __future__ import annotations

from e2e.pages import chromium, pages

__all__ = ["chromium", "pages"]
