"""The environment that snippets are run in: requirements/live.txt, apart from ours, whose mcp is too new for them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".venv-live"
LOCK = ROOT / "requirements" / "live.txt"


def python() -> Path:
    """Return its Python; make it anew when what it has is not what the lock file names (downloads once)."""
    stamp, found = FOLDER / "installed.json", FOLDER / "bin" / "python"
    wanted = {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "python": sys.version.split()[0],
        "folder": str(FOLDER),
    }
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        return found
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    pip = [str(found), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    lock = ["--require-hashes", "--only-binary", ":all:", "--no-compile", "-r", str(LOCK)]  # few modules are imported
    subprocess.run([*pip, *lock], check=True)
    stamp.write_text(json.dumps(wanted))
    (FOLDER / "seconds").write_text(f"{time.monotonic() - began:.0f}\n")
    return found
