"""A headless Chromium for the browser tests. None found: skipped aloud, or failed with E2E_REQUIRED=1."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.chromium import ARGUMENTS
from tests.conftest import NO_CHROMIUM, find_chromium

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
GIVEN = {"DEBUG", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}  # what a site of these tests does not take over


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


WATCH = 'addEventListener("securitypolicyviolation", e => blockedByPolicy(`${e.violatedDirective} ${e.blockedURI}`))'


@pytest.fixture(autouse=True)
def _nothing_is_blocked(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every page that a test opens say what the content security policy blocked on it; it must be nothing."""
    blocked: list[str] = []
    new_context = browser.new_context

    def watched(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.expose_binding("blockedByPolicy", lambda source, what: blocked.append(f"{source['page'].url} {what}"))
        context.add_init_script(WATCH)
        return context

    monkeypatch.setattr(browser, "new_context", watched)
    yield
    assert blocked == []


@pytest.fixture(autouse=True)
def _answers_are_given(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the database after a test only when the live server has answered what its pages still asked.

    A browser that closes a page does not end what the server does for it: emptying beside it is a deadlock.
    """
    if "live_server" in request.fixturenames:
        request.getfixturevalue("transactional_db")
    yield
    if "live_server" in request.fixturenames:
        deadline = time.monotonic() + 10
        while _at_work() and time.monotonic() < deadline:
            time.sleep(0.02)


def _at_work() -> bool:
    """Say whether another connection to this database is in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle')"
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole session."""
    path = find_chromium()
    if path is None:
        if os.environ.get("E2E_REQUIRED") == "1":
            pytest.fail(f"E2E_REQUIRED=1, but {NO_CHROMIUM}", pytrace=False)
        pytest.skip(NO_CHROMIUM)
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread and Django would refuse the database because of it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=path, args=["--headless", *ARGUMENTS])
            yield chromium
            chromium.close()


@pytest.fixture(scope="session")
def site(django_db_blocker: Any) -> Iterator[str]:
    """The address of the whole site, as `manage.py up` runs it on a database of its own, with the real seed."""
    with running_site("e2e") as (address, _folder):
        yield address


@contextmanager
def running_site(name: str, *arguments: str, **environment: str) -> Iterator[tuple[str, Path]]:
    """Run `manage.py up` with `arguments` on a database and a broker of its own; yields its address and its folder.

    On the broker of the tests its workers would take messages that a test sends and counts.
    """
    given = settings.DATABASES["default"]
    login = {"host": given["HOST"], "port": given["PORT"] or "5432", "user": given["USER"]}
    database = f"{name}_{os.getpid()}"
    with (
        psycopg.connect(**login, password=given["PASSWORD"], dbname="postgres", autocommit=True) as db,
        tempfile.TemporaryDirectory(prefix=f"ai-apps-{name}-") as folder,
    ):
        db.execute(f"CREATE DATABASE {database}")
        address = (
            f"postgresql://{login['user']}:{given['PASSWORD']}@/{database}?host={login['host']}&port={login['port']}"
        )
        port = free()
        env = {
            **{key: value for key, value in os.environ.items() if key.removesuffix("_FILE") not in GIVEN},
            "DATABASE_URL": address,
            "VAR_DIR": folder,
            "PORT": str(port),
            "PROBES_SCHEDULED": "0",
            **environment,
        }
        command = [sys.executable, "manage.py", "up", *arguments]
        with (Path(folder) / "up.log").open("w+", encoding="utf-8") as log:
            up = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
            try:
                wait_until_ready(up, Path(log.name))
                yield f"http://127.0.0.1:{port}", Path(folder)
            finally:
                up.terminate()
                up.wait(20)
        db.execute(f"DROP DATABASE {database} WITH (FORCE)")


def wait_until_ready(up: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the supervisor says so; fail with its words when it ends or needs over two minutes."""
    deadline = time.monotonic() + 120
    while "Ready: http" not in log.read_text(encoding="utf-8"):
        if up.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"manage.py up did not become ready:\n{log.read_text(encoding='utf-8')[-4000:]}", pytrace=False)
        time.sleep(0.1)


def free() -> int:
    """Return a TCP port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in a context of its own (no cookies of other tests)."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    fresh = context.new_page()
    fresh.set_default_timeout(10_000)
    yield fresh
    context.close()


def violations(page: Page) -> list[tuple[str, list[Any]]]:
    """Return what axe-core finds on a page: the names of broken rules, each with up to three places."""
    # All rules run; only what nobody reads, the places where rules were kept, is not gathered (40 % of the time).
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found.response["violations"]]
