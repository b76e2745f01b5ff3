"""Load over HTTP: one client that waits for each answer, and four that never pause, in a process of their own."""

from __future__ import annotations

import http.client
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONNECTIONS = 4
TIMEOUT = 60


class BadAnswer(RuntimeError):
    """A server answered what it should not; the figures would be those of an error page."""


@dataclass(frozen=True)
class Target:
    """What is asked: a server, its paths (used one after the other, over again at the end), header lines."""

    port: int
    paths: Sequence[str]
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Throughput:
    """What `flood` measured."""

    requests: int
    seconds: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


class Client:
    """One persistent connection."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=TIMEOUT)

    def get(self, path: str) -> tuple[int, float]:
        """Return the status and the milliseconds until the whole answer was read."""
        began = time.perf_counter()
        try:
            self._connection.request("GET", path, headers=dict(self.target.headers))
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()  # the server gave up an idle connection: ask on a new one
            began = time.perf_counter()
            self._connection.request("GET", path, headers=dict(self.target.headers))
            response = self._connection.getresponse()
        response.read()
        return response.status, (time.perf_counter() - began) * 1_000


def latencies(targets: Sequence[Target], count: int) -> list[list[float]]:
    """Ask every target `count` times, in turn, one request at a time; return milliseconds by target.

    Stops early when a minute is over and twenty times are known. Raises BadAnswer for an answer other than 200.
    """
    clients = [Client(target) for target in targets]
    found: list[list[float]] = [[] for _ in targets]
    enough = time.monotonic() + 60
    for turn in range(-3, count):  # three rounds to warm up
        if turn >= 20 and time.monotonic() > enough:
            break
        for client, times in zip(clients, found, strict=True):
            path = client.target.paths[turn % len(client.target.paths)]
            status, spent = client.get(path)
            if status != 200:
                raise BadAnswer(f"{status} for {path}")
            if turn >= 0:
                times.append(spent)
    return found


def flood(target: Target, seconds: float, start: int = 0) -> Throughput:
    """Ask with four connections for some seconds, beginning at path number `start`. Raises BadAnswer."""
    wanted = [target.paths[(start + at) % len(target.paths)] for at in range(len(target.paths))]
    with tempfile.NamedTemporaryFile("w", suffix=".paths", encoding="ascii") as file:
        file.write("\n".join(wanted) + "\n")
        file.flush()
        env = {**os.environ, "BENCH_PATHS": file.name, "BENCH_HEADERS": json.dumps(dict(target.headers))}
        lines = subprocess.run(_command(target, seconds), env=env, capture_output=True, text=True, check=True).stdout
    said = json.loads(lines.strip().splitlines()[-1])
    if not said["requests"] and not said["errors"] and seconds < TIMEOUT:
        return flood(target, 4 * seconds, start)  # too slow for so short a time
    if said["errors"] or not said["requests"]:
        raise BadAnswer(f"{said['errors']} of {said['requests']} requests failed, for example near {wanted[0]}")
    return Throughput(said["requests"], said["seconds"], said["p99_ms"])


def _command(target: Target, seconds: float) -> list[str]:
    address = f"http://127.0.0.1:{target.port}"
    wrk = shutil.which("wrk")
    if wrk is None:
        return [sys.executable, str(HERE / "client.py"), address, str(CONNECTIONS), str(seconds)]
    headers = [part for name, value in target.headers for part in ("-H", f"{name}: {value}")]
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", f"{TIMEOUT}s", *headers]
    return [wrk, *options, "-s", str(HERE / "wrk.lua"), address]


def client_name() -> str:
    """Return what `flood` sends requests with, for the report."""
    if shutil.which("wrk"):
        return "wrk"
    return "the bundled Python client (takes part of the machine for itself: install wrk for higher figures)"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return float(statistics.median(values))
