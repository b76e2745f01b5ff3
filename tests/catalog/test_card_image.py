"""The picture of a shared link: right size, small, stable, drawn from listed facts in letters that the font has."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client
from PIL import Image

from catalog import card_image, services
from catalog.card_image import Card, drawable
from catalog.models import Tool
from tests import make

TOKENS = Path("static/css/tokens.css").read_text(encoding="utf-8")
LONGEST = Card("W" * 100, "word " * 24, "category " * 20, "Site " * 12, "WW", 1)


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def ink_at_the_edge(content: bytes) -> int:
    """Return how many pixels differ from paper outside the margins."""
    image = opened(content).convert("RGB")
    paper, inside = image.getpixel((0, 0)), card_image.MARGIN - 8
    strips = [(0, 0, inside, 630), (1200 - inside, 0, 1200, 630), (0, 0, 1200, 40), (0, 600, 1200, 630)]
    return sum(n for box in strips for n, color in image.crop(box).getcolors(40_000) or [] if color != paper)


# -- the addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/card.png", "/tools/elevenlabs/card.png"])
def test_a_card_is_a_small_png_of_the_usual_size(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["Cache-Control"] == "no-cache"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    image = opened(response.content)
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(response.content) < 60_000
    assert client.get(path).content == response.content
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_who_has_the_card_gets_no_new_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/tools/elevenlabs/card.png")
    monkeypatch.setattr(card_image, "png", lambda card: pytest.fail("drawn in vain"))
    again = client.get("/tools/elevenlabs/card.png", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "no-cache"


def test_the_etag_follows_what_is_drawn_and_nothing_else(client: Client) -> None:
    record = make.record(slug="made", name="Made")
    tool = services.create_tools([record], categories=make.categories())[0]
    first = client.get("/tools/made/card.png")
    services.update_tool(tool, record | {"licence": "MIT"}, categories=make.categories())
    assert client.get("/tools/made/card.png")["ETag"] == first["ETag"]
    services.update_tool(tool, record | {"tagline": "Another line about it"}, categories=make.categories())
    second = client.get("/tools/made/card.png")
    assert second["ETag"] != first["ETag"]
    assert second.content != first.content


def test_the_card_of_the_site_counts_listed_tools() -> None:
    assert card_image.of_site(1772).facts == "1,772 tools"
    assert card_image.of_site(1772).etag != card_image.of_site(1773).etag


def test_cards_of_tools_move_and_vanish_with_them(client: Client) -> None:
    made = make.tool(slug="old-name")
    services.update_tool(made, make.record(slug="new-name"), categories=make.categories())
    response = client.get("/tools/old-name/card.png")
    assert (response.status_code, response["Location"]) == (301, "/tools/new-name/card.png")
    services.delist_tools([Tool.objects.get(slug="new-name")])
    assert [client.get(f"/tools/{slug}/card.png").status_code for slug in ("new-name", "nosuch")] == [404, 404]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_card_asks_a_constant_number_of_questions(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    plan = {"amount": 9, "currency": "USD", "period": "month", "seen": "2026-11-01"}
    make.tool(slug="made", plans=[plan | {"name": f"P{number}"} for number in range(rows)])
    with django_assert_num_queries(2):
        assert client.get("/tools/made/card.png").status_code == 200


# -- what is drawn ---------------------------------------------------------------------------------------------------


def test_a_card_says_name_tagline_category_price_and_kind() -> None:
    tool = make.tool(name="Zebra Voice", tagline="Speaks for zebras")
    found = card_image.of_tool(Tool.objects.get(pk=tool.pk))
    assert (found.name, found.tagline, found.site, found.letters) == (
        "Zebra Voice",
        "Speaks for zebras",
        site_settings.SITE_NAME,
        "ZV",
    )
    assert found.facts == "IDE assistants & completion · Free, open source · App"


def test_the_colours_are_those_of_the_site() -> None:
    light = {"paper": card_image.PAPER, "ink": card_image.INK, "ink-2": card_image.INK_2, "ink-3": card_image.INK_3}
    light["line-2"] = card_image.LINE_2
    found = dict(re.findall(r"--([a-z0-9-]+): +light-dark\((#[0-9a-f]{6}),", TOKENS))
    assert light == {name: found[name] for name in light}
    grounds = re.findall(r"\.mg-\d \{ --g: light-dark\((#\w+), #\w+\); --gi: light-dark\((#\w+),", TOKENS)
    assert tuple(grounds) == card_image.MONOGRAMS


@pytest.mark.parametrize(
    "card",
    [
        LONGEST,
        Card("W" * 100, "M" * 120, "x" * 200, "S" * 60, "WW", 7),
        Card("A", "", "", "", "A", 0),
        Card("", "", "", ""),
        Card("The Quick Brown Fox " * 5, "i " * 60, "· " * 90, "AI Apps", "Mm", 3),
    ],
)
def test_nothing_runs_over_the_margins_however_long_it_is(card: Card) -> None:
    content = card_image.png(card)
    assert ink_at_the_edge(content) == 0
    assert len(content) < 60_000


def test_long_text_ends_in_an_ellipsis_and_short_text_does_not() -> None:
    font = card_image._font("Regular", 44)
    assert card_image.wrapped("one two three", font, 1_000, 3) == ["one two three"]
    lines = card_image.wrapped("word " * 60, font, 1_040, 3)
    assert (len(lines), lines[0][-1], lines[-1][-1]) == (3, "d", "…")
    assert max(font.getlength(line) for line in lines) <= 1_040
    (cut,) = card_image.wrapped("M" * 200, font, 400, 1)
    assert (cut[-1], font.getlength(cut) <= 400) == ("…", True)
    assert card_image.wrapped("", font, 400, 3) == []


# -- letters that the font lacks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Café Łódź Grüße €9 \u2013 “x”", "Café Łódź Grüße €9 \u2013 “x”"),
        ("Cafe\u0301", "Café"),
        ("Việt", "Viet"),
        ("\uff21\uff29 \uff12", "AI 2"),
        ("Rocket 🚀 man", "Rocket man"),
        ("智谱 AI", "AI"),
        ("a\u200bb\u202ec\x07", "abc"),
        ("智谱", ""),
    ],
)
def test_letters_that_the_font_lacks_lose_their_marks_or_are_left_out(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


def test_a_name_of_which_nothing_can_be_drawn_is_shown_by_its_slug() -> None:
    tool = make.tool(slug="zhipu-ai", name="智谱清言", tagline="智谱")
    found = card_image.of_tool(Tool.objects.get(pk=tool.pk))
    assert (found.name, found.letters, found.tagline) == ("zhipu ai", "ZA", "")
