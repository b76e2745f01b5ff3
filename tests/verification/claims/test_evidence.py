"""Which claims the results of a run support, which they refute, and which they say nothing about."""

from __future__ import annotations

import pytest

from verification.claims.evidence import Said, findings
from verification.claims.kinds import K
from verification.verdicts import Verdict

P, W, F, I, S = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.SKIPPED  # noqa: E741


def said(**verdicts: Verdict) -> list[Said]:
    """Return results by the key of their step; the second of one step as key_2."""
    return [Said(key.removesuffix("_2"), verdict, sentence=key) for key, verdict in verdicts.items()]


def about(kind: K, rows: list[Said]) -> bool | None:
    """Return whether the results support (True) or refute (False) a claim; None when they say nothing."""
    return next((one.supported for one in findings(rows) if one.kind == kind), None)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (said(mcp_handshake=P, mcp_tools=P), True),
        (said(openapi_document=P), True),
        (said(openapi_document=W), False),  # a document that is not valid does not conform
        (said(mcp_handshake=P, mcp_tools=F), False),
        (said(mcp_handshake=P, openapi_document=I), None),  # one that could not be told: not the whole truth
        (said(mcp_handshake=P, mcp_handshake_2=F), False),  # one of two endpoints
        (said(rest_base=P, home=P), None),  # that something answers is no protocol
        ([Said("mcp_handshake", F, soft=True)], None),  # what may pass refutes nothing
        (said(mcp_handshake=S), None),
        (said(mcp_handshake=P, openapi_document=S), None),  # listed, and not looked at
        ([*said(mcp_handshake=P), Said("mcp_handshake", S, "too_many")], None),
        (said(mcp_handshake=P, mcp_tools=S), None),
        ([], None),
    ],
)
def test_protocol(rows: list[Said], expected: bool | None) -> None:
    assert about(K.PROTOCOL, rows) is expected


CLEAN = {"content_lint": P, "blocklist": P, "parked": P, "redirects": P}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"content_lint": W}, True),  # style
        ({"blocklist": S}, None),
        ({"mcp_poisoning": S}, None),  # there are tools, and nobody could read them
        ({"mcp_poisoning": P}, True),
        ({"mcp_poisoning": W}, None),
        ({"mcp_poisoning": I}, None),
        ({"mcp_poisoning": F}, False),
        ({"parked": W}, None),
        ({"parked": F}, False),
        ({"redirects": W}, None),
        ({"blocklist": F}, False),
        ({"parked": I}, None),
        ({"parked": S}, None),
    ],
)
def test_scanned(changes: dict[str, Verdict], expected: bool | None) -> None:
    assert about(K.SCANNED, said(**{**CLEAN, **changes})) is expected


@pytest.mark.parametrize("key", ["content_lint", "parked", "redirects"])
def test_what_was_not_looked_at_is_not_scanned(key: str) -> None:
    rows = said(**{name: verdict for name, verdict in CLEAN.items() if name != key})
    assert about(K.SCANNED, rows) is None


def test_without_a_blocklist_the_sentence_says_only_what_was_looked_at() -> None:
    rows = said(content_lint=P, parked=P, redirects=P)
    found = findings([*rows, Said("blocklist", S, "no_list", sentence="This catalog keeps no blocklist.")])
    assert [(one.kind, one.supported, one.sentence) for one in found] == [
        (K.SCANNED, True, "content_lint parked redirects")
    ]


@pytest.mark.parametrize("key", ["parked", "redirects", "mcp_poisoning", "blocklist"])
def test_a_fail_that_may_pass_neither_supports_nor_refutes_a_scan(key: str) -> None:
    rows = said(**{name: verdict for name, verdict in CLEAN.items() if name != key})
    assert about(K.SCANNED, [*rows, Said(key, F, soft=True)]) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (said(privacy=P, terms=P, contact=P), True),
        (said(privacy=P, terms=P, contact=W, security_txt=P), True),
        (said(privacy=P, terms=W, contact=P), False),
        (said(privacy=P, terms=I, contact=P), None),
        (said(privacy=P, terms=P, contact=W), None),
        (said(privacy=P, terms=P), None),
    ],
)
def test_documented(rows: list[Said], expected: bool | None) -> None:
    assert about(K.DOCUMENTED, rows) is expected


@pytest.mark.parametrize(("verdict", "expected"), [(P, True), (W, False), (I, None), (S, None)])
def test_the_price(verdict: Verdict, expected: bool | None) -> None:
    assert about(K.PRICING_SEEN, said(pricing_claim=verdict)) is expected
