"""`make relevance`: how good search and related tools are, by the judged sets beside this file.

Runs against the catalog of the running site. Prints nDCG@10, MRR and zero-result rate by class and split. The test
split is only ever reported as a whole class: looking at single test queries would be tuning on them.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import django
import yaml
from django.http import QueryDict

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.relevance.measures import ndcg, reciprocal_rank, right_kind  # noqa: E402
from catalog import meaning, pages  # noqa: E402
from catalog.filters import ToolFilter  # noqa: E402
from catalog.models import Tool  # noqa: E402

HERE = Path(__file__).parent
WORST = 15
DEPTH = 100  # of the list that is looked at


def main(arguments: list[str]) -> int:
    """Print the report; with --worst the weakest queries of the dev split as well."""
    queries: list[dict[str, Any]] = yaml.safe_load((HERE / "queries.yaml").read_text(encoding="utf-8"))
    rows: dict[tuple[str, str], list[tuple[float, float, bool]]] = defaultdict(list)
    weak: list[tuple[float, str, list[str]]] = []
    for query in queries:
        found = listed(query["q"])
        row = ndcg(found, query["grades"]), reciprocal_rank(found, query["grades"]), not found
        for name in (query["class"], "all"):
            rows[query["split"], name].append(row)
        if query["split"] == "dev":
            weak.append((row[0], query["q"], found[:5]))
    sys.stdout.write(f"{Tool.objects.listed().count()} tools, search by meaning {'on' if meaning.is_on() else 'off'}\n")
    report(rows)
    report_peers()
    if "--worst" in arguments:
        for score, text, shown in sorted(weak)[:WORST]:
            sys.stdout.write(f"  {score:.2f}  {text}: {', '.join(shown) or 'nothing'}\n")
    return 0


def listed(text: str) -> list[str]:
    """Return the slugs of the tools that the site's list shows first for a text."""
    asked = QueryDict(mutable=True)
    asked["q"] = text
    tools = ToolFilter(asked, Tool.objects.listed(), {})
    tools.check()
    return list(tools.qs.values_list("slug", flat=True)[:DEPTH])


def report(rows: dict[tuple[str, str], list[tuple[float, float, bool]]]) -> None:
    """Print one line per split and class."""
    sys.stdout.write("split  class            n  nDCG@10    MRR  zero\n")
    for (split, name), found in sorted(rows.items(), key=lambda item: (item[0][0], item[0][1] == "all", item[0][1])):
        size = len(found)
        gain, rank = sum(row[0] for row in found) / size, sum(row[1] for row in found) / size
        none = sum(row[2] for row in found) / size
        sys.stdout.write(f"{split:5}  {name:12} {size:5}    {gain:.3f}  {rank:.3f}  {none:4.0%}\n")


def report_peers() -> None:
    """Print which share of the first five related tools are known peers."""
    judged: list[dict[str, Any]] = yaml.safe_load((HERE / "peers.yaml").read_text(encoding="utf-8"))
    tools = {tool.slug: tool for tool in Tool.objects.listed()}
    shares = [
        right_kind([other.slug for other in pages.related_tools(tools[row["slug"]], 5)], row["peers"]) for row in judged
    ]
    sys.stdout.write(
        f"related: {sum(shares) / len(shares):.3f} of the first five are known peers ({len(shares)} tools)\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
