"""How much memory one probe takes, measured from outside: the peak of a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.core.safehttp import hostile
from tests.core.safehttp.hostile import HTTP, MIB, MORE
from tests.core.safehttp.world import HERE, HOST, Handler, page, reply, server

ROOT = Path(__file__).parents[3]
MOST = 32 * MIB
# Asks the ports of its arguments one after the other; prints code and growth of the peak in bytes for each.
SCRIPT = f"""
import json, resource, sys
from ipaddress import ip_network
import django
django.setup()
from core import safehttp
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
for port in map(int, sys.argv[1:]):
    policy = safehttp.Policy(allow_nets=(ip_network("{HERE}/32"),), ports={{80: port}})
    before = peak()
    answer = safehttp.fetch("http://{HOST}/", policy=policy, resolve={{"{HOST}": ["{HERE}"]}})
    print(json.dumps([answer.code, peak() - before]))
"""
HEAVY: dict[str, tuple[Handler, str]] = {
    "a page": (reply(page()), "200"),  # first: what is loaded once is not a probe's
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
def growth() -> Iterator[dict[str, tuple[str, int]]]:
    with ExitStack() as stack:
        ports = [stack.enter_context(server(handler)) for handler, _ in HEAVY.values()]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *map(str, ports)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield dict(zip(HEAVY, (tuple(json.loads(line)) for line in done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", HEAVY)
def test_peak(name: str, growth: dict[str, tuple[str, int]]) -> None:
    code, grown = growth[name]
    assert code == HEAVY[name][1]
    assert grown <= MOST
