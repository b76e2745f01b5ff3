"""`make bench-api`: how fast the API's list is, against a hello-world and plain ModelSerializers on the same server.

Works in var/bench, with the databases of `make bench`; nothing of a running site is touched. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from bench.speed.__main__ import FOLDER, environment, say
from core import embedded, instance


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench-api", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000", help="how many tools, with commas between (%(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of load for each kind of request")
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic tools")
    parser.add_argument("--port", type=int, default=8330)
    parser.add_argument("--json", type=Path, default=FOLDER / "api.json", help="where the figures go (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="1,000 tools, 3 seconds: does it run?")
    found = parser.parse_args()
    if found.quick:
        found.sizes, found.seconds = "1000", 3.0
    return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure all sizes; return the result. Raises BadAnswer when the peer says something else than the API."""
    from dataclasses import asdict  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench.api import measure, report  # noqa: PLC0415  (after django.setup)
    from bench.speed import load, loading, servers  # noqa: PLC0415
    from bench.speed.report import machine  # noqa: PLC0415
    from bench.speed.synthetic import Synthetic, real_records  # noqa: PLC0415
    from catalog.models import Tool  # noqa: PLC0415

    made = Synthetic(real_records(), options.seed)
    sizes: dict[str, list[dict[str, Any]]] = {}
    call_command("collectstatic", interactive=False, verbosity=0)
    with servers.stores(FOLDER) as superuser:
        for size in map(int, options.sizes.split(",")):
            loading.ensure(made, size, superuser, rebuild=False, progress=lambda _done, _total: None)
            call_command("migrate", interactive=False, verbosity=0)  # the name of a database tells of two apps only
            say(f"{size:,} tools: database ready")
            slugs = list(Tool.objects.order_by("id").values_list("slug", flat=True)[: measure.DISTINCT])
            there = measure.targets(made, size, slugs, options.port)
            with servers.site(FOLDER, options.port):
                measure.compare(there)
                found = measure.measure(there, options.seconds)
            for one in found:
                say(f"{size:,} tools: {one.name}: {one.per_second:,.0f}/s, {one.of_hello:.1%} of hello-world")
            sizes[str(size)] = [asdict(one) for one in found]
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
        connection.close()
    return {
        "sizes": sizes,
        "targets": report.targets(sizes),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(version),
        "client": load.client_name(),
        "command": f"make bench-api ARGS={shlex.quote(' '.join(sys.argv[1:]))}" if sys.argv[1:] else "make bench-api",
    }


def main() -> int:
    """Run the benchmark; 0 when it ran, whatever it found, 1 when it could not, 130 after Ctrl-C."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment(options.port)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.api.settings"
    try:
        with instance.hold(FOLDER):
            instance.check_port("127.0.0.1", options.port)
            django.setup()
            from bench.api.report import markdown  # noqa: PLC0415
            from bench.speed import load, servers  # noqa: PLC0415

            try:
                result = run(options)
            except (servers.NotReady, load.BadAnswer) as error:
                say(f"Error: {error}")
                return 1
    except (instance.AlreadyRunning, instance.PortTaken, embedded.ServerProblem) as error:
        say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        say("stopped; nothing was left running")
        return 130
    options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
