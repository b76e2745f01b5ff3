"""`make bench`: how fast the site is, as ratios to a hello-world of the same server in the same run.

Works in var/bench: its own database, its own ports, nothing of a running site is touched. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from core import embedded, instance

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "bench"


def environment(port: int) -> None:
    """Give this process and its children the settings of a production site in the benchmark's own folder."""
    for name in [name for name in os.environ if name.removesuffix("_FILE") in {"REDIS_URL", "CELERY_BROKER_URL"}]:
        del os.environ[name]
    url = embedded.database_url(FOLDER).replace(f"/{embedded.DATABASE}?", "/bench?")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.speed.settings",
        "VAR_DIR": str(FOLDER),
        "DATABASE_URL": url,
        "DEBUG": "0",
        "PROBES_SCHEDULED": "0",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "only-for-the-benchmark-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    }


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000", help="how many tools, with commas between (%(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of load per page, and as much hello-world")
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic tools")
    parser.add_argument("--port", type=int, default=8330)
    parser.add_argument("--json", type=Path, default=FOLDER / "speed.json", help="where the figures go (%(default)s)")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file as well")
    parser.add_argument("--only", default="", help="only pages whose name holds this text; no Datasette, no hostile")
    parser.add_argument("--rebuild", action="store_true", help="make the databases anew")
    parser.add_argument("--quick", action="store_true", help="1,000 tools, 2 seconds, no Datasette: does it run?")
    found = parser.parse_args()
    if found.quick:
        found.sizes, found.seconds = "1000", 2.0
    return found


def say(text: str) -> None:
    """Tell progress."""
    sys.stderr.write(f"{datetime.now().astimezone():%H:%M:%S} {text}\n")
    sys.stderr.flush()


class Run:
    """One run: servers up, everything measured, figures kept."""

    def __init__(self, options: argparse.Namespace) -> None:
        from bench.speed.synthetic import Synthetic, real_records  # noqa: PLC0415  (after django.setup)

        self.options, self.made = options, Synthetic(real_records(), options.seed)
        self.shown = 40 if options.quick else 200
        self.result: dict[str, Any] = {"sizes": {}, "hostile": None}

    def measure(self) -> dict[str, Any]:
        """Measure all sizes; return the result."""
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connection  # noqa: PLC0415

        from bench.speed import load, report, servers  # noqa: PLC0415

        call_command("collectstatic", interactive=False, verbosity=0)
        with servers.stores(FOLDER) as superuser:
            for size in map(int, self.options.sizes.split(",")):
                self._prepare(size, superuser)
                self._size(size)
            if not (self.options.quick or self.options.only):
                self._prepare(int(report.MIDDLE), superuser)
                self._hostile()
            with connection.cursor() as cursor:
                cursor.execute("SHOW server_version")
                version = cursor.fetchone()[0]
            connection.close()
        self.result |= {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": report.machine(version),
            "client": load.client_name(),
            "command": f"make bench ARGS={shlex.quote(' '.join(sys.argv[1:]))}" if sys.argv[1:] else "make bench",
        }
        self.result["targets"] = report.targets(self.result)
        return self.result

    def _prepare(self, size: int, superuser: str) -> None:
        from bench.speed import loading  # noqa: PLC0415

        began, told = time.monotonic(), [0.0]

        def progress(done: int, total: int) -> None:
            if done == total or time.monotonic() - told[0] > 5:
                told[0] = time.monotonic()
                say(f"{size:,} tools: {done:,} loaded, {time.monotonic() - began:.0f} s")

        loading.ensure(self.made, size, superuser, rebuild=self.options.rebuild, progress=progress)
        say(f"{size:,} tools: database ready after {time.monotonic() - began:.1f} s")

    def _size(self, size: int) -> None:
        from bench.speed import scenarios, servers  # noqa: PLC0415

        only = self.options.only
        pages = [one for one in scenarios.scenarios(self.made, size) if only in one.name]
        found = []
        with servers.site(FOLDER, self.options.port):
            for number, one in enumerate(pages, 1):
                figures = scenarios.measure(one, self.options.port, self.options.seconds, self.shown)
                found.append(figures)
                say(
                    f"{size:,} tools, {number} of {len(pages)}: {one.name}: {figures.per_second:,.0f}/s,"
                    f" {figures.of_hello:.1%} of hello-world, p95 {figures.p95_ms:.1f} ms"
                )
        self.result["sizes"][str(size)] = {
            "pages": scenarios.as_json(found),
            "parts": scenarios.as_json(scenarios.parts(self.made, size, self.shown)),
            "datasette": None if self.options.quick or only else self._datasette(size),
        }

    def _datasette(self, size: int) -> dict[str, float] | None:
        from bench.speed import load, loading, peer, queries  # noqa: PLC0415

        python = peer.install(FOLDER)
        if python is None:
            say("Datasette cannot be installed here: its figures stay unknown")
            return None
        file = FOLDER / f"{loading.database_name(size, self.made.seed)}.db"
        if self.options.rebuild or not file.exists():
            for old in FOLDER.glob(f"bench_{size}_*.db"):
                old.unlink()
            peer.write(file)
        port = self.options.port + 1
        paths = [peer.path_of(file, pairs) for pairs in queries.searches(self.made, size, 2_000)]
        with peer.serving(python, file, port):
            target = load.Target(port, paths)
            times = load.latencies([target], self.shown)[0]
            found = load.flood(target, self.options.seconds, start=self.shown)
        say(f"{size:,} tools, Datasette: {found.per_second:,.1f}/s, p95 {load.percentile(times, 0.95):.1f} ms")
        return {
            "median_ms": load.median(times),
            "p95_ms": load.percentile(times, 0.95),
            "per_second": found.per_second,
        }

    def _hostile(self) -> None:
        from bench.speed import scenarios, servers  # noqa: PLC0415

        with servers.site(FOLDER, self.options.port):
            self.result["hostile"] = found = scenarios.hostile(self.options.port)
        say(f"hostile queries: p99 {found['p99_ms']:.1f} ms")


def main() -> int:
    """Run the benchmark; 0 when it ran, whatever it found, 1 when it could not, 130 after Ctrl-C."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment(options.port)
    try:
        with instance.hold(FOLDER):
            for port in (options.port, options.port + 1):
                instance.check_port("127.0.0.1", port)
            django.setup()
            from bench.speed import report, servers  # noqa: PLC0415

            try:
                result = Run(options).measure()
            except servers.NotReady as error:
                say(f"Error: {error}")
                return 1
    except (instance.AlreadyRunning, instance.PortTaken, embedded.ServerProblem) as error:
        say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        say("stopped; nothing was left running")
        return 130
    options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    text = report.markdown(result)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
