"""Processes: who they are, how they are started so that none outlives us, how they are ended.

Standard library only: `core/bootstrap.py` uses it before anything is installed.
"""

# Our own fixed commands, no shell, nothing that a visitor wrote:
# ruff: noqa: S603, S607
from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

MARK = "AI_APPS_RUN"
"""Environment variable that every child of one supervisor carries, with a value nobody else can know."""

LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if LINUX else None  # looked up here: nothing may be loaded between fork and exec


@dataclass(frozen=True)
class Command:
    """How to start one process; `user` and `group` are set when root hands it to somebody else."""

    argv: list[str]
    env: dict[str, str]
    cwd: Path
    user: int | None = None
    group: int | None = None
    death_signal: int = signal.SIGTERM  # what the kernel sends it when we die without a word (Linux)
    hide: tuple[str, ...] = field(default=())  # log lines with one of these texts are not worth showing


def start_time(pid: int) -> str | None:
    """Return when process `pid` started, in a form that no later process with this number can share.

    None when there is no such process (a zombie counts as none).
    """
    if LINUX:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except OSError:
            return None
        fields = text.rpartition(")")[2].split()  # the name in brackets may hold spaces
        return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"  # field 22 of proc(5), counted from 1
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    words = shown.stdout.split()
    return None if not words or words[0].startswith("Z") else " ".join(words[1:])


def name_of(pid: int) -> str:
    """Return the short name of the program that process `pid` runs, "" when it cannot be told."""
    if LINUX:
        try:
            return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return os.path.basename(shown.stdout.strip())


def folder_of(pid: int) -> Path | None:
    """Return the working folder of process `pid`, None when it cannot be told (always, but on Linux)."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None


def everybody() -> list[int]:
    """Return the number of every process there is (Linux; elsewhere nothing)."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()] if LINUX else []


def marked(token: str) -> list[int]:
    """Return the processes started under the supervisor with this `token`, ourselves left out.

    Read from /proc/PID/environ, so Linux only; elsewhere an empty list.
    """
    wanted, found = f"{MARK}={token}".encode(), []
    for pid in everybody():
        try:
            entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if wanted in entries and pid != os.getpid() and start_time(pid):
            found.append(pid)
    return found


def die_with_parent(number: int) -> Callable[[], None] | None:
    """Return a hook for a new child that makes the kernel send it signal `number` when we die (Linux)."""
    if _libc is None:
        return None
    prctl, parent = _libc.prctl, os.getpid()

    def hook() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # we died before the line above took effect
            os._exit(1)

    return hook


def spawn(command: Command, *, stdout: int, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own and return it; `stdout` also receives its error output.

    Raises OSError when it cannot be started.
    """
    return subprocess.Popen(
        command.argv,
        env=command.env,
        cwd=command.cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=command.user,
        group=command.group,
        extra_groups=[] if command.user is not None else None,
        # Safe: the supervisor has no threads, and the hook makes two system calls.
        preexec_fn=die_with_parent(command.death_signal),  # noqa: PLW1509
    )


def send(pid: int, number: int, *, group: bool = False) -> bool:
    """Send a signal to a process (or its whole group); return False when it is gone already."""
    try:
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        return False
    return True


def wait_gone(pids: Iterable[int], seconds: float) -> list[int]:
    """Wait up to `seconds` for all of `pids` to end; return those that are still there."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if start_time(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [pid for pid in left if start_time(pid)]
    return left


def end(pids: Iterable[int], signals: Iterable[tuple[int, float]]) -> list[int]:
    """Send each (signal, seconds to wait) in turn to those of `pids` still there; return the survivors."""
    left = list(pids)
    for number, seconds in signals:
        for pid in left:
            send(pid, number)
        left = wait_gone(left, seconds)
    return left
