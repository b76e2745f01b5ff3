"""A Valkey of a test's own, to be stopped, killed and counted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from core import processes, ratelimit
from core.valkey import Valkey


class OwnValkey:
    """A server in a folder of its own; `settings.LIMITS_STORE` is its address."""

    def __init__(self, folder: Path) -> None:
        self.server = Valkey(folder)
        self.server.prepare()
        self.url = f"unix://{self.server.socket}"
        self.child: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.child = processes.spawn(self.server.command(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self.server.ready(self.child.pid):
            assert self.child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def signal(self, number: int) -> None:
        """Send it a signal; after SIGKILL, wait until it is gone."""
        assert self.child is not None
        os.kill(self.child.pid, number)
        if number == signal.SIGKILL:
            self.child.wait(10)

    def client(self) -> redis.Redis:
        """Return a connection for the test itself."""
        return redis.Redis.from_url(self.url, decode_responses=True)


@pytest.fixture
def own_valkey(settings: Any) -> Iterator[OwnValkey]:
    """A running server that limits count on."""
    folder = Path("/tmp", f"ai-apps-limits-{os.getpid()}-{time.monotonic_ns()}")  # short enough for a socket
    folder.mkdir(mode=0o711)
    valkey = OwnValkey(folder)
    settings.LIMITS_STORE = valkey.url
    yield valkey
    ratelimit.store(valkey.url).client.close()
    ratelimit.store.cache_clear()
    assert valkey.child is not None
    if valkey.child.poll() is None:
        valkey.signal(signal.SIGKILL)
    shutil.rmtree(folder)
