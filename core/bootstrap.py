"""From a machine with only Python >= 3.11 to an installed project. The Makefile calls it; standard library only.

    python3 -I core/bootstrap.py run            # install what `make run` needs, then become `manage.py up`
    python3 -I core/bootstrap.py demo           # the same with demonstration tools, in a folder of its own
    python3 -I core/bootstrap.py install dev    # install requirements/dev.txt

It must stay readable for old Pythons up to the version check, so what it imports of ours is imported late.
"""

# Our own fixed commands, no shell, nothing that a visitor wrote:
# ruff: noqa: S603, S606
from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11")


class Problem(RuntimeError):
    """Something the person at the terminal has to do first; the message says what."""


def say(text: str) -> None:
    """Write one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code (`run` does not return when all is well)."""
    _ensure_python(arguments)
    try:
        if arguments in (["run"], ["demo"]):
            return run(demo=arguments == ["demo"])
        if arguments in (["install", "base"], ["install", "dev"]):
            install(arguments[1])
            return 0
        raise Problem("Usage: python3 -I core/bootstrap.py run | demo | install base | install dev")
    except Problem as problem:
        say(f"Error: {problem}")
    except KeyboardInterrupt:
        say("Interrupted. The next start goes on from here.")
        return 130
    return 1


def run(*, demo: bool) -> int:
    """Check the port, install, and replace this process by `manage.py up` (DEBUG=1 unless it is set).

    `demo`: with demonstration tools, whose loopback targets need the packages of the tests.
    """
    if demo and "VAR_DIR_FILE" not in os.environ:
        os.environ.setdefault("VAR_DIR", str(ROOT / "var" / "demo"))
    check_address()
    install("dev" if demo else "base")
    if "DEBUG_FILE" not in os.environ:
        os.environ.setdefault("DEBUG", "1")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "manage.py", "up", *(["--demo"] if demo else [])])


def check_address() -> None:
    """Raise Problem when the site runs already or its port is taken: before anything slow is started."""
    sys.path.insert(0, str(ROOT))
    from core import instance  # noqa: PLC0415 - needs the version check above it

    env = _env_module()
    try:
        port = env.number("PORT", 8000, 1, 65535)
        var_dir = Path(env.text("VAR_DIR", str(ROOT / "var")))
    except env.BadSetting as error:
        raise Problem(str(error)) from error
    try:
        record = instance.running(var_dir)
        if record is not None:
            raise Problem(instance.already_running(record))
        instance.clear_leftovers(var_dir)  # a killed start's web server may still hold the port
        instance.check_port("127.0.0.1", port)
    except instance.PortTaken as error:
        raise Problem(str(error)) from error
    except PermissionError as error:
        raise Problem(
            f"{error.filename} cannot be used ({error.strerror}): start as the user it belongs to,"
            " or set VAR_DIR to a folder of your own."
        ) from error


def install(which: str) -> None:
    """Bring .venv to the state of requirements/`which`.txt; does nothing when it is there already.

    Raises Problem when Python lacks what it needs or pip fails.
    """
    lock = ROOT / "requirements" / f"{which}.txt"
    wanted = {"lock": hashlib.sha256(lock.read_bytes()).hexdigest(), "python": _version(), "folder": str(VENV)}
    if _is_installed(which, wanted):
        return
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # `make run` and `make test` at the same time: one installs
        if _is_installed(which, wanted):
            return
        _make_venv()
        stamp = _stamp(which)
        stamp.unlink(missing_ok=True)
        began = time.monotonic()
        count = sum(line[:1].isalpha() for line in lock.read_text(encoding="utf-8").splitlines())
        say(f"Installing about {count} packages of requirements/{lock.name} into .venv (needs the network once) ...")
        _pip(lock)
        stamp.write_text(json.dumps(wanted), encoding="utf-8")
        say(f"Installed in {time.monotonic() - began:.0f} s.")


def _is_installed(which: str, wanted: dict[str, str]) -> bool:
    if not PYTHON.exists():
        return False
    if which == "base" and _read(_stamp("dev")) == _wanted("dev"):
        return True  # it contains the other, at the same versions
    return _read(_stamp(which)) == wanted


def _wanted(which: str) -> dict[str, str]:
    data = (ROOT / "requirements" / f"{which}.txt").read_bytes()
    return {"lock": hashlib.sha256(data).hexdigest(), "python": _version(), "folder": str(VENV)}


def _stamp(which: str) -> Path:
    return VENV / f"installed-{which}.json"


def _read(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _make_venv() -> None:
    """Make .venv, or make it anew when it is broken, was moved, or is of another Python."""
    if _asks("import sys; print('%d.%d' % sys.version_info[:2])") == _version() and not _was_moved():
        if not _asks("import pip; print(pip.__version__)"):  # made by another tool, without pip
            _add_pip()
        return
    if VENV.exists():
        say(f"Making .venv anew for Python {_version()} ...")
    has_pip = importlib.util.find_spec("ensurepip") is not None
    options = ["--clear"] if has_pip else ["--clear", "--without-pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", *options, str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise Problem(
            f"The virtual environment {VENV} cannot be made:\n{(made.stdout + made.stderr).strip()}\n"
            f"On Debian and Ubuntu: apt install python{_version()}-venv, then start again."
        )
    if not has_pip:
        _add_pip()


def _add_pip() -> None:
    """Put pip into .venv: with ensurepip, else (Debian without python3-venv) by another pip or uv."""
    tries = [[str(PYTHON), "-m", "ensurepip", "--default-pip"]]
    tries.append([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "pip"])
    uv = shutil.which("uv")
    if uv:
        tries.append([uv, "pip", "install", "--python", str(PYTHON), "pip"])
    for command in tries:
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
    shutil.rmtree(VENV, ignore_errors=True)
    raise Problem(
        "This Python has no pip and no ensurepip to make one."
        f" On Debian and Ubuntu: apt install python{_version()}-venv, then start again."
    )


def _was_moved() -> bool:
    """Tell whether .venv was made in another folder: its programs would start the other one's Python."""
    stamps = [found for found in map(_read, (_stamp("base"), _stamp("dev"))) if isinstance(found, dict)]
    return any(found.get("folder") != str(VENV) for found in stamps)


def _asks(code: str) -> str:
    """Return what the Python in .venv prints for `code`, "" when it cannot."""
    try:
        asked = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _pip(lock: Path) -> None:
    """Install `lock`, every file checked against its hash. Raises Problem with pip's last words."""
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", str(lock)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout
        for line in pip.stdout:
            said.append(line.rstrip())
            if sys.stdout.isatty() and line.startswith("Collecting "):
                sys.stdout.write(f"\r\x1b[K  {line.split()[1][:60]}")
                sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")
    if pip.returncode:
        told = "\n".join(said[-15:])
        raise Problem(
            f"pip could not install requirements/{lock.name}:\n{told}\n"
            "Check the network (a proxy is named by HTTPS_PROXY, a mirror by PIP_INDEX_URL), then start again."
        )


def _env_module() -> ModuleType:
    """Load config/env.py by its path: the package around it imports what is not installed yet."""
    spec = importlib.util.spec_from_file_location("bootstrap_env", ROOT / "config" / "env.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for the module of a class there
    spec.loader.exec_module(module)
    return module


def _ensure_python(arguments: list[str]) -> None:
    """Go on as a Python >= 3.11 outside .venv, or leave with a sentence when there is none."""
    here = [os.path.abspath(__file__), *arguments]
    if sys.version_info < OLDEST:
        for name in NEWER_NAMES:
            found = shutil.which(name)
            if found:
                os.execv(found, [found, "-I", *here])
        say(
            f"Error: Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {_version()}. Install one"
            " (Debian 12: apt install python3 python3-venv) or name one: make run PYTHON=/path/to/python3"
        )
        sys.exit(1)
    base = getattr(sys, "_base_executable", sys.executable)
    if Path(sys.prefix) == VENV and base != sys.executable:  # an activated .venv cannot rebuild itself
        os.execv(base, [base, "-I", *here])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
