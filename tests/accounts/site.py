"""The site as it is served: a gunicorn of two processes with a database, a Valkey and accounts of its own."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from core import processes
from tests.core.valkeys import OwnValkey

ROOT = Path(__file__).resolve().parents[2]
FILL = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.people import person, with_app
with_app(person("ana@example.com")); person("ben@example.com")
"""
Answer = tuple[int, dict[str, str], str]


class Visitor:
    """A browser with an address of its own inside 127.0.0.0/8; keeps cookies and the token of forms."""

    def __init__(self, port: int, address: str) -> None:
        self.port, self.address = port, address
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        """Send one request and return status, cookies that were set and body."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({"csrfmiddlewaretoken": self.token, **form}) if form is not None else ""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, 60, source_address=(self.address, 0))
        try:
            connection.request(method, path, body, given)
            response = connection.getresponse()
            lines = response.headers.get_all("Set-Cookie") or []
            set_now = dict(line.split(";")[0].split("=", 1) for line in lines)
            return response.status, set_now, response.read().decode()
        finally:
            connection.close()

    def go(self, method: str, path: str, form: dict[str, str] | None = None) -> int:
        """Send a request as a browser does and return the status."""
        status, cookies, page = self.ask(method, path, form)
        self.cookies |= cookies
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        self.token = found[1] if found else self.token
        return status


def at_once(visitor: Visitor, path: str, form: dict[str, str], addresses: list[str]) -> Counter[int]:
    """Send the same form from every address at the same moment, with headers that name others; count the statuses."""
    statuses, barrier = list[int](), threading.Barrier(len(addresses))

    def one(number: int, address: str) -> None:
        other = Visitor(visitor.port, address)
        other.cookies, other.token = visitor.cookies, visitor.token
        lie = f"198.51.100.{number}"
        barrier.wait()
        answer = other.ask("POST", path, form, X_Forwarded_For=lie, Forwarded=f"for={lie}", X_Real_IP=lie)
        statuses.append(answer[0])

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(addresses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


@pytest.fixture
def served(free_port: int, own_valkey: OwnValkey, given_database: str, tmp_path: Path) -> Iterator[int]:
    """The port of the site; `ana` has an app, `ben` a password alone."""
    env = {
        "PATH": "/usr/bin:/bin",
        "VAR_DIR": str(tmp_path),
        "PORT": str(free_port),
        "WEB_WORKERS": "2",
        "WEB_THREADS": "8",
        "SECRET_KEY": "k" * 50,
        "DEBUG": "1",  # no static files have to be collected
        "DATABASE_URL": given_database,
        "REDIS_URL": own_valkey.url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    subprocess.run([sys.executable, "-c", FILL], cwd=ROOT, env=env, check=True, timeout=100)
    argv = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi:application"]
    with (tmp_path / "log").open("wb") as log:
        child = processes.spawn(processes.Command(argv, env, ROOT), stdout=log.fileno())
    deadline = time.monotonic() + 60
    while not answers(free_port):
        assert child.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.1)
    yield free_port
    stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """Let a server end, by force where it does not."""
    processes.send(child.pid, signal.SIGTERM)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        processes.send(child.pid, signal.SIGKILL, group=True)
        child.wait(5)


def answers(port: int) -> bool:
    """Say whether the site is up."""
    try:
        return Visitor(port, "127.0.0.1").ask("GET", "/healthz")[0] == 200
    except (OSError, http.client.HTTPException):  # a port that nobody has may answer itself
        return False
