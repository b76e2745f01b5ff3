"""`make bench-exports`: time and memory of an export of 100,000 tools, and of a stream of 1,000,000 changes.

Fails when one takes more than it may. Works in var/bench, with the databases of `make bench`; nothing of a running site
is touched. See docs/exports.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import django

from bench.speed.__main__ import FOLDER, environment, say
from core import embedded, instance

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MIB = 60, 300  # what an export of 100,000 tools in all formats may take
GROWN = 8  # MiB that a worker may grow by, however many changes it streams
CHANGES = """
INSERT INTO catalog_change (tool_id, slug, action, fields)
SELECT id, slug, 'updated', '{"tagline": ["What it said before", "What it says since"]}'
FROM (SELECT id, slug FROM catalog_tool ORDER BY id LIMIT 1000) t, generate_series(1, %s)
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench-exports", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="how many tools (%(default)s)")
    parser.add_argument("--changes", type=int, default=1_000_000, help="how many changes (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic tools")
    parser.add_argument("--port", type=int, default=8330)
    parser.add_argument("--json", type=Path, default=FOLDER / "exports.json", help="where the figures go (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="1,000 tools, 10,000 changes: does it run?")
    found = parser.parse_args()
    if found.quick:
        found.size, found.changes = 1_000, 10_000
    return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure both; return the figures."""
    from django.core.management import call_command  # noqa: PLC0415

    from api.manifests import keeping  # noqa: PLC0415  (after django.setup)
    from bench.speed import loading, servers  # noqa: PLC0415
    from bench.speed.synthetic import Synthetic, real_records  # noqa: PLC0415

    call_command("collectstatic", interactive=False, verbosity=0)
    with servers.stores(FOLDER) as superuser:
        made = Synthetic(real_records(), options.seed)
        loading.ensure(made, options.size, superuser, rebuild=False, progress=lambda _done, _total: None)
        call_command("migrate", interactive=False, verbosity=0)
        say(f"{options.size:,} tools: database ready; making their manifests")
        keeping.sweep()
        found = {"export": export(options.size)}
        add_changes(options.changes)
        with servers.site(FOLDER, options.port):
            found["stream"] = stream(options)
    return found


def export(size: int) -> dict[str, Any]:
    """Export all formats by the command; return seconds, its own of the processor, and its peak of memory in MiB."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        started = time.monotonic()
        child = subprocess.Popen([sys.executable, ROOT / "manage.py", "export_data", f"{folder}/export"])
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        if status:
            raise RuntimeError("The export failed.")
        files = {one.name: one.stat().st_size for one in Path(folder, "export").iterdir()}
    found: dict[str, Any] = {"tools": size, "seconds": round(seconds, 1), "peak_mib": round(used.ru_maxrss / 1024)}
    found |= {"cpu_seconds": round(used.ru_utime + used.ru_stime, 1), "files": files}
    say(f"export: {found}")
    return found


def add_changes(wanted: int) -> None:
    """Make the change log as long as is asked, at least."""
    from django.db import connection  # noqa: PLC0415

    from catalog.models import Change  # noqa: PLC0415

    if (missing := wanted - Change.objects.count()) > 0:
        with connection.cursor() as cursor:
            cursor.execute(CHANGES, [-(-missing // 1000)])


def stream(options: argparse.Namespace) -> dict[str, Any]:
    """Read all changes as JSON Lines; return seconds, rows, and by how much workers grew at most meanwhile, in MiB."""
    address = f"http://127.0.0.1:{options.port}/api/v1/changes"
    for _ in range(20):  # so that every worker has loaded what a request loads
        urllib.request.urlopen(f"{address}?limit=1").read()
    reset_peaks()
    before, started, rows = peaks(), time.monotonic(), 0
    asked = urllib.request.Request(address, headers={"Accept": "application/jsonl"})
    with urllib.request.urlopen(asked) as answer:
        for _ in answer:
            rows += 1
    seconds, after = time.monotonic() - started, peaks()
    grown = max(after[pid] - before.get(pid, 0) for pid in after)
    found = {"rows": rows, "seconds": round(seconds, 1), "peak_mib": max(after.values()) // 1024}
    found["grown_mib"] = round(grown / 1024, 1)
    say(f"stream: {found}")
    return found


def peaks() -> dict[int, int]:
    """Return the peak of resident memory in KiB of every process of the site, by its id."""
    found = {}
    for folder in _processes():
        with contextlib.suppress(OSError):
            status = (folder / "status").read_text()
            found[int(folder.name)] = int(status.partition("VmHWM:")[2].split()[0])
    return found


def reset_peaks() -> None:
    """Let the peaks of the site's processes begin anew at what they hold now (proc(5), clear_refs)."""
    for folder in _processes():
        (folder / "clear_refs").write_text("5")


def _processes() -> list[Path]:
    """Return the folders in /proc of the site's processes."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"gunicorn" in (folder / "cmdline").read_bytes() and _is_ours(folder):
                found.append(folder)
    return found


def missed(found: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """Return which of the budgets were missed, as sentences."""
    export, stream = found["export"], found["stream"]
    told = {
        f"The export took {export['seconds']} s; it may take {SECONDS}.": export["seconds"] > SECONDS,
        f"The export took {export['peak_mib']} MiB; it may take {MIB}.": export["peak_mib"] > MIB,
        f"{stream['rows']:,} changes were streamed of {options.changes:,}.": stream["rows"] < options.changes,
        f"A worker grew by {stream['grown_mib']} MiB while it streamed; it may by {GROWN}.": stream["grown_mib"]
        > GROWN,
    }
    return [sentence for sentence, is_so in told.items() if is_so]


def _is_ours(folder: Path) -> bool:
    return f"VAR_DIR={FOLDER}".encode() in (folder / "environ").read_bytes().split(b"\0")


def main() -> int:
    """Run the benchmark; 0 when all budgets were kept, 1 when one was missed or it could not run, 130 after Ctrl-C."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment(options.port)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.api.settings"
    try:
        with instance.hold(FOLDER):
            instance.check_port("127.0.0.1", options.port)
            django.setup()
            found = run(options)
    except (instance.AlreadyRunning, instance.PortTaken, embedded.ServerProblem, RuntimeError) as error:
        say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        say("stopped; nothing was left running")
        return 130
    options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for sentence in (wrong := missed(found, options)):
        say(f"Missed: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
