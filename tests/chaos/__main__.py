"""`make chaos`: hundreds of steps while faults hit; then every step has one result, every run has ended.

Everything is real and on loopback, in a folder of its own: PostgreSQL, Valkey, two workers with two children each,
the scheduler, tools at http://tN.example/. Exit code 1 when something was lost, was done twice or took too long.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import django

from core import embedded
from tests.chaos import servers

T = TypeVar("T")
STEPS_OF_A_RUN = 5
RECOVERY = 60.0  # seconds after the last fault
WAVES = 4
GIVEN = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "VAR_DIR")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the faults, their order and their times (%(default)s)")
    parser.add_argument("--steps", type=int, default=600, help="at least so many (%(default)s)")
    parser.add_argument("--faults", type=int, default=24, help="how many (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    return parser.parse_args()


def environment(folder: Path) -> None:
    """Give this process and its children a site of their own in `folder`."""
    for name in GIVEN:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(folder),
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": "only-for-chaos",
        "CHAOS_LOG": str(folder / "events"),
        "PYTHONWARNINGS": "ignore",
    }


def say(text: str) -> None:
    """Tell progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@dataclass
class Story:
    """What happened, to be told at the end."""

    faults: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    drained: float = 0.0  # seconds from the last fault until everything had ended
    ended: bool = False


class Chaos:
    """One run of it."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.draw = random.Random(options.seed)
        self.world = servers.World(folder)
        self.story = Story()

    def run(self) -> bool:
        """Begin, break, wait, judge; return whether the engine kept its promises."""
        from tests.chaos.faults import Faults

        self.world.start(servers.postgres(self.folder))
        broker, forget = servers.valkey(self.folder)
        self.world.start(broker)
        tools = self._prepare()
        for number in (1, 2):
            self.world.start(servers.worker(number))
        self.world.start(servers.beat(1, self.folder))
        faults = Faults(self.world, self.folder, forget, self.draw)
        kinds = [list(faults.kinds)[number % len(faults.kinds)] for number in range(self.options.faults)]
        self.draw.shuffle(kinds)
        per_wave = -(-len(tools) // WAVES)
        waves = [tools[at : at + per_wave] for at in range(0, len(tools), per_wave)]
        self._begin(waves.pop(0))
        self._tend(3.0)
        for number, kind in enumerate(kinds, start=1):
            if waves and number * WAVES >= len(kinds) * (WAVES - len(waves)):
                self._begin(waves.pop(0))
            while not faults.kinds[kind]():
                self._tend(0.2)
            self.story.faults[kind] += 1
            say(f"{number:3} of {len(kinds)}  {kind:30} {self._progress()}")
            self._tend(self.draw.uniform(1.2, 3.4))
        for wave in waves:
            self._begin(wave)
        self._drain()
        return self._judge()

    def _prepare(self) -> list[int]:
        from django.core.management import call_command
        from django.db import connection

        from catalog import services
        from tests import make

        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE chaos_told (run_id bigint NOT NULL)")
        count = -(-self.options.steps // STEPS_OF_A_RUN)
        records = [make.record(slug=f"t{n}", homepage=f"http://t{n}.example/") for n in range(1, count + 1)]
        made = services.create_tools(records, categories=make.categories())
        zoo = servers.python("zoo", "-m", "tests.zoo", "--folder", str(self.folder / "zoo"))
        self.world.start(zoo)
        log, deadline = self.world.log(zoo), time.monotonic() + 30
        while "{" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.environ.update(json.loads(log.read_text().partition("; ")[2]))  # for the workers, which come now
        say(f"{count} tools, {count * STEPS_OF_A_RUN} steps, {self.options.faults} faults, seed {self.options.seed}")
        return [tool.pk for tool in made]

    def _begin(self, tools: list[int]) -> None:
        from catalog.models import Tool
        from verification import services

        chosen = Tool.objects.filter(pk__in=tools).prefetch_related("plans", "interfaces")
        self._patiently(lambda: services.start_runs(chosen.all(), trigger="command"))
        self.story.runs += len(tools)

    def _tend(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.world.tend()
            time.sleep(0.05)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the database, again while it is down. Raises what it says after 20 seconds."""
        from django.db import OperationalError, connection

        deadline = time.monotonic() + 20
        while True:
            try:
                return ask()
            except OperationalError:
                connection.close()
                if time.monotonic() > deadline:
                    raise
                self._tend(0.1)

    def _progress(self) -> str:
        from verification.models import RunStep

        done = self._patiently(lambda: RunStep.objects.filter(state="done").count())
        return f"{done} of {self.story.runs * STEPS_OF_A_RUN} steps done"

    def _drain(self) -> None:
        from verification.models import Run

        while any(program.frozen_until for program in self.world.programs):
            self._tend(0.1)
        since, told = time.monotonic(), 0.0
        while not self.story.ended and time.monotonic() < since + RECOVERY + 10:
            self._tend(0.2)
            untold = self._patiently(lambda: Run.objects.filter(announced_at=None).count())
            self.story.ended, self.story.drained = untold == 0, time.monotonic() - since
            if time.monotonic() > told + 5:
                told = time.monotonic()
                say(f"      after the last fault            {self._progress()}, {untold} runs under way")

    def _judge(self) -> bool:
        from tests.chaos import report

        events = Counter((self.folder / "events").read_text().split())
        found = report.judge(self.story.runs, STEPS_OF_A_RUN)
        late = not self.story.ended or self.story.drained > RECOVERY
        if late:
            found.misses.append(f"not everything had ended {RECOVERY:.0f} s after the last fault")
        sys.stdout.write(report.table(self.story.faults, events, found, self.story.drained))
        return not found.misses


def main() -> int:
    """Run it; 0 when nothing was lost or done twice, 1 when something was, 130 after Ctrl-C."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="ai-apps-chaos-"))
    folder.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
    environment(folder)
    django.setup()
    chaos = Chaos(folder, options)
    began = time.monotonic()
    try:
        good = chaos.run()
    except KeyboardInterrupt:
        say("stopped; nothing was left running")
        return 130
    except embedded.ServerProblem as error:
        say(f"Error: {error}")
        return 1
    finally:
        chaos.world.stop()
        if options.keep:
            say(f"everything that was said is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"{time.monotonic() - began:.0f} s in all")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
