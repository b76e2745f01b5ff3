"""Which words of searches are kept, by what they are; and that nothing hostile is stored or breaks a page."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from catalog.reach.words import kept
from core.clean import clean_line
from tests import make
from tests.catalog.reach import rows

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
HOSTILE = [
    str(json.loads(line)["value"])
    for name in ("hostile_queries", "naughty_strings")
    for line in (CORPORA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("text to speech", "text to speech"),
        ("  Text   to SPEECH ", "text to speech"),
        ("\uff23\uff28\uff21\uff34 café", "chat cafe"),
        ("gpt-4o", "gpt-4o"),
        ("gpt 4 2024", "gpt 4 2024"),
        ("you.com", "you.com"),
        ("character.ai", "character.ai"),
        ("c++ ide", "c++ ide"),
        ("聊天机器人", "聊天机器人"),
        ("password manager", "password manager"),
        ("api key rotation", "api key rotation"),
        ("street view", "street view"),
        ("via api", "via api"),
        ("stable diffusion 1.5 web ui", "stable diffusion 1.5 web ui"),
        ("x" * 30, "x" * 30),
    ],
)
def test_words_that_name_a_thing_are_kept_folded(typed: str, stored: str) -> None:
    assert kept(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "ana@example.com", "mail to ana@example", "ana (at) example.com 030 1234567", "ana\uff20example.com",
        "+49 30 1234567", "(030) 123-45-67", "555 0123 99", "call 0176/1234567", "٠١٢٣٤٥٦٧٨",
        "12 Main Street", "221b Baker Street london",
        "1600 pennsylvania avenue", "Hauptstraße 5", "Lindenweg 12 Berlin",
        "12 rue de rivoli", "calle mayor 4", "P.O. Box 12",
        "https://example.com", "http://10.0.0.7/x", "example.com/reset?token",
        "www.example.com", "10.0.0.7", "2001:db8::7",
        "sk-abcdefghijklmnopqrst", "ghp_abcdefghijklmnop", "AKIAABCDEFGHIJKLMNOP", "eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "xoxb-abcdefghijkl-mnop", "a1b2c3d4e5f6a7b8",
        "password: hunter", "passwort ist hunter; passwort: x", "my pin is 12",
        "api_key=abc", "token = abc", "-----BEGIN PRIVATE KEY", "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111",
        "5a3c9f0e-0000-4000-8000-abcdefabcdef", "x" * 31, "a b " * 30, "", "   ",
        "?!", "\x00", "a\x00b", "a\nb", "a\ufffdb",
        "\u202egpt", "\ud800",
    ],
)  # fmt: skip
def test_what_may_be_somebodys_own_or_cannot_be_read_is_not_kept(typed: str) -> None:
    assert kept(typed) == ""


def test_what_is_kept_of_hostile_texts_is_clean() -> None:
    found = [stored for text in HOSTILE if (stored := kept(text))]
    assert [stored for stored in found if clean_line(stored) != stored or len(stored) > 80] == []
    assert [stored for stored in found if kept(stored) != stored] == []  # folded once is folded
    assert 0 < len(found) < len(HOSTILE)


def test_hostile_addresses_before_break_no_page_and_store_only_clean_words(browser: Client) -> None:
    tool = make.tool()
    before = [f"http://testserver/tools/?q={quote(text, errors='surrogatepass')}" for text in HOSTILE]
    before += ["http://[::1", "http://testserver/tools/?" + "&".join(f"q={n}" for n in range(5_000)), "\x00", "http://"]
    before += ["http://testserver/tools/?q=%ff%fe", "http://testserver/tools/?q=%00", "x" * 9_000]
    for referrer in before:
        assert browser.get(tool.get_absolute_url(), headers={"Referer": referrer}).status_code == 200
    stored = {text for _, text in rows.searches()}
    assert stored == {text for one in HOSTILE if (text := kept(one))}
    assert rows.of(tool) == (0, len(before), 0)


@pytest.mark.parametrize(
    "referrer",
    [
        "https://search.example/?q=quuxling",
        "http://testserver.evil.example/tools/?q=quuxling",
        "http://evil.example/http://testserver/tools/?q=quuxling",
        "http://user@testserver/tools/?q=quuxling",
        "ftp://testserver/tools/?q=quuxling",
        "http://testserver/?q=quuxling",
        "http://testserver/tools/made/?q=quuxling",
        "http://testserver/tools/?question=quuxling",
        "/tools/?q=quuxling",
    ],
)
def test_only_lists_of_this_site_tell_a_search(browser: Client, referrer: str) -> None:
    browser.get(make.tool().get_absolute_url(), headers={"Referer": referrer})
    assert rows.searches() == {}


@pytest.mark.parametrize("path", ["/tools/?q=Quuxling&page=2", "/categories/coding/?kind=app&q=quuxling"])
def test_lists_and_categories_tell_it_in_folded_words(browser: Client, path: str) -> None:
    tool = make.tool()
    browser.get(tool.get_absolute_url(), headers={"Referer": f"http://testserver{path}"})
    assert rows.searches() == {(tool.slug, "quuxling"): 1}
