"""The story of an author's error, for the page's console."""

from __future__ import annotations

import traceback

OURS = ("/actorweb/kernel/", "/actorweb/page/")


def story(error: BaseException) -> str:
    """Give the traceback of an error, and of what led to it, without the frames that are ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not any(part in frame.filename for part in OURS)]
    head = "Traceback (most recent call last):\n" if frames else ""
    cause = f"{story(error.__cause__)}\n\nwhich led to:\n\n" if error.__cause__ is not None else ""
    return cause + head + "".join(traceback.format_list(frames)) + "".join(traceback.format_exception_only(error)).rstrip()
