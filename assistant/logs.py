"""Logs: one JSON object a line, with the ids of turn and call, and nothing that anyone said.

A record is the name of an event and the fields of ``FIELDS``; whatever else a caller passes, the text of
an exception included, is left out, since it may quote what an agent typed.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

NAME = "souffleur"
FIELDS = (
    "call", "turn", "route", "mode", "abstained", "ms", "steps_ms", "snapshot", "outcome",
    "verdict", "reason", "place", "actor", "act", "port",
)  # fmt: skip


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["trace"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logs(level: str = "INFO") -> None:
    """Send the application's records to standard error; a second time changes nothing but the level."""
    logger = logging.getLogger(NAME)
    logger.setLevel(level)
    logger.propagate = False
    if not any(isinstance(handler.formatter, JsonLines) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
