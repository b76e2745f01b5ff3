"""The supervisor: small programs first, then the whole site as `manage.py up` runs it."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import instance, processes, supervisor
from core.logs import Log
from core.processes import Command
from core.supervisor import GaveUp, Program, Stopped, Supervisor

ROOT = Path(__file__).resolve().parents[2]


def shell(text: str) -> Callable[[], Command]:
    return lambda: Command(["/bin/sh", "-c", text], dict(os.environ), Path("/tmp"))


@pytest.fixture
def log() -> Log:
    return Log(io.StringIO())


@pytest.fixture
def boss(log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.01, 0.02, 0.02, 0.02, 0.02))
    boss = Supervisor(log)
    with boss.signals():
        yield boss
        boss.stop()


def lines(log: Log) -> list[str]:
    assert isinstance(log.out, io.StringIO)
    return log.out.getvalue().splitlines()


def until(condition: Callable[[], Any], boss: Supervisor | None = None, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        if boss:
            boss.pump(0.02)
        else:
            time.sleep(0.05)


class TestSmallPrograms:
    def test_a_last_line_is_read_though_the_program_ended_before_we_looked(
        self, boss: Supervisor, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spawn = boss._spawn

        def slowly(program: Program) -> None:
            spawn(program)
            time.sleep(0.3)

        monkeypatch.setattr(boss, "_spawn", slowly)
        boss.step("prepare", shell("echo one; printf two")())
        assert lines(log) == ["prepare  | one", "prepare  | two"]

    def test_names_are_put_in_front(self, boss: Supervisor, log: Log) -> None:
        boss.step("prepare", shell("echo one; echo two >&2; printf 'three \\377'")())
        assert lines(log) == ["prepare  | one", "prepare  | two", "prepare  | three �"]

    def test_no_colours_but_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        out = io.StringIO()
        monkeypatch.setattr(out, "isatty", lambda: True)
        monkeypatch.delenv("NO_COLOR", raising=False)
        Log(out).line("web", "hello")
        assert out.getvalue() == "\x1b[36mweb      |\x1b[0m hello\n"

    def test_a_failed_step(self, boss: Supervisor) -> None:
        with pytest.raises(GaveUp, match=r"prepare failed \(exit code 3\)\. Last it said: no disk"):
            boss.step("prepare", shell("echo no disk; exit 3")())

    def test_a_program_that_is_not_there(self, boss: Supervisor) -> None:
        with pytest.raises(GaveUp, match="web cannot be started: /no/such: No such file or directory"):
            boss.start(Program("web", lambda: Command(["/no/such"], {}, Path("/tmp"))))

    def test_restarts_five_times_a_minute_then_gives_up(self, boss: Supervisor, log: Log) -> None:
        boss.start(Program("web", shell("echo starting; sleep 0.02; exit 7")))
        with pytest.raises(GaveUp) as caught:
            boss.watch()
        assert str(caught.value) == ("web stopped 6 times within a minute (exit code 7). Last it said: starting")
        assert lines(log).count("web      | starting") == 6

    def test_not_ready_in_time(self, boss: Supervisor) -> None:
        program = Program("web", shell("echo waiting; sleep 60"), ready=lambda _pid: False, ready_within=0.3)
        boss.start(program)
        with pytest.raises(GaveUp, match="web was not ready within 0 s: waiting"):
            boss.wait_ready(program)

    def test_children_of_a_dead_program_go_with_it(self, boss: Supervisor, tmp_path: Path) -> None:
        note = tmp_path / "pid"
        program = Program("web", shell(f"sleep 60 & echo $! > '{note}'; exec sleep 61"))
        boss.start(program)
        until(lambda: note.exists() and note.read_text().strip(), boss)
        grandchild, first = int(note.read_text()), program.pid
        processes.send(first, signal.SIGKILL)
        until(lambda: program.pid not in {0, first}, boss)
        assert processes.wait_gone([grandchild], 2) == []

    def test_stops_in_order_and_kills_the_stubborn(self, boss: Supervisor, log: Log) -> None:
        wait = "echo up; while :; do sleep 0.05; done"
        programs = [
            Program("database", shell(f"trap 'echo bye; exit' INT; {wait}"), 0, signals=((signal.SIGINT, 5.0),)),
            Program("web", shell(f"trap 'echo bye; exit' TERM; {wait}")),
            Program("worker", shell(f"trap '' TERM; {wait}"), signals=((signal.SIGTERM, 0.3),)),
        ]
        for program in programs:
            boss.start(program)
        until(lambda: len(lines(log)) == 3, boss)
        pids = [program.pid for program in programs]
        began = time.monotonic()
        boss.stop()
        assert time.monotonic() - began < 3
        assert [processes.start_time(pid) for pid in pids] == [None, None, None]
        assert lines(log)[3:] == ["web      | bye", "database | bye"]

    def test_sigterm_ends_the_watch(self, boss: Supervisor) -> None:
        boss.start(Program("web", shell("sleep 60")))
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        began = time.monotonic()
        boss.watch()
        assert time.monotonic() - began < 2

    def test_ctrl_c_ends_a_step(self, boss: Supervisor) -> None:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(Stopped):
            boss.step("prepare", shell("sleep 60")())

    def test_nobody_reads_the_log_any_more(self, boss: Supervisor, log: Log) -> None:
        boss.start(Program("web", shell("while :; do echo line; sleep 0.05; done")))
        log.out.close()
        boss.watch()
        assert log.broken


class TestInstance:
    def test_a_recycled_number_is_never_ended(self, tmp_path: Path) -> None:
        """The record names a live process by its number, but with another start time."""
        with subprocess.Popen(["sleep", "60"]) as bystander:
            children = {"web": (bystander.pid, "another time")}
            instance.Record(2**22 + 1, "long ago", "http://127.0.0.1:1/", "token-of-nobody", children).write(tmp_path)
            assert instance.clear_leftovers(tmp_path) == 0
            assert bystander.poll() is None
            assert not (tmp_path / instance.RECORD).exists()
            bystander.kill()

    def test_the_mark_finds_a_whole_family(self, tmp_path: Path) -> None:
        env = {**os.environ, processes.MARK: "token-of-this-test"}
        with subprocess.Popen(["sh", "-c", "sleep 60 & sleep 61 & wait"], env=env) as parent:
            until(lambda: len(processes.marked("token-of-this-test")) == 3)
            instance.Record(2**22 + 1, "long ago", "", "token-of-this-test").write(tmp_path)
            assert instance.clear_leftovers(tmp_path) == 3
            assert parent.wait(5) == -signal.SIGTERM
        assert processes.marked("token-of-this-test") == []

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "children": 3}'])
    def test_a_damaged_record_counts_as_none(self, tmp_path: Path, text: str) -> None:
        (tmp_path / instance.RECORD).write_text(text)
        assert instance.read(tmp_path) is None
        assert instance.clear_leftovers(tmp_path) == 0

    def test_one_at_a_time(self, tmp_path: Path) -> None:
        assert instance.running(tmp_path) is None
        with instance.hold(tmp_path):
            instance.Record(77, "now", "http://127.0.0.1:8000/", "t").write(tmp_path)
            found = instance.running(tmp_path)
            assert found
            assert found.url == "http://127.0.0.1:8000/"
            with pytest.raises(instance.AlreadyRunning) as caught, instance.hold(tmp_path):
                pass
        assert str(caught.value) == (
            "The site already runs at http://127.0.0.1:8000/ from this folder. Stop it with Ctrl-C in its"
            " terminal or `kill 77`, or use another folder (VAR_DIR=...)."
        )
        assert instance.running(tmp_path) is None

    def test_port_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(instance.PortTaken) as caught:
                instance.check_port("127.0.0.1", port)
        assert str(caught.value) == (
            f"Port {port} is in use by another program (Address already in use). Choose another:"
            f" make run PORT={port + 1}"
        )


class Up:
    """`manage.py up --no-seed` in a folder of its own."""

    def __init__(self, var_dir: Path, port: int) -> None:
        self.var_dir, self.port = var_dir, port
        self.log = var_dir.parent / "log"
        self.child: subprocess.Popen[bytes] | None = None

    def env(self, **extra: str) -> dict[str, str]:
        servers = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(servers)}
        ours = {"VAR_DIR": str(self.var_dir), "PORT": str(self.port), "DEBUG": "1", "PYTHONWARNINGS": "ignore"}
        return {**kept, **ours, **extra}

    def start(self, **extra: str) -> float:
        """Start and wait for the Ready line; return the seconds until then."""
        began = time.monotonic()
        with self.log.open("wb") as log:
            child = self.child = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-seed"], cwd=ROOT, env=self.env(**extra),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        ready = f"Ready: http://127.0.0.1:{self.port}/\n"
        until(lambda: ready in self.said() or child.poll() is not None, None, 60)
        assert child.poll() is None, self.said()
        return time.monotonic() - began

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def record(self) -> instance.Record:
        record = instance.read(self.var_dir)
        assert record
        return record

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def left(self) -> list[str]:
        """Return the command lines of processes that belong to this site."""
        return [shown for pid in processes.everybody() if processes.start_time(pid) and (shown := self._ours(pid))]

    def _ours(self, pid: int) -> str:
        """Return the command line of process `pid` if it is of this site, else "" (also when it is gone)."""
        try:
            shown, env = (Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            return ""
        ours = os.fsencode(self.var_dir)
        if pid != os.getpid() and (ours in shown + env or processes.folder_of(pid) == self.var_dir / "pgdata"):
            return shown.decode(errors="replace")
        return ""

    def terminate(self) -> float:
        """Send SIGTERM; return the seconds until the supervisor ended with 0."""
        assert self.child
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(15) == 0, self.said()
        return time.monotonic() - began


@pytest.fixture
def site(tmp_path: Path, free_port: int) -> Iterator[Up]:
    base = Path("/tmp", f"ai apps up {os.getpid()} {tmp_path.name}")
    base.mkdir(mode=0o755)
    up = Up(base / "var", free_port)
    yield up
    if up.child and up.child.poll() is None:
        up.terminate()
    assert up.left() == []
    subprocess.run(["rm", "-rf", base], check=True)


@pytest.mark.timeout(180)
def test_the_whole_site(site: Up, tmp_path: Path) -> None:
    """One life of a site: first start, second starts, children that die, stop, warm start, kill -9."""
    site.start()
    assert site.get("/healthz") == 200
    passwords = json.loads((site.var_dir / "demo-accounts.json").read_text())
    assert list(passwords) == ["admin@example.com", "editor@example.com"]
    assert f"admin@example.com  password: {passwords['admin@example.com']}\n" in site.said()
    until(lambda: "ready." in site.said())  # the worker's last line
    assert set(site.record().children) == {"database", "broker", "web", "worker", "beat"}

    check_second_starts(site, tmp_path / "other var")
    for name in ("web", "worker", "database"):
        check_restart(site, name)
    until(lambda: site.get("/readyz") == 200)

    assert site.terminate() < 10
    assert site.left() == []
    assert not (site.var_dir / instance.RECORD).exists()

    site.start()
    assert "migrations: nothing to apply" in site.said()
    check_kill_9(site)


def check_second_starts(site: Up, other: Path) -> None:
    """A second start from the same folder, and one from another folder on the same port."""
    again = [sys.executable, "manage.py", "up", "--no-seed"]
    run = partial(subprocess.run, again, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    second = run(env=site.env())
    assert second.returncode == 1
    assert f"The site already runs at http://127.0.0.1:{site.port}/ from this folder." in second.stdout
    third = run(env=site.env(VAR_DIR=str(other)))
    assert third.returncode == 1
    assert f"make run PORT={site.port + 1}" in third.stdout
    assert not (other / "pgdata").exists()


def check_restart(site: Up, name: str) -> None:
    """Kill one child; it comes back under another number."""
    before = site.record().children[name][0]
    processes.send(before, signal.SIGKILL)
    until(lambda: site.record().children[name][0] != before)
    assert f"{name} stopped (killed by SIGKILL); starting it again in 0.2 s.\n" in site.said()


def check_kill_9(site: Up) -> None:
    """Kill the supervisor alone (nothing lingers), then everything at once; each time it starts again."""
    assert site.child
    site.child.kill()
    site.child.wait(5)
    until(lambda: site.left() == [], None, 15)
    site.start()
    for pid in {site.record().pid, *processes.marked(site.record().token)}:
        processes.send(pid, signal.SIGKILL)
    site.child.wait(5)
    assert (site.var_dir / "pgdata" / "postmaster.pid").exists()
    site.start()
    assert site.get("/healthz") == 200


def test_given_servers_are_used(site: Up, given_database: str, settings: Any) -> None:
    """With DATABASE_URL and a broker of ours, `up` starts none of that kind."""
    site.start(DATABASE_URL=given_database, CELERY_BROKER_URL=settings.CELERY_BROKER_URL)
    until(lambda: {"worker", "beat"} <= set(site.record().children))
    assert set(site.record().children) == {"web", "worker", "beat"}
    assert not (site.var_dir / "pgdata").exists()
    assert site.terminate() < 10


def test_a_database_that_is_not_there(site: Up) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--no-seed"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=site.env(DATABASE_URL="postgresql://x@/nothing?host=/tmp/no-such-folder"), timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "The database cannot be used:" in done.stdout
    assert "Check DATABASE_URL." in done.stdout
