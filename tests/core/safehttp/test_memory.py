"""How much memory one probe takes, measured from outside: the peak of a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.core.safehttp import hostile
from tests.core.safehttp.hostile import HTTP, MIB, MORE
from tests.core.safehttp.world import HERE, HOST, Handler, page, reply, server

ROOT = Path(__file__).parents[3]
MOST = 32 * MIB
# Asks the ports of its arguments one after the other; prints code and the peak above the start in bytes for each, and
# at the end the peak after taking 64 MiB: a measure that does not see those sees nothing. Linux hands the getrusage
# peak of a parent to its children, so the kernel's mark of this memory map is read where there is one.
SCRIPT = f"""
import json, re, resource, sys
from ipaddress import ip_network
import django
django.setup()
from core import safehttp

def peak():
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

start = None
for port in map(int, sys.argv[1:]):
    policy = safehttp.Policy(allow_nets=(ip_network("{HERE}/32"),), ports={{80: port}})
    answer = safehttp.fetch("http://{HOST}/", policy=policy, resolve={{"{HOST}": ["{HERE}"]}})
    start = start or peak()  # what the first page made Python load is not a probe's
    print(json.dumps([answer.code, peak() - start]))
taken = b"x" * {64 * MIB}
print(json.dumps(["64 MiB", peak() - start]))
"""
HEAVY: dict[str, tuple[Handler, str]] = {
    "a page": (reply(page()), "200"),  # first
    "gzip bomb": (MORE["gzip bomb"][0], "body_too_large"),
    "endless chunks": (HTTP["endless_chunked"][0], "body_too_large"),
    "endless body": (hostile.endless, "body_too_large"),
    "endless hints": (hostile.hints_forever, "headers_too_large"),
    "chunk extension": (HTTP["chunk_ext_flood"][0], "bad_answer"),
    "tiny chunks": (
        reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * MIB),
        "body_too_large",
    ),
    "a megabyte": (reply(page(b"x" * MIB)), "200"),
}


@pytest.fixture(scope="module")
def growth() -> Iterator[dict[str, list[Any]]]:
    with ExitStack() as stack:
        ports = [stack.enter_context(server(handler)) for handler, _ in HEAVY.values()]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *map(str, ports)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield dict(zip([*HEAVY, "64 MiB"], map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", HEAVY)
def test_peak(name: str, growth: dict[str, list[Any]]) -> None:
    code, grown = growth[name]
    assert code == HEAVY[name][1]
    assert grown <= MOST


def test_the_measure_sees_memory(growth: dict[str, list[Any]]) -> None:
    assert growth["64 MiB"][1] > MOST
