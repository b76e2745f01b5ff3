"""The peer of `make bench-api` finds what the API finds, so that both do the same work."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bench.api import report
from bench.api.measure import API, BY_BITMAPS, BY_GROUPS, CACHED, GROUPED, PEER, UNCACHED
from tests import make


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "kind=app&source=unknown&sort=name", "kind=app&kind=library&limit=2"])
@pytest.mark.parametrize("peer", [PEER, GROUPED])
def test_the_peer_finds_counts_and_orders_as_the_api_does(client: Client, settings: Any, peer: str, query: str) -> None:
    settings.ROOT_URLCONF = "bench.api.urls"
    for name, kind in (("Ba", "app"), ("Ab", "app"), ("Cd", "library"), ("De", "agent")):
        make.tool(name=name, slug=name.lower(), kind=kind)
    ours, theirs = (client.get(f"{path}?facets=1&{query}").json() for path in (API, peer))
    for body in (ours, theirs):
        body["results"] = [row["slug"] for row in body["results"]]
    names = ("count", "results", "facets")
    assert {name: theirs[name] for name in names} == {name: ours[name] for name in names}


def test_targets_compare_within_the_rounds() -> None:
    rows = {UNCACHED: [50.0, 200.0], CACHED: [80.0, 320.0], BY_BITMAPS: [10.0, 50.0], BY_GROUPS: [5.0, 40.0]}
    figures = [{"name": name, "rounds": rounds, "of_hello": rounds[0] / 100} for name, rounds in rows.items()]
    found = [(row["value"], row["met"]) for row in report.targets({"1000": figures})]
    assert found == [(50.0, True), (80.0, True), (7.5, True), (4.5, False)]
