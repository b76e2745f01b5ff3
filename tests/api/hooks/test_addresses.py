"""Every row of tests/corpora/ssrf_urls.jsonl as the address of a webhook: what must not be asked is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from api.hooks import delivery, events, services, signing
from api.models import WebhookEndpoint
from core import sealed
from tests.core.safehttp.conftest import connects  # noqa: F401 - a fixture
from tests.core.safehttp.world import HERE, NameServer, addresses, name_server

CORPUS = Path(__file__).parents[2] / "corpora" / "ssrf_urls.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
BLOCKED = [row for row in ROWS if row["verdict"] not in {"allow", "flag"}]


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with name_server(addresses([])) as running:
        yield running


def test_the_corpus_has_rows_to_block() -> None:
    assert (len(ROWS), len(BLOCKED) > 200) == (275, True)


@pytest.mark.parametrize("row", BLOCKED, ids=[row["id"] for row in BLOCKED])
def test_it_is_refused_when_it_is_given_or_when_it_is_sent_to(
    row: dict[str, Any], names: NameServer, settings: Any, connects: list[tuple[str, int]]  # noqa: F811
) -> None:  # fmt: skip
    settings.PROBES_ENABLED = True
    settings.PROBE_ALLOW_NETS = settings.PROBE_PORTS = ""
    settings.PROBE_RESOLVER = f"{HERE}:{names.port}"
    names.zone = addresses(row.get("answers", ["93.184.216.34"]))
    try:
        url = services.checked_url(row["url"])
    except services.Wrong:
        url = row["url"]  # as if it had got into the database all the same
    endpoint = WebhookEndpoint(
        account=User(), url=url, secret=sealed.seal(signing.new_secret(), signing.PURPOSE), position=0
    )
    outcome = delivery.send(events.test_delivery(endpoint))
    assert (outcome.taken, outcome.status, bool(outcome.error)) == (False, None, True)
    assert {port for _, port in connects} <= {names.port}  # the name server was asked, and nobody else
