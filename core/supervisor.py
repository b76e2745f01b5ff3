"""Keeps a handful of programs running: starts them, shows what they say, restarts them, stops them all.

One thread, one loop. Programs run in sessions of their own, so that Ctrl-C reaches only us and we decide
the order: the database is the first to start and the last to stop.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from core import processes
from core.logs import Log
from core.processes import Command

RESTARTS, WINDOW = 5, 60.0  # at most so many restarts of one program within so many seconds
BACKOFF = (0.2, 1.0, 2.0, 4.0, 8.0)  # seconds before the first, second, ... restart


class Stopped(Exception):
    """A stop was asked for (Ctrl-C, SIGTERM, SIGHUP, or nobody reads the log any more)."""


class GaveUp(RuntimeError):
    """A program or a step cannot be kept running; the message says which and why."""


@dataclass
class Program:
    """Something to keep running. `stage` is the order: lower starts earlier and stops later."""

    name: str
    command: Callable[[], Command]
    stage: int = 2
    ready: Callable[[int], bool] = lambda _pid: True
    ready_within: float = 60.0
    signals: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 5.0),)  # then SIGKILL to its whole group
    pid: int = 0
    last_line: str = ""
    why_not_ready: str = ""
    _child: subprocess.Popen[bytes] | None = None
    _hide: tuple[str, ...] = ()
    _rest: bytes = b""
    _starts_again: float | None = None
    _deaths: deque[float] = field(default_factory=deque)


class Supervisor:
    """Runs Programs. Use as: `with supervisor.signals(): start, wait_ready, watch`, and `stop` at the end."""

    def __init__(self, log: Log, changed: Callable[[dict[str, int]], None] = lambda _pids: None) -> None:
        """`changed` is told the process numbers by name whenever a program was started."""
        self.log = log
        self.programs: list[Program] = []
        self.stopping = False
        self._asked: list[float] = []  # when a stop was asked for
        self._changed = changed
        self._selector = selectors.DefaultSelector()

    # -- what the caller does ---------------------------------------------------------------------------

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Receive the stop signals and notice the end of children while inside."""
        watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        receive, wake = socket.socketpair()
        receive.setblocking(False)
        wake.setblocking(False)
        before = {number: signal.signal(number, self._on_signal) for number in watched}
        old_wake = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._selector.register(receive, selectors.EVENT_READ, None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_wake)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.unregister(receive)
            receive.close()
            wake.close()

    def start(self, program: Program) -> None:
        """Start `program` and keep it running from now on. Raises GaveUp when it cannot be started at all."""
        self.programs.append(program)
        self._spawn(program)

    def wait_ready(self, program: Program) -> None:
        """Wait until `program` is ready. Raises GaveUp when it is not in time, Stopped when asked to stop."""
        deadline = time.monotonic() + program.ready_within
        while not (program.pid and program.ready(program.pid)):
            if time.monotonic() > deadline:
                why = program.why_not_ready or program.last_line or "it said nothing"
                raise GaveUp(f"{program.name} was not ready within {program.ready_within:.0f} s: {why}")
            self.pump(0.05)

    def step(self, name: str, command: Command) -> None:
        """Run `command` to its end, showing what it says. Raises GaveUp when it fails, Stopped when asked."""
        step = Program(name, lambda: command, ready_within=0)
        self.programs.append(step)
        try:
            self._spawn(step)
            while (code := self._poll(step)) is None:
                self.pump(0.2)
            if code:
                raise GaveUp(f"{name} failed ({describe(code)}). Last it said: {step.last_line or 'nothing'}")
        finally:
            if step.pid:
                self._end([step])
            self.programs.remove(step)

    def watch(self) -> None:
        """Keep everything running until a stop is asked for. Raises GaveUp when a program cannot be kept up."""
        try:
            while True:
                self.pump(1.0)
        except Stopped:
            return

    def stop(self) -> None:
        """Stop everything, last stage first, within 10 seconds; a second Ctrl-C cuts the waiting short."""
        self.stopping = True
        for stage in sorted({program.stage for program in self.programs}, reverse=True):
            self._end([program for program in self.programs if program.stage == stage])
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                self._selector.unregister(key.fd)
                os.close(key.fd)

    def pump(self, seconds: float) -> None:
        """Wait up to `seconds` for something to happen and deal with it. Raises Stopped, GaveUp."""
        due = [program._starts_again for program in self.programs if program._starts_again is not None]
        if due:
            seconds = max(0.0, min(seconds, min(due) - time.monotonic()))
        self._read(seconds)
        if self.stopping:
            return
        if self._asked or self.log.broken:
            raise Stopped
        for program in self.programs:
            if program.ready_within and (code := self._poll(program)) is not None:
                self._died(program, code)
            if program._starts_again is not None and program._starts_again <= time.monotonic():
                program._starts_again = None
                self._spawn(program)

    # -- the inside -------------------------------------------------------------------------------------

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked.append(time.monotonic())

    def _spawn(self, program: Program) -> None:
        command = program.command()
        ours, theirs = os.pipe()
        try:
            program._child = processes.spawn(command, stdout=theirs)
        except OSError as error:
            os.close(ours)
            raise GaveUp(f"{program.name} cannot be started: {command.argv[0]}: {error.strerror}") from error
        finally:
            os.close(theirs)
        os.set_blocking(ours, False)
        program.pid, program._hide, program._rest = program._child.pid, command.hide, b""
        self._selector.register(ours, selectors.EVENT_READ, program)
        self._changed({one.name: one.pid for one in self.programs if one.pid})

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:  # a signal woke us
                key.fileobj.recv(4096)  # type: ignore[union-attr]
            else:
                self._read_from(key.fd, key.data)

    def _read_from(self, descriptor: int, program: Program) -> bool:
        """Show what can be read now; return whether there may be more."""
        try:
            data = os.read(descriptor, 65_536)
        except BlockingIOError:
            return False
        *lines, program._rest = (program._rest + data).split(b"\n")
        if not data:  # the last holder of the pipe is gone
            lines = [program._rest] if program._rest else []
            program._rest = b""
            self._selector.unregister(descriptor)
            os.close(descriptor)
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text and not any(hidden in text for hidden in program._hide):
                program.last_line = text
                self.log.line(program.name, text)
        return bool(data)

    def _read_last_words(self, program: Program) -> None:
        """Read what an ended program left in its pipe, to the end: a last line without its newline counts too."""
        for key in [key for key in self._selector.get_map().values() if key.data is program]:
            while self._read_from(key.fd, program):
                pass

    def _poll(self, program: Program) -> int | None:
        """Return the exit code of a program that ended just now, None while it runs (or waits to start)."""
        if program._child is None or (code := program._child.poll()) is None:
            return None
        # What it leaves behind (a pool's children, a server's workers) would hold its port or its tasks.
        processes.send(program.pid, signal.SIGKILL, group=True)
        self._read_last_words(program)
        program._child, program.pid = None, 0
        return code

    def _died(self, program: Program, code: int) -> None:
        now = time.monotonic()
        program._deaths.append(now)
        while program._deaths[0] < now - WINDOW:
            program._deaths.popleft()
        count = len(program._deaths)
        last = f" Last it said: {program.last_line}" if program.last_line else ""
        if count > RESTARTS:
            raise GaveUp(f"{program.name} stopped {count} times within a minute ({describe(code)}).{last}")
        pause = BACKOFF[count - 1]
        self.log.say(f"{program.name} stopped ({describe(code)}); starting it again in {pause:g} s.")
        program._starts_again = now + pause

    def _end(self, programs: list[Program]) -> None:
        """Stop `programs` side by side, each with its own signals, at last with SIGKILL to its group."""
        was, self.stopping = self.stopping, True
        began = time.monotonic()
        plans: dict[str, list[tuple[int, float]]] = {one.name: list(one.signals) for one in programs}
        due = {one.name: 0.0 for one in programs}
        left = [one for one in programs if one.pid]
        while left:
            # `timeout` and make pass one SIGTERM on two or three times: only a later one means impatience.
            hurry = any(asked > began + 1.0 for asked in self._asked)
            for one in left:
                if due[one.name] <= time.monotonic() or (hurry and one.stage > 1):
                    number, seconds = plans[one.name].pop(0) if plans[one.name] else (signal.SIGKILL, 1.0)
                    processes.send(one.pid, number, group=number == signal.SIGKILL)
                    due[one.name] = time.monotonic() + seconds
            self.pump(0.05)
            left = [one for one in left if one.pid and self._poll(one) is None]
        self.stopping = was
        for one in programs:
            one._starts_again = None


def describe(code: int) -> str:
    """Return an exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
