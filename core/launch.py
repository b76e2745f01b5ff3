"""What `manage.py up` runs: which programs, in which order, with which settings."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from core import embedded, instance, processes, ready
from core.demo import Demo
from core.logs import Log
from core.postgres import STOP_SIGNALS as POSTGRES_STOP
from core.postgres import Postgres
from core.processes import Command
from core.supervisor import GaveUp, Program, Stopped, Supervisor
from core.valkey import STOP_SIGNALS as VALKEY_STOP
from core.valkey import Valkey

HOST = "127.0.0.1"


def launch(*, seed: bool = True, demo: bool = False, log: Log | None = None) -> int:
    """Run the whole site until it is told to stop; return the exit code (0 after Ctrl-C or SIGTERM).

    `seed=False` leaves the catalog as it is; `demo` adds a zoo of loopback targets and tools that point there
    (debug mode only). Problems are told in the log in words, with code 1.
    """
    log = log or Log()
    began = time.monotonic()
    if demo and not settings.DEBUG:
        log.say("Error: the demonstration probes this machine itself, which only debug mode (DEBUG=1) allows.")
        return 1
    try:
        with instance.hold(settings.VAR_DIR):
            left = instance.clear_leftovers(settings.VAR_DIR)
            if left:
                log.say(f"Ended {left} processes that an earlier, killed start had left behind.")
            instance.check_port(HOST, settings.PORT)
            return Site(log, seed=seed, demo=demo, began=began).run()
    except (instance.AlreadyRunning, instance.PortTaken, embedded.ServerProblem) as error:
        log.say(f"Error: {error}")
    except PermissionError as error:
        log.say(
            f"Error: {error.filename} cannot be used ({error.strerror}): start as the user it belongs to,"
            " or set VAR_DIR to a folder of your own."
        )
    return 1


class Site:
    """One run of the site: servers, preparation, web, worker and scheduler under one supervisor."""

    def __init__(self, log: Log, *, seed: bool, demo: bool, began: float) -> None:
        self.log, self.seed, self.began = log, seed, began
        self.var_dir = Path(os.path.abspath(settings.VAR_DIR))
        self.url = f"http://{HOST}:{settings.PORT}/"
        pid = os.getpid()
        started = processes.start_time(pid) or ""
        self.record = instance.Record(pid, started, self.url, secrets.token_urlsafe(24))
        self.supervisor = Supervisor(log, self._children_changed)
        os.environ[processes.MARK] = self.record.token
        # Children work from the same folder and settings as we do, wherever they look from.
        os.environ["VAR_DIR"] = str(self.var_dir)
        os.environ.pop("VAR_DIR_FILE", None)
        os.environ["PYTHONUNBUFFERED"] = "1"
        self.demo = Demo(self.var_dir) if demo else None

    def run(self) -> int:
        """Start everything, watch it, stop it; return the exit code."""
        code = 0
        with self.supervisor.signals():
            self.record.write(self.var_dir)
            try:
                self._start()
                self.supervisor.watch()
            except Stopped:
                pass
            except (GaveUp, embedded.ServerProblem) as error:
                self.log.say(f"Error: {error}")
                code = 1
            finally:
                stopping = time.monotonic()
                self.log.say("Stopping ...")
                self.supervisor.stop()
                self.log.say(f"Stopped in {time.monotonic() - stopping:.1f} s. The data stays in {self.var_dir}.")
        if self.demo:
            self.demo.forget_environment()
        (self.var_dir / instance.RECORD).unlink(missing_ok=True)
        return code

    def _start(self) -> None:
        beside = self.demo.programs() if self.demo else []
        for server in (self._database(), self._broker(), *beside):
            if server is not None:
                self.supervisor.start(server)
        for server in self.supervisor.programs:
            self.supervisor.wait_ready(server)
        arguments = ["up", "--prepare-only", *([] if self.seed else ["--no-seed"])]
        self.supervisor.step("prepare", _python("manage.py", *arguments))
        if self.demo:
            self.supervisor.step("demo", _python("manage.py", "load_demo", str(self.demo.tools)))
            if self.demo.pays:
                self.supervisor.step("prices", _python("manage.py", "featured_prices"))
        web = self._web()
        self.supervisor.start(web)
        self.supervisor.wait_ready(web)
        self.log.say(f"Ready: {self.url}")
        self.log.say(f"  after {time.monotonic() - self.began:.1f} s; Ctrl-C stops everything, the data is kept.")
        self._show_demo_accounts()
        if self.demo:
            self.log.say(f"  Demonstration tools: {self.url}tools/?q=demonstration  (sign in, open one, “Verify now”)")
            if self.demo.pays:
                self.log.say(f"  Test payments, nothing is charged: {self.url}featured/  (docs/stripe-stand-in.md)")
            self.log.say("  From another terminal, in the project's folder:")
            self.log.say(f"    {self.demo.write_environment()}; ./manage.py verify zoo-demo-healthy-api --wait")
        for program in background():
            self.supervisor.start(program)

    def _database(self) -> Program | None:
        if settings.DATABASE_URL:
            return None
        server, began = Postgres(self.var_dir), time.monotonic()
        if not server.exists():
            self.log.say("Making the database (first run) ...")
        server.prepare()
        self.log.say(f"Database: PostgreSQL {server.version}, {time.monotonic() - began:.1f} s.")
        return Program("database", server.command, stage=0, ready=server.ready, signals=POSTGRES_STOP)

    def _broker(self) -> Program | None:
        if embedded.broker_url(self.var_dir) != settings.CELERY_BROKER_URL:
            return None
        server = Valkey(self.var_dir)
        server.prepare()
        return Program("broker", server.command, stage=1, ready=server.ready, signals=VALKEY_STOP)

    def _web(self) -> Program:
        command = _python("-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi:application")
        host = ready.allowed_host(settings.ALLOWED_HOSTS)

        def answers(_pid: int) -> bool:
            web.why_not_ready = ready.problem(settings.PORT, host)
            return not web.why_not_ready

        web = Program("web", _always(command), ready=answers)
        return web

    def _children_changed(self, pids: dict[str, int]) -> None:
        self.record.children = {name: (pid, processes.start_time(pid) or "") for name, pid in pids.items()}
        self.record.write(self.var_dir)

    def _show_demo_accounts(self) -> None:
        """Tell the accounts that `prepare` made in debug mode; outside it, warn of those of an earlier run."""
        try:
            accounts = json.loads((self.var_dir / "demo-accounts.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if not settings.DEBUG:
            names = " and ".join(accounts)
            self.log.say(f"  Before this is public: delete {names} of an earlier debug run, or change their passwords.")
            return
        for email, password in accounts.items():
            self.log.say(f"  Demo account (debug mode only): {email}  password: {password}")


def background() -> list[Program]:
    """Return the worker and the scheduler, which the first page does not wait for."""
    celery = ("-m", "celery", "--app", "config.celery", "--quiet")
    # A worker given SIGTERM finishes its tasks, given SIGQUIT it hands them back to the broker (acks_late).
    # Without us it has neither log nor broker, and its shutdown would trip over the closed pipe for ever: SIGKILL.
    worker = _python(
        *celery, "worker", "--loglevel", "INFO", "--concurrency", "4", "--without-gossip", "--without-mingle",
        death_signal=signal.SIGKILL,
    )  # fmt: skip
    if os.geteuid() == 0:  # celery's warning is true and lasts five lines at every start; docs/operations.md says it
        worker.env["PYTHONWARNINGS"] = "ignore:You're running the worker"
    # No pid file: one left by kill -9 would keep the scheduler from starting.
    beat = _python(*celery, "beat", "--loglevel", "WARNING", "--pidfile", "")
    patience = ((signal.SIGTERM, 3.0), (signal.SIGQUIT, 2.0))
    return [Program("worker", _always(worker), signals=patience), Program("beat", _always(beat), signals=patience)]


def _python(*arguments: str, death_signal: int = signal.SIGTERM) -> Command:
    """Return the command for this Python with `arguments`, in the project's folder."""
    return Command([sys.executable, *arguments], dict(os.environ), settings.BASE_DIR, death_signal=death_signal)


def _always(command: Command) -> Callable[[], Command]:
    return lambda: command
