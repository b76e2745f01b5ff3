"""The programs of a chaos run: kept up by hand, so that they can be ended by hand."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from core import processes
from core.postgres import Postgres
from core.processes import Command
from core.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 0.3  # seconds before a program that ended is started again
PATIENCE = 6.0  # seconds that a program asked to stop has before it is ended


@dataclass
class Program:
    """One program. It is started again when it ends, like the supervisor of the site does."""

    name: str
    command: Callable[[], Command]
    ready: Callable[[int], bool] = lambda _pid: True
    child: Popen[bytes] | None = None
    frozen_until: float = 0.0
    _ended: float = 0.0
    _asked: float = 0.0

    @property
    def pid(self) -> int:
        """Its process, 0 while it is down."""
        return self.child.pid if self.child and self.child.poll() is None else 0

    def children(self) -> list[int]:
        """Return the processes that it started itself."""
        if not self.pid:
            return []
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return [int(word) for word in text.split()]


@dataclass
class World:
    """All programs of a run in one folder."""

    folder: Path
    programs: list[Program] = field(default_factory=list)

    def start(self, program: Program) -> None:
        """Start a program and keep it up from now on; wait until it is ready. Raises RuntimeError."""
        self.programs.append(program)
        self._spawn(program)
        deadline = time.monotonic() + 60
        while not (program.pid and program.ready(program.pid)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{program.name} does not start; see {self.log(program)}")
            time.sleep(0.05)

    def log(self, program: Program) -> Path:
        """Return where a program's words go."""
        return self.folder / f"{program.name}.log"

    def tend(self) -> None:
        """Thaw what was frozen long enough, end what does not stop, start again what has ended."""
        now = time.monotonic()
        for program in self.programs:
            if program.frozen_until and program.frozen_until <= now:
                self._signal(program, signal.SIGCONT)
                program.frozen_until = 0.0
            if program.pid:
                if program._asked and program._asked + PATIENCE < now:
                    self.kill(program)
                continue
            if not program._ended:
                program._ended, program._asked = now, 0.0
                self._bury(program)
            elif program._ended + PAUSE <= now:
                self._spawn(program)

    def kill(self, program: Program) -> None:
        """End a program at once, and what it leaves behind, as a machine that loses its power would."""
        self._signal(program, signal.SIGKILL)

    def ask_to_stop(self, program: Program) -> None:
        """Send SIGTERM; the program may finish what it is at."""
        program._asked = time.monotonic()
        processes.send(program.pid, signal.SIGTERM)

    def freeze(self, program: Program, seconds: float) -> None:
        """Let a program and its children stand still for a while."""
        program.frozen_until = time.monotonic() + seconds
        self._signal(program, signal.SIGSTOP)

    def stop(self) -> None:
        """End everything, the servers last."""
        for program in reversed(self.programs):
            if program.child is not None:
                self._bury(program)

    def _signal(self, program: Program, number: int) -> None:
        if program.pid:
            processes.send(program.pid, number, group=True)

    def _bury(self, program: Program) -> None:
        if program.child is not None:
            processes.send(program.child.pid, signal.SIGKILL, group=True)
            program.child.wait(10)

    def _spawn(self, program: Program) -> None:
        with self.log(program).open("ab") as out:
            program.child = processes.spawn(program.command(), stdout=out.fileno())
        program._ended = 0.0


def postgres(folder: Path) -> Program:
    """Return the database, durable as in production."""
    server = Postgres(folder)
    server.prepare()
    return Program("database", server.command, server.ready)


def valkey(folder: Path) -> tuple[Program, Callable[[], None]]:
    """Return the broker, and what makes it forget everything while it is down."""
    server = Valkey(folder)
    server.prepare()

    def forget() -> None:
        shutil.rmtree(server.data_dir / "appendonlydir", ignore_errors=True)

    return Program("broker", server.command, server.ready), forget


def python(name: str, *arguments: str) -> Program:
    """Return a program of this Python in the project's folder, with our environment."""
    return Program(
        name, lambda: Command([sys.executable, *arguments], dict(os.environ), ROOT, death_signal=signal.SIGKILL)
    )


def worker(number: int) -> Program:
    """Return one of the workers, with two children."""
    name = f"worker-{number}"
    return python(
        name, "-m", "celery", "-A", "tests.chaos.app", "-q", "worker", "--loglevel", "WARNING", "--concurrency", "2",
        "--without-gossip", "--without-mingle", "--hostname", f"{name}@chaos",
    )  # fmt: skip


def beat(number: int, folder: Path) -> Program:
    """Return one of the schedulers."""
    return python(
        f"beat-{number}", "-m", "celery", "-A", "tests.chaos.app", "-q", "beat", "--loglevel", "WARNING",
        "--pidfile", "", "--schedule", str(folder / f"beat-{number}"),
    )  # fmt: skip
