"""Facet counts, checked against plain SQL over the tools' own tables."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection

from catalog import facets
from catalog.facets import FACETS, Narrowing

pytestmark = pytest.mark.datalayer

API = "('rest', 'graphql', 'openai-compatible')"
INTERFACE = "EXISTS (SELECT 1 FROM catalog_interface i WHERE i.tool_id = t.id AND {})"
SUBS = """EXISTS (
    SELECT 1 FROM catalog_category c LEFT JOIN catalog_category p ON p.id = c.parent_id
    WHERE (c.id = t.category_id OR c.id IN (SELECT category_id FROM catalog_alsoin a WHERE a.tool_id = t.id))
      AND (c.slug = %s OR p.slug = %s))"""
LABEL = """CASE
    WHEN access = 'free' AND source = 'open_source' THEN 'free-open-source'
    WHEN access = 'free' THEN 'free'
    WHEN access = 'free_tier' THEN 'free-tier'
    WHEN access = 'trial' THEN 'free-trial'
    WHEN 'usage' = ANY(price_model) AND NOT price_model && '{subscription,per_seat,negotiated}'::varchar[]
        THEN 'pay-as-you-go'
    WHEN access = 'paid_only' OR EXISTS (
        SELECT 1 FROM catalog_plan l WHERE l.tool_id = t.id AND amount > 0 AND period IN ('month', 'year')) THEN 'paid'
    WHEN access = 'contact_sales' THEN 'contact-sales'
    ELSE 'unknown' END"""
HOSTED = f"""CASE
    WHEN 'self-hosted' = ANY(platforms) OR {INTERFACE.format("i.kind = 'container'")} THEN 'yes'
    WHEN platforms <> '{{}}' AND source = 'proprietary' THEN 'no' ELSE 'unknown' END"""
HAS_API = f"""CASE
    WHEN 'api' = ANY(platforms) OR api_url <> '' OR {INTERFACE.format(f"i.kind IN {API}")} THEN 'yes'
    ELSE 'unknown' END"""
HAS_MCP = f"""CASE
    WHEN kind = 'mcp_server' OR {INTERFACE.format("i.kind LIKE 'mcp-%%'")} THEN 'yes' ELSE 'unknown' END"""
ARRAYS = {"model": "price_model", "platform": "platforms", "input": "modality_in", "output": "modality_out"}
SCALARS = {
    "access": "access",
    "source": "source",
    "kind": "kind",
    "pricing": LABEL,
    "self_hosted": HOSTED,
    "has_api": HAS_API,
    "has_mcp": HAS_MCP,
}


def condition(name: str, value: str) -> tuple[str, list[str]]:
    """Return plain SQL for "this tool has this value", written apart from catalog.index."""
    if name == "category":
        return SUBS, [value, value]
    if name in SCALARS:
        return f"({SCALARS[name]}) = %s", [value]
    if name in ARRAYS:
        return (f"{ARRAYS[name]} = '{{}}'", []) if value == "unknown" else (f"%s = ANY({ARRAYS[name]})", [value])
    if name == "licence":
        if value == "unknown":
            return "licence = ''", []
        return "%s = ANY(regexp_split_to_array(licence, ' (AND|OR|WITH) '))", [value]
    if name == "verified":  # a level holds those below it
        return ("level = 0", []) if value == "0" else ("level >= %s::int", [value])
    column = {"interface": "i.kind", "auth": "i.auth"}[name]
    if value == "unknown":
        return "NOT " + INTERFACE.format(f"{column} <> ''"), []
    return INTERFACE.format(f"{column} = %s"), [value]


def plain_count(chosen: dict[str, tuple[str, ...]], since: dt.date | None) -> int:
    parts, parameters = ["status <> 'delisted'"], list[Any]()
    for name, values in chosen.items():
        found = [condition(name, value) for value in values]
        parts.append("(" + " OR ".join(sql for sql, _ in found) + ")")
        parameters += [parameter for _, rows in found for parameter in rows]
    if since:
        parts.append("launched_on >= %s")
        parameters.append(since)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM catalog_tool t WHERE {' AND '.join(parts)}", parameters)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def values(seeded: str, django_db_blocker: Any) -> dict[str, list[str]]:
    with django_db_blocker.unblock():
        counts = facets.count(Narrowing())
    return {name: sorted(found) for name, found in counts.by_value.items()}


def test_counts_equal_plain_sql_for_200_random_combinations(values: dict[str, list[str]]) -> None:
    """Totals and the counts of two random facets per combination; a facet's own choice is left out of its counts."""
    rng = random.Random(20261125)
    for _ in range(200):
        names = rng.sample(sorted(FACETS), rng.randint(0, 4))
        chosen = {name: tuple(rng.sample(values[name], min(len(values[name]), rng.randint(1, 3)))) for name in names}
        since = dt.date(rng.randint(2020, 2026), rng.randint(1, 12), 1) if rng.random() < 0.2 else None
        counts = facets.count(Narrowing(chosen, None, since))
        assert counts.matching == plain_count(chosen, since), (chosen, since)
        for name in [*rng.sample(sorted(FACETS), 1), *names[:1]]:
            others = {other: picked for other, picked in chosen.items() if other != name}
            for value in rng.sample(values[name], min(len(values[name]), 6)):
                expected = plain_count({**others, name: (value,)}, since)
                assert counts.by_value.get(name, {}).get(value, 0) == expected, (chosen, since, name, value)
        for name in names:
            others = {other: picked for other, picked in chosen.items() if other != name}
            assert counts.without[name] == plain_count(others, since), (chosen, since, name)


def test_every_listed_tool_has_a_word_in_every_facet() -> None:
    counts = facets.count(Narrowing())
    assert counts.matching == counts.listed == plain_count({}, None)
    for name in ("pricing", "access", "source", "kind", "self_hosted", "has_api", "has_mcp"):
        assert sum(counts.by_value[name].values()) == counts.listed, name


def test_counts_take_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        facets.count(Narrowing({"pricing": ("free",), "has_api": ("yes",)}, (1, 2, 3), dt.date(2024, 1, 1)))


def test_unknown_comes_last_and_chosen_values_are_always_there() -> None:
    counts = facets.count(Narrowing({"licence": ("No-Such-1.0",)}))
    found = counts.choices(FACETS["licence"], ("No-Such-1.0",))
    assert (found[-1].value, found[-1].count) == ("unknown", counts.by_value["licence"]["unknown"])
    assert [(c.value, c.count) for c in found if c.chosen] == [("No-Such-1.0", 0)]
    assert counts.matching == 0
