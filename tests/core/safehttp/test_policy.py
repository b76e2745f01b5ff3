"""The settings that bend the rules, and where they are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from core.safehttp import Policy

ROOT = Path(__file__).parents[3]
GIVEN = {
    "PROBE_ALLOW_NETS": "127.0.0.0/8, 10.1.0.0/16",
    "PROBE_RESOLVER": "127.0.0.1:5353",
    "PROBE_PORTS": "443=18443,80=18080",
    "PROBE_CA_FILE": str(Path(__file__)),
}


def start(**environment: str) -> str:
    """Read the settings in a process of its own; return what it says of them, "" when it starts."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PROBE", "DEBUG"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr.strip()


@pytest.mark.parametrize("name", GIVEN)
def test_production_refuses_to_start_with_it(name: str) -> None:
    said = start(**{name: GIVEN[name]})
    assert said.startswith(f"Error: {name} is set, which ")
    assert "It is for development and tests only: remove it, or set DEBUG=1." in said


def test_production_refuses_it_as_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "nets"
    file.write_text("127.0.0.0/8")
    assert start(PROBE_ALLOW_NETS_FILE=str(file)).startswith("Error: PROBE_ALLOW_NETS is set, which ")


def test_development_starts_with_all_of_them() -> None:
    assert start(DEBUG="1", **GIVEN) == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PROBE_ALLOW_NETS", "127.0.0.1/8", "PROBE_ALLOW_NETS is '127.0.0.1/8': use networks such as 127.0.0.0/8"),
        ("PROBE_RESOLVER", "localhost:53", "PROBE_RESOLVER is 'localhost:53': use ADDRESS:PORT"),
        ("PROBE_RESOLVER", "127.0.0.1", "PROBE_RESOLVER is '127.0.0.1': use ADDRESS:PORT"),
        ("PROBE_PORTS", "443", "PROBE_PORTS is '443': '' is not a port."),
        ("PROBE_CA_FILE", "/nowhere.pem", "PROBE_CA_FILE is '/nowhere.pem', which is not a file."),
    ],
)
def test_values_that_cannot_be_read_stop_the_start(name: str, value: str, said: str) -> None:
    assert start(DEBUG="1", **{name: value}).startswith(f"Error: {said}")


def test_from_settings(settings: Any) -> None:
    assert Policy.from_settings() == Policy()
    for name, value in GIVEN.items():
        setattr(settings, name, value)
    settings.PROBES_ENABLED = False
    assert Policy.from_settings() == Policy(
        enabled=False,
        allow_nets=(ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16")),
        resolver=("127.0.0.1", 5353),
        ports={443: 18443, 80: 18080},
        ca_file=str(Path(__file__)),
        special_names=True,
    )


def test_the_agent_names_the_site_and_where_to_read_about_it(settings: Any) -> None:
    agent: str = settings.PROBE_USER_AGENT
    assert agent.split(" ", 1) == ["AIAppsBot/1.0", f"(+{settings.SITE_URL}/bot/)"]
