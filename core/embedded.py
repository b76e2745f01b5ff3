"""Where the embedded PostgreSQL and Valkey of an installation are reached.

Pure functions of the var folder, standard library only, nothing is touched: `config/settings.py`, the
supervisor and the tests all compute the same addresses from the same folder. The servers themselves are
in `core/postgres.py` and `core/valkey.py`.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

DATABASE = "aiapps"
ROLE = "aiapps"  # owns the database; no superuser
PORT = 5432  # TCP is off; the number is only part of the socket's name

# A socket's path may be 107 bytes long on Linux and 103 on macOS (sun_path in unix(7), less the final NUL).
LONGEST = 103
_LONGEST_NAME = len(f"/pg/.s.PGSQL.{PORT}")


class ServerProblem(RuntimeError):
    """An embedded server cannot be used; the message says what happened, why and what to do."""


def socket_dir(var_dir: Path) -> Path:
    """Return the folder for the sockets of the installation in `var_dir`.

    `var_dir/run`, or, where that makes too long an address (or one that libpq would split at a comma), a
    folder under /tmp named after a digest of the path. Always /tmp, not $TMPDIR: a web process and a cron job must
    arrive at the same name. Who made that folder is checked before it is used (`postgres.private_folder`).
    """
    path = os.path.abspath(var_dir)
    inside = Path(path, "run")
    if len(os.fsencode(inside)) + _LONGEST_NAME <= LONGEST and not set(path) & set(',"\\'):
        return inside
    return Path("/tmp", f"ai-apps-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}")  # noqa: S108


def postgres_socket_dir(var_dir: Path) -> Path:
    """Return the folder of PostgreSQL's socket: only its own user and root may enter."""
    return socket_dir(var_dir) / "pg"


def broker_socket(var_dir: Path) -> Path:
    """Return the path of Valkey's socket."""
    return socket_dir(var_dir) / "valkey" / "valkey.sock"


def database_url(var_dir: Path) -> str:
    """Return the DATABASE_URL of the embedded PostgreSQL in `var_dir`."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(postgres_socket_dir(var_dir)), safe='')}&port={PORT}"


def broker_url(var_dir: Path) -> str:
    """Return the CELERY_BROKER_URL of the embedded Valkey in `var_dir` (kombu's form of a socket address)."""
    return f"redis+socket://{quote(str(broker_socket(var_dir)))}"


def redis_url(var_dir: Path) -> str:
    """Return the REDIS_URL of the embedded Valkey in `var_dir` (redis-py's form of a socket address)."""
    return f"unix://{quote(str(broker_socket(var_dir)))}"
