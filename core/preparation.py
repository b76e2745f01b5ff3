"""What has to be done between "the database runs" and "the site may answer"; each step says what it took."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

STAMPS = "prepared.json"
# Named by their paths: core knows no app, so it imports none.
ROLES, DEMO_ACCOUNTS = "accounts.roles.ensure", "accounts.demo.ensure"
ERASURES = "accounts.privacy.erasing.reapply"  # a restored backup brings nobody back


def prepare(*, seed: bool, out: TextIO) -> None:
    """Bring database, seed and static files up to date, doing only what changed since the last time.

    Writes one line a step to `out`. Raises CommandError with what to do when a step cannot be done.
    """
    stamps = _read_stamps()
    _step("static files", lambda: collect_static(stamps), out)
    _step("migrations", lambda: migrate(out), out)
    _step("roles", import_string(ROLES), out)
    _step("erasures", import_string(ERASURES), out)
    if seed:
        _step("catalog", lambda: load_catalog(stamps, out), out)
    if settings.DEBUG:
        _step("demo accounts", lambda: str(import_string(DEMO_ACCOUNTS)(settings.VAR_DIR)), out)
    fresh = settings.VAR_DIR / f"{STAMPS}.new"
    fresh.write_text(json.dumps(stamps), encoding="utf-8")
    fresh.replace(settings.VAR_DIR / STAMPS)


def _step(name: str, work: Callable[[], str], out: TextIO) -> None:
    began = time.monotonic()
    try:
        done = work()
    except OperationalError as error:
        where = "DATABASE_URL" if settings.DATABASE_URL else str(settings.VAR_DIR / "pgdata")
        raise CommandError(f"The database cannot be used: {str(error).strip()}\nCheck {where}.") from error
    except DatabaseError as error:
        raise CommandError(f"{name}: the database refused: {error}") from error
    except OSError as error:
        raise CommandError(f"{name}: {error.filename} cannot be used: {error.strerror}.") from error
    out.write(f"{name}: {done} ({time.monotonic() - began:.1f} s)\n")
    out.flush()


def migrate(out: TextIO) -> str:
    """Apply what is missing; return a summary."""
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not missing:
        return "nothing to apply"
    out.write(f"migrations: applying {missing} ...\n")
    out.flush()
    call_command("migrate", interactive=False, verbosity=0)
    return f"{missing} applied"


def load_catalog(stamps: dict[str, str], out: TextIO) -> str:
    """Load the seed catalog unless just these files were loaded into just this database; return a summary.

    Files that cannot be loaded stop a first start only: a catalog that is there already is served on.
    """
    folder = Path(apps.get_app_config("catalog").path)
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    mark = f"{digest(files)} {_database_mark()}"
    if stamps.get("catalog") == mark:
        return "unchanged"
    out.write("catalog: loading ...\n")
    out.flush()
    try:
        call_command("load_catalog", stdout=out, stderr=out)
    except (CommandError, DatabaseError) as error:
        if not apps.get_model("catalog.Tool")._default_manager.exists():
            raise
        out.write(f"catalog: {error}\ncatalog: the site goes on with what was loaded before.\n")
        return "NOT loaded"
    stamps["catalog"] = mark
    return "loaded"


def collect_static(stamps: dict[str, str]) -> str:
    """Copy, hash and compress the static files when one of them changed; return a summary."""
    found = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
    mark = f"{digest(found)} {settings.STATIC_ROOT}"
    if stamps.get("static") == mark and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return "unchanged"
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamps["static"] = mark
    return f"{len(found)} collected"


def digest(files: Iterable[Path]) -> str:
    """Return a digest of the names, sizes and times of `files`."""
    total = hashlib.sha256()
    for file in sorted(files):
        state = file.stat()
        total.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def _database_mark() -> str:
    """Return what tells this database from one that is made anew at the same address."""
    with connection.cursor() as cursor:
        # The moment of the first migration, to the microsecond: a database made anew has another.
        cursor.execute("SELECT current_database(), min(applied)::text FROM django_migrations")
        return " ".join(map(str, cursor.fetchone() or ()))


def _read_stamps() -> dict[str, str]:
    try:
        stamps = json.loads((settings.VAR_DIR / STAMPS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(mark) for name, mark in stamps.items()} if isinstance(stamps, dict) else {}
