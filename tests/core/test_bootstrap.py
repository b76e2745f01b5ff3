"""core/bootstrap.py in a folder with a space, with packages made here: nothing is fetched."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core import bootstrap, instance

ROOT = Path(__file__).resolve().parents[2]
ALONE = ("bootstrap.py", "instance.py", "processes.py", "__init__.py")


class Project:
    """A copy of what the bootstrap needs, with a lock file that names one small package."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        self.wheels.mkdir(exist_ok=True)
        for name in ALONE:
            (folder / "core").mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "core" / name, folder / "core" / name)
        (folder / "config").mkdir()
        shutil.copy(ROOT / "config" / "env.py", folder / "config" / "env.py")
        (folder / "requirements").mkdir()
        (folder / "manage.py").write_text("import os, sys; print(sys.argv[1:], os.environ['DEBUG'])\n")
        self.lock("1.0")

    def lock(self, version: str, digest: str = "") -> None:
        """Make the package `smallest` and a lock file with its digest (or another)."""
        wheel = self.wheels / f"smallest-{version}-py3-none-any.whl"
        info = f"smallest-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("smallest.py", f"version = {version!r}\n")
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: smallest\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        for name in ("base", "dev"):
            lock = self.folder / "requirements" / f"{name}.txt"
            lock.write_text(f"smallest=={version} \\\n    --hash=sha256:{digest}\n")

    def call(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [sys.executable, "-I", "core/bootstrap.py", *arguments], cwd=self.folder, env={**kept, **offline, **env},
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=100,
        )  # fmt: skip

    def installed(self) -> str:
        python = str(self.folder / ".venv" / "bin" / "python")
        shown = subprocess.run(
            [python, "-c", "import smallest; print(smallest.version)"], capture_output=True, check=True
        )
        return shown.stdout.decode().strip()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "a project")


def test_from_nothing_to_running(project: Project, free_port: int) -> None:
    """First start, second start, a changed lock, a wrong digest, a moved folder."""
    first = project.call("run", PORT=str(free_port))
    assert (first.returncode, first.stderr) == (0, "")
    said = first.stdout.splitlines()
    assert said[0] == ("Installing about 1 packages of requirements/base.txt into .venv (needs the network once) ...")
    assert re.fullmatch(r"Installed in \d+ s\.", said[1])
    assert said[2:] == ["['up'] 1"]
    assert project.installed() == "1.0"

    second = project.call("run", PORT=str(free_port), DEBUG="0")
    assert second.stdout == "['up'] 0\n"

    project.lock("2.0")
    assert project.call("install", "base").returncode == 0
    assert project.installed() == "2.0"

    project.lock("3.0", digest="0" * 64)
    wrong = project.call("install", "base")
    assert wrong.returncode == 1
    assert "Error: pip could not install requirements/base.txt:" in wrong.stdout
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in wrong.stdout

    project.lock("2.0")
    assert project.call("install", "base").returncode == 0
    project.folder = project.folder.rename(project.folder.with_name("moved away"))
    moved = project.call("install", "dev")
    assert moved.returncode == 0
    assert moved.stdout.startswith("Making .venv anew for Python ")
    assert project.installed() == "2.0"
    assert project.call("install", "base").stdout == ""  # dev contains it


def test_a_taken_port_is_told_before_anything_is_installed(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.call("run", PORT=str(port))
    assert done.returncode == 1
    assert done.stdout == (
        f"Error: Port {port} is in use by another program (Address already in use). Choose another:"
        f" make run PORT={port + 1}\n"
    )
    assert not (project.folder / ".venv").exists()


def test_a_command_beside_a_running_site_takes_its_port(tmp_path: Path) -> None:
    assert instance.port(tmp_path) is None
    (tmp_path / "file").touch()
    assert instance.port(tmp_path / "file") is None  # no folder, which is no reason not to start
    with instance.hold(tmp_path):
        assert instance.port(tmp_path) is None  # which is not known yet
        instance.Record(77, "now", "http://127.0.0.1:8123/", "token").write(tmp_path)
        assert instance.port(tmp_path) == 8123
        asked = "from django.conf import settings as s; print(s.PORT, s.SITE_URL)"
        told = dict(os.environ) | {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
        for name in ("PORT", "SITE_URL"):
            told.pop(name, None)
        said = subprocess.run([sys.executable, "-c", asked], env=told, capture_output=True, text=True, check=True)
        assert said.stdout == "8123 http://127.0.0.1:8123\n"
        said = subprocess.run(
            [sys.executable, "-c", asked], env=told | {"PORT": "8124"}, capture_output=True, text=True, check=True
        )
        assert said.stdout == "8124 http://127.0.0.1:8124\n"
    assert instance.port(tmp_path) is None


def test_a_running_site_is_named(project: Project) -> None:
    var_dir = project.folder / "var"
    with instance.hold(var_dir):
        instance.Record(77, "now", "http://127.0.0.1:8123/", "token").write(var_dir)
        done = project.call("run", PORT="8124")
    assert done.returncode == 1
    assert done.stdout.startswith("Error: The site already runs at http://127.0.0.1:8123/ from this folder.")


def test_a_port_that_is_none(project: Project) -> None:
    done = project.call("run", PORT="eighty")
    assert (done.returncode, done.stdout) == (
        1,
        "Error: PORT is 'eighty': use a whole number from 1 to 65535.\n",
    )


def test_usage(project: Project) -> None:
    done = project.call("fly")
    assert done.returncode == 1
    assert done.stdout.startswith("Error: Usage: ")


def test_an_old_python_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bootstrap, "NEWER_NAMES", ())
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit) as caught:
        bootstrap.main(["run"])
    assert caught.value.code == 1
    assert capsys.readouterr().out.startswith("Error: Python 3.11 or newer is needed, this is 3.9. Install one")


def test_old_pythons_can_read_it() -> None:
    source = (ROOT / "core" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("name", ["base", "dev"])
def test_the_locks_have_a_digest_for_everything_and_name_no_host(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in entries if entry[0] != "#" and "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://\S+", text) == []


def test_what_celery_needs_for_our_broker_is_locked() -> None:
    """kombu imports `packaging` for Redis and Valkey, but requires it only with its extra."""
    text = (ROOT / "requirements" / "base.txt").read_text()
    assert re.findall(r"^packaging==", text, re.M) == ["packaging=="]


def test_make_without_a_goal_lists_the_commands() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in shown.stdout.splitlines()]
    first = "help run demo test e2e datalayer zoo lint relevance bench bench-api bench-verify bench-exports bench-slots"
    assert names == [
        *first.split(), "schemathesis", "snippets-live", "chaos", "lighthouse", "screenshots", "lock", "clean",
    ]  # fmt: skip


def test_stamps_hold_what_would_change_the_installation() -> None:
    wanted = bootstrap._wanted("base")
    assert set(wanted) == {"lock", "python", "folder"}
    assert json.loads(json.dumps(wanted)) == wanted
