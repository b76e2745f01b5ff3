"""How gunicorn serves the site; `manage.py up` and docker/entrypoint.sh start it with this file."""

from __future__ import annotations

import contextlib
import gc
import logging
from typing import Any

from config import env
from core.logfilter import Addresses, Keys

bind = env.text("BIND") or f"127.0.0.1:{env.number('PORT', 8000, 1, 65535)}"
worker_class = "gthread"
workers = env.number("WEB_WORKERS", 2, 1, 64)
threads = env.number("WEB_THREADS", 4, 1, 64)
preload_app = True  # loaded once, shared by the workers: half the start time, less memory
timeout = 60
graceful_timeout = 4  # the supervisor waits 5 seconds
keepalive = 5
limit_request_line = 8_190  # cursors carry what was asked (api/cursors.py)
control_socket_disable = True  # one address for every gunicorn of a user: two sites would share it
accesslog = "-" if env.flag("DEBUG") or env.flag("ACCESS_LOG") else None
access_log_format = "%(m)s %(U)s %(s)s %(M)s ms"  # no addresses of people, no query strings
loglevel = "warning"
for told in ("gunicorn.access", "gunicorn.error"):  # they have handlers of their own
    logging.getLogger(told).addFilter(Keys())
logging.getLogger("gunicorn.error").addFilter(Addresses())


def when_ready(server: Any) -> None:
    """Read what people ask for, and take all that is loaded out of the collector's rounds (6 % less time a page).

    Both before workers are forked, who then share the memory. Without a database the first search reads it.
    """
    from django.db import DatabaseError, connections  # noqa: PLC0415  # Django is set up only now

    from catalog import jobs  # noqa: PLC0415
    from core import streams  # noqa: PLC0415

    for listener in server.LISTENERS:
        streams.bound_connections(listener.sock)
    with contextlib.suppress(DatabaseError):
        jobs.phrases()
    connections.close_all()  # a connection must not be shared by forks
    gc.collect()
    gc.freeze()
