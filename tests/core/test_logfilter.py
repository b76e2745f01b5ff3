"""What the log leaves out."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.conf import settings


@pytest.mark.parametrize("name", ["celery.worker.strategy", "celery.app.trace"])
@pytest.mark.parametrize(
    ("task", "level", "root", "told"),
    [
        ("verification.sweep", logging.INFO, "INFO", []),
        ("verification.sweep", logging.INFO, "DEBUG", ["DEBUG"]),
        ("verification.sweep", logging.ERROR, "INFO", ["ERROR"]),
        ("verification.work", logging.INFO, "INFO", ["INFO"]),
        ("catalog.derive", logging.INFO, "INFO", ["INFO"]),
    ],
)
def test_celery_tells_nothing_of_sweeps_that_went_well(
    name: str, task: str, level: int, root: str, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    loggers: Any = settings.LOGGING["loggers"]
    assert loggers[name] == {"filters": ["routine"]}
    caplog.set_level(root)
    data: dict[str, Any] = {"name": task, "id": "1"}
    logging.getLogger(name).log(level, "Task %(name)s[%(id)s] received", data, extra={"data": data})
    assert [one.levelname for one in caplog.records] == told
