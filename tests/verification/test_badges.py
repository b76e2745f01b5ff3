"""Badges on other people's pages: the claim, its day, never broken, nothing that could run."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from catalog import services
from catalog.models import Alias, Tool
from catalog.services import record_seen, record_standing
from tests import make
from verification import badge_views, badges

pytestmark = pytest.mark.django_db

CHECKED = timezone.now() - dt.timedelta(days=2)
DAY = f"{CHECKED.astimezone(dt.UTC):%Y-%m-%d}"
SVG = "{http://www.w3.org/2000/svg}"


def shown(client: Client, slug: str) -> tuple[str, str, str]:
    """Return label, message and colour, the same in both forms."""
    svg = client.get(f"/tools/{slug}/badge.svg")
    found = json.loads(client.get(f"/tools/{slug}/badge.json").content)
    assert svg.status_code == 200
    tree = ElementTree.fromstring(svg.content.decode())
    words = [element.text for element in tree.iter(f"{SVG}text")]
    assert words == [found["label"], found["message"]]
    assert tree.attrib["aria-label"] == tree.findtext(f"{SVG}title")
    path = tree.find(f"{SVG}path")
    assert path is not None
    assert path.attrib["fill"] == f"#{found['color']}"
    return found["label"], found["message"], path.attrib["fill"]


def standing(tool: Tool, level: int, away: str = "", seen: str = "working") -> Tool:
    """Let a tool have been looked at."""
    record_seen({tool.pk: (seen, CHECKED)})
    record_standing({tool.pk: (level, away)}, at=CHECKED)
    return tool


@pytest.mark.parametrize(
    ("level", "away", "message", "colour"),
    [
        (0, "", f"listed, checked {DAY}", badges.GREY),
        (1, "", f"L1 reached, checked {DAY}", badges.TEAL),
        (2, "", f"L2 conforms, checked {DAY}", badges.TEAL),
        (3, "", f"L3 verified, checked {DAY}", badges.GREEN),
        (5, "", f"L5 continuously operated, checked {DAY}", badges.GREEN),
        (3, "problems", f"problems observed {DAY}", badges.AMBER),
        (3, "unreachable", f"unreachable, checked {DAY}", badges.RED),
        (0, "archived", f"unreachable, checked {DAY}", badges.RED),
    ],
)
def test_a_badge_says_the_level_and_the_day(client: Client, level: int, away: str, message: str, colour: str) -> None:
    tool = standing(make.tool(), level, away)
    assert shown(client, tool.slug) == ("AI Apps", message, colour)


def test_what_was_not_checked_is_not_called_anything_else(client: Client) -> None:
    assert shown(client, make.tool().slug) == ("AI Apps", "listed, not checked", badges.GREY)


@pytest.mark.parametrize(("level", "days"), [(0, 2), (0, 9), (3, 2)])
def test_what_could_not_be_told_is_not_called_checked(client: Client, level: int, days: int) -> None:
    tool = standing(make.tool(), level, seen="unknown")
    at = timezone.now() - dt.timedelta(days=days)
    Tool.objects.filter(pk=tool.pk).update(checked_at=at)
    message = f"listed, not known on {at.astimezone(dt.UTC):%Y-%m-%d}"
    assert shown(client, tool.slug) == ("AI Apps", message, badges.GREY)


def test_a_level_that_nobody_has_looked_at_for_a_week_is_not_shown(client: Client) -> None:
    tool = standing(make.tool(), 4)
    for days, message in ((6.9, "L4 facts seen, checked"), (7.1, "listed, not checked since")):
        checked = timezone.now() - dt.timedelta(days=days)
        Tool.objects.filter(pk=tool.pk).update(checked_at=checked)
        assert shown(client, tool.slug)[1] == f"{message} {checked.astimezone(dt.UTC):%Y-%m-%d}"


def test_a_name_that_no_xml_may_hold_breaks_no_picture(client: Client) -> None:
    tool = standing(make.tool(), 1)
    Tool.objects.filter(pk=tool.pk).update(name="A\x01B\x0b\ufffe")
    tree = ElementTree.fromstring(client.get(f"/tools/{tool.slug}/badge.svg").content.decode())
    assert tree.findtext(f"{SVG}title") == f"AB in AI Apps: L1 reached, checked {DAY}"


def test_a_picture_of_no_tool_is_not_broken(client: Client) -> None:
    assert shown(client, "there-is-no-such-tool") == ("AI Apps", "not listed", badges.GREY)
    gone = standing(make.tool(), 3)
    services.delist_tools([gone])
    assert shown(client, gone.slug) == ("AI Apps", "not listed", badges.GREY)


def test_a_renamed_tool_keeps_its_embedded_badge(client: Client) -> None:
    tool = standing(make.tool(), 1)
    Alias.objects.create(slug="its-old-name", tool=tool)
    assert shown(client, "its-old-name") == shown(client, tool.slug)


def test_while_the_database_is_away_the_picture_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_slug: str) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(badge_views, "_badge", away)
    assert shown(client, "whatever") == ("AI Apps", "not available", badges.GREY)


def test_the_name_of_a_tool_is_only_text(client: Client) -> None:
    name = 'Q"><script>alert(1)</script>&amp;'
    tool = standing(make.tool(name=name), 1)
    tree = ElementTree.fromstring(client.get(f"/tools/{tool.slug}/badge.svg").content.decode())
    assert tree.findtext(f"{SVG}title") == f"{name} in AI Apps: L1 reached, checked {DAY}"
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} == {"svg", "title", "rect", "path", "g", "text"}


def test_it_is_kept_for_five_minutes_and_asked_again_by_its_etag(client: Client) -> None:
    tool = standing(make.tool(), 1)
    for form, kind in (("svg", "image/svg+xml; charset=utf-8"), ("json", "application/json")):
        answer = client.get(f"/tools/{tool.slug}/badge.{form}")
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
        again = client.get(f"/tools/{tool.slug}/badge.{form}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("Cache-Control", "Content-Security-Policy", "Cross-Origin-Resource-Policy"):
            assert again.headers[name] == answer.headers[name]
    standing(tool, 2)
    assert (
        client.get(f"/tools/{tool.slug}/badge.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code
        == 200
    )


def test_shields_can_read_it(client: Client) -> None:
    tool = standing(make.tool(), 3)
    assert json.loads(client.get(f"/tools/{tool.slug}/badge.json").content) == {
        "schemaVersion": 1,
        "label": "AI Apps",
        "message": f"L3 verified, checked {DAY}",
        "color": "1c7242",
        "isError": False,
        "cacheSeconds": 300,
    }


@pytest.mark.parametrize("colour", [badges.GREY, badges.GREEN, badges.TEAL, badges.AMBER, badges.RED])
def test_white_words_stand_out(colour: str) -> None:
    def light(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (light(int(colour[n : n + 2], 16)) for n in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_a_badge_takes_one_statement(client: Client, django_assert_num_queries: Any) -> None:
    tool = standing(make.tool(), 1)
    with django_assert_num_queries(1):
        client.get(f"/tools/{tool.slug}/badge.svg")
