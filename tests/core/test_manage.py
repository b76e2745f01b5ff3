"""`manage.py` where the packages are missing, and what `make demo` leaves for other terminals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.demo import GIVEN, OWN, PAYMENTS, Demo

ROOT = Path(__file__).resolve().parents[2]
BARE = [sys.executable, "-I", "-S"]  # a Python that sees no installed packages


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """manage.py in a folder of its own, without a virtual environment."""
    return Path(shutil.copy(ROOT / "manage.py", tmp_path / "manage.py"))


def test_without_packages_it_says_what_to_run(alone: Path) -> None:
    done = subprocess.run([*BARE, str(alone), "verify", "x"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "Error: the packages of this site are not installed. Run `make install` once, then this again.\n",
    )


def test_outside_the_virtual_environment_it_goes_on_inside_it(alone: Path) -> None:
    python = alone.parent / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s|" "$@"\nexit 7\n')
    python.chmod(0o755)
    done = subprocess.run([*BARE, str(alone), "verify", "a b"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, f"{alone}|verify|a b|", "")


def sourced(line: str, **environment: str) -> dict[str, str]:
    """Return the environment of a shell that has read the line."""
    shell = subprocess.run(
        ["/bin/sh", "-c", f"{line}; env -0"], cwd=ROOT, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(one.split("=", 1) for one in shell.stdout.split("\0") if one)


def test_the_demonstration_leaves_its_environment_for_other_terminals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for name in (*OWN, *GIVEN):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    folder = tmp_path / "it's a folder"
    monkeypatch.setenv("VAR_DIR", str(folder))
    for name in ("PROBE_ALLOW_NETS", "PROBE_RESOLVER", "PROBE_PORTS", "PROBE_CA_FILE", *PAYMENTS):
        monkeypatch.setenv(name, "")  # so that what the demonstration sets is taken back after this test
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p w@127.0.0.1/x")
    settings.PORT = 8_123
    demo = Demo(folder)
    line = demo.write_environment()
    found = sourced(line, PORT_FILE="/nowhere", PORT="1")
    assert {name: found.get(name) for name in (*OWN, *PAYMENTS, *GIVEN, "PORT_FILE")} == {
        "VAR_DIR": str(folder),
        "PORT": "8123",
        "DEBUG": "1",
        "PROBE_ALLOW_NETS": "127.0.0.1/32",
        "PROBE_RESOLVER": os.environ["PROBE_RESOLVER"],
        "PROBE_PORTS": os.environ["PROBE_PORTS"],
        "PROBE_CA_FILE": str(folder / "zoo" / "zoo-ca.pem"),
        "STRIPE_API_BASE": f"http://127.0.0.1:{(folder / 'zoo' / 'payments.port').read_text()}",
        "STRIPE_SECRET_KEY": "sk_test_demonstration",
        "STRIPE_WEBHOOK_SECRET": os.environ["STRIPE_WEBHOOK_SECRET"],
        "DATABASE_URL": "postgres://u:p w@127.0.0.1/x",
        "SITE_URL": None,
        "REDIS_URL": None,
        "CELERY_BROKER_URL": None,
        "PORT_FILE": None,
    }
    assert demo.env.stat().st_mode & 0o777 == 0o600
    demo.forget_environment()
    assert not demo.env.exists()


def test_a_demonstration_pays_where_it_did_before_and_not_there_if_an_account_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for name in (*OWN, *PAYMENTS):
        monkeypatch.setenv(name, "")
    Demo(tmp_path)
    before = os.environ["STRIPE_API_BASE"]
    again = Demo(tmp_path)
    assert (os.environ["STRIPE_API_BASE"], [one.name for one in again.programs()]) == (before, ["zoo", "payments"])
    settings.STRIPE_SECRET_KEY = "sk_test_of_somebody"
    monkeypatch.setenv("STRIPE_API_BASE", "")
    own = Demo(tmp_path)
    assert (os.environ["STRIPE_API_BASE"], [one.name for one in own.programs()]) == ("", ["zoo"])


def test_inside_the_project_the_line_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    for name in (*OWN, *PAYMENTS, *GIVEN):
        monkeypatch.setenv(name, "")
    settings.BASE_DIR = tmp_path
    demo = Demo(tmp_path / "var" / "demo")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var" / "demo"))
    assert demo.write_environment() == ". var/demo/env"
