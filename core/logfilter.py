"""What the log leaves out."""

from __future__ import annotations

import logging


class BriefWarnings(logging.Filter):
    """Drops the traceback of anything below an error: a refused request is one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened."""
        if record.levelno < logging.ERROR:
            record.exc_info = record.exc_text = None
        return True
