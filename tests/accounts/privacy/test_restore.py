"""The drill: somebody is erased, the backup from before is restored, the ledger is applied, and they are gone again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from core.pgbinaries import choose

pytestmark = pytest.mark.datalayer
ROOT = Path(__file__).resolve().parents[3]
HEAD = """
import django
django.setup()
import datetime as dt
from django.test.utils import setup_test_environment
from django.utils import timezone
setup_test_environment()
from accounts.models import User
from accounts.privacy import erasing
from tests.accounts.privacy.somebody import known_everywhere, mails_are_out, traces
"""
MAKE = "print(known_everywhere()[0].public_id); known_everywhere('ben@example.com')"
ERASE = """
erasing.ask(user=User.objects.get(email='ana@example.com'))
print(erasing.erase_due(at=timezone.now() + dt.timedelta(days=15)), mails_are_out() > 0)
"""
LOOK = "print(*(len(traces(one)) for one in ('ana@example.com', 'ben@example.com')))"


def tool(name: str) -> str:
    """Return the path of a program of PostgreSQL that fits the server of the tests."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        found = shutil.which(name)
    else:
        found = str(choose(settings.VAR_DIR / "pgdata").path(name))
    return found or pytest.skip(f"{name} is not on this machine")


@pytest.fixture
def run(given_database: str, tmp_path: Path) -> Callable[..., str]:
    """Run a program on a database of its own; returns what it said."""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("DATABASE_URL")},
        "DATABASE_URL": given_database,
        "ERASURE_LEDGER": str(tmp_path / "beside" / "erasures.jsonl"),
        "VAR_DIR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": settings.LIMITS_STORE,
        "LIMITS_SCALE": "1000",
    }

    def run_it(*argv: str) -> str:
        done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run_it


def test_who_comes_back_with_a_backup_is_erased_again(
    run: Callable[..., str], given_database: str, tmp_path: Path
) -> None:
    manage, code = (sys.executable, "manage.py"), (sys.executable, "-c")
    dump = str(tmp_path / "before.dump")
    run(*manage, "migrate", "--noinput", "--verbosity=0")
    public = run(*code, HEAD + MAKE)
    run(tool("pg_dump"), "--format=custom", f"--file={dump}", given_database)
    assert run(*code, HEAD + ERASE) == "1 True"
    assert run(*code, HEAD + LOOK).split()[0] == "0"
    head = next(line.split()[-1] for line in run(*manage, "audit", "verify").splitlines() if "head:" in line)

    name = given_database.partition("@/")[2].partition("?")[0]
    with psycopg.connect(given_database.replace(f"/{name}?", "/postgres?"), autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")
        db.execute(f"CREATE DATABASE {name}")
    run(tool("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={given_database}", dump)
    assert run(*code, HEAD + LOOK).split()[0] != "0"  # back

    assert run(*manage, "erasures", "apply") == "erasures: 1 account that came back with the database erased again"
    ana, ben = map(int, run(*code, HEAD + LOOK).split())
    assert (ana, ben > 0) == (0, True)  # and nobody else
    look = f"u = User.objects.get(public_id='{public}'); print(u.email, u.is_active, u.erased_at is not None)"
    assert run(*code, HEAD + look) == f"{public}@erased.invalid False True"
    assert run(*manage, "audit", "verify").startswith("The audit log is intact: events 1 to ")
    assert run(*manage, "erasures", "apply") == "erasures: nobody came back"
    told = subprocess.run(  # that the database is older than what was published is seen, as it should be
        [*manage, "audit", "verify", "--head", head], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "DATABASE_URL": given_database},
    )  # fmt: skip
    assert (told.returncode, "tampered" in told.stderr) == (1, True)
