"""What a shared link shows: title, sentence, picture and address, whole and escaped on every page (Open Graph)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from catalog.models import Collection, Tool
from tests import make

SITE = "https://catalog.example"
PATHS = [
    "/",
    "/tools/",
    "/tools/?pricing=free",
    "/categories/",
    "/categories/coding/",
    "/tools/elevenlabs/",
    "/tools/elevenlabs/alternatives/",
    "/new/",
    "/new/?period=added",
    "/compare/",
    "/compare/?tools=ollama,jan",
    "/collections/",
    "/collections/run-models-locally/",
    "/feeds/",
    "/stats/",
]


class Metas(HTMLParser):
    """Collects the meta elements of a page, each name once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("property") or values.get("name", "")
        if tag == "meta" and name.partition(":")[0] in {"og", "article", "twitter"}:
            assert name not in self.found
            self.found[name] = values["content"]


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


def metas(client: Client, path: str) -> dict[str, str]:
    return Metas(client.get(path).content.decode()).found


@pytest.mark.parametrize("path", PATHS)
def test_every_page_can_be_shared(client: Client, path: str) -> None:
    found = metas(client, path)
    assert {name: found.get(name) for name in ("og:image:width", "og:image:height", "og:image:type")} == {
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:type": "image/png",
    }
    assert (found["twitter:card"], found["og:site_name"]) == ("summary_large_image", "AI Apps")
    assert [name for name in ("og:title", "og:description", "og:image:alt", "og:type") if not found[name].strip()] == []
    assert (found["og:url"].startswith(f"{SITE}/"), found["og:image"].startswith(f"{SITE}/")) == (True, True)
    assert client.get(found["og:image"].removeprefix(SITE))["Content-Type"] == "image/png"


def test_pages_are_told_apart_by_title_and_sentence(client: Client) -> None:
    plain = [metas(client, path) for path in PATHS if "?" not in path]
    assert len({found["og:title"] for found in plain}) == len(plain)
    assert len({found["og:description"] for found in plain}) == len(plain)


def test_a_tool_is_shared_with_its_own_words_and_picture(client: Client) -> None:
    tool = Tool.objects.get(slug="elevenlabs")
    found = metas(client, "/tools/elevenlabs/")
    assert found == found | {
        "og:url": f"{SITE}/tools/elevenlabs/",
        "og:type": "article",
        "og:title": "ElevenLabs",
        "og:description": tool.tagline,
        "og:image": f"{SITE}/tools/elevenlabs/card.png",
        "og:image:alt": f"ElevenLabs: {tool.tagline}",
        "article:section": "Text to speech",
        "article:modified_time": tool.changed_at.isoformat(),
    }


def test_a_collection_is_dated(client: Client) -> None:
    collection = Collection.objects.get(slug="run-models-locally")
    found = metas(client, "/collections/run-models-locally/")
    assert (found["og:type"], found["article:modified_time"]) == ("article", collection.updated_on.isoformat())
    assert (found["og:title"], found["og:description"]) == (collection.title, collection.summary)


@pytest.mark.parametrize("path", ["/", "/tools/", "/categories/coding/", "/compare/"])
def test_other_pages_are_shared_with_the_picture_of_the_site(client: Client, path: str) -> None:
    found = metas(client, path)
    assert (found["og:type"], found["og:image"]) == ("website", f"{SITE}/card.png")


def test_hostile_words_stay_in_their_attribute(client: Client) -> None:
    hostile = '"><script>alert(1)</script><meta property="og:url" content="https://evil.example'
    make.tool(slug="sly", name=hostile, tagline=hostile)
    found = metas(client, "/tools/sly/")
    assert (found["og:title"], found["og:description"], found["og:url"]) == (hostile, hostile, f"{SITE}/tools/sly/")
