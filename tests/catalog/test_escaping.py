"""Hostile text stays text: whatever a listing says or a visitor types reaches a page escaped."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from catalog import markdown, snippets
from catalog.models import Collection, Pick, Related, Tool
from catalog.records import with_record_rows
from tests import make

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
HOSTILE = pytest.mark.parametrize("hostile", [SCRIPT, IMAGE], ids=["script", "image"])

# Everything a listing says that a page shows as text; the values carry the field's name, so each is looked for.
LISTED = ("name", "tagline", "vendor")
FIELDS = (*LISTED, "description", "licence")
REACH = ("env", "package", "image", "base_url", "url", "docs", "server", "endpoint", "key")


def said(hostile: str, field: str) -> str:
    return f"{hostile}{field}"


def sly(hostile: str) -> Tool:
    """List a tool that says something hostile wherever a record holds free text."""
    return make.tool(
        slug="sly",
        **{field: said(hostile, field) for field in FIELDS},
        tags=["quuxling", "two", "three"],
        pricing={"access": "paid_only", "model": ["subscription"], "source": "unknown", "said_by": "editor"},
        plans=[
            {"name": said(hostile, "plan"), "amount": 9, "currency": "USD", "period": "month", "seen": "2026-11-01"}
        ],
        interfaces=[
            {"kind": "rest", "base_url": said(hostile, "base_url"), "env": said(hostile, "env")},
            {"kind": "webhook", "url": said(hostile, "url"), "docs": said(hostile, "docs")},
            {"kind": "sdk", "registry": "pypi", "package": said(hostile, "package")},
            {"kind": "sdk", "registry": "maven", "package": said(hostile, "bare package")},
            {"kind": "container", "image": said(hostile, "image")},
            {"kind": "mcp-package", "registry": "npm", "package": said(hostile, "server"), "env": said(hostile, "key")},
            {"kind": "openai-compatible", "base_url": said(hostile, "endpoint"), "openapi": said(hostile, "openapi")},
        ],
    )


class Handlers(HTMLParser):
    """Collects what a browser would take for the name of an event handler."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]


def page(client: Client, path: str, data: Any = None, status: int = 200) -> str:
    """Return the text of a page on which nothing hostile is markup."""
    response = client.get(path, data, follow=True)
    assert response.status_code == status
    text = response.content.decode()
    assert re.findall(r"<script>|<img\b|<zorb", text, re.IGNORECASE) == []
    assert Handlers(text).found == []
    return text


def missing(text: str, hostile: str, fields: tuple[str, ...]) -> list[str]:
    """Return the fields that do not stand escaped on the page."""
    return [field for field in fields if escape(said(hostile, field)) not in text]


# -- what a listing says ---------------------------------------------------------------------------------------------


@HOSTILE
def test_a_tool_page_shows_what_its_listing_says_as_text(client: Client, hostile: str) -> None:
    sly(hostile)
    text = page(client, "/tools/sly/")
    assert missing(text, hostile, FIELDS) == []
    assert f'content="{escape(said(hostile, "tagline"))}"' in text


@HOSTILE
def test_a_tool_page_shows_every_way_to_reach_it_as_text(client: Client, hostile: str) -> None:
    sly(hostile)
    text = page(client, "/tools/sly/")
    plain = ("env", "package", "bare package", "image", "base_url", "url", "docs", "endpoint")
    assert missing(text, hostile, plain) == []
    # a name that no package manager takes goes into no snippet: nobody pastes it into a shell or a configuration
    assert missing(text, hostile, ("server", "key")) == []
    assert "pip install" not in text


def test_snippets_of_hostile_addresses_are_text(client: Client) -> None:
    address = f"https://a.example.com/'{SCRIPT}`\"onclick=alert(1)"
    kinds = {"rest": "base_url", "openai-compatible": "base_url", "mcp-remote": "url"}
    made = make.tool(slug="sly", interfaces=[{"kind": kind, field: address} for kind, field in kinds.items()])
    shown = re.findall(r"<pre\b[^>]*><code>(.*?)</code></pre>", page(client, "/tools/sly/"), re.DOTALL)
    found = snippets.by_interface(with_record_rows(Tool.objects.all()).get(pk=made.pk)).values()
    codes = [one.code for of in found for one in of]
    assert [escape(code) for code in codes] == shown[: len(codes)]  # what follows shows the badge
    assert len(codes) == 5 + 7 + 9


@HOSTILE
@pytest.mark.parametrize(
    "path", ["/tools/?q=quuxling", "/categories/coding/?q=quuxling", "/categories/ide-assistants/?q=quuxling"]
)
def test_a_list_shows_what_its_tools_say_as_text(client: Client, hostile: str, path: str) -> None:
    sly(hostile)
    assert missing(page(client, path), hostile, LISTED) == []


@HOSTILE
def test_a_list_shows_the_values_of_a_facet_as_text(client: Client, hostile: str) -> None:
    make.tool(licence=hostile, tags=["quuxling", "two", "three"])
    part = re.split(r"[()]", hostile)[0]  # brackets part the ids of a licence expression
    assert f"<span>{escape(part)}</span>" in page(client, "/tools/?q=quuxling")


@HOSTILE
def test_a_comparison_shows_what_its_tools_say_as_text(client: Client, hostile: str) -> None:
    sly(hostile)
    make.tool(slug="plain")
    text = page(client, "/compare/?tools=plain,sly")
    assert missing(text, hostile, ("name", "vendor", "licence")) == []
    table = text[text.index('<pre id="markdown"') :]
    shown = [escape(markdown.escape(said(hostile, field))) for field in ("name", "vendor", "licence")]
    assert [text for text in shown if text not in table] == []


@HOSTILE
def test_alternatives_show_what_tools_say_as_text(client: Client, hostile: str) -> None:
    found, plain = sly(hostile), make.tool(slug="plain")
    Related.objects.create(tool=plain, other=found, position=0, score=1)
    Related.objects.create(tool=found, other=plain, position=0, score=1)
    assert missing(page(client, "/tools/sly/alternatives/"), hostile, ("name", "tagline")) == []
    assert missing(page(client, "/tools/plain/alternatives/"), hostile, LISTED) == []
    assert missing(page(client, "/tools/plain/"), hostile, LISTED) == []


@HOSTILE
def test_a_collection_shows_what_it_says_as_text(client: Client, hostile: str) -> None:
    texts = {field: said(hostile, field) for field in ("title", "summary", "body")}
    made = Collection.objects.create(slug="sly-ones", updated_on=dt.date(2026, 11, 1), **texts)
    Pick.objects.create(collection=made, tool=sly(hostile), position=0, reason=said(hostile, "reason"))
    assert missing(page(client, "/collections/"), hostile, ("title", "summary")) == []
    assert missing(page(client, "/collections/sly-ones/"), hostile, ("title", "body", "name", "reason")) == []


@HOSTILE
def test_suggestions_are_data_and_never_a_page(client: Client, hostile: str) -> None:
    make.tool(name=f"Quuxling {hostile}", tagline=said(hostile, "tagline"))
    response = client.get("/suggest", {"q": "quuxling"})
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/json", "nosniff")
    rows = response.json()["tools"]
    assert [(row["name"], row["tagline"]) for row in rows] == [(f"Quuxling {hostile}", said(hostile, "tagline"))]
    echoed = client.get("/suggest", {"q": hostile})
    assert (echoed["Content-Type"], echoed["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert echoed.json()["q"] == hostile


# -- what a visitor types --------------------------------------------------------------------------------------------


@HOSTILE
def test_the_words_of_a_search_are_shown_as_text(client: Client, hostile: str) -> None:
    make.tool(description=f"{hostile} quuxling")
    text, words = page(client, "/tools/", {"q": f"{hostile} quuxling"}), escape(f"{hostile} quuxling")
    assert f": “{words}”" in text[text.index("<title>") : text.index("</title>")]
    assert f'aria-label="Remove filter: “{words}”"' in text
    assert f">“{words}” <" in text
    assert f'value="{words}"' in text
    assert f"· “{words}”" in text


@HOSTILE
def test_words_that_are_kept_in_hidden_inputs_are_text(client: Client, hostile: str) -> None:
    make.tool(description=f"{hostile} quuxling")
    make.tool(description=f"{hostile} quuxling")
    text = page(client, "/tools/", {"q": f"{hostile} quuxling"})
    assert f'<input type="hidden" name="q" value="{escape(f"{hostile} quuxling")}">' in text


@HOSTILE
def test_the_page_without_results_shows_the_words_as_text(client: Client, hostile: str) -> None:
    make.tool(licence="Quux-1.0")
    text = page(client, "/tools/", {"q": hostile, "licence": "Quux-1.0"})
    assert f"Nothing fits “{escape(hostile)}” and 1 filter" in text
    assert f"Drop the words “{escape(hostile)}”" in text
    text = page(client, "/categories/coding/", {"q": hostile, "licence": "Nosuch-1.0"})
    assert f"Nothing fits “{escape(hostile)}” and 1 filter" in text


def test_the_note_about_other_spellings_shows_the_words_as_text(client: Client) -> None:
    make.tool(name="Zorbofex")
    text = page(client, "/tools/", {"q": '"><zorbofx>'})
    assert "Search for “&quot;&gt;&lt;zorbofx&gt;” as written" in text


@HOSTILE
def test_the_note_about_words_given_up_shows_them_as_text(client: Client, hostile: str) -> None:
    text = page(client, "/tools/", {"q": f"vectr database {hostile}"})
    assert f"Search for “vectr database {escape(hostile)}” as written" in text


@HOSTILE
def test_the_name_of_an_unknown_parameter_is_shown_as_text(client: Client, hostile: str) -> None:
    assert f"<code>{escape(hostile)}</code>" in page(client, "/tools/", {hostile: "1"})
    assert f"<code>{escape(hostile)}</code>" in page(client, "/categories/coding/", {hostile: "1"})


@HOSTILE
@pytest.mark.parametrize("name", ["pricing", "licence", "sort", "page", "launched_since"])
def test_a_refusal_shows_what_was_asked_as_text(client: Client, hostile: str, name: str) -> None:
    text = page(client, "/tools/", {name: hostile}, status=400)
    assert escape(hostile[:14]) in text


@HOSTILE
def test_a_comparison_shows_unknown_tools_as_text(client: Client, hostile: str) -> None:
    assert f"Not found: “{escape(hostile)}”." in page(client, "/compare/", {"tools": hostile})
    six = ",".join(["ollama", "cursor", "qdrant", "elevenlabs", "midjourney", hostile])
    assert f"Left out: {escape(hostile)}." in page(client, "/compare/", {"tools": six})


@HOSTILE
def test_a_comparison_shows_an_unknown_name_to_add_as_text(client: Client, hostile: str) -> None:
    asked = {"tools": "ollama", "add": hostile}
    moved = client.get("/compare/", asked)
    assert (moved.status_code, set('<>"') & set(moved["Location"])) == (302, set())
    assert f"Not found: “{escape(hostile)}”." in page(client, "/compare/", asked)


# -- addresses -------------------------------------------------------------------------------------------------------

SCRIPTED = [
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://a.example.com",
    "javascript://a.example.com/%0Aalert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
]


def hrefs(text: str) -> set[str]:
    """Return the schemes of all links of a page; "" stands for links within the site."""
    found = re.findall(r'href="([^"]*)"', text)
    return {href.strip().lower().partition(":")[0] if ":" in href.partition("?")[0] else "" for href in found}


@pytest.mark.parametrize("address", SCRIPTED)
def test_an_address_that_is_a_script_is_never_a_link(client: Client, address: str) -> None:
    make.tool(
        slug="sly",
        links=dict.fromkeys(("docs", "repo", "pricing", "api", "status"), address),
        interfaces=[
            {"kind": "rest", "base_url": address, "docs": address, "openapi": address},
            {"kind": "webhook", "url": address},
        ],
    )
    text = page(client, "/tools/sly/")
    assert hrefs(text) <= {"", "http", "https"}
    assert f"<span>{escape(address)}</span>" in text


@pytest.mark.parametrize("address", SCRIPTED)
def test_a_home_page_that_is_a_script_is_never_a_link(client: Client, address: str) -> None:
    make.tool(slug="sly", homepage=address)
    assert hrefs(page(client, "/tools/sly/")) <= {"", "http", "https"}


def test_an_address_cannot_leave_its_attribute(client: Client) -> None:
    address = 'https://a.example.com/?"onclick="alert(1)'
    make.tool(slug="sly", homepage=address, interfaces=[{"kind": "rest", "base_url": address, "docs": address}])
    text = page(client, "/tools/sly/")
    assert '"onclick=' not in re.sub('<script type="application/ld.json">.*</script>', "", text)  # data, no markup
    assert text.count(f'href="{escape(address)}"') == 4  # the button, the links, the address, its documents
