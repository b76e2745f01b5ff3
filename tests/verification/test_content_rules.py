"""Texts of listings: what is found, where, and what is left alone."""

from __future__ import annotations

import pytest

from verification.reading import content_rules
from verification.reading.content_rules import findings

# nobody's keys; in pieces so that no scanner takes them for somebody's
BODY = "Ab3dEf6hIj9lMn2pQr5tUv8xYz0aBc4dEf7g"
KEYS = [
    "sk-" + BODY, "sk-ant-" + BODY, "sk_live_" + BODY, "ghp_" + BODY, "github_pat_" + BODY + BODY,
    "AKIA" + "Q7RT2WXY4ZAB5CDE",
    "AIza" + BODY[:35], "xoxb-" + "2345678-" + BODY, "hf_" + BODY[:34], "npm_" + BODY, "glpat-" + BODY[:20],
    "eyJ" + BODY + ".eyJ" + BODY + "." + BODY, "-----BEGIN " + "RSA PRIVATE KEY-----",
]  # fmt: skip


def rules(text: str, field: str = "vendor") -> list[str]:
    """Return the rules that a text breaks."""
    return [one.rule for one in findings({field: text})]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_secret_is_found_and_not_repeated(key: str) -> None:
    found = findings({"vendor": f"Use {key} here"})
    assert [(one.rule, one.start, one.end) for one in found] == [("secret", 4, 4 + len(key))]
    assert BODY[:12] not in found[0].text


@pytest.mark.parametrize(
    "text",
    ["sk-your-api-key-goes-right-here-please", "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "task-oriented", "ghp_short", "AKIA"],
)
def test_what_only_looks_like_a_secret(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", ["bidi"]), ("a\u2066b", ["bidi"]), ("a\u200fb", ["bidi"]),
        ("a\u200bb", ["invisible"]), ("a\ufeffb", ["invisible"]), ("a\u200db", ["invisible"]),
        ("a\x07b", ["invisible"]),
        ("a\U000e0041b", ["invisible"]), ("a\u2060b", ["invisible"]),
        ("👩\u200d💻 writes", []), ("❤\ufe0f\u200d🔥", []), ("\u0645\u06cc\u200c\u062e", []),
        ("क्\u200dष", []), ("soft\u00adhyphen", []),
        ("two\nlines", []), ("עברית", []),
    ],
)  # fmt: skip
def test_characters_that_nobody_sees(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BEST QUICK ANSWERS", ["shouting"]), ("Buy NOW!!!", ["shouting"]), ("really?!", ["shouting"]),
        ("SLERP, TIES, DARE", []), ("REST and SOAP and JSON", []), ("An AWS GPU API", []), ("Wow!", []),
        ("🚀🚀🚀🚀", ["emoji"]), ("🚀 Fast", []), ("a → b → c → d → e", []),
        ("The #1 tool", ["superlative"]), ("number one", ["superlative"]), ("the world's best", ["superlative"]),
        ("The best of both", []), ("best practices", []), ("C#1", []), ("#10 of them", []), ("issue #12", []),
        ("<b>bold</b>", ["html", "html"]), ("a &amp; b", ["html"]), ("a < b and c > d", []), ("R&D; more", []),
        ("[x](https://a.example)", ["links"]), ("see www.library.example", ["links"]), ("ends in http", []),
    ],
)  # fmt: skip
def test_style(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("tagline", "short", ["length"]), ("tagline", "x" * 121, ["length"]), ("tagline", "x" * 60, []),
        ("description", "x" * 79, ["length"]), ("description", "x" * 80, []), ("vendor", "", []),
        ("description", "x" * 80 + " https://a.example/", []),
        ("description", "x" * 80 + " https://a.example/ https://b.example/", ["links"]),
    ],
)  # fmt: skip
def test_rules_that_depend_on_the_field(field: str, text: str, expected: list[str]) -> None:
    assert rules(text, field) == expected


def test_there_are_at_most_fifty_findings() -> None:
    assert len(findings({"vendor": "\u202e" * 500})) == 50


@pytest.mark.parametrize(
    "text", ["<a " * 2_000, "sk-" * 2_000, "eyJ" * 2_000, "!" * 5_000, "WORD " * 1_000, "&" * 5_000]
)
def test_long_texts_are_read_in_bounds(text: str) -> None:
    assert all(one.end <= content_rules.LONGEST for one in findings({"vendor": text * 10}))
