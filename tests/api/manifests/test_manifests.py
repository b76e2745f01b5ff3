"""Manifests of tools: what they say, versions that never change, and that none is left out or made twice."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from typing import Any

import jsonschema
import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from api.manifests import keeping
from api.manifests.canonical import canonical
from api.manifests.making import manifest
from api.manifests.schema import schema
from api.models import Manifest
from catalog import choices, services
from catalog.models import Tool
from catalog.records import with_record_rows
from tests import make
from tests.api.client import Api

REST = {"kind": "rest", "base_url": "https://api.example.com/v1", "auth": "apiKey", "env": "ONE_KEY", "said_by": "docs"}
PLANS = [
    {"name": "Pro", "amount": "20.50", "currency": "USD", "period": "month", "seen": "2026-11-01"},
    {"name": "API", "amount": "0.15", "currency": "USD", "period": "unit", "unit": "1 million input tokens",
     "seen": "2026-11-01"},
]  # fmt: skip


def fetched(tool: Tool) -> Tool:
    found: Tool = with_record_rows(Tool.objects.all()).get(pk=tool.pk)
    return found


def changed(tool: Tool, **changes: Any) -> None:
    record = make.record(slug=tool.slug, name=tool.name, homepage=tool.homepage, **changes)
    services.update_tool(tool, record, categories=make.categories())


@pytest.fixture
def api(db: None) -> Api:
    return Api()


@pytest.mark.django_db
def test_it_says_what_the_listing_says_and_nothing_that_is_not_known() -> None:
    second = {"kind": "rest", "base_url": "https://eu.example.com/v1", "auth": "apiKey", "env": "TWO_KEY"}
    remote = {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": "none"}
    package = {"kind": "sdk", "registry": "npm", "package": "@one/sdk"}
    one = make.tool(
        slug="one",
        name="One",
        homepage="https://one.example.com",
        interfaces=[REST, second, remote, package],
        plans=PLANS,
    )
    said = manifest(fetched(one))
    today = timezone.localdate().isoformat()
    assert said == {
        "$schema": "http://127.0.0.1:8000/schemas/manifest/2026-12-01.json",
        "tool": "one",
        "name": "One",
        "tagline": "A tool that was made for a test of this catalog",
        "description": make.DESCRIPTION,
        "homepage": "https://one.example.com",
        "kind": "app",
        "status": "active",
        "categories": ["coding/ide-assistants"],
        "tags": ["one", "two", "three"],
        "platforms": ["web"],
        "modalities": {"in": ["text"], "out": ["text"]},
        "interfaces": [
            {"id": "rest", "kind": "rest", "baseUrl": "https://api.example.com/v1", "auth": ["apiKey"]},
            {"id": "rest-2", "kind": "rest", "baseUrl": "https://eu.example.com/v1", "auth": ["apiKey-2"]},
            {"id": "mcp-remote", "kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": []},
            {
                "id": "sdk",
                "kind": "sdk",
                "package": {"name": "@one/sdk", "registry": "npm"},
                "install": "npm install @one/sdk",
            },
        ],
        "authSchemes": {
            "apiKey": {"type": "apiKey", "env": "ONE_KEY"},
            "apiKey-2": {"type": "apiKey", "env": "TWO_KEY"},
        },
        "pricing": {
            "label": "free-open-source",
            "access": "free",
            "source": "open_source",
            "plans": [{"name": "Pro", "currency": "USD", "seenOn": "2026-11-01", "amount": "20.5", "period": "month"}],
            "meters": [
                {
                    "name": "API",
                    "currency": "USD",
                    "seenOn": "2026-11-01",
                    "price": "0.15",
                    "unit": "input_token",
                    "per": "1000000",
                }
            ],
        },
        "provenance": {
            "/categories": {"by": said["provenance"]["/categories"]["by"], "on": said["provenance"]["/kind"]["on"]},
            "/homepage": said["provenance"]["/homepage"],
            "/kind": said["provenance"]["/kind"],
            "/modalities": said["provenance"]["/modalities"],
            "/platforms": said["provenance"]["/platforms"],
            "/pricing": {"by": "editor", "on": said["provenance"]["/pricing"]["on"]},
            "/interfaces/0": {"by": "docs"},
            "/interfaces/1": {"by": "list"},
            "/interfaces/2": {"by": "list"},
            "/interfaces/3": {"by": "list"},
        },
    }, today


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("1,000 characters", {"unit": "character", "per": "1000"}),
        ("per image", {"unit": "image", "per": "1"}),
        ("million output tokens", {"unit": "other", "per": "1", "told": "million output tokens"}),
        ("1M output tokens", {"unit": "output_token", "per": "1000000"}),
        ("10 k requests", {"unit": "request", "per": "10000"}),
        ("GB", {"unit": "gb", "per": "1"}),
        ("1.5 pages", {"unit": "other", "per": "1", "told": "1.5 pages"}),
        ("fine-tuned model", {"unit": "other", "per": "1", "told": "fine-tuned model"}),
    ],
)
@pytest.mark.django_db
def test_what_a_price_counts_is_read_where_that_is_certain(unit: str, said: dict[str, str]) -> None:
    one = make.tool(plans=[PLANS[1] | {"unit": unit}])
    [meter] = manifest(fetched(one))["pricing"]["meters"]
    assert {name: meter[name] for name in ("unit", "per", "told") if name in meter} == said


@pytest.mark.django_db
def test_the_published_schema_fits_every_listing_and_names_the_words_of_the_catalog() -> None:
    published = json.loads(Client().get("/schemas/manifest/2026-12-01.json").content)
    jsonschema.Draft202012Validator.check_schema(published)
    assert published == schema()
    one = manifest(fetched(make.tool(interfaces=[REST], plans=PLANS, licence="MIT", launched="2026-03"))) | {
        "version": 1
    }
    jsonschema.validate(one, published, jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError, match="amount"):
        jsonschema.validate(
            one | {"pricing": one["pricing"] | {"plans": [{"amount": 20}]}}, published, jsonschema.Draft202012Validator
        )
    parts = published["$defs"]
    assert {
        "kind": published["properties"]["kind"]["enum"],
        "status": published["properties"]["status"]["enum"],
        "interface": parts["interface"]["properties"]["kind"]["enum"],
        "registry": parts["interface"]["properties"]["package"]["properties"]["registry"]["enum"],
        "auth": [*parts["authScheme"]["properties"]["type"]["enum"], "none"],
        "label": parts["pricing"]["properties"]["label"]["enum"],
        "access": parts["pricing"]["properties"]["access"]["enum"],
        "source": parts["pricing"]["properties"]["source"]["enum"],
        "said": parts["said"]["properties"]["by"]["enum"],
    } == {
        "kind": choices.Kind.values,
        "status": [one.value for one in choices.LISTED],
        "interface": choices.InterfaceKind.values,
        "registry": choices.Registry.values,
        "auth": choices.Auth.values,
        "label": choices.PricingLabel.values,
        "access": choices.Access.values,
        "source": choices.Source.values,
        "said": choices.SaidBy.values,
    }


def test_the_latest_is_sent_as_it_was_kept_with_its_hash_and_its_address(api: Api) -> None:
    one = make.tool(slug="one")
    early = api.get("/tools/one/manifest")
    assert (early.status_code, early.headers["Retry-After"]) == (404, "60")
    assert keeping.sweep() == 1
    response = api.get("/tools/one/manifest")
    digest = hashlib.sha256(response.content).digest()
    assert response.content == canonical(manifest(fetched(one)) | {"version": 1})
    assert {name: response.headers[name] for name in ("ETag", "Repr-Digest", "Content-Location", "Link")} == {
        "ETag": f'"{digest.hex()}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "Content-Location": "http://127.0.0.1:8000/api/v1/tools/one/manifests/1",
        "Link": '<http://127.0.0.1:8000/schemas/manifest/2026-12-01.json>; rel="describedby"',
    }
    again = api.get("/tools/one/manifest", **{"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_listing_that_says_something_else_gets_the_next_version_and_the_old_one_stays(api: Api) -> None:
    one = make.tool(slug="one")
    keeping.sweep()
    first = api.get("/tools/one/manifests/1")
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    changed(one, plans=PLANS)
    assert keeping.sweep() == 1
    assert [row["version"] for row in api.json("/tools/one/manifests")["results"]] == [2, 1]
    assert api.get("/tools/one/manifests/1").content == first.content
    assert json.loads(api.get("/tools/one/manifest").content)["version"] == 2
    services.delist_tools([one])
    assert (api.get("/tools/one/manifest").status_code, api.get("/tools/one/manifests").status_code) == (404, 404)
    assert api.get("/tools/one/manifests/1").content == first.content


@pytest.mark.django_db
def test_nothing_is_made_where_nothing_else_is_said() -> None:
    one = make.tool(slug="one")
    assert keeping.sweep() == 1
    Tool.objects.filter(pk=one.pk).update(changed_at=timezone.now())
    assert (keeping.sweep(), keeping.due().count(), Manifest.objects.count()) == (0, 0, 1)
    services.record_standing({one.pk: (2, "")}, at=timezone.now())
    assert keeping.keep([one.pk]) == 0


@pytest.mark.django_db
def test_a_slug_that_is_anothers_later_goes_on_counting() -> None:
    one = make.tool(slug="one")
    keeping.sweep()
    services.delete_tool(one)
    make.tool(slug="one", name="Another")
    keeping.sweep()
    assert [(row.slug, row.version) for row in Manifest.objects.order_by("pk")] == [("one", 1), ("one", 2)]


@pytest.mark.django_db
def test_a_version_cannot_be_changed_or_deleted() -> None:
    make.tool()
    keeping.sweep()
    with pytest.raises(IntegrityError, match="a manifest never changes"), transaction.atomic():
        Manifest.objects.update(body=b"{}")
    with pytest.raises(IntegrityError, match="a manifest never changes"), transaction.atomic():
        Manifest.objects.all()._raw_delete(Manifest.objects.db)


@pytest.mark.django_db
def test_a_listing_with_a_secret_in_it_gets_none_and_the_log_says_where(caplog: pytest.LogCaptureFixture) -> None:
    secret = "ghp_AbCdEf0123456789AbCdEf0123456789AbCd"
    make.tool(slug="leaky", interfaces=[REST | {"base_url": f"https://api.example.com/?token={secret}"}])
    make.tool(slug="sound")
    assert keeping.sweep() == 1
    assert [row.slug for row in Manifest.objects.all()] == ["sound"]
    [told] = [record.getMessage() for record in caplog.records if record.name == "api.manifests.keeping"]
    assert told == "No manifest of leaky: /interfaces/0/baseUrl looks like a secret (it begins as a vendor's keys do)."


@pytest.mark.parametrize("count", [1, 3])
def test_versions_take_as_many_statements_however_many_there_are(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = make.tool(slug="one")
    for number in range(count):
        changed(one, tagline=f"A tool that says another thing each time, number {number}")
        keeping.sweep()
    with django_assert_num_queries(2):
        assert len(api.json("/tools/one/manifests")["results"]) == count
    with django_assert_num_queries(2):
        api.get("/tools/one/manifest")
    with django_assert_num_queries(1):
        api.get("/tools/one/manifests/1")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.django_db
def test_a_sweep_takes_as_many_statements_for_any_number_of_listings_that_say_the_same(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make.tool()
    keeping.sweep()
    Tool.objects.update(changed_at=timezone.now())
    with django_assert_num_queries(14):
        assert keeping.sweep() == 0
    Tool.objects.update(changed_at=timezone.now(), tagline="It says something else than it did before")
    with django_assert_num_queries(15):
        assert keeping.sweep() == count


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_make_each_version_once() -> None:
    for _ in range(8):
        make.tool()
    made: list[int] = []

    def sweep() -> None:
        made.append(keeping.sweep())
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (sum(made), Manifest.objects.count(), keeping.due().count()) == (8, 8, 0)
