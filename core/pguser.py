"""As whom the embedded PostgreSQL runs: as we do, or, since it refuses root, as somebody with no rights."""

# Our own fixed commands, no shell, nothing that a visitor wrote:
# ruff: noqa: S603
from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core import processes
from core.embedded import ServerProblem
from core.pgbinaries import Binaries

# Root's server gets a number that no account has, so that nobody else can be that user and enter its folders.
# Above what adduser hands out, below what systemd keeps for itself (60001 and up).
FIRST_UID = 59_432
CAPABILITIES = "+dac_override,+dac_read_search"


@dataclass(frozen=True)
class Runner:
    """Builds the commands of one server: the user it runs as and what it needs to reach its folders."""

    uid: int | None  # None: as ourselves
    first_uid: int | None = None  # initdb insists on a user with a name in the system's list
    prefix: tuple[str, ...] = ()

    @classmethod
    def choose(cls, binaries: Binaries, data_dir: Path) -> Runner:
        """Return how to run `binaries` on `data_dir`. Raises ServerProblem when no way is left."""
        me = os.geteuid()
        owner = data_dir.stat().st_uid if data_dir.exists() else None
        if me != 0:
            if owner not in {None, me}:
                raise ServerProblem(
                    f"{data_dir} belongs to another user (number {owner}): start as that user or as root,"
                    " or set VAR_DIR to a folder of your own."
                )
            return cls(uid=None)
        uid = owner or _free_uid()
        first = _nobody()
        if _reaches(uid, binaries, data_dir) and _reaches(first, binaries, data_dir):
            return cls(uid, first)
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerProblem(
                f"PostgreSQL refuses to run as root, and no other user can reach {binaries.folder} or"
                f" {data_dir.parent}. Start as a normal user, put the project into a folder that others may enter,"
                " install setpriv (util-linux), or set DATABASE_URL."
            )
        # The folders stay closed as they are: the server is given the right to pass them instead.
        # no_setuid_fixup: PostgreSQL asks access(2) about its own programs, which else looks at the bare user.
        caps = (f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}", "--securebits=+no_setuid_fixup")
        return cls(uid, first, (setpriv, "--clear-groups", *caps))

    def command(
        self, argv: list[str], *, initial: bool = False, death_signal: int = signal.SIGTERM, hide: tuple[str, ...] = ()
    ) -> processes.Command:
        """Return the command for `argv`; `initial` for the tools that need a named user."""
        env = {"PATH": os.defpath, "LC_ALL": "C"}  # nothing else: a LC_ALL unknown here stops initdb
        if processes.MARK in os.environ:
            env[processes.MARK] = os.environ[processes.MARK]
        uid = self.first_uid if initial else self.uid
        if uid is None or not self.prefix:
            return processes.Command(argv, env, Path("/"), uid, uid, death_signal, hide)
        # A change of user clears the wish to die with the parent, so setpriv, which comes last, has it too.
        as_user = [f"--reuid={uid}", f"--regid={uid}", f"--pdeathsig={signal.Signals(death_signal).name[3:]}"]
        argv = [*self.prefix, *as_user, *argv]
        return processes.Command(argv, env, Path("/"), death_signal=death_signal, hide=hide)

    def give(self, path: Path, *, initial: bool = False, recursive: bool = False) -> None:
        """Make `path` a folder (0700) of the server's user."""
        path.mkdir(mode=0o700, exist_ok=True)
        uid = self.first_uid if initial else self.uid
        if uid is not None:
            os.chown(path, uid, uid, follow_symlinks=False)
            for folder, folders, files in os.walk(path) if recursive else ():
                for name in folders + files:
                    os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)
        path.chmod(0o700)


def _free_uid() -> int:
    """Return the first number from FIRST_UID on that is nobody's."""
    taken = {user.pw_uid for user in pwd.getpwall()}
    return next(uid for uid in range(FIRST_UID, 60_000) if uid not in taken)


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise ServerProblem(
            "PostgreSQL refuses to run as root and this system has no user `nobody` to make the database as."
            " Start as a normal user or set DATABASE_URL."
        ) from error


def _reaches(uid: int, binaries: Binaries, data_dir: Path) -> bool:
    """Tell whether user `uid` can run the binaries and pass every folder above the data. As root only."""
    try:
        subprocess.run(
            [binaries.path("postgres"), "--version"],
            user=uid, group=uid, extra_groups=[], cwd="/", capture_output=True, check=True, timeout=20,
        )  # fmt: skip
    except PermissionError:
        return False
    except (OSError, subprocess.SubprocessError):  # it cannot load its libraries: the same, said later
        return False
    parents = data_dir.absolute().parents
    return all(parent.stat().st_mode & 0o001 for parent in parents if parent.exists())
