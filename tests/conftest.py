"""The servers the suite runs against, and the rule that no test talks to the world outside.

pytest-django reads the settings before this file is loaded, so they are read once more here, after
VAR_DIR points to a temporary folder. With `-n` every worker has servers of its own, and its controller has none.
"""

from __future__ import annotations

import email
import email.message
import importlib
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import policy
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from _pytest.terminal import TerminalReporter
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_save
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from api import taxonomy, tool_rows
from catalog import bitmaps
from core import processes
from core.models import OutgoingMail
from core.postgres import STOP_SIGNALS, Postgres
from core.valkey import Valkey
from tests import emptying

# On a busy machine examples are made slowly, which says nothing of what is tested.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)  # fmt: skip
hypothesis.settings.load_profile("suite")
# One browser and one site; one zoo, whose slow animals are waited for side by side.
TOGETHER = ("tests/e2e", "tests/zoo")
NO_CHROMIUM = "no Chromium found (apt install chromium)"


class Servers:
    """PostgreSQL and Valkey of one test session, in a folder of their own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ai-apps-tests-"))
        self.folder.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
        self.children: list[tuple[subprocess.Popen[bytes], tuple[tuple[int, float], ...]]] = []

    def start(self) -> None:
        """Start what the environment names no address for."""
        if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
            database = Postgres(self.folder, durable=False)
            database.prepare()
            self._start(database.command(), database.ready, STOP_SIGNALS)
            # The site's role is no superuser, here as in production; what tests need beyond is granted by name:
            # switching triggers off, to show what happens without them.
            door = str(database.socket_dir)
            with psycopg.connect(host=door, user="postgres", dbname="postgres", autocommit=True) as superuser:
                superuser.execute("GRANT SET ON PARAMETER session_replication_role TO aiapps")
        if not broker_is_given():
            broker = Valkey(self.folder)
            broker.prepare()
            self._start(broker.command(), broker.ready, ((15, 2.0),))

    def _start(
        self, command: processes.Command, ready: Callable[[int], bool], signals: tuple[tuple[int, float], ...]
    ) -> None:
        log = self.folder / "servers.log"
        with log.open("ab") as out:
            child = processes.spawn(command, stdout=out.fileno())
        self.children.append((child, signals))
        deadline = time.monotonic() + 30
        while not ready(child.pid):
            if child.poll() is not None or time.monotonic() > deadline:
                raise pytest.UsageError(f"{command.argv[0]} did not start:\n{log.read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop everything and remove the folder."""
        for child, signals in reversed(self.children):
            processes.end([child.pid], [*signals, (9, 2.0)])
            child.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)


def broker_is_given() -> bool:
    """Tell whether the environment names a broker."""
    return any(os.environ.get(name + end) for name in ("REDIS_URL", "CELERY_BROKER_URL") for end in ("", "_FILE"))


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers and point Django at them, where tests run."""
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return  # the controller of workers
    servers = Servers()
    config.add_cleanup(servers.stop)
    os.environ["VAR_DIR"] = str(servers.folder)
    os.environ.pop("VAR_DIR_FILE", None)
    os.environ["PROBE_CANARIES"] = ""  # no test asks the world outside
    servers.start()
    read_settings_again()
    DatabaseOperations.sql_flush = emptying.sql_flush  # type: ignore[assignment,method-assign]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Let `-n auto` be one worker on a broker that is given: two would take each other's messages."""
    return 1 if broker_is_given() else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Give out files as a whole with `--dist loadfile`, and as one the folders whose files share a costly thing."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # in the order of the collection, not those with the most tests first
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the browser tests, which take one worker the longest, be given out first; give each test a name of its own.

    Schemathesis leaves the operation out of the ids of its tests, and of tests with one id xdist runs one.
    """
    for item in items:
        if item.name not in item.nodeid:
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))
    twice = [name for name, number in Counter(item.nodeid for item in items).items() if number > 1]
    if twice:
        raise pytest.UsageError(f"Several tests have one name, so that one of them would be run: {twice}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith("tests/e2e/"))


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Files, and the folders of `TOGETHER`, each for one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def read_settings_again() -> None:
    """Give Django the settings of the environment as it is now, and what only tests want."""
    fresh = importlib.reload(sys.modules["config.settings"])
    for name in dir(fresh):
        if name.isupper() and name != "DATABASES":
            setattr(settings, name, getattr(fresh, name))
    # The same dictionary: a connection that was made already (but not opened) looks into it.
    settings.DATABASES["default"].update(fresh.DATABASES["default"])
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.LIMITS_SCALE = 1_000  # the suite is one client; tests of limits set it back
    settings.SECOND_STEP_REQUIRED = (
        False  # `force_login` opens the admin; tests/accounts/test_second_step.py turns it on
    )
    settings.PAGE_CACHE_SECONDS = 0  # every request makes its page anew; tests/core/test_pagecache.py turns it on
    settings.REACH_SECONDS = 0  # nothing writes beside a test; those of tests/catalog/reach write when they want
    # The names without digests, from the sources: nothing has to be collected first.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**fresh.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def find_chromium() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    fixed = "/usr/bin/chromium"
    names = ("chromium", "chromium-browser", "google-chrome")
    return fixed if os.path.exists(fixed) else next(filter(None, map(shutil.which, names)), None)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say aloud when the browser tests did not run."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(one.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} browser tests were skipped: {NO_CHROMIUM}.")


def is_near(host: str | None) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return host in {None, "", "localhost"} or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse connections from Python to anything but this machine, and look-ups of other names."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(family: int, address: Any) -> None:
        if family in {socket.AF_INET, socket.AF_INET6} and not is_near(address[0]):
            raise RuntimeError(f"A test tried to connect to {address!r}: tests may use this machine only.")

    def near_connect(self: socket.socket, address: Any) -> None:
        check(self.family, address)
        connect(self, address)

    def near_connect_ex(self: socket.socket, address: Any) -> int:
        check(self.family, address)
        return connect_ex(self, address)

    def near_look_up(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not is_near(name) and not _is_number(name):
            raise RuntimeError(f"A test tried to look up {name!r}: tests may use this machine only.")
        return look_up(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", near_connect)
        patch.setattr(socket.socket, "connect_ex", near_connect_ex)
        patch.setattr(socket, "getaddrinfo", near_look_up)
        yield


def _is_number(host: str) -> bool:
    """Tell whether `host` is an address already: looking it up asks nobody."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def nothing_is_known_of_earlier_tests() -> None:
    """Forget what this process keeps of what earlier tests committed: one look is one statement then."""
    bitmaps._known.clear()
    taxonomy._kept.clear()
    tool_rows._rendered.clear()


@pytest.fixture(autouse=True)
def mails_can_be_read(settings: Any) -> Iterator[None]:
    """Write mails into the outbox as the site does, and show each in `django.core.mail.outbox` at once."""
    settings.EMAIL_BACKEND = "core.outbox.backend.EmailBackend"

    def show(instance: OutgoingMail, created: bool, **_: Any) -> None:
        if created and instance.message:
            mail.outbox.append(readable(bytes(instance.message)))

    post_save.connect(show, sender=OutgoingMail)
    yield
    post_save.disconnect(show, sender=OutgoingMail)


def readable(message: bytes) -> EmailMultiAlternatives:
    """Return the bytes of a mail as Django's object, which tests read."""
    parsed = email.message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, email.message.EmailMessage)
    words = {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in parsed.walk()
        if not part.is_multipart()
    }
    known = {"subject", "from", "to", "date", "message-id", "content-type", "content-transfer-encoding", "mime-version"}
    found = EmailMultiAlternatives(
        str(parsed["subject"]), words["text/plain"], str(parsed["from"]), [str(parsed["to"])],
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in known}
        | {"Message-ID": str(parsed["message-id"]), "Date": str(parsed["date"])},
    )  # fmt: skip
    if "text/html" in words:
        found.attach_alternative(words["text/html"], "text/html")
    return found


@pytest.fixture
def free_port() -> int:
    """A TCP port of this machine that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def given_database(settings: Any) -> Iterator[str]:
    """The address of an empty database on the server of this test run."""
    given = settings.DATABASES["default"]
    login = {"host": given["HOST"], "port": given["PORT"] or "5432", "user": given["USER"]}
    name = f"up_{os.getpid()}"
    with psycopg.connect(**login, password=given["PASSWORD"], dbname="postgres", autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://{login['user']}:{given['PASSWORD']}@/{name}?host={login['host']}&port={login['port']}"
        for tries in range(50):
            try:
                db.execute(f"DROP DATABASE {name} WITH (FORCE)")
                break
            except psycopg.errors.InsufficientPrivilege:  # the server's own worker is cleaning up in there just now
                if tries == 49:
                    raise
                time.sleep(0.2)
