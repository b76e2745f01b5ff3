"""What goes wrong."""

from __future__ import annotations

import random
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from core import embedded, processes
from tests.chaos.app import LEASE
from tests.chaos.servers import Program, World, beat

FROZEN = LEASE + 2.5  # seconds: its leases run out meanwhile and others do its work


class Faults:
    """The faults of one run, drawn by a seeded generator. Each returns whether it could be done now."""

    def __init__(self, world: World, folder: Path, forget: Callable[[], None], draw: random.Random) -> None:
        self.world, self.folder, self.forget, self.draw = world, folder, forget, draw
        self.kinds: dict[str, Callable[[], bool]] = {
            "worker killed": self.worker_killed,
            "one child killed": self.child_killed,
            "worker asked to stop": self.worker_stopped,
            "worker frozen past its lease": self.worker_frozen,
            "broker killed, its data gone": self.broker_lost,
            "broker emptied": self.broker_emptied,
            "database crashed": self.database_crashed,
            "a second scheduler": self.second_beat,
        }

    def _named(self, name: str) -> Program:
        return next(program for program in self.world.programs if program.name == name)

    def _worker(self) -> Program | None:
        able = [one for one in self.world.programs if one.name.startswith("worker") and one.pid]
        able = [one for one in able if not one.frozen_until and one.children()]
        return self.draw.choice(able) if able else None

    def worker_killed(self) -> bool:
        """kill -9 a worker with its children."""
        found = self._worker()
        if found:
            self.world.kill(found)
        return found is not None

    def child_killed(self) -> bool:
        """kill -9 one child of a worker."""
        found = self._worker()
        return found is not None and processes.send(self.draw.choice(found.children()), signal.SIGKILL)

    def worker_stopped(self) -> bool:
        """SIGTERM, as a deployment does."""
        found = self._worker()
        if found:
            self.world.ask_to_stop(found)
        return found is not None

    def worker_frozen(self) -> bool:
        """SIGSTOP for longer than a lease, then SIGCONT: it goes on in the belief that its work is its own."""
        if any(program.frozen_until for program in self.world.programs):
            return False  # somebody has to do the work
        found = self._worker()
        if found:
            self.world.freeze(found, FROZEN)
        return found is not None

    def broker_lost(self) -> bool:
        """kill -9 the broker; it comes back with nothing."""
        broker = self._named("broker")
        self.world.kill(broker)
        if broker.child is not None:
            broker.child.wait(10)
        self.forget()
        return True

    def broker_emptied(self) -> bool:
        """FLUSHALL under running workers."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(2)
            try:
                link.connect(str(embedded.broker_socket(self.folder)))
                link.sendall(b"FLUSHALL\r\n")
                return link.recv(16).startswith(b"+OK")
            except OSError:
                return False

    def database_crashed(self) -> bool:
        """Stop PostgreSQL at once, without a checkpoint; it recovers from its log."""
        database = self._named("database")
        return bool(database.pid and database.ready(database.pid)) and processes.send(database.pid, signal.SIGQUIT)

    def second_beat(self) -> bool:
        """Start another scheduler, which stays; later ones are killed and come back."""
        extra = [program for program in self.world.programs if program.name == "beat-2"]
        if extra:
            self.world.kill(extra[0])
        else:
            self.world.start(beat(2, self.folder))
        return True
