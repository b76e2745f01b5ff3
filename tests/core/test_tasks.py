"""Background work as Celery sends it."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.celery import app

app.loader.import_default_modules()
OURS = sorted(name for name in app.tasks if not name.startswith("celery."))


def test_every_entry_of_the_schedule_names_a_task() -> None:
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_task_is_warned_before_it_is_ended(name: str) -> None:
    # Celery sends no task whose soft limit is above its hard one; what a task does not set is the site's.
    task = app.tasks[name]
    soft = task.soft_time_limit or settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert 0 < soft < (task.time_limit or settings.CELERY_TASK_TIME_LIMIT)
