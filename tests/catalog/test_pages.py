"""The pages through the client: what they answer, how often they ask the database, how they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import Alias, Category, Tool
from tests import make

CORPUS = Path(__file__).parent.parent / "corpora" / "hostile_queries.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def slugs(response: Any) -> list[str]:
    return [tool.slug for tool in response.context["tools"]]


# -- how often the database is asked: the same for one row and for three ------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/tools/?q=quuxling", 13),
        ("/tools/?kind=dataset&licence=Quux-1.0", 5),
        ("/categories/coding-agents/?licence=Quux-1.0", 6),
        ("/new/?period=year", 5),
    ],
)
def test_lists_ask_a_constant_number_of_questions(
    client: Client, rows: int, path: str, queries: int, django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    import datetime as dt

    from catalog import jobs, views

    monkeypatch.setattr(views, "_today", lambda: dt.date(2031, 1, 1))
    jobs.phrases()  # read once a process
    for _ in range(rows):
        make.tool(
            kind="dataset",
            licence="Quux-1.0",
            tags=["quuxling", "two", "three"],
            category="coding/coding-agents",
            launched="2031",
            launched_said_by="editor",
            interfaces=[{"kind": "sdk", "registry": "pypi", "package": "x"}],
        )
    with django_assert_num_queries(queries):
        response = client.get(path)
    found = response.context["page"].object_list if "page" in response.context else response.context["tools"]
    assert len(found) == rows


@pytest.mark.parametrize(("count", "queries"), [(1, 5), (3, 5)])
def test_a_comparison_asks_a_constant_number_of_questions(
    client: Client, count: int, queries: int, django_assert_num_queries: Any
) -> None:
    made = [make.tool().slug for _ in range(count)]
    with django_assert_num_queries(queries):
        response = client.get("/compare/", {"tools": ",".join(made)})
    assert [tool.slug for tool, _ in response.context["tools"]] == made


# -- tools -----------------------------------------------------------------------------------------------------------


def test_a_tool_page_shows_the_tool_and_says_that_nothing_was_checked(client: Client) -> None:
    response = client.get("/tools/elevenlabs/")
    assert response.context["tool"].name == "ElevenLabs"
    text = response.content.decode()
    assert "Not checked" in text
    assert "verified" not in text.lower().replace("not verified", "")


def test_what_a_tool_says_is_escaped(client: Client) -> None:
    make.tool(slug="sly", name="<script>alert(1)</script>", vendor='"><img src=x onerror=alert(1)>')
    for path in ("/tools/sly/", "/tools/?q=script", "/compare/?tools=sly", "/tools/sly/alternatives/"):
        assert b"<script>alert" not in client.get(path).content
        assert b"<img src=x" not in client.get(path).content


def test_an_old_slug_moves_for_good_and_keeps_the_query(client: Client) -> None:
    made = make.tool(slug="old-name")
    record = make.record(slug="new-name", name=made.name)
    services.update_tool(made, record, categories=make.categories())
    for old, new in (
        ("/tools/old-name/", "/tools/new-name/"),
        ("/tools/old-name/alternatives/", "/tools/new-name/alternatives/"),
        ("/tools/old-name/?a=b", "/tools/new-name/?a=b"),
    ):
        response = client.get(old)
        assert (response.status_code, response["Location"]) == (301, new)


def test_an_old_category_slug_moves_for_good(client: Client) -> None:
    Alias.objects.create(slug="speech", category=Category.objects.get(slug="text-to-speech"))
    response = client.get("/categories/speech/?pricing=free")
    assert (response.status_code, response["Location"]) == (301, "/categories/text-to-speech/?pricing=free")


def test_a_delisted_tool_is_gone_for_visitors_and_there_for_editors(client: Client) -> None:
    made = make.tool(slug="gone")
    services.delist_tools([made])
    assert client.get("/tools/gone/").status_code == 404
    client.force_login(User.objects.create_superuser("ed@example.com", "x"))
    assert client.get("/tools/gone/").context["tool"] == made


def test_alternatives_are_listed_tools_of_the_same_job(client: Client) -> None:
    response = client.get("/tools/elevenlabs/alternatives/")
    found = response.context["tools"]
    assert len(found) == 12
    voices = set(Tool.objects.in_category(Category.objects.get(slug="audio-voice")).values_list("pk", flat=True))
    assert {tool.pk for tool in found} <= voices


def test_a_collection_counts_listed_tools_only(client: Client) -> None:
    services.delist_tools([Tool.objects.get(slug="ollama")])
    sizes = {c.slug: c.size for c in client.get("/collections/").context["collections"]}
    shown = client.get("/collections/run-models-locally/").context["picks"]
    assert sizes["run-models-locally"] == len(shown) == 9


# -- compare ---------------------------------------------------------------------------------------------------------


def test_a_comparison_takes_five_and_says_what_it_left_out(client: Client) -> None:
    five = ["ollama", "cursor", "qdrant", "elevenlabs", "midjourney"]
    response = client.get("/compare/", {"tools": ",".join([*five[:2], "nosuch", *five[2:], "jan"])})
    assert [tool.slug for tool, _ in response.context["tools"]] == five[:4]
    assert (response.context["unknown"], response.context["left_out"]) == (["nosuch"], ["midjourney", "jan"])
    removed = {tool.slug: url for tool, url in response.context["tools"]}
    assert removed["cursor"] == "/compare/?tools=ollama,qdrant,elevenlabs"


def test_a_tool_is_added_to_a_comparison_by_name_without_script(client: Client) -> None:
    response = client.get("/compare/", {"tools": "ollama", "add": "Elevenlab"})
    assert (response.status_code, response["Location"]) == (302, "/compare/?tools=ollama,elevenlabs")


# -- suggest ---------------------------------------------------------------------------------------------------------


def test_suggestions_are_names_with_addresses(client: Client) -> None:
    rows = client.get("/suggest", {"q": "elevenl"}).json()["tools"]
    assert (rows[0]["name"], rows[0]["url"]) == ("ElevenLabs", "/tools/elevenlabs/")
    assert len(rows) <= 8
    refused = client.get("/suggest", {"q": "a" * 300})
    assert (refused.status_code, refused.json()["tools"]) == (400, [])


# -- bad input -------------------------------------------------------------------------------------------------------


def text_of(row: dict[str, Any]) -> str:
    repeated = row["repeat"][0] * row["repeat"][1] if "repeat" in row else ""
    return f"{row['value']}{repeated}"


@pytest.mark.parametrize("row", [r for r in ROWS if r["cls"] != "params"], ids=lambda r: r["id"])
def test_hostile_searches_get_the_expected_verdict(client: Client, row: dict[str, Any]) -> None:
    typed = text_of(row).encode("utf-8", "surrogatepass")
    for path in ("/tools/?q=", "/categories/coding/?q=", "/suggest?q="):
        response = client.get(path + quote(typed, safe=""))
        if row["expect"] in {"too_long", "bad_request"}:
            assert response.status_code == 400, path
        else:
            assert response.status_code == 200, path
    if row["expect"] == "results":
        assert client.get("/tools/?q=" + quote(typed, safe="")).context["browse"].total > 0


OURS = {  # what the corpus calls a parameter, where ours has another name
    "page_size": "page",
    "ordering": "sort",
    "created_after": "launched_since",
    "price_max": "pricing",
    "cursor": "page",
    "lang": "sort",
    "tags": "pricing",
}


@pytest.mark.parametrize("row", [r for r in ROWS if r["cls"] == "params"], ids=lambda r: r["id"])
def test_hostile_parameters_get_the_expected_verdict(client: Client, row: dict[str, Any]) -> None:
    query = text_of(row)
    name, _, rest = query.partition("=")
    for path in ("/tools/", "/new/", "/compare/", "/categories/coding/"):
        assert client.get(f"{path}?{query}").status_code in {200, 302, 400, 404}, path
    if row["expect"] == "bad_request":
        assert client.get(f"/tools/?{OURS.get(name, name)}={rest}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/tools/?q=%FF%FE",
        "/tools/?q=a%00b",
        "/tools/?%00=1",
        "/tools/?" + urlencode({"pricing": "free"}) * 50,
        "/compare/?tools=" + "a," * 3000,
        "/compare/?tools=%00",
        "/new/?period=decade",
        "/new/?page=zero",
        "/tools/?page=100000000000000000000000000",
        "/suggest?q=%ED%A0%80",
    ],
)
def test_odd_requests_never_make_the_server_fail(client: Client, path: str) -> None:
    assert client.get(path).status_code in {200, 400}


def test_a_refusal_says_what_is_wrong_and_what_to_do(client: Client) -> None:
    response = client.get("/tools/?pricing=cheap")
    assert response.status_code == 400
    assert (
        "“pricing” cannot be used: &#x27;cheap&#x27; is not one of: free-open-source, free,"
        in response.content.decode()
    )


def test_errors_are_never_cached_and_pages_vary_by_nothing_hidden(client: Client) -> None:
    for path, status in (("/tools/?pricing=cheap", 400), ("/tools/nosuch/", 404)):
        response = client.get(path)
        assert response.status_code == status
        assert response.get("Cache-Control", "") in {
            "",
            "no-store",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        }


@pytest.mark.parametrize("path", ["/", "/tools/", "/tools/ollama/", "/nosuch", "/tools/?page=0"])
def test_every_answer_forbids_inline_script_and_style(client: Client, path: str) -> None:
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    text = response.content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_pages_only_read(client: Client, method: str) -> None:
    for path in ("/", "/tools/", "/tools/ollama/", "/compare/", "/suggest"):
        assert getattr(client, method)(path).status_code == 405
