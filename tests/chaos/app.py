"""The site's Celery application with steps of its own, shorter patience and a log of what happens.

`celery -A tests.chaos.app`; the log is CHAOS_LOG, one word a line, appended by all processes.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from celery.signals import before_task_publish
from django.db import connection

from config.celery import app

django.setup()

from verification import services, steps, tasks, work  # noqa: E402
from verification.models import Run, RunStep  # noqa: E402

LEASE = 4  # seconds; a worker is frozen for longer
import_module("config.urls")  # what imports single steps has them before they are exchanged
steps.__path__[:] = [str(Path(__file__).parent / "steps")]
work.LEASE, work.CONFIRM = LEASE, (1, 1)
tasks.TURN = 1.0  # a stop waits for as long
services.HINTS = 8
for task in (tasks.work, tasks.sweep, tasks.announce):
    task.soft_time_limit, task.time_limit = 2, 3  # below the lease, as in production
app.conf.beat_schedule = {"sweep": {**app.conf.beat_schedule["verification-sweep"], "schedule": 1.0}}

_do = work.execute


def note(word: str) -> None:
    """Append a word to the log: a write this short is never torn."""
    descriptor = os.open(os.environ["CHAOS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, f"{word}\n".encode())
    finally:
        os.close(descriptor)


def execute(step: RunStep) -> bool:
    """Do a step, and note when the fence kept its result out."""
    note("begun")
    counts = _do(step)
    if not counts:
        note("fenced")
    return counts


def count_message(**_: Any) -> None:
    """Note a message that is about to be sent."""
    note("message")


def tell(run: Run, **_: Any) -> None:
    """Write what must happen once for each run; nothing in the table keeps it from happening twice."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO chaos_told (run_id) VALUES (%s)", [run.pk])


work.execute = execute
before_task_publish.connect(count_message, weak=False)
services.run_finished.connect(tell, weak=False)
