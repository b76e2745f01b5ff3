"""Synthetic tools, each with one REST interface at a domain of its own."""

from __future__ import annotations

from catalog.models import Interface, Tool
from catalog.records import columns, derive
from tests import make

BATCH = 1_000


def create(count: int) -> None:
    """Write `count` tools with an interface at http://tN.example/ each, without index and change log."""
    categories = make.categories()
    for first in range(1, count + 1, BATCH):
        tools = []
        for number in range(first, min(first + BATCH, count + 1)):
            record = make.record(slug=f"t{number}", homepage=f"http://t{number}.example/")
            tool = Tool(**columns(record, categories))
            derive(tool)
            tools.append(tool)
        Tool.objects.bulk_create(tools)
        Interface.objects.bulk_create(
            Interface(tool=tool, position=0, kind="rest", base_url=tool.homepage, auth="none") for tool in tools
        )
