"""The package installs by itself: a wheel, in an environment that holds what it depends on and nothing else."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.client.conftest import CLIENT

pytestmark = pytest.mark.django_db(transaction=True)
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


def test_it_imports_nothing_but_python_httpx_and_click() -> None:
    found = set()
    for path in (CLIENT / "aicatalog").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                found.add(str(node.module).partition(".")[0])
    assert found - sys.stdlib_module_names == {"aicatalog", "click", "httpx"}


def needed(names: list[str]) -> set[str]:
    """Return distributions that these need, with all that those need."""
    found: set[str] = set()
    while names:
        name = names.pop().lower()
        if name not in found:
            found.add(name)
            asked = [Requirement(one) for one in metadata.requires(name) or []]
            names += [one.name for one in asked if not one.marker or one.marker.evaluate({"extra": ""})]
    return found


def copy(name: str, site: Path) -> None:
    """Copy an installed distribution to another environment."""
    for file in metadata.files(name) or []:
        if ".." not in file.parts and file.suffix != ".pyc":
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)


@pytest.mark.timeout(300)
def test_a_wheel_runs_with_its_dependencies_alone(tmp_path: Path, folder: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)], cwd=CLIENT, capture_output=True, text=True, check=True
    )
    wheel = tmp_path / built.stdout.split()[-1]
    names = zipfile.ZipFile(wheel).namelist()
    assert {"aicatalog/py.typed", "aicatalog/cli/search.py"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"aicatalog", "aicatalog-0.1.0.dist-info"}
    env = tmp_path / "env"
    venv.create(env, with_pip=True)
    python = env / "bin" / "python"
    site = next((env / "lib").glob("python*")) / "site-packages"
    for name in needed(["click", "httpx"]):
        copy(name, site)

    def ran(*argv: str) -> str:
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
        done = subprocess.run([*argv], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    ran(str(python), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    assert ran(str(python), "-I", "-m", "pip", "check") == "No broken requirements found.\n"
    program = str(env / "bin" / "aicatalog")
    assert ran(program, "--version") == "aicatalog, version 0.1.0\n"
    assert ran(program, "search", "speech", "real", "time", "--from", str(folder)) == (
        "deepgram\tDeepgram\tapi\tfree tier\tSpeech to text in real time\n"
    )
    assert ran(
        str(python), "-I", "-c", f"import aicatalog; print(aicatalog.open({str(folder)!r}).tool('bark')['name'])"
    ) == ("Bark\n")
