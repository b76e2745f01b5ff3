"""How fast the audit log is written and checked, in a PostgreSQL of its own that keeps what it commits.

`.venv/bin/python -m bench.audit` prints the events per second that one writer and eight writers record, each in a
transaction of its own, and the events per second that `audit verify` checks. Numbers stand in docs/audit.md.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

SECONDS = 5.0
BULK = 200_000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="ai-apps-audit-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
        os.environ |= {"VAR_DIR": name, "DJANGO_SETTINGS_MODULE": "config.settings"}
        from core import processes  # noqa: PLC0415 - after the environment
        from core.postgres import STOP_SIGNALS, Postgres  # noqa: PLC0415

        server = Postgres(folder)
        server.prepare()
        child = processes.spawn(server.command(), stdout=subprocess.DEVNULL)
        try:
            while not server.ready(child.pid):
                time.sleep(0.05)
            measure()
        finally:
            processes.end([child.pid], STOP_SIGNALS)
            child.wait(10)


def measure() -> None:
    """Migrate, write with one and with eight, check."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection, connections  # noqa: PLC0415

    from core import audit_chain  # noqa: PLC0415

    call_command("migrate", "core", verbosity=0)
    for writers in (1, 8):
        print(f"{writers} writing at once: {_written(writers):,.0f} events/s")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_auditevent (actor, action, object_type, object_id)"
            " SELECT 'site', 'made.up', 'catalog.tool', n::text FROM generate_series(1, %s) n",
            [BULK],
        )
    began = time.monotonic()
    report = audit_chain.check_stored()
    print(f"checking: {report.events / (time.monotonic() - began):,.0f} events/s, {report.wrong} wrong")
    connections.close_all()


def _written(writers: int) -> float:
    """Return how many events a second so many threads record."""
    from django.db import connection, transaction  # noqa: PLC0415

    from core import audit  # noqa: PLC0415

    done, until = [0] * writers, time.monotonic() + SECONDS

    def write(number: int) -> None:
        while time.monotonic() < until:
            with transaction.atomic():
                audit.record(actor=None, action="made.up", obj=audit.Ref("catalog.tool", "1"), detail={"n": number})
            done[number] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


if __name__ == "__main__":
    main()
