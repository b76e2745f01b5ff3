"""The settings of a production-like installation, as a process of its own reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOST = "catalog.example"
SETTINGS = {
    "DEBUG": "0",
    "SITE_URL": f"https://{HOST}",
    "ALLOWED_HOSTS": HOST,
    "EMAIL_URL": "smtp://localhost",
    "EMAIL_FROM": f"site@{HOST}",
    "SECRET_KEY": "only-for-the-deploy-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
}
# what decides about headers and cookies
BEGIN = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "CSRF_TRUSTED_", "ALLOWED_HOSTS", "X_FRAME_", "SITE_URL")
PRINT = (
    "import json, config.settings as found; print(json.dumps({name: value for name, value in vars(found).items()"
    f" if name.startswith({BEGIN!r})}}))"
)


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the production-like environment and nothing else of ours."""
    env = {"PATH": os.environ["PATH"], "VAR_DIR": os.environ["VAR_DIR"], **SETTINGS, **environment}
    argv = (sys.executable, *argv)
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, check=False, text=True, timeout=100)


def read() -> dict[str, Any]:
    """Return the settings that decide about headers and cookies."""
    done = run("-c", PRINT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {name: tuple(value) if name == "SECURE_PROXY_SSL_HEADER" else value for name, value in found.items()}
