"""Every row of tests/corpora/ssrf_urls.jsonl, through the whole client and a real name server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core import safehttp
from core.safehttp.answer import BLOCKED
from tests.core.safehttp.world import HERE, NameServer, addresses, name_server

CORPUS = Path(__file__).parents[2] / "corpora" / "ssrf_urls.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
FLAGS = {
    "plain_http": "http",
    "odd_port": "port",
    "scheme_port_mismatch": "port",
    "idn": "idn",
    "idn: all-Cyrillic look-alike": "idn",
    "mixed_script": "mixed_script",
    "wildcard_dns": "wildcard_dns",
}


class Dialled(Exception):
    """The client was about to connect: far enough."""


def dialled(host: str, ip: str) -> None:
    raise Dialled(host, ip)


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with name_server(addresses([])) as running:
        yield running


def test_the_corpus_is_whole() -> None:
    assert len(ROWS) == len({row["id"] for row in ROWS}) == 275


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_row(row: dict[str, Any], names: NameServer, connects: list[tuple[str, int]]) -> None:
    answers: Sequence[str] = row.get("answers", ["93.184.216.34"])
    names.zone = addresses(answers)
    names.asked.clear()
    policy = safehttp.Policy(resolver=(HERE, names.port))
    try:
        answer = safehttp.fetch(row["url"], before_dial=dialled, policy=policy)
    except Dialled as stopped:
        host, ip = stopped.args
        assert (row["verdict"], ip) in {("allow", answers[0]), ("flag", answers[0])}
        assert sorted(names.asked) == [(host, "A"), (host, "AAAA")]  # one look-up
        flags = safehttp.parse(row["url"], policy).flags
        assert (FLAGS[row["reason"]] in flags) if row["verdict"] == "flag" else (flags == ())
    else:
        assert (answer.verdict, row["verdict"]) == (BLOCKED, "block")
        assert len(names.asked) == {"parse": 0, "dns": 2}[row["stage"]]
        assert (answer.code == "private_address") == (row["stage"] == "dns")
    assert connects == []
