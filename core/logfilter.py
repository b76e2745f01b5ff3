"""What the log leaves out."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection


class BriefWarnings(logging.Filter):
    """Drops the traceback of anything below an error: a refused request is one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened."""
        if record.levelno < logging.ERROR:
            record.exc_info = record.exc_text = None
        return True


class Routine(logging.Filter):
    """Makes celery's lines about tasks that run every few seconds (`tasks`, by name) debug lines."""

    def __init__(self, tasks: Collection[str]) -> None:
        super().__init__()
        self.tasks = frozenset(tasks)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass; a routine one only where debug lines are wanted."""
        data = getattr(record, "data", None)
        if record.levelno != logging.INFO or not isinstance(data, dict) or data.get("name") not in self.tasks:
            return True
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return logging.getLogger().isEnabledFor(logging.DEBUG)


class Addresses(logging.Filter):
    """Takes the address of a client out of what gunicorn says of a request that it could not read."""

    CLIENT = re.compile(r"\bip=[0-9a-fA-F:.]+(?=:)")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without addresses."""
        text = record.getMessage()
        if "ip=" in text:
            record.msg, record.args = self.CLIENT.sub("ip=***", text), ()
        return True


class Keys(logging.Filter):
    """Masks the key in an address that is one: whoever reads the log must not be able to use it in somebody's place."""

    # tests/core/test_logfilter.py compares this with all routes
    LINK = re.compile(
        r"(/ownership/[^/\s]+/|/mail/leave/|/mail/|/account/password/reset/key/|/account/confirm-email/|/account/data/"
        r"|/feeds/personal/|/lists/|/portal/invitations/|/reports/[^/\s]+/)[^/\s\"'?#]+"
    )

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without keys."""
        text = record.getMessage()
        if self.LINK.search(text):
            record.msg, record.args = self.LINK.sub(r"\1***", text), ()
        return True
