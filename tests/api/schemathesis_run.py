"""`make schemathesis`: schemathesis looks for faults of the API for five minutes, over HTTP, stateful.

It asks a site of its own with the seed, in a folder of its own, first as nobody, then with a key that has every scope
but the one to revoke itself. Exit code 1 when it found something.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
GIVEN = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DEBUG", "SITE_URL")
MAKE_A_KEY = """\
from accounts.models import User
from api import keys
from api.scopes import SCOPES
owner = User.objects.create_user("schemathesis@example.com")
print("KEY", keys.create(owner=owner, name="schemathesis", scopes=set(SCOPES) - {"keys:write"})[1])
"""


def arguments() -> argparse.Namespace:
    """Read the command line; what is not known goes to schemathesis."""
    parser = argparse.ArgumentParser(prog="make schemathesis", description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="how long, both passes together (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of its cases (%(default)s)")
    parser.add_argument("rest", nargs="*", help="for `schemathesis run`, after --")
    return parser.parse_args()


@contextmanager
def site(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Run the whole site with the seed; yields its address and its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    env = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in GIVEN}
    # probes are off: checks of made-up submissions would ask the world for made-up addresses
    env |= {"VAR_DIR": str(folder), "PORT": port, "DEBUG": "1", "PROBES_ENABLED": "0", "LIMITS_SCALE": "1000"}
    log = folder / "up.log"
    with log.open("w") as out:
        command = [sys.executable, "manage.py", "up"]
        child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 180
            while "Ready: http" not in log.read_text():
                if child.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"The site did not start:\n{log.read_text()[-4000:]}")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", env
        finally:
            child.terminate()
            child.wait(30)


def new_key(env: dict[str, str]) -> str:
    """Return a key of a new account."""
    command = [sys.executable, "-W", "ignore", "manage.py", "shell", "-c", MAKE_A_KEY]
    told = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    return next(line.split()[1] for line in told.splitlines() if line.startswith("KEY "))


def run(address: str, seconds: int, asked: argparse.Namespace, key: str = "") -> int:
    """Run schemathesis once; return its exit code."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        *(sys.executable, str(program), "run", f"{address}/api/v1/openapi.json"),
        *("--max-time", str(seconds), "--seed", str(asked.seed), "--continue-on-failure", "--no-color"),
        *(["-H", f"Authorization: Bearer {key}"] if key else []),
        *asked.rest,
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Run both passes."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="ai-apps-schemathesis-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with site(folder) as (address, env):
            key = new_key(env)
            half = max(1, asked.seconds // 2)
            found = [run(address, half, asked), run(address, half, asked, key)]
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
