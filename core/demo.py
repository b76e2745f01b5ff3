"""What `make demo` adds to the site: a zoo of endpoints for its tools, and a stand-in for Stripe, all on loopback."""

from __future__ import annotations

import contextlib
import os
import secrets
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
PAYMENTS = ("STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
GIVEN = ("SITE_URL", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


class Demo:
    """The zoo beside a site. Its settings go into the environment, which every program of the site inherits."""

    def __init__(self, var_dir: Path) -> None:
        """Choose free ports and tell the site's programs, through os.environ, to probe there (debug mode only)."""
        self.folder = var_dir / "zoo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tools = self.folder / "demo.json"
        self.env = var_dir / "env"
        self._http, self._tls, stripe, self._dns = _free_ports()
        self._stripe = _kept(self.folder / "payments.port", stripe)
        os.environ["PROBE_ALLOW_NETS"] = f"{HOST}/32"
        os.environ["PROBE_RESOLVER"] = f"{HOST}:{self._dns}"
        os.environ["PROBE_PORTS"] = f"80={self._http},443={self._tls}"
        os.environ["PROBE_CA_FILE"] = str(self.folder / "zoo-ca.pem")
        os.environ.setdefault("PROBES_SCHEDULED", "1")
        self.pays = not (settings.STRIPE_SECRET_KEY or settings.STRIPE_API_BASE)  # else with what the operator named
        if self.pays:
            os.environ["STRIPE_API_BASE"] = f"http://{HOST}:{self._stripe}"
            os.environ["STRIPE_SECRET_KEY"] = "sk_test_demonstration"  # noqa: S105  # made up: the stand-in takes any
            os.environ["STRIPE_WEBHOOK_SECRET"] = f"whsec_{secrets.token_hex(16)}"

    def write_environment(self) -> str:
        """Write what `manage.py` in another terminal needs, as shell text; return the line that reads it."""
        values = dict(os.environ) | {"PORT": str(settings.PORT), "DEBUG": "1"}
        names = [
            *OWN,
            *(PAYMENTS if self.pays else ()),
            *(name for given in GIVEN for name in (given, f"{given}_FILE") if values.get(name)),
        ]
        lines = [f"export {name}={shlex.quote(values[name])}" for name in names]
        unset = " ".join(f"{name}_FILE" for name in (*OWN, *(PAYMENTS if self.pays else ())))
        self.env.unlink(missing_ok=True)
        with open(os.open(self.env, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, f"unset {unset}", ""]))
        shown = os.path.relpath(self.env, settings.BASE_DIR) if self.env.is_relative_to(settings.BASE_DIR) else self.env
        return f". {shlex.quote(str(shown))}"

    def forget_environment(self) -> None:
        """Delete it: the ports are other ones at the next start."""
        self.env.unlink(missing_ok=True)

    def programs(self) -> list[Program]:
        """Return the zoo and the stand-in as programs to keep running; they are ready when they listen."""
        return [self._zoo(), *([self._stand_in()] if self.pays else [])]

    def _stand_in(self) -> Program:
        webhook = f"http://{HOST}:{settings.PORT}/featured/stripe/webhook/"
        arguments = ["--port", str(self._stripe), "--webhook", webhook, "--state", str(self.folder / "payments.json")]
        # it probes nothing, and may start before the zoo has written what probes trust
        env = {name: value for name, value in os.environ.items() if name != "PROBE_CA_FILE"}
        command = Command([sys.executable, "manage.py", "stripe_standin", *arguments], env, settings.BASE_DIR)
        return Program("payments", lambda: command, stage=1, ready=lambda _pid: _listens(self._stripe))

    def _zoo(self) -> Program:
        arguments = ["--folder", str(self.folder), "--http", str(self._http), "--tls", str(self._tls)]
        command = Command(
            [sys.executable, "-m", "tests.zoo", *arguments, "--dns", str(self._dns)],
            dict(os.environ),
            settings.BASE_DIR,
        )
        return Program("zoo", lambda: command, stage=1, ready=lambda _pid: _listens(self._http) and _listens(self._tls))


def _free_ports() -> tuple[int, int, int, int]:
    """Return four ports that are free now: three for TCP, one for UDP."""
    kinds = (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)
    held = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    for one in held:
        one.bind((HOST, 0))
    first, second, third, fourth = (int(one.getsockname()[1]) for one in held)
    for one in held:
        one.close()
    return first, second, third, fourth


def _kept(file: Path, port: int) -> int:
    """Return the port that `file` names if nobody has it: orders remember the address of their page; else `port`."""
    with contextlib.suppress(OSError, ValueError, OverflowError), socket.socket() as held:
        kept = int(file.read_text(encoding="ascii"))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, kept))
        return kept
    file.write_text(str(port), encoding="ascii")
    return port


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
