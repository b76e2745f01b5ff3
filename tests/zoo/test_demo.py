"""The demonstration tools differ, as real ones do: nobody takes one for a copy of another."""

from __future__ import annotations

import re

from tests.zoo.animal import Reply, Request
from tests.zoo.animals.demo import ANIMALS
from tests.zoo.conftest import Results

SILENT = {"demo_slow", "demo_vanished", "demo_moved_away"}  # they have no home page to show


def test_every_home_page_has_a_title_of_its_own() -> None:
    titles = []
    for animal in ANIMALS:
        if animal.name not in SILENT:
            assert animal.serve is not None
            reply = animal.serve(Request("GET", animal.host, "/", {}, b"", tls=True))
            assert isinstance(reply, Reply)
            assert isinstance(reply.body, bytes)
            titles += re.findall("<title>(.*)</title>", reply.body.decode())
    assert (len(titles), len(set(titles))) == (8, 8)


def test_no_two_mcp_servers_list_the_same_tools(everything: dict[str, Results]) -> None:
    said = [one for animal in ANIMALS for one in everything[animal.name].values() if one.key == "mcp_tools"]
    hashes = [one.outcome.detail["tools_hash"] for one in said]
    assert (len(hashes), len(set(hashes))) == (2, 2)
