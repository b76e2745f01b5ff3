"""What `make demo` adds to the site: a zoo of loopback endpoints that the demonstration tools point to."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from django.conf import settings

from core.processes import Command
from core.supervisor import Program

HOST = "127.0.0.1"


class Demo:
    """The zoo beside a site. Its settings go into the environment, which every program of the site inherits."""

    def __init__(self, var_dir: Path) -> None:
        """Choose free ports and tell the site's programs, through os.environ, to probe there (debug mode only)."""
        self.folder = var_dir / "zoo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tools = self.folder / "demo.json"
        self._http, self._tls, self._dns = _free_ports()
        os.environ["PROBE_ALLOW_NETS"] = f"{HOST}/32"
        os.environ["PROBE_RESOLVER"] = f"{HOST}:{self._dns}"
        os.environ["PROBE_PORTS"] = f"80={self._http},443={self._tls}"
        os.environ["PROBE_CA_FILE"] = str(self.folder / "zoo-ca.pem")

    def program(self) -> Program:
        """Return the zoo as a program to keep running; it is ready when it listens."""
        arguments = ["--folder", str(self.folder), "--http", str(self._http), "--tls", str(self._tls)]
        command = Command(
            [sys.executable, "-m", "tests.zoo", *arguments, "--dns", str(self._dns)],
            dict(os.environ),
            settings.BASE_DIR,
        )
        return Program("zoo", lambda: command, stage=1, ready=lambda _pid: _listens(self._http) and _listens(self._tls))


def _free_ports() -> tuple[int, int, int]:
    """Return three ports that are free now: two for TCP, one for UDP."""
    kinds = (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)
    held = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    for one in held:
        one.bind((HOST, 0))
    first, second, third = (int(one.getsockname()[1]) for one in held)
    for one in held:
        one.close()
    return first, second, third


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
