"""`make bench-verify`: how many checks per second the verification engine sustains, and what one costs.

Three workers with two processes each, the scheduler, PostgreSQL and Valkey as in production; the tools' APIs are fakes
on loopback, each at a registrable domain of its own, so that politeness asks for no pause. Works in var/bench-verify:
nothing of a running site is touched. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from core import embedded, instance
from core.processes import Command

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "bench-verify"
WORKERS, CHILDREN = 3, 2
TARGET = 20.0  # checks per second
SAMPLE = 20  # checks made in this process, to count their statements
STUCK = 60.0  # seconds without a result after which we give up


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench-verify", description=__doc__)
    parser.add_argument("--interfaces", type=int, default=2_000, help="how many are checked once (%(default)s)")
    parser.add_argument("--sweep", type=int, help="the same for a whole catalog, for example 31000")
    parser.add_argument("--json", type=Path, default=FOLDER / "verify.json", help="where the figures go (%(default)s)")
    return parser.parse_args()


def environment() -> None:
    """Give this process and its children a site of their own."""
    given = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "VAR_DIR")
    for name in [name for name in os.environ if name.removesuffix("_FILE") in given]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(FOLDER),
        "DEBUG": "1",  # for the PROBE_ settings that lead to loopback; bench/verify/app.py switches it off
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": "only-for-the-benchmark",
        "PYTHONWARNINGS": "ignore",
    }


def say(text: str) -> None:
    """Tell progress."""
    sys.stderr.write(f"{datetime.now().astimezone():%H:%M:%S} {text}\n")
    sys.stderr.flush()


def python(*arguments: str) -> Command:
    """Return the command for this Python with `arguments`, in the project's folder."""
    return Command([sys.executable, *arguments], dict(os.environ), ROOT)


@contextlib.contextmanager
def zoo() -> Iterator[None]:
    """Serve the tools' APIs, and point the probes of this process and of its children to them."""
    from bench.speed.servers import running  # noqa: PLC0415

    log = FOLDER / "zoo.log"
    log.unlink(missing_ok=True)
    command = python("-m", "tests.zoo", "--folder", str(FOLDER / "zoo"))
    with running(command, log, lambda _pid: "}" in log.read_text(), ((15, 3.0),)):
        os.environ.update(json.loads(log.read_text().partition("; ")[2]))
        yield


@contextlib.contextmanager
def workers() -> Iterator[list[list[int]]]:
    """Run workers and scheduler; give the processes of each worker."""
    from bench.speed.servers import running  # noqa: PLC0415
    from bench.verify import measure  # noqa: PLC0415

    celery = ("-m", "celery", "-A", "bench.verify.app", "-q")
    roots: list[int] = []

    def up(pid: int) -> bool:
        ready = len(measure.tree(pid)) >= CHILDREN + 1
        if ready and pid not in roots:
            roots.append(pid)
        return ready

    with contextlib.ExitStack() as stack:
        for number in range(WORKERS):
            command = python(
                *celery, "worker", "--loglevel", "WARNING", "--concurrency", str(CHILDREN), "--without-gossip",
                "--without-mingle", "--hostname", f"worker-{number}@bench",
            )  # fmt: skip
            stack.enter_context(running(command, FOLDER / f"worker-{number}.log", up, ((15, 3.0), (3, 2.0))))
        beat = python(*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "-s", str(FOLDER / "beat"))
        stack.enter_context(running(beat, FOLDER / "beat.log", lambda _pid: True, ((15, 3.0),)))
        yield [measure.tree(pid) for pid in roots]


def begin(tools: Any) -> dict[str, float]:
    """Begin a light run of each tool; return what that took."""
    from verification import services  # noqa: PLC0415

    before, since = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    begun = len(services.start_runs(tools, trigger="schedule", light=True))
    spent = time.monotonic() - since
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    say(f"{begun:,} runs begun in {spent:.1f} s, {grown:.0f} MB more than before")
    return {"begun": begun, "begin_seconds": spent, "begin_megabytes": grown}


def sample(tools: Any) -> list[str]:
    """Check a few tools in this process; return the statements that it took."""
    from django.conf import settings  # noqa: PLC0415

    from bench.verify import measure  # noqa: PLC0415
    from verification import services, work  # noqa: PLC0415

    for name in ("PROBE_ALLOW_NETS", "PROBE_RESOLVER", "PROBE_PORTS", "PROBE_CA_FILE"):
        setattr(settings, name, os.environ[name])
    services.start_runs(tools, trigger="schedule", light=True)
    with measure.statements() as seen:
        while (step := work.claim()) is not None:
            work.execute(step)
    return seen


def wait_until_done(total: int, pids: list[int]) -> list[float]:
    """Wait for the results, telling how it goes; return the memory of all workers in MB, each few seconds."""
    from bench.verify import measure  # noqa: PLC0415
    from verification.models import Run, StepResult  # noqa: PLC0415

    memory: list[float] = []
    before, since, moved = StepResult.objects.count(), time.monotonic(), time.monotonic()
    while Run.objects.filter(announced_at=None).exists():
        time.sleep(1.0 if total < 10_000 else 5.0)
        memory.append(measure.megabytes(pids))
        done = StepResult.objects.count()
        if done > before:
            say(f"{done:,} of {total:,}, {(done - before) / (time.monotonic() - since):.0f} checks/s")
            before, since, moved = done, time.monotonic(), time.monotonic()
        elif time.monotonic() - moved > STUCK:
            raise RuntimeError(f"nothing happened for {STUCK:.0f} s after {done:,} checks; see {FOLDER}")
    return memory


def run(count: int) -> dict[str, Any]:
    """Measure; return the figures."""
    from django.core.management import call_command  # noqa: PLC0415

    from bench.verify import measure, tools  # noqa: PLC0415
    from catalog.models import Tool  # noqa: PLC0415
    from verification.models import RunStep, StepResult  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    tools.create(count)
    everything = Tool.objects.order_by("pk").prefetch_related("plans", "interfaces")
    say(f"{count:,} tools made")
    broker = embedded.broker_socket(FOLDER)
    with zoo():
        seen = sample(everything[:SAMPLE])
        with workers() as processes:
            pids = [pid for worker in processes for pid in worker]
            cpu, sent, wrote = measure.cpu_seconds(pids), measure.pushes(broker), measure.written()
            memory = [measure.megabytes(pids)]
            result: dict[str, Any] = begin(everything[SAMPLE:])
            memory += wait_until_done(count, pids)
            cpu, sent = measure.cpu_seconds(pids) - cpu, measure.pushes(broker) - sent
            wrote_now = measure.written()
    checks = StepResult.objects.count() - SAMPLE
    times = StepResult.objects.order_by("-ended_at").values_list("ended_at", flat=True)
    spent = (times[0] - times[checks - 1]).total_seconds()
    pace = measure.windows()
    passed = StepResult.objects.filter(verdict="pass").count()
    return result | {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "checks": checks,
        "passed": passed - SAMPLE,
        "each_statement": seen[: len(seen) // SAMPLE],
        "seconds": spent,
        "per_second": checks / spent,
        "slowest_10_s": min(pace, default=0.0),
        "worker_cpu_ms": cpu * 1_000 / checks,
        "statements": len(seen) / SAMPLE,
        "messages": sent / checks,
        "wal_bytes": (wrote_now[0] - wrote[0]) / checks,
        "stored_bytes": (wrote_now[1]) / (checks + SAMPLE),
        "claimed_again": RunStep.objects.filter(attempt__gt=1).count(),
        "lost": RunStep.objects.exclude(state="done").count() + count - checks - SAMPLE,
        "memory_start_mb": memory[0],
        "memory_middle_mb": memory[len(memory) // 2],
        "memory_end_mb": memory[-1],
        "processes": len(pids),
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    rows = [
        ("checks", f"{found['checks']:,}, of which {found['passed']:,} passed"),
        ("checks per second", f"{found['per_second']:.1f} (target: {TARGET:.0f} or more)"),
        ("slowest 10 seconds", f"{found['slowest_10_s']:.1f} checks per second"),
        ("worker processor time of a check", f"{found['worker_cpu_ms']:.1f} ms"),
        ("SQL statements of a check, BEGIN and COMMIT not counted", f"{found['statements']:.1f}"),
        ("messages of a check, sweeps included", f"{found['messages']:.3f}"),
        ("write-ahead log of a check", f"{found['wal_bytes'] / 1024:.1f} KiB"),
        ("rows and indexes of a check, evidence included", f"{found['stored_bytes'] / 1024:.1f} KiB"),
        ("steps claimed more than once", f"{found['claimed_again']} (target: 0)"),
        ("steps lost", f"{found['lost']} (target: 0)"),
        (
            f"memory of a worker's process, mean of {found['processes']}",
            f"{found['memory_start_mb']:.0f} MB idle, {found['memory_middle_mb']:.0f} MB half-way,"
            f" {found['memory_end_mb']:.0f} MB at the end",
        ),
        (
            "beginning the runs",
            f"{found['begun']:,} in {found['begin_seconds']:.1f} s with {found['begin_megabytes']:.0f} MB more",
        ),
    ]
    lines = ["| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the benchmark; 0 when the targets are met, 1 when not or when it could not run, 130 after Ctrl-C."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment()
    try:
        with instance.hold(FOLDER):
            for name in ("pgdata", "valkey"):  # the last run's
                shutil.rmtree(FOLDER / name, ignore_errors=True)
            FOLDER.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
            from bench.speed import servers  # noqa: PLC0415

            with servers.stores(FOLDER):
                django.setup()
                found = run(options.sweep or options.interfaces)
    except (instance.AlreadyRunning, embedded.ServerProblem, RuntimeError) as error:
        say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        say("stopped; nothing was left running")
        return 130
    options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table(found))
    good = found["per_second"] >= TARGET and not found["claimed_again"] and not found["lost"]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
