"""What of the specification of stores a page cannot run: it has no processes, no threads, and no disk that can be full."""

from __future__ import annotations

import sys

collect_ignore = ["kill", "test_faults.py", "test_sqlite.py", "test_damage.py"] if sys.platform == "emscripten" else []
