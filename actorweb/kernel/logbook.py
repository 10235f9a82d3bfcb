"""The logbook: reports as records of the standard `logging`, one logger for each actor path.

The logger of `/shop/cart` is `actorweb.shop.cart`, so that a level or a handler can be set for one actor or a whole
subtree. A record carries the report itself as `record.report`, and the path as `record.actor`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from actorweb.kernel.reports import Crashed, HighWater, NotSaved, Report, Restarted, RolledBack, Started, Stopped, TracerFailed, TurnTrace, Upgraded
from actorweb.kernel.signals import is_abnormal

if TYPE_CHECKING:
    from collections.abc import Callable

    from actorweb.kernel.reports import Reports


def log_reports(reports: Reports, /, *kinds: type) -> Callable[[], None]:
    """Write the reports of these kinds (all but turn traces, without any) to the standard `logging`. Gives the function that ends it.

    Crashes are errors, starts and ordinary ends `INFO`, turn traces `DEBUG`, all else warnings. A system whose reports
    nobody subscribes to logs its errors and warnings by itself.

    >>> from actorweb import ActorSystem
    >>> stop = log_reports(ActorSystem().reports)
    """
    return reports.subscribe(write, *kinds)


def write(report: Report) -> None:
    """Write one report."""
    if isinstance(report, HighWater):
        _logger("").warning("%d messages wait in the whole system", report.waiting, extra={"report": report, "actor": ""})
        return
    if isinstance(report, Upgraded):
        _logger("").info(
            "behavior %r was upgraded to version %d in %d actors", report.behavior, report.version, report.actors, extra={"report": report, "actor": ""}
        )
        return
    if isinstance(report, TracerFailed):
        _logger("").error("a tracer or subscriber raised and was switched off", exc_info=report.error, extra={"report": report, "actor": ""})
        return
    path = report.ref.path
    logger, extra = _logger(path), {"report": report, "actor": path}
    if isinstance(report, Crashed):
        logger.error("%s crashed on %r", path, report.message, exc_info=report.error, extra=extra)
    elif isinstance(report, TurnTrace):
        logger.debug("turn %d: %s handled %r from %s (turn %s)", report.turn, path, report.message, report.sender, report.cause, extra=extra)
    elif isinstance(report, NotSaved):
        logger.error("%s could not be saved as %r", path, report.key, exc_info=report.error, extra=extra)
    elif isinstance(report, (Started, RolledBack)) or (isinstance(report, Stopped) and not is_abnormal(report.reason)):
        logger.info("%r", report, extra=extra)
    elif isinstance(report, Restarted):
        logger.warning("%s was started again after %r", path, report.reason, extra=extra)
    else:
        logger.warning("%r", report, extra=extra)


def _logger(path: str) -> logging.Logger:
    # A dot in a name would make a logger of its own below: it is the path that makes the tree.
    return logging.getLogger("actorweb" + path.replace(".", "_").replace("/", "."))
