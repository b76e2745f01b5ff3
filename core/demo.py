"""What `make demo` adds to the site: a zoo of loopback endpoints that the demonstration tools point to."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path

from django.conf import settings

from core.processes import Command
from core.supervisor import Program

HOST = "127.0.0.1"
# What another terminal has to know to work on the demonstration; the latter only where they are set.
OWN = ("VAR_DIR", "PORT", "DEBUG", "PROBE_ALLOW_NETS", "PROBE_RESOLVER", "PROBE_PORTS", "PROBE_CA_FILE")
GIVEN = ("SITE_URL", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


class Demo:
    """The zoo beside a site. Its settings go into the environment, which every program of the site inherits."""

    def __init__(self, var_dir: Path) -> None:
        """Choose free ports and tell the site's programs, through os.environ, to probe there (debug mode only)."""
        self.folder = var_dir / "zoo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tools = self.folder / "demo.json"
        self.env = var_dir / "env"
        self._http, self._tls, self._dns = _free_ports()
        os.environ["PROBE_ALLOW_NETS"] = f"{HOST}/32"
        os.environ["PROBE_RESOLVER"] = f"{HOST}:{self._dns}"
        os.environ["PROBE_PORTS"] = f"80={self._http},443={self._tls}"
        os.environ["PROBE_CA_FILE"] = str(self.folder / "zoo-ca.pem")
        os.environ.setdefault("PROBES_SCHEDULED", "1")

    def write_environment(self) -> str:
        """Write what `manage.py` in another terminal needs, as shell text; return the line that reads it."""
        values = dict(os.environ) | {"PORT": str(settings.PORT), "DEBUG": "1"}
        names = [*OWN, *(name for given in GIVEN for name in (given, f"{given}_FILE") if values.get(name))]
        lines = [f"export {name}={shlex.quote(values[name])}" for name in names]
        self.env.unlink(missing_ok=True)
        with open(os.open(self.env, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, f"unset {' '.join(f'{name}_FILE' for name in OWN)}", ""]))
        shown = os.path.relpath(self.env, settings.BASE_DIR) if self.env.is_relative_to(settings.BASE_DIR) else self.env
        return f". {shlex.quote(str(shown))}"

    def forget_environment(self) -> None:
        """Delete it: the ports are other ones at the next start."""
        self.env.unlink(missing_ok=True)

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
